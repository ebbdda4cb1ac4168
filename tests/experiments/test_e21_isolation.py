"""E21, what it does: of ten endpoints four are ill, each in its own way, and six are well (S2, S8, S9).

    black_hole   takes the push and says nothing      dripping   answers a byte now and then
    failing      500, always                          busy       429 with Retry-After, always

The six get everything meanwhile; the four are asked no more often than a breaker and Retry-After let through.
How long the six wait is measured in `bench/`, not here.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from experiments.handing import Handed, hand_in_at_once
from experiments.outbox_checker import Judgement, judge_sending
from experiments.outbox_reading import Outbox, leased_entries, read_outbox
from experiments.results import publish
from experiments.sending_end import SendingEnd
from experiments.sink import WELL, Arrival, Manner, Sink
from experiments.talks import Talk

RETRY_AFTER_SECONDS = 3
ILL = {
    "black_hole": Manner(is_mute=True),
    "failing": Manner(status=500, body=b"no"),
    "dripping": Manner(drip_seconds=0.2),
    "busy": Manner(status=429, body=b"later", headers=(f"retry-after: {RETRY_AFTER_SECONDS}",)),
}
HEALTHY = tuple(f"well{number}" for number in range(1, 7))
NAMES = (*ILL, *HEALTHY)
CONCURRENCY = 8
FIRST_TALKS, LATER_TALKS = 20, 20
"""Before and after the four are known to be ill."""
ILL_SECONDS = 3.5
HEALTHY_SECONDS_MAX = 10.0
FAILURES_MAX = 5
PROBES_MAX = 3
"""A breaker opens for 2 s, then 4 s, then 8 s: so many attempts at most within the run."""
ATTEMPTS_MAX = CONCURRENCY + FAILURES_MAX + PROBES_MAX
PLANTED = {"breaker-never-opens": "pressed", "retry-after-ignored": "hurried"}


class Isolated(NamedTuple):
    """What one run came to."""

    judgement: Judgement
    outbox: Outbox
    arrivals: dict[str, list[Arrival]]
    """By the name of the endpoint."""

    @property
    def missing(self) -> list[str]:
        """Healthy endpoints that did not get everything."""
        return [name for name in HEALTHY if len(self.bodies(name)) != FIRST_TALKS + LATER_TALKS]

    @property
    def pressed(self) -> list[str]:
        """Ill endpoints that were asked more often than a breaker lets through."""
        return [name for name in ILL if len(self.arrivals[name]) > ATTEMPTS_MAX]

    @property
    def hurried(self) -> list[float]:
        """Waits shorter than the busy endpoint asked for, planned or past, in seconds."""
        [busy] = [id_ for id_, path in self.outbox.endpoint_paths.items() if path == "/busy"]
        waits = []
        for entry in self.outbox.entries:
            if entry.endpoint_id == busy:
                begun = [begun_at for begun_at, _, _ in self.outbox.attempts.get(entry.id, ())]
                waits += [(later - sooner) / 1000 for sooner, later in pairwise([*begun, entry.due_at]) if begun]
        return [wait for wait in waits if wait < RETRY_AFTER_SECONDS]

    def bodies(self, name: str) -> set[bytes]:
        """What arrived at one endpoint."""
        return {arrival.body for arrival in self.arrivals[name]}


def test_six_endpoints_get_everything_while_four_are_ill(tmp_path: Path) -> None:
    begun_at = time.monotonic()
    with ExitStack() as stack:
        sink = stack.enter_context(Sink(lambda arrival: ILL.get(arrival.path[1:], WELL)))
        threads = stack.enter_context(ThreadPoolExecutor(1 + len(PLANTED)))
        prepared, token = prepare(tmp_path / "prepared", sink)
        runs = {}
        for number, planted in enumerate(("", *PLANTED)):
            (work := tmp_path / str(number)).mkdir()
            handed = stack.enter_context(Handed(work / "handed.jsonl", token, first=1 + 1000 * number))
            runs[planted] = threads.submit(run_with, work, planted, sink, prepared, handed)
        run = runs[""].result()
    found = [planted for planted, kind in PLANTED.items() if getattr(runs[planted].result(), kind)]
    counts = {name: len(run.arrivals[name]) for name in ILL}
    talk_count = FIRST_TALKS + LATER_TALKS
    open_count = run.outbox.count("waiting", "behind", "leased")
    is_good = not (run.judgement.faults or run.missing or run.pressed or run.hurried) and found == list(PLANTED)
    publish(
        "E21",
        f"{talk_count} sessions to 10 endpoints: {run.outbox.count('delivered')} delivered, {open_count} held, "
        f"{run.judgement.sentence()}; attempts at the ill within {ILL_SECONDS:.1f} s: {counts}; "
        f"planted {len(found)} of {len(PLANTED)} caught ({', '.join(found)})",
        "pass" if is_good else "FAIL",
        params={"talks": talk_count, "concurrency": CONCURRENCY},
        n_faults=len(ILL),
        **run.judgement.figures(),
        planted_found=found,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert run.judgement.faults == {}
    assert run.missing == []
    assert {name: count for name, count in counts.items() if not FAILURES_MAX <= count <= ATTEMPTS_MAX} == {}
    assert run.hurried == []
    assert (run.outbox.count("delivered"), open_count) == (talk_count * len(HEALTHY), talk_count * len(ILL))
    assert found == list(PLANTED)


def prepare(work: Path, sink: Sink) -> tuple[Path, str]:
    """A store with the ten endpoints, in which no sender ever ran, and a token for it."""
    work.mkdir()
    end = SendingEnd(work)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda name: end.add_endpoint(name, f"{sink.url}/{name}", concurrency=CONCURRENCY), NAMES))
    return end.store, end.add_token()


def run_with(work: Path, planted: str, sink: Sink, prepared: Path, handed: Handed) -> Isolated:
    """Hand talks in, let the ill be ill, hand more in, and look when the healthy have all of it."""
    with SendingEnd(work, Path(shutil.copytree(prepared, work / "sending")), planted=planted) as end:
        life = end.start()
        asyncio.run(hand_in_at_once(handed, life, new_talks(handed, FIRST_TALKS)))
        time.sleep(ILL_SECONDS)
        asyncio.run(hand_in_at_once(handed, life, new_talks(handed, LATER_TALKS)))
        own = {body for each in handed.talks.values() for body in each.records}
        wait_for_healthy(sink, own)
        assert end.stop() == 0
        outbox = read_outbox(end.store)
    assert leased_entries(work / "sending") == [], "a sender that stops gives its leases back"
    arrivals = [arrival for arrival in sink.arrivals if arrival.body in own]
    by_name = defaultdict(list)
    for arrival in arrivals:
        by_name[arrival.path[1:]].append(arrival)
    return Isolated(judge_sending(handed, outbox, arrivals, is_drained=False), outbox, by_name)


def new_talks(handed: Handed, count: int) -> list[Talk]:
    """Talks of one step."""
    return [handed.new_talk(is_rated=False, is_whole=True) for _ in range(count)]


def wait_for_healthy(sink: Sink, own: set[bytes]) -> None:
    """Until the healthy endpoints have every record, or for so long that it is clear that they do not get them."""
    wanted = len(own) * len(HEALTHY)
    deadline = time.monotonic() + HEALTHY_SECONDS_MAX
    while time.monotonic() < deadline:
        if sum(each.path[1:] in HEALTHY and each.body in own for each in sink.arrivals.copy()) >= wanted:
            return
        time.sleep(0.05)
