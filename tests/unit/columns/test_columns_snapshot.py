"""A snapshot answers every question as a plain loop over the same sessions does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.columns.layout import NUMBERS, SEARCHED, SORTABLE
from afterchat.columns.layout import TEXTS as TEXT_COLUMNS
from afterchat.columns.selection import Selection
from afterchat.columns.snapshot import Key, Order
from afterchat.columns.words import Words
from afterchat.contract.record import FIELDS, blank_record
from afterchat.errors import FilterError
from afterchat.store.ports import SessionRow
from columns_at_hand import snapshot_of
from export_rows import INT64, ROWS, TEXTS

FIELD_TEXTS = sorted(field.name for field in FIELDS if field.type is str)
FIELD_NUMBERS = sorted(field.name for field in FIELDS if field.type is int)
FEW_NUMBERS = st.sampled_from([-1, 0, 1, 5, 100]) | INT64
FEW_TEXTS = st.sampled_from(["", "a", "A", "ß", "ss", "客服", "1"]) | TEXTS

CONDITIONS = st.one_of(
    st.tuples(
        st.sampled_from(FIELD_NUMBERS),
        st.sampled_from(["=", "!="]),
        FEW_NUMBERS | st.lists(FEW_NUMBERS, min_size=1, max_size=3).map(tuple),
    ),
    st.tuples(st.sampled_from(FIELD_NUMBERS), st.sampled_from([">=", "<"]), FEW_NUMBERS),
    st.tuples(
        st.sampled_from(FIELD_TEXTS),
        st.sampled_from(["=", "!="]),
        FEW_TEXTS | st.lists(FEW_TEXTS, min_size=1, max_size=3).map(tuple),
    ),
    st.tuples(st.sampled_from(FIELD_TEXTS), st.just("contains"), FEW_TEXTS),
)
SELECTIONS = st.builds(
    Selection,
    tenant=st.none() | st.sampled_from(["default", "acme", "nobody"]),
    conditions=st.lists(CONDITIONS, max_size=2).map(tuple),
    search=st.none() | FEW_TEXTS.filter(bool),
    counting=st.none(),
)
ORDERS = st.builds(Order, st.sampled_from(sorted(SORTABLE)), st.booleans())
SESSIONS = st.lists(ROWS, max_size=12, unique_by=lambda row: (row.tenant, row.record.id))


def is_selected(row, selection):
    """The same question, asked of one row in plain Python."""
    if selection.tenant is not None and row.tenant != selection.tenant:
        return False
    for name, operator, value in selection.conditions:
        held = getattr(row.record, name)
        wanted = value if isinstance(value, tuple) else (value,)
        is_true = {
            "=": lambda held=held, wanted=wanted: held in wanted,
            "!=": lambda held=held, wanted=wanted: held not in wanted,
            ">=": lambda held=held, value=value: held >= value,
            "<": lambda held=held, value=value: held < value,
            "contains": lambda held=held, value=value: value.casefold() in held.casefold(),
        }[operator]()
        if not is_true:
            return False
    if selection.search is None:
        return True
    needle = selection.search
    if any(needle.casefold() in getattr(row.record, name).casefold() for name in SEARCHED):
        return True
    is_number = needle.isascii() and needle.isdigit() and len(needle) <= 19
    return is_number and int(needle) in {row.record.id, row.record.user_id}


def keys_of(rows, order):
    keys = [Key(getattr(row.record, order.column), row.tenant, row.record.id) for row in rows]
    return sorted(keys, reverse=order.is_descending)


@given(SESSIONS, SELECTIONS, st.integers(1, 5))
def test_exactly_the_sessions_that_a_plain_loop_selects_are_counted(rows, selection, segment_rows):
    expected = [row for row in rows if is_selected(row, selection)]
    assert len(expected) == snapshot_of(rows, segment_rows=segment_rows).count(selection)


@given(SESSIONS, SELECTIONS, ORDERS, st.integers(1, 5), st.integers(1, 4))
def test_pages_follow_each_other_in_order_without_a_gap_or_a_repeat(rows, selection, order, segment_rows, limit):
    snapshot = snapshot_of(rows, segment_rows=segment_rows)
    seen, after = [], None
    while page := snapshot.page(selection, order, after, limit):
        assert len(page) <= limit
        seen += page
        after = page[-1]
    assert keys_of([row for row in rows if is_selected(row, selection)], order) == seen


@given(SESSIONS, st.integers(1, 5))
def test_every_column_gives_back_what_the_rows_hold(rows, segment_rows):
    snapshot = snapshot_of(rows, segment_rows=segment_rows)
    parts = list(snapshot.parts(Selection()))
    assert len(rows) == sum(part.row_count for part in parts)
    for name in FIELD_NUMBERS:
        held = [value for part in parts for value in part.numbers(name).tolist()]
        assert [getattr(row.record, name) for row in rows] == held
    for name in FIELD_TEXTS:
        held = [part.words(name)[code] for part in parts for code in part.codes(name).tolist()]
        assert [getattr(row.record, name) for row in rows] == held


def test_what_is_derived_stands_beside_what_it_is_made_from():
    row = SessionRow("acme", 9, 8, 7, 6, ("vipLevel: no number", "id: cut"), record())
    (part,) = snapshot_of([row]).parts(Selection())
    shown = {
        name: part.numbers(name)[0]
        for name in ("staff_invited_evaluate_moment", "user_join_evaluate_moment", "s_type_number", "has_problems")
    }
    assert {
        "staff_invited_evaluate_moment": 0,
        "user_join_evaluate_moment": 1234,
        "s_type_number": 3,
        "has_problems": 1,
    } == shown
    assert "vipLevel,id" == part.words("problem_fields")[part.codes("problem_fields")[0]]
    assert (9, 8, 7, 6) == tuple(
        part.numbers(name)[0] for name in ("inbox_id", "signed_at", "arrived_at", "revision_count")
    )


def record():
    return blank_record(id=1, user_join_evaluate_time="1234", s_type="3")


@pytest.mark.parametrize(
    "condition",
    [("nothing", "=", 1), ("id", "contains", "1"), ("id", "=", "1"), ("remarks", "<", "a"), ("remarks", "=", 1)],
)
def test_a_condition_that_no_column_can_answer_is_a_mistake_of_the_caller(condition):
    snapshot = snapshot_of([SessionRow("acme", 9, 8, 7, 6, (), record())])
    with pytest.raises(FilterError):
        snapshot.count(Selection(conditions=(condition,)))


def test_a_list_is_only_in_an_order_that_there_is():
    with pytest.raises(FilterError, match="remarks"):
        snapshot_of([]).page(Selection(), Order("remarks"), None, 1)


@given(
    st.lists(FEW_TEXTS | st.text("aAKſßﬁ客ΣςÉé\u0130", max_size=4), unique=True),
    FEW_TEXTS | st.text("kssfiéσ", max_size=3),
)
def test_a_search_finds_what_folded_text_contains(texts, needle):
    ordered = sorted(texts, key=str.encode)
    words = Words.of(ordered)
    assert ordered == list(words)
    assert [number for number, text in enumerate(ordered) if needle.casefold() in text.casefold()] == words.containing(
        needle
    )
    assert [ordered.index(text) for text in ordered] == [words.number_of(text) for text in ordered]
    assert (needle in ordered) == (words.number_of(needle) is not None)


def test_every_field_but_the_custom_ones_is_a_column():
    assert {field.name for field in FIELDS if field.type is not tuple} <= NUMBERS | TEXT_COLUMNS
    assert set(SEARCHED) <= TEXT_COLUMNS
    assert set(SORTABLE) <= NUMBERS
