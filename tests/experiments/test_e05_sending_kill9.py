"""E05 on the sending side: SIGKILL at random moments while events come in and pushes go out (S1, S2, S4, S6, S7).

Some pushes are answered late, some 500, and some never, so that a killed sender leaves every kind of attempt behind.
At the end the unanswered steps are handed in again, and then every other step too, which must change nothing.
`EXPERIMENT_SENDER_CYCLES` sets the number of kills (6; 300 in a nightly run), `EXPERIMENT_SEED` repeats a run.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

from experiments.handing import hand_in_again, hand_in_all
from experiments.outbox_checker import judge_sending
from experiments.outbox_reading import Outbox, read_outbox
from experiments.results import percentile, publish
from experiments.runs import seed_of_run, size
from experiments.sending_end import LEASE_SECONDS
from experiments.sending_run import SendingRun, press_until_killed, sending_run, wait_drained
from experiments.sink import Arrival, Manner

CLIENT_COUNT = 8
CONCURRENCY = 8
KILL_WITHIN_SECONDS = 0.35
DRAIN_SECONDS_MAX = LEASE_SECONDS + 20
PLANTED = "answer-before-commit"
PLANTED_CYCLES_MAX = 8


def moody(seed: int) -> Callable[[Arrival], Manner]:
    """An endpoint that is mostly well, and always a little late."""
    chance = random.Random(seed)
    moods = (Manner(after_seconds=0.005), Manner(status=500, body=b"no"), Manner(is_mute=True))
    return lambda _: chance.choices(moods, weights=(60, 2, 1))[0]


def test_nothing_acknowledged_is_lost_invented_or_sent_without_reason_by_kill_9(tmp_path: Path) -> None:
    cycles, seed, begun_at = size("SENDER_CYCLES", 6), seed_of_run(), time.monotonic()
    with sending_run(tmp_path, manner=moody(seed), concurrency=CONCURRENCY) as run:
        chance = random.Random(seed)
        first_acks = [kill_once(run, chance) for _ in range(cycles)]
        life = run.end.start()
        asyncio.run(hand_in_all(run.handed, life, run.handed.unfinished()))
        before = read_outbox(run.end.store)
        asyncio.run(hand_in_again(run.handed, life))
        wait_drained(run, DRAIN_SECONDS_MAX)
        after = read_outbox(run.end.store)
        stopped_with = run.end.stop()
        found = judge_sending(run.handed, after, run.sink.arrivals, excused=run.excused)
    is_same = ids(before) == ids(after)
    is_good = not found.faults and is_same and stopped_with == 0 and not run.handed.unfinished()
    publish(
        "E05-sending",
        f"{cycles} cycles, {len(run.handed.talks):,} talks, {found.sentence()}; {found.repeated} arrived again, "
        f"{len(run.held)} were held by the killed, handed in again: {'nothing' if is_same else 'MUCH'} changed; "
        f"first ack p50 {percentile(first_acks, 0.5):.1f} s; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"cycles": cycles, "clients": CLIENT_COUNT},
        n_faults=cycles,
        **found.figures(),
        p50=percentile(first_acks, 0.5),
        max=max(first_acks),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert found.faults == {}
    assert ids(before) == ids(after)
    assert stopped_with == 0
    assert run.handed.unfinished() == []
    assert found.acknowledged > cycles * CLIENT_COUNT
    assert 0 < len(run.held) <= cycles * CONCURRENCY, "a kill meets attempts under way, and no more of them"


def test_a_planted_answer_before_the_commit_is_caught(tmp_path: Path) -> None:
    seed, begun_at = seed_of_run(), time.monotonic()
    caught = caught_in_cycle(tmp_path, seed)
    publish(
        "E05-sending",
        f"planted {int(caught is not None)} of 1 caught ({PLANTED} in cycle {caught}); seed {seed}",
        "FAIL" if caught is None else "pass",
        seed=seed,
        planted_found=[] if caught is None else [PLANTED],
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert caught is not None


def caught_in_cycle(work: Path, seed: int) -> int | None:
    """The first cycle after which the judge objects; None when it never does."""
    chance = random.Random(seed)
    with sending_run(work, planted=PLANTED) as run:
        for cycle in range(PLANTED_CYCLES_MAX):
            kill_once(run, chance)
            outbox = read_outbox(run.end.store)
            if judge_sending(run.handed, outbox, run.sink.arrivals, excused=run.excused, is_drained=False).faults:
                return cycle
    return None


def kill_once(run: SendingRun, chance: random.Random) -> float:
    """One life of a sender, ended by SIGKILL; seconds from its start to its first acknowledgement."""
    life = run.end.start()
    press_until_killed(run, life, chance, CLIENT_COUNT, KILL_WITHIN_SECONDS)
    return (run.handed.first_ack_at or 0.0) - life.started_at


def ids(outbox: Outbox) -> tuple[set[int], set[int], int]:
    """What handing in again may not change: the pushes, the entries, and how many events there are."""
    return set(outbox.pushes), {entry.id for entry in outbox.entries}, outbox.totals["events"]
