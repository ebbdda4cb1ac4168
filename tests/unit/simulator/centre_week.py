"""One simulated week of a contact centre, fed to the engine session by session, with the timers when they are due."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from afterchat.engine import Event, Outcome, Session, SessionOpened, Verdict
from afterchat.simulator.centre import Centre

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MONDAY_MS = 1_799_625_600_000 - 8 * HOUR_MS
"""2027-01-11, midnight in China."""
LONGEST_TIMER_MS = 5 * HOUR_MS


class Told(NamedTuple):
    """What became of one session."""

    opened: SessionOpened
    events: list[Event]
    outcomes: list[Outcome]
    timers: list[str]
    """Names of the engine's timers that had to help."""
    session: Session

    @property
    def record(self):
        return self.session.record


def events_until(centre: Centre, end_at: int) -> list[Event]:
    events = []
    for event in centre.events():
        if event.at >= end_at:
            return events
        events.append(event)
    return events


def by_session(events: list[Event]) -> dict[int, list[Event]]:
    sessions = defaultdict(list)
    for event in events:
        sessions[event.session].append(event)
    return sessions


def told(session_id: int, events: list[Event]) -> Told:
    """Feed the events and, in between and after, whatever is due before the next one."""
    session, timers, outcomes = Session(session_id), [], []

    def let_pass(until: int) -> None:
        while (due := session.due) is not None and due.at <= until:
            assert Verdict.TAKEN is session.feed(due.event).verdict
            timers.append(due.timer.name)

    for event in events:
        let_pass(event.at)
        outcomes.append(session.feed(event))
    let_pass(events[-1].at + LONGEST_TIMER_MS)
    return Told(events[0], events, outcomes, timers, session)
