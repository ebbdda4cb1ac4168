"""Every event of the centre makes sense to the engine, and over a week everything that can happen does."""

from collections import Counter
from statistics import median

import pytest
from centre_week import DAY_MS, HOUR_MS, MONDAY_MS, by_session, events_until, told

from afterchat.engine import (
    EVENTS,
    FromHistory,
    FromRobot,
    FromTakeOver,
    FromTransfer,
    HandedToPerson,
    RatingWindowClosed,
    SessionOpened,
    SuccessorNamed,
    TakenOver,
    TransferredAway,
    Verdict,
    VisitorRated,
)
from afterchat.engine.timers import TIMERS
from afterchat.simulator.centre import Centre

# Written down from the reference notes, not taken from the engine.
CLOSE_REASONS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 16}
CHANNELS = {"web", "ios", "android", "wx", "wx_ma", "wb", "open"}
HAND_OVERS = {
    "主动转人工",
    "关键词转人工",
    "回复引导转人工",
    "拦截词转人工",
    "连续未知转人工",
    "差评转人工",
    "情绪识别转人工",
    "图片转人工",
}
RATINGS = {2: {1, 100}, 3: {1, 50, 100}, 5: {1, 25, 50, 75, 100}}
ONWARD = {HandedToPerson: FromRobot, TransferredAway: FromTransfer, TakenOver: FromTakeOver}


def refused_of(sessions):
    return [outcome.refused for one in sessions for outcome in one.outcomes if outcome.verdict is not Verdict.TAKEN]


@pytest.fixture(scope="module")
def rush():
    """Some hours with six times the visitors that the staff can serve."""
    centre = Centre(1, MONDAY_MS + 9 * HOUR_MS, sessions_per_day=12_000, staff_count=20, first_session_id=1)
    events = events_until(centre, MONDAY_MS + 16 * HOUR_MS)
    return [told(session, own) for session, own in by_session(events).items()]


def test_every_event_of_a_week_is_taken(week):
    assert [] == refused_of(week)


def test_every_event_of_a_rush_is_taken(rush):
    assert [] == refused_of(rush)


@pytest.mark.parametrize(
    ("seed", "sessions_per_day", "staff_count"),
    [
        pytest.param(2, 3_000, 1, id="one person"),
        pytest.param(3, 500, 60, id="hardly any visitors"),
        pytest.param(4, 1_000, 0, id="nobody at all"),
    ],
)
def test_every_event_is_taken_however_busy_the_centre_is(seed, sessions_per_day, staff_count):
    centre = Centre(
        seed, MONDAY_MS + 9 * HOUR_MS, sessions_per_day=sessions_per_day, staff_count=staff_count, first_session_id=1
    )
    sessions = by_session(events_until(centre, MONDAY_MS + DAY_MS))

    played = [told(session, events) for session, events in sessions.items()]

    assert [] == refused_of(played)
    assert all(one.record is not None for one in played)


def test_every_session_ends_within_five_hours(week):
    longest_ms = max(one.record.end_time - one.opened.at for one in week)

    assert longest_ms < 5 * HOUR_MS


def test_every_session_begins_with_its_opening_and_has_one(week):
    for one in week:
        assert [True] == [isinstance(event, SessionOpened) for event in one.events[:1]]
        assert 1 == sum(isinstance(event, SessionOpened) for event in one.events)


def test_every_close_reason_occurs(week):
    assert set(Counter(one.record.close_reason for one in week)) == CLOSE_REASONS


def test_every_kind_of_event_occurs_but_the_one_that_is_the_engines(week):
    assert {type(event) for one in week for event in one.events} == set(EVENTS) - {RatingWindowClosed}


def test_every_timer_of_the_engine_has_something_to_do(week, rush):
    assert {name for one in (*week, *rush) for name in one.timers} == {timer.name for timer in TIMERS}


