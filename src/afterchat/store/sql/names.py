"""Small numbers for texts that stand in many rows, such as tenants and event types.

Rules
- What was learnt inside a transaction is only kept when it committed: a number that was rolled back may be given again.
- What is remembered is bounded; beyond the bound the database is asked each time.

What does not belong here: which table the texts stand in.
"""

from __future__ import annotations

from collections.abc import Callable

from afterchat.store.sql.connection import Connection
from afterchat.store.sql.dialect import Dialect, Queries

__all__ = ["Names"]

_NAMES_KEPT_MAX = 4096
"""Senders decide how many event types there are."""


class Names:
    """Small numbers for texts that repeat; remembers those that are committed.

    `find` names the statement that gives the number of a text, `insert` the one that adds a text, both in the
    statements that `queries_of` picks; for one thread at a time.
    """

    def __init__(self, queries_of: Callable[[Dialect], Queries], find: str, insert: str) -> None:
        self._queries_of = queries_of
        self._find = find
        self._insert = insert
        self._committed: dict[str, int] = {}
        self._pending: dict[str, int] = {}

    def find(self, connection: Connection, text: str) -> int | None:
        """The number of a text, None when it has none yet."""
        known = self._committed.get(text) or self._pending.get(text)
        if known is not None:
            return known
        found: int | None = connection.execute(self._queries_of(connection.sql)[self._find], (text,)).get
        if found is not None:
            self._pending[text] = found
        return found

    def number(self, connection: Connection, text: str) -> int:
        """The number of a text, a new one if need be."""
        found = self.find(connection, text)
        if found is not None:
            return found
        connection.execute(self._queries_of(connection.sql)[self._insert], (text,))
        self._pending[text] = connection.last_insert_rowid()
        return self._pending[text]

    def begin(self) -> None:
        """A transaction starts: what an earlier one learnt and did not commit is forgotten."""
        self._pending = {}

    def keep(self) -> None:
        """The transaction committed."""
        if len(self._committed) < _NAMES_KEPT_MAX:
            self._committed.update(self._pending)
        self._pending = {}
