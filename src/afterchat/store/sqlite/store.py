"""A store over SQLite: the folder, its databases, and who writes which.

    folder/registry.db  folder/inbox.db + inbox.lock  folder/records.db + records.lock  folder/sender.db + sender.lock

Rules
- `writes` says what this process writes; all but the registry belong to one process each, which a lock file keeps so.
- A database is made and migrated by whoever writes it; others find it when they first read.
  So a store that only receives has no sender.db.
- Opening for writing ends with a commit that is durable under its name, so the first acknowledgement cannot be lost.

What does not belong here: what is in the databases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import apsw

from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.store.sql.connection import Connection, Patience
from afterchat.store.sql.inbox import commit_canary
from afterchat.store.sql.journal import commit_sender_canary
from afterchat.store.sql.projection_rows import note_opening
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.records import SqlRecords
from afterchat.store.sql.store import TRACKING, BackupProgress, Pace, SqlStore
from afterchat.store.sql.writer import Aside, Writer
from afterchat.store.sqlite.backend import (
    INBOX,
    MEMORY,
    PROFILES,
    RECORDS,
    REGISTRY,
    SENDER,
    Profile,
    Synchronous,
    open_reader,
    open_writer,
    refuse_unsound_sqlite,
)
from afterchat.store.sqlite.backup import BACKUP_ORDER, copy_database, copy_into
from afterchat.store.sqlite.connection import SqliteConnection, unavailable
from afterchat.store.sqlite.folder import (
    FileLock,
    create_file,
    create_folder,
    databases_of,
    measure_sync_seconds,
    sync_folder,
)
from afterchat.store.sqlite.readers import FileReaders, MemoryReaders
from afterchat.store.sqlite.schema import known_migrations, migrate

__all__ = ["INLINE_SYNC_SECONDS_MAX", "SqliteStore"]

INLINE_SYNC_SECONDS_MAX = 0.0003
"""Up to this sync time a commit in the loop costs less than handing it to a thread (measured, performance.md 4)."""

_LOCKED = ("inbox", "records", "sender")
_CANARIES: Mapping[str, Callable[[Connection], None]] = {
    INBOX.name: commit_canary,
    SENDER.name: commit_sender_canary,
}
"""Databases whose commits are acknowledged to others, each with its write of no meaning."""


class SqliteStore(SqlStore):
    """An open store; `directory` is None for one in memory. Build it with `afterchat.store.open.open_store`.

    Raises SchemaError, StoreLockedError, StoreUnavailableError or OperatorError; then nothing stays open.
    """

    def __init__(
        self,
        directory: Path | None,
        writes: frozenset[str],
        *,
        commit_mode: str,
        quarantine_rows_max: int,
        patience: Patience,
    ) -> None:
        refuse_unsound_sqlite()
        self.directory = directory
        self._patience = patience
        self._locks: list[FileLock] = []
        self._writers: dict[str, Writer] = {}
        self._readers: dict[str, Readers] = {}
        self._rebuild: tuple[Path | None, Writer, Readers] | None = None
        try:
            self._open(writes if directory else frozenset(PROFILES), commit_mode, quarantine_rows_max)
        except BaseException:
            self._close()
            raise

    @property
    def has_inbox(self) -> bool:
        return self.directory is None or (self.directory / "inbox.db").exists()

    @property
    def has_records(self) -> bool:
        return self.directory is None or (self.directory / "records.db").exists()

    @property
    def has_sender(self) -> bool:
        return self.directory is None or (self.directory / "sender.db").exists()

    async def close(self) -> None:
        """Wait for what is under way, fold the logs back into their files, and give up the locks."""
        self._close()

    async def backup(self, target: Path, progress: BackupProgress = lambda *_: None) -> None:
        """Copy the databases into the folder `target`, each as of one moment, while everything runs.

        A store of one end has nothing of the other to copy.
        `progress` is called with (file name, pages done, pages in all).
        Blocks while it copies: for commands, not for the loop of a server.
        Raises CallerError when a copy stands there already, StoreUnavailableError when the disk fails.
        """
        for name in BACKUP_ORDER:
            if self.directory is None:
                copy_database(_sqlite(self._writers[name]), target / f"{name}.db", progress)
                continue
            if name not in databases_of(self.directory):
                continue
            source = open_reader(self.directory / f"{name}.db")
            try:
                copy_database(source, target / f"{name}.db", progress)
            finally:
                source.close()

    async def begin_rebuild(self) -> SqlRecords:
        """Empty records beside the ones in use, to be filled from the inbox; an unfinished rebuild is thrown away."""
        if "records" not in self._writers:
            raise CallerError("records.db was opened for reading only; the process that writes it rebuilds it")
        self._drop_rebuild()
        profile = RECORDS._replace(synchronous=Synchronous.OFF)  # after a crash it starts anew
        file = self.directory / "records.next.db" if self.directory else None
        writer = self._open_writer(profile, file, Aside.NOTHING)
        readers: Readers = (
            FileReaders(file, known_migrations("records"), self._patience)
            if file
            else MemoryReaders(writer, "records in memory", self._patience)
        )
        self._rebuild = (file, writer, readers)
        return SqlRecords(readers, writer)

    async def finish_rebuild(self) -> None:
        """Put the rebuilt records in the place of the ones in use, in one transaction that readers see at once.

        Raises CallerError when no rebuild was begun, StoreUnavailableError when the copy fails; then all is as before.
        """
        if self._rebuild is None:
            raise CallerError("no rebuild was begun; call begin_rebuild first")
        _, source, _ = self._rebuild
        target = self._writers["records"]
        await target.run_alone(lambda _: copy_into(_sqlite(target), _sqlite(source), lambda _done, _total: None))
        self.records.forget_names()
        self._drop_rebuild()

    def _open(self, writes: frozenset[str], commit_mode: str, quarantine_rows_max: int) -> None:
        folder = self.directory
        if folder and writes:
            create_folder(folder)
            for name in _LOCKED:
                if name in writes:
                    self._locks.append(FileLock(folder / f"{name}.lock", f"{name} of this store"))
            if "records" in writes:
                self._drop_rebuild()  # of a process that was killed; it may hold what was erased since
        pace = _pace(folder, commit_mode) if _CANARIES.keys() & writes else Pace("", 0.0)
        acknowledging = Aside.COMMIT if pace.commit_mode == "thread" else Aside.NOTHING
        asides = {
            INBOX: acknowledging,
            RECORDS: Aside.NOTHING,
            REGISTRY: Aside.ALL if folder else Aside.NOTHING,
            SENDER: acknowledging,
        }
        for profile, aside in asides.items():
            if profile.name in writes:
                file = folder / f"{profile.name}.db" if folder else None
                self._writers[profile.name] = self._open_writer(profile, file, aside)
            self._readers[profile.name] = self._open_readers(profile.name)
        self._readers[TRACKING] = self._open_readers("sender")
        if folder and writes:
            _sync(folder)
        self._serve(self._readers, self._writers, pace, quarantine_rows_max)

    def _open_writer(self, profile: Profile, file: Path | None, aside: Aside) -> Writer:
        if file is not None:
            create_file(file)
        where = str(file) if file else MEMORY
        return Writer(
            where,
            partial(_connect, where, profile),
            aside=aside,
            is_latched=profile.name == "inbox",
            keeps_connection=file is None,
        )

    def _open_readers(self, name: str) -> Readers:
        if self.directory is not None:
            return FileReaders(self.directory / f"{name}.db", known_migrations(name), self._patience)
        return MemoryReaders(self._writers[name], f"{name} in memory", self._patience)

    def _drop_rebuild(self) -> None:
        if self._rebuild is not None:
            _, writer, readers = self._rebuild
            self._rebuild = None
            readers.close()
            writer.close()
        if self.directory is not None:
            for ending in ("", "-wal", "-shm"):
                (self.directory / f"records.next.db{ending}").unlink(missing_ok=True)

    def _close(self) -> None:
        if self._rebuild is not None:
            self._drop_rebuild()
        for readers in self._readers.values():
            readers.close()
        for writer in self._writers.values():
            writer.close()
        for lock in self._locks:
            lock.release()


def _sqlite(writer: Writer) -> SqliteConnection:
    """The connection of a writer of ours, as what it is."""
    connection = writer.connection
    assert isinstance(connection, SqliteConnection), "every writer of this store is SQLite's"
    return connection


def _pace(folder: Path | None, commit_mode: str) -> Pace:
    """How to commit on this disk: with its sync in the loop, or in a thread."""
    if folder is None:
        return Pace("inline", 0.0)
    sync_seconds = measure_sync_seconds(folder)
    is_inline = commit_mode == "inline" or (commit_mode == "auto" and sync_seconds < INLINE_SYNC_SECONDS_MAX)
    return Pace("inline" if is_inline else "thread", sync_seconds)


def _connect(where: str, profile: Profile) -> SqliteConnection:
    """A writing connection to a database that has our schema."""
    connection = open_writer(where, profile)
    try:
        migrate(connection, known_migrations(profile.name), where)
        canary = _CANARIES.get(profile.name)
        if canary is not None:
            _begin_log(connection, where, canary)
        if profile.name == RECORDS.name:
            note_opening(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_log(connection: SqliteConnection, where: str, canary: Callable[[Connection], None]) -> None:
    """One commit, so that the log exists before its name is made durable with the folder."""
    try:
        canary(connection)
    except apsw.Error as error:
        raise unavailable(where, error) from error


def _sync(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        raise StoreUnavailableError(f"{folder}: cannot be synced: {error.strerror}; check the disk") from error
