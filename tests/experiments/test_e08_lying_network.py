"""E08: a network that resets, cuts, delays, doubles and lies; every event is stored once (R1-R4, R6, R16).

The sending end is the simplest that keeps the rules: a fresh signature and a fresh connection for every attempt,
and success is nothing but a whole reply of 200 `{}`.
`EXPERIMENT_EVENTS` sets the number of events (600).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from pathlib import Path

from experiments.accounts import read_accounts
from experiments.bodies import Push, session_push
from experiments.checker import Verdict, check
from experiments.client import Connection
from experiments.ledger import Ledger
from experiments.load import attempt, now_seconds
from experiments.proxy import Proxy
from experiments.reading import read_projected, read_snapshot
from experiments.results import publish
from experiments.runs import seed_of_run, size
from experiments.server import Life, Server

SENDER_COUNT = 24
ATTEMPTS_MAX = 60
ATTEMPT_SECONDS_MAX = 3.0


def test_every_event_is_stored_once_over_a_lying_network(tmp_path: Path) -> None:
    events, seed, begun_at = size("EVENTS", 600), seed_of_run(), time.monotonic()
    with Server(tmp_path) as server, Ledger(tmp_path / "ledger.jsonl") as ledger:
        faults = deliver(server, ledger, events, seed)
        snapshot = read_projected(server.store)
        accounts = asyncio.run(read_accounts(server.life.port))
        server.stop()
        verdict = check(ledger, snapshot, is_wire_exact=False)
    is_good = verdict.is_clean and len(snapshot.pushes) == len(snapshot.sessions) == events and accounts.balance == 0
    publish(
        "E08",
        f"{events} events in {ledger.attempt_count:,} attempts, {len(snapshot.pushes)} stored, "
        f"{len(snapshot.sessions)} sessions, {verdict.sentence()}; of {accounts.begun:,} requests begun "
        f"{abs(accounts.balance)} not accounted for; faults {dict(faults)}; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"events": events, "senders": SENDER_COUNT},
        n_faults=faults.total() - faults["none"],
        **verdict.figures(),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert verdict.faults == {}
    assert (len(snapshot.pushes), len(snapshot.sessions)) == (events, events)
    assert ledger.open_pushes() == []
    assert accounts.balance == 0
    assert accounts.new == events


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    verdict = judged_with_planted_bug(tmp_path, "dedup-off", seed)
    publish(
        "E08",
        f"planted {int(not verdict.is_clean)} of 1 caught (dedup-off: {len(verdict.twice)} stored twice); seed {seed}",
        "FAIL" if verdict.is_clean else "pass",
        seed=seed,
        planted_found=[] if verdict.is_clean else ["dedup-off"],
    )
    assert len(verdict.twice) > 0


def judged_with_planted_bug(work: Path, planted: str, seed: int) -> Verdict:
    with Server(work, planted=planted) as server, Ledger(work / "ledger.jsonl") as ledger:
        deliver(server, ledger, 100, seed)
        server.kill()
        return check(ledger, read_snapshot(server.store), with_view=False, is_wire_exact=False)


def deliver(server: Server, ledger: Ledger, events: int, seed: int) -> Counter[str]:
    """Start the server and deliver all events through the proxy; connections by fault."""
    chance = random.Random(seed)
    pushes = [session_push(number, chance, now_seconds() * 1000) for number in range(1, events + 1)]
    return asyncio.run(_deliver(server.start(), ledger, pushes, seed))


async def _deliver(life: Life, ledger: Ledger, pushes: list[Push], seed: int) -> Counter[str]:
    waiting = list(reversed(pushes))
    async with Proxy(life.port, seed) as proxy, asyncio.TaskGroup() as senders:
        through_proxy = life._replace(port=proxy.port)
        for _ in range(SENDER_COUNT):
            senders.create_task(_sender(through_proxy, ledger, waiting))
    return proxy.counts


async def _sender(life: Life, ledger: Ledger, waiting: list[Push]) -> None:
    while waiting:
        push = waiting.pop()
        for _ in range(ATTEMPTS_MAX):
            async with Connection(life.port) as connection:
                verb, _ = await attempt(ledger, life, push, connection, seconds_max=ATTEMPT_SECONDS_MAX)
            if verb == "ok":
                break
