"""One session: events in, in whatever order they come; its record out once it ended, again whenever that changes.

    session = Session(102)
    for event in events:
        outcome = session.feed(event)
        if outcome.record is not None:
            push(outcome.record)

What a session is follows from the set of its events alone: they count in the order of their own time.
An event in order is folded into the facts as they are.
One that comes late, within the tolerance, takes its place among the recent events, and those are folded again.
So the record does not depend on the order of arrival: an event that was refused may be taken when the one that
explains it arrives, and a session that had ended may turn out to have ended otherwise, or to be open still.
Events older than the tolerance are settled: folded into a base, and forgotten.

Rules
- Nothing here reads a clock: an event is late against the newest one that was taken.
  Whoever runs a session keeps events from the future away from it.
- `feed` takes any event; the cost of an event in order does not depend on how many came before.
"""

from __future__ import annotations

from copy import copy
from operator import itemgetter

from afterchat.contract.record import SessionRecord
from afterchat.engine.events import EVENTS, Event
from afterchat.engine.facts import Facts
from afterchat.engine.policy import DEFAULT_POLICY, Policy
from afterchat.engine.states import ENDED_STATES, State
from afterchat.engine.step import advance
from afterchat.engine.summary import RULES, summarise
from afterchat.engine.timers import Due, next_due
from afterchat.engine.verdict import DUPLICATE, TAKEN, Outcome, Refusal, Refused, Verdict

__all__ = ["Session"]

SETTLE_EVENTS_MIN = 16
"""Fewer recent events than this are not worth settling: most sessions end before, and each event is folded once."""
RECENT_EVENTS_MAX = 1024
"""Beyond this the older half is settled before its time, so that no late event costs more than a millisecond or so."""
REFUSED_EVENTS_MAX = 64
"""So many refused events wait to be judged again: a platform that sends only nonsense fills no memory."""

Place = tuple[int, int, int, str]
"""Where an event stands among the others: its time, its sequence, its kind, its id."""

_RANK = {kind: rank for rank, kind in enumerate(EVENTS)}
_RECORDED = frozenset(kind for rule in RULES.values() for kind in rule.events)
"""The events that can change a record."""
_NONE_REFUSED: dict[str, Refused] = {}


