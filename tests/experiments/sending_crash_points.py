"""Kills a sender at its n-th durable system call, while three sessions come in and their records go out.

    start                a sender makes its journal and its outbox
    serve inline         for each session: opened, closed, leased, settled; then an orderly stop
    serve in a thread    the same, committing in a thread

Rules:
- Points are those of `crash_points.py`, and so is how a process is killed at them.
- The script waits for each session to be settled before the next, so its system calls always come in one order.
- A lane is a store with an endpoint and a token, and the sink of that endpoint; points that run at once have their own.

What does not belong here: judging (`outbox_checker.py`), and the choice of points (`test_e06_sending_crash_points.py`).
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from experiments.client import Connection
from experiments.crash_points import Point, calls_made, kill_at, strace, under_trace, was_killed
from experiments.handing import Handed, hand_in, hand_in_again, hand_in_all
from experiments.outbox_checker import judge_sending
from experiments.outbox_reading import leased_entries, open_entry_count, read_outbox
from experiments.reading import ReadingError
from experiments.sending_end import SendingEnd
from experiments.server import Life, ServerError
from experiments.sink import Sink

__all__ = ["SENDING_STAGES", "Lane", "SurvivedSending", "count_sending_calls", "die_sending_at", "lanes"]

SENDING_STAGES = ("start", "serve inline", "serve in a thread")
COMMIT_MODES = {"start": "auto", "serve inline": "inline", "serve in a thread": "thread"}
TALK_COUNT = 3
SETTLED_SECONDS_MAX = 10.0


class Lane(NamedTuple):
    """What one point after the other is played on."""

    prepared: Path
    """A store with an endpoint and a token, in which no sender ever ran."""
    token: str
    sink: Sink


class SurvivedSending(NamedTuple):
    """What one point came to."""

    point: Point
    was_reached: bool
    acknowledged: int
    faults: dict[str, list[str]]
    """Right after the death, and after all was handed in again."""


@contextmanager
def lanes(work: Path, count: int) -> Iterator[list[Lane]]:
    """So many lanes."""
    with ExitStack() as stack:
        made = []
        for number in range(count):
            (work / str(number)).mkdir(parents=True)
            sink = stack.enter_context(Sink())
            end = SendingEnd(work / str(number))
            end.add_endpoint("sink", f"{sink.url}/push")
            made.append(Lane(end.store, end.add_token(), sink))
        yield made


def count_sending_calls(work: Path, stage: str, calls: Sequence[str], lane: Lane) -> Counter[str]:
    """How often the busiest thread of a stage makes each call while nothing is killed."""
    with playing(work, stage, lane) as (_, handed):
        play(work, stage, ("-e", f"trace={','.join(calls)}"), lane, handed)
    return calls_made(work, calls)


def die_sending_at(work: Path, point: Point, lane: Lane, *, planted: str = "") -> SurvivedSending:
    """Play the stage up to the point's death, judge; start again, hand everything in again, and judge."""
    with playing(work, point.stage, lane) as (again, handed):
        play(work, point.stage, kill_at(point), lane, handed, planted=planted)
        excused = held_by_the_dead(again)
        faults = judged(again, handed, lane, excused)
        acknowledged = handed.outcomes["ok"]
        life = again.start()
        asyncio.run(hand_in_rest(handed, life))
        wait_tried(again, excused.total())
        again.kill()
        faults_later = judged(again, handed, lane, excused)
    return SurvivedSending(point, was_killed(work), acknowledged, {**faults_later, **faults})


@contextmanager
def playing(work: Path, stage: str, lane: Lane) -> Iterator[tuple[SendingEnd, Handed]]:
    """A copy of the lane's store with a sender on it, which is not started, and a ledger."""
    work.mkdir(parents=True)
    lane.sink.arrivals.clear()
    store = shutil.copytree(lane.prepared, work / "sending")
    settings = {"commit_mode": COMMIT_MODES[stage]}
    with SendingEnd(work, store, settings=settings) as end, Handed(work / "handed.jsonl", lane.token) as handed:
        yield end, handed


def play(work: Path, stage: str, options: Sequence[str], lane: Lane, handed: Handed, *, planted: str = "") -> None:
    """One stage under strace; wherever the sender dies, that is the end."""
    trace, settings = strace(work, options), {"commit_mode": COMMIT_MODES[stage]}
    prefix = trace if stage == "start" else ()
    with SendingEnd(work, planted=planted, prefix=prefix, settings=settings) as end:
        try:
            life = end.start()
        except ServerError:
            return
        if stage != "start":
            under_trace(end, trace, lambda: asyncio.run(hand_in_script(end, life, handed)))


async def hand_in_script(end: SendingEnd, life: Life, handed: Handed) -> bool:
    """One talk after the other, each until it is settled; whether the sender lived to the end."""
    async with Connection(life.port) as connection:
        for _ in range(TALK_COUNT):
            if not await hand_in(handed, handed.new_talk(is_rated=False), connection):
                return False
            while end.is_alive() and open_entry_count(end.store):
                await asyncio.sleep(0.005)
    return end.is_alive()


async def hand_in_rest(handed: Handed, life: Life) -> None:
    """What is missing of the script, and then all of it again."""
    while len(handed.talks) < TALK_COUNT:
        handed.new_talk(is_rated=False)
    await hand_in_all(handed, life, handed.unfinished())
    await hand_in_again(handed, life)


def wait_tried(end: SendingEnd, held_count: int) -> None:
    """Until everything is settled but what the killed sender held, whose leases are longer than anybody waits here."""
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while open_entry_count(end.store) > held_count:
        if time.monotonic() > deadline:
            raise ServerError(f"entries are not tried\n{end.log_end()}")
        time.sleep(0.01)


def held_by_the_dead(end: SendingEnd) -> Counter[int]:
    """Entries whose attempt the death may have hidden; none when it died before there was a journal."""
    try:
        return Counter(entry_id for entry_id, _ in leased_entries(end.store))
    except ReadingError:
        return Counter()


def judged(end: SendingEnd, handed: Handed, lane: Lane, excused: Counter[int]) -> dict[str, list[str]]:
    """Faults of what is stored now; a journal that cannot be read is one as soon as a step was acknowledged."""
    try:
        outbox = read_outbox(end.store)
    except ReadingError as error:
        return {"lost": [str(error)]} if handed.outcomes["ok"] else {}
    return judge_sending(handed, outbox, lane.sink.arrivals, excused=excused, is_drained=False).faults
