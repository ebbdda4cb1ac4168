"""Filters: any text gives typed conditions or a FilterError that names the remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.record import FIELDS
from afterchat.errors import FilterError
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.filters import VALUES_MAX, filter_pairs, read_conditions


def test_a_filter_has_the_type_of_its_field():
    conditions = read_conditions([("close_reason", "7"), ("staff_name", "小林"), ("id", "-9223372036854775808")])
    assert conditions == (("close_reason", "=", 7), ("id", "=", -(2**63)), ("staff_name", "=", "小林"))


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
    assert read_conditions([("end_time_from", text)]) == (("end_time", ">=", 1_769_788_800_000),)


def test_a_span_takes_its_first_moment_and_leaves_its_last():
    assert read_conditions([("end_time_from", "1"), ("end_time_until", "2")]) == (
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
        read_conditions([(name, text)])
    assert refused.value.zh != ""


@given(st.datetimes(timezones=st.timezones()))
def test_any_moment_with_a_zone_is_read_as_written(moment):
    ((_, _, value),) = read_conditions([("end_time_from", moment.isoformat())])
    assert abs(value - moment.timestamp() * 1000) <= 1


def test_every_field_can_be_asked_for_in_every_way_that_its_type_knows():
    expected = {"has_problems"}
    for field in FIELDS:
        if field.type is not tuple:
            expected |= {field.name, f"{field.name}_not"}
        if field.type is str:
            expected.add(f"{field.name}_contains")
        if field.type is int or field.unit == "epoch ms":
            expected |= {f"{field.name}_from", f"{field.name}_until"}
    for name in ("revision_count", "arrived_at", "signed_at"):
        expected |= {name, f"{name}_not", f"{name}_from", f"{name}_until"}
    assert set(FILTER_TABLE) == expected


@pytest.mark.parametrize(
    ("pairs", "conditions"),
    [
        ([("close_reason", "7")], (("close_reason", "=", 7),)),
        ([("close_reason", "7"), ("close_reason", "2"), ("close_reason", "7")], (("close_reason", "=", (2, 7)),)),
        ([("staff_name_not", "b"), ("staff_name_not", "a")], (("staff_name", "!=", ("a", "b")),)),
        ([("remarks_contains", "退款")], (("remarks", "contains", "退款"),)),
        (
            [("round_number_until", "9"), ("round_number_from", "3")],
            (("round_number", ">=", 3), ("round_number", "<", 9)),
        ),
        ([("user_join_evaluate_time_from", "5")], (("user_join_evaluate_moment", ">=", 5),)),
        ([("user_join_evaluate_time", "5")], (("user_join_evaluate_time", "=", "5"),)),
        ([("has_problems", "1")], (("has_problems", "=", 1),)),
        ([("signed_at_from", "2026-01-31T00:00:00+08:00")], (("signed_at", ">=", 1_769_788_800),)),
        ([("arrived_at_until", "2026-01-31T00:00:00+08:00")], (("arrived_at", "<", 1_769_788_800_000),)),
    ],
)
def test_a_filter_is_a_condition_on_its_column(pairs, conditions):
    assert read_conditions(pairs) == conditions


@pytest.mark.parametrize(
    ("pairs", "remedy"),
    [
        ([("end_time_from", "1"), ("end_time_from", "2")], "twice"),
        ([("remarks_contains", "a"), ("remarks_contains", "b")], "twice"),
        ([("has_problems", "0"), ("has_problems", "1")], "twice"),
        ([("has_problems", "yes")], "0 \\(no\\) or 1"),
        ([("remarks_contains", "")], "must not be empty"),
        ([("signed_at", "2026-01-31T00:00:00.5+08:00")], "whole seconds"),
        ([("signed_at", "soon")], "epoch seconds"),
        ([("staff_name_from", "a")], "did you mean"),
        ([("id", str(number)) for number in range(VALUES_MAX + 1)], "at most 50"),
    ],
)
def test_what_no_condition_can_be_made_of_names_the_remedy_in_both_languages(pairs, remedy):
    with pytest.raises(BilingualFilterError, match=remedy) as refused:
        read_conditions(pairs)
    assert refused.value.zh != ""


VALUES = {
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    "flag": st.sampled_from(["0", "1"]),
    **dict.fromkeys(["number", "moment", "second"], st.integers(-(2**63), 2**63 - 1).map(str)),
}
PAIRS = st.sampled_from(list(FILTER_TABLE.values())).flatmap(
    lambda line: st.tuples(st.just(line.name), VALUES[line.kind])
)


@given(st.lists(PAIRS, max_size=8), st.randoms())
def test_pairs_of_conditions_give_the_same_conditions_whatever_order_they_came_in(pairs, chance):
    once = {name: text for name, text in pairs if not FILTER_TABLE[name].takes_many}
    pairs = [pair for pair in pairs if FILTER_TABLE[pair[0]].takes_many] + list(once.items())
    conditions = read_conditions(pairs)
    canonical = filter_pairs(conditions)
    assert read_conditions(canonical) == conditions
    assert set(canonical) == set(pairs)
    chance.shuffle(pairs)
    assert filter_pairs(read_conditions(pairs)) == canonical


@given(st.lists(st.tuples(st.sampled_from(sorted(FILTER_TABLE)) | st.text(), st.text()), max_size=4))
def test_any_text_gives_conditions_of_any_filter_or_a_filter_error(pairs):
    try:
        conditions = read_conditions(pairs)
    except FilterError:
        return
    for _, operator, value in conditions:
        assert operator in {"=", "!=", "<", ">=", "contains"}
        for one in value if isinstance(value, tuple) else (value,):
            assert isinstance(one, str) or -(2**63) <= one < 2**63
