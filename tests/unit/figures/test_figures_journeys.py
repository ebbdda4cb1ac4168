"""Sessions joined to journeys, whichever of two carries the link and whatever nonsense links say."""

from __future__ import annotations

import asyncio
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.columns.snapshot import Selection
from afterchat.figures.containment import followed_sessions
from afterchat.figures.journeys import JOURNEY_SESSIONS_MAX, SnapshotLookup, journey_of, session_of
from afterchat.simulator.sessions import made_up_sessions
from columns_at_hand import snapshot_of
from figure_groups import follows
from figure_records import row_of, rows_of, session_rows

HOUR = 3_600_000
T = 1_800_000_000_000
ROBOT = {"interaction": 1, "s_type": "0", "start_time": T, "end_time": T + 1000, "user_message_count": 1}
PERSON = {"interaction": 0, "s_type": "0", "start_time": T + 1000, "end_time": T + 9000}


def journey(rows, session_id, tenant="shop"):
    return asyncio.run(journey_of(tenant, session_id, SnapshotLookup(snapshot_of(rows, segment_rows=3))))


def followed(rows, hours=24):
    found = followed_sessions(snapshot_of(rows, segment_rows=3), Selection(None, (), None), hours).by_tenant
    return {(tenant, int(one)) for tenant, ids in found.items() for one in ids}


def test_a_journey_from_robot_through_two_staff_is_one_from_wherever_one_looks():
    rows = rows_of(
        {**ROBOT, "related_id": 2, "related_type": 2, "close_reason": 3, "client_first_message_time": T - 500},
        {**PERSON, "related_id": 1, "related_type": 1, "staff_id": 5, "close_reason": 5},
        {
            **PERSON,
            "start_time": T + 9000,
            "end_time": T + 20_000,
            "related_id": 2,
            "related_type": 4,
            "human_transfer_session_id": 2,
            "from_human_transfer": 1,
            "staff_id": 6,
            "close_reason": 0,
            "ender": 2,
            "evaluation_type": 5,
            "evaluation": 75,
            "client_first_message_time": T + 9500,
            "staff_first_reply_time": T + 12_000,
        },
        PERSON,
    )

    found = [journey(rows, session_id) for session_id in (1, 2, 3)]

    assert [(1, 2, 3)] * 3 == [tuple(one.id for one in each.sessions) for each in found]
    assert [found[0]] * 3 == found
    assert (T - 500, T + 12_000, 12_500, T + 20_000, 2, 1, True, 0, 2, 5, 75) == tuple(found[0].figures)
    assert ((), False) == (found[0].missing_ids, found[0].is_cut)


def test_one_link_at_either_end_is_enough():
    by_robot = rows_of({**ROBOT, "related_id": 2, "related_type": 2}, PERSON)
    by_person = rows_of(ROBOT, {**PERSON, "related_id": 1, "related_type": 1})
    by_transfer = rows_of(PERSON, {**PERSON, "human_transfer_session_id": 1})

    for rows in (by_robot, by_person, by_transfer):
        assert [[1, 2], [1, 2]] == [[one.id for one in journey(rows, number).sessions] for number in (1, 2)]


def test_history_circles_and_links_to_itself_do_no_harm():
    rows = rows_of(
        {**PERSON, "related_id": 1, "human_transfer_session_id": 2},
        {**PERSON, "related_id": 3},
        {**PERSON, "related_id": 1},
        {**PERSON, "related_id": 3, "related_type": 3},
        {**PERSON, "related_id": 99},
    )

    assert [[1, 2, 3], [4], [5]] == [[one.id for one in journey(rows, number).sessions] for number in (1, 4, 5)]
    assert (99,) == journey(rows, 5).missing_ids
    assert journey(rows, 6) is None


def test_a_journey_of_thousands_is_cut():
    rows = rows_of(PERSON, *({**PERSON, "related_id": 1} for _ in range(JOURNEY_SESSIONS_MAX + 20)))

    found = journey(rows, 1)

    assert (JOURNEY_SESSIONS_MAX, True) == (len(found.sessions), found.is_cut)


@pytest.mark.parametrize("seed", range(3))
def test_a_session_of_a_record_is_what_the_columns_say(seed):
    records = list(islice(made_up_sessions(seed), 40))
    rows = [row_of(record) for record in records]

    for record in records:
        [found] = [one for one in journey(rows, record.id).sessions if one.id == record.id]
        assert session_of(record) == found


@settings(max_examples=200, deadline=None)
@given(session_rows(row_count_max=14))
def test_containment_of_all_is_what_plain_python_says(rows):
    judge = [
        {"tenant": row.tenant, **{name: getattr(row.record, name) for name in row.record.__struct_fields__}}
        for row in rows
    ]
    follows(judge)

    assert {(row["tenant"], row["id"]) for row in judge if row["followed"]} == followed(rows)


@settings(max_examples=60, deadline=None)
@given(session_rows(row_count_max=12), st.data())
def test_every_session_of_a_journey_has_the_same_journey(rows, data):
    if not rows:
        return
    row = data.draw(st.sampled_from(rows))
    found = journey(rows, row.record.id, row.tenant)

    assert found == journey(list(reversed(rows)), row.record.id, row.tenant)
    for other in found.sessions:
        assert found == journey(rows, other.id, row.tenant)


def test_a_person_counts_until_so_many_hours_after_the_end_and_no_longer():
    chain = ({**ROBOT, "related_id": 2}, {**ROBOT, "start_time": T + 5, "related_id": 3})
    late = {**PERSON, "start_time": T + 1000 + 24 * HOUR}

    assert {("shop", 1), ("shop", 2)} == followed(rows_of(*chain, late))
    assert set() == followed(rows_of(*chain, {**late, "start_time": late["start_time"] + 1}))
    assert set() == followed(rows_of(*chain, {**late, "start_time": T - 1}))
    assert set() == followed(rows_of(*chain, late), hours=1)
