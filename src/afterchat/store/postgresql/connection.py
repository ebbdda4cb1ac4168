"""A connection to PostgreSQL that answers as the rooms of the store ask: one statement, one answer.

    execute(sql, bindings) -> prepared once -> bound, run, fetched whole -> Rows

The driver is asynchronous; each connection drives it with an event loop of its own, in whatever thread uses it.

Rules
- A write transaction first takes the advisory lock of its schema, so transactions of one schema follow one another
  across all processes, as they do in a file of SQLite: ids grow in the order of commits, and nothing races.
- A commit that the server turned into a rollback is a failure, never a success.
- Texts are bound without the character that PostgreSQL cannot hold; a number of more than 64 bits is an
  OverflowError, and the transaction goes on.
- A transaction that says nothing for long is ended by the server, so that a process that hangs holds up nobody.

What does not belong here: which statements there are (`*.sql`), when to connect (`store`).
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import asyncpg

from afterchat.errors import StoreUnavailableError
from afterchat.store.queries import read_queries
from afterchat.store.sql.connection import Patience, Value
from afterchat.store.sql.dialect import Dialect

__all__ = ["SQL", "Answer", "Opening", "PostgresConnection"]

Result = TypeVar("Result")

SQL = read_queries(Path(__file__).with_name("connection.sql"))

CONNECT_SECONDS_MAX = 10.0
COMMAND_SECONDS_MAX = 60.0
"""An answer that takes longer never comes: the server or the way to it is gone."""

_STATEMENTS_KEPT_MAX = 300
"""Prepared ones of a connection; filters of people make ever others."""

_SERVER_SETTINGS = {
    "timezone": "UTC",
    # A plan that was made while a table was empty is never used when it is large.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    "idle_in_transaction_session_timeout": "15s",
    "lock_timeout": "30s",
}

_REMEDIES: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((asyncpg.QueryCanceledError,), "the question took too long and was stopped; narrow it, by time first of all"),
    ((asyncpg.LockNotAvailableError,), "another process holds the database; find it in pg_stat_activity, or try again"),
    ((asyncpg.DiskFullError,), "the server's disk is full; free some space, the store goes on by itself"),
    ((asyncpg.ReadOnlySQLTransactionError,), "the server takes no writes (a standby?); name the primary in the URL"),
    ((asyncpg.InsufficientPrivilegeError,), "the role may not do this; make it the owner of the database"),
    (
        (asyncpg.TooManyConnectionsError,),
        "the server has no connection left; raise max_connections or run fewer processes",
    ),
    (
        (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError),
        "the server refuses this user or password; correct the URL",
    ),
    ((asyncpg.InvalidCatalogNameError,), "there is no such database; create it with createdb"),
    ((asyncpg.CannotConnectNowError,), "the server is starting or stopping; it is asked again"),
    (
        (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, OSError, TimeoutError,
         asyncpg.InterfaceError),
        "the server cannot be reached; see that it runs and that the URL names it",
    ),
)  # fmt: skip

_PLACEHOLDER = re.compile(r"\?")


class Opening(NamedTuple):
    """How a connection is opened."""

    url: str
    application: str
    """What pg_stat_activity calls it."""
    dialect: Dialect
    lock_key: int = 0
    """Of the advisory lock that its write transactions take."""
    synchronous_commit: str = "on"
    """`off` only for what can be made again."""


class Answer:
    """See `sql.connection.Rows`."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = iter(rows)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return tuple(next(self._rows))

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchall(self) -> list[Any]:
        return list(self)

    @property
    def get(self) -> Any:
        row = self.fetchone()
        return None if row is None else row[0]


