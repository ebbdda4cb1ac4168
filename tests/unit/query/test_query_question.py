"""Questions: an address gives one, and it gives the address back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.columns.layout import Order
from afterchat.errors import FilterError
from afterchat.figures.calendar import SPANS
from afterchat.query.question import Question, question_pairs, read_question, with_filter, without_filter
from afterchat.query.spans import read_zone, span_bounds

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW_MS = 1_760_000_000_000
"""2025-10-09 16:53:20 in Shanghai, a Thursday."""


def moments(*texts):
    return tuple(int(datetime.fromisoformat(text).timestamp() * 1000) for text in texts)


def test_everything_stands_in_one_address():
    pairs = [
        ("close_reason", "2"),
        ("close_reason", "7"),
        ("staff_name_contains", "林"),
        ("span", "7d"),
        ("zone", "Asia/Shanghai"),
        ("q", "退款 慢"),
        ("sort", "-evaluation"),
    ]
    question = read_question(reversed(pairs))
    assert question == Question(
        (("close_reason", "=", (2, 7)), ("staff_name", "contains", "林")),
        "退款 慢",
        Order("evaluation", is_descending=True),
        "7d",
        SHANGHAI,
    )
    assert question_pairs(question) == pairs


def test_what_is_the_default_is_not_in_the_address():
    assert question_pairs(read_question([("sort", "-end_time"), ("q", "  x ")])) == [("q", "x")]


def test_a_span_is_bounds_of_the_moment_it_is_asked_at():
    question = read_question([("span", "today"), ("id", "1")])
    day = moments("2025-10-09T00:00+08:00", "2025-10-10T00:00+08:00")
    assert question.conditions_at(NOW_MS, SHANGHAI) == (
        ("id", "=", 1),
        ("end_time", ">=", day[0]),
        ("end_time", "<", day[1]),
    )
    assert read_question([]).conditions_at(NOW_MS, SHANGHAI) == ()


def test_the_zone_of_the_address_is_stronger_than_the_readers():
    asked = read_question([("span", "yesterday"), ("zone", "America/New_York")])
    assert asked.conditions_at(NOW_MS, SHANGHAI)[0][2] == moments("2025-10-08T00:00-04:00")[0]


@pytest.mark.parametrize(
    ("pairs", "remedy"),
    [
        ([("span", "7d"), ("end_time_from", "1")], "exclude each other"),
        ([("span", "8d")], "today, yesterday"),
        ([("span", "7d"), ("span", "7d")], "twice"),
        ([("q", " ")], "1 to 200"),
        ([("q", "x" * 201)], "1 to 200"),
        ([("q", "a\0b")], "1 to 200"),
        ([("sort", "remarks")], "end_time"),
        ([("zone", "CST8")], "IANA"),
        ([("zone", "../../etc/localtime")], "IANA"),
        ([("zone", "Asia")], "IANA"),
        ([("zone", "")], "IANA"),
        ([("spam", "7d")], "did you mean `span`"),
    ],
)
def test_what_is_no_question_names_the_remedy(pairs, remedy):
    with pytest.raises(FilterError, match=remedy) as refused:
        read_question(pairs)
    assert refused.value.zh != ""


def test_a_filter_is_added_replaced_and_taken_away():
    question = read_question([("close_reason", "2"), ("round_number_from", "3")])
    more = with_filter(with_filter(question, "close_reason", "7"), "round_number_from", "5")
    assert question_pairs(more) == [("close_reason", "2"), ("close_reason", "7"), ("round_number_from", "5")]
    assert question_pairs(without_filter(more, "close_reason", "2")) == [
        ("close_reason", "7"),
        ("round_number_from", "5"),
    ]
    assert question_pairs(without_filter(more, "close_reason")) == [("round_number_from", "5")]
    assert question_pairs(with_filter(with_filter(more, "sort", "end_time"), "sort", "-end_time")) == question_pairs(
        more
    )


def test_a_span_takes_the_place_of_bounds_and_bounds_that_of_a_span():
    bounds = read_question([("end_time_from", "1"), ("end_time_until", "2")])
    spanned = with_filter(bounds, "span", "30d")
    assert question_pairs(spanned) == [("span", "30d")]
    assert question_pairs(with_filter(spanned, "end_time_until", "2")) == [("end_time_until", "2")]


@given(st.lists(st.tuples(st.sampled_from(["span", "zone", "q", "sort", "id"]) | st.text(), st.text()), max_size=4))
def test_any_text_is_a_question_that_gives_its_address_back_or_a_filter_error(pairs):
    try:
        question = read_question(pairs)
    except FilterError:
        return
    assert read_question(question_pairs(question)) == question


@pytest.mark.parametrize(
    ("span", "first", "after"),
    [
        ("today", "2025-10-09", "2025-10-10"),
        ("yesterday", "2025-10-08", "2025-10-09"),
        ("7d", "2025-10-03", "2025-10-10"),
        ("30d", "2025-09-10", "2025-10-10"),
        ("90d", "2025-07-12", "2025-10-10"),
        ("this_week", "2025-10-06", "2025-10-13"),
        ("this_month", "2025-10-01", "2025-11-01"),
    ],
)
def test_a_span_is_whole_days_of_the_zone(span, first, after):
    assert span_bounds(span, SHANGHAI, NOW_MS) == moments(f"{first}T00:00+08:00", f"{after}T00:00+08:00")


def test_days_have_23_or_25_hours_where_clocks_change():
    berlin, hour = read_zone("Europe/Berlin"), 3_600_000
    lengths = {}
    for day in ("2026-03-29", "2025-10-26", "2025-10-27"):
        since, until = span_bounds("today", berlin, moments(f"{day}T12:00+01:00")[0])
        lengths[day] = (until - since) / hour
    assert lengths == {"2026-03-29": 23, "2025-10-26": 25, "2025-10-27": 24}


def test_a_day_whose_midnight_is_skipped_begins_with_the_jump():
    since, until = span_bounds("today", ZoneInfo("Asia/Beirut"), moments("2025-03-30T12:00+03:00")[0])
    assert (since, until) == moments("2025-03-30T01:00+03:00", "2025-03-31T00:00+03:00")


@given(st.sampled_from(sorted(SPANS)), st.integers(631_152_000_000, 3_786_912_000_000), st.timezones())
def test_now_lies_in_every_span_but_yesterday(span, now_ms, zone):
    since, until = span_bounds(span, zone, now_ms)
    assert (since <= now_ms < until) == (span != "yesterday")
