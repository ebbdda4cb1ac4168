"""E19: the sender's wall clock jumps, a little, far, and to and fro; signatures follow, nothing bursts (S5, S6, S7).

A jump forward ends the leases of what is under way, so it is sent again; results by the old lease change nothing.
A jump back holds what was already waiting until its moment comes again, and new pushes go out meanwhile.
The last jump is the furthest forward, so that in the end everything is due.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from experiments.handing import hand_in_at_once
from experiments.outbox_checker import Judgement, judge_sending
from experiments.outbox_reading import Outbox, read_outbox
from experiments.results import publish
from experiments.runs import refuse_or_skip
from experiments.sending_run import SendingRun, sending_run, wait_drained
from experiments.sink import WELL, Arrival, Manner
from experiments.skewed_clock import SkewedClock, why_no_faketime
from experiments.talks import Talk

DAY, HOUR, WINDOW = 86_400, 3_600, 301
BEFORE_ALL = -3 * DAY
"""When the endpoint and its key are made, so that the key is in force by every clock."""
RATE = 30
CONCURRENCY = 32
FLIP_SECONDS = 0.02
DRAIN_SECONDS_MAX = 30.0
LATE = Manner(after_seconds=0.3)
ILL = Manner(status=500, body=b"no")
PLANTED = {"old-time-reused": "misdated", "bucket-overflows": "burst"}


class Phase(NamedTuple):
    """Jump, hand in, wait."""

    offset: int
    talk_count: int = 10
    seconds: float = 0.6
    flip_count: int = 0
    """Before the wait the clock goes an hour forward and back, so many times in all."""


BACKLOG = Phase(0, talk_count=120, seconds=0.1)
"""More than the rate lets out at once, when the clock jumps next."""
PHASES = (
    *(Phase(0), Phase(WINDOW), Phase(-WINDOW), Phase(0, flip_count=50), BACKLOG, Phase(HOUR), Phase(-HOUR)),
    *(Phase(0), Phase(-DAY), Phase(0), Phase(DAY)),
)
PLANTED_PHASES = (Phase(0), BACKLOG, Phase(HOUR, seconds=1.5))


@pytest.fixture(autouse=True)
def _needs_faketime() -> None:
    refuse_or_skip("E19", why_no_faketime())


def test_whatever_the_clock_does_signatures_follow_and_nothing_bursts_or_is_lost(tmp_path: Path) -> None:
    begun_at = time.monotonic()
    with skewed(tmp_path) as (clock, run):
        live_through(clock, run, PHASES)
        wait_drained(run, DRAIN_SECONDS_MAX)
        stopped_with = run.end.stop()
        outbox = read_outbox(run.end.store)
        found = judged(clock, run, outbox, is_drained=True)
    burst = worst_burst(clock, run.sink.arrivals)
    stale = sum(map(len, outbox.attempts.values())) - sum(entry.attempt_count for entry in outbox.entries)
    publish(
        "E19",
        f"{len(clock.jumps) - 1} jumps of up to a day, {found.sentence()}; {len(found.found['misdated'])} misdated, "
        f"{stale} results came after their lease and changed nothing, worst second {burst:.0%} of what is allowed",
        "pass" if not found.faults and burst <= 1 and stopped_with == 0 else "FAIL",
        params={"rate": RATE, "talks": len(run.handed.talks)},
        n_faults=len(clock.jumps) - 1,
        **found.figures(),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert found.faults == {}
    assert burst <= 1
    assert stopped_with == 0
    assert stale > 0, "no jump met an attempt under way"


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    with ThreadPoolExecutor(len(PLANTED)) as threads:
        kinds = list(threads.map(lambda planted: kinds_with(tmp_path / planted, planted), PLANTED))
    found = [planted for planted, seen in zip(PLANTED, kinds, strict=True) if PLANTED[planted] in seen]
    publish(
        "E19",
        f"planted {len(found)} of {len(PLANTED)} caught ({dict(zip(PLANTED, kinds, strict=True))})",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        planted_found=found,
    )
    assert found == list(PLANTED)


def kinds_with(work: Path, planted: str) -> list[str]:
    """Kinds of faults that are found with a bug."""
    with skewed(work, planted=planted) as (clock, run):
        live_through(clock, run, PLANTED_PHASES)
        run.end.stop()
        found = judged(clock, run, read_outbox(run.end.store), is_drained=False)
        return [*found.faults, *(["burst"] if worst_burst(clock, run.sink.arrivals) > 1 else [])]


@contextmanager
def skewed(work: Path, *, planted: str = "") -> Iterator[tuple[SkewedClock, SendingRun]]:
    """A sender that lives by a skewed clock, whose pushes are sometimes answered late and sometimes 500."""
    work.mkdir(exist_ok=True)
    clock, turns = SkewedClock(work / "clock", BEFORE_ALL), itertools.count(1)

    def manner(_: Arrival) -> Manner:
        turn = next(turns)
        return LATE if turn % 5 == 0 else ILL if turn % 7 == 0 else WELL

    with sending_run(
        work, planted=planted, prefix=clock.prefix, manner=manner, concurrency=CONCURRENCY, rate=RATE
    ) as run:
        yield clock, run


def live_through(clock: SkewedClock, run: SendingRun, phases: Sequence[Phase]) -> None:
    """Start at the first phase's time, and go through all of them."""
    clock.jump_to(phases[0].offset)
    life = run.end.start()
    for phase in phases:
        clock.jump_to(phase.offset)
        talks = [new_talk(run, phase.offset) for _ in range(phase.talk_count)]
        asyncio.run(hand_in_at_once(run.handed, life, talks))
        for flip in range(phase.flip_count):
            clock.jump_to(phase.offset if flip % 2 else phase.offset + HOUR)
            time.sleep(FLIP_SECONDS)
        time.sleep(phase.seconds)


def new_talk(run: SendingRun, offset: int) -> Talk:
    """A talk by the sender's own clock, in one request, so that no jump comes between its beginning and its end."""
    return run.handed.new_talk(is_rated=False, is_whole=True, clock_offset=offset)


def judged(clock: SkewedClock, run: SendingRun, outbox: Outbox, *, is_drained: bool) -> Judgement:
    """Signatures are judged by the clock that the sender had."""
    return judge_sending(
        run.handed,
        outbox,
        run.sink.arrivals,
        is_drained=is_drained,
        offsets=lambda arrival: clock.offsets_at(arrival.at),
    )


def worst_burst(clock: SkewedClock, arrivals: Sequence[Arrival]) -> float:
    """The busiest second, as a share of what a bucket lets out: what it held, a second's worth, and once each jump."""
    moments = [arrival.at for arrival in arrivals]
    shares = [0.0]
    for number, since in enumerate(moments):
        count = bisect_left(moments, since + 1) - number
        shares.append(count / (RATE * (2 + clock.forward_jumps(since - 1, since + 1))))
    return max(shares)
