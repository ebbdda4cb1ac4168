"""The pure step: what one row is, and that no row depends on another."""

from __future__ import annotations

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import FIELDS, blank_record
from afterchat.projector import projection
from afterchat.projector.projection import project
from afterchat.store.ports import Applied, DriftNote, InboxRow, Repeat, Unreadable

NOW = 1_769_826_600_000


def row(
    body: bytes, *, inbox_id: int = 1, event_type: str = SESSION_END_DATA, signed_at: int = 1_769_826_600
) -> InboxRow:
    digest = hashlib.sha256(body).digest()
    return InboxRow(inbox_id, "default", event_type, signed_at, NOW + inbox_id, "key", "checksum", digest, body, 0)


def session_body(session_id: int = 7, **values) -> bytes:
    known = {"close_reason": 7, "interaction": 0, "s_type": "0", "status": 1, "is_valid": 1, "is_evaluation_invited": 0}
    return encode(blank_record(id=session_id, **{**known, **values}))


def projected(*rows: InboxRow, repeats: tuple[Repeat, ...] = (), repeated_rows: tuple[InboxRow, ...] = ()) -> Applied:
    return project(rows, repeats, repeated_rows, inbox_cursor=0, repeat_cursor=0, now_ms=NOW)


def test_a_session_record_is_projected_with_where_it_came_from():
    arrived = row(session_body(7, end_time=5_000), inbox_id=3)
    applied = projected(arrived)
    (session,) = applied.sessions
    assert (session.inbox_id, session.tenant, session.session_id, session.record.id) == (3, "default", 7, 7)
    assert (session.signed_at, session.arrived_at, session.sha256) == (
        arrived.signed_at,
        arrived.arrived_at,
        arrived.sha256,
    )
    assert (session.latest_moment, session.problems) == (5_000, ())
    assert (applied.inbox_cursor, applied.repeat_cursor, applied.applied_at) == (3, 0, NOW)


def test_an_absent_event_type_is_told_by_the_shape():
    start = json.dumps({"sessionId": 1, "evaluationModel": {}, "staffId": 2}).encode()
    applied = projected(row(session_body(), event_type=""), row(start, inbox_id=2, event_type=""))
    assert ([session.session_id for session in applied.sessions], applied.other_event_count) == ([7], 1)


def test_an_unknown_shape_without_event_type_is_unreadable_and_says_why():
    applied = projected(row(b'{"id":5}', event_type=""), row(b"\xff", inbox_id=2, event_type=""))
    assert [unreadable.inbox_id for unreadable in applied.unreadable] == [1, 2]
    assert applied.unreadable[0].reason == "the query names no eventType and the body has the shape of no known event"
    assert "UTF-8" in applied.unreadable[1].reason


def test_any_other_label_is_another_event_whatever_its_body():
    applied = projected(row(session_body(), event_type="MSG"), row(b"\xff", inbox_id=2, event_type="SOMETHING_NEW"))
    assert (applied.sessions, applied.unreadable, applied.other_event_count) == ([], [], 2)


def test_a_labelled_body_that_is_no_record_is_unreadable():
    applied = projected(row(b"[]"))
    assert [type(unreadable) for unreadable in applied.unreadable] == [Unreadable]


def test_problems_and_drift_are_carried_over():
    body = json.dumps({"id": 9, "sType": "0", "closeReason": "many", "ender": 77}).encode()
    applied = projected(row(body))
    assert [problem.partition(":")[0] for problem in applied.sessions[0].problems] == ["closeReason"]
    assert DriftNote("default", "value", "ender", "77", NOW + 1) in applied.drift


def test_a_repeat_raises_the_signed_time_of_a_row_in_the_same_batch():
    repeats = (Repeat(1, 1, 1_769_826_700), Repeat(2, 1, 1_769_826_650))
    applied = projected(row(session_body()), repeats=repeats)
    assert [session.signed_at for session in applied.sessions] == [1_769_826_700]
    assert (applied.repeats, applied.repeat_cursor) == (repeats, 2)


