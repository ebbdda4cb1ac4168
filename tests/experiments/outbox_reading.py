"""What a sender's store holds, read through a fresh read-only connection with SQL of our own.

The tables are described in `src/afterchat/store/sqlite/README.md`; the rules are those of `reading.py`.

What does not belong here: judging (`outbox_checker.py`).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from experiments.reading import ReadingError, body_of, integrity, reading, rows_of

__all__ = ["Outbox", "StoredEntry", "StoredTalk", "leased_entries", "open_entry_count", "read_outbox"]


class StoredTalk(NamedTuple):
    """One session of the journal."""

    ended_at: int | None
    push_count: int
    event_ids: frozenset[str]


class StoredPush(NamedTuple):
    """One body that is to be delivered."""

    session_id: int
    sha256: str
    """In hex, as the store claims it."""
    body: bytes


class StoredEntry(NamedTuple):
    """One push for one endpoint."""

    id: int
    endpoint_id: int
    push_id: int
    state: str
    due_at: int
    settled_at: int | None
    token: int
    series: int
    attempt_count: int
    last_status: int
    last_error: str


class Outbox(NamedTuple):
    """Everything the judge looks at."""

    talks: dict[int, StoredTalk]
    pushes: dict[int, StoredPush]
    entries: list[StoredEntry]
    attempts: dict[int, list[tuple[int, int, str]]]
    """(begun at, status, error) of each logged attempt by entry, oldest first."""
    endpoint_paths: dict[int, str]
    """Path of the URL by endpoint."""
    counts: dict[tuple[int, str], int]
    """Entries by (endpoint, state), as the store counts them itself."""
    totals: dict[str, int]
    """What the store says it ever made."""
    damage: list[str]

    def count(self, *states: str) -> int:
        """Entries in these states."""
        return sum(entry.state in states for entry in self.entries)


LEASED = "SELECT id, token FROM entry WHERE state = 'leased'"
TALKS = "SELECT id, session, ended_at, push_count FROM session"
ENTRIES = """
SELECT id, endpoint_id, push_id, state, due_at, settled_at, token, series, attempt_count, last_status, last_error
FROM entry ORDER BY id
"""
TOTALS = "SELECT sessions, open_sessions, events, pushes, entries_created, entries_purged FROM tally"


def read_outbox(store: Path) -> Outbox:
    """One snapshot; raises ReadingError."""
    with reading(store / "registry.db") as connection:
        paths = {id_: "/" + url.split("/", 3)[3] for id_, url in rows_of(connection, "SELECT id, url FROM endpoint")}
    with reading(store / "sender.db") as connection:
        dictionaries = dict(rows_of(connection, "SELECT id, bytes FROM dictionary"))
        event_ids = defaultdict(set)
        for session_row, event_id in rows_of(connection, "SELECT session_id, event_id FROM event"):
            event_ids[session_row].add(event_id)
        attempts = defaultdict(list)
        for entry_id, *attempt in rows_of(
            connection, "SELECT entry_id, begun_at, status, error FROM attempt ORDER BY entry_id, number"
        ):
            attempts[entry_id].append(tuple(attempt))
        pushes = rows_of(connection, "SELECT id, session, hex(sha256), dictionary_id, body_bytes, body FROM push")
        totals = rows_of(connection, TOTALS)[0]
        return Outbox(
            talks={
                session: StoredTalk(ended_at, count, frozenset(event_ids[id_]))
                for id_, session, ended_at, count in rows_of(connection, TALKS)
            },
            pushes={
                row[0]: StoredPush(row[1], row[2].lower(), body_of(dictionaries, *row[3:])) for row in sorted(pushes)
            },
            entries=[StoredEntry(*row) for row in rows_of(connection, ENTRIES)],
            attempts=dict(attempts),
            endpoint_paths=paths,
            counts={(row[0], row[1]): row[2] for row in rows_of(connection, "SELECT * FROM entry_count") if row[2]},
            totals=dict(zip(("sessions", "open", "events", "pushes", "created", "purged"), totals, strict=True)),
            damage=integrity(connection),
        )


def leased_entries(store: Path) -> list[tuple[int, int]]:
    """(entry, token) of every lease that a relay has, or had when it was killed."""
    with reading(store / "sender.db") as connection:
        return [(id_, token) for id_, token in rows_of(connection, LEASED)]


def open_entry_count(store: Path) -> int:
    """Entries that are not settled; -1 while the store cannot be read."""
    try:
        with reading(store / "sender.db") as connection:
            return int(rows_of(connection, "SELECT count(*) FROM entry WHERE settled_at IS NULL")[0][0])
    except ReadingError:
        return -1
