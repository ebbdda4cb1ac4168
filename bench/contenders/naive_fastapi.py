"""The naive rival: FastAPI, a pydantic model of the 59 fields, a SQLAlchemy row of 59 columns, a commit for each push.

What a competent user writes in an afternoon, in the way the frameworks' own tutorials teach: a dependency that
verifies and parses, a session for each request, an endpoint that runs in the thread pool, two indexes for reading.
It loses what it does not keep (the raw body, revisions, unknown fields); it is durable before it answers, like all.
`naive-inline` runs the very same statements in the event loop instead, which frameworks advise against and which is
faster on a fast disk: SQLite takes one writer at a time, so that forty threads only wait for each other.
Both are printed; README.md says which one a ratio is against.
"""

# No `from __future__ import annotations`: the frameworks read the annotations of local classes and functions.

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.contenders.contender import SECRET, Contender, is_authentic, serve_uvicorn

__all__ = ["IN_EVENT_LOOP", "IN_THREAD_POOL"]

IN_THREAD_POOL = Contender(
    name="naive",
    label="FastAPI + pydantic + SQLAlchemy, 59 columns, a commit each",
    arguments=lambda directory, ready_file: ["-m", __name__, str(directory), str(ready_file)],
    environment={"BENCH_SECRET": SECRET},
    rows=("naive.db", "SELECT count(*) FROM session"),
    rate_expected=3_000,
)
IN_EVENT_LOOP = IN_THREAD_POOL._replace(
    name="naive-inline",
    label="the same statements in the event loop",
    environment={"BENCH_SECRET": SECRET, "BENCH_NAIVE_MODE": "inline"},
    rate_expected=5_000,
)


def make_app(directory: Path, secret: str) -> Any:
    import sqlalchemy
    from fastapi import Depends, FastAPI, HTTPException, Request
    from sqlalchemy.orm import Session, sessionmaker

    from bench.contenders.naive_models import Base, SessionIn, SessionRow

    engine = sqlalchemy.create_engine(f"sqlite:///{directory / 'naive.db'}", connect_args={"timeout": 30})

    @sqlalchemy.event.listens_for(engine, "connect")
    def durable(connection: Any, record: Any) -> None:  # noqa: ARG001 - the shape of the event
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    Base.metadata.create_all(engine)
    make_session = sessionmaker(engine)

    async def verified(request: Request) -> Any:
        body, query = await request.body(), request.query_params
        if not is_authentic(secret, body, query.get("time", ""), query.get("checksum", "")):
            raise HTTPException(401, {"code": 14002, "message": "checksum"})
        return SessionIn.model_validate_json(body)

    def database() -> Iterator[Session]:
        with make_session() as session:
            yield session

    def keep(session: Session, record: Any) -> dict[str, str]:
        values = record.model_dump(exclude={"customField"})
        session.add(SessionRow(**values, customField=record.model_dump_json(include={"customField"})))
        session.commit()
        return {}

    def push(record: Any = Depends(verified), session: Session = Depends(database)) -> dict[str, str]:  # noqa: B008 - FastAPI's way
        return keep(session, record)

    async def push_inline(request: Request) -> dict[str, str]:
        record = await verified(request)
        with make_session() as session:
            return keep(session, record)

    app = FastAPI()
    app.post("/push")(push_inline if os.environ.get("BENCH_NAIVE_MODE") == "inline" else push)
    return app


if __name__ == "__main__":
    serve_uvicorn(make_app)