def test_in_a_rush_more_give_up_and_replies_are_slower(week, rush):
    def gave_up(sessions):
        people = [one.record for one in sessions if one.record.interaction == 0]
        return sum(record.close_reason == 12 for record in people) / len(people)

    def median_cost(sessions):
        return median(one.record.first_reply_cost for one in sessions if one.record.staff_id)

    assert gave_up(rush) > 3 * gave_up(week)
    assert median_cost(rush) > 1.3 * median_cost(week)


def test_what_runs_into_a_time_limit_is_closed_by_the_platform_or_left_to_the_engine(week):
    names = {2: "visitor_silent", 8: "robot_idle", 10: "visitor_never_wrote"}
    for reason, name in names.items():
        ended = [one for one in week if one.record.close_reason == reason and one.record.s_type != "1"]
        by_engine = sum(name in one.timers for one in ended)
        assert 0.3 < by_engine / len(ended) < 0.7, name


def test_every_channel_occurs(week):
    assert {one.record.from_type for one in week} == CHANNELS


def test_every_kind_of_hand_over_occurs_on_both_sides(week):
    for interaction in (0, 1):
        assert {one.record.transfer_rg_type for one in week if one.record.interaction == interaction} == {
            "",
            *HAND_OVERS,
        }


def test_every_rating_of_every_model_occurs(week):
    found = {model: set() for model in RATINGS}
    for one in week:
        for event in one.events:
            if isinstance(event, VisitorRated):
                found[one.opened.evaluation_type].add(event.evaluation)
    assert RATINGS == found


def test_every_kind_of_link_occurs(week):
    assert {one.record.related_type for one in week} == {0, 1, 2, 3, 4, 5}


def test_journeys_link_both_ways(week):
    came_from = {one.session.id: one.opened.came_from for one in week}
    led_to = {}
    for one in week:
        for event in one.events:
            if isinstance(event, SuccessorNamed | HandedToPerson | TransferredAway | TakenOver) and event.to_session:
                assert one.session.id not in led_to
                led_to[one.session.id] = event.to_session
                origin = came_from.get(event.to_session)
                assert origin is None or origin.session == one.session.id

    for session, origin in came_from.items():
        if origin is not None and not isinstance(origin, FromHistory):
            assert led_to[origin.session] == session
    assert len(led_to) - sum(came_from.get(session) is not None for session in led_to.values()) <= 3  # at the very end


def test_the_kind_of_link_agrees_on_both_sides(week):
    sessions = {one.session.id: one for one in week}
    checked = Counter()
    for one in week:
        origin = one.opened.came_from
        if isinstance(origin, FromRobot | FromTransfer | FromTakeOver):
            closing = sessions[origin.session].session.facts.closed
            assert type(origin) is ONWARD[type(closing)]
            assert getattr(closing, "is_silent", None) == getattr(origin, "is_silent", None)
            assert getattr(closing, "transfer_rg_type", None) == getattr(origin, "transfer_rg_type", None)
            checked[type(origin)] += 1
    assert min(checked.values()) > 20


def test_some_successors_are_named_later_and_some_before(week):
    places = Counter()
    for one in week:
        kinds = [type(event) for event in one.events]
        if SuccessorNamed in kinds:
            ending = next(kind for kind in kinds if kind in ONWARD)
            places[kinds.index(SuccessorNamed) > kinds.index(ending)] += 1
    assert min(places[True], places[False]) > 20


def test_left_messages_of_the_night_are_treated_in_the_day(week):
    treated = [one.record for one in week if one.record.treated_time]
    hours = {(record.treated_time + 8 * HOUR_MS) % DAY_MS // HOUR_MS for record in treated}
    assert len(treated) > 100
    assert hours <= set(range(9, 22))
    assert any(record.treated_time - record.end_time > 6 * HOUR_MS for record in treated)


def test_some_facts_come_after_the_end_and_change_the_record(week):
    revised = [one for one in week if sum(outcome.record is not None for outcome in one.outcomes) > 1]
    late = [one for one in week if int(one.record.user_join_evaluate_time) > one.record.end_time]
    changed = [one for one in week if sum(isinstance(event, VisitorRated) for event in one.events) > 1]
    assert len(revised) > 1000
    assert len(late) > 300
    assert len(changed) > 30
