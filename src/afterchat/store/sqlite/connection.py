"""A connection to SQLite: apsw's own, with what the rooms of the store ask of every database.

Rules
- No exception of the driver leaves the store: `unavailable` turns each into a StoreUnavailableError with a remedy.
- A read is looked at every millisecond or so, and stopped when it takes too long.

What does not belong here: how connections are opened (`backend`).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import apsw

from afterchat.errors import StoreUnavailableError
from afterchat.store.queries import read_queries
from afterchat.store.sql.connection import Patience
from afterchat.store.sql.dialect import Dialect, read_dialect

__all__ = ["BUSY_MILLISECONDS", "SQL", "SqliteConnection", "unavailable"]

SQL = read_queries(Path(__file__).with_name("backend.sql"))

BUSY_MILLISECONDS = 5000
"""How long another process's lock is waited for."""

_STEPS_BETWEEN_LOOKS = 20_000
"""Steps of SQLite's machine between two looks at the clock: about a millisecond."""

_REMEDIES: tuple[tuple[type[apsw.Error], str], ...] = (
    (apsw.InterruptError, "the question took too long and was stopped; narrow it, by time first of all"),
    (apsw.FullError, "the disk is full; free some space, the store goes on by itself"),
    (apsw.ReadOnlyError, "the file cannot be written; check its owner, its mode and the mount"),
    (apsw.CorruptError, "the file is damaged; run 'afterchat store check', then restore a backup"),
    (apsw.NotADBError, "the file is no database or is damaged; run 'afterchat store check', then restore a backup"),
    (apsw.BusyError, "another process holds the database; find it, or try again"),
    (apsw.LockedError, "another process holds the database; find it, or try again"),
    (apsw.CantOpenError, "the file cannot be opened; check that it exists, its owner and its mode"),
    (apsw.IOError, "the disk failed; check it and the system's log before trusting it again"),
)


class SqliteConnection(apsw.Connection):
    """See `sql.connection.Connection`."""

    sql: Final[Dialect] = read_dialect(Path(__file__).parent)
    failures: Final = (apsw.Error,)
    is_lost: Final = False

    def begin(self) -> None:
        self.execute(SQL["begin"])

    def commit(self) -> None:
        self.execute(SQL["commit"])

    def roll_back(self) -> None:
        if not self.get_autocommit():
            self.execute(SQL["roll_back"])

    def begin_reading(self, patience: Patience) -> None:
        end = patience.monotonic() + patience.seconds_max
        self.set_progress_handler(lambda: patience.monotonic() > end, _STEPS_BETWEEN_LOOKS)
        self.execute(SQL["begin_reading"])

    def end_reading(self) -> None:
        with suppress(apsw.Error):
            self.roll_back()
        self.set_progress_handler(None)

    def fold_log(self) -> bool:
        """As promised, without waiting."""
        self.set_busy_timeout(0)
        try:
            self.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
        except (apsw.BusyError, apsw.LockedError):
            return False
        finally:
            self.set_busy_timeout(BUSY_MILLISECONDS)
        return True

    def compact(self) -> None:
        self.execute(SQL["vacuum"])

    @staticmethod
    def unavailable(where: str, error: BaseException) -> StoreUnavailableError:
        return unavailable(where, error)

    def discard(self) -> None:
        with suppress(apsw.Error):
            self.roll_back()  # else the transaction goes with the connection
        with suppress(apsw.Error):  # force-closed as far as the driver can; it is not used again
            # A checkpoint now would copy what a failing disk may not hold.
            self.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self.close(True)


def unavailable(where: str, error: BaseException) -> StoreUnavailableError:
    """The error that callers see for `error`; names the file and the remedy, never a value that was stored."""
    for kind, remedy in _REMEDIES:
        if isinstance(error, kind):
            return StoreUnavailableError(f"{where}: {remedy} ({type(error).__name__})")
    if isinstance(error, UnicodeDecodeError):
        return StoreUnavailableError(f"{where}: a text in the file is damaged; run 'afterchat store check'")
    return StoreUnavailableError(
        f"{where}: the store failed with {type(error).__name__}; run 'afterchat doctor' and report it if it stays"
    )
