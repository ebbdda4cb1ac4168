"""A store in one database of PostgreSQL, and who may write which part of it.

    schemas  inbox  records  registry  sender        connections  one for each part that is written, up to four to read

Rules
- Any number of processes write the inbox and the registry; their transactions follow one another.
- One process at a time projects, and one sends: it holds the advisory lock of that role on the connection that it
  writes by, so whoever lost that connection lost the role.
- Opening for writing brings every schema up to date and ends with a commit, so the first acknowledgement is not lost.
- A commit that is acknowledged to others waits for the server's disk, whatever the server's own setting is;
  the records' does not, because they can be made again.

What does not belong here: what is in the schemas.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import asyncpg

from afterchat.errors import CallerError, OperatorError, SettingsError, StoreLockedError
from afterchat.store.address import shown_url
from afterchat.store.postgresql.append import GroupWriter
from afterchat.store.postgresql.connection import SQL, Opening, PostgresConnection
from afterchat.store.postgresql.schema import LOCK_KEYS, create_tables, migrate, refuse_other_schema
from afterchat.store.postgresql.sending import GroupJournal, GroupOutbox
from afterchat.store.sql.connection import Connection, Patience
from afterchat.store.sql.dialect import Dialect, Queries, read_dialect
from afterchat.store.sql.inbox import commit_canary
from afterchat.store.sql.journal import commit_sender_canary
from afterchat.store.sql.projection_rows import note_opening
from afterchat.store.sql.readers import PooledReaders, Readers
from afterchat.store.sql.records import SqlRecords
from afterchat.store.sql.store import TRACKING, BackupProgress, Pace, SqlStore
from afterchat.store.sql.writer import Aside, Writer

__all__ = ["DIALECT", "PostgresStore"]

DIALECT: Dialect = read_dialect(Path(__file__).parent)

SERVER_VERSION_MIN = 14_00_00

_READERS_MAX = 4
_ROLES = frozenset({"records", "sender"})
"""Parts that one process at a time may write."""
_NEXT_RECORDS = "records_next"

_AT_OPENING: Mapping[str, Callable[[Connection], None]] = {
    "inbox": commit_canary,
    "records": note_opening,
    "sender": commit_sender_canary,
}
"""What a writer commits first: a write of no meaning, or that it began."""


class _Rebuild(NamedTuple):
    """Records under way beside those in use."""

    writer: Writer
    readers: Readers


class PostgresStore(SqlStore):
    """See `SqlStore`; `url` as the driver reads it.

    Raises OperatorError (SettingsError, SchemaError, StoreLockedError) or StoreUnavailableError; then nothing stays
    open.
    """

    push_writer_of = GroupWriter
    journal_of = GroupJournal
    outbox_of = GroupOutbox

    def __init__(self, url: str, writes: frozenset[str], *, quarantine_rows_max: int, patience: Patience) -> None:
        self._url = url
        self._where = shown_url(url)
        self._patience = patience
        self._writers: dict[str, Writer] = {}
        self._readers: dict[str, PooledReaders] = {}
        self._rebuild: _Rebuild | None = None
        try:
            self._open(writes, quarantine_rows_max)
        except BaseException:
            self._close()
            raise

    @property
    def has_inbox(self) -> bool:
        return True

    @property
    def has_records(self) -> bool:
        return True

    @property
    def has_sender(self) -> bool:
        return True

    async def close(self) -> None:
        await asyncio.to_thread(self._close)

    async def server_facts(self) -> Mapping[str, str]:
        def read(connection: Connection) -> Mapping[str, str]:
            return dict(connection.execute(SQL["facts"]))

        return await self._readers["people"].run(read)

    async def backup(self, _target: Path, _progress: BackupProgress = lambda *_: None) -> None:
        """Raises CallerError: the server has better means."""
        raise CallerError(f"{self._where}: back it up with 'pg_dump --format=custom', or with the server's own means")

    async def begin_rebuild(self) -> SqlRecords:
        """As promised; what killed projectors left is thrown away."""
        if "records" not in self._writers:
            raise CallerError("the records were opened for reading only; the process that writes them rebuilds them")
        self._drop_rebuild()
        await self._writers["records"].run(
            lambda connection: create_tables(_postgres(connection), "records", _NEXT_RECORDS)
        )
        dialect = DIALECT._replace(records=_moved(DIALECT.records))
        opening = self._opening("rebuild", dialect)
        writer = Writer(self._where, partial(_opened, self._where, opening), aside=Aside.ALL)
        await writer.run(note_opening)
        readers = PooledReaders(self._where, partial(PostgresConnection, opening), self._patience, 1)
        self._rebuild = _Rebuild(writer, readers)
        return SqlRecords(readers, writer)

    async def finish_rebuild(self) -> None:
        rebuild = self._rebuild
        if rebuild is None:
            raise CallerError("no rebuild was begun; call begin_rebuild first")

        def exchange(connection: Connection) -> None:
            server = _postgres(connection)
            server.run_script(SQL["drop_schema"].format(schema="records"))
            server.run_script(SQL["put_in_place"].format(schema=_NEXT_RECORDS, name="records"))

        await self._writers["records"].run(exchange)
        self.records.forget_names()
        self._drop_rebuild()

    def _open(self, writes: frozenset[str], quarantine_rows_max: int) -> None:
        with_schema = sorted(LOCK_KEYS) if writes else []
        for schema in with_schema:
            self._migrate(schema)
        for name in sorted(writes):
            connect = partial(self._open_writer, name)
            self._writers[name] = Writer(self._where, connect, aside=Aside.ALL, is_latched=name == "inbox")
        self._readers["people"] = PooledReaders(self._where, self._open_reader, self._patience, _READERS_MAX)
        self._readers[TRACKING] = PooledReaders(self._where, self._open_reader, self._patience, 1)
        readers = dict.fromkeys(LOCK_KEYS, self._readers["people"]) | {TRACKING: self._readers[TRACKING]}
        self._serve(readers, self._writers, Pace("thread", 0.0), quarantine_rows_max)

    def _migrate(self, schema: str) -> None:
        connection = _opened(self._where, self._opening(schema, DIALECT))
        try:
            _refuse_unfit_server(connection, self._where)
            migrate(connection, schema, f"{self._where} ({schema})")
        finally:
            connection.close()

    def _open_writer(self, name: str) -> PostgresConnection:
        """A connection that has its role, if it needs one, and that was seen to commit."""
        connection = _opened(self._where, self._opening(name, DIALECT))
        try:
            self._take_role(connection, name)
            at_opening = _AT_OPENING.get(name)
            if at_opening is not None:
                _commit(connection, at_opening)
        except connection.failures as error:
            connection.discard()
            raise connection.unavailable(self._where, error) from error
        except BaseException:
            connection.discard()
            raise
        return connection

    def _take_role(self, connection: PostgresConnection, name: str) -> None:
        """Raises StoreLockedError when another connection has it."""
        if name in _ROLES and not connection.execute(SQL["take_role"], (-LOCK_KEYS[name],)).get:
            raise StoreLockedError(f"{self._where}: another process writes the {name} of this store; end it, or wait")

    def _open_reader(self) -> PostgresConnection:
        connection = _opened(self._where, self._opening("reads", DIALECT))
        try:
            for schema in LOCK_KEYS:
                refuse_other_schema(connection, schema, f"{self._where} ({schema})")
        except BaseException:
            connection.close()
            raise
        return connection

    def _opening(self, purpose: str, dialect: Dialect) -> Opening:
        return Opening(
            self._url,
            f"afterchat {purpose}",
            dialect,
            lock_key=LOCK_KEYS.get(purpose, 0),
            synchronous_commit="off" if purpose in {"records", "rebuild"} else "on",
        )

    def _drop_rebuild(self) -> None:
        if self._rebuild is not None:
            self._rebuild.readers.close()
            self._rebuild.writer.close()
            self._rebuild = None

    def _close(self) -> None:
        self._drop_rebuild()
        for readers in self._readers.values():
            readers.close()
        for writer in self._writers.values():
            writer.close()


def _opened(where: str, opening: Opening) -> PostgresConnection:
    """A connection; raises SettingsError for a URL that cannot be read, StoreUnavailableError without a server."""
    try:
        return PostgresConnection(opening)
    except (ValueError, asyncpg.ClientConfigurationError) as error:
        raise SettingsError(f"{where}: this URL cannot be read ({error})") from error
    except PostgresConnection.failures as error:
        raise PostgresConnection.unavailable(where, error) from error


def _commit(connection: PostgresConnection, work: Callable[[Connection], None]) -> None:
    """One transaction of its own."""
    connection.begin()
    try:
        work(connection)
        connection.commit()
    finally:
        connection.roll_back()


def _refuse_unfit_server(connection: PostgresConnection, where: str) -> None:
    """Raises OperatorError for a server that cannot keep our promise."""
    version, _, is_standby = next(connection.execute(SQL["server"]))
    if version < SERVER_VERSION_MIN:
        raise OperatorError(f"{where}: PostgreSQL {version // 10_000} is too old; use 14 or later")
    if is_standby:
        raise OperatorError(f"{where}: this server is a standby and takes no writes; name the primary in the URL")


def _postgres(connection: Connection) -> PostgresConnection:
    """A connection of ours, as what it is."""
    assert isinstance(connection, PostgresConnection), "every writer of this store is PostgreSQL's"
    return connection


def _moved(queries: Queries) -> Queries:
    """The statements of the records on the tables that a rebuild fills."""
    return {name: re.sub(r"\brecords\.", f"{_NEXT_RECORDS}.", text) for name, text in queries.items()}
