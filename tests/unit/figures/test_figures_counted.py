"""From a number to the sessions behind it: exactly as many as the number says, in the list as in the sum."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.columns.snapshot import Order, Selection
from afterchat.figures.counted import CountedBy
from afterchat.figures.evaluation import compute
from afterchat.figures.measures import Count, Share
from afterchat.figures.table import FIGURES
from columns_at_hand import snapshot_of
from figure_records import session_rows

UTC = ZoneInfo("UTC")


def keys_of(snapshot, selection, page_rows):
    after, found = None, []
    while page := snapshot.page(selection, Order("end_time", True), after, page_rows):
        found += page
        after = page[-1]
    return found


@settings(max_examples=40, deadline=None)
@given(session_rows(), st.integers(1, 5), st.integers(1, 4))
def test_the_list_behind_a_number_has_as_many_sessions_as_it_says(rows, segment_rows, page_rows):
    snapshot = snapshot_of(rows, segment_rows=segment_rows)
    table = compute(snapshot, Selection(), tuple(FIGURES), zone=UTC)

    for figure, value in zip(table.figures, table.total.values, strict=True):
        selection = Selection(counting=CountedBy(figure.id))
        keys = keys_of(snapshot, selection, page_rows)
        assert len(set(keys)) == len(keys) == snapshot.count(selection), figure.id
        if isinstance(figure.measure, Count | Share):
            assert value.numerator == len(keys), figure.id
        elif figure.measure.scope.known == (getattr(figure.measure, "quantity", None),):
            assert value.denominator == len(keys), figure.id


@settings(max_examples=20, deadline=None)
@given(session_rows())
def test_a_figure_of_the_sessions_behind_it_is_the_same(rows):
    snapshot = snapshot_of(rows)
    table = compute(snapshot, Selection(), tuple(FIGURES), zone=UTC)

    for figure, value in zip(table.figures, table.total.values, strict=True):
        if isinstance(figure.measure, Share):
            continue  # of a share the list holds the numerator alone
        (again,) = compute(snapshot, Selection(counting=CountedBy(figure.id)), (figure.id,), zone=UTC).total.values
        assert value.value == again.value, figure.id
