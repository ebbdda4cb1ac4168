"""Who reads SQLite: a pool over one file, or the writer's own connection of a database in memory.

What does not belong here: the pool itself (`sql.readers`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from afterchat.errors import AfterchatError, StoreUnavailableError
from afterchat.store.migrations import Migration
from afterchat.store.sql.connection import Patience
from afterchat.store.sql.readers import PooledReaders, Read, bounded_read
from afterchat.store.sql.writer import Writer
from afterchat.store.sqlite.backend import open_reader
from afterchat.store.sqlite.connection import SqliteConnection
from afterchat.store.sqlite.schema import refuse_other_schema

__all__ = ["FileReaders", "MemoryReaders"]

Result = TypeVar("Result")

_READERS_MAX = 4


class FileReaders(PooledReaders):
    """A pool of threads over one file, which its writer may not have made yet."""

    def __init__(self, path: Path, migrations: tuple[Migration, ...], patience: Patience) -> None:
        super().__init__(str(path), self._open, patience, _READERS_MAX)
        self._path = path
        self._migrations = migrations

    def _open(self) -> SqliteConnection:
        if not self._path.exists():
            raise StoreUnavailableError(f"{self._path}: is not there yet; start the process that writes it")
        connection = open_reader(self._path)
        try:
            refuse_other_schema(connection, self._migrations, str(self._path))
        except AfterchatError:
            connection.close()
            raise
        return connection


class MemoryReaders:
    """Reads inline on the writer's connection; between its transactions, as the loop runs one thing at a time.

    In a simulation nothing runs in a thread.
    """

    def __init__(self, writer: Writer, where: str, patience: Patience) -> None:
        self._writer = writer
        self._where = where
        self._patience = patience

    async def run(self, read: Read[Result]) -> Result:
        return bounded_read(self._writer.connection, read, self._where, self._patience)

    def close(self) -> None:
        """Nothing of its own to close."""
