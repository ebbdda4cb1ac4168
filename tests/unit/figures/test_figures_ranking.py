"""Groups in an order: what is shown is the beginning of all groups in that order, and nothing is lost behind it."""

from __future__ import annotations

from functools import cmp_to_key
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.columns.snapshot import Selection
from afterchat.figures import division
from afterchat.figures.evaluation import FigureQuestion, compute_all
from afterchat.figures.groupings import BY_COUNT, GROUPINGS
from afterchat.figures.ranking import GroupOrder, ranked
from columns_at_hand import snapshot_of
from figure_records import rows_of, session_rows

ALL = Selection(None, (), None)
UTC = ZoneInfo("UTC")
FIGURE_IDS = ("received_sessions", "first_reply_p50", "satisfaction_relative", "first_reply_mean")
NAMELESS = {"（空）", "（无）", "无日期"}


def asked(rows, *questions):
    return compute_all(snapshot_of(rows, segment_rows=5), ALL, questions, zone=UTC)


def judged(rows, figure_ids, order, *, is_own):
    """Keys in order, by comparing two groups at a time."""
    place_of = {row.key: place for place, row in enumerate(rows)}
    column = figure_ids.index(order.figure_id) if order.figure_id else None

    def name(row):
        label = row.zh if order.language == "zh" else row.en
        return place_of[row.key] if is_own else (label.casefold(), label, row.key)

    def compared(one, other):
        nothing = [not row.values[0].value for row in (one, other)]
        if nothing[0] != nothing[1]:
            return 1 if nothing[0] else -1
        nameless = [row.zh in NAMELESS for row in (one, other)]
        values = [row.values[column].value if column is not None else name(row) for row in (one, other)]
        none = nameless if column is None else [value is None for value in values]
        if none[0] != none[1]:
            return 1 if none[0] else -1
        if not none[0] and values[0] != values[1]:
            return (1 if values[0] > values[1] else -1) * (-1 if order.is_descending else 1)
        if nameless[0] != nameless[1]:
            return 1 if nameless[0] else -1
        return 1 if name(one) > name(other) else -1

    return [row.key for row in sorted(rows, key=cmp_to_key(compared))]


orders = st.builds(GroupOrder, st.sampled_from(("", *FIGURE_IDS)), st.booleans(), st.sampled_from(("zh", "en")))


@settings(max_examples=80, deadline=None)
@given(session_rows(), st.sampled_from(sorted(GROUPINGS)), orders, st.integers(1, 4))
def test_what_is_shown_is_the_beginning_of_all_groups_in_that_order_and_the_rest_are_the_others(rows, by, order, limit):

    whole, cut = asked(rows, FigureQuestion(FIGURE_IDS, by, 1000), FigureQuestion(FIGURE_IDS, by, limit, order))

    keys = judged(whole.rows, FIGURE_IDS, order, is_own=GROUPINGS[by].order != BY_COUNT)

    values = {row.key: (row.row_count, row.values, row.en, row.pairs) for row in whole.rows}
    assert keys[:limit] == [row.key for row in cut.rows]
    assert [values[key] for key in keys[:limit]] == [(row.row_count, row.values, row.en, row.pairs) for row in cut.rows]
    assert len(keys) - len(cut.rows) == cut.group_count - len(cut.rows)
    assert sum(values[key][0] for key in keys[limit:]) == (cut.others.row_count if cut.others else 0)
    assert sum(values[key][1][0].value for key in keys[limit:]) == (cut.others.values[0].value if cut.others else 0)


@given(st.lists(st.none() | st.integers(-3, 3)), st.booleans())
def test_an_order_is_that_of_the_values_with_none_last_and_ties_by_name(values, is_descending):
    names = [f"n{place % 3}{place}" for place in range(len(values))]

    order = ranked(values, names, is_descending=is_descending)

    shown = [(values[place], names[place]) for place in order]
    known = [one for one in shown if one[0] is not None]
    sign = -1 if is_descending else 1
    assert sorted(range(len(values))) == sorted(order)
    assert known == shown[: len(known)]
    assert known == sorted(known, key=lambda one: (sign * one[0], one[1]))
    assert shown[len(known) :] == sorted(shown[len(known) :], key=lambda one: one[1])


def test_of_very_many_groups_those_with_the_most_sessions_are_ranked(monkeypatch):
    monkeypatch.setattr(division, "RANKED_MAX", 2)
    served = {"interaction": 0, "s_type": "0", "staff_first_reply_time": 2, "client_first_message_time": 1}
    rows = rows_of(
        *({**served, "staff_id": 1, "first_reply_cost": 5_000} for _ in range(3)),
        *({**served, "staff_id": 2, "first_reply_cost": 9_000} for _ in range(2)),
        {**served, "staff_id": 3, "first_reply_cost": 99_000},
    )

    (table,) = asked(
        rows, FigureQuestion(("received_sessions", "first_reply_p50"), "staff", 1, GroupOrder("first_reply_p50"))
    )

    assert [("2", 9_000)] == [(row.key, row.values[1].value) for row in table.rows]
    assert 4 == table.others.row_count


@pytest.mark.parametrize("limit", [1, 9])
def test_an_order_by_a_figure_that_is_not_asked_for_is_the_callers_fault(limit):
    question = FigureQuestion(("sessions",), "staff", limit, GroupOrder("wait_p50"))

    with pytest.raises(ValueError, match="order"):
        asked(rows_of({"staff_id": 1}, {"staff_id": 2}), question)
