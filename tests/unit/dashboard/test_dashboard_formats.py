"""Numbers as people read them: the same in every place, and a text for whatever a record may hold."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.dashboard.formats import NONE, Formats

SHANGHAI = ZoneInfo("Asia/Shanghai")
ZH, EN = Formats("zh", SHANGHAI), Formats("en", SHANGHAI)
INTEGERS = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("milliseconds", "zh", "en"),
    [
        (None, NONE, NONE),
        (0, "0毫秒", "0 ms"),
        (999.6, "1秒", "1 s"),
        (4_240, "4.2秒", "4.2 s"),
        (9_990, "10秒", "10 s"),
        (59_499, "59秒", "59 s"),
        (59_500, "1分", "1 min"),
        (83_000, "1分23秒", "1 min 23 s"),
        (3_605_000, "1小时", "1 h"),
        (7_500_000, "2小时5分", "2 h 5 min"),
        (90_000_000, "1天1小时", "1 d 1 h"),
        (-83_000, "-1分23秒", "-1 min 23 s"),
        (float("nan"), NONE, NONE),
    ],
)
def test_a_duration_has_its_two_largest_units(milliseconds: float | None, zh: str, en: str) -> None:
    assert (ZH.duration(milliseconds), EN.duration(milliseconds)) == (zh, en)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1_234_567, "count", "1,234,567"),
        (12.34, "count", "12.3"),
        (0.1234, "share", "12.3%"),
        (1, "share", "100.0%"),
        (1_500, "ms", "1.5 s"),
        (2.345, "ratio", "2.3"),
        (87.25, "points", "87.2"),
        (-0.01, "points", "0.0"),
        (None, "count", NONE),
        (None, "share", NONE),
        (float("inf"), "ratio", NONE),
    ],
)
def test_a_figure_is_written_by_its_unit(value: float | None, unit: str, text: str) -> None:
    assert EN.value(value, unit) == text


@pytest.mark.parametrize(
    ("difference", "unit", "zh", "en"),
    [
        (0.032, "share", "+3.2个百分点", "+3.2 pts"),
        (-0.021, "share", "-2.1个百分点", "-2.1 pts"),
        (0, "count", "0", "0"),
        (12, "count", "+12", "+12"),
        (-83_000, "ms", "-1分23秒", "-1 min 23 s"),
        (None, "ms", NONE, NONE),
    ],
)
def test_a_change_has_its_sign(difference: float | None, unit: str, zh: str, en: str) -> None:
    assert (ZH.change(difference, unit), EN.change(difference, unit)) == (zh, en)


def test_a_moment_is_told_in_the_readers_zone() -> None:
    new_york = Formats("en", ZoneInfo("America/New_York"))
    first, second = 1_762_059_600_000, 1_762_063_200_000  # 01:00 in New York, twice: the clocks go back

    assert EN.moment(first) == "2025-11-02 13:00:00"
    assert [new_york.moment(first), new_york.moment(second)] == ["2025-11-02 01:00:00"] * 2
    assert new_york.machine(first) == "2025-11-02T01:00:00.000-04:00"
    assert new_york.machine(second) == "2025-11-02T01:00:00.000-05:00"


@given(INTEGERS, st.sampled_from([ZH, EN]))
def test_whatever_a_record_holds_is_written(number: int, formats: Formats) -> None:
    texts = [write(number) for write in (formats.moment, formats.day, formats.clock, formats.duration, formats.count)]
    texts += [formats.size(number), formats.ago(number, 0), formats.share(number), formats.relative(number)]

    assert all(texts)


@given(st.integers(0, 253_402_300_799_999), st.sampled_from([ZH, EN]))
def test_a_moment_of_our_calendar_keeps_its_width(milliseconds: int, formats: Formats) -> None:
    if formats.machine(milliseconds):
        assert len(formats.moment(milliseconds)) == len("2026-11-22 14:03:05")


def test_a_number_outside_of_the_calendar_is_shown_as_it_is() -> None:
    assert (EN.moment(2**63 - 1), EN.machine(2**63 - 1)) == (str(2**63 - 1), "")


@pytest.mark.parametrize(
    ("byte_count", "text"), [(0, "0 B"), (1_023, "1,023 B"), (1_536, "1.5 KB"), (5 * 2**40, "5.0 TB")]
)
def test_a_size_has_its_unit(byte_count: int, text: str) -> None:
    assert EN.size(byte_count) == text


def test_weekdays_and_distances_speak_both_languages() -> None:
    assert (ZH.weekday(0), EN.weekday(6)) == ("周一", "Sun")
    assert (ZH.ago(0, 180_000), EN.ago(0, 180_000), EN.ago(5_000, 0)) == ("3分前", "3 min ago", "1 s ago")