class Session:
    """One session of one tenant."""

    __slots__ = (
        "_base",
        "_facts",
        "_horizon_at",
        "_last",
        "_recent",
        "_refused",
        "_settle_count",
        "_told",
        "id",
        "policy",
    )

    def __init__(self, session_id: int, policy: Policy = DEFAULT_POLICY) -> None:
        self.id = session_id
        self.policy = policy
        self._facts = Facts()
        self._base: Facts | None = None
        """What the settled events came to; None while none is settled."""
        self._recent: dict[str, Event] = {}
        """The events that are not settled, by their id, in the order of their own time."""
        self._refused = _NONE_REFUSED
        self._last: Event | None = None
        """The last of the recent events."""
        self._horizon_at = 0
        """Events before this come too late, epoch ms."""
        self._settle_count = SETTLE_EVENTS_MIN
        self._told: SessionRecord | None = None
        """The record that an outcome held last."""

    @property
    def state(self) -> State:
        """Where the session is, as things are known now."""
        return self._facts.state

    @property
    def facts(self) -> Facts:
        """What is known now; to be read, never changed."""
        return self._facts

    @property
    def record(self) -> SessionRecord | None:
        """The record as things are known now; None while the session is open."""
        return summarise(self._facts) if self._facts.state in ENDED_STATES else None

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The recent events that stand refused, in the order of their own time."""
        return tuple(self._refused.values())

    @property
    def due(self) -> Due | None:
        """What should happen next if nothing else does."""
        return next_due(self.id, self._facts, self.policy, self._horizon_at)

    def feed(self, event: Event) -> Outcome:
        """Take one event; the outcome holds a record when this event ended the session or changed its record."""
        state = self._facts.state
        known = self._recent.get(event.id)
        if known is not None:
            return DUPLICATE if known == event else _refusal(event, Refusal.ID_REUSED, state)
        if event.session != self.id:
            return _refusal(event, Refusal.OTHER_SESSION, state)
        if event.at < self._horizon_at:
            return _refusal(event, Refusal.TOO_LATE, state)
        last = self._last
        if last is not None and event.at <= last.at and _place(event) < _place(last):
            return self._feed_late(event)
        refusal = advance(self._facts, event, self.policy)
        if refusal is not None:
            return self._refuse(Refused(event, refusal, state))
        self._recent[event.id] = event
        self._last = event
        self._horizon_at = max(self._horizon_at, event.at - self.policy.tolerance_ms)
        if len(self._recent) >= self._settle_count:
            self._settle()
        return TAKEN if self._facts.closed is None or type(event) not in _RECORDED else self._tell()

    def _feed_late(self, event: Event) -> Outcome:
        """An event that belongs before one that is here already."""
        placed = sorted(((_place(one), one) for one in (*self._recent.values(), event)), key=itemgetter(0))
        self._recent = {one.id: one for _, one in placed}
        self._fold_again()
        refused = self._refused.get(event.id)
        if refused is not None and len(self._refused) > REFUSED_EVENTS_MAX:
            del self._refused[event.id], self._recent[event.id]
            return _refusal(event, Refusal.TOO_MANY, refused.state)
        if len(self._recent) >= self._settle_count:
            self._settle()
        return self._tell() if refused is None else Outcome(Verdict.REFUSED, refused=refused)

    def _refuse(self, refused: Refused) -> Outcome:
        """Keep a refused event: it is judged again when an earlier one arrives."""
        if len(self._refused) >= REFUSED_EVENTS_MAX:
            return _refusal(refused.event, Refusal.TOO_MANY, refused.state)
        self._refused = {**self._refused, refused.event.id: refused}
        self._recent[refused.event.id] = refused.event
        self._last = refused.event
        return Outcome(Verdict.REFUSED, refused=refused)

    def _fold_again(self) -> None:
        """The facts anew, from the base and the recent events."""
        facts = Facts() if self._base is None else copy(self._base)
        refused: dict[str, Refused] = {}
        for event in self._recent.values():
            state = facts.state
            refusal = advance(facts, event, self.policy)
            if refusal is None:
                self._horizon_at = max(self._horizon_at, event.at - self.policy.tolerance_ms)
            else:
                refused[event.id] = Refused(event, refusal, state)
        self._facts = facts
        self._refused = refused

    def _settle(self) -> None:
        """Fold what can no longer be preceded by anything into the base, and forget it."""
        count = len(self._recent)
        excess = count - RECENT_EVENTS_MAX // 2 if count > RECENT_EVENTS_MAX else 0
        base = Facts() if self._base is None else self._base
        kept = {}
        for index, event in enumerate(self._recent.values()):
            if index >= excess and event.at >= self._horizon_at:
                kept[event.id] = event
                continue
            advance(base, event, self.policy)
            if index < excess:
                self._horizon_at = max(self._horizon_at, event.at + 1)
        if len(kept) < count:
            self._base = base
            self._recent = kept
            self._refused = {event_id: one for event_id, one in self._refused.items() if event_id in kept}
        self._settle_count = max(SETTLE_EVENTS_MIN, min(len(kept) * 3 // 2, RECENT_EVENTS_MAX + 1))

    def _tell(self) -> Outcome:
        """Taken, with the record if it is not the one that was told last; or that there is none any more."""
        record = self.record
        if record == self._told:
            return TAKEN
        self._told = record
        return Outcome(Verdict.TAKEN, record, is_withdrawn=record is None)


def _place(event: Event) -> Place:
    return (event.at, event.sequence, _RANK[type(event)], event.id)


def _refusal(event: Event, refusal: Refusal, state: State) -> Outcome:
    """A refusal of an event that is not kept."""
    return Outcome(Verdict.REFUSED, refused=Refused(event, refusal, state))
