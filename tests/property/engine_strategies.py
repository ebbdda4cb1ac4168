"""Hypothesis strategies for the events of a session, and what a session made of them.

    any_events        one event of any kind with any attributes that it may have
    streams           events of one session: a walk along the transition table, with whatever else thrown in
    journeys          robot -> person -> transfers: the events of each session, every one naming the one before it

Rules
- Kinds, cues and attributes come from the engine's own classes: a new event or attribute without a value in VALUES
  fails here, and nowhere else need anything be changed.
- A stream is told in the order of its own time, lies within three hours, and no id stands in it twice.
- A walk looks where the session is and mostly takes what may happen there; so deep states are no rarer than others.

What does not belong here: what the record should be (`test_property_engine_fields`).
"""

from typing import NamedTuple

import msgspec
from hypothesis import strategies as st
from strategies import custom_fields, texts

from afterchat.contract.field import INTEGER_MAX
from afterchat.contract.record import SessionRecord
from afterchat.contract.vocabulary import CODED_SETS, ENDER_OF_CLOSE_REASON
from afterchat.engine import (
    EVENTS,
    FromHistory,
    FromRobot,
    FromTakeOver,
    FromTransfer,
    HandedToPerson,
    Policy,
    RatingInvited,
    Session,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffWrote,
    State,
    SuccessorNamed,
    TakenOver,
    TransferredAway,
    write_event,
)
from afterchat.engine.checks import MOMENT_MAX, MOMENT_MIN
from afterchat.engine.states import TRANSITIONS
from afterchat.engine.stories import BEGIN
from afterchat.engine.timers import TIMERS

SESSION = 7
ANY_ORDER = Policy(tolerance_seconds=86_400)
"""No event of a stream is too late, in whatever order they come."""
STEPS_MAX = 22
LAST_STEP = 14
"""Where a session that is to end does so at the latest, so that steps after the end remain."""
GAPS_MS = (0, 0, 0, 1, 700, 5_000, 61_000, 400_000)

counts = st.sampled_from([0, 1, 2, 2**53 + 1, INTEGER_MAX])
ids_of_sessions = st.integers(1, INTEGER_MAX)
moments = st.integers(MOMENT_MIN, MOMENT_MAX)
hand_overs = st.sampled_from([value for value in CODED_SETS["transferRgType"].labels if value])

VALUES = {
    "session": ids_of_sessions,
    "sequence": st.sampled_from([1, 2, INTEGER_MAX]),
    "kind": st.sampled_from(["person", "robot", "message"]),
    "by": st.sampled_from(["visitor", "staff"]),
    "vip_level": st.integers(0, 11),
    "previous_visit_at": st.sampled_from([0, MOMENT_MIN, BEGIN - 1, BEGIN, BEGIN + 1, MOMENT_MAX]),
    "evaluation_type": st.sampled_from([5, 5, 3, 2, 0]),
    "is_automatic": st.booleans(),
    "is_silent": st.booleans(),
    "evaluation": st.sampled_from([1, 25, 50, 75, 100]),
    "user_resolved_status": st.sampled_from([0, 1, 2]),
    "status": st.sampled_from([0, 1, 2]),
    "staff_id": ids_of_sessions,
    "custom_field": custom_fields.map(tuple),
    "transfer_rg_type": hand_overs,
    "close_reason": st.sampled_from([reason for reason in ENDER_OF_CLOSE_REASON if reason not in {3, 5, 6, 9}]),
    "timer": st.sampled_from(["no such timer", *(timer.name for timer in TIMERS)]),
    **dict.fromkeys(("user_id", "from_group_id", "to_session"), counts),
    **dict.fromkeys(
        (
            *("id", "foreign_id", "from_type", "from_ip", "from_page", "from_title", "origin_platform", "search_key"),
            *("land_page", "from_group", "from_staff", "overflow_from", "staff_name", "evaluation_remark", "category"),
            *("category_detail", "remarks", "transfer_from_staff_name", "transfer_from_group", "transfer_remarks"),
        ),
        texts | st.just("长" * 200),
    ),
}
"""Attribute -> its values, whatever event it belongs to."""


