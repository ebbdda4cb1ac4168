"""Every rule with its worked examples, and the record that they make together."""

from __future__ import annotations

import re
from copy import copy

import msgspec
import pytest
from engine_cast import ENDED, SERVED, WAYS, after, event, moment

from afterchat.contract.record import FIELDS
from afterchat.engine.events import (
    EVENTS,
    HandedToPerson,
    QueueEntered,
    RatingInvited,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    TakenOver,
    TransferredAway,
    VisitorRated,
)
from afterchat.engine.facts import Facts
from afterchat.engine.origins import FromHistory, FromRobot, FromTakeOver, FromTransfer
from afterchat.engine.policy import DEFAULT_POLICY
from afterchat.engine.rules.rule import Rule
from afterchat.engine.rules.service import CLOSINGS
from afterchat.engine.rules.told import ANSWERED, STORIES
from afterchat.engine.session import Session
from afterchat.engine.states import State
from afterchat.engine.step import advance
from afterchat.engine.stories import events_of
from afterchat.engine.summary import RULES, summarise
from afterchat.engine.verdict import Verdict

EXAMPLES = [
    pytest.param(rule, example, id=f"{name}-{example.story.name}")
    for name, rule in RULES.items()
    for example in rule.examples
]
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def record_after(*events):
    return summarise(after(events))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_worked_example_is_what_the_engine_says(rule, example):
    session = Session(example.story.session)
    verdicts = {session.feed(one).verdict for one in events_of(example.story)}

    found = getattr(session.record, rule.field)

    assert {Verdict.TAKEN} == verdicts
    assert (example.value, type(example.value)) == (found, type(found))


def test_every_field_has_its_rule_in_the_order_of_the_vendors_page():
    assert [(field.name, field.name) for field in FIELDS] == [(name, rule.field) for name, rule in RULES.items()]


def test_the_rules_cannot_be_changed():
    with pytest.raises(TypeError):
        RULES["id"] = RULES["status"]


@each_rule
def test_a_rule_is_told_in_both_languages(rule):
    assert re.fullmatch(r"[A-Za-z0-9静].*\.", rule.en)
    assert re.fullmatch(".*[一-鿿].*。", rule.zh)
    assert bool(rule.because_en) == bool(rule.because_zh)
    assert re.fullmatch(r"|[A-Z0-9].*\.", rule.because_en)
    assert re.fullmatch("|.*[一-鿿].*。", rule.because_zh)


@each_rule
def test_a_rule_has_examples_that_tell_values_apart(rule):
    values = {str(example.value) for example in rule.examples}

    assert rule.examples
    assert len(rule.examples) == len({example.story.name for example in rule.examples})
    assert len(rule.examples) == 1 or len(values) > 1


@each_rule
def test_only_the_events_that_a_rule_names_change_its_field(rule):
    """Every prefix of every story, told as if it had ended as the story did."""
    for story in STORIES:
        events = events_of(story)
        closed = next(one for one in events if isinstance(one, CLOSINGS))
        facts = Facts()
        before = None
        for one in events:
            assert None is advance(facts, one, DEFAULT_POLICY)
            seen = copy(facts)
            seen.closed = seen.closed or closed
            value = rule.compute(seen)
            assert before in {None, value} or isinstance(one, rule.events), (story.name, one)
            before = value


@each_rule
def test_the_events_of_a_rule_are_events(rule):
    assert rule.events
    assert set() == set(rule.events) - set(EVENTS)
    assert isinstance(rule, Rule)


def test_a_session_in_which_nothing_happened_is_the_none_values_of_its_fields():
    record = record_after(event(0, SessionOpened), event(20, SessionClosed))
    told = {field.name: field.none for field in FIELDS} | {
        "id": 1,
        "interaction": 0,
        "is_valid": 0,
        "is_staff_invited": "0",
        "s_type": "0",
        "close_reason": 0,
        "ender": 2,
        "beginer": 1,
        "start_time": moment(0),
        "end_time": moment(20),
    }

    assert told == msgspec.structs.asdict(record)


def test_a_story_with_everything_in_it_leaves_only_the_links_and_the_message_blank():
    session = Session(ANSWERED.session)
    for one in events_of(ANSWERED):
        session.feed(one)
    blank = {field.name for field in FIELDS if getattr(session.record, field.name) == field.none}

    assert {
        "related_id", "related_type", "transfer_rg_type", "human_transfer_session_id",
        "transfer_from_staff_name", "transfer_from_group", "transfer_remarks", "transfer_type",
        "from_human_transfer", "treated_time",
    } == blank  # fmt: skip


@pytest.mark.parametrize(
    ("previous", "opened", "expected"), [(0, 0, 0), (-60, 0, 60_000), (0.001, 0, 0), (-0.001, 0, 1)]
)
def test_the_range_between_visits_is_never_negative(previous, opened, expected):
    previous_at = moment(previous) if previous else 0
    first = event(opened, SessionOpened, previous_visit_at=previous_at)

    assert expected == record_after(first, event(20, SessionClosed)).visit_range


