"""E06 on the sending side: a sender dies at every sync, and at sampled writes, of taking in, leasing and settling (S1).

Judged are the store as the death left it, and again after all events were handed in once more (S1, S2, S6).
Every sync of serving is a point where the commit is made inline; where it is made in a thread, the same are sampled.
`EXPERIMENT_SENDER_POINTS` sets how many writes of each stage and syncs of a first start are sampled (2),
and a third of how many syncs of serving in a thread.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

import pytest

from experiments.crash_points import Point
from experiments.handing import HonestRefusedError
from experiments.results import publish
from experiments.runs import refuse_or_skip, seed_of_run, size
from experiments.sending_crash_points import (
    SENDING_STAGES,
    Lane,
    SurvivedSending,
    count_sending_calls,
    die_sending_at,
    lanes,
)

SYNCS = ("fdatasync", "fsync")
WRITES = ("pwrite64",)
AT_ONCE = 4
PLANTED = ("answer-before-commit", "pushes-in-their-own-transaction")
PLANTED_POINTS = [Point("serve inline", "fdatasync", number) for number in (1, 2, 3, 4)]
SYNCS_MIN = 12
"""Three sessions, each opened, closed, leased and settled."""


@pytest.fixture(autouse=True)
def _needs_strace() -> None:
    refuse_or_skip("E06-sending", "" if shutil.which("strace") else "strace is not installed")


def test_no_crash_point_parts_a_session_from_its_push(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    with lanes(tmp_path / "lanes", AT_ONCE) as made:
        counts = {
            stage: count_sending_calls(tmp_path / stage, stage, (*SYNCS, *WRITES), made[0]) for stage in SENDING_STAGES
        }
        points = [point for stage in SENDING_STAGES for point in choose(stage, counts[stage], seed)]
        survived = die_at_all(tmp_path, points, made)
    reached = Counter(each.point.stage for each in survived if each.was_reached)
    violated = {each.point: each.faults for each in survived if each.faults}
    acknowledged = sum(each.acknowledged for each in survived)
    told = ", ".join(f"{stage} {reached[stage]}" for stage in SENDING_STAGES)
    publish(
        "E06-sending",
        f"{len(points)} points, {reached.total()} reached ({told}), {len(violated)} violated, "
        f"{acknowledged:,} steps acked before a death; seed {seed}",
        "FAIL" if violated else "pass",
        seed=seed,
        params={"points": len(points), "calls": counts},
        n_faults=reached.total(),
        acked=acknowledged,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert violated == {}
    assert all(counts[stage]["fdatasync"] >= SYNCS_MIN for stage in SENDING_STAGES)
    assert reached.total() >= 0.9 * len(points)


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    with lanes(tmp_path / "lanes", len(PLANTED)) as made, ThreadPoolExecutor(len(PLANTED)) as threads:
        caught = dict(zip(PLANTED, threads.map(caught_at, [tmp_path] * len(PLANTED), PLANTED, made), strict=True))
    found = [planted for planted, point in caught.items() if point is not None]
    publish(
        "E06-sending",
        f"planted {len(found)} of {len(PLANTED)} caught ({caught}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == list(PLANTED)


def caught_at(work: Path, planted: str, lane: Lane) -> int | None:
    """Number of the first sync at which the judge objects; None when it never does."""
    for point in PLANTED_POINTS:
        try:
            survived = die_sending_at(work / f"{planted}-{point.number}", point, lane, planted=planted)
        except HonestRefusedError:
            return point.number
        if survived.faults:
            return point.number
    return None


def choose(stage: str, counts: Counter[str], seed: int) -> list[Point]:
    """Every sync of serving inline, and samples of all else."""
    chance, sample_size = random.Random(seed), size("SENDER_POINTS", 2)
    syncs = [Point(stage, call, number) for call in SYNCS for number in range(1, counts[call] + 1)]
    writes = [Point(stage, call, number) for call in WRITES for number in range(1, counts[call] + 1)]
    sync_count = {"start": sample_size, "serve in a thread": 3 * sample_size}.get(stage, len(syncs))
    syncs = sorted(chance.sample(syncs, min(len(syncs), sync_count)))
    return syncs + sorted(chance.sample(writes, min(len(writes), sample_size)))


def die_at_all(work: Path, points: Sequence[Point], made: Sequence[Lane]) -> list[SurvivedSending]:
    """Every point, one on each lane at a time."""
    free: Queue[Lane] = Queue()
    for lane in made:
        free.put(lane)

    def die(point: Point) -> SurvivedSending:
        lane = free.get()
        try:
            return die_sending_at(work / f"{point.stage}-{point.call}-{point.number}", point, lane)
        finally:
            free.put(lane)

    with ThreadPoolExecutor(len(made)) as threads:
        return list(threads.map(die, points))
