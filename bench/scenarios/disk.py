"""How many bytes a session takes on disk, and where they are."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import apsw

from afterchat.contract.codec import encode
from afterchat.simulator.sessions import made_up_sessions
from bench.contenders.table import CONTENDERS
from bench.filling import fill_store
from bench.pushes import SEED, bodies
from bench.running import fresh_directory, running
from bench.session import Figure, Run, Session, figure, with_row_count

__all__ = ["QUESTION", "run"]

QUESTION = "How many bytes does a session take on disk, and what are they for?"
_SESSIONS = 50_000
_SECONDS_MAX = 60.0
_PAGES = """
SELECT m.type, s.name, m.tbl_name, sum(s.pgsize), sum(s.payload), sum(s.unused)
FROM dbstat AS s LEFT JOIN sqlite_schema AS m ON m.name = s.name
GROUP BY s.name ORDER BY sum(s.pgsize) DESC
"""
_SHOWN_BYTES_MIN = 1.0


def run(session: Session) -> list[Figure]:
    """Push, let the projector finish, stop, and ask SQLite which table or index each page belongs to."""
    parts: list[Run] = []
    with fresh_directory(session.options.work, "disk") as directory:
        with running(CONTENDERS["afterchat"], directory) as server:
            plan = {"pushes_max": _SESSIONS, "seconds": _SECONDS_MAX, "warm_up_pushes": 64}
            pushed = session.push(server, 64, **plan)
        session.keep(with_row_count(pushed, server))
        sessions = pushed["acked_in_all"]
        for name in ("inbox", "records"):
            parts += _parts(directory / f"{name}.db", name, sessions)
    source = bodies(SEED)
    body_bytes = sum(len(next(source)) for _ in range(_SESSIONS)) / _SESSIONS
    for part in parts:
        session.keep(part)
    total = sum(part["bytes"] for part in parts)
    shown = [part for part in parts if part["bytes"] >= _SHOWN_BYTES_MIN]
    return [
        Figure("disk.bytes", "bytes a session, inbox and records", "bytes", (total,)),
        Figure("disk.body_bytes", "a body as sent", "bytes", (body_bytes,)),
        *_plausible(session),
        *(
            found
            for part in shown
            for found in figure(part["key"], part["label"], "bytes", [part], lambda run: run["bytes"])
        ),
    ]


def _plausible(session: Session) -> list[Figure]:
    """The same question for sessions whose words repeat, as they do in one enterprise; filled without HTTP."""
    pool = [encode(record) for record in islice(made_up_sessions(SEED), _SESSIONS)]
    with fresh_directory(session.options.work, "disk-plausible") as directory:
        fill_store(directory, iter(pool), _SESSIONS)
        found = [part for name in ("inbox", "records") for part in _parts(directory / f"{name}.db", name, _SESSIONS)]
    total = sum(part["bytes"] for part in found)
    return [
        Figure("disk.plausible_bytes", "bytes a plausible session", "bytes", (total,)),
        Figure("disk.plausible_body_bytes", "a plausible body as sent", "bytes", (sum(map(len, pool)) / len(pool),)),
    ]


def _parts(database: Path, name: str, sessions: int) -> list[Run]:
    """One entry for each table and index of a file, in bytes a session, and one for pages that are free."""
    connection = apsw.Connection(str(database))
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        rows = connection.execute(_PAGES).fetchall()
        page_bytes = connection.pragma("page_size")
        free = connection.pragma("freelist_count") * page_bytes
    finally:
        connection.close()
    found = [
        {
            "key": f"disk.{name}.{part}",
            "label": f"{name}.db: {kind or 'table'} {part}",
            "bytes": round(size / sessions, 1),
            "payload_bytes": round(payload / sessions, 1),
            "unused_bytes": round(unused / sessions, 1),
        }
        for kind, part, _, size, payload, unused in rows
    ]
    return [*found, {"key": f"disk.{name}.free", "label": f"{name}.db: free pages", "bytes": round(free / sessions, 1)}]
