"""Copying a store while it runs, with SQLite's online backup.

Rules
- Each copy is one moment of its file; writers go on meanwhile.
- Files are copied in an order that keeps promises: the sender names no endpoint that the registry lacks, and what it
  says was delivered to ourselves is in the inbox; the registry says an order is done only after the inbox has it, and
  the records never know a push that the inbox lacks; so sender, registry, records, inbox.
- A copy appears under its name only when it is whole and synced; what stands there is never overwritten.

What does not belong here: where backups go and how long they are kept.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import apsw

from afterchat.errors import CallerError
from afterchat.store.sql.store import BackupProgress
from afterchat.store.sqlite.connection import SQL, unavailable
from afterchat.store.sqlite.folder import create_file, create_folder, sync_folder

__all__ = ["BACKUP_ORDER", "copy_database", "copy_into"]

BACKUP_ORDER = ("sender", "registry", "records", "inbox")

_PAGES_AT_ONCE = 1000


def copy_database(source: apsw.Connection, target: Path, progress: BackupProgress) -> None:
    """Copy what `source` sees now into the new file `target`.

    Raises CallerError when `target` exists, StoreUnavailableError when reading or writing fails.
    """
    if target.exists():
        raise CallerError(f"{target}: exists already; choose an empty folder for the backup")
    create_folder(target.parent)
    partial = target.with_name(f"{target.name}.partial")
    partial.unlink(missing_ok=True)
    create_file(partial)
    try:
        copy = apsw.Connection(str(partial), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            copy_into(copy, source, lambda done, total: progress(target.name, done, total))
            copy.pragma("journal_mode", "DELETE")  # no log beside the file: it is whole by itself
        finally:
            copy.close()
        _sync_file(partial)
        partial.rename(target)
        sync_folder(target.parent)
    except (apsw.Error, OSError) as error:
        raise unavailable(str(target), error) from error


def copy_into(target: apsw.Connection, source: apsw.Connection, progress: Callable[[int, int], None]) -> None:
    """Replace all of `target` by what `source` sees now, in one transaction of `target`; raises apsw.Error."""
    opened = source.get_autocommit()
    if opened:
        # Inside one read transaction every step sees the same moment, however much is written meanwhile.
        source.execute(SQL["begin_reading"])
        source.execute(SQL["has_migration_table"]).fetchall()
    try:
        with target.backup("main", source, "main") as backup:
            while not backup.done:
                backup.step(_PAGES_AT_ONCE)
                progress(backup.page_count - backup.remaining, backup.page_count)
    finally:
        if opened:
            source.execute(SQL["roll_back"])


def _sync_file(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
