"""E02: hostile but possible bodies, each inside a batch of 20 good pushes (R1, R2, R8).

Every good push is stored and projected; every poison is stored byte for byte, and is either listed as unreadable
with a reason or shown as a session as the table says; the server and its projector are the same processes as before.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path

from experiments.bodies import Push, session_push
from experiments.checker import check
from experiments.client import Connection, Verb
from experiments.ledger import Ledger
from experiments.load import attempt, now_seconds
from experiments.poisons import Poison, poisons
from experiments.reading import ReadingError, Snapshot, read_projected
from experiments.results import publish
from experiments.runs import seed_of_run
from experiments.server import Life, Server, alive_in_group

GOOD_IN_BATCH = 20
FIRST_POISON_ID = 900_000_001
PLANTED = ("poison-rolls-back-batch", "poison-kills-projector")


def test_no_poison_costs_a_neighbour_or_is_lost(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    table = list(poisons(FIRST_POISON_ID, random.Random(seed), now_seconds() * 1000))
    with Server(tmp_path) as server, Ledger(tmp_path / "ledger.jsonl") as ledger:
        life = server.start()
        before = alive_in_group(server.group)
        outcomes = asyncio.run(push_batches(life, ledger, table, seed))
        snapshot = read_projected(server.store)
        after = alive_in_group(server.group)
        server.stop()
        ids = {poison_id(index) for index in range(len(table))} | {1}
        verdict = check(ledger, snapshot, ignored_sessions=ids)
    became = {poison.name: what_became(snapshot, poison, index) for index, poison in enumerate(table)}
    wrong = {poison.name: (poison.expected, became[poison.name]) for poison in table
             if became[poison.name] != poison.expected}  # fmt: skip
    good = len(table) * GOOD_IN_BATCH
    good_stored = len(snapshot.pushes) - len(table)
    is_good = verdict.is_clean and not wrong and before == after
    publish(
        "E02",
        f"{len(table)} poisons, each among {GOOD_IN_BATCH} good pushes: {good_stored} of {good} good stored and shown, "
        f"{list(became.values()).count('unreadable')} poisons listed with a reason, "
        f"{list(became.values()).count('problem')} shown with a problem, "
        f"{sum(each.startswith('drift ') for each in became.values())} with a drift note, "
        f"{list(became.values()).count('row')} whole, {len(wrong)} wrong; "
        f"processes the same: {before == after}; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"poisons": len(table), "good": good},
        n_faults=len(table),
        **verdict.figures(),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert set(outcomes) == {"ok"}
    assert verdict.faults == {}
    assert wrong == {}
    assert good_stored == good
    assert before == after
    assert len(table) >= 40


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    found = [planted for planted in PLANTED if is_caught(tmp_path / planted, planted, seed)]
    publish(
        "E02",
        f"planted {len(found)} of {len(PLANTED)} caught ({', '.join(found)}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == list(PLANTED)


def is_caught(work: Path, planted: str, seed: int) -> bool:
    """Whether three poisons are enough to be noticed."""
    work.mkdir()
    table = list(poisons(FIRST_POISON_ID, random.Random(seed), now_seconds() * 1000))[:3]
    with Server(work, planted=planted) as server, Ledger(work / "ledger.jsonl") as ledger:
        life = server.start()
        outcomes = asyncio.run(push_batches(life, ledger, table, seed))
        try:
            snapshot = read_projected(server.store, 3.0)
        except ReadingError:
            return True
        return set(outcomes) != {"ok"} or not check(ledger, snapshot, with_view=False).is_clean


def poison_id(index: int) -> int:
    """The session that a poison of the table is about."""
    return FIRST_POISON_ID + index


def what_became(snapshot: Snapshot, poison: Poison, index: int) -> str:
    """`unreadable`, `problem`, the drift of the table, or `row`; `lost` when neither a reason nor a row is there."""
    stored = [push for push in snapshot.pushes if push.body == poison.body]
    if len(stored) != 1:
        return "lost"
    if snapshot.unreadable.get(stored[0].id):
        return "unreadable"
    row_ids = [row.inbox_id for row in snapshot.sessions.values()]
    if stored[0].id not in row_ids:
        return "lost"
    if snapshot.problems.get(stored[0].id):
        return "problem"
    is_noted = poison.expected.startswith("drift ") and poison.expected.removeprefix("drift ") in snapshot.drift
    return poison.expected if is_noted else "row"


async def push_batches(life: Life, ledger: Ledger, table: Sequence[Poison], seed: int) -> list[Verb]:
    """One batch for each poison: 20 good pushes and the poison, all at once, each over a connection of its own."""
    chance = random.Random(seed + 1)
    connections = [Connection(life.port) for _ in range(GOOD_IN_BATCH + 1)]
    outcomes: list[Verb] = []
    for index, poison in enumerate(table):
        first = index * GOOD_IN_BATCH + 1_000
        batch = [session_push(first + number, chance, now_seconds() * 1000) for number in range(GOOD_IN_BATCH)]
        batch.insert(chance.randint(0, GOOD_IN_BATCH), Push("default", 0, poison.body))
        sent = [attempt(ledger, life, push, connection) for push, connection in zip(batch, connections, strict=True)]
        outcomes += [verb for verb, _ in await asyncio.gather(*sent)]
    for connection in connections:
        connection.close()
    return outcomes