def attributes_of(kind, *without):
    """The attributes of a class but for those: required ones always, the others as often as not."""
    required, optional = {}, {}
    for field in msgspec.structs.fields(kind):
        if field.name not in without:
            values = VALUES_OF_KIND.get((kind, field.name), VALUES.get(field.name))
            (required if field.required else optional)[field.name] = values
    return st.fixed_dictionaries(required, optional=optional)


VALUES_OF_KIND = {
    (RatingInvited, "by"): st.sampled_from(["staff", "system"]),
    (SuccessorNamed, "to_session"): ids_of_sessions,
}
"""Where one event differs from the others."""
VALUES_OF_KIND[SessionOpened, "came_from"] = st.one_of(
    *(
        attributes_of(origin).map(lambda values, origin=origin: origin(**values))
        for origin in (FromRobot, FromHistory, FromTransfer, FromTakeOver)
    )
)

CUES = {
    **{kind.__name__: (kind, {}) for kind in EVENTS if kind not in {SessionOpened, SessionClosed}},
    "StaffWrote automatic": (StaffWrote, {"is_automatic": True}),
    "StaffWrote": (StaffWrote, {"is_automatic": False}),
    **{f"SessionOpened {kind}": (SessionOpened, {"kind": kind}) for kind in ("person", "robot", "message")},
    **{
        f"SessionClosed {reason}": (SessionClosed, {"close_reason": reason, "timer": ""})
        for reason in ENDER_OF_CLOSE_REASON
        if reason not in {3, 5, 6, 9}
    },
}
"""What the transition table knows an event by -> its class, and the attributes that make it so."""

_ATTRIBUTES = {kind: attributes_of(kind, "id", "session", "at") for kind in EVENTS}
any_kinds = st.sampled_from(EVENTS)
any_events = any_kinds.flatmap(
    lambda kind: st.builds(
        lambda values, event_id, session, at: kind(**values, id=event_id, session=session, at=at),
        _ATTRIBUTES[kind],
        texts.filter(bool) | st.just("长" * 128),
        ids_of_sessions,
        moments,
    )
)


def events_at(at, event_id, kinds=any_kinds):
    """Any event of the session of the streams, at that moment."""
    return kinds.flatmap(
        lambda kind: _ATTRIBUTES[kind].map(lambda values: kind(**values, id=event_id, session=SESSION, at=at))
    )


WEIGHTS = {
    **dict.fromkeys(("QueueEntered", "StaffAssigned"), 22),
    **dict.fromkeys(("VisitorWrote", "StaffWrote", "RobotAnswered", "MessageOffered"), 12),
    **dict.fromkeys(("SessionOpened person", "Unpinned", "StaffBack"), 5),
    **dict.fromkeys(("SessionOpened message", "MessageTreated", "RatingInvited", "VisitorRated"), 2),
    **dict.fromkeys(("Pinned", "StaffLost"), 2),
}
"""What people do more often, or what else would be rare; anything else weighs 1."""


