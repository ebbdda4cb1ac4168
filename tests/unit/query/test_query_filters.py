"""Filters: any text gives typed conditions or a FilterError that names the remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.record import FIELDS
from afterchat.errors import FilterError
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filters import FILTERS, read_filters


def test_every_field_but_the_custom_ones_is_a_filter():
    assert set(FILTERS) == {field.name for field in FIELDS if field.name != "custom_field"} | {
        "end_time_from",
        "end_time_until",
    }


def test_a_filter_has_the_type_of_its_field():
    conditions = read_filters([("close_reason", "7"), ("staff_name", "小林"), ("id", "-9223372036854775808")])
    assert conditions == (("close_reason", "=", 7), ("staff_name", "=", "小林"), ("id", "=", -(2**63)))


@pytest.mark.parametrize(
    "text",
    [
        "1769788800000",
        "2026-01-31T00:00:00+08:00",
        "2026-01-31T00:00:00 08:00",
        "2026-01-30T16:00:00Z",
        "2026-01-30T16:00:00.000Z",
    ],
)
def test_a_moment_is_epoch_milliseconds_or_iso_8601_with_a_zone(text):
    assert read_filters([("end_time_from", text)]) == (("end_time", ">=", 1_769_788_800_000),)


def test_a_span_takes_its_first_moment_and_leaves_its_last():
    assert read_filters([("end_time_from", "1"), ("end_time_until", "2")]) == (
        ("end_time", ">=", 1),
        ("end_time", "<", 2),
    )


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("close_reason", "seven", "whole number"),
        ("close_reason", "9223372036854775808", "64 bits"),
        ("close_reason", "７", "whole number"),
        ("close_reason", "", "whole number"),
        ("end_time_from", "2026-01-31T00:00:00", "with a zone"),
        ("end_time_until", "yesterday", "with a zone"),
        ("staff_nam", "x", "`staff_name`"),
        ("custom_field", "x", "/docs"),
        ("staff_name", "x" * 1001, "at most 1000"),
        ("staff_name", "a\0b", "NUL"),
    ],
)
def test_what_cannot_be_read_names_the_remedy_in_both_languages(name, text, remedy):
    with pytest.raises(BilingualFilterError, match=remedy) as refused:
        read_filters([(name, text)])
    assert refused.value.zh != ""


def test_a_name_twice_is_refused():
    with pytest.raises(FilterError, match="twice"):
        read_filters([("id", "1"), ("id", "1")])


@given(st.lists(st.tuples(st.sampled_from(sorted(FILTERS)) | st.text(), st.text()), max_size=4))
def test_any_text_gives_conditions_or_a_filter_error(pairs):
    try:
        conditions = read_filters(pairs)
    except FilterError:
        return
    for _, operator, value in conditions:
        assert operator in {"=", "<", ">="}
        assert isinstance(value, str) or -(2**63) <= value < 2**63


@given(st.datetimes(timezones=st.timezones()))
def test_any_moment_with_a_zone_is_read_as_written(moment):
    ((_, _, value),) = read_filters([("end_time_from", moment.isoformat())])
    assert abs(value - moment.timestamp() * 1000) <= 1
