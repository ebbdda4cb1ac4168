"""Every figure in every grouping against a judge of plain Python, and what a table promises besides."""

from __future__ import annotations

from collections import Counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.columns.snapshot import Selection
from afterchat.figures.evaluation import FigureQuestion, compute, compute_all
from afterchat.figures.groupings import BY_KEY, GROUPINGS
from afterchat.figures.table import FIGURES
from afterchat.query.filters import read_conditions
from columns_at_hand import snapshot_of
from figure_groups import GROUP_OF, follows, order_of
from figure_oracle import ORACLES
from figure_records import BEGIN, HOUR, rows_of, session_rows

ALL = Selection(None, (), None)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu")
UTC = ZoneInfo("UTC")


def plain(rows):
    found = [
        {"tenant": row.tenant, **{name: getattr(row.record, name) for name in row.record.__struct_fields__}}
        for row in rows
    ]
    follows(found)
    return found


def judged(rows):
    return {name: ORACLES[name](rows) for name in FIGURES}


def said(row):
    return dict(zip(FIGURES, row.values, strict=True))


def differing(expected, actual, key=""):
    return [(key, name, expected[name], actual[name]) for name in FIGURES if expected[name] != actual[name]]


@settings(max_examples=60, deadline=None)
@given(session_rows(), st.sampled_from(ZONES), st.integers(1, 8))
def test_every_figure_in_every_grouping_is_what_plain_python_says(rows, zone_name, segment_rows):
    zone = ZoneInfo(zone_name)
    snapshot = snapshot_of(rows, segment_rows=segment_rows)
    judge = plain(rows)

    tables = compute_all(snapshot, ALL, [FigureQuestion(tuple(FIGURES), by, 1000) for by in GROUPINGS], zone=zone)

    for table in tables:
        groups: dict[str, list] = {}
        for row in judge:
            groups.setdefault(GROUP_OF[table.by.id](row, zone), []).append(row)
        expected = {key: judged(members) for key, members in groups.items()}
        assert [] == differing(judged(judge), said(table.total))
        assert set(expected) == {row.key for row in table.rows}
        assert [] == [found for row in table.rows for found in differing(expected[row.key], said(row), row.key)]
        assert {key: len(members) for key, members in groups.items()} == {row.key: row.row_count for row in table.rows}
        assert (None, len(groups)) == (table.others, table.group_count)


@settings(max_examples=40, deadline=None)
@given(session_rows(), st.sampled_from(sorted(GROUPINGS)), st.integers(1, 4))
def test_the_groups_beyond_the_limit_are_one_row_and_nothing_is_lost(rows, by, limit):
    judge = plain(rows)
    sizes = Counter(GROUP_OF[by](row, UTC) for row in judge)

    table = compute(snapshot_of(rows, segment_rows=7), ALL, FIGURES, by, zone=UTC, limit=limit)

    order = order_of(by, sizes)
    if GROUPINGS[by].order == BY_KEY or by in {"hour", "weekday", "weekday_hour"}:
        natural = {key: place for place, key in enumerate(order)}
        chosen = sorted(sizes, key=lambda key: (-sizes[key], natural[key]))[:limit]
        shown = [key for key in order if key in chosen]
    else:
        shown = order[-limit:] if by in {"day", "week"} else order[:limit]
    rest = [row for row in judge if GROUP_OF[by](row, UTC) not in shown]
    assert shown == [row.key for row in table.rows]
    if rest:
        assert (len(rest), []) == (table.others.row_count, differing(judged(rest), said(table.others)))
    assert (len(sizes), bool(rest)) == (table.group_count, table.others is not None)


@settings(max_examples=60, deadline=None)
@given(session_rows(), st.sampled_from(ZONES), st.integers(BEGIN, BEGIN + 60 * HOUR))
def test_the_filters_of_a_group_select_exactly_its_sessions(rows, zone_name, since):
    zone = ZoneInfo(zone_name)
    snapshot = snapshot_of(rows, segment_rows=5)
    selection = Selection("shop", (("end_time", ">=", since), ("end_time", "<", since + 700 * HOUR)), None)

    for by in GROUPINGS:
        for row in compute(snapshot, selection, ["sessions"], by, zone=zone).rows:
            if row.pairs is None:
                assert by in {"hour", "weekday", "weekday_hour"}
                continue
            tenant = dict(row.pairs).get("tenant", "shop")
            pairs = [pair for pair in row.pairs if pair[0] != "tenant"]
            names = {name for name, _ in pairs}
            bounds = [("end_time_from", str(since)), ("end_time_until", str(since + 700 * HOUR))]
            pairs += [pair for pair in bounds if pair[0] not in names]
            drilled = Selection(tenant, read_conditions(pairs), None)
            again = compute(snapshot, drilled, ["sessions"], by, zone=zone)
            assert [(row.key, row.row_count)] == [(one.key, one.row_count) for one in again.rows]


