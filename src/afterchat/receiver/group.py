"""Group commit: requests wait for the commit that holds their bytes, and only then are answered `{}`.

All pushes that arrive in one turn of the event loop share one commit.
While a commit runs in a thread the next group gathers.
The line that answers `{}` stands once in this program, in `_commit`, after the commit returned.

    taking --StoreUnavailableError--> ill --recover() succeeded--> taking

A push that makes the store stumble for a reason that is no outage is refused alone.
While ill, every push is answered 503: nothing is ever held in memory with a promise.
What does not belong here: what makes a push authentic (`receiver.intake`), and how rows are written (`store`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from afterchat.clock import Clock
from afterchat.contract.ack import ACCEPTED_BODY, Reason
from afterchat.edge.message import Answer, Respond
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.counts import ReceiverCounts
from afterchat.store.ports import Arrival, Inbox, Outcome

__all__ = ["GroupCommit"]

_LOG = logging.getLogger(__name__)

_ACCEPTED = Answer(200, ACCEPTED_BODY)

_GROUP_PUSHES_MAX = 512
"""Bounds the time of one commit, and so the worst wait of whoever comes next."""

_RECOVERY_SECONDS = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between attempts to reopen an ill store; the last one repeats, so acks return within seconds of the disk."""


class GroupCommit:
    """Collects authentic pushes and answers each once its bytes are durable.

    `waiting_pushes_max` bounds what waits for a commit; `refuse` turns a reason into the answer of a push not taken.
    """

    def __init__(
        self,
        inbox: Inbox,
        clock: Clock,
        counts: ReceiverCounts,
        *,
        waiting_pushes_max: int,
        refuse: Callable[[Reason], Answer],
    ) -> None:
        self._inbox = inbox
        self._clock = clock
        self._counts = counts
        self._waiting_pushes_max = waiting_pushes_max
        self._refuse = refuse
        self._waiting: list[tuple[Arrival, Respond]] = []
        self._wakeup = asyncio.Event()
        self._is_stopping = False
        self._committing_count = 0
        self.is_ill = False
        """True from a failed commit until a canary was committed."""

    @property
    def waiting_count(self) -> int:
        """Pushes that were taken and have no answer yet."""
        return len(self._waiting) + self._committing_count

    def submit(self, arrival: Arrival, respond: Respond) -> Reason | None:
        """Queue a push; the answer comes after its commit.

        A Reason means that it was not taken, and that `respond` stays unused.
        """
        if self.is_ill:
            return Reason.STORE
        if len(self._waiting) >= self._waiting_pushes_max:
            return Reason.BUSY
        self._waiting.append((arrival, respond))
        self._wakeup.set()
        return None

    async def run(self) -> None:
        """Commit groups until `stop` was called and nothing waits any more."""
        while self._waiting or not self._is_stopping:
            await self._wakeup.wait()
            self._wakeup.clear()
            while self._waiting:
                group, self._waiting = self._waiting[:_GROUP_PUSHES_MAX], self._waiting[_GROUP_PUSHES_MAX:]
                self._committing_count = len(group)
                await self._commit(group)

    def stop(self) -> None:
        """Let `run` end once the last group is committed."""
        self._is_stopping = True
        self._wakeup.set()

    async def _commit(self, group: list[tuple[Arrival, Respond]]) -> None:
        began = self._clock.monotonic()
        try:
            outcomes = await self._inbox.append_all([arrival for arrival, _ in group])
        except StoreUnavailableError as error:
            _LOG.error("the inbox did not take %d pushes, they were answered 503: %s", len(group), error)
            self._committing_count -= len(group)
            self._refuse_all(group)
            await self._recover()
            return
        except Exception:  # noqa: BLE001 - whatever it is, it must cost one push and not the writer
            _LOG.exception("a group of %d pushes met a defect of this program", len(group))
            await self._commit_apart(group)
            return
        self._committing_count -= len(group)
        for (_, respond), outcome in zip(group, outcomes, strict=True):
            if outcome is Outcome.NEW:
                self._counts.accepted_new += 1
            else:
                self._counts.accepted_duplicate += 1
            respond(_ACCEPTED)
        self._counts.note_commit(len(group), self._clock.monotonic() - began)

    async def _commit_apart(self, group: list[tuple[Arrival, Respond]]) -> None:
        """Find the push that no commit takes by halving, so that it costs its neighbours and the writer nothing."""
        if len(group) == 1:
            self._committing_count -= 1
            self._refuse_all(group)
            return
        middle = len(group) // 2
        await self._commit(group[:middle])
        await self._commit(group[middle:])

    def _refuse_all(self, group: list[tuple[Arrival, Respond]]) -> None:
        self._counts.refused[Reason.STORE] += len(group)
        answer = self._refuse(Reason.STORE)
        for _, respond in group:
            respond(answer)

    async def _recover(self) -> None:
        """Stay ill until the store reopened and committed a canary; pushes that waited are answered 503 meanwhile."""
        self.is_ill = True
        attempt = 0
        while not self._is_stopping:
            waiting, self._waiting = self._waiting, []
            self._refuse_all(waiting)
            await asyncio.sleep(_RECOVERY_SECONDS[min(attempt, len(_RECOVERY_SECONDS) - 1)])
            attempt += 1
            try:
                await self._inbox.recover()
            except StoreUnavailableError as error:
                _LOG.warning("the inbox is still ill: %s", error)
                continue
            self.is_ill = False
            _LOG.info("the inbox takes pushes again after %d attempts", attempt)
            return