def _likely(state, row):
    """The cues of a state by their weights; one step in twenty or so ends the session."""
    others = [cue for cue in row if cue in CUES and cue not in ENDINGS[state] for _ in range(WEIGHTS.get(cue, 1))]
    return st.sampled_from(others + ENDINGS[state] + others * (20 * len(ENDINGS[state]) // len(others)))


ENDINGS = {
    state: [cue for cue in row if row[cue] is State.ENDED and state is not State.ENDED and cue in CUES]
    for state, row in TRANSITIONS.items()
}
_STEPS = {state: _likely(state, row) for state, row in TRANSITIONS.items()}
_CLOSINGS = {state: st.sampled_from(cues) for state, cues in ENDINGS.items() if cues}
_GAPS = st.sampled_from(GAPS_MS)
_IS_ASTRAY = st.sampled_from([False] * 7 + [True])


@st.composite
def streams(draw, *, is_ended=False):
    """Events of one session, in the order of their time; `is_ended` says that it ends unless something came between."""
    session, events, at = Session(SESSION, ANY_ORDER), [], BEGIN
    for number in range(draw(st.sampled_from([1, 4, 12, STEPS_MAX, STEPS_MAX]))):
        at += draw(_GAPS)
        is_last = is_ended and number == LAST_STEP and session.state in _CLOSINGS
        cue = draw((_CLOSINGS if is_last else _STEPS)[session.state])
        events.append(_event(draw, at, number, None if draw(_IS_ASTRAY) else cue))
        session.feed(events[-1])
    if is_ended and session.state in _CLOSINGS:
        events.append(_event(draw, at + draw(_GAPS), len(events), draw(_CLOSINGS[session.state])))
    return sorted(events, key=place)


def _event(draw, at, number, cue):
    """The event of that cue; without one, any event, and perhaps at another moment."""
    if cue is None:
        return draw(events_at(at - draw(st.sampled_from([0, 1, 5_000, 700_000])), f"e{number}"))
    kind, fixed = CUES[cue]
    return kind(**{**draw(_ATTRIBUTES[kind]), **fixed}, id=f"e{number}", session=SESSION, at=at)


def place(event):
    """Where an event stands among the others of its session, as the reference page says."""
    return event.at, event.sequence, EVENTS.index(type(event)), event.id


class Played(NamedTuple):
    """A session that was told a stream."""

    session: Session
    taken: tuple
    """Events that stand taken, in the order of their time."""
    record: SessionRecord | None

    def of(self, *kinds):
        """The taken events of those classes, in order."""
        return [event for event in self.taken if isinstance(event, kinds)]

    def __repr__(self):
        return "\n".join(["taken:", *(write_event(event).decode() for event in self.taken)])


def play(stream, policy=ANY_ORDER):
    """Tell a session the events in the order given."""
    session = Session(stream[0].session, policy)
    for event in stream:
        session.feed(event)
    refused = {refused.event.id for refused in session.refused}
    taken = {event.id: event for event in stream if event.id not in refused}
    return Played(session, tuple(sorted(taken.values(), key=place)), session.record)


played = streams(is_ended=True).map(play).filter(lambda one: one.record is not None)
"""Sessions that ended."""

_ONWARD = {"robot": (HandedToPerson,), "person": (TransferredAway, TakenOver)}


@st.composite
def journeys(draw):
    """The events of each session of a journey; each names the one before it, and most name the one after it."""
    numbers = draw(st.lists(ids_of_sessions, min_size=2, max_size=5, unique=True))
    told, came_from = [], None
    for index, number in enumerate(numbers):
        kind = draw(st.sampled_from(["robot", "person"])) if index == 0 else "person"
        events = [SessionOpened(id="opened", session=number, at=BEGIN, kind=kind, came_from=came_from)]
        if kind == "person":
            events.append(StaffAssigned(id="assigned", session=number, at=BEGIN + 1, staff_id=1, staff_name="王小燕"))
        following = numbers[index + 1] if index + 1 < len(numbers) else 0
        closing = draw(st.sampled_from(_ONWARD[kind])) if following else SessionClosed
        values = draw(attributes_of(closing, "id", "session", "at", "sequence", "to_session", "timer"))
        known = draw(st.sampled_from(["at once", "later", "never"])) if following else "never"
        values |= {"to_session": following} if known == "at once" else {}
        events.append(closing(**values, id="closed", session=number, at=BEGIN + 2))
        if known == "later":
            events.append(SuccessorNamed(id="named", session=number, at=BEGIN + 3, to_session=following))
        told.append(events)
        came_from = _origin(events[-1 - (known == "later")], number)
    return told


def _origin(closed, number):
    if isinstance(closed, HandedToPerson):
        return FromRobot(session=number, transfer_rg_type=closed.transfer_rg_type)
    if isinstance(closed, TransferredAway):
        return FromTransfer(session=number, is_silent=closed.is_silent)
    return FromTakeOver(session=number)
