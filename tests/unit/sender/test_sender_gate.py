"""The gate of an endpoint: breaker, rate, concurrency, and what its operator is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import NOW, SECOND, endpoint

from afterchat.sender.endpoint_rules import pausing
from afterchat.sender.gate import DISABLE_MS, FAILURES_MAX, OPEN_MS_MAX, Gate, News
from afterchat.store.sending import EndpointHealth

WELL = EndpointHealth(1, None, 0, None, None)
HOUR = 3600 * SECOND


def gate(health=None, **values):
    return Gate(endpoint(**values), health)


def fail(made, now=NOW, error="timeout", is_gone=False):
    """One attempt that starts and is not taken."""
    made.started(1)
    return made.failed(now, error, is_gone=is_gone)


def succeed(made, now=NOW):
    made.started(1)
    return made.succeeded(now)


def broken(count=FAILURES_MAX, now=NOW, **values):
    """A gate after so many failures, each as soon as the breaker let it through; and the present moment."""
    made = gate(**values)
    for _ in range(count):
        now = made.next_at(now) or now
        assert made.free(now) > 0
        fail(made, now)
    return made, now


def test_a_new_endpoint_is_well_and_free():
    made = gate()

    assert (WELL, 8, None, False) == (made.health, made.free(NOW), made.next_at(NOW), made.is_disabled)


def test_no_more_attempts_run_at_one_time_than_the_endpoint_takes():
    made = gate(concurrency_max=3)
    made.started(2)
    assert 1 == made.free(NOW)
    made.started(1)
    assert (0, None) == (made.free(NOW), made.next_at(NOW))
    made.returned()
    assert 1 == made.free(NOW)
    made.succeeded(NOW)
    made.failed(NOW, "dns", is_gone=False)
    assert (3, 0) == (made.free(NOW), made.in_flight)


def test_lowering_the_concurrency_below_what_runs_frees_nothing():
    made = gate(concurrency_max=3)
    made.started(3)
    made.endpoint = endpoint(concurrency_max=1)

    assert 0 == made.free(NOW)


def test_a_paused_endpoint_gets_nothing_and_time_alone_changes_nothing():
    made = gate(is_paused=True, rate_per_second_max=1)

    assert (0, None) == (made.free(NOW), made.next_at(NOW))
    made.endpoint = endpoint()
    assert 8 == made.free(NOW)


# --- the breaker


def test_the_breaker_opens_at_the_fifth_failure_in_a_row():
    made, _ = broken(FAILURES_MAX - 1)
    assert (8, None, None) == (made.free(NOW), made.next_at(NOW), made.health.open_until)

    fail(made)
    assert (5, 5) == (FAILURES_MAX, made.health.failures_in_a_row)
    assert (0, NOW + 2 * SECOND) == (made.free(NOW), made.next_at(NOW))
    assert 0 == made.free(NOW + 2 * SECOND - 1)
    assert 1 == made.free(NOW + 2 * SECOND)


def test_a_success_starts_the_count_anew():
    made, now = broken(FAILURES_MAX - 1)
    assert succeed(made, now) is None
    assert WELL == made.health
    for _ in range(FAILURES_MAX - 1):
        fail(made, now)

    assert 8 == made.free(now)


def test_a_half_open_breaker_lets_one_attempt_through_at_a_time():
    made, now = broken()
    now = made.next_at(now)
    assert (1, None) == (made.free(now), made.next_at(now))
    made.started(1)
    assert (0, None) == (made.free(now), made.next_at(now))
    made.started(1)
    assert 0 == made.free(now)
    made.returned()
    made.returned()
    assert 1 == made.free(now)


def test_each_failure_doubles_the_time_up_to_a_minute():
    made, now = broken()
    waits = []
    for _ in range(8):
        opens = made.next_at(now)
        waits.append((opens - now) // SECOND)
        now = opens
        fail(made, now)

    assert [2, 4, 8, 16, 32, 60, 60, 60] == waits
    assert 60 * SECOND == OPEN_MS_MAX


def test_very_many_failures_are_still_a_minute():
    made = gate(EndpointHealth(1, NOW, 100_000, None, NOW))
    fail(made)

    assert NOW + OPEN_MS_MAX == made.next_at(NOW)


def test_failures_that_were_under_way_when_it_opened_do_not_move_its_time():
    made = gate()
    made.started(7)
    for _ in range(5):
        made.failed(NOW, "timeout", is_gone=False)
    made.failed(NOW + 1999, "timeout", is_gone=False)

    assert (NOW + 2 * SECOND, 5) == (made.health.open_until, made.health.failures_in_a_row)
    assert made.failed(NOW + 2000, "timeout", is_gone=False) is None
    assert NOW + 2000 + 4 * SECOND == made.health.open_until


def test_an_endpoint_that_was_disabled_is_not_told_to_be_failing_afterwards():
    made = gate()
    made.started(6)
    assert "disabled" == made.failed(NOW, "status_410", is_gone=True).kind
    assert [None] * 5 == [made.failed(NOW, "timeout", is_gone=False) for _ in range(5)]


def test_an_endpoint_that_is_disabled_while_the_clock_lies_before_its_last_resuming_is_disabled():
    made = gate(resumed_at=NOW + HOUR)
    fail(made, NOW, "status_410", is_gone=True)

    assert (True, NOW + HOUR) == (made.is_disabled, made.health.disabled_at)


@pytest.mark.parametrize("set_back_ms", [0, HOUR])
def test_resuming_undoes_a_disabling_whatever_the_clock_said_then(set_back_ms):
    made = gate()
    fail(made, NOW, "status_410", is_gone=True)
    made.endpoint = endpoint(**pausing(is_paused=False, now_ms=NOW - set_back_ms, disabled_at=NOW))

    assert not made.is_disabled


def test_pausing_changes_nothing_else():
    assert {"is_paused": True} == pausing(is_paused=True, now_ms=NOW, disabled_at=None)
    assert {"is_paused": False, "resumed_at": NOW} == pausing(is_paused=False, now_ms=NOW, disabled_at=None)


def test_a_success_closes_it_at_once():
    made, now = broken(7)
    made.started(1)
    made.succeeded(now + 1)

    assert (WELL, 8) == (made.health, made.free(now + 1))


def test_a_breaker_never_holds_for_more_than_a_minute_though_the_clock_is_set_back():
    made, now = broken(9)
    opens = made.next_at(now)

    back = opens - OPEN_MS_MAX
    assert (0, opens) == (made.free(back), made.next_at(back))
    assert (1, None) == (made.free(back - 1), made.next_at(back - 1))
    fail(made, now - HOUR)
    assert now - HOUR + 60 * SECOND == made.next_at(now - HOUR)


def test_what_was_remembered_goes_on_as_it_was():
    made, now = broken(6)
    again = gate(made.health)

    assert (made.health, made.free(now), made.next_at(now)) == (again.health, again.free(now), again.next_at(now))


# --- what is told


def test_an_endpoint_that_fails_is_told_once_and_once_when_it_recovers():
    made = gate()
    told = [fail(made, NOW + number, f"error {number}") for number in range(1, 9)]
    told += [succeed(made, NOW + number) for number in range(9, 12)]

    assert [News("failing", 1, NOW + 5, "error 5"), News("recovered", 1, NOW + 9, "")] == [one for one in told if one]


@pytest.mark.parametrize(("count", "kind"), [(4, None), (5, "recovered"), (6, "recovered")])
def test_recovering_is_told_of_whoever_was_told_to_fail(count, kind):
    made, now = broken(count)
    told = succeed(made, now)

    assert kind == (told and told.kind)


def test_failing_since_is_the_first_of_the_failures_in_a_row():
    made = gate()
    for number in range(3):
        fail(made, NOW + number)

    assert EndpointHealth(1, NOW, 3, None, None) == made.health


# --- disabling


def test_an_endpoint_that_is_gone_is_disabled_at_once():
    made = gate(rate_per_second_max=1)

    assert News("disabled", 1, NOW, "status_410") == fail(made, NOW, "status_410", is_gone=True)
    assert made.is_disabled
    assert EndpointHealth(1, NOW, 1, NOW, None) == made.health
    assert (0, None) == (made.free(NOW + HOUR), made.next_at(NOW + HOUR))


def test_it_is_told_once_though_others_under_way_meet_the_same():
    made = gate()
    made.started(3)

    told = [made.failed(NOW + number, "status_410", is_gone=True) for number in range(3)]
    assert ["disabled"] == [one.kind for one in told if one]
    assert NOW == made.health.disabled_at


def test_an_answer_that_was_on_its_way_does_not_lift_it():
    made = gate()
    made.started(2)
    made.failed(NOW, "status_410", is_gone=True)

    assert made.succeeded(NOW + 1) is None
    assert (True, 0, 0) == (made.is_disabled, made.free(NOW + 2), made.in_flight)
    assert EndpointHealth(1, None, 0, NOW, None) == made.health


def test_the_operator_lifts_it_and_the_next_success_is_told():
    made = gate()
    fail(made, NOW, is_gone=True)
    made.endpoint = endpoint(resumed_at=NOW)
    assert made.is_disabled
    made.endpoint = endpoint(resumed_at=NOW + 1)
    assert not made.is_disabled
    assert 8 == made.free(NOW + 1)

    assert News("recovered", 1, NOW + 2, "") == succeed(made, NOW + 2)
    assert WELL == made.health


def test_an_endpoint_that_is_gone_again_after_it_was_resumed_is_disabled_and_told_again():
    made = gate()
    fail(made, NOW, is_gone=True)
    made.endpoint = endpoint(resumed_at=NOW + 1)

    assert News("disabled", 1, NOW + 2, "timeout") == fail(made, NOW + 2, is_gone=True)
    assert NOW + 2 == made.health.disabled_at


def test_an_endpoint_that_only_fails_after_it_was_resumed_stays_in_force():
    made = gate()
    fail(made, NOW, is_gone=True)
    made.endpoint = endpoint(resumed_at=NOW + 1)

    assert fail(made, NOW + 2) is None
    assert not made.is_disabled


def test_six_days_without_a_success_disable_it():
    assert 6 * 24 * HOUR == DISABLE_MS
    made, _ = broken()
    assert fail(made, NOW + DISABLE_MS - 1) is None
    assert not made.is_disabled

    assert News("disabled", 1, NOW + DISABLE_MS, "dns") == fail(made, NOW + DISABLE_MS, "dns")
    assert made.is_disabled


def test_six_days_count_from_when_the_operator_resumed_it():
    made = gate(EndpointHealth(1, NOW, 50, NOW + DISABLE_MS, None), resumed_at=NOW + DISABLE_MS + 1)
    resumed_at = NOW + DISABLE_MS + 1

    assert fail(made, resumed_at + DISABLE_MS - 1) is None
    assert "disabled" == fail(made, resumed_at + DISABLE_MS).kind


def test_disabling_at_the_fifth_failure_is_told_as_that_alone():
    made, _ = broken(FAILURES_MAX - 1)

    assert "disabled" == fail(made, is_gone=True).kind


# --- the rate


def starts(made, now):
    """Start all that is free now; how many."""
    count = made.free(now)
    made.started(count)
    for _ in range(count):
        made.succeeded(now)
    return count


def test_a_rate_lets_one_second_s_worth_go_at_once_and_then_evenly():
    made = gate(rate_per_second_max=4, concurrency_max=100)

    assert [4, 0, 1, 0, 1, 2] == [starts(made, NOW + ms) for ms in (0, 249, 250, 499, 500, 1000)]


def test_the_moment_of_the_next_attempt_is_known():
    made = gate(rate_per_second_max=4, concurrency_max=100)
    starts(made, NOW)
    assert (0, NOW + 250) == (made.free(NOW), made.next_at(NOW))
    assert (0, NOW + 250) == (made.free(NOW + 150), made.next_at(NOW + 150))
    assert (1, None) == (made.free(NOW + 250), made.next_at(NOW + 250))


def test_at_one_a_second_the_next_is_a_second_away():
    made = gate(rate_per_second_max=1)
    starts(made, NOW)

    assert (0, NOW + 1000) == (made.free(NOW), made.next_at(NOW))


def test_a_rate_that_is_set_later_begins_with_an_empty_bucket():
    made = gate()
    made.endpoint = endpoint(rate_per_second_max=2000, concurrency_max=9999)

    assert [0, 1000, 1000, 2000] == [starts(made, NOW + ms) for ms in (0, 500, 1000, 9000)]


def test_the_next_moment_is_always_ahead():
    made = gate(rate_per_second_max=5000, concurrency_max=10_000)
    starts(made, NOW)

    assert NOW + 1 == made.next_at(NOW)


def test_no_rate_asks_for_no_moment():
    assert gate(rate_per_second_max=0).next_at(NOW) is None


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 2000])
def test_a_jump_of_the_clock_or_a_pause_bunches_up_no_more_than_a_second_s_worth(jump):
    made = gate(rate_per_second_max=10, concurrency_max=1000)
    starts(made, NOW)

    assert (0 if jump < 0 else 10) == starts(made, NOW + jump)
    assert [0, 1, 10] == [starts(made, NOW + jump + ms) for ms in (99, 100, 1100)]


def test_concurrency_and_rate_hold_together():
    made = gate(rate_per_second_max=3, concurrency_max=2)
    assert 2 == made.free(NOW)
    made.started(2)
    made.returned()

    assert 1 == made.free(NOW)
    made.started(1)
    made.returned()
    assert 0 == made.free(NOW)


def test_probes_of_a_half_open_breaker_count_for_the_rate():
    made, now = broken(rate_per_second_max=5)
    now = made.next_at(now)
    assert 1 == made.free(now)
    made.started(1)
    made.succeeded(now)

    assert 4 == made.free(now)


@given(st.integers(1, 20), st.lists(st.integers(0, 700), min_size=1, max_size=60))
def test_never_more_start_within_a_time_than_the_rate_allows_and_one_second_s_worth_beside(rate, pauses):
    made = gate(rate_per_second_max=rate, concurrency_max=1000)
    now, begun = NOW, []
    for pause in pauses:
        now += pause
        begun += [now] * starts(made, now)

    for first in begun:
        for last in begun:
            assert sum(first <= one <= last for one in begun) <= rate + rate * max(last - first, 0) / 1000 + 1e-6