class PostgresConnection:
    """See `sql.connection.Connection`. Raises StoreUnavailableError or SettingsError when it cannot be opened."""

    failures: tuple[type[BaseException], ...] = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)

    def __init__(self, opening: Opening) -> None:
        self.sql = opening.dialect
        self._begin = SQL["begin"].format(key=opening.lock_key)
        self._statements: OrderedDict[str, asyncpg.prepared_stmt.PreparedStatement] = OrderedDict()
        self._names = count()
        self._changes = 0
        self._last_id = 0
        self._end: tuple[Patience, float] | None = None
        self._loop = asyncio.new_event_loop()
        try:
            self._raw = self._wait(_connect(opening))
        except BaseException:
            self._loop.close()
            raise

    @property
    def is_lost(self) -> bool:
        return bool(self._raw.is_closed())

    def execute(self, statements: str, bindings: Sequence[Any] = (), /) -> Answer:
        return self._wait(self._execute(statements, bindings))

    def execute_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run a statement once for each of `rows`, in one go; what each changed is not told."""
        self._wait(self._raw.executemany(_numbered(statement), [_bindable(row) for row in rows]))

    def run_script(self, script: str) -> None:
        """Several statements without bindings."""
        self._wait(self._raw.execute(script))

    def changes(self) -> int:
        return self._changes

    def last_insert_rowid(self) -> int:
        return self._last_id

    def begin(self) -> None:
        self._wait(self._raw.execute(self._begin))

    def commit(self) -> None:
        if self._wait(self._raw.execute(SQL["commit"])) != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("the transaction had failed and was rolled back")

    def roll_back(self) -> None:
        if not self.is_lost and self._raw.is_in_transaction():
            self._wait(self._raw.execute(SQL["roll_back"]))

    def begin_reading(self, patience: Patience) -> None:
        milliseconds = max(1, int(patience.seconds_max * 1000))
        self._end = (patience, patience.monotonic() + patience.seconds_max)
        self._wait(self._raw.execute(SQL["begin_reading"].format(milliseconds=milliseconds)))

    def end_reading(self) -> None:
        self._end = None
        with suppress(*self.failures):
            self.roll_back()

    def fold_log(self) -> bool:
        """True at once: the server recycles its log by itself, and what was overwritten leaves it with that."""
        return True

    def compact(self) -> None:
        for table in self.execute(SQL["tables_of_records"]).fetchall():
            self.run_script(SQL["vacuum"].format(table=table[0]))

    @staticmethod
    def unavailable(where: str, error: BaseException) -> StoreUnavailableError:
        for kinds, remedy in _REMEDIES:
            if isinstance(error, kinds):
                return StoreUnavailableError(f"{where}: {remedy} ({type(error).__name__})")
        return StoreUnavailableError(
            f"{where}: the store failed with {type(error).__name__}; run 'afterchat doctor' and report it if it stays"
        )

    def discard(self) -> None:
        with suppress(*self.failures):
            self._raw.terminate()
        self._close_loop()

    def close(self) -> None:
        with suppress(*self.failures):
            self._wait(self._raw.close(timeout=CONNECT_SECONDS_MAX))
        self._close_loop()

    async def _execute(self, statement: str, bindings: Sequence[Value]) -> Answer:
        if self._end is not None and self._end[0].monotonic() > self._end[1]:
            raise asyncpg.QueryCanceledError("the read takes too long")
        prepared = self._statements.get(statement)
        if prepared is None:
            prepared = await self._prepare(statement)
        try:
            rows = await prepared.fetch(*_bindable(bindings))
        except asyncpg.DataError as error:
            if getattr(error, "severity", None) is None:  # the driver's own refusal: the server was asked nothing
                raise (OverflowError if "out of" in str(error) else ValueError)(str(error)) from error
            raise
        kind, *counts = prepared.get_statusmsg().split()
        self._changes = int(counts[-1]) if counts else 0
        if kind == "INSERT" and rows:
            self._last_id = rows[-1][0]
        return Answer(rows)

    async def _prepare(self, statement: str) -> asyncpg.prepared_stmt.PreparedStatement:
        # Only a statement with a name is kept by the server; without one it is parsed anew at every call.
        prepared = await self._raw.prepare(_numbered(statement), name=f"afterchat_{next(self._names)}")
        self._statements[statement] = prepared
        if len(self._statements) > _STATEMENTS_KEPT_MAX:
            self._statements.popitem(last=False)
        return prepared

    def _wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What `work` gives; in a thread aside where this one drives another loop, as when a store is opened."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._loop.run_until_complete(work)
        with ThreadPoolExecutor(1) as aside:
            return aside.submit(self._loop.run_until_complete, work).result()

    def _close_loop(self) -> None:
        if not self._loop.is_closed():
            self._statements.clear()
            self._wait(asyncio.sleep(0))  # the socket is closed by the loop's next turn
            self._loop.close()


async def _connect(opening: Opening) -> asyncpg.Connection:
    return await asyncpg.connect(
        opening.url,
        timeout=CONNECT_SECONDS_MAX,
        command_timeout=COMMAND_SECONDS_MAX,
        statement_cache_size=0,
        server_settings={
            **_SERVER_SETTINGS,
            "application_name": opening.application,
            "synchronous_commit": opening.synchronous_commit,
        },
    )


def _numbered(statement: str) -> str:
    """The statement with `$1, $2 ...` where it has `?`."""
    numbers = count(1)
    return _PLACEHOLDER.sub(lambda _: f"${next(numbers)}", statement) if "?" in statement else statement


def _bindable(bindings: Sequence[Value]) -> Sequence[Value]:
    """The values without the one character that PostgreSQL cannot hold."""
    if any(type(value) is str and "\0" in value for value in bindings):
        return [value.replace("\0", "\ufffd") if isinstance(value, str) else value for value in bindings]
    return bindings