def test_sums_stay_exact_beyond_what_a_float_can_hold():
    great = 2**63 - 1
    rows = rows_of(
        *({"interaction": 0, "s_type": "0", "round_number": great, "avg_resp_duration": great} for _ in range(3)),
        {"interaction": 0, "s_type": "0", "round_number": 1, "avg_resp_duration": 1},
    )

    table = compute(snapshot_of(rows), ALL, ["rounds", "response_mean"], zone=UTC)

    assert (3 * great + 1, 3 * great * great + 1) == tuple(value.numerator for value in table.total.values)


def test_sums_of_products_stay_exact_whichever_factor_is_great():
    great = 2**63 - 1
    served = {"interaction": 0, "s_type": "0"}
    rows = rows_of(
        {**served, "round_number": great, "avg_resp_duration": 1},
        {**served, "round_number": 1, "avg_resp_duration": great},
        {**served, "round_number": 3, "avg_resp_duration": 0},
    )

    table = compute(snapshot_of(rows), ALL, ["response_mean"], zone=UTC)

    assert (2 * great / (great + 4), 2 * great, great + 4, 0) == table.total.values[0]


def test_an_evening_of_a_small_shop():
    served = {"interaction": 0, "s_type": "0", "is_valid": 1, "client_first_message_time": 1, "user_message_count": 2}
    rows = rows_of(
        {**served, "staff_first_reply_time": 2, "first_reply_cost": 10_000, "round_number": 1, "staff_id": 5},
        {**served, "staff_first_reply_time": 2, "first_reply_cost": 30_000, "round_number": 3, "staff_id": 5},
        {**served, "staff_first_reply_time": 2, "first_reply_cost": 50_000, "round_number": 1, "staff_id": 6},
        {**served, "staff_id": 6},
        {"interaction": 1, "s_type": "0"},
        {"interaction": 0, "s_type": "3", "in_queue_time": 90_000, "close_reason": 12},
    )
    names = ("received_sessions", "first_reply_mean", "first_reply_p50", "first_reply_within_30s", "reply_rate")

    table = compute(snapshot_of(rows), ALL, (*names, "queue_gave_up_share"), "staff", zone=UTC)

    assert [4, 30_000.0, 30_000, 2 / 3, 0.75, 1.0] == [value.value for value in table.total.values]
    assert [("0/", 2), ("5", 2), ("6", 2)] == [(row.key, row.row_count) for row in table.rows]
    assert [None, 20_000.0, 50_000.0] == [row.values[1].value for row in table.rows]


def test_a_group_is_called_by_its_latest_name():
    named = [("王", 30), ("小王", 50), ("老王", 50), ("", 20)]
    rows = rows_of(*({"staff_id": 7, "staff_name": name, "end_time": at} for name, at in named))

    table = compute(snapshot_of(rows, segment_rows=2), ALL, ["sessions"], "staff", zone=UTC)

    assert [("7", "老王", (("staff_id", "7"),))] == [(row.key, row.zh, row.pairs) for row in table.rows]


def test_no_filters_are_better_than_filters_that_no_address_holds():
    long = rows_of(*({"land_page": f"https://shop.example/?{number}"} for number in range(60)))
    huge = rows_of({"land_page": "x" * 1001})

    tables = [compute(snapshot_of(rows), ALL, ["sessions"], "landing_page", zone=UTC) for rows in (long, huge)]

    assert [[(60, None)], [(1, None)]] == [[(row.row_count, row.pairs) for row in table.rows] for table in tables]


def test_nothing_selected_gives_counts_of_none_and_no_groups():
    table = compute(snapshot_of([]), ALL, FIGURES, "day", zone=UTC)

    assert (judged([]), (), None, 0) == (said(table.total), table.rows, table.others, table.group_count)


def test_what_is_not_in_the_tables_is_the_callers_fault():
    with pytest.raises(KeyError):
        compute(snapshot_of([]), ALL, ["sessions"], "moon", zone=UTC)
    with pytest.raises(KeyError):
        compute(snapshot_of([]), ALL, ["moons"], zone=UTC)
    with pytest.raises(ValueError, match="at least one"):
        compute(snapshot_of([]), ALL, ["sessions"], "day", zone=UTC, limit=0)
