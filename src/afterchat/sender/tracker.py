"""Events in, sessions on, pushes out: every submission is answered after the commit of what follows from it.

    submissions -> one group -> each session takes its steps -> one transaction: events, marks, pushes, entries
                                                                 -> answers; the relay is woken
    timers      -> the event that is due, fed like any other

Rules
- What arrives in one turn of the loop shares one commit (S1: a session has ended exactly if its entries exist).
- A session whose commit failed is dropped from memory and loaded again: what is at hand follows from what is on disk.
- A timer fires when the journal says that it is due, so a restart forgets none; by the time of its tenant's stream.
- What makes the program stumble is found by halving: it alone is not taken, or waits for POSTPONE_MS.

What does not belong here: HTTP (`intake`), what an event makes of a session (`tracked`, `step`), delivering (`relay`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from afterchat.clock import Clock
from afterchat.contract.record import SessionRecord
from afterchat.engine import Policy, Unreadable
from afterchat.errors import StoreUnavailableError
from afterchat.sender.at_hand import AtHand, SessionKey
from afterchat.sender.step import Step
from afterchat.sender.streams import Streams, StreamTimes
from afterchat.sender.submission import DAMAGED, Item, ItemVerdict, Submission
from afterchat.sender.tracked import Damage
from afterchat.store.sending import Endpoint, Journal, SessionMark

__all__ = ["POSTPONE_MS", "Tracker", "TrackerLimits"]

_LOG = logging.getLogger(__name__)

POSTPONE_MS = 3_600_000
"""A timer that cannot be fired is tried again then, and the log says so each time."""
_TIMERS_PER_STEP_MAX = 200
"""Bounds one commit after a long absence, when thousands of timers are due at once."""
_LOOK_AGAIN_MS = 1000
"""When the journal failed, or when timers wait for a stream to come as far as they are due."""
_IDLE_SECONDS_MAX = 60.0
"""A timer is looked for at least this often, whatever the wall clock did meanwhile."""

_DAMAGED = "session %d of %s is damaged: %s cannot be read; run 'afterchat store check'"

Result = TypeVar("Result")
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
    group_items_max: int = 2_000
    """Items of one commit, unless a single submission has more: the loop does nothing else meanwhile."""


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
        self._endpoints_of = endpoints_of
        self._on_committed = on_committed
        self._limits = limits
        self._at_hand = AtHand(journal, policy_of, limits.sessions_max)
        self._streams = Streams(clock.now_ms())
        self._waiting: list[Waiting] = []
        self._wakeup = asyncio.Event()
        self._writing = asyncio.Lock()
        """Held from the moment a session is looked at until what follows is on disk."""
        self._is_stopping = False
        self._next_look_at: int | None = 0
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
                count = self._group_size()
                group, self._waiting = self._waiting[:count], self._waiting[count:]
                await self._answer(group)

    def stop(self) -> None:
        """Let `run` end once everything that waits is answered."""
        self._is_stopping = True
        self._wakeup.set()

    async def purge(self, before: int, row_count_max: int) -> int:
        """Forget sessions that are over and were not touched since; how many. Raises StoreUnavailableError."""
        async with self._writing:
            forgotten = await self._journal.purge(before, row_count_max)
            self._at_hand.drop(forgotten)
        return len(forgotten)

    async def alone_with(self, keys: Sequence[SessionKey], work: Callable[[], Awaitable[Result]]) -> Result:
        """Do `work` on what is stored of these sessions while nothing happens to any; they are read again after it."""
        async with self._writing:
            try:
                return await work()
            finally:
                self._at_hand.drop(keys)

    def _group_size(self) -> int:
        """Submissions of the next commit: at least one, as many as the limits allow."""
        item_count = 0
        for count, (submission, _) in enumerate(self._waiting[: self._limits.group_max]):
            item_count += len(submission.items)
            if count and item_count > self._limits.group_items_max:
                return count
        return min(len(self._waiting), self._limits.group_max)

    async def _pause(self) -> None:
        """Until something is submitted or a timer is due."""
        seconds = _IDLE_SECONDS_MAX
        if self._next_look_at is not None:
            seconds = min(seconds, max(0, self._next_look_at - self._clock.now_ms()) / 1000)
        try:
            async with asyncio.timeout(seconds):
                await self._wakeup.wait()
        except TimeoutError:
            return
        self._wakeup.clear()

    async def _answer(self, group: Sequence[Waiting]) -> None:
        """Give every submission of the group its verdicts, or the reason why it was not taken."""
        try:
            verdicts = await self._happen([submission for submission, _ in group])
        except StoreUnavailableError as error:
            _LOG.error("the journal did not take %d submissions: %s", len(group), error)
            _fail(group, error)
            return
        except Exception:  # noqa: BLE001 - whatever it is, it must cost one submission and not the tracker
            if len(group) > 1:
                await self._answer(group[: len(group) // 2])
                await self._answer(group[len(group) // 2 :])
                return
            _LOG.exception("a submission of %s met a defect of this program and was not taken", group[0][0].tenant)
            _fail(group, StoreUnavailableError("a defect of the sender; its log says more"))
            return
        for (_, answer), verdict in zip(group, verdicts, strict=True):
            if not answer.done():
                answer.set_result(verdict)

    async def _happen(self, submissions: Sequence[Submission]) -> list[Verdicts]:
        now = self._clock.now_ms()
        verdicts = await self._commit(lambda step: self._take_all(submissions, step))
        for submission in submissions:
            for item in submission.items:
                if not isinstance(item, Unreadable | SessionRecord):
                    self._streams.note(submission.tenant, item.at, now)
        return verdicts

    async def _take_all(self, submissions: Sequence[Submission], step: Step) -> list[Verdicts]:
        return [[await self._take(one.tenant, item, step) for item in one.items] for one in submissions]

    async def _take(self, tenant: str, item: Item, step: Step) -> ItemVerdict:
        if isinstance(item, Unreadable):
            return ItemVerdict("unreadable", "unreadable", item.en, item.zh)
        tracked = await self._at_hand.get(tenant, item.id if isinstance(item, SessionRecord) else item.session)
        if isinstance(tracked, Damage):
            _LOG.error(_DAMAGED, tracked.session, tenant, tracked.what)
            return DAMAGED
        return step.take_record(item, tracked) if isinstance(item, SessionRecord) else step.take_event(item, tracked)

    async def _commit(self, prepare: Callable[[Step], Awaitable[Result]]) -> Result:
        """Commit what `prepare` lets happen; on failure nothing of it stays in memory."""
        async with self._writing:
            step = Step(self._clock.now_ms(), self._endpoints_of)
            try:
                result = await prepare(step)
                await self._journal.commit(step.batch())
            except BaseException:
                self._at_hand.drop(step.touched)
                raise
        step.keep()
        for tracked in step.touched.values():
            look_at = tracked.look_at
            if look_at is not None and (self._next_look_at is None or look_at < self._next_look_at):
                self._next_look_at = look_at
        self._at_hand.trim()
        self._on_committed(step.endpoint_ids)
        return result

    async def _fire_timers(self) -> None:
        """Feed every event that is due, in steps."""
        try:
            while self._next_look_at is not None and self._next_look_at <= self._clock.now_ms():
                now = self._clock.now_ms()
                times = self._streams.times(now)
                marks = await self._journal.due(times.of_others, times.of_tenant, _TIMERS_PER_STEP_MAX)
                self._next_look_at = None
                if marks:
                    await self._fire(marks, times)
                earliest = await self._journal.next_due_at()
                self._next_look_at = earliest if marks or earliest is None else max(earliest, now + _LOOK_AGAIN_MS)
        except StoreUnavailableError as error:
            _LOG.error("timers wait for the journal: %s", error)
            self._next_look_at = self._clock.now_ms() + _LOOK_AGAIN_MS

    async def _fire(self, marks: Sequence[SessionMark], times: StreamTimes) -> None:
        try:
            await self._commit(lambda step: self._fire_each(marks, times, step))
        except StoreUnavailableError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it must hold up one timer and not all of them
            if len(marks) > 1:
                await self._fire(marks[: len(marks) // 2], times)
                await self._fire(marks[len(marks) // 2 :], times)
                return
            _LOG.exception(
                "the timer of session %d of %s met a defect of this program", marks[0].session, marks[0].tenant
            )
            await self._commit(lambda step: self._postpone(marks[0], step))

    async def _fire_each(self, marks: Sequence[SessionMark], times: StreamTimes, step: Step) -> None:
        for mark in marks:
            tracked = await self._at_hand.get(mark.tenant, mark.session)
            if isinstance(tracked, Damage):
                _LOG.error(_DAMAGED, mark.session, mark.tenant, tracked.what)
                await self._postpone(mark, step)
            else:
                step.fire(tracked, times.of(mark.tenant))

    async def _postpone(self, mark: SessionMark, step: Step) -> None:
        step.postpone(mark, self._clock.now_ms() + POSTPONE_MS)


def _fail(group: Sequence[Waiting], error: StoreUnavailableError) -> None:
    for _, answer in group:
        if not answer.done():
            answer.set_exception(error)
