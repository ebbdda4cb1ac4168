"""E18: a sender stopped in the middle of its requests for longer than its leases, and woken again (S4, S6).

    alone     nobody else was there: what was under way may arrive once more, and everything is delivered
    zombie    another sender took over meanwhile: what the woken one writes down changes nothing

A second sender on one store is refused by a lock.
For the zombie the lock is taken away by hand, as a shared disk may do, so that only the token of the lease is left.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from experiments.handing import hand_in_by_many
from experiments.outbox_checker import Judgement, judge_sending
from experiments.outbox_reading import Outbox, read_outbox
from experiments.results import publish
from experiments.sending_end import LEASE_SECONDS, SendingEnd
from experiments.sending_run import SendingRun, sending_run, wait_drained
from experiments.server import Life
from experiments.sink import WELL, Arrival, Manner

TALK_COUNT = 6
PAUSE_SECONDS = LEASE_SECONDS + 0.5
SETTLED_SECONDS_MAX = 15.0
LATE_SECONDS = 0.8
"""Less than an attempt may take, and enough for all of them to be under way."""
STALE_SECONDS = 2.5
"""From waking the zombie: its results are written, and what they wrongly opened is sent again."""
PLANTED = "lease-without-token"


class Refused(NamedTuple):
    """What became of a second sender on the same store."""

    status: int
    said: str


class Ended(NamedTuple):
    """What one zombie's return came to."""

    refused: Refused
    zombie_pid: int
    before: Outbox
    """When the other sender had delivered everything."""
    after: Outbox
    found: Judgement

    @property
    def stale_results(self) -> int:
        """Attempts that the zombie wrote down when others had settled their entries."""
        return sum(len(attempts) for attempts in self.after.attempts.values()) - TALK_COUNT

    @property
    def stale_writes(self) -> int:
        """Entries that are not what they were."""
        return sum(old != new for old, new in zip(self.before.entries, self.after.entries, strict=True))


def test_a_sender_paused_beyond_its_leases_changes_nothing_that_others_settled(tmp_path: Path) -> None:
    begun_at = time.monotonic()
    with ThreadPoolExecutor(3) as threads:
        alone = threads.submit(paused_alone, tmp_path / "alone")
        zombies = {
            planted: threads.submit(returned, tmp_path / f"zombie{planted}", planted) for planted in ("", PLANTED)
        }
    found, honest, planted = alone.result(), zombies[""].result(), zombies[PLANTED].result()
    is_caught = planted.stale_writes > 0
    is_good = not found.faults and not honest.found.faults and honest.stale_writes == 0 and honest.refused.status == 4
    publish(
        "E18",
        f"paused {PAUSE_SECONDS:.1f} s with {TALK_COUNT} requests under way: {found.repeated} arrived again; "
        f"a zombie wrote {honest.stale_results} stale results, {honest.stale_writes} accepted, "
        f"{honest.found.repeated} arrived again; a second sender was refused with {honest.refused.status}; "
        f"planted {int(is_caught)} of 1 caught ({PLANTED}: {planted.stale_writes} stale writes)",
        "pass" if is_good and is_caught else "FAIL",
        n_faults=3,
        lost=found.figures()["lost"] + honest.found.figures()["lost"],
        dup=found.repeated + honest.found.repeated,
        planted_found=[PLANTED] if is_caught else [],
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert found.faults == {}
    assert found.repeated <= TALK_COUNT
    assert honest.found.faults == {}
    assert (honest.stale_results, honest.stale_writes) == (TALK_COUNT, 0)
    assert honest.found.repeated <= TALK_COUNT
    assert honest.refused.status == 4
    assert str(honest.zombie_pid) in honest.refused.said
    assert "--store" in honest.refused.said
    assert planted.stale_writes > 0


def paused_alone(work: Path) -> Judgement:
    """Stop a sender in the middle of its requests for longer than its leases, wake it, and let it finish."""
    with sending_run(work, manner=late_at_first(WELL)) as run:
        life = run.end.start()
        stop_under_way(run, life)
        time.sleep(PAUSE_SECONDS)
        os.kill(life.pid, signal.SIGCONT)
        wait_drained(run, SETTLED_SECONDS_MAX)
        assert run.end.stop() == 0
        return judged(run, read_outbox(run.end.store))


def returned(work: Path, planted: str) -> Ended:
    """Stop a sender in the middle of its requests, let another take over its store, and wake it."""
    with sending_run(work, manner=late_at_first(Manner(500, b"no")), planted=planted) as run:
        life = run.end.start()
        stop_under_way(run, life)
        refused = run.end.try_to_run("sender", "--port", "0")
        (run.end.store / "sender.lock").unlink()
        (work / "heir").mkdir()
        with SendingEnd(work / "heir", run.end.store, planted=planted) as heir:
            heir.start()
            wait_drained(run, LEASE_SECONDS + SETTLED_SECONDS_MAX)
            before = read_outbox(run.end.store)
            os.kill(life.pid, signal.SIGCONT)
            time.sleep(STALE_SECONDS)
            after = read_outbox(run.end.store)
            return Ended(Refused(refused.returncode, refused.stderr), life.pid, before, after, judged(run, after))


def late_at_first(first: Manner) -> Callable[[Arrival], Manner]:
    """The first attempt at a record is answered a little late and in that manner, every other one well."""
    seen: set[bytes] = set()

    def manner(arrival: Arrival) -> Manner:
        if arrival.body in seen:
            return WELL
        seen.add(arrival.body)
        return first._replace(after_seconds=LATE_SECONDS)

    return manner


def stop_under_way(run: SendingRun, life: Life) -> None:
    """Hand talks in, and SIGSTOP the sender when all of them are on the wire and none is answered."""
    talks = [run.handed.new_talk(is_rated=False) for _ in range(TALK_COUNT)]
    asyncio.run(hand_in_by_many(run.handed, life, talks))
    deadline = time.monotonic() + SETTLED_SECONDS_MAX
    while len(run.sink.arrivals) < TALK_COUNT and time.monotonic() < deadline:
        time.sleep(0.002)
    os.kill(life.pid, signal.SIGSTOP)
    assert [each.told for each in run.sink.arrivals] == [0] * TALK_COUNT, "the requests are under way"


def judged(run: SendingRun, outbox: Outbox) -> Judgement:
    """Every entry may have arrived once more than was written down: the one that the pause hid."""
    excused = Counter(entry.id for entry in outbox.entries)
    return judge_sending(run.handed, outbox, run.sink.arrivals, excused=excused)
