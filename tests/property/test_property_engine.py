"""What holds for every event, every record, every timer and every journey of the engine."""

import json
from itertools import pairwise

from engine_strategies import VALUES, any_events, any_kinds, events_at, journeys, play, played, streams
from hypothesis import example, given, settings
from hypothesis import strategies as st
from strategies import json_values

from afterchat.contract.codec import decode, encode
from afterchat.contract.field import wire_name
from afterchat.engine import (
    Event,
    MessageOffered,
    Policy,
    QueueEntered,
    StaffAssigned,
    StaffBack,
    StaffWrote,
    State,
    Unreadable,
    Verdict,
    VisitorWrote,
    read_event,
    write_event,
)
from afterchat.engine.stories import BEGIN
from afterchat.engine.wire import event_of
from afterchat.errors import EventError

short = settings(max_examples=120, deadline=None, derandomize=True)

DEFAULT = Policy()
ENDED = {State.ENDED, State.SEALED}
STEPS_MAX = 2
"""A timer ends the session, another the time for rating it."""
INTERRUPTIONS = st.sampled_from([VisitorWrote, StaffWrote, StaffBack, StaffAssigned, QueueEntered, MessageOffered])

_names = st.sampled_from([wire_name(name) for name in (*VALUES, "at", "came_from")]) | st.text(max_size=4)
_surrogates = st.text(st.characters(categories=("Cs", "Lu")), max_size=3)
_anything = json_values | _surrogates | st.integers(10**18, 10**30) | st.just({"type": "FromHistory", "session": 0})
near_events = st.builds(
    lambda kind, said, rest: {"type": kind.__name__, "id": "e", "session": 1, "at": BEGIN} | said | rest,
    any_kinds,
    st.dictionaries(_names | _surrogates, _anything, max_size=3),
    st.just({}) | st.fixed_dictionaries({"type": _anything}),
)
"""What is nearly the JSON of an event."""


def assert_is_event_or_says_why(found):
    if isinstance(found, Unreadable):
        assert found.en
        assert found.zh
    else:
        assert isinstance(found, Event)
        assert read_event(write_event(found)) == found


# --- events ---


@settings(short, max_examples=300)
@given(any_events)
def test_every_event_comes_back_from_json_as_it_was(event):
    body = write_event(event)
    assert read_event(body) == event == event_of(json.loads(body))
    assert type(read_event(body)) is type(event)
    assert b"\n" not in body


@settings(short, max_examples=300)
@given(near_events)
def test_whatever_resembles_an_event_is_one_or_says_why_not(values):
    assert_is_event_or_says_why(event_of(values))
    assert_is_event_or_says_why(read_event(json.dumps(values).encode()))


@short
@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
@example(b"[" * 100_000)
@example(b'{"type":' * 50_000)
@example(b"\xef\xbb\xbf{}")
def test_any_bytes_are_an_event_or_say_why_not(body):
    assert_is_event_or_says_why(read_event(body))


@settings(short, max_examples=300)
@given(any_events, st.sampled_from(sorted(VALUES)), _anything | st.binary(max_size=2) | st.just(10**5_000))
def test_an_impossible_value_raises_an_error_that_names_the_attribute(event, name, value):
    values = {field: getattr(event, field) for field in event.__struct_fields__}
    fault = ""
    try:
        made = type(event)(**values | ({name: value} if name in values else {}))
    except EventError as error:
        fault, said = f"{error.event}.{error.field}", (error.en, error.zh)
    if fault:
        assert f"{type(event).__name__}.{wire_name(name)}" == fault
        assert all(said)
    else:
        assert made == read_event(write_event(made))


# --- records ---


@short
@given(played)
def test_every_record_is_written_and_read_without_a_problem(session):
    decoded = decode(encode(session.record))
    assert session.record == decoded.record
    assert () == decoded.problems
    assert {(note.kind, note.field) for note in decoded.drift} <= {("value", "fromType")}


# --- timers ---


@short
@given(streams(), st.sampled_from([DEFAULT, Policy(tolerance_seconds=0), Policy(tolerance_seconds=86_400)]))
def test_what_is_due_ends_every_session_that_was_opened(stream, policy):
    session = play(stream, policy).session
    newest = max((event.at for event in play(stream, policy).taken), default=0)
    dues = []
    while (due := session.due) is not None and len(dues) <= STEPS_MAX:
        assert due.at == due.event.at >= newest - policy.tolerance_ms
        assert Verdict.TAKEN == session.feed(due.event).verdict
        assert Verdict.DUPLICATE == session.feed(due.event).verdict
        dues.append(due.at)
    assert len(dues) <= STEPS_MAX
    assert dues == sorted(dues)
    assert (session.state is State.NEW) != (session.state in ENDED)
    assert (session.state is State.NEW) <= (not dues)


@short
@given(streams())
def test_nothing_is_due_where_every_timer_is_off(stream):
    off = dict.fromkeys((name for name in Policy.__struct_fields__ if name.endswith("_seconds")), 0)
    session = play(stream, Policy(**off | {"tolerance_seconds": 86_400})).session
    assert (session.due is not None) <= (session.state is State.ENDED)


@short
@given(streams(), st.data())
def test_what_a_timer_ended_stands_only_where_that_timer_was_over(stream, data):
    told = list(stream)
    for number in range(3):
        due = play(told).session.due
        told += [due.event] if due is not None else []
        at = data.draw(st.sampled_from(told)).at + data.draw(st.sampled_from([0, 1, 50_000]))
        told.append(data.draw(events_at(at, f"late {number}", INTERRUPTIONS)))
    taken = play(told).taken
    for index, event in enumerate(taken):
        if getattr(event, "timer", ""):
            due = play(taken[:index]).session.due
            assert due is not None
            assert due.at <= event.at


# --- journeys ---


@short
@given(journeys())
def test_every_session_of_a_journey_leads_to_every_other(journey):
    records = {record.id: record for record in (play(events).record for events in journey)}
    links = {(record.id, record.related_id) for record in records.values() if record.related_id}
    links |= {(one.id, one.human_transfer_session_id) for one in records.values() if one.human_transfer_session_id}
    assert {number for link in links for number in link} == records.keys()
    reached, new = set(), {journey[0][0].session}
    while new:
        reached |= new
        new = {there for link in links for here, there in (link, link[::-1]) if here in reached} - reached
    assert reached == records.keys()


@short
@given(journeys())
def test_two_sessions_in_a_row_agree_on_how_the_visitor_went_from_one_to_the_other(journey):
    records = [play(events).record for events in journey]
    for one, following in pairwise(records):
        assert following.related_id == one.id
        assert following.related_type == {3: 1, 5: 4, 9: 4, 6: 5}[one.close_reason]
        assert following.transfer_type == {5: "人工转接", 9: "静默转接"}.get(one.close_reason, "")
        assert following.human_transfer_session_id == (one.id if one.close_reason in {5, 9} else 0)
        if one.close_reason == 3:
            assert one.transfer_rg_type == following.transfer_rg_type != ""
    first, second = records[:2]
    onward = {3: 2, 5: 4, 9: 4, 6: 5}[first.close_reason]
    assert (first.related_id, first.related_type) in {(second.id, onward), (0, 0)}
    is_known = any(getattr(event, "to_session", 0) for event in journey[0])
    assert is_known == (first.related_id != 0)
