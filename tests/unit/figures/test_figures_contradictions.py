"""What cannot be true of a record is named, and nothing else is."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings

from afterchat.columns.snapshot import Selection
from afterchat.contract.record import FIELDS, blank_record
from afterchat.engine import Session
from afterchat.figures.contradiction_table import CONTRADICTIONS
from afterchat.figures.contradictions import contradictions_in, count_contradictions
from afterchat.simulator.centre import Centre
from columns_at_hand import snapshot_of
from figure_records import row_of, session_rows

MONDAY_MORNING_MS = 1_800_000_000_000
T = 1_800_000_000_000
ALL = Selection(None, (), None)
LIFE = {"start_time": T, "end_time": T + 60_000}
TALK = {"client_first_message_time": T, "staff_first_reply_time": T + 5000}
EXAMPLES = {
    "ends_before_start": {"start_time": T + 1, "end_time": T},
    "first_reply_cost": {**TALK, "first_reply_cost": 4999},
    "first_reply_cost_without_reply": {"first_reply_cost": 1, "client_first_message_time": T},
    "reply_before_question": {
        "client_first_message_time": T + 5,
        "staff_first_reply_time": T,
        "first_reply_cost": -5,
    },
    "reply_after_end": {"staff_first_reply_time": T + 60_001, **LIFE},
    "valid_without_message": {"is_valid": 1},
    "invalid_with_messages": {"is_valid": 0, "user_message_count": 2},
    "more_rounds_than_messages": {"round_number": 3, "user_message_count": 3, "staff_message_count": 2},
    "response_without_round": {"avg_resp_duration": 10},
    "ender_against_reason": {"close_reason": 0, "ender": 1},
    "rating_outside_model": {"evaluation_type": 3, "evaluation": 75},
    "rated_at_without_rating": {"user_join_evaluate_time": str(T)},
    "unasked_but_invited": {
        "is_evaluation_invited": 1,
        "evaluation_type": 2,
        "evaluation": 100,
        "staff_invited_evaluate_time": str(T),
        "user_join_evaluate_time": str(T + 1),
    },
    "unasked_without_rating": {"is_evaluation_invited": 1},
    "staff_invited_without_moment": {"is_staff_invited": "1"},
    "staff_not_invited_with_moment": {"is_staff_invited": "2", "staff_invited_evaluate_time": str(T)},
    "queue_longer_than_life": {**LIFE, "s_type": "3", "in_queue_time": 60_001},
    "queue_is_a_moment": {"in_queue_time": T},
    "pinned_longer_than_life": {**LIFE, "stick_duration": 60_001},
    "transfer_without_source": {"from_human_transfer": 1},
    "source_without_transfer": {"human_transfer_session_id": 8},
    "linked_to_itself": {"id": 7, "related_id": 7},
    "treated_but_no_message": {"treated_time": T, "s_type": "0"},
    "robot_with_staff": {"interaction": 1, "staff_id": 4},
    "hand_over_by_person": {"interaction": 0, "close_reason": 3},
}
FINE = {
    **LIFE,
    **TALK,
    "id": 1,
    "first_reply_cost": 5000,
    "is_valid": 1,
    "user_message_count": 2,
    "staff_message_count": 2,
    "round_number": 2,
    "avg_resp_duration": 10,
    "close_reason": 0,
    "ender": 2,
    "evaluation_type": 5,
    "evaluation": 75,
    "staff_invited_evaluate_time": str(T + 1),
    "user_join_evaluate_time": str(T + 90_000),
    "is_evaluation_invited": 0,
    "is_staff_invited": "1",
    "stick_duration": 60_000,
    "in_queue_time": 70_000,
    "s_type": "0",
    "interaction": 0,
    "from_human_transfer": 1,
    "human_transfer_session_id": 3,
    "related_id": 3,
}


def test_every_contradiction_has_an_example():
    assert list(CONTRADICTIONS) == list(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_contradiction_is_found_with_the_values_that_disagree(name):
    record = blank_record(**EXAMPLES[name])

    found = [one for one in contradictions_in(record) if one.contradiction.id == name]

    line = CONTRADICTIONS[name]
    assert [{field: getattr(record, field) for field in line.fields}] == [one.values for one in found]
    assert set(line.fields) <= {field.name for field in FIELDS}


def test_a_record_that_agrees_with_itself_has_none():
    assert [[], []] == [contradictions_in(blank_record(**FINE)), contradictions_in(blank_record())]


def test_no_record_that_the_engine_made_contradicts_itself():
    sessions: dict[int, Session] = {}
    for event in islice(Centre(7, MONDAY_MORNING_MS, first_session_id=1).events(), 6000):
        sessions.setdefault(event.session, Session(event.session)).feed(event)
    records = [session.record for session in sessions.values() if session.record is not None]

    assert len(records) > 100
    assert [] == [(record, found) for record in records for found in contradictions_in(record)]


@settings(max_examples=60, deadline=None)
@given(session_rows())
def test_the_count_over_many_is_the_sum_of_each(rows):
    single = Counter(one.contradiction.id for row in rows for one in contradictions_in(row.record))

    assert {name: single[name] for name in CONTRADICTIONS} == count_contradictions(snapshot_of(rows), ALL)


def test_extremes_of_64_bits_are_compared_as_they_are():
    least, most = -(2**63), 2**63 - 1
    values = {"start_time": least, "end_time": most, "stick_duration": most, "in_queue_time": most}
    rows = [row_of(blank_record(id=1, **values, client_first_message_time=least, staff_first_reply_time=most))]

    counted = count_contradictions(snapshot_of(rows), ALL)

    assert {"queue_is_a_moment"} == {name for name, count in counted.items() if count}
