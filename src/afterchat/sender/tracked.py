"""One session of a tenant as the sender holds it: the engine's session, and what of it is not committed yet.

    TrackedSession.feed(event) -> Fed: what became of it, and the record if one is to be pushed
    TrackedSession.mark()      -> what the journal keeps beside the events

Pure: the journal's rows come in as data, and go out as data.

Rules
- A session is rebuilt by feeding its events in the order in which they were committed, so it is what it was.
- Every event with a new id is kept, refused ones too, as long as an earlier event may explain them later.
- An id that is known is the same event again, or refused when it comes with other content.
- A timer whose event was fed already is not due again: it would change nothing, for ever.
- A record is pushed when it differs from the last one pushed, judged by the digest of its bytes.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import msgspec

from afterchat.contract.codec import encode
from afterchat.engine import (
    Due,
    Event,
    Outcome,
    Policy,
    Refusal,
    Refused,
    Session,
    Unreadable,
    Verdict,
    read_event,
    write_event,
)
from afterchat.store.sending import JournalEvent, SessionMark, StoredSession

__all__ = ["Damage", "Fed", "TrackedSession", "rebuilt"]

_DUPLICATE = Outcome(Verdict.DUPLICATE)
_FORGOTTEN = frozenset({Refusal.OTHER_SESSION, Refusal.TOO_LATE, Refusal.TOO_MANY})
"""Refusals that nothing can explain later; the engine forgets such events, too."""


class Fed(NamedTuple):
    """What became of one event."""

    outcome: Outcome
    body: bytes
    """The record to be pushed because of it, as it stands on the wire; empty when there is none."""


class Damage(NamedTuple):
    """A stored session that cannot be read."""

    session: int
    what: str
    """What of it cannot be."""


class TrackedSession:
    """One session at hand; `policy` is what was in force when it was first heard of."""

    __slots__ = (
        "_known",
        "ended_at",
        "fresh",
        "held_until",
        "policy",
        "push_count",
        "record_sha256",
        "session",
        "tenant",
        "touched_at",
    )

    def __init__(self, tenant: str, session_id: int, policy: Policy) -> None:
        self.tenant = tenant
        self.policy = policy
        self.session = Session(session_id, policy)
        self.push_count = 0
        self.record_sha256 = b""
        self.fresh: list[JournalEvent] = []
        """Kept events that are not committed yet."""
        self.ended_at: int | None = None
        """When it ended; of a session without events, as its record says."""
        self.touched_at = 0
        """When something was committed of it last."""
        self.held_until = 0
        """Its timers wait until then, because its events come late."""
        self._known: dict[str, int] = {}
        """Id of every event that was kept, and a hash of what it said."""

    @property
    def has_events(self) -> bool:
        """Whether it is computed from events; a session handed in as a finished record has none."""
        return bool(self._known)

    @property
    def due(self) -> Due | None:
        """What should happen next if nothing else does."""
        due = self.session.due
        return None if due is None or due.event.id in self._known else due

    @property
    def look_at(self) -> int | None:
        """When to see whether that is due."""
        due = self.due
        return None if due is None else max(due.at, self.held_until)

    def feed(self, event: Event) -> Fed:
        """Let the engine judge one event, and keep it for the journal if its id is new."""
        body = write_event(event)
        said = self._known.get(event.id)
        if said is not None:
            reused = Refused(event, Refusal.ID_REUSED, self.session.state)
            return Fed(_DUPLICATE if said == hash(body) else Outcome(Verdict.REFUSED, refused=reused), b"")
        outcome = self.session.feed(event)
        if outcome.refusal in _FORGOTTEN:
            return Fed(outcome, b"")
        self._known[event.id] = hash(body)
        self.fresh.append(JournalEvent(event.id, event.at, body))
        record = self.session.record if outcome.record is None else outcome.record
        self.ended_at = record.end_time if record is not None else None
        if outcome.record is None:
            return Fed(outcome, b"")
        return Fed(outcome, self.push(encode(outcome.record)))

    def push(self, body: bytes) -> bytes:
        """`body` if it is to be pushed; empty when it is what was pushed last."""
        sha256 = hashlib.sha256(body).digest()
        if sha256 == self.record_sha256:
            return b""
        self.record_sha256 = sha256
        self.push_count += 1
        return body

    def mark(self) -> SessionMark:
        """What the journal keeps of it."""
        return SessionMark(
            tenant=self.tenant,
            session=self.session.id,
            policy=msgspec.json.encode(self.policy),
            due_at=self.look_at,
            ended_at=self.ended_at,
            touched_at=self.touched_at,
            record_sha256=self.record_sha256,
            push_count=self.push_count,
        )


def rebuilt(stored: StoredSession) -> TrackedSession | Damage:
    """The session as it was when the journal committed it. Total."""
    mark = stored.mark
    try:
        policy = msgspec.json.decode(mark.policy, type=Policy)
    except (msgspec.MsgspecError, UnicodeError):
        return Damage(mark.session, "its policy")
    tracked = TrackedSession(mark.tenant, mark.session, policy)
    for kept in stored.events:
        event = read_event(kept.body)
        if isinstance(event, Unreadable):
            return Damage(mark.session, f"event {kept.event_id}")
        tracked.feed(event)
    tracked.fresh.clear()
    tracked.ended_at = mark.ended_at
    tracked.touched_at = mark.touched_at
    due = tracked.due
    if due is not None and mark.due_at is not None and mark.due_at > due.at:
        tracked.held_until = mark.due_at
    tracked.push_count = mark.push_count
    tracked.record_sha256 = mark.record_sha256
    return tracked
