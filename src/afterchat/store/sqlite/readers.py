"""Reading without ever waiting for a writer, and without holding up the loop.

    run(read) -> a thread of a small pool -> its own read-only connection -> one snapshot -> result

Rules
- Readers see what is committed and nothing else; all statements of one `run` see the same moment.
- At most four reads run at once, each on a connection of its thread's own; the rest wait in line.
- A read that takes longer than its bound is stopped: StoreUnavailableError with the remedy.
- The file is opened at the first read, because its writer may be another process that has not made it yet.
- A database in memory has one connection, the writer's, and is read inline: in a simulation nothing runs in a thread.

What does not belong here: what is asked.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import apsw

from afterchat.errors import AfterchatError, StoreUnavailableError
from afterchat.store.migrations import Migration
from afterchat.store.sqlite.backend import SQL, open_reader, unavailable
from afterchat.store.sqlite.schema import refuse_other_schema
from afterchat.store.sqlite.writer import Writer

__all__ = ["READ_SECONDS_MAX", "FileReaders", "MemoryReaders", "Patience", "Readers"]

Result = TypeVar("Result")
Read = Callable[[apsw.Connection], Result]

_READERS_MAX = 4
READ_SECONDS_MAX = 10.0
"""A page that takes longer is a question nobody waits for, and would hold back the log from being folded in."""

_STEPS_BETWEEN_LOOKS = 20_000
"""Steps of SQLite's machine between two looks at the clock: about a millisecond."""


class Patience(NamedTuple):
    """How long a read may take, and by which clock."""

    monotonic: Callable[[], float]
    """Seconds that only ever grow."""
    seconds_max: float = READ_SECONDS_MAX


class Readers(Protocol):
    """Something that answers reads."""

    async def run(self, read: Read[Result]) -> Result:
        """What `read` returns; raises StoreUnavailableError and whatever of ours `read` raises."""

    def close(self) -> None:
        """Wait for reads under way and close."""


class FileReaders:
    """A pool of threads over one file."""

    def __init__(self, path: Path, migrations: tuple[Migration, ...], patience: Patience) -> None:
        self._path = path
        self._migrations = migrations
        self._patience = patience
        self._own = threading.local()
        self._opened: list[apsw.Connection] = []
        self._executor = ThreadPoolExecutor(_READERS_MAX, f"afterchat-read-{path.stem}")

    async def run(self, read: Read[Result]) -> Result:
        try:
            pending = asyncio.get_running_loop().run_in_executor(self._executor, self._read, read)
        except RuntimeError as error:
            raise StoreUnavailableError(f"{self._path}: the store is closed; open it again") from error
        return await pending

    def close(self) -> None:
        self._executor.shutdown(wait=True)
        while self._opened:
            self._opened.pop().close()

    def _read(self, read: Read[Result]) -> Result:
        connection: apsw.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._connect()
        return bounded_read(connection, read, str(self._path), self._patience)

    def _connect(self) -> apsw.Connection:
        if not self._path.exists():
            raise StoreUnavailableError(f"{self._path}: is not there yet; start the process that writes it")
        connection = open_reader(self._path)
        try:
            refuse_other_schema(connection, self._migrations, str(self._path))
        except AfterchatError:
            connection.close()
            raise
        self._opened.append(connection)
        self._own.connection = connection
        return connection


class MemoryReaders:
    """Reads inline on the writer's connection; between its transactions, as the loop runs one thing at a time."""

    def __init__(self, writer: Writer, where: str, patience: Patience) -> None:
        self._writer = writer
        self._where = where
        self._patience = patience

    async def run(self, read: Read[Result]) -> Result:
        return bounded_read(self._writer.connection, read, self._where, self._patience)

    def close(self) -> None:
        """Nothing of its own to close."""


def bounded_read(connection: apsw.Connection, read: Read[Result], where: str, patience: Patience) -> Result:
    """Run `read` in one snapshot, not longer than `patience`; raises StoreUnavailableError when SQLite fails."""
    end = patience.monotonic() + patience.seconds_max
    connection.set_progress_handler(lambda: patience.monotonic() > end, _STEPS_BETWEEN_LOOKS)
    try:
        connection.execute(SQL["begin_reading"])
        try:
            return read(connection)
        finally:
            if not connection.get_autocommit():
                connection.execute(SQL["roll_back"])
    except AfterchatError:
        raise
    except Exception as error:
        raise unavailable(where, error) from error
    finally:
        connection.set_progress_handler(None)
