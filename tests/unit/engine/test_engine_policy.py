"""What a tenant may choose, within which limits, and what counts without a choice."""

from __future__ import annotations

import msgspec
import pytest

from afterchat.engine.policy import DEFAULT_POLICY, Policy
from afterchat.errors import EventError

DEFAULTS = {
    "toleranceSeconds": 120,
    "visitorSilentSeconds": 600,
    "visitorNeverWroteSeconds": 300,
    "sessionIdleSeconds": 14_400,
    "queueSeconds": 900,
    "unroutedSeconds": 900,
    "staffLostSeconds": 60,
    "robotIdleSeconds": 600,
    "messageIdleSeconds": 300,
    "ratingWindowMinutes": 10,
    "mayRateAgain": True,
}
WEEK = 7 * 86_400
TIMERS = [name for name in Policy.__struct_fields__ if name.endswith("_seconds") and name != "tolerance_seconds"]
LIMITS = {"tolerance_seconds": (0, 86_400), "rating_window_minutes": (1, 480), **dict.fromkeys(TIMERS, (0, WEEK))}


def test_the_default_is_written_out_in_full():
    assert DEFAULTS == msgspec.to_builtins(DEFAULT_POLICY)
    assert Policy() == DEFAULT_POLICY == msgspec.convert({}, Policy)


@pytest.mark.parametrize(("name", "limits"), LIMITS.items())
def test_a_time_has_limits(name, limits):
    least, most = limits

    assert [least, most] == [getattr(Policy(**{name: value}), name) for value in limits]
    for value in (least - 1, most + 1):
        with pytest.raises(EventError, match=rf"from {least} to {most}$") as raised:
            Policy(**{name: value})
        assert ("Policy", name) == (raised.value.event, msgspec_name(raised.value.field))


def msgspec_name(wire):
    return dict(zip(Policy.__struct_encode_fields__, Policy.__struct_fields__, strict=True))[wire]


@pytest.mark.parametrize("value", [1, "true", None])
def test_whether_a_rating_may_change_is_true_or_false(value):
    assert [True, False] == [Policy(may_rate_again=value).may_rate_again for value in (True, False)]
    with pytest.raises(EventError, match=r"^Policy\.mayRateAgain: "):
        Policy(may_rate_again=value)


def test_times_are_told_in_milliseconds():
    policy = Policy(tolerance_seconds=7, rating_window_minutes=3)

    assert (7_000, 180_000) == (policy.tolerance_ms, policy.rating_window_ms)


def test_a_choice_that_nobody_knows_is_refused():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"teaMinutes": 5}, Policy)
