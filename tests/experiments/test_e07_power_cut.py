"""E07: the power fails: kill, and forget whatever was not synced; nothing acknowledged is lost (R1, R2, R3, R10).

Runs on the file system of `powerfs.py`; half of the cuts in its strict mode, where a name needs a sync of its folder.
`EXPERIMENT_CUTS` sets the number of cuts (10; 100 in a nightly run), `EXPERIMENT_SEED` repeats a run.
Where FUSE is missing the run is skipped with its reason, but in CI (`CI=true`) that is a failure.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.checker import Verdict, check
from experiments.ledger import Ledger
from experiments.load import Load, press, settle_unknowns
from experiments.mounting import Mounted, mounted, why_no_fuse
from experiments.powerdisk import CUT_MODES
from experiments.reading import read_projected, read_snapshot
from experiments.results import publish
from experiments.runs import refuse_or_skip, seed_of_run, size
from experiments.server import Life, Server, ServerError

CLIENT_COUNT = 16
PLANTED = ("sync-normal", "sync-off")
PLANTED_CUTS_MAX = 4
CUT_WITHIN_SECONDS = 0.4


@pytest.fixture(autouse=True)
def _needs_fuse() -> None:
    refuse_or_skip("E07", why_no_fuse())


def test_nothing_acknowledged_is_lost_by_power_cuts(tmp_path: Path) -> None:
    cuts, seed, begun_at = size("CUTS", 10), seed_of_run(), time.monotonic()
    halves = {strict: run_of_cuts(tmp_path / str(strict), cuts // 2, seed, strict=strict) for strict in (False, True)}
    verdicts = [verdict for verdict, _ in halves.values()]
    figures = {name: sum(verdict.figures()[name] for verdict in verdicts) for name in verdicts[0].figures()}
    forgotten = sum(count for _, count in halves.values())
    is_good = all(verdict.is_clean for verdict in verdicts)
    publish(
        "E07",
        f"{cuts // 2 * 2} cuts, half of them strict, {forgotten:,} unsynced changes forgotten, "
        f"{figures['acked']:,} acked, {figures['lost']} lost, {figures['dup']} twice, {figures['altered']} altered; "
        f"seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"cuts": cuts, "clients": CLIENT_COUNT},
        n_faults=cuts // 2 * 2,
        **figures,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert [verdict.faults for verdict in verdicts] == [{}, {}]
    assert figures["acked"] > cuts * CLIENT_COUNT
    assert forgotten > 0


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    caught = {planted: caught_at_cut(tmp_path / planted, planted, seed) for planted in PLANTED}
    found = [planted for planted, cut in caught.items() if cut is not None]
    publish(
        "E07",
        f"planted {len(found)} of {len(PLANTED)} caught ({caught}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == list(PLANTED)


def run_of_cuts(work: Path, cuts: int, seed: int, *, strict: bool) -> tuple[Verdict, int]:
    """A judgement over all cuts, made after the last, and how many changes were forgotten."""
    with powered(work, strict=strict) as (disk, server), Ledger(work / "ledger.jsonl") as ledger:
        load = Load(ledger, random.Random(seed))
        for cut in range(cuts):
            cut_once(disk, server, load, CUT_MODES[cut % len(CUT_MODES)])
        life = server.start()
        asyncio.run(settle_unknowns(ledger, life, ledger.open_pushes()))
        snapshot = read_projected(server.store)
        server.kill()
        return check(ledger, snapshot), disk.counts()["forgotten"]


def caught_at_cut(work: Path, planted: str, seed: int) -> int | None:
    """The first cut after which the judge objects, or the server does not start; None when neither ever happens."""
    with powered(work, planted=planted) as (disk, server), Ledger(work / "ledger.jsonl") as ledger:
        load = Load(ledger, random.Random(seed))
        for cut in range(PLANTED_CUTS_MAX):
            cut_once(disk, server, load, CUT_MODES[cut % len(CUT_MODES)])
            try:
                server.start()
            except ServerError:
                return cut
            verdict = check(ledger, read_snapshot(server.store), with_view=False)
            server.kill()
            if not verdict.is_clean:
                return cut
    return None


@contextmanager
def powered(work: Path, *, strict: bool = False, planted: str = "") -> Iterator[tuple[Mounted, Server]]:
    """A server whose store is on a power-cut file system."""
    with mounted(work / "disk", strict=strict) as disk:
        server = Server(work, disk.folder / "store", planted=planted)
        try:
            yield disk, server
        finally:
            server.kill()


def cut_once(disk: Mounted, server: Server, load: Load, mode: str) -> None:
    """One life of a server, ended by a power cut a moment after its first ack."""
    life = server.start()
    load.first_ack_at = None
    asyncio.run(press_until_cut(server, load, life))
    assert load.first_ack_at is not None, f"no push was acknowledged\n{server.log_end()}"
    disk.cut(load.chance.getrandbits(32), mode)


async def press_until_cut(server: Server, load: Load, life: Life) -> None:
    pressing = asyncio.create_task(press(load, life, CLIENT_COUNT, asyncio.Event()))
    deadline = time.monotonic() + 10
    while load.first_ack_at is None and time.monotonic() < deadline:
        await asyncio.sleep(0.002)
    await asyncio.sleep(load.chance.uniform(0.05, CUT_WITHIN_SECONDS))
    server.kill()
    await pressing
