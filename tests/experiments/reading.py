"""What a store holds, read through fresh read-only connections with SQL of our own.

The tables are described in `src/afterchat/store/sqlite/README.md`; bodies are decompressed here with the dictionary
that the store itself carries, and hashed by the checker.

Rules:
- A reader never writes and never waits for the server: it opens, reads one snapshot of each file, closes.
- Inbox first, then records, so the records may be ahead and never behind what they are compared with.

What does not belong here: judging (`checker.py`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import zstandard

__all__ = [
    "ReadingError",
    "Snapshot",
    "StoredPush",
    "StoredSession",
    "read_projected",
    "read_pushes",
    "read_snapshot",
]

PROJECTED_SECONDS_MAX = 20.0


class ReadingError(Exception):
    """The store cannot be read, or the projector did not catch up in time."""


class StoredPush(NamedTuple):
    """One row of the inbox."""

    id: int
    tenant: str
    event_type: str
    signed_at: int
    last_signed_at: int
    """The greatest time with which these bytes were ever signed, as far as the store knows."""
    sha256: str
    """In hex, as the store claims it."""
    body: bytes
    repeat_count: int


class StoredSession(NamedTuple):
    """One current row of the projection."""

    inbox_id: int
    signed_at: int
    revision_count: int
    end_time: int
    evaluation: int
    staff_name: str
    remarks: str


class Snapshot(NamedTuple):
    """Everything the judge looks at."""

    pushes: list[StoredPush]
    sessions: dict[tuple[str, int], StoredSession]
    session_keys: list[tuple[str, int]]
    """One for each row, so that a key with two rows is seen."""
    problems: dict[int, list[str]]
    """By the inbox id of the current revision; empty lists are left out."""
    unreadable: dict[int, str]
    """Reason by inbox id."""
    drift: set[str]
    """`KIND FIELD` of every drift note."""
    quarantined: int
    damage: list[str]
    """What SQLite's own integrity check says."""


PUSHES = """
SELECT push.id, tenant.text, event_type.text, push.signed_at,
       max(push.signed_at, coalesce((SELECT max(signed_at) FROM repeat WHERE inbox_id = push.id), 0)),
       hex(push.sha256), push.dictionary_id, push.body_bytes, push.body, coalesce(repeat_total.arrival_count, 0)
FROM push
JOIN name AS tenant ON tenant.id = push.tenant_id
JOIN name AS event_type ON event_type.id = push.event_type_id
LEFT JOIN repeat_total ON repeat_total.inbox_id = push.id
ORDER BY push.id
"""


@contextmanager
def reading(file: Path) -> Iterator[apsw.Connection]:
    """A read-only connection in one snapshot; any failure of SQLite is a ReadingError."""
    try:
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(5000)
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.close(True)
    except apsw.Error as error:
        raise ReadingError(f"{file}: {error!r}") from error


def read_pushes(store: Path) -> list[StoredPush]:
    """Every row of the inbox, oldest first; a body that does not decompress is empty."""
    with reading(store / "inbox.db") as connection:
        dictionaries = dict(rows_of(connection, "SELECT id, bytes FROM dictionary"))
        return [
            StoredPush(
                *(row[0], row[1], row[2], row[3], row[4], row[5].lower()),
                body=body_of(dictionaries, *row[6:9]),
                repeat_count=row[9],
            )
            for row in rows_of(connection, PUSHES)
        ]


def body_of(dictionaries: dict[int, bytes], dictionary_id: int, body_bytes: int, stored: bytes) -> bytes:
    """The bytes that arrived; empty when they cannot be had."""
    if dictionary_id == 0:
        return stored
    try:
        prepared = zstandard.ZstdCompressionDict(dictionaries[dictionary_id])
        return zstandard.ZstdDecompressor(dict_data=prepared).decompress(stored, max_output_size=body_bytes)
    except (zstandard.ZstdError, KeyError):
        return b""


def read_snapshot(store: Path) -> Snapshot:
    """Everything; what is not there yet is empty."""
    pushes = read_pushes(store)
    with reading(store / "inbox.db") as connection:
        quarantined = connection.execute("SELECT count(*) FROM quarantine").get
        damage = integrity(connection)
    if not has_records(store):
        return Snapshot(pushes, {}, [], {}, {}, set(), quarantined, damage)
    with reading(store / "records.db") as connection:
        rows = rows_of(connection, SESSIONS)
        return Snapshot(
            pushes=pushes,
            sessions={(row[0], row[1]): StoredSession(*row[2:9]) for row in rows},
            session_keys=[(row[0], row[1]) for row in rows],
            problems={row[2]: json.loads(row[9]) for row in rows if row[9]},
            unreadable=dict(rows_of(connection, "SELECT inbox_id, reason FROM unreadable")),
            drift={f"{kind} {field}" for kind, field in rows_of(connection, "SELECT kind, field FROM drift")},
            quarantined=quarantined,
            damage=[*damage, *integrity(connection)],
        )


def has_records(store: Path) -> bool:
    """Whether the records were made; a power cut may take that back, because they are not synced."""
    if not (store / "records.db").exists():
        return False
    with reading(store / "records.db") as connection:
        return bool(connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'session'").get)


def read_projected(store: Path, seconds_max: float = PROJECTED_SECONDS_MAX) -> Snapshot:
    """A snapshot once the projector has applied every push and every repeat; ReadingError when it takes longer."""
    deadline = time.monotonic() + seconds_max
    while (lag := projection_lag(store)) != (0, 0):
        if time.monotonic() > deadline:
            raise ReadingError(f"the projector is {lag} pushes and repeats behind after {seconds_max:.0f} s")
        time.sleep(0.02)
    return read_snapshot(store)


def projection_lag(store: Path) -> tuple[int, int]:
    """Pushes and repeats that are in the inbox and not applied yet."""
    with reading(store / "inbox.db") as connection:
        arrived = rows_of(
            connection, "SELECT (SELECT coalesce(max(id), 0) FROM push), (SELECT coalesce(max(id), 0) FROM repeat)"
        )[0]
    try:
        with reading(store / "records.db") as connection:
            applied = rows_of(connection, "SELECT inbox_cursor, repeat_cursor FROM progress")[0]
    except (ReadingError, IndexError):
        applied = (-1, -1)
    return arrived[0] - applied[0], arrived[1] - applied[1]


def integrity(connection: apsw.Connection) -> list[str]:
    """Complaints of `PRAGMA integrity_check`."""
    return [line for (line,) in rows_of(connection, "PRAGMA integrity_check") if line != "ok"]


def rows_of(connection: apsw.Connection, sql: str) -> list[tuple[Any, ...]]:
    """All rows of a question."""
    return list(connection.execute(sql))


SESSIONS = """
SELECT tenant.name, session.id, session.inbox_id, session.signed_at, session.revision_count,
       session.end_time, session.evaluation, session.staff_name, session.remarks, session.problems
FROM session JOIN tenant ON tenant.id = session.tenant_id
"""
