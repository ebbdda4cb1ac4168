"""E08 end to end: our sender, a network that lies, and our receiver; every session is one row and one record there.

The network does what `proxy.py` can do, to a fifth of the connections: more would only teach us how the breaker waits.
What the sender sent is judged where it left the sender, before any fault: signatures and bytes (S2, S3, S7).
`EXPERIMENT_EVENTS` sets the number of sessions (600).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from experiments.accounts import Accounts, read_accounts
from experiments.handing import Handed, hand_in_by_many
from experiments.outbox_checker import Judgement, judge_sending
from experiments.outbox_reading import Outbox, open_entry_count, read_outbox
from experiments.proxy import FAULTS, Proxy
from experiments.reading import Snapshot, read_projected
from experiments.results import publish
from experiments.runs import seed_of_run, size
from experiments.sending_end import PATIENT, SendingEnd
from experiments.server import Server
from experiments.sink import Arrival, read_push

CONCURRENCY = 16
MOSTLY_WELL = {**FAULTS, "none": 40}


class Way(NamedTuple):
    """From one end to the other."""

    faults: Mapping[str, int]
    schedule: str
    seconds_max: float


HONEST = Way(MOSTLY_WELL, PATIENT, 60.0)
PLANTED = {
    "delivered-without-answer": ("dishonest", Way(FAULTS, PATIENT, 4.5)),
    "old-time-reused": ("misdated", Way(MOSTLY_WELL, "3s,1s", 4.5)),
}
"""Bug: the fault that it must show as, and a way on which it shows: the second by attempts that are made late."""
PLANTED_EVENTS = 60


class Delivered(NamedTuple):
    """What both ends hold in the end."""

    handed: Handed
    outbox: Outbox
    received: Snapshot
    accounts: Accounts
    arrivals: list[Arrival]
    """What left the sender whole; `told` is 200 when the receiver has it."""
    faults: Counter[str]

    def judged(self, *, is_drained: bool = True) -> Judgement:
        """The sender's side, judged."""
        return judge_sending(self.handed, self.outbox, self.arrivals, is_drained=is_drained)


def test_every_session_is_one_record_at_the_receiver_over_a_lying_network(tmp_path: Path) -> None:
    events, seed, begun_at = size("EVENTS", 600), seed_of_run(), time.monotonic()
    run = deliver(tmp_path, events, seed, HONEST)
    found, stored = run.judged(), Counter(push.body for push in run.received.pushes)
    wanted = Counter(body for each in run.handed.talks.values() for body in each.records)
    records = {session_id for _, session_id in run.received.sessions}
    delivered = run.outbox.count("delivered")
    is_good = not found.faults and stored == wanted and len(run.received.sessions) == events == delivered
    publish(
        "E08-end-to-end",
        f"{events} sessions, {delivered} delivered in {sum(map(len, run.outbox.attempts.values())):,} attempts, "
        f"{len(run.received.pushes)} rows and {len(records)} records at the receiver, {found.sentence()}; "
        f"faults {dict(run.faults)}; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"events": events},
        n_faults=run.faults.total() - run.faults["none"],
        **found.figures(),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert found.faults == {}
    assert stored == wanted
    assert (len(run.received.sessions), records) == (events, set(run.handed.talks))
    assert {"delivered": events} == {state: count for (_, state), count in run.outbox.counts.items()}
    assert (run.accounts.new, run.accounts.balance) == (events, 0)
    assert set(run.faults) == set(FAULTS), "every kind of fault must have been met"


def test_planted_bugs_are_caught(tmp_path: Path) -> None:
    seed = seed_of_run()
    with ThreadPoolExecutor(len(PLANTED)) as threads:
        kinds = list(threads.map(lambda planted: faults_with(tmp_path / planted, planted, seed), PLANTED))
    caught = dict(zip(PLANTED, kinds, strict=True))
    found = [planted for planted, (kind, _) in PLANTED.items() if kind in caught[planted]]
    publish(
        "E08-end-to-end",
        f"planted {len(found)} of {len(PLANTED)} caught ({caught}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == list(PLANTED)


def faults_with(work: Path, planted: str, seed: int) -> list[str]:
    """Kinds of faults that the judge finds with a bug."""
    run = deliver(work, PLANTED_EVENTS, seed, PLANTED[planted][1], planted=planted)
    return list(run.judged(is_drained=False).faults)


def deliver(work: Path, events: int, seed: int, way: Way, *, planted: str = "") -> Delivered:
    """Hand sessions in, and let them be delivered as long as the way says."""
    (work / "receiver").mkdir(parents=True)
    with Server(work / "receiver") as receiver, SendingEnd(work, planted=planted) as end:
        proxy = Proxy(receiver.start().port, seed, way.faults, is_brief=True)
        return asyncio.run(deliver_through(proxy, receiver, end, way, events))


async def deliver_through(proxy: Proxy, receiver: Server, end: SendingEnd, way: Way, events: int) -> Delivered:
    """The same, through a proxy that is not listening yet."""
    async with proxy:
        url = f"http://127.0.0.1:{proxy.port}/push"
        end.add_endpoint("receiver", url, concurrency=CONCURRENCY, schedule=way.schedule)
        with Handed(end.store.parent / "handed.jsonl", end.add_token()) as handed:
            await hand_in_by_many(handed, end.start(), [handed.new_talk(is_rated=False) for _ in range(events)])
        deadline = time.monotonic() + way.seconds_max
        while await asyncio.to_thread(open_entry_count, end.store) and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(end.stop)
    received = await asyncio.to_thread(read_projected, receiver.store)
    accounts = await read_accounts(receiver.life.port)
    bodies = {push.body for push in received.pushes}
    arrivals = [arrival for heard in proxy.heard if (arrival := await whole(bytes(heard.data), heard.at_ms, bodies))]
    return Delivered(handed, read_outbox(end.store), received, accounts, arrivals, proxy.counts)


async def whole(data: bytes, at_ms: int, stored: set[bytes]) -> Arrival | None:
    """The push that one connection carried; None when it was cut before its end."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    try:
        arrival = await read_push(reader)
    except EOFError:
        return None
    arrival.at_ms, arrival.told = at_ms, 200 if arrival.body in stored else 0
    return arrival
