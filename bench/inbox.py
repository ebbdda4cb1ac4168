"""Looks into a contender's databases from outside, read-only, with SQL of its own.

The judge shares no code with the accused: rows are counted by the benchmark, not asked from a server.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import apsw

__all__ = ["Projection", "count_rows"]


def count_rows(database: Path, sql: str) -> int:
    """The one number that `sql` answers."""
    connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return int(_one(connection, sql))
    finally:
        connection.close()


class Projection:
    """How far afterchat's projector is behind its inbox; the records may not be there yet."""

    def __init__(self, directory: Path) -> None:
        self._inbox = _open(directory / "inbox.db")
        self._records: apsw.Connection | None = None
        self._records_path = directory / "records.db"

    def lag(self) -> tuple[int, float]:
        """(rows behind, seconds since the oldest of them arrived); zeros when it has caught up."""
        cursor = self._cursor()
        last = int(_one(self._inbox, "SELECT coalesce(max(id), 0) FROM push"))
        if last <= cursor:
            return 0, 0.0
        sql = "SELECT arrived_at FROM push WHERE id > ? ORDER BY id LIMIT 1"
        arrived_at = int(_one(self._inbox, sql, cursor))
        return last - cursor, max(0.0, time.time() - arrived_at / 1000)

    def arrivals(self) -> list[tuple[int, int]]:
        """(session, when its current record arrived, epoch ms) of all that is projected."""
        if self._records is None:
            return []
        return list(self._records.execute("SELECT id, arrived_at FROM session ORDER BY inbox_id"))

    def close(self) -> None:
        self._inbox.close()
        if self._records is not None:
            self._records.close()

    def _cursor(self) -> int:
        """The last inbox row that was applied; 0 while the projector has not made its file."""
        try:
            if self._records is None:
                self._records = _open(self._records_path)
            return int(_one(self._records, "SELECT inbox_cursor FROM progress WHERE id = 1"))
        except (apsw.SQLError, apsw.CantOpenError):
            return 0


def _open(path: Path) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(1000)
    return connection


def _one(connection: apsw.Connection, sql: str, *values: Any) -> Any:
    for row in connection.execute(sql, values):
        return row[0]
    return 0
