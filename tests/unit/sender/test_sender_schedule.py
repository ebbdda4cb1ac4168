"""The schedule: at least twelve attempts over at least four days, spread by chance, stretched by the receiver."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.sender.schedule import DEFAULT_SCHEDULE_SECONDS, JITTER, RETRY_AFTER_MS_MAX, next_due_at

HOUR_SECONDS = 3600
DAY_MS = 24 * HOUR_SECONDS * 1000
MIDDLE = 0.5
"""The draw that changes no wait."""


def test_the_default_makes_fourteen_attempts_over_the_time_that_its_documentation_says():
    assert 14 == len(DEFAULT_SCHEDULE_SECONDS) + 1
    assert (118 * 60 + 42) * 60 + 35 == sum(DEFAULT_SCHEDULE_SECONDS)


def test_the_default_keeps_its_promise_even_when_chance_shortens_every_wait_alike():
    assert 12 <= len(DEFAULT_SCHEDULE_SECONDS) + 1
    assert 94 * HOUR_SECONDS <= sum(DEFAULT_SCHEDULE_SECONDS) * (1 - JITTER)
    assert 96 * HOUR_SECONDS <= sum(DEFAULT_SCHEDULE_SECONDS)


def test_no_wait_of_the_default_is_shorter_than_the_one_before():
    assert sorted(DEFAULT_SCHEDULE_SECONDS) == list(DEFAULT_SCHEDULE_SECONDS)
    assert (5, 30, 120, 600, 1800, 3600, 10_800) == DEFAULT_SCHEDULE_SECONDS[:7]


@pytest.mark.parametrize(("attempt_count", "due_at"), [(1, 6_000), (2, 31_000), (3, 121_000)])
def test_each_wait_counts_from_the_failure_before_it(attempt_count, due_at):
    assert due_at == next_due_at((5, 30, 120), attempt_count, 1_000, MIDDLE, None)


@pytest.mark.parametrize("attempt_count", [0, 4, 99])
def test_the_schedule_is_over_after_its_last_wait(attempt_count):
    assert next_due_at((5, 30, 120), attempt_count, 0, MIDDLE, None) is None
    assert next_due_at((), attempt_count, 0, MIDDLE, 5_000) is None


@pytest.mark.parametrize(("chance", "due_at"), [(0.0, 8_000), (0.25, 9_000), (0.5, 10_000), (1.0, 12_000)])
def test_chance_spreads_a_wait_by_a_fifth_to_either_side(chance, due_at):
    assert due_at == next_due_at((10,), 1, 0, chance, None)


@pytest.mark.parametrize(
    ("retry_after_ms", "due_at"),
    [
        (None, 5_000),
        (0, 5_000),
        (4_999, 5_000),
        (5_001, 5_001),
        (DAY_MS, DAY_MS),
        (DAY_MS + 1, DAY_MS),
        (10 * DAY_MS, DAY_MS),
    ],
)
def test_a_receiver_can_lengthen_a_wait_up_to_a_day_and_never_shorten_it(retry_after_ms, due_at):
    assert due_at == next_due_at((5,), 1, 0, MIDDLE, retry_after_ms)
    assert RETRY_AFTER_MS_MAX == DAY_MS


@given(
    st.integers(1, len(DEFAULT_SCHEDULE_SECONDS)),
    st.integers(0, 2**45),
    st.floats(0, 1),
    st.none() | st.integers(0, 2 * RETRY_AFTER_MS_MAX),
)
def test_every_attempt_lies_within_the_spread_of_its_wait_or_where_the_receiver_put_it(
    attempt_count, failed_at, chance, retry_after_ms
):
    due_at = next_due_at(DEFAULT_SCHEDULE_SECONDS, attempt_count, failed_at, chance, retry_after_ms)

    wait = DEFAULT_SCHEDULE_SECONDS[attempt_count - 1] * 1000
    asked = min(retry_after_ms or 0, RETRY_AFTER_MS_MAX)
    assert max(wait * (1 - JITTER), asked) <= due_at - failed_at <= max(wait * (1 + JITTER), asked)
