"""The one writing connection of a database, and the transactions on it.

    run(work) -> begin -> work(connection) -> commit -> result      or nothing at all was kept

Rules
- One connection writes; its transactions follow one another.
- A refusal of ours (AfterchatError) rolls back and is raised as it is: the connection is as good as before.
- A failure of the database or the machine rolls back, is raised as StoreUnavailableError, and makes the writer ill.
  The connection is closed: after a failed sync nobody knows what the disk holds, and the driver must not go on
  from what it remembers.
- Any other exception is a defect of this program: it rolls back and is raised as it is, so that the group commit can
  find the one push that met it.
- An ill writer opens a new connection before it writes again.
  A *latched* one does so only in `recover`, so that nobody acknowledges anything before a canary was committed.
- What runs beside the loop is chosen by `Aside`; whatever it is, transactions keep their order.

What does not belong here: SQL of any table but the canary's, and deciding when to recover.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TypeVar

from afterchat.errors import AfterchatError, StoreUnavailableError
from afterchat.store.sql.connection import Connection

__all__ = ["Aside", "Writer"]

Result = TypeVar("Result")


class Aside(Enum):
    """Which part of a transaction runs in a thread, so that the loop stays free meanwhile."""

    NOTHING = "nothing"
    """`run` finishes without suspending: for quick disks, and for simulations."""
    COMMIT = "commit"
    """The wait for the disk.
    The work before it stays in the loop: a thread that writes rows takes the interpreter's lock for each of them,
    and then both are slower."""
    ALL = "all"
    """Waiting for another process's lock, too: for a database that several processes write."""


class Writer:
    """Runs transactions on a connection that `connect` opens.

    `keeps_connection` is for a database in memory, which would vanish with its connection.
    """

    def __init__(
        self,
        where: str,
        connect: Callable[[], Connection],
        *,
        aside: Aside,
        is_latched: bool = False,
        keeps_connection: bool = False,
    ) -> None:
        self._where = where
        self._connect = connect
        self._is_latched = is_latched
        self._keeps_connection = keeps_connection
        self._is_ill = False
        self._is_closed = False
        self._connection: Connection | None = connect()
        self._aside = aside
        self._turn = asyncio.Lock()
        is_threaded = aside is not Aside.NOTHING
        self._executor = ThreadPoolExecutor(1, f"afterchat-{where.rpartition('/')[2]}") if is_threaded else None

    @property
    def connection(self) -> Connection:
        """The connection itself: for opening, and for reading a database in memory."""
        if self._connection is None:
            raise StoreUnavailableError(f"{self._where}: the store is closed or being reopened; try again")
        return self._connection

    async def run(self, work: Callable[[Connection], Result], on_commit: Callable[[], None] | None = None) -> Result:
        """The result of `work`, once its transaction is committed; raises what the rules above say.

        `on_commit` runs where the commit ran, and only after it.
        """
        if self._aside is Aside.NOTHING:
            return self._transact(work, on_commit)
        if self._aside is Aside.ALL:
            return await self._in_thread(self._transact, work, on_commit)
        async with self._turn:
            connection = self._healthy()
            result = self._work(connection, work)
            await self._in_thread(self._commit, connection, on_commit)
        return result

    async def run_alone(self, work: Callable[[Connection], None]) -> None:
        """Run `work`, which makes its own transaction; for copying a whole database into this one."""
        connection = self._healthy()
        try:
            work(connection)
        except Exception as error:
            self._fall_ill(connection)
            raise connection.unavailable(self._where, error) from error

    async def run_between(self, work: Callable[[Connection], Result]) -> Result:
        """The result of `work`, which runs between two transactions and may make its own: folding the log, say."""
        if self._aside is Aside.NOTHING:
            return self._between(work)
        async with self._turn:
            return await self._in_thread(self._between, work)

    async def recover(self, canary: Callable[[Connection], None]) -> None:
        """Reopen if ill and commit `canary`; raises StoreUnavailableError while that fails."""
        if self._aside is Aside.NOTHING:
            self._recover(canary)
            return
        async with self._turn:
            await self._in_thread(self._recover, canary)

    def close(self) -> None:
        """Wait for what is under way and close; later calls are refused."""
        self._is_closed = True
        if self._executor is not None:
            self._executor.shutdown(wait=True)
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def _in_thread(self, call: Callable[..., Result], *arguments: object) -> Result:
        """The result of `call`, waited for even when cancelled: until then the connection is in use."""
        assert self._executor is not None, "a writer that does nothing aside has no thread"
        try:
            pending = asyncio.get_running_loop().run_in_executor(self._executor, call, *arguments)
        except RuntimeError as error:
            raise StoreUnavailableError(f"{self._where}: the store is closed; open it again") from error
        try:
            return await asyncio.shield(pending)
        except asyncio.CancelledError:
            await asyncio.wait((pending,))
            raise

    def _transact(self, work: Callable[[Connection], Result], on_commit: Callable[[], None] | None) -> Result:
        connection = self._healthy()
        result = self._work(connection, work)
        self._commit(connection, on_commit)
        return result

    def _between(self, work: Callable[[Connection], Result]) -> Result:
        connection = self._healthy()
        with self._failing_well(connection):
            return work(connection)

    def _work(self, connection: Connection, work: Callable[[Connection], Result]) -> Result:
        """Begin a transaction and do the work; when it fails nothing of it is kept."""
        with self._failing_well(connection):
            connection.begin()
            return work(connection)

    def _commit(self, connection: Connection, on_commit: Callable[[], None] | None) -> None:
        with self._failing_well(connection):
            connection.commit()
        if on_commit is not None:
            on_commit()

    @contextmanager
    def _failing_well(self, connection: Connection) -> Iterator[None]:
        """Whatever is raised inside leaves the writer as the rules above say."""
        failures: tuple[type[BaseException], ...] = (*connection.failures, OSError, MemoryError)
        try:
            yield
        except AfterchatError:
            self._roll_back(connection)
            raise
        except failures as error:
            self._fall_ill(connection)
            raise connection.unavailable(self._where, error) from error
        except Exception:
            self._roll_back(connection)
            raise
        except BaseException:
            self._fall_ill(connection)
            raise

    def _healthy(self) -> Connection:
        if self._is_closed:
            raise StoreUnavailableError(f"{self._where}: the store is closed; open it again")
        if self._is_ill:
            if self._is_latched:
                raise StoreUnavailableError(f"{self._where}: the store is ill after an error; it must recover first")
            self._reopen()
        return self.connection

    def _recover(self, canary: Callable[[Connection], None]) -> None:
        if self._is_ill:
            self._reopen()
        self._transact(canary, None)

    def _reopen(self) -> None:
        if self._connection is None:
            self._connection = self._connect()
        self._is_ill = False

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.roll_back()
        except connection.failures as error:
            self._fall_ill(connection)
            raise connection.unavailable(self._where, error) from error

    def _fall_ill(self, connection: Connection) -> None:
        """Never raises: the error that made us ill is the one to tell."""
        self._is_ill = True
        if self._keeps_connection:
            with suppress(*connection.failures):
                connection.roll_back()
            return
        self._connection = None
        connection.discard()
