"""E06: a process dies at every sync, and at sampled writes, of starting, serving and projecting (R1, R2, R3).

`EXPERIMENT_POINTS` sets how many `pwrite64` points of each stage are sampled (4; all with a large number).
Every fdatasync and fsync that the script makes is a point.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from experiments.crash_points import STAGES, Played, Point, Survived, count_calls, die_at, prepare
from experiments.results import publish
from experiments.runs import refuse_or_skip, seed_of_run, size

SYNCS = ("fdatasync", "fsync")
WRITES = ("pwrite64",)
AT_ONCE = 4
PLANTED = "early-ack"
PLANTED_STAGE = "serve in a thread"
"""Inline, an early ack stands in the event loop's buffer while the commit runs, and dies with it unsent."""
SERVING = ("serve inline", "serve in a thread")


@pytest.fixture(autouse=True)
def _needs_strace() -> None:
    refuse_or_skip("E06", "" if shutil.which("strace") else "strace is not installed")


def test_no_crash_point_loses_doubles_or_changes_an_acknowledged_push(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    played = prepare(tmp_path / "prepared", seed)
    counts = {stage: count_calls(tmp_path / stage, stage, (*SYNCS, *WRITES), played) for stage in STAGES}
    points = [point for stage in STAGES for point in choose(stage, counts[stage], seed)]
    survived = die_at_all(tmp_path, points, played)
    reached = Counter(each.point.stage for each in survived if each.was_reached)
    violated = {each.point: each.verdict.faults for each in survived if not each.verdict.is_clean}
    acknowledged = sum(each.verdict.acknowledged for each in survived)
    shown = ", ".join(f"{stage} {reached[stage]}" for stage in STAGES)
    publish(
        "E06",
        f"{len(points)} points, {reached.total()} reached ({shown}), {len(violated)} violated, "
        f"{acknowledged:,} acked; seed {seed}",
        "FAIL" if violated else "pass",
        seed=seed,
        params={"points": len(points), "calls": counts},
        n_faults=reached.total(),
        lost=sum(each.verdict.figures()["lost"] for each in survived),
        acked=acknowledged,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert violated == {}
    assert all(counts[stage]["fdatasync"] >= 8 for stage in SERVING), "eight pushes need eight syncs"
    assert reached.total() >= 0.9 * len(points)


def test_a_planted_early_ack_is_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    played = prepare(tmp_path / "prepared", seed)
    points = [Point(PLANTED_STAGE, "fdatasync", number) for number in range(1, 9)]
    died = ((point, die_at(tmp_path / str(point.number), point, played, planted=PLANTED)) for point in points)
    caught_at = next((point for point, survived in died if not survived.verdict.is_clean), None)
    publish(
        "E06",
        f"planted {int(caught_at is not None)} of 1 caught ({PLANTED} at {caught_at}); seed {seed}",
        "FAIL" if caught_at is None else "pass",
        seed=seed,
        planted_found=[] if caught_at is None else [PLANTED],
    )
    assert caught_at is not None


def choose(stage: str, counts: Counter[str], seed: int) -> list[Point]:
    """Every sync, and a sample of the writes, of one stage."""
    syncs = [Point(stage, call, number) for call in SYNCS for number in range(1, counts[call] + 1)]
    writes = [Point(stage, call, number) for call in WRITES for number in range(1, counts[call] + 1)]
    return syncs + sorted(random.Random(seed).sample(writes, min(len(writes), size("POINTS", 4))))


def die_at_all(work: Path, points: Sequence[Point], played: Played) -> list[Survived]:
    """Every point, a few at a time; most of a point is waiting for Python to start."""

    def die(point: Point) -> Survived:
        return die_at(work / f"{point.stage}-{point.call}-{point.number}", point, played)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(die, points))
