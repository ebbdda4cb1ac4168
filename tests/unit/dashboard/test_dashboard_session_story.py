"""What happened in a session, drawn and told: to scale, in the reader's zone, from whatever the record holds."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session_house import NOW, visit_of

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.record import blank_record
from afterchat.dashboard.pages.session_story import (
    is_late_rating,
    journey_facts,
    journey_table,
    points_of,
    rating_tone,
    staff_names,
    strip_of,
)
from afterchat.figures.journeys import SnapshotLookup, journey_of
from afterchat.query.timeline import timeline_view
from afterchat.store.ports import SessionRow
from columns_at_hand import snapshot_of

MOMENTS = st.integers(INTEGER_MIN, INTEGER_MAX) | st.integers(NOW - 10**7, NOW + 10**7)
QUEUED = blank_record(
    id=1,
    in_queue_time=60_000,
    start_time=NOW,
    client_first_message_time=NOW,
    staff_first_reply_time=NOW + 15_000,
    end_time=NOW + 540_000,
    close_reason=7,
    ender=1,
    evaluation_type=5,
    evaluation=100,
    user_join_evaluate_time=str(NOW + 600_000),
    staff_name="小王",
)


def story_of(record, language="en"):
    visit, (moments, spans) = visit_of(language=language), timeline_view(record)
    return points_of(visit, record, moments), strip_of(visit, record, spans)


def test_moments_stand_in_order_with_their_gaps_and_the_day_once():
    points, _ = story_of(QUEUED)
    assert [
        ("10:29:00", "began to queue", "", "2026-01-31"),
        ("10:30:00", "visitor's first message", "1 min", ""),
        ("10:30:00", "service began", "", "小王"),
        ("10:30:15", "first reply", "15 s", ""),
        ("10:39:00", "session ended", "8 min 45 s", "closed by the visitor · ended by visitor"),
        ("10:40:00", "visitor rated", "1 min", "very satisfied"),
    ] == [(one.clock, one.name, one.gap, one.note) for one in points]
    assert ["", "", "", "", "", "good"] == [one.tone for one in points]


def test_spans_are_drawn_to_scale_up_to_the_rating():
    _, strip = story_of(QUEUED)
    stages = [(lane.name, lane.stages[0].text, lane.stages[0].start, lane.stages[0].end) for lane in strip.lanes]
    assert [
        ("queue", "1 min", 0, pytest.approx(1 / 11)),
        ("wait for the first reply", "15 s", pytest.approx(1 / 11), pytest.approx(1.25 / 11)),
        ("session", "9 min", pytest.approx(1 / 11), pytest.approx(10 / 11)),
        ("until the rating", "1 min", pytest.approx(10 / 11), 1),
    ] == stages
    assert ("10:29:00", "10:40:00") == (strip.begin, strip.end)


def test_a_rating_days_later_does_not_squeeze_the_strip_and_stands_in_the_timeline_with_its_day():
    late = blank_record(start_time=NOW, end_time=NOW + 60_000, user_join_evaluate_time=str(NOW + 2 * 86_400_000))
    points, strip = story_of(late)
    assert ["session"] == [lane.name for lane in strip.lanes]
    assert ("2026-02-02", "1 d 23 h") == (points[-1].note, points[-1].gap)
    assert (True, False) == (is_late_rating(late), is_late_rating(blank_record(end_time=NOW)))


@given(MOMENTS, MOMENTS, MOMENTS, MOMENTS, MOMENTS)
def test_no_moments_break_the_story_and_every_stage_lies_within_the_strip(queue, start, end, reply, rated):
    record = blank_record(
        in_queue_time=queue,
        start_time=start,
        end_time=end,
        staff_first_reply_time=reply,
        user_join_evaluate_time=str(rated),
        client_first_message_time=start,
    )
    for language in ("zh", "en"):
        _, strip = story_of(record, language)
        stages = [lane.stages[0] for lane in strip.lanes] if strip else []
        assert [True] * len(stages) == [0 <= stage.start <= stage.end <= 1 for stage in stages]


@pytest.mark.parametrize(
    ("model", "rating", "tone"),
    [(5, 100, "good"), (5, 75, "good"), (3, 50, ""), (2, 1, "bad"), (5, 25, "bad"), (5, 0, ""), (4, 100, "")],
)
def test_a_rating_has_the_colour_of_its_side_of_the_middle(model, rating, tone):
    assert tone == rating_tone(model, rating)


def test_a_journey_is_a_list_of_linked_sessions_with_its_figures():
    robot = blank_record(
        id=1, interaction=1, start_time=NOW, end_time=NOW + 1000, related_id=2, related_type=2, staff_name="机器人"
    )
    person = blank_record(
        id=2, interaction=0, s_type="0", start_time=NOW + 2000, end_time=NOW + 9000, staff_id=5, staff_name="小王",
        client_first_message_time=NOW + 2000, staff_first_reply_time=NOW + 5000, close_reason=7, ender=1,
        evaluation_type=2, evaluation=1, related_id=1, related_type=1, human_transfer_session_id=77,
    )  # fmt: skip
    rows = [SessionRow("acme", number, 1, 1, 1, (), record) for number, record in enumerate((robot, person), 1)]
    snapshot = snapshot_of([*rows, SessionRow("globex", 3, 1, 1, 1, (), blank_record(id=2, staff_name="another"))])
    journey = asyncio.run(journey_of("acme", 2, SnapshotLookup(snapshot)))
    visit = visit_of()
    names = staff_names(snapshot, "acme", journey)
    assert {1: "机器人", 2: "小王"} == names
    table = journey_table(visit, journey, 2, names, lambda number: f"/sessions/{number}")
    assert [("1", "/sessions/1"), ("2", "")] == [(row.cells[0].text, row.cells[0].href) for row in table.rows]
    assert ["robot", "person"] == [row.cells[1] for row in table.rows]
    facts = {fact.label: fact.cell for fact in journey_facts(visit, journey.figures)}
    assert ("5 s", "1", "yes") == (facts["Wait for a person"], facts["Staff who served"], facts["Reached a person"])
    assert [("dissatisfied", "bad")] == list(facts["Rating"].badges)
