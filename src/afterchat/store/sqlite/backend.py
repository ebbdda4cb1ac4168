"""Connections to SQLite: how they are opened, what is refused, and how a failure is told.

Rules
- SQLite versions whose WAL reset can corrupt a database are refused before any file is opened.
- Every connection has bounded memory, a bounded wait for locks, and distrusts what the file itself says.

What does not belong here: what a connection does (`connection`), transactions (`sql.writer`), pools (`sql.readers`),
folders and locks (`folder`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

import apsw

from afterchat.errors import OperatorError
from afterchat.store.sqlite.connection import BUSY_MILLISECONDS, SqliteConnection, unavailable

__all__ = [
    "INBOX",
    "MEMORY",
    "PROFILES",
    "RECORDS",
    "REGISTRY",
    "SENDER",
    "Profile",
    "Synchronous",
    "is_sound_version",
    "open_reader",
    "open_writer",
    "refuse_unsound_sqlite",
]

MEMORY = ":memory:"
"""Path of a database that lives as long as its one connection."""

_FIXED_BACKPORTS = {(3, 44): 6, (3, 50): 7, (3, 51): 3}
"""Release lines that got the fix of the WAL reset, with the first patch that has it."""
_FIRST_SOUND_LINE = (3, 52)
_FIRST_WAL = (3, 7)


class Synchronous(Enum):
    """What a commit waits for."""

    FULL = "FULL"
    """The disk: a commit survives a power cut."""
    NORMAL = "NORMAL"
    """Nothing: a power cut may take the latest commits, but never half of one."""
    OFF = "OFF"
    """Nothing, and a power cut may ruin the file; for files that are made again anyway."""


class Profile(NamedTuple):
    """How one database is opened."""

    name: str
    synchronous: Synchronous
    page_bytes: int
    cache_kibibytes: int
    checkpoint_pages: int
    """The write-ahead log is folded back into the file whenever it has grown by this many pages."""


INBOX = Profile("inbox", Synchronous.FULL, 4096, 8 * 1024, 1000)
RECORDS = Profile("records", Synchronous.NORMAL, 8192, 32 * 1024, 2000)
REGISTRY = Profile("registry", Synchronous.FULL, 4096, 1024, 100)
SENDER = Profile("sender", Synchronous.FULL, 4096, 8 * 1024, 1000)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (INBOX, RECORDS, REGISTRY, SENDER)}

_READER_CACHE_KIBIBYTES = 4 * 1024
_TURN_MILLISECONDS = 10
"""Between two tries to turn a new file to its log."""
_WAL_BYTES_KEPT = 64 * 1024 * 1024
"""A log that one long reader let grow is cut back to this size at the next checkpoint."""


def is_sound_version(version: str) -> bool:
    """Whether SQLite `version` (such as `3.51.3`) is free of the WAL-reset bug."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if len(numbers) < 3:
        return False
    line, patch = numbers[:2], numbers[2]
    if line in _FIXED_BACKPORTS:
        return patch >= _FIXED_BACKPORTS[line]
    return line >= _FIRST_SOUND_LINE or line < _FIRST_WAL


def refuse_unsound_sqlite(version: str | None = None) -> None:
    """Raises OperatorError when this SQLite may corrupt a database in WAL mode, or knows no WAL mode."""
    used = apsw.sqlite_lib_version() if version is None else version
    if not is_sound_version(used) or used.startswith(("2.", "3.0.", "3.1.", "3.2.", "3.3.", "3.4.", "3.5.", "3.6.")):
        raise OperatorError(
            f"SQLite {used} can corrupt a database in WAL mode; install 3.51.3 or later: pip install --upgrade apsw"
        )


def open_writer(path: str, profile: Profile) -> SqliteConnection:
    """A connection that writes `path`, which may be MEMORY; raises StoreUnavailableError."""
    try:
        connection = SqliteConnection(path, flags=apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE)
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.pragma("page_size", profile.page_bytes)
        _turn_to_log(connection)
        connection.pragma("synchronous", profile.synchronous.value)
        connection.pragma("cache_size", -profile.cache_kibibytes)
        connection.pragma("wal_autocheckpoint", profile.checkpoint_pages)
        connection.pragma("journal_size_limit", _WAL_BYTES_KEPT)
        connection.pragma("secure_delete", "ON")  # what is deleted or overwritten leaves no copy in a free corner
        _configure(connection)
    except apsw.Error as error:
        raise unavailable(path, error) from error
    return connection


def _turn_to_log(connection: apsw.Connection) -> None:
    """Turn the file to write-ahead logging, which it then keeps, waiting for others that do the same.

    SQLite itself refuses at once here, so of two commands that are the first on a store one would fail.
    """
    connection.set_busy_timeout(0)
    for _ in range(BUSY_MILLISECONDS // _TURN_MILLISECONDS):
        try:
            connection.pragma("journal_mode", "WAL")
            break
        except apsw.BusyError:
            apsw.sleep(_TURN_MILLISECONDS)
    connection.set_busy_timeout(BUSY_MILLISECONDS)
    connection.pragma("journal_mode", "WAL")


def open_reader(path: Path) -> SqliteConnection:
    """A connection that cannot write; raises StoreUnavailableError, as when the file does not exist."""
    try:
        connection = SqliteConnection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.pragma("query_only", "ON")
        connection.pragma("cache_size", -_READER_CACHE_KIBIBYTES)
        _configure(connection)
    except apsw.Error as error:
        raise unavailable(str(path), error) from error
    return connection


def _configure(connection: apsw.Connection) -> None:
    """What every connection has: distrust of the file, and plans that do not depend on bound values.

    Without the latter a statement with `LIMIT ?` is planned anew at every call: 20 us instead of 5.
    """
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    connection.pragma("temp_store", "MEMORY")
    connection.pragma("trusted_schema", "OFF")
    connection.pragma("cell_size_check", "ON")
