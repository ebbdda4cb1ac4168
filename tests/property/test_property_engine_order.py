"""What a session is follows from the set of its events alone, and each event changes only what its rules name.

No order of arrival within the tolerance, no copy and no refused event makes a difference.
"""

from operator import itemgetter

import msgspec
import pytest
from engine_strategies import ANY_ORDER, SESSION, events_at, play, streams
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.contract.record import FIELDS
from afterchat.engine import EVENTS, Policy, RatingWindowClosed, Session, Verdict
from afterchat.engine import session as engine_session
from afterchat.engine.rules.told import STORIES
from afterchat.engine.stories import events_of
from afterchat.engine.summary import RULES

short = settings(max_examples=80, deadline=None, derandomize=True)
few = settings(max_examples=50, deadline=None, derandomize=True)

UNNAMED = RatingWindowClosed
"""An event that no rule names."""
policies = st.sampled_from([Policy(), Policy(tolerance_seconds=0), Policy(tolerance_seconds=5, may_rate_again=False)])
strangers = st.builds(
    lambda event, number, session: msgspec.structs.replace(event, id=f"e{number}", session=session),
    st.integers(1_799_999_990_000, 1_800_000_900_000).flatmap(lambda at: events_at(at, "stranger")),
    st.integers(0, 40),
    st.sampled_from([SESSION, SESSION, SESSION + 1]),
)
"""Events of this session or another, with an id of their own or with one that may be in use."""


def known(session):
    """All that a session says of itself."""
    refused = {(one.event, one.refusal, one.state) for one in session.refused}
    return session.state, session.record, session.due, refused


def changed_fields(before, after):
    return {field.name for field in FIELDS if getattr(before, field.name) != getattr(after, field.name)}


def undeclared(before, after, kind):
    """The fields that changed although their rule does not name that event."""
    return {name for name in changed_fields(before, after) if kind not in RULES[name].events}


@short
@given(streams(), st.data())
def test_neither_order_of_arrival_nor_copies_change_what_is_known(stream, data):
    arriving = data.draw(st.permutations([*stream, *data.draw(st.lists(st.sampled_from(stream), max_size=5))]))
    assert known(play(stream).session) == known(play(arriving).session)


@short
@given(streams(), policies, st.data())
def test_what_comes_within_the_tolerance_finds_its_place(stream, policy, data):
    delays = st.sampled_from([0, policy.tolerance_ms]) | st.integers(0, policy.tolerance_ms)
    arrivals = [(event.at + data.draw(delays), event) for event in data.draw(st.permutations(stream))]
    due = sorted(arrivals, key=itemgetter(0))
    in_order, arriving = play(stream, policy), play([event for _, event in due], policy)
    assert (in_order.session.state, in_order.record) == (arriving.session.state, arriving.record)


@short
@given(streams(), policies, st.lists(strangers, max_size=8), st.data())
def test_a_refused_event_changes_nothing(stream, policy, others, data):
    session = Session(SESSION, policy)
    for event in data.draw(st.permutations([*stream, *others])):
        before = msgspec.structs.replace(session.facts), session.state, session.record, session.due
        outcome = session.feed(event)
        if outcome.verdict is not Verdict.TAKEN:
            assert before == (session.facts, session.state, session.record, session.due)
            assert outcome.record is None
            assert not outcome.is_withdrawn


@short
@given(streams())
def test_without_its_refused_events_a_session_is_the_same(stream):
    session = play(stream)
    alone = play([*session.taken] or [stream[0]])
    assert known(session.session)[:3] == known(alone.session)[:3]
    assert session.taken == alone.taken


@short
@given(streams(), st.data())
def test_what_was_told_last_is_what_is_known(stream, data):
    session, told = Session(SESSION, ANY_ORDER), None
    for event in data.draw(st.permutations(stream)):
        outcome = session.feed(event)
        if outcome.record is not None or outcome.is_withdrawn:
            assert told != outcome.record
            told = outcome.record
        assert told == session.record


@short
@given(streams(is_ended=True), st.data())
def test_a_late_fact_changes_only_fields_whose_rule_names_it(stream, data):
    session, at = play(stream).session, stream[-1].at
    for number in range(6):
        before, at = session.record, at + data.draw(st.sampled_from([1, 60_000, 700_000]))
        event = data.draw(events_at(at, f"late {number}"))
        outcome = session.feed(event)
        if before is not None and outcome.verdict is Verdict.TAKEN:
            assert undeclared(before, session.record, type(event)) == set()


def alike(one, other, event_id):
    """Whether both ended, and the events other than that one came to the same."""
    return (
        one.record is not None
        and other.record is not None
        and {event.id for event in one.taken} ^ {event.id for event in other.taken} <= {event_id}
    )


@short
@given(streams(is_ended=True), st.data())
def test_one_event_more_changes_only_fields_whose_rule_names_it(stream, data):
    before = play(stream)
    for number in range(6):
        at = data.draw(st.sampled_from(stream)).at + data.draw(st.sampled_from([0, 1, -1]))
        event = data.draw(events_at(at, f"more {number}"))
        after = play([*stream, event])
        if alike(before, after, event.id):
            assert undeclared(before.record, after.record, type(event)) == set()


@short
@given(streams(is_ended=True), st.data())
def test_another_event_of_its_kind_changes_only_fields_whose_rule_names_it(stream, data):
    before = play(stream)
    for event in before.taken:
        at = event.at + data.draw(st.sampled_from([0, 0, 1, -1, 3_000]))
        other = data.draw(events_at(at, event.id, st.just(type(event))))
        after = play([other if one is event else one for one in stream])
        if alike(before, after, event.id):
            assert undeclared(before.record, after.record, type(event)) == set()
            assert {one.id for one in before.taken} == {one.id for one in after.taken} or other not in after.taken


@pytest.mark.parametrize("kind", [kind for kind in EVENTS if kind is not UNNAMED], ids=lambda kind: kind.__name__)
def test_a_change_by_an_event_that_no_rule_names_would_be_noticed(kind):
    noticed = set()
    for before in map(play, map(events_of, STORIES)):
        for event in before.of(kind):
            others = [one for one in before.taken if one is not event]
            for moved in ([], [msgspec.structs.replace(event, at=event.at + 1)]):
                after = play([*others, *moved])
                if alike(before, after, event.id):
                    noticed |= undeclared(before.record, after.record, UNNAMED)

    assert bool(noticed) == any(kind in rule.events for rule in RULES.values())


@few
@given(streams(), policies | st.just(ANY_ORDER), st.data())
def test_no_session_keeps_more_events_than_its_limits_allow(stream, policy, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_session, "SETTLE_EVENTS_MIN", 2)
        patch.setattr(engine_session, "RECENT_EVENTS_MAX", 5)
        patch.setattr(engine_session, "REFUSED_EVENTS_MAX", 3)
        session = Session(SESSION, policy)
        for event in data.draw(st.permutations(stream)):
            session.feed(event)
            assert len(session._recent) <= 5 + 3
