"""Reading without ever waiting for a writer, and without holding up the loop.

    run(read) -> a thread of a small pool -> its own read-only connection -> one snapshot -> result

Rules
- Readers see what is committed and nothing else; all statements of one `run` see the same moment.
- A bounded number of reads run at once, each on a connection of its thread's own; the rest wait in line.
- A read that takes longer than its bound is stopped: StoreUnavailableError with the remedy.
- A connection is opened at the first read, because another process may be making what it reads.
- A connection that failed is not used again: the next read opens another.

What does not belong here: what is asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from afterchat.errors import AfterchatError, StoreUnavailableError
from afterchat.store.sql.connection import Connection, Patience

__all__ = ["READ_SECONDS_MAX", "PooledReaders", "Read", "Readers", "bounded_read"]

Result = TypeVar("Result")
Read = Callable[[Connection], Result]

READ_SECONDS_MAX = 10.0
"""A page that takes longer is a question nobody waits for, and would hold back the log from being folded in."""


class Readers(Protocol):
    """Something that answers reads."""

    async def run(self, read: Read[Result]) -> Result:
        """What `read` returns; raises StoreUnavailableError and whatever of ours `read` raises."""

    def close(self) -> None:
        """Wait for reads under way and close."""


class PooledReaders:
    """A pool of up to `readers_max` threads over what `connect` opens; `where` is for messages."""

    def __init__(self, where: str, connect: Callable[[], Connection], patience: Patience, readers_max: int) -> None:
        self._where = where
        self._connect = connect
        self._patience = patience
        self._own = threading.local()
        self._opened: set[Connection] = set()
        self._executor = ThreadPoolExecutor(readers_max, "afterchat-read")

    async def run(self, read: Read[Result]) -> Result:
        try:
            pending = asyncio.get_running_loop().run_in_executor(self._executor, self._read, read)
        except RuntimeError as error:
            raise StoreUnavailableError(f"{self._where}: the store is closed; open it again") from error
        return await pending

    def close(self) -> None:
        self._executor.shutdown(wait=True)
        while self._opened:
            self._opened.pop().close()

    def _read(self, read: Read[Result]) -> Result:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._connect()
            self._opened.add(connection)
            self._own.connection = connection
        try:
            return bounded_read(connection, read, self._where, self._patience)
        finally:
            if connection.is_lost:
                self._own.connection = None
                self._opened.discard(connection)
                connection.discard()


def bounded_read(connection: Connection, read: Read[Result], where: str, patience: Patience) -> Result:
    """Run `read` in one snapshot, not longer than `patience`; raises StoreUnavailableError when the database fails."""
    try:
        connection.begin_reading(patience)
        return read(connection)
    except AfterchatError:
        raise
    except Exception as error:
        raise connection.unavailable(where, error) from error
    finally:
        connection.end_reading()
