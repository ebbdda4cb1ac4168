"""What a person waits for who looks at a million sessions: figures, lists, one session, an export.

Asked over HTTP of `afterchat dashboard` on a store of `bench.history`, one question after another on one connection:
first of the API with a token, then pages as a person who is logged in gets them, without what a browser does with them.
A question is asked a few times and its median counts, but for the export, which is read once in each round.
The overview is the total and four groupings, as five requests; a page asks them in one pass and is quicker.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote, urlsplit

from afterchat.store.open import open_store
from afterchat.store.ports import Token
from bench.clicking import add_reader, log_in
from bench.history import DAY_MS, END_MS, fill_records
from bench.processes import usage_of_tree
from bench.running import fresh_directory
from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "dashboard", "run"]

QUESTION = "How long do figures, lists, a session and an export take with so many sessions, and what do they cost?"

TOKEN = "bench-reader"
DAYS = 365
ASKED_TIMES = 5
START_SECONDS_MAX = 900.0
OVERVIEW = (
    "sessions,received_sessions,valid_sessions,first_reply_mean,first_reply_p50,first_reply_p90,first_reply_p95,"
    "participation,satisfaction_relative"
)
GROUPINGS = ("", "hour", "group", "staff", "channel")
FILTERS = {
    "filters": f"by=staff&close_reason=1&close_reason=7&evaluation_from=1&staff_name_contains={quote('李')}",
    "search": f"q={quote('退款')}&by=category",
    "all": "by=weekday_hour",
}
_MIB = 1 << 20


def run(session: Session) -> list[Figure]:
    """One store, a dashboard started anew in every round."""
    count = session.options.seeing_sessions
    runs: list[Run | None] = []
    with fresh_directory(session.options.work, "seeing") as folder:
        url = f"sqlite:///{folder.resolve()}"
        asyncio.run(_prepare(url, count))
        add_reader(url)
        for _ in range(session.options.repeats):
            with dashboard(url, folder) as (pid, connection):
                runs.append(session.keep(_round(connection, pid, count, folder)))
    return [
        line
        for key, label, unit in _FIGURES
        for line in figure(f"seeing.{key}", label, unit, runs, lambda one, key=key: one[key])
    ]


_FIGURES = (
    ("overview_30d_ms", "overview of 30 days, five requests", "ms"),
    ("overview_90d_ms", "overview of 90 days, five requests", "ms"),
    ("overview_365d_ms", "overview of all sessions, five requests", "ms"),
    ("filters_ms", "figures by staff of four conditions over all sessions", "ms"),
    ("search_ms", "figures by category of a full-text search over all sessions", "ms"),
    ("all_ms", "weekday by hour over all sessions", "ms"),
    ("first_page_ms", "first page of the list", "ms"),
    ("deep_page_ms", "a page in the middle of the list", "ms"),
    ("sorted_page_ms", "first page by another column", "ms"),
    ("session_ms", "one session", "ms"),
    ("page_overview_30d_ms", "page: overview of 30 days, compared with the 30 before", "ms"),
    ("page_overview_90d_ms", "page: overview of 90 days, compared with the 90 before", "ms"),
    ("page_robot_30d_ms", "page: robot, 30 days, with containment", "ms"),
    ("page_list_ms", "page: list of all sessions", "ms"),
    ("page_counted_ms", "page: list of all sessions behind a figure", "ms"),
    ("page_session_ms", "page: one session", "ms"),
    ("export_rows_per_second", "rows of a CSV export a second", "/s"),
    ("export_growth_mb", "memory that the export took", "MB"),
    ("start_s", "from start to every session in the columns", "s"),
    ("rss_mb", "resident, files that are mapped included", "MB"),
    ("columns_mb", "columns on disk", "MB"),
)


async def _prepare(url: str, count: int) -> None:
    await fill_records(url, count, DAYS)
    store = await open_store(url, frozenset({"registry"}))
    await store.registry.add_token(Token("bench", None, None), hashlib.sha256(TOKEN.encode()).digest(), END_MS)
    await store.close()


@contextmanager
def dashboard(url: str, folder: Path) -> Iterator[tuple[int, HTTPConnection]]:
    """A dashboard that listens, and a connection to it; ended by its own id."""
    ready = folder / "ready.json"
    ready.unlink(missing_ok=True)
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "afterchat", "dashboard", "--port", "0", "--store", url),
            *("--ready-file", str(ready), "--log-level", "error"),
        ],
        env={**os.environ, "PYTHONPATH": "src"},
        stdout=subprocess.DEVNULL,
    )
    try:
        while not ready.exists():
            time.sleep(0.02)
        said = json.loads(ready.read_text())
        address = urlsplit(said["url"])
        yield process.pid, HTTPConnection(address.hostname or "", address.port, timeout=START_SECONDS_MAX)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def _round(connection: HTTPConnection, pid: int, count: int, folder: Path) -> Run:
    began = time.monotonic()
    while _ask(connection, "/v1/figures?figure=sessions")["total"]["sessions"] < count:
        if time.monotonic() - began > START_SECONDS_MAX:
            raise TimeoutError(f"the columns did not hold {count} sessions within {START_SECONDS_MAX} s")
        time.sleep(0.05)
    run: Run = {"contender": "afterchat-dashboard", "sessions": count, "start_s": round(time.monotonic() - began, 2)}
    for days in (30, 90, 365):
        since = f"end_time_from={END_MS - days * DAY_MS}&figure={OVERVIEW}"
        run[f"overview_{days}d_ms"] = _timed(
            connection, [f"/v1/figures?{since}{by and f'&by={by}'}" for by in GROUPINGS]
        )
    for name, query in FILTERS.items():
        run[f"{name}_ms"] = _timed(connection, [f"/v1/figures?figure={OVERVIEW}&{query}"])
    middle = f"/v1/sessions?end_time_until={END_MS - DAYS // 2 * DAY_MS}"
    cursor = _ask(connection, middle)["next_cursor"]
    run["first_page_ms"] = _timed(connection, ["/v1/sessions"])
    run["deep_page_ms"] = _timed(connection, [f"/v1/sessions?cursor={cursor}"])
    run["sorted_page_ms"] = _timed(connection, ["/v1/sessions?sort=-first_reply_cost"])
    shown = _ask(connection, middle)["items"][0]["record"]["id"]
    run["session_ms"] = _timed(connection, [f"/v1/sessions/{shown}"])
    run |= _pages(connection, shown)
    run |= _export(connection, pid, count)
    usage = usage_of_tree(pid)
    run["rss_mb"] = round(usage.server_rss_bytes / _MIB, 1)
    run["columns_mb"] = round(sum(file.stat().st_size for file in (folder / "columns").iterdir()) / _MIB, 1)
    return run


def _pages(connection: HTTPConnection, session_id: str) -> Run:
    """Pages as whole documents; END_MS is long past, so their time is in the address."""
    cookie = log_in(connection)
    month, quarter = (f"end_time_from={END_MS - days * DAY_MS}&end_time_until={END_MS}" for days in (30, 90))
    targets = {
        "overview_30d": f"/overview?{month}",
        "overview_90d": f"/overview?{quarter}",
        "robot_30d": f"/robot?{month}",
        "list": "/sessions?span=all",
        "counted": "/sessions?span=all&counted=first_reply_p90&sort=-first_reply_cost",
        "session": f"/sessions/{session_id}?tenant=default",
    }
    return {f"page_{name}_ms": _timed(connection, [target], cookie=cookie) for name, target in targets.items()}


def _timed(connection: HTTPConnection, targets: list[str], *, cookie: str = "") -> float:
    """Median milliseconds of asking all of these, one after the other."""
    spent = []
    for _ in range(ASKED_TIMES):
        began = time.perf_counter()
        for target in targets:
            _read(connection, target, cookie)
        spent.append((time.perf_counter() - began) * 1000)
    return round(median(spent), 1)


def _export(connection: HTTPConnection, pid: int, count: int) -> dict[str, Any]:
    before = usage_of_tree(pid).server_rss_bytes
    began = time.perf_counter()
    connection.request("GET", "/v1/export?format=csv", headers={"authorization": f"Bearer {TOKEN}"})
    answer = connection.getresponse()
    greatest = before
    while answer.read(_MIB):
        greatest = max(greatest, usage_of_tree(pid).server_rss_bytes)
    seconds = time.perf_counter() - began
    state = _ask(connection, str(answer.getheader("content-location")))
    if (state["state"], state["rows"]) != ("done", count):
        raise ValueError(f"the export is {state}, and not of {count} rows")
    return {
        "export_rows_per_second": round(count / seconds),
        "export_growth_mb": round((greatest - before) / _MIB, 1),
    }


def _ask(connection: HTTPConnection, target: str) -> Any:
    return json.loads(_read(connection, target))


def _read(connection: HTTPConnection, target: str, cookie: str = "") -> bytes:
    """The body of an answer, as a program with a token gets it, or as a person with a cookie."""
    headers = {"cookie": cookie} if cookie else {"authorization": f"Bearer {TOKEN}"}
    connection.request("GET", target, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise ValueError(f"{target}: {answer.status} {body[:200]!r}")
    return body
