"""Moments on the wall of a zone: the same as the calendar of Python says, one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.export.moments import WallClock

ZONES = [
    "UTC",
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Africa/Monrovia",
    "Asia/Kathmandu",
]
MOMENTS = st.integers(1, 253_402_214_399_999) | st.integers(1_700_000_000_000, 1_800_000_000_000)


def texts(local, around=b""):
    """What stands in the letters of each, without NULs."""
    return [bytes(row).replace(b"\0", b"") for row in local.letters(around)]


@given(st.lists(MOMENTS, min_size=1, max_size=20), st.sampled_from(ZONES))
def test_day_hour_weekday_and_text_are_those_of_the_zone(moments, name):
    local = WallClock(ZoneInfo(name)).local(np.array(moments, np.int64))
    expected = [datetime.fromtimestamp(moment // 1000, UTC).astimezone(ZoneInfo(name)) for moment in moments]
    assert texts(local) == [moment.strftime("%4Y-%m-%d %H:%M:%S").encode() for moment in expected]
    assert local.days() == [moment.strftime("%4Y-%m-%d") for moment in expected]
    assert local.hours().tolist() == [moment.hour for moment in expected]
    assert local.weekdays().tolist() == [moment.isoweekday() for moment in expected]
    assert local.is_known.all()


def test_an_hour_that_comes_twice_is_shown_twice_and_one_that_is_skipped_never():
    clock = WallClock(ZoneInfo("Europe/Berlin"))
    back, forth = 1_761_440_400_000, 1_774_746_000_000
    hour = 3_600_000
    shown = texts(clock.local(np.array([back - hour, back, forth - 1000, forth], np.int64)))
    assert shown == [
        b"2025-10-26 02:00:00",
        b"2025-10-26 02:00:00",
        b"2026-03-29 01:59:59",
        b"2026-03-29 03:00:00",
    ]


@pytest.mark.parametrize("moment", [0, -1, -(2**63), 2**63 - 1, 253_402_214_400_000])
def test_what_is_no_moment_or_beyond_the_calendar_shows_as_nothing(moment):
    local = WallClock(ZoneInfo("Asia/Shanghai")).local(np.array([moment, 1_760_000_000_000], np.int64))
    assert local.is_known.tolist() == [False, True]
    assert texts(local, b'"') == [b'""', b'"2025-10-09 16:53:20"']
    assert local.days() == ["", "2025-10-09"]


def test_a_spreadsheet_counts_days_since_the_end_of_1899():
    local = WallClock(ZoneInfo("UTC")).local(np.array([43_200_000], np.int64))
    assert local.serials().tolist() == [25_569.5]
