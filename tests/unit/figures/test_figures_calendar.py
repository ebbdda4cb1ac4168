"""Days of 23, 23.5, 24.5 and 25 hours, days that do not exist, and clocks that go back across midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from afterchat.figures.calendar import DATED_UNTIL_MS, NO_DATE, SPANS, Calendar, Span

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Pacific/Apia",
    "Africa/Monrovia",
    "Africa/Casablanca",
)


def at(zone, *parts, fold=0):
    return int(datetime(*parts, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC).timestamp() * 1000)


def day_number(*parts):
    return (date(*parts) - date(1970, 1, 1)).days


def array(*moments):
    return np.array(moments, dtype=np.int64)


@pytest.mark.parametrize(
    ("zone", "parts", "hours"),
    [
        ("Europe/Berlin", (2026, 3, 29), 23),
        ("Europe/Berlin", (2026, 10, 25), 25),
        ("America/New_York", (2026, 3, 8), 23),
        ("America/New_York", (2026, 11, 1), 25),
        ("Asia/Shanghai", (2026, 3, 29), 24),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("America/Santiago", (2026, 9, 6), 23),
        ("Pacific/Apia", (2011, 12, 30), 0),
    ],
)
def test_a_day_is_as_long_as_it_is(zone, parts, hours):
    calendar = Calendar(ZoneInfo(zone))
    day = day_number(*parts)

    length = calendar.day_start(day + 1) - calendar.day_start(day)
    moments = calendar.day_start(day) + np.arange(-HOUR_MS, length + HOUR_MS, 60_000)

    assert hours * HOUR_MS == length
    assert hours * 60 == int((calendar.days(moments) == day).sum())


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.lists(st.integers(1, 4_102_444_800_000), min_size=1, max_size=5),
    st.lists(st.integers(-26 * HOUR_MS, 26 * HOUR_MS), min_size=1, max_size=8),
)
@example("Australia/Lord_Howe", [1_775_314_800_000], [0, 1, HOUR_MS // 2, -1])
def test_hours_and_weekdays_are_those_on_the_wall_and_days_meet(zone_name, centres, distances):
    zone = ZoneInfo(zone_name)
    calendar = Calendar(zone)
    moments = array(*(max(1, centre + distance) for centre in centres for distance in distances))
    walls = [datetime.fromtimestamp(int(moment) // 1000, zone) for moment in moments]

    assert [wall.hour for wall in walls] == calendar.hours(moments).tolist()
    assert [wall.isoweekday() for wall in walls] == calendar.weekdays(moments).tolist()
    for moment, day, monday in zip(moments, calendar.days(moments), calendar.weeks(moments), strict=True):
        assert calendar.day_start(int(day)) <= moment < calendar.day_start(int(day) + 1)
        assert calendar.day_start(int(monday)) <= moment < calendar.day_start(int(monday) + 7)
        assert (0, True) == ((monday + 3) % 7, 0 <= day - monday < 7)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe")), st.data())
def test_the_day_is_that_on_the_wall_where_clocks_change_by_day(zone_name, data):
    zone = ZoneInfo(zone_name)
    moment = data.draw(st.integers(631_152_000_000, 4_102_444_800_000))

    wall = datetime.fromtimestamp(moment // 1000, zone).date()

    assert (wall - date(1970, 1, 1)).days == Calendar(zone).day_of(moment)


def test_a_clock_that_goes_back_over_midnight_does_not_tear_a_day_apart():
    calendar = Calendar(ZoneInfo("America/St_Johns"))
    begin = at("America/St_Johns", 2010, 11, 7)
    moments = begin + np.arange(0, 3 * HOUR_MS, 60_000)

    assert {day_number(2010, 11, 7)} == set(calendar.days(moments).tolist())


def test_what_is_no_moment_has_no_date():
    calendar = Calendar(ZoneInfo("Asia/Shanghai"))
    moments = array(-(2**63), -1, 0, 1, DATED_UNTIL_MS - 1, DATED_UNTIL_MS, 2**63 - 1)

    has_date = [False, False, False, True, True, False, False]
    for found in (calendar.days, calendar.weeks, calendar.hours, calendar.weekdays):
        assert has_date == (found(moments) != NO_DATE).tolist()


def test_spans_are_whole_days_of_the_zone():
    zone = "Europe/Berlin"
    calendar = Calendar(ZoneInfo(zone))
    now = at(zone, 2026, 3, 30, 15, 30)

    assert {
        "today": Span(at(zone, 2026, 3, 30), at(zone, 2026, 3, 31)),
        "yesterday": Span(at(zone, 2026, 3, 29), at(zone, 2026, 3, 30)),
        "7d": Span(at(zone, 2026, 3, 24), at(zone, 2026, 3, 31)),
        "30d": Span(at(zone, 2026, 3, 1), at(zone, 2026, 3, 31)),
        "90d": Span(at(zone, 2025, 12, 31), at(zone, 2026, 3, 31)),
        "this_week": Span(at(zone, 2026, 3, 30), at(zone, 2026, 4, 6)),
        "this_month": Span(at(zone, 2026, 3, 1), at(zone, 2026, 4, 1)),
    } == {name: calendar.span(name, now) for name in SPANS}
    assert 23 * HOUR_MS == calendar.span("yesterday", now).until_ms - calendar.span("yesterday", now).from_ms
    with pytest.raises(KeyError):
        calendar.span("next_year", now)


def test_the_span_before_is_of_the_same_kind():
    zone = "Europe/Berlin"
    calendar = Calendar(ZoneInfo(zone))
    yesterday = Span(at(zone, 2026, 3, 30), at(zone, 2026, 3, 31))
    month = Span(at(zone, 2026, 3, 1), at(zone, 2026, 4, 1))
    hours = Span(1_000_000, 1_500_000)

    assert Span(at(zone, 2026, 3, 29), at(zone, 2026, 3, 30)) == calendar.before(yesterday)
    assert Span(at(zone, 2026, 1, 29), at(zone, 2026, 3, 1)) == calendar.before(month)
    assert Span(at(zone, 2026, 2, 1), at(zone, 2026, 3, 1)) == calendar.before(month, "this_month")
    assert Span(500_000, 1_000_000) == calendar.before(hours)


def test_half_a_day_is_compared_with_half_a_day():
    zone = "Europe/Berlin"
    calendar = Calendar(ZoneInfo(zone))
    now = at(zone, 2026, 3, 31, 10)
    today, month = calendar.span("today", now), calendar.span("this_month", now)

    assert Span(at(zone, 2026, 3, 30), at(zone, 2026, 3, 30, 10)) == calendar.before(today, now_ms=now)
    assert Span(at(zone, 2026, 2, 1), at(zone, 2026, 3, 1)) == calendar.before(month, "this_month", now)
    assert calendar.before(today) == calendar.before(today, now_ms=today.until_ms)


def test_buckets_show_days_without_sessions_too():
    zone = "Australia/Lord_Howe"
    calendar = Calendar(ZoneInfo(zone))
    span = Span(at(zone, 2026, 4, 4, 12), at(zone, 2026, 4, 6, 1))
    days = [("2026-04-04", 24), ("2026-04-05", 24.5), ("2026-04-06", 24)]

    assert days == [(key, (end - begin) / HOUR_MS) for key, begin, end in calendar.buckets("day", span)]
    assert ["2026-03-30", "2026-04-06"] == [key for key, _, _ in calendar.buckets("week", span)]
    assert [] == calendar.buckets("day", Span(-5, 0))