@pytest.mark.parametrize(
    ("came_from", "ending", "link"),
    [
        pytest.param(None, event(20, SessionClosed), (0, 0), id="nothing"),
        pytest.param(None, event(20, TransferredAway), (0, 0), id="nobody knows where"),
        pytest.param(None, event(20, TransferredAway, to_session=7), (7, 4), id="transferred"),
        pytest.param(None, event(20, TakenOver, to_session=7), (7, 5), id="taken over"),
        pytest.param(FromRobot(session=9, transfer_rg_type="差评转人工"), event(20, TransferredAway, to_session=7),
                     (9, 1), id="from the robot"),
        pytest.param(FromHistory(session=9), event(20, TakenOver, to_session=7), (9, 3), id="from history"),
        pytest.param(FromTransfer(session=9), event(20, SessionClosed), (9, 4), id="from a transfer"),
        pytest.param(FromTakeOver(session=9), event(20, SessionClosed), (9, 5), id="from a take-over"),
    ],
)  # fmt: skip
def test_the_link_is_where_it_came_from_else_where_it_went(came_from, ending, link):
    record = record_after(event(0, SessionOpened, came_from=came_from), SERVED[1], ending)

    assert link == (record.related_id, record.related_type)


def test_a_successor_that_was_named_counts_only_if_the_session_goes_on():
    named = after(SERVED)
    named.successor = 7
    for ending, link in ((event(20, SessionClosed), (0, 0)), (event(20, TakenOver), (7, 5))):
        facts = copy(named)
        assert None is advance(facts, ending, DEFAULT_POLICY)

        assert link == (summarise(facts).related_id, summarise(facts).related_type)


def test_a_robot_that_hands_over_names_the_session_that_follows():
    record = record_after(*WAYS[State.ROBOT], event(20, HandedToPerson, to_session=7))

    assert (7, 2, "关键词转人工") == (record.related_id, record.related_type, record.transfer_rg_type)


@pytest.mark.parametrize(
    ("reason", "ender"),
    [(0, 2), (1, 1), (2, 3), (4, 3), (7, 1), (8, 3), (10, 3), (11, 3), (12, 1), (13, 3), (16, 3)],
)
def test_who_ended_it_follows_from_the_reason(reason, ender):
    record = record_after(*SERVED, event(20, SessionClosed, close_reason=reason))

    assert (reason, ender) == (record.close_reason, record.ender)


def test_the_rule_of_the_ender_tells_the_table_in_both_languages():
    assert (
        "Follows from closeReason: 1 for 1, 3, 7, 12; 2 for 0, 5, 6; 3 for 2, 4, 8, 9, 10, 11, 13, 16.",
        "由 closeReason 得出：1 对应 1、3、7、12；2 对应 0、5、6；3 对应 2、4、8、9、10、11、13、16。",
    ) == (RULES["ender"].en, RULES["ender"].zh)


@pytest.mark.parametrize(
    ("ending", "reason", "ender"),
    [
        (event(20, TransferredAway), 5, 2),
        (event(20, TransferredAway, is_silent=True), 9, 3),
        (event(20, TakenOver), 6, 2),
    ],
    ids=["transferred", "transferred silently", "taken over"],
)
def test_who_ended_it_follows_from_the_event_as_well(ending, reason, ender):
    record = record_after(*SERVED, ending)

    assert (reason, ender) == (record.close_reason, record.ender)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param((event(20, SessionClosed, close_reason=11),), "3", id="its reason says queue"),
        pytest.param((event(20, SessionClosed, close_reason=12),), "3", id="gave up"),
        pytest.param((event(20, SessionClosed, close_reason=13),), "3", id="all staff lost"),
        pytest.param((event(20, SessionClosed, close_reason=1),), "0", id="left before the queue"),
        pytest.param((event(5, QueueEntered), event(20, SessionClosed, close_reason=1)), "3", id="left in the queue"),
        pytest.param((event(5, QueueEntered), SERVED[1], event(20, SessionClosed)), "0", id="served after a queue"),
        pytest.param((SERVED[1], event(20, SessionClosed, close_reason=11)), "0", id="served, whatever the reason"),
    ],
)
def test_the_type_of_a_session_says_whether_it_was_lost_in_the_queue(events, expected):
    assert expected == record_after(event(0, SessionOpened), *events).s_type


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param((event(15, VisitorRated),), 1, id="unasked"),
        pytest.param((event(15, RatingInvited), event(15, VisitorRated)), 0, id="asked in the same millisecond"),
        pytest.param((event(15, VisitorRated), event(15.001, RatingInvited)), 1, id="asked afterwards"),
        pytest.param((event(15, RatingInvited, by="system"),), 0, id="asked in vain"),
        pytest.param((), -1, id="neither"),
    ],
)
def test_who_was_asked_before_the_rating_was_asked(events, expected):
    assert expected == record_after(*SERVED, *events, event(20, SessionClosed)).is_evaluation_invited


def test_the_mean_of_the_rounds_is_rounded_down():
    facts = after(ENDED)
    facts.rounds, facts.response_ms = 3, 11

    assert 3 == summarise(facts).avg_resp_duration


def test_the_record_of_a_left_message_that_staff_took_up_has_not_been_dealt_with():
    facts = after((event(0, SessionOpened, kind="message"), event(10, StaffAssigned), event(20, SessionClosed)))
    facts.treated_at = moment(5)

    assert (0, "0") == (summarise(facts).treated_time, summarise(facts).s_type)