def test_a_repeat_of_an_older_row_hands_its_record_in_again_and_moves_no_inbox_cursor():
    older = row(json.dumps({"id": 7, "sType": "0", "ender": 77}).encode(), inbox_id=4)
    applied = project((), (Repeat(8, 4, older.signed_at + 60),), (older,), inbox_cursor=10, repeat_cursor=7, now_ms=NOW)
    assert [(session.inbox_id, session.signed_at) for session in applied.sessions] == [(4, older.signed_at + 60)]
    assert (applied.inbox_cursor, applied.repeat_cursor, applied.drift, applied.other_event_count) == (10, 8, [], 0)


def test_the_cursors_stand_behind_the_last_row_and_the_last_repeat():
    rows = [row(session_body(number), inbox_id=number) for number in (5, 6, 9)]
    repeats = [Repeat(number, 5, rows[0].signed_at) for number in (2, 3, 7)]
    applied = project(rows, repeats, (), inbox_cursor=4, repeat_cursor=1, now_ms=NOW)
    assert (applied.inbox_cursor, applied.repeat_cursor) == (9, 7)


def test_a_repeat_with_the_very_time_of_its_push_hands_nothing_in_again():
    older = row(session_body(), inbox_id=4)
    applied = project((), (Repeat(8, 4, older.signed_at),), (older,), inbox_cursor=10, repeat_cursor=7, now_ms=NOW)
    assert applied.sessions == []


def test_the_greatest_of_several_times_is_taken_in_any_order():
    first = row(session_body())
    for offsets in ([9, 5, 1], [1, 9, 5], [-3, 9], [9, -3]):
        repeats = tuple(Repeat(number, 1, first.signed_at + offset) for number, offset in enumerate(offsets, 1))
        assert [session.signed_at for session in projected(first, repeats=repeats).sessions] == [first.signed_at + 9]


def test_a_fault_names_the_push_and_its_tenant(monkeypatch):
    def faulty(body: bytes):
        raise ZeroDivisionError

    monkeypatch.setattr(projection, "decode", faulty)
    assert projected(row(b"x", inbox_id=3)).unreadable == [
        Unreadable(3, "default", NOW + 3, "fault of this program: ZeroDivisionError")
    ]


def test_an_older_signature_of_the_same_bytes_changes_nothing():
    older = row(session_body(), inbox_id=4)
    applied = project((), (Repeat(8, 4, older.signed_at - 1),), (older,), inbox_cursor=10, repeat_cursor=7, now_ms=NOW)
    assert (applied.sessions, applied.repeat_cursor) == ([], 8)


def test_a_repeat_of_another_event_adds_nothing():
    other = row(b"{}", inbox_id=4, event_type="MSG")
    applied = project((), (Repeat(8, 4, other.signed_at + 1),), (other,), inbox_cursor=10, repeat_cursor=7, now_ms=NOW)
    assert (applied.sessions, applied.unreadable, applied.other_event_count) == ([], [], 0)


def test_a_fault_in_reading_one_body_is_that_body_s_alone(monkeypatch):
    good = projection.decode

    def faulty(body: bytes):
        if body == b"trap":
            raise ZeroDivisionError
        return good(body)

    monkeypatch.setattr(projection, "decode", faulty)
    applied = projected(row(b"trap"), row(session_body(), inbox_id=2))
    assert [unreadable.reason for unreadable in applied.unreadable] == ["fault of this program: ZeroDivisionError"]
    assert [session.inbox_id for session in applied.sessions] == [2]


NESTED = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists, max_leaves=5)
BODIES = st.binary(max_size=200) | st.dictionaries(
    st.sampled_from([field.wire for field in FIELDS] + ["sessionId", "msgId"]), NESTED, max_size=8
).map(lambda values: json.dumps(values).encode())


@given(st.lists(st.tuples(BODIES, st.sampled_from(["", SESSION_END_DATA, "MSG", "é"])), max_size=6))
def test_any_bytes_become_exactly_one_outcome_and_no_row_disturbs_another(arrivals):
    rows = [row(body, inbox_id=number, event_type=label) for number, (body, label) in enumerate(arrivals, start=1)]
    together = projected(*rows)
    assert len(together.sessions) + len(together.unreadable) + together.other_event_count == len(rows)
    alone = [projected(one) for one in rows]
    assert together.sessions == [session for applied in alone for session in applied.sessions]
    assert together.unreadable == [unreadable for applied in alone for unreadable in applied.unreadable]
    assert together.drift == [note for applied in alone for note in applied.drift]
