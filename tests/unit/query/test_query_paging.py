"""Cursors and page sizes: what was given out comes back, and nothing else passes."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.columns.layout import SORTABLE, Order
from afterchat.errors import FilterError
from afterchat.query.paging import (
    read_page_size,
    read_row_cursor,
    read_session_cursor,
    read_sorted_cursor,
    row_cursor,
    session_cursor,
    sorted_cursor,
)
from afterchat.query.sorting import SORT_DEFAULT, read_sort

INT64 = st.integers(-(2**63), 2**63 - 1)


@given(INT64, st.text(st.characters(codec="utf-8"), max_size=40), INT64)
def test_a_session_cursor_comes_back_as_it_was(end_time, tenant, session_id):
    assert read_session_cursor(session_cursor((end_time, tenant, session_id))) == (end_time, tenant, session_id)


SORT = st.builds(Order, st.sampled_from(SORTABLE), st.booleans())


@given(SORT, INT64, st.text(st.characters(codec="utf-8"), max_size=40), INT64)
def test_a_cursor_of_an_order_comes_back_as_it_was(sort, value, tenant, session_id):
    cursor = sorted_cursor(sort, value, tenant, session_id)
    assert read_sorted_cursor(sort, cursor) == (value, tenant, session_id)


@given(SORT, SORT)
def test_a_cursor_of_another_order_is_refused(sort, other):
    if sort != other:
        with pytest.raises(FilterError, match="another order"):
            read_sorted_cursor(other, sorted_cursor(sort, 1, "default", 1))


def test_a_cursor_of_another_kind_is_no_cursor_of_an_order():
    for cursor in (session_cursor((1, "default", 1)), row_cursor("inbox", 1), "made up"):
        with pytest.raises(FilterError, match="next_cursor"):
            read_sorted_cursor(SORT_DEFAULT, cursor)
    assert read_sorted_cursor(SORT_DEFAULT, None) is None


@given(SORT)
def test_an_order_comes_back_as_it_was_written(sort):
    assert read_sort(sort.text) == sort


@pytest.mark.parametrize("text", ["", "-", "--end_time", "remarks", "end_time desc", "1"])
def test_an_order_that_there_is_not_is_refused_and_those_there_are_named(text):
    with pytest.raises(FilterError, match="first_reply_cost"):
        read_sort(text)


@given(st.sampled_from(["inbox", "quarantine"]), INT64)
def test_a_row_cursor_comes_back_as_it_was(listing, row_id):
    assert read_row_cursor(listing, row_cursor(listing, row_id)) == row_id


def test_no_cursor_is_the_first_page():
    assert (read_session_cursor(None), read_row_cursor("inbox", None)) == (None, None)


def test_a_cursor_of_another_listing_is_refused():
    with pytest.raises(FilterError, match="next_cursor"):
        read_row_cursor("inbox", row_cursor("quarantine", 1))
    with pytest.raises(FilterError, match="next_cursor"):
        read_session_cursor(row_cursor("inbox", 1))


@pytest.mark.parametrize(
    "inside",
    [b"", b"[", b"[]", b'["2","inbox",1]', b'["1","inbox",9223372036854775808]', b'["1","inbox","1"]', b"\xff"],
)
def test_a_cursor_that_was_made_up_is_refused(inside):
    with pytest.raises(FilterError):
        read_row_cursor("inbox", urlsafe_b64encode(inside).decode().rstrip("="))


@given(st.text())
def test_any_text_as_a_cursor_is_a_key_or_a_filter_error(text):
    for read in (read_session_cursor, lambda cursor: read_row_cursor("inbox", cursor)):
        with pytest.raises(FilterError):
            read(text)


def test_the_page_size_has_a_default_and_a_greatest():
    assert [read_page_size(text) for text in (None, "1", "500")] == [50, 1, 500]


@pytest.mark.parametrize("text", ["0", "501", "-1", "", "1.0", "１", "1e2", "0" * 5000 + "1"])
def test_another_page_size_is_refused_and_the_greatest_named(text):
    with pytest.raises(FilterError, match="between 1 and 500"):
        read_page_size(text)
