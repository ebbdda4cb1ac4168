"""What the rooms of the store ask of a database: one connection, statements by text, rows as tuples.

    connection.execute(connection.sql.inbox["push_by_id"], (17,)).fetchone()

Rules
- A connection is used by one thread at a time, and every call returns when the database has answered.
- `changes` and `last_insert_rowid` speak of the latest statement of the connection.
- What a database raises is one of its `failures`, and `unavailable` says it in our words.

What does not belong here: any database; `sqlite.backend` and `postgresql.connection` are the two there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from afterchat.errors import StoreUnavailableError
from afterchat.store.sql.dialect import Dialect

__all__ = ["Connection", "Patience", "Rows", "Value"]

Value = str | int | bytes | None
"""What a column holds."""


class Rows(Protocol):
    """What a statement gave, read once from front to back."""

    def __iter__(self) -> Iterator[Any]: ...

    def __next__(self) -> Any: ...

    def fetchone(self) -> Any:
        """The next row, None when there is none."""

    def fetchall(self) -> list[Any]:
        """The rows that are left."""

    @property
    def get(self) -> Any:
        """The first column of the next row; None when there is none."""


class Patience(NamedTuple):
    """How long a read may take, and by which clock."""

    monotonic: Callable[[], float]
    """Seconds that only ever grow."""
    seconds_max: float


class Connection(Protocol):
    """One connection to one database; see the rules above."""

    @property
    def sql(self) -> Dialect:
        """The statements in the words of this database."""

    @property
    def failures(self) -> tuple[type[BaseException], ...]:
        """What its calls raise when the database, the disk or the network fails."""

    def execute(self, statements: str, bindings: Sequence[Any] = ..., /) -> Rows:
        """Run a statement."""

    def changes(self) -> int:
        """How many rows the latest statement changed."""

    def last_insert_rowid(self) -> int:
        """The id that the latest INSERT gave."""

    def begin(self) -> None:
        """Begin a transaction that no other writer of this database runs beside."""

    def commit(self) -> None:
        """Commit it: durable on return, as durable as its database promises."""

    def roll_back(self) -> None:
        """Undo the transaction under way, if there is one."""

    @property
    def is_lost(self) -> bool:
        """Whether it can answer nothing any more, as when its server went away."""

    def begin_reading(self, patience: Patience) -> None:
        """Begin to read as of one moment, not longer than `patience`."""

    def end_reading(self) -> None:
        """End it; nothing is raised."""

    def fold_log(self) -> bool:
        """Empty the write-ahead log into the file; False while a reader still needs it."""

    def compact(self) -> None:
        """Write the records anew, without what was overwritten."""

    def unavailable(self, where: str, error: BaseException) -> StoreUnavailableError:
        """What callers see for one of its failures: where, and the remedy; never a value that was stored."""

    def discard(self) -> None:
        """Close it after a failure, without trusting it for anything; nothing is raised."""

    def close(self) -> None:
        """Close it in good order."""
