"""E01 over HTTP: only authentic pushes change anything (R5), exact repeats are harmless (R6), conflicts are kept (R7).

The tables X01 to X14 stand in `refusals.py`.
A refusal is never 2xx, never empty, never `{}`, and names a code; nothing that is refused writes a row into the inbox.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from pathlib import Path

from experiments.bodies import session_push
from experiments.client import Connection, Reply, checksum, request
from experiments.reading import StoredPush, read_pushes, read_snapshot
from experiments.refusals import BODY_BYTES_MAX, COLLIDING, Case, cases, posted, signed
from experiments.results import publish
from experiments.runs import seed_of_run, size
from experiments.server import SECRET, Server

CODES = {400: 14004, 401: (14002, 14003), 404: 14001, 405: 14004, 413: 14004, 415: 14004}
PLANTED = (
    "lax-time",
    "window-in-ms",
    "first-parameter-wins",
    "verify-after-parse",
    "dedup-by-md5",
    "replay-409",
)
REPLAYS = 1_000
QUARANTINE_WRITTEN_SECONDS = 1.5
"""Refused pushes are written aside, in rounds of less than a second."""


def test_only_authentic_pushes_change_anything(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    wrong, case_count = judge(tmp_path, "", seed)
    publish(
        "E01",
        f"{case_count} cases of X01-X12, {len(wrong)} wrong; seed {seed}",
        "FAIL" if wrong else "pass",
        seed=seed,
        params={"cases": case_count},
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert wrong == []
    assert BODY_BYTES_MAX < 300_000


def test_a_captured_push_sent_again_1000_times_is_one_row(tmp_path: Path) -> None:
    seed = seed_of_run()
    now = int(time.time())
    body = session_push(1, random.Random(seed), now * 1000).body
    raw = signed(SECRET, body, str(now).encode(), keep_alive=True)
    with Server(tmp_path) as server:
        replies = asyncio.run(send_all(server.start().port, [raw] * REPLAYS))
        stored = read_pushes(server.store)
    answers = Counter((reply.status, reply.body) for reply in replies)
    rows = [(push.body == body, push.repeat_count) for push in stored]
    is_good = answers == {(200, b"{}"): REPLAYS} and rows == [(True, REPLAYS - 1)]
    publish(
        "E01",
        f"X04: {REPLAYS:,} replays, {len(rows)} row, repeats counted {rows[0][1]}; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
    )
    assert answers == {(200, b"{}"): REPLAYS}
    assert rows == [(True, REPLAYS - 1)]


def test_bad_pushes_write_nothing_into_the_inbox(tmp_path: Path) -> None:
    seed, count = seed_of_run(), size("BAD_PUSHES", 2_000)
    now = int(time.time())
    body = session_push(1, random.Random(seed), now * 1000).body
    bad = [posted(body, f"time={now}&checksum={number:040x}", keep_alive=True) for number in range(count)]
    with Server(tmp_path) as server:
        life, begun_at = server.start(), time.monotonic()
        replies = asyncio.run(send_all(life.port, bad))
        seconds = time.monotonic() - begun_at
        time.sleep(QUARANTINE_WRITTEN_SECONDS)
        snapshot = read_snapshot(server.store)
    quarantined_max = 20 * (int(seconds + QUARANTINE_WRITTEN_SECONDS) + 1)
    is_good = not snapshot.pushes and snapshot.quarantined <= quarantined_max
    publish(
        "E01",
        f"X14: {count:,} bad pushes in {seconds:.1f} s, {len(snapshot.pushes)} inbox rows, "
        f"{snapshot.quarantined} of at most {quarantined_max} quarantined; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
    )
    assert {reply.status for reply in replies} == {401}
    assert snapshot.pushes == []
    assert snapshot.quarantined <= quarantined_max


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    caught = {}
    for planted in PLANTED:
        work = tmp_path / planted
        work.mkdir()
        caught[planted] = judge(work, planted, seed)[0][:1]
    found = [planted for planted, wrong in caught.items() if wrong]
    publish(
        "E01",
        f"planted {len(found)} of {len(PLANTED)} caught ({', '.join(found)}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == list(PLANTED)


def judge(work: Path, planted: str, seed: int) -> tuple[list[str], int]:
    """Every case that did not go as its table says, and how many were tried."""
    with Server(work, planted=planted) as server:
        life = server.start()
        now = int(time.time())
        table = list(cases(SECRET, random.Random(seed), now))
        replies = asyncio.run(send_all(life.port, [case.raw for case in table]))
        kept = len(read_pushes(server.store))
        wrong = [
            f"{case.rule} {case.name}: {reply.status} {reply.body[:80]!r}, not {case.statuses}"
            for case, reply in zip(table, replies, strict=True)
            if not is_right(case, reply)
        ]
        expected = sum(case.is_kept for case in table)
        if kept != expected:
            wrong.append(f"the inbox has {kept} rows, not {expected}")
        wrong += collide(server, now) + relabel(server, now, seed)
    return wrong, len(table) + len(COLLIDING) + 3


def is_right(case: Case, reply: Reply) -> bool:
    """The status of the table, and a body that says why or is exactly `{}`."""
    if reply.status not in case.statuses:
        return False
    if reply.status == 200:
        return reply.body == b"{}"
    code, allowed = json.loads(reply.body)["code"], CODES[reply.status]
    return code in (allowed if isinstance(allowed, tuple) else (allowed,)) and bool(json.loads(reply.body)["message"])


def collide(server: Server, now: int) -> list[str]:
    """X02: one checksum fits two bodies; both are taken, and both are kept as they came."""
    raws = [signed(SECRET, body, str(now).encode()) for body in COLLIDING]
    replies = asyncio.run(send_all(server.life.port, raws))
    kept = [push for push in read_pushes(server.store) if push.body in COLLIDING]
    return [
        *(f"X02: {reply.status} for a colliding body" for reply in replies if reply.status != 200),
        *([f"X02: {len(kept)} of 2 colliding bodies are kept"] if len(kept) != len(COLLIDING) else []),
    ]


def relabel(server: Server, now: int, seed: int) -> list[str]:
    """X03: a captured push sent again under other event types is a repeat, keeps its label, and adds no row."""
    body = session_push(77, random.Random(seed), now * 1000).body
    query = f"time={now}&checksum={checksum(SECRET, body, now)}"
    raws = [posted(body, query), *(request("POST", f"/push?{label}{query}", body) for label in LABELS)]
    replies = asyncio.run(send_all(server.life.port, raws))
    kept: list[StoredPush] = [push for push in read_pushes(server.store) if push.body == body]
    return [
        *(f"X03: {reply.status} for a re-labelled repeat" for reply in replies if reply.status != 200),
        *([f"X03: {len(kept)} rows for one push"] if len(kept) != 1 else []),
        *(f"X03: the label became {push.event_type}" for push in kept if push.event_type != "DATA_ONLINE_SESSION_END"),
    ]


LABELS = ("eventType=MSG&", "eventType=SESSION_START&", "")


async def send_all(port: int, raws: list[bytes]) -> list[Reply]:
    """One after the other, over a connection that is kept while the server keeps it."""
    async with Connection(port) as connection:
        return [await connection.exchange(raw) for raw in raws]
