"""E16 in small: syncs fail, the disk is full, then slow; nothing is acknowledged that is not kept (R1, R13).

After each illness the server takes pushes again by itself, without a restart; then the power fails, and all is judged.
Runs on the power-cut file system, whose failed syncs forget the bytes, as Linux does.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from experiments.checker import check
from experiments.client import Connection
from experiments.ledger import Ledger
from experiments.load import Load, attempt, settle_unknowns
from experiments.mounting import Mounted, mounted, why_no_fuse
from experiments.reading import read_projected
from experiments.results import publish
from experiments.runs import refuse_or_skip, seed_of_run
from experiments.server import Life, Server

CLIENT_COUNT = 8
ILLNESSES = ("err fsync 1", "err fsync 6", "full 1", "delay fsync 0.2")
HEALED = {"full 1": "full off", "delay fsync 0.2": "delay fsync 0"}
ILL_SECONDS = 0.6
HEALING_SECONDS_MAX = 5.0
PLANTED = "ack-on-commit-failure"


@pytest.fixture(autouse=True)
def _needs_fuse() -> None:
    refuse_or_skip("E16", why_no_fuse())


def test_an_ill_disk_costs_no_acknowledged_push_and_heals_by_itself(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    with on_power_cut_disk(tmp_path) as (disk, server), Ledger(tmp_path / "ledger.jsonl") as ledger:
        load = Load(ledger, random.Random(seed))
        life = server.start()
        healing = asyncio.run(fall_ill(life, load, disk))
        is_same = server.is_alive()
        server.kill()
        disk.cut(seed, "none")
        life = server.start()
        asyncio.run(settle_unknowns(ledger, life, ledger.open_pushes()))
        verdict = check(ledger, read_projected(server.store))
    slowest = max(healing.values())
    refused = ledger.outcomes["refused"]
    is_good = verdict.is_clean and is_same and slowest <= HEALING_SECONDS_MAX and refused > 0
    shown = ", ".join(f"{illness} {seconds:.1f} s" for illness, seconds in healing.items())
    publish(
        "E16",
        f"{len(ILLNESSES)} illnesses, {refused} refused meanwhile, {verdict.sentence()} after a power cut; "
        f"first ack after healing: {shown}; same process: {is_same}; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        n_faults=len(ILLNESSES),
        **verdict.figures(),
        max=slowest,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert verdict.faults == {}
    assert is_same
    assert refused > 0
    assert slowest <= HEALING_SECONDS_MAX


def test_a_planted_ack_on_commit_failure_is_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    with on_power_cut_disk(tmp_path, PLANTED) as (disk, server), Ledger(tmp_path / "ledger.jsonl") as ledger:
        load = Load(ledger, random.Random(seed))
        asyncio.run(fall_ill(server.start(), load, disk))
        server.kill()
        disk.cut(seed, "none")
        server.start()
        verdict = check(ledger, read_projected(server.store), with_view=False)
    publish(
        "E16",
        f"planted {int(not verdict.is_clean)} of 1 caught ({PLANTED}: {len(verdict.lost)} lost); seed {seed}",
        "FAIL" if verdict.is_clean else "pass",
        seed=seed,
        planted_found=[] if verdict.is_clean else [PLANTED],
    )
    assert len(verdict.lost) > 0


@contextmanager
def on_power_cut_disk(work: Path, planted: str = "") -> Iterator[tuple[Mounted, Server]]:
    """A server whose store is on a power-cut file system."""
    with mounted(work / "disk") as disk, Server(work, disk.folder / "store", planted=planted) as server:
        yield disk, server


async def fall_ill(life: Life, load: Load, disk: Mounted) -> dict[str, float]:
    """Every illness in turn under load; seconds from its end to the next ack."""
    over = asyncio.Event()
    healing = {}
    async with asyncio.TaskGroup() as clients:
        for _ in range(CLIENT_COUNT):
            clients.create_task(stubborn(load, life, over))
        for illness in ILLNESSES:
            await asyncio.sleep(ILL_SECONDS / 2)
            disk.order(illness)
            await asyncio.sleep(ILL_SECONDS)
            disk.order(HEALED.get(illness, "err fsync 0"))
            load.first_ack_at, healed_at = None, time.monotonic()
            while load.first_ack_at is None and time.monotonic() < healed_at + 2 * HEALING_SECONDS_MAX:
                await asyncio.sleep(0.01)
            healing[illness] = (load.first_ack_at or time.monotonic()) - healed_at
        over.set()
    return healing


async def stubborn(load: Load, life: Life, over: asyncio.Event) -> None:
    """A client that goes on after refusals and broken connections."""
    async with Connection(life.port) as connection:
        while not over.is_set():
            verb, reply = await attempt(load.ledger, life, load.choose(), connection)
            if verb == "ok":
                load.first_ack_at = load.first_ack_at or time.monotonic()
            else:
                check_refusal(reply.status if reply else 0, Counter(reply.headers) if reply else Counter())
                await asyncio.sleep(0.02)


def check_refusal(status: int, headers: Counter[str]) -> None:
    """An ill server says 503 and when to come again."""
    assert status in (0, 503)
    assert status == 0 or "retry-after" in headers
