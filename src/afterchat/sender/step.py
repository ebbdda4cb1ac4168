"""One step of the tracker: items happen to their sessions, and what follows is gathered for one transaction.

Pure but for the sessions it is handed: they change in memory, and are dropped by the tracker if the commit fails.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import SessionRecord
from afterchat.engine import Event, Outcome, Verdict
from afterchat.sender.announcements import announcements, seen
from afterchat.sender.streams import QUIET_MS
from afterchat.sender.submission import COMPUTED, DUPLICATE, FUTURE, RECORDED, TAKEN, ItemVerdict, verdict_on
from afterchat.sender.tracked import TrackedSession
from afterchat.store.sending import Endpoint, JournalBatch, NewPush, SessionMark

__all__ = ["FUTURE_MS", "LATE_MS", "Step"]

FUTURE_MS = 300_000
"""An event further ahead comes from a clock gone wrong; taken, it would end the session before its time."""
LATE_MS = 10_000
"""An event that took longer is one of several that come late: its session's timers are held for them."""


class Step:
    """Gathers what one commit holds; `endpoints_of` gives a tenant's endpoints, `now` is epoch ms."""

    def __init__(self, now: int, endpoints_of: Callable[[str], Sequence[Endpoint]]) -> None:
        self._now = now
        self._endpoints_of = endpoints_of
        self._pushes: list[NewPush] = []
        self._postponed: list[SessionMark] = []
        self.touched: dict[tuple[str, int], TrackedSession] = {}
        """Every session that took part."""

    def touch(self, tracked: TrackedSession) -> None:
        """Have the session's mark written again."""
        tracked.touched_at = self._now
        self.touched[tracked.tenant, tracked.session.id] = tracked

    def postpone(self, mark: SessionMark, until: int) -> None:
        """Have a timer that cannot be fired asked for again then."""
        self._postponed.append(mark._replace(due_at=until))

    def take_event(self, event: Event, tracked: TrackedSession) -> ItemVerdict:
        """Let an event happen to its session, and before it what was due by then: it may be long past."""
        if event.at > self._now + FUTURE_MS:
            return FUTURE
        if tracked.push_count and not tracked.has_events:
            return RECORDED
        self.touch(tracked)
        tracked.held_until = self._now + QUIET_MS if self._now - event.at > LATE_MS else 0
        while (due := tracked.due) is not None and due.at < event.at and due.at <= self._now:
            self._feed(due.event, tracked)
        return verdict_on(self._feed(event, tracked))

    def fire(self, tracked: TrackedSession, until: int) -> None:
        """Let a session's timer happen if it may by then; its mark is written either way."""
        self.touch(tracked)
        due, look_at = tracked.due, tracked.look_at
        if due is not None and look_at is not None and look_at <= until:
            self._feed(due.event, tracked)

    def take_record(self, record: SessionRecord, tracked: TrackedSession) -> ItemVerdict:
        """Take a record that a platform computed itself."""
        if tracked.has_events:
            return COMPUTED
        self.touch(tracked)
        body = tracked.push(encode(record))
        if not body:
            return DUPLICATE
        tracked.ended_at = record.end_time
        self._push(tracked, SESSION_END_DATA, body, is_kept_unwanted=True)
        return TAKEN

    def batch(self) -> JournalBatch:
        """What is to be committed."""
        sessions = [(tracked.mark(), tuple(tracked.fresh)) for tracked in self.touched.values()]
        return JournalBatch([*sessions, *((mark, ()) for mark in self._postponed)], tuple(self._pushes), self._now)

    @property
    def endpoint_ids(self) -> frozenset[int]:
        """The endpoints that get something."""
        return frozenset(endpoint_id for push in self._pushes for endpoint_id in push.endpoint_ids)

    def keep(self) -> None:
        """The commit succeeded: nothing of these sessions is new any more."""
        for tracked in self.touched.values():
            tracked.fresh.clear()

    def _feed(self, event: Event, tracked: TrackedSession) -> Outcome:
        before = seen(tracked.session)
        fed = tracked.feed(event)
        if fed.outcome.verdict is Verdict.TAKEN:
            for event_type, body in announcements(event, before, tracked.session):
                self._push(tracked, event_type, body, is_kept_unwanted=False)
        if fed.body:
            self._push(tracked, SESSION_END_DATA, fed.body, is_kept_unwanted=True)
        return fed.outcome

    def _push(self, tracked: TrackedSession, event_type: str, body: bytes, *, is_kept_unwanted: bool) -> None:
        """A push to every endpoint that subscribes; a record is kept even when nobody does yet."""
        endpoint_ids = tuple(
            endpoint.id for endpoint in self._endpoints_of(tracked.tenant) if event_type in endpoint.event_types
        )
        if endpoint_ids or is_kept_unwanted:
            sha256 = hashlib.sha256(body).digest()
            session = tracked.session.id
            self._pushes.append(NewPush(tracked.tenant, session, event_type, body, sha256, self._now, endpoint_ids))
