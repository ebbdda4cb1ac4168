"""E07 on the sending side: the power fails; acknowledged events stay in the journal, pushes in the outbox (S1, S2).

Runs on the file system of `powerfs.py`; half of the cuts in its strict mode, where a name needs a sync of its folder.
After the last cut the unanswered steps are handed in again, then all others; then nothing may be missing or double.
`EXPERIMENT_SENDER_CUTS` sets the number of cuts (8; 100 in a nightly run), `EXPERIMENT_SEED` repeats a run.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.handing import hand_in_again, hand_in_all
from experiments.mounting import Mounted, mounted, why_no_fuse
from experiments.outbox_checker import Judgement, judge_sending
from experiments.outbox_reading import leased_entries, read_outbox
from experiments.powerdisk import CUT_MODES
from experiments.reading import ReadingError
from experiments.results import publish
from experiments.runs import refuse_or_skip, seed_of_run, size
from experiments.sending_run import SendingRun, press_until_killed, sending_run
from experiments.server import ServerError

CLIENT_COUNT = 8
CUT_WITHIN_SECONDS = 0.4
PLANTED = ("sync-normal", "sync-off")
PLANTED_CUTS_MAX = 4


@pytest.fixture(autouse=True)
def _needs_fuse() -> None:
    refuse_or_skip("E07-sending", why_no_fuse())


def test_nothing_acknowledged_is_lost_by_power_cuts(tmp_path: Path) -> None:
    cuts, seed, begun_at = size("SENDER_CUTS", 8), seed_of_run(), time.monotonic()
    halves = {strict: run_of_cuts(tmp_path / str(strict), cuts // 2, seed, strict=strict) for strict in (False, True)}
    found = [judgement for judgement, _ in halves.values()]
    figures = {name: sum(each.figures()[name] for each in found) for name in found[0].figures()}
    forgotten = sum(count for _, count in halves.values())
    publish(
        "E07-sending",
        f"{cuts // 2 * 2} cuts, half of them strict, {forgotten:,} unsynced changes forgotten, "
        f"{figures['acked']:,} steps acked, {figures['lost']} lost or half born; seed {seed}",
        "FAIL" if any(each.faults for each in found) else "pass",
        seed=seed,
        params={"cuts": cuts, "clients": CLIENT_COUNT},
        n_faults=cuts // 2 * 2,
        **figures,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert [each.faults for each in found] == [{}, {}]
    assert figures["acked"] > cuts * CLIENT_COUNT
    assert forgotten > 0


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    caught = {planted: caught_at_cut(tmp_path / planted, planted, seed) for planted in PLANTED}
    found = [planted for planted, cut in caught.items() if cut is not None]
    publish(
        "E07-sending",
        f"planted {len(found)} of {len(PLANTED)} caught ({caught}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == list(PLANTED)


def run_of_cuts(work: Path, cuts: int, seed: int, *, strict: bool) -> tuple[Judgement, int]:
    """A judgement over all cuts, made after the last, and how many changes were forgotten."""
    chance = random.Random(seed)
    with powered(work, strict=strict) as (disk, run):
        for cut in range(cuts):
            cut_once(disk, run, chance, CUT_MODES[cut % len(CUT_MODES)])
        life = run.end.start()
        asyncio.run(hand_in_all(run.handed, life, run.handed.unfinished()))
        asyncio.run(hand_in_again(run.handed, life))
        run.end.kill()
        run.held.update(leased_entries(run.end.store))
        found = judge_sending(
            run.handed, read_outbox(run.end.store), run.sink.arrivals, excused=run.excused, is_drained=False
        )
        return found, disk.counts()["forgotten"]


def caught_at_cut(work: Path, planted: str, seed: int) -> int | None:
    """The first cut after which the judge objects, or the sender does not start; None when neither ever happens."""
    chance = random.Random(seed)
    with powered(work, planted=planted) as (disk, run):
        for cut in range(PLANTED_CUTS_MAX):
            try:
                cut_once(disk, run, chance, CUT_MODES[cut % len(CUT_MODES)])
                outbox = read_outbox(run.end.store)
            except (ServerError, ReadingError):
                return cut
            if judge_sending(run.handed, outbox, run.sink.arrivals, excused=run.excused, is_drained=False).faults:
                return cut
    return None


@contextmanager
def powered(work: Path, *, strict: bool = False, planted: str = "") -> Iterator[tuple[Mounted, SendingRun]]:
    """A sender whose store is on a power-cut file system; its endpoint and token are there for good."""
    with (
        mounted(work / "disk", strict=strict) as disk,
        sending_run(work, store=disk.folder / "sending", planted=planted) as run,
    ):
        disk.sync()
        yield disk, run


def cut_once(disk: Mounted, run: SendingRun, chance: random.Random, mode: str) -> None:
    """One life of a sender, ended by a power cut a moment after its first acknowledgement."""
    press_until_killed(run, run.end.start(), chance, CLIENT_COUNT, CUT_WITHIN_SECONDS)
    disk.cut(chance.getrandbits(32), mode)
