"""E05: SIGKILL at random moments under load; nothing acknowledged is lost, doubled or changed (R1, R2, R3, R6).

Every second time only the server is killed, as a kernel short of memory does, and its projector is left behind.
`EXPERIMENT_CYCLES` sets the number of kills (20; 300 in a nightly run), `EXPERIMENT_SEED` repeats a run.
Kill -9 does not test durability on disk; that is `test_e07_power_cut.py`.
"""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path

from experiments.checker import Verdict, check
from experiments.ledger import Ledger
from experiments.load import Load, press, settle_unknowns
from experiments.reading import read_projected, read_snapshot
from experiments.results import percentile, publish
from experiments.runs import seed_of_run, size
from experiments.server import Life, Server

CLIENT_COUNT = 16
PLANTED = ("early-ack", "dedup-off")
PLANTED_CYCLES_MAX = 6
KILL_WITHIN_SECONDS = 0.35


def test_nothing_acknowledged_is_lost_doubled_or_changed_by_kill_9(tmp_path: Path) -> None:
    cycles, seed, begun_at = size("CYCLES", 20), seed_of_run(), time.monotonic()
    with Server(tmp_path) as server, Ledger(tmp_path / "ledger.jsonl") as ledger:
        load = Load(ledger, random.Random(seed))
        first_acks = [kill_once(server, load, whole_group=cycle % 2 == 0) for cycle in range(cycles)]
        open_pushes = ledger.open_pushes()
        life = server.start()
        asyncio.run(settle_unknowns(ledger, life, open_pushes))
        snapshot = read_projected(server.store)
        stopped_with = server.stop()
        verdict = check(ledger, snapshot)
    is_good = verdict.is_clean and stopped_with == 0 and not ledger.open_pushes()
    publish(
        "E05",
        f"{cycles} cycles, {verdict.sentence()}, {verdict.unknown} unknown and re-sent; "
        f"first ack p50 {percentile(first_acks, 0.5):.1f} s, max {max(first_acks):.1f} s; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"cycles": cycles, "clients": CLIENT_COUNT},
        n_faults=cycles,
        **verdict.figures(),
        p50=percentile(first_acks, 0.5),
        max=max(first_acks),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert verdict.faults == {}
    assert stopped_with == 0
    assert ledger.open_pushes() == []
    assert verdict.acknowledged > cycles * CLIENT_COUNT


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    caught = {planted: caught_in_cycle(tmp_path / planted, planted, seed) for planted in PLANTED}
    found = [planted for planted, cycle in caught.items() if cycle is not None]
    publish(
        "E05",
        f"planted {len(found)} of {len(PLANTED)} caught ({caught}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert found == list(PLANTED)


def caught_in_cycle(work: Path, planted: str, seed: int) -> int | None:
    """The first cycle after which the judge objects; None when it never does."""
    work.mkdir()
    with Server(work, planted=planted) as server, Ledger(work / "ledger.jsonl") as ledger:
        load = Load(ledger, random.Random(seed))
        for cycle in range(PLANTED_CYCLES_MAX):
            kill_once(server, load, whole_group=True)
            if not judged_without_view(server, ledger).is_clean:
                return cycle
    return None


def judged_without_view(server: Server, ledger: Ledger) -> Verdict:
    """A judgement of what is stored, right after a kill."""
    return check(ledger, read_snapshot(server.store), with_view=False)


def kill_once(server: Server, load: Load, *, whole_group: bool) -> float:
    """One life of a server: start, load, SIGKILL a moment after the first ack; seconds from start to first ack."""
    life = server.start()
    group = server.group
    load.first_ack_at = None
    asyncio.run(press_until_killed(server, load, life, whole_group=whole_group))
    if not whole_group and load.chance.random() < 0.5:
        server.kill_remains(group)
    assert load.first_ack_at is not None, f"no push was acknowledged\n{server.log_end()}"
    return load.first_ack_at - life.started_at


async def press_until_killed(server: Server, load: Load, life: Life, *, whole_group: bool) -> None:
    pressing = asyncio.create_task(press(load, life, CLIENT_COUNT, asyncio.Event()))
    deadline = time.monotonic() + 10
    while load.first_ack_at is None and time.monotonic() < deadline:
        await asyncio.sleep(0.002)
    await asyncio.sleep(load.chance.uniform(0, KILL_WITHIN_SECONDS))
    server.kill(whole_group=whole_group)
    await pressing
