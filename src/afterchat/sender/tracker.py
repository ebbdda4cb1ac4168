"""Events in, sessions on, pushes out: every submission is answered after the commit of what follows from it.

    submissions -> one group -> each session takes its steps -> one transaction: events, marks, pushes, entries
                                                                 -> answers; the relay is woken
    timers      -> the event that is due, fed like any other

Rules
- What arrives in one turn of the loop shares one commit (S1: a session has ended exactly if its entries exist).
- A session whose commit failed is dropped from memory and loaded again: what is at hand follows from what is on disk.
- Sessions at hand are bounded; the one longest unused leaves first.
- A timer fires when the journal says that it is due, so a restart forgets none.

What does not belong here: HTTP (`web`), what an event makes of a session (`tracked`, `step`), delivering (`relay`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.contract.record import SessionRecord
from afterchat.engine import Policy, Unreadable
from afterchat.errors import StoreUnavailableError
from afterchat.sender.step import Step
from afterchat.sender.submission import ItemVerdict, Submission
from afterchat.sender.tracked import TrackedSession, rebuilt
from afterchat.store.sending import Endpoint, Journal

__all__ = ["Tracker", "TrackerLimits"]

_LOG = logging.getLogger(__name__)

_TIMERS_PER_STEP_MAX = 200
"""Bounds one commit after a long absence, when thousands of timers are due at once."""
_RETRY_MS = 1000
_IDLE_SECONDS_MAX = 60.0
"""A timer is looked for at least this often, whatever the wall clock did meanwhile."""

Verdicts = list[ItemVerdict]
Waiting = tuple[Submission, "asyncio.Future[Verdicts]"]


class TrackerLimits(NamedTuple):
    """How much is held at one time."""

    sessions_max: int = 20_000
    """Sessions at hand; each is a few kilobytes."""
    waiting_max: int = 10_000
    """Submissions that wait for their commit."""
    group_max: int = 256
    """Submissions of one commit."""


class Tracker:
    """The one writer of the journal; `policy_of` and `endpoints_of` say what a tenant chose.

    `on_committed` is told which endpoints have something new.
    """

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        *,
        policy_of: Callable[[str], Policy],
        endpoints_of: Callable[[str], Sequence[Endpoint]],
        on_committed: Callable[[frozenset[int]], None],
        limits: TrackerLimits,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._policy_of = policy_of
        self._endpoints_of = endpoints_of
        self._on_committed = on_committed
        self._limits = limits
        self._at_hand: OrderedDict[tuple[str, int], TrackedSession] = OrderedDict()
        self._waiting: list[Waiting] = []
        self._wakeup = asyncio.Event()
        self._is_stopping = False
        self._next_due_at: int | None = 0
        """When to ask the journal for timers; 0 before it was asked, None when it has none."""

    @property
    def waiting_count(self) -> int:
        """Submissions that have no answer yet."""
        return len(self._waiting)

    @property
    def at_hand_count(self) -> int:
        """Sessions in memory."""
        return len(self._at_hand)

    async def submit(self, submission: Submission) -> Verdicts:
        """One verdict for each item, in order, once what follows from them is durable.

        Raises StoreUnavailableError when it is not, or when too many wait; then nothing of it was kept.
        """
        if len(self._waiting) >= self._limits.waiting_max:
            raise StoreUnavailableError("too many events wait to be committed; send them again in a second")
        answer: asyncio.Future[Verdicts] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, answer))
        self._wakeup.set()
        return await answer

    async def run(self) -> None:
        """Commit until `stop` was called and nothing waits any more."""
        while self._waiting or not self._is_stopping:
            await self._fire_timers()
            await self._pause()
            while self._waiting:
                group, self._waiting = self._waiting[: self._limits.group_max], self._waiting[self._limits.group_max :]
                await self._answer(group)

    def stop(self) -> None:
        """Let `run` end once everything that waits is answered."""
        self._is_stopping = True
        self._wakeup.set()

    async def _pause(self) -> None:
        """Until something is submitted or a timer is due."""
        seconds = _IDLE_SECONDS_MAX
        if self._next_due_at is not None:
            seconds = min(seconds, max(0, self._next_due_at - self._clock.now_ms()) / 1000)
        try:
            async with asyncio.timeout(seconds):
                await self._wakeup.wait()
        except TimeoutError:
            return
        self._wakeup.clear()

    async def _answer(self, group: Sequence[Waiting]) -> None:
        try:
            verdicts = await self._step([submission for submission, _ in group])
        except StoreUnavailableError as error:
            _LOG.error("the journal did not take %d submissions: %s", len(group), error)
            for _, answer in group:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), verdict in zip(group, verdicts, strict=True):
            if not answer.done():
                answer.set_result(verdict)

    async def _step(self, submissions: Sequence[Submission], touched: Sequence[TrackedSession] = ()) -> list[Verdicts]:
        """Let the submissions happen and commit what follows; on failure nothing of it stays in memory."""
        step = Step(self._clock.now_ms(), self._endpoints_of)
        for tracked in touched:
            step.touch(tracked)
        try:
            verdicts = [await self._happen(submission, step) for submission in submissions]
            await self._journal.commit(step.batch())
        except BaseException:
            for key in step.touched:
                self._at_hand.pop(key, None)
            raise
        step.keep()
        for tracked in step.touched.values():
            due = tracked.due
            if due is not None and (self._next_due_at is None or due.at < self._next_due_at):
                self._next_due_at = due.at
        while len(self._at_hand) > self._limits.sessions_max:
            self._at_hand.popitem(last=False)
        self._on_committed(step.endpoint_ids)
        return verdicts

    async def _happen(self, submission: Submission, step: Step) -> Verdicts:
        verdicts = []
        for item in submission.items:
            if isinstance(item, Unreadable):
                verdicts.append(ItemVerdict("unreadable", "unreadable", item.en, item.zh))
            elif isinstance(item, SessionRecord):
                verdicts.append(step.take_record(item, await self._session(submission.tenant, item.id)))
            else:
                verdicts.append(step.take_event(item, await self._session(submission.tenant, item.session)))
        return verdicts

    async def _session(self, tenant: str, session_id: int) -> TrackedSession:
        key = tenant, session_id
        tracked = self._at_hand.get(key)
        if tracked is None:
            stored = await self._journal.load(tenant, session_id)
            tracked = TrackedSession(tenant, session_id, self._policy_of(tenant)) if stored is None else rebuilt(stored)
            self._at_hand[key] = tracked
        else:
            self._at_hand.move_to_end(key)
        return tracked

    async def _fire_timers(self) -> None:
        """Feed every event that is due, in steps."""
        try:
            while self._next_due_at is not None and self._next_due_at <= self._clock.now_ms():
                now = self._clock.now_ms()
                marks = await self._journal.due(now, _TIMERS_PER_STEP_MAX)
                sessions = [await self._session(mark.tenant, mark.session) for mark in marks]
                dues = [(tracked, tracked.due) for tracked in sessions]
                fired = [
                    Submission(tracked.tenant, (due.event,))
                    for tracked, due in dues
                    if due is not None and due.at <= now
                ]
                self._next_due_at = None
                if marks:
                    await self._step(fired, sessions)
                self._next_due_at = await self._journal.next_due_at()
        except StoreUnavailableError as error:
            _LOG.error("timers wait for the journal: %s", error)
            self._next_due_at = self._clock.now_ms() + _RETRY_MS
