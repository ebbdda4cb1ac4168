"""Rows of the inbox file: how a push becomes one, and how one becomes a push again.

Shared by the inbox and the quarantine, because releasing a refused push writes an inbox row.

Rules
- Whatever the receiver hands in can be written: texts are made storable and nothing here refuses a row,
  so that one bad row can never roll back the rows beside it.
- A repeat never creates a name: who replays one push under ever other event types must not fill the disk.

What does not belong here: connections and transactions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from afterchat.store.ports import Arrival, InboxRow, Outcome
from afterchat.store.sql.compression import Compressor, Decompressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.names import Names
from afterchat.store.sql.row_digest import row_digest

__all__ = [
    "PushWriter",
    "inbox_row",
    "locality_of",
    "new_names",
    "push_digest",
    "storable",
    "to_inbox_row",
]

_ID_MARK = b'"id":'
_ID_DIGITS = re.compile(rb'\s{0,4}"?(-?[0-9]{1,19})')
_INT64_MAX = 2**63 - 1


def locality_of(body: bytes) -> int:
    """The number after the first `"id":` in the bytes, 0 when there is none that fits 64 bits.

    A function of the bytes alone, and only a hint: pushes of about the same time have numbers near each other,
    so the index that finds repeats grows at its end instead of everywhere.
    """
    at = body.find(_ID_MARK)
    if at < 0:
        return 0
    match = _ID_DIGITS.match(body, at + len(_ID_MARK))
    number = int(match[1]) if match else 0
    return number if -_INT64_MAX <= number <= _INT64_MAX else 0


def storable(text: str) -> str:
    """The text without what SQLite cannot hold as text; nearly always the very same object."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def push_digest(  # noqa: PLR0917  # one argument for each column, in the order of the table
    id_: int, locality: int, signed_at: int, arrived_at: int, body_bytes: int, dictionary_id: int,
    texts: Sequence[str], sha256: bytes, stored: bytes,
) -> bytes:  # fmt: skip
    """The digest of a row of `push`; `texts` are tenant, event type, key id and scheme."""
    return row_digest((id_, locality, signed_at, arrived_at, body_bytes, dictionary_id), texts, sha256, stored)


def to_inbox_row(columns: Sequence[Any], decompressor: Decompressor) -> InboxRow | None:
    """A push from the columns of `pushes_after` and its like; None when its body is damaged."""
    body = decompressor.decompress(columns[8], columns[10], columns[9])
    return None if body is None else inbox_row(columns, body)


def inbox_row(columns: Sequence[Any], body: bytes) -> InboxRow:
    """A push from those columns, with a body that its caller answers for."""
    return InboxRow._make((*columns[:8], body, columns[11]))


def new_names() -> Names:
    """Names of the inbox: tenants, event types, key ids and schemes."""
    return Names(attrgetter("inbox"), "find_name", "insert_name")


class _Labels(NamedTuple):
    """Tenant, event type, key id and scheme of a push, as text and as the numbers that stand for them."""

    texts: tuple[str, ...]
    numbers: tuple[int, ...]


class PushWriter:
    """Writes pushes inside a transaction that its caller opened; for one thread at a time."""

    def __init__(self, names: Names, compressor: Compressor) -> None:
        self.names = names
        self.compressor = compressor
        self._known_labels: dict[tuple[str, ...], _Labels] = {}

    def write_all(self, connection: Connection, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """Each push, or one more repeat of it; one outcome each, in order."""
        next_id = connection.execute(connection.sql.inbox["last_push_id"]).get + 1
        outcomes = []
        repeats = 0
        self._known_labels = {}
        for arrival in arrivals:
            if self._insert(connection, next_id, arrival):
                next_id += 1
                outcomes.append(Outcome.NEW)
            else:
                repeats += 1
                outcomes.append(Outcome.DUPLICATE)
        if repeats:
            connection.execute(connection.sql.inbox["add_to_tally"], (repeats,))
        return outcomes

    def _insert(self, connection: Connection, id_: int, arrival: Arrival) -> bool:
        """True when it is new; else its repeat was counted."""
        body = arrival.body
        locality = locality_of(body)
        labels = (arrival.tenant, arrival.event_type, arrival.key_id, arrival.scheme)
        known = self._known_labels.get(labels)
        if known is None:
            known = self._number(connection, labels, locality, arrival)
            if known is None:
                return False
            self._known_labels[labels] = known
        texts, numbers = known
        dictionary_id, stored = self.compressor.compress(body)
        digest = push_digest(
            id_, locality, arrival.signed_at, arrival.arrived_at, len(body), dictionary_id,
            texts, arrival.sha256, stored,
        )  # fmt: skip
        tenant_id, *others = numbers
        connection.execute(
            connection.sql.inbox["insert_push"],
            (id_, tenant_id, locality, *others, arrival.signed_at, arrival.arrived_at, len(body), dictionary_id,
             arrival.sha256, digest, stored),
        )  # fmt: skip
        if connection.changes():
            return True
        self._count_repeat(connection, tenant_id, locality, arrival)
        return False

    def _number(self, connection: Connection, labels: Sequence[str], locality: int, arrival: Arrival) -> _Labels | None:
        """What stands for the four labels of a push; None when it was a repeat under a new label, and was counted."""
        names = self.names
        texts = tuple(map(storable, labels))
        found = [names.find(connection, text) for text in texts]
        tenant_id = found[0]
        if None in found and tenant_id is not None and self._count_repeat(connection, tenant_id, locality, arrival):
            return None
        return _Labels(texts, tuple(names.number(connection, text) for text in texts))

    @staticmethod
    def _count_repeat(connection: Connection, tenant_id: int, locality: int, arrival: Arrival) -> bool:
        """Count one more arrival of a push that is there; False when it is not."""
        found = connection.execute(connection.sql.inbox["find_push"], (tenant_id, locality, arrival.sha256)).fetchone()
        if found is None:
            return False
        inbox_id, signed_at = found
        connection.execute(connection.sql.inbox["count_repeat"], (inbox_id,))
        if arrival.signed_at != signed_at:
            connection.execute(connection.sql.inbox["note_repeat"], (inbox_id, arrival.signed_at))
        return True
