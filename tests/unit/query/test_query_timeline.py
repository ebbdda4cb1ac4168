"""A session's moments stand in order of time, and nothing is invented."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.record import FIELDS, blank_record
from afterchat.query.timeline import moments_of, spans_of

NUMBERS = st.integers(INTEGER_MIN, INTEGER_MAX) | st.sampled_from([-1, 0, 1, 1_790_000_000_000])
ANY_RECORD = st.builds(
    blank_record,
    **{
        field.name: NUMBERS if field.type is int else (NUMBERS.map(str) | st.text(max_size=20))
        for field in FIELDS
        if field.name.endswith("_time")
    },
)


def test_a_whole_session_is_told_from_the_queue_to_the_late_rating():
    record = blank_record(
        in_queue_time=30_000,
        client_first_message_time=990_000,
        start_time=1_000_000,
        staff_first_reply_time=1_005_000,
        staff_invited_evaluate_time="1200000",
        end_time=1_300_000,
        user_join_evaluate_time="9000000",
    )

    assert [
        ("queued", 970_000),
        ("first_message", 990_000),
        ("started", 1_000_000),
        ("first_reply", 1_005_000),
        ("invited", 1_200_000),
        ("ended", 1_300_000),
        ("rated", 9_000_000),
    ] == [(moment.id, moment.at) for moment in moments_of(record)]
    assert [
        ("queue", 970_000, 1_000_000),
        ("first_answer", 990_000, 1_005_000),
        ("service", 1_000_000, 1_300_000),
    ] == [span[:3] for span in spans_of(record)]


def test_of_two_things_at_one_moment_the_one_that_must_come_first_is_told_first():
    record = blank_record(end_time=5, user_join_evaluate_time="5", start_time=5, client_first_message_time=5)
    assert ["first_message", "started", "ended", "rated"] == [moment.id for moment in moments_of(record)]


@given(ANY_RECORD)
def test_any_record_has_a_timeline_in_order_of_what_its_fields_hold(record):
    moments = moments_of(record)
    assert sorted(moment.at for moment in moments) == [moment.at for moment in moments]
    for moment in moments:
        held = int(getattr(record, moment.field))
        assert moment.at == (record.start_time - held if moment.id == "queued" else held)
    assert all(0 < span.since < span.until for span in spans_of(record))
