"""A store over SQLite: the folder, its three databases, and who writes which.

    folder/registry.db  folder/inbox.db + inbox.lock  folder/records.db + records.lock

Rules
- `writes` says what this process writes; inbox and records belong to one process each, which a lock file keeps so.
- A database is made and migrated by whoever writes it; others find it when they first read.
- Opening for writing ends with a commit that is durable under its name, so the first acknowledgement cannot be lost.

What does not belong here: what is in the databases.
"""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import apsw

from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.store.sqlite.backend import (
    INBOX,
    MEMORY,
    PROFILES,
    RECORDS,
    REGISTRY,
    Profile,
    Synchronous,
    open_reader,
    open_writer,
    refuse_unsound_sqlite,
    unavailable,
)
from afterchat.store.sqlite.backup import BACKUP_ORDER, BackupProgress, copy_database, copy_into
from afterchat.store.sqlite.compression import Compressor, dictionary_bytes
from afterchat.store.sqlite.folder import FileLock, create_file, create_folder, measure_sync_seconds, sync_folder
from afterchat.store.sqlite.inbox import SqliteInbox, commit_canary
from afterchat.store.sqlite.push_rows import INBOX_SQL, PushWriter, new_names
from afterchat.store.sqlite.quarantine import SqliteQuarantine
from afterchat.store.sqlite.readers import FileReaders, MemoryReaders, Patience, Readers
from afterchat.store.sqlite.records import SqliteRecords
from afterchat.store.sqlite.registry import SqliteRegistry
from afterchat.store.sqlite.schema import known_migrations, migrate
from afterchat.store.sqlite.writer import Aside, Writer

__all__ = ["INLINE_SYNC_SECONDS_MAX", "SqliteStore"]

INLINE_SYNC_SECONDS_MAX = 0.0003
"""Up to this sync time a commit in the loop costs less than handing it to a thread (measured, performance.md 4)."""

_LOCKED = ("inbox", "records")


class SqliteStore:
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
    def has_records(self) -> bool:
        """Whether somebody has made the records of this store."""
        return self.directory is None or (self.directory / "records.db").exists()

    async def close(self) -> None:
        """Wait for what is under way, fold the logs back into their files, and give up the locks."""
        self._close()

    async def backup(self, target: Path, progress: BackupProgress = lambda *_: None) -> None:
        """Copy the three databases into the folder `target`, each as of one moment, while everything runs.

        `progress` is called with (file name, pages done, pages in all).
        Blocks while it copies: for commands, not for the loop of a server.
        Raises CallerError when a copy stands there already, StoreUnavailableError when the disk fails.
        """
        for name in BACKUP_ORDER:
            if self.directory is None:
                copy_database(self._writers[name].connection, target / f"{name}.db", progress)
                continue
            source = open_reader(self.directory / f"{name}.db")
            try:
                copy_database(source, target / f"{name}.db", progress)
            finally:
                source.close()

    async def begin_rebuild(self) -> SqliteRecords:
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
        return SqliteRecords(readers, writer)

    async def finish_rebuild(self) -> None:
        """Put the rebuilt records in the place of the ones in use, in one transaction that readers see at once.

        Raises CallerError when no rebuild was begun, StoreUnavailableError when the copy fails; then all is as before.
        """
        if self._rebuild is None:
            raise CallerError("no rebuild was begun; call begin_rebuild first")
        _, source, _ = self._rebuild
        await self._writers["records"].run_alone(
            lambda connection: copy_into(connection, source.connection, lambda _done, _total: None)
        )
        self._drop_rebuild()

    def _open(self, writes: frozenset[str], commit_mode: str, quarantine_rows_max: int) -> None:
        folder = self.directory
        if folder and writes:
            create_folder(folder)
            for name in _LOCKED:
                if name in writes:
                    self._locks.append(FileLock(folder / f"{name}.lock", f"{name} of this store"))
        is_inbox_ours = "inbox" in writes
        sync_seconds = measure_sync_seconds(folder) if folder and is_inbox_ours else 0.0
        is_inline = commit_mode == "inline" or (commit_mode == "auto" and sync_seconds < INLINE_SYNC_SECONDS_MAX)
        chosen = ("inline" if is_inline or not folder else "thread") if is_inbox_ours else ""
        inbox_aside = Aside.COMMIT if chosen == "thread" else Aside.NOTHING
        registry_aside = Aside.ALL if folder else Aside.NOTHING
        for profile, aside in ((INBOX, inbox_aside), (RECORDS, Aside.NOTHING), (REGISTRY, registry_aside)):
            if profile.name in writes:
                file = folder / f"{profile.name}.db" if folder else None
                self._writers[profile.name] = self._open_writer(profile, file, aside)
            self._readers[profile.name] = self._open_readers(profile.name)
        if folder and writes:
            _sync(folder)
        self._serve(chosen, sync_seconds, quarantine_rows_max)

    def _serve(self, commit_mode: str, sync_seconds: float, quarantine_rows_max: int) -> None:
        inbox_writer = self._writers.get("inbox")
        push_writer = None
        if inbox_writer is not None:
            push_writer = PushWriter(new_names(), _compressor(inbox_writer.connection))
        self.inbox = SqliteInbox(
            self._readers["inbox"], inbox_writer, push_writer, commit_mode=commit_mode, sync_seconds=sync_seconds
        )
        self.quarantine = SqliteQuarantine(
            self._readers["inbox"], inbox_writer, push_writer, rows_max=quarantine_rows_max
        )
        self.records = SqliteRecords(self._readers["records"], self._writers.get("records"))
        self.registry = SqliteRegistry(self._readers["registry"], self._writers.get("registry"))

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


def _connect(where: str, profile: Profile) -> apsw.Connection:
    """A writing connection to a database that has our schema."""
    connection = open_writer(where, profile)
    try:
        migrate(connection, known_migrations(profile.name), where)
        if profile.name == INBOX.name:
            _begin_log(connection, where)
    except BaseException:
        connection.close()
        raise
    return connection


def _begin_log(connection: apsw.Connection, where: str) -> None:
    """One commit, so that the log exists before its name is made durable with the folder."""
    try:
        commit_canary(connection)
    except apsw.Error as error:
        raise unavailable(where, error) from error


def _compressor(connection: apsw.Connection) -> Compressor:
    """A compressor with this version's dictionary, which is put into the inbox if it is not there."""
    text = dictionary_bytes()
    sha256 = hashlib.sha256(text).digest()
    try:
        found: int | None = connection.execute(INBOX_SQL["find_dictionary"], (sha256,)).get
        if found is None:
            connection.execute(INBOX_SQL["insert_dictionary"], (sha256, text))
            found = connection.last_insert_rowid()
    except apsw.Error as error:
        raise unavailable("inbox.db", error) from error
    return Compressor(found, text)


def _sync(folder: Path) -> None:
    try:
        sync_folder(folder)
    except OSError as error:
        raise StoreUnavailableError(f"{folder}: cannot be synced: {error.strerror}; check the disk") from error
