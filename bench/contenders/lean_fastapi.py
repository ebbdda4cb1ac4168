"""The lean rival: FastAPI and the standard sqlite3 module; verify, insert the raw body, commit, answer.

What somebody writes who knows what matters: no model, one small table, durable before the answer.
`lean` commits in a thread, as the framework advises for work that blocks.
`asyncio.to_thread` was faster than an endpoint in the thread pool (BENCH_LEAN_MODE=pool), so it stands for both.
`lean-inline` commits in the event loop, which the framework advises against, and which is faster on a fast disk.
Both are printed; README.md says which one a ratio is against.
"""

# No `from __future__ import annotations`: FastAPI reads the annotations of local functions, and text would not resolve.

import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

from bench.contenders.contender import SECRET, Contender, is_authentic, serve_uvicorn

__all__ = ["IN_EVENT_LOOP", "IN_THREAD"]

IN_THREAD = Contender(
    name="lean",
    label="FastAPI + sqlite3, raw insert, a commit each",
    arguments=lambda directory, ready_file: ["-m", __name__, str(directory), str(ready_file)],
    environment={"BENCH_SECRET": SECRET},
    rows=("lean.db", "SELECT count(*) FROM push"),
    rate_expected=8_000,
)
IN_EVENT_LOOP = IN_THREAD._replace(
    name="lean-inline",
    label="the same statements in the event loop",
    environment={"BENCH_SECRET": SECRET, "BENCH_LEAN_MODE": "inline"},
)
_SCHEMA = """
PRAGMA journal_mode=WAL;
CREATE TABLE push (id INTEGER PRIMARY KEY, arrived_at REAL, event_type TEXT, signed_at INTEGER, body BLOB);
"""
_INSERT = "INSERT INTO push (arrived_at, event_type, signed_at, body) VALUES (?, ?, ?, ?)"


def make_app(directory: Path, secret: str) -> Any:
    import asyncio

    from fastapi import Depends, FastAPI, HTTPException, Request, Response

    app = FastAPI()
    database = sqlite3.connect(directory / "lean.db", check_same_thread=False)
    database.executescript(_SCHEMA)
    database.execute("PRAGMA synchronous=FULL")
    lock = threading.Lock()

    def store(event_type: str, signed_at: str, body: bytes) -> None:
        with lock, database:
            database.execute(_INSERT, (time.time(), event_type, int(signed_at), body))

    async def verified(request: Request) -> tuple[str, str, bytes]:
        body, query = await request.body(), request.query_params
        if not is_authentic(secret, body, query.get("time", ""), query.get("checksum", "")):
            raise HTTPException(401, {"code": 14002, "message": "checksum"})
        return query.get("eventType", ""), query["time"], body

    def accepted() -> Response:
        return Response(b"{}", media_type="application/json")

    async def push_inline(request: Request) -> Response:
        store(*await verified(request))
        return accepted()

    async def push_to_thread(request: Request) -> Response:
        await asyncio.to_thread(store, *await verified(request))
        return accepted()

    def push_in_pool(push: tuple[str, str, bytes] = Depends(verified)) -> Response:
        store(*push)
        return accepted()

    modes = {"inline": push_inline, "to_thread": push_to_thread, "pool": push_in_pool}
    app.post("/push")(modes[os.environ.get("BENCH_LEAN_MODE", "to_thread")])
    return app


if __name__ == "__main__":
    serve_uvicorn(make_app)
