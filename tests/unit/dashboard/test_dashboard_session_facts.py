"""Every field of a record on its page: none forgotten, none given away, none that breaks it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_house import visit_of

from afterchat.access.masking import HIDDEN
from afterchat.access.roles import ROLES
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.personal import PERSONAL
from afterchat.contract.record import FIELDS, CustomField, blank_record
from afterchat.dashboard.pages.session_facts import (
    GROUPS,
    Written,
    change_line,
    field_groups,
    problem_lines,
    record_of,
)
from afterchat.dashboard.pages.session_words import WORDS
from afterchat.query.sessions import session_view
from afterchat.query.views import ChangeView
from afterchat.store.ports import SessionRow

VALUES = {
    int: st.integers(INTEGER_MIN, INTEGER_MAX),
    str: st.text(max_size=30) | st.integers().map(str),
    tuple: st.lists(st.builds(CustomField, *[st.text(max_size=9)] * 3), max_size=3).map(tuple),
}
RECORDS = st.fixed_dictionaries({field.name: VALUES[field.type] for field in FIELDS}).map(
    lambda values: blank_record(**values)
)


def lines_of(record, role="operator", language="en"):
    groups = field_groups(visit_of(role, language=language), record, {})
    return {line.name: line for group in groups for line in group.lines}


def test_every_field_stands_in_exactly_one_group():
    assert Counter(name for names in GROUPS.values() for name in names) == Counter(field.name for field in FIELDS)


def test_every_hint_is_of_a_field():
    hinted = {key.removeprefix("session.hint.") for key in WORDS if key.startswith("session.hint.")}
    assert hinted <= {field.name for field in FIELDS}


@pytest.mark.parametrize(
    ("name", "value", "language", "expected"),
    [
        ("close_reason", 7, "zh", Written("访客主动关闭", "7")),
        ("close_reason", 14, "en", Written("unknown (14)", "14")),
        ("id", 2**63 - 1, "en", Written("9223372036854775807")),
        ("start_time", 1_769_826_600_417, "en",
         Written("2026-01-31 10:30:00", "1769826600417", "2026-01-31T10:30:00.417+08:00")),
        ("user_join_evaluate_time", "-1", "en", Written("–", "-1", is_none=True)),
        ("in_queue_time", 83_000, "zh", Written("1分23秒", "83000")),
        ("in_queue_time", 1_769_826_600_417, "en",
         Written("2026-01-31 10:30:00", "1769826600417", "2026-01-31T10:30:00.417+08:00")),
        ("user_message_count", 12_345, "en", Written("12,345", "12345")),
        ("user_message_count", 0, "en", Written("0", is_none=True)),
        ("from_group", "", "en", Written("–", is_none=True)),
    ],
)  # fmt: skip
def test_a_value_is_written_by_what_it_is_with_the_raw_one_beside_it(name, value, language, expected):
    assert expected == lines_of(blank_record(**{name: value}), language=language)[name].value


def test_a_rating_reads_as_its_model_says():
    line = lines_of(blank_record(evaluation_type=2, evaluation=100))["evaluation"]
    assert Written("satisfied", "100") == line.value


@given(RECORDS)
def test_no_record_breaks_the_list_and_all_of_it_reads_back_from_its_view(record):
    row = SessionRow("acme", 1, 1, 1, 1, (), record)
    assert record == record_of(session_view(row))
    for language in ("zh", "en"):
        assert len(FIELDS) == len(lines_of(record, language=language))


@pytest.mark.parametrize("role", sorted(ROLES))
def test_what_is_personal_is_masked_for_roles_that_may_not_see_it(role):
    secret = {name: "https://a.example/p?who=Zhao-Yi" if "page" in name else "Zhao-Yi" for name in PERSONAL}
    record = blank_record(**{**secret, "user_id": 4711, "custom_field": (CustomField("f1", "Zhao-Yi", "Zhao-Yi"),)})
    lines = lines_of(record, role)
    sees_all = role in {"operator", "admin"}
    assert dict.fromkeys(PERSONAL, not sees_all) == {name: lines[name].is_masked for name in PERSONAL}
    shown = repr(list(lines.values()))
    assert (sees_all, sees_all) == ("Zhao-Yi" in shown, "4711" in shown)


def test_a_change_of_a_personal_field_is_told_without_its_values():
    change = ChangeView("remarks", '""', '"Zhao-Yi called"')
    line = change_line(visit_of("viewer"), change, 0)
    assert (Written("–", is_none=True), Written(HIDDEN), True) == (line.before, line.after, line.is_masked)
    assert "Zhao-Yi called" == change_line(visit_of("operator"), change, 0).after.text


def test_a_change_of_ids_and_of_own_fields_is_written_like_the_fields():
    visit = visit_of("operator")
    one = '[{"fieldId":"1","fieldName":"城市","fieldValue":"杭州"}]'
    own = change_line(visit, ChangeView("custom_field", "[]", one), 0)
    assert ("–", "城市: 杭州") == (own.before.text, own.after.text)
    staff = change_line(visit, ChangeView("staff_id", "0", "9223372036854775807"), 0)
    assert ("–", "9223372036854775807") == (staff.before.text, staff.after.text)
    assert HIDDEN == change_line(visit_of("viewer"), ChangeView("user_id", "0", "4711"), 0).after.text


def test_a_field_that_could_not_be_read_is_named_in_the_readers_language():
    problems = ("ender: wider than 64 bits", "body: begins with a byte order mark", "status: is an array, not a number")
    assert [
        ("会话中止方", "ender", "超出 64 位"),
        ("请求体", "body", "以字节顺序标记开头"),
        ("客服标记的解决状态", "status", "是数组，不是数字"),
    ] == list(problem_lines(visit_of(language="zh"), problems))
