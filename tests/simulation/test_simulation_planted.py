"""The simulation finds what is wrong: each planted bug is caught within a few dozen lives, and each by its promise."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from simulation.bugs import BUGS, planted
from simulation.plan import MODES
from simulation.world import simulate

LIVES_MAX = 80

PROMISES = {
    "drop_on_exhaustion": {"S3"},
    "delete_on_exhaustion": {"S2"},
    "attempts_reset_on_restart": {"S5", "S10"},
    "burst_after_jump": {"S9"},
    "breaker_trusts_the_clock": {"S5"},
    "due_by_another_clock": {"S5", "S9"},
    "lease_without_token": {"S6"},
    "signs_after_its_lease": {"order"},
    "early_delivered": {"S3"},
    "order_overtaken": {"order"},
    "same_second": {"order"},
    "old_time_reused": {"S7"},
    "other_bytes_on_retry": {"S7"},
    "commit_in_two": {"S1"},
    "early_answer": {"S1"},
    "retry_after_ignored": {"S5"},
    "gone_ignored": {"S10"},
    "many_probes": {"S9"},
    "pause_ignored": {"S5"},
    "more_in_flight": {"S9"},
    "forgets_too_soon": {"S2"},
    "redelivery_goes_back": {"order"},
    "attempts_not_kept": {"S10"},
    "timers_only_in_memory": {"S4"},
}
"""Bug -> promises that it may break first."""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_a_planted_bug_is_found(bug: Callable[[ExitStack], None]) -> None:
    broken = first_broken(bug)

    assert broken in PROMISES[bug.__name__]


def first_broken(bug: Callable[[ExitStack], None]) -> str:
    """The first promise that is broken by this bug; empty when none is."""
    for life in range(LIVES_MAX):
        with planted(bug):
            faults = simulate(life // len(MODES), MODES[life % len(MODES)], focus=BUGS[bug]).faults
        if faults:
            return faults[0].promise
    return ""
