"""The sending end as one thing: the door, the tracker behind it, the relay behind that, and what looks after them.

    take (HTTP) -> intake -> tracker -> commit -> answer
                                        |-> relay -> signed pushes
    look        -> endpoints and tokens as operators left them, once a second
    tidy        -> what is older than its retention leaves, in bulk

Rules
- `take` never raises and never waits; the answer comes after the commit.
- What happens to an endpoint is itself a push: to endpoints that subscribe to OPERATIONS.
- Stopping answers what was taken, lets attempts end, and gives the rest back.

What does not belong here: sockets that listen (`edge`), settings (`server`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple, Protocol

from afterchat.clock import Clock
from afterchat.edge.message import Answer, Request, Respond
from afterchat.engine import Policy
from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.sender.counts import SenderCounts
from afterchat.sender.gate import News
from afterchat.sender.intake import BODY_BYTES_MAX, answer_of, read_request, refusal
from afterchat.sender.operations import news_pushes
from afterchat.sender.relay import Relay, RelayLimits
from afterchat.sender.submission import ItemVerdict, Submission
from afterchat.sender.tracker import Tracker, TrackerLimits
from afterchat.sender.transport import Transport
from afterchat.store.ports import Registry, Token
from afterchat.store.sending import Endpoint, Endpoints, Journal, JournalBatch, Outbox

__all__ = ["Sender", "SenderLimits", "SenderStore"]

_LOG = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_TIDY_SECONDS = 60.0
_TIDY_ROWS = 1000


class SenderLimits(NamedTuple):
    """The bounds of one sender; `settings` says what each means."""

    retention_ms: int
    """How long delivered and dead entries, their attempts, and ended sessions are kept."""
    body_bytes_max: int = BODY_BYTES_MAX
    """Of one request with events or records, when it is unpacked, too."""
    operator_tenant: str = ""
    """Its endpoints hear what happens to those of every tenant."""
    tracker: TrackerLimits = TrackerLimits()
    relay: RelayLimits = RelayLimits()


class SenderStore(Protocol):
    """The ports that a sender needs of one store."""

    @property
    def journal(self) -> Journal: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def endpoints(self) -> Endpoints: ...
    @property
    def registry(self) -> Registry: ...


class Sender:
    """One sender over one store; `policy_of` says what a tenant chose."""

    def __init__(
        self,
        store: SenderStore,
        transport: Transport,
        clock: Clock,
        *,
        chance: Random,
        policy_of: Callable[[str], Policy],
        limits: SenderLimits,
    ) -> None:
        self._journal = store.journal
        self._outbox = store.outbox
        self._endpoint_registry = store.endpoints
        self._registry = store.registry
        self._clock = clock
        self._limits = limits
        self._version = -1
        self._tokens: Sequence[tuple[Token, bytes]] = ()
        self._endpoints: Mapping[int, Endpoint] = {}
        self._of_tenant: Mapping[str, tuple[Endpoint, ...]] = {}
        self._answering: set[asyncio.Task[Any]] = set()
        self._news: list[News] = []
        self._is_stopping = False
        self.counts = SenderCounts()
        self.tracker = Tracker(
            store.journal,
            clock,
            policy_of=policy_of,
            endpoints_of=lambda tenant: self._of_tenant.get(tenant, ()),
            on_committed=self._on_committed,
            limits=limits.tracker,
        )
        self.relay = Relay(
            store.outbox,
            transport,
            clock,
            endpoints=lambda: self._endpoints,
            chance=chance,
            limits=limits.relay,
            on_news=self._on_news,
            counts=self.counts,
        )

    @property
    def is_stopping(self) -> bool:
        """Whether nothing more is taken."""
        return self._is_stopping

    def tokens(self) -> Sequence[tuple[Token, bytes]]:
        """The tokens of the last look, with their hashes."""
        return self._tokens

    def take(self, request: Request, respond: Respond) -> None:
        """Take events or records; the answer comes when what follows from them is durable."""
        if self._is_stopping:
            self._refuse(refusal("stopping"), respond)
            return
        submission = read_request(request, self._tokens, self._clock.now_ms(), self._limits.body_bytes_max)
        if isinstance(submission, Answer):
            self._refuse(submission, respond)
            return
        task = asyncio.get_running_loop().create_task(self._answer(submission, respond))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def hand_in(self, submission: Submission) -> Sequence[ItemVerdict]:
        """One verdict for each item once what follows from them is durable, whoever stops waiting meanwhile.

        Raises StoreUnavailableError when nothing was kept, CallerError once the sender stops.
        """
        if self._is_stopping:
            raise CallerError("the sender stops and takes nothing more; hand in while it runs")
        task = asyncio.get_running_loop().create_task(self.tracker.submit(submission))
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
        verdicts = await asyncio.shield(task)
        self.counts.note_items(verdicts)
        return verdicts

    async def run(self) -> None:
        """Track, relay and tidy until `stop` was called; raises StoreUnavailableError when it cannot begin."""
        await self.look()
        async with asyncio.TaskGroup() as parts:
            tracking = parts.create_task(self.tracker.run())
            relaying = parts.create_task(self.relay.run())
            aside = [parts.create_task(self._look_on()), parts.create_task(self._tidy_on())]
            await tracking
            self.relay.stop()
            await relaying
            for task in aside:
                task.cancel()

    async def stop(self) -> None:
        """Take nothing more and answer what was taken; then `run` ends by itself."""
        self._is_stopping = True
        if self._answering:
            await asyncio.wait(tuple(self._answering))
        self.tracker.stop()

    async def look(self) -> None:
        """Read endpoints and tokens if anything changed; raises StoreUnavailableError."""
        version = await self._registry.version()
        if version == self._version:
            return
        endpoints = await self._endpoint_registry.endpoints(None)
        tokens = await self._registry.tokens()
        if version <= self._version:
            return  # a look that began later came first
        self._tokens = tokens
        of_tenant: dict[str, tuple[Endpoint, ...]] = {}
        for endpoint in endpoints:
            of_tenant[endpoint.tenant] = (*of_tenant.get(endpoint.tenant, ()), endpoint)
        self._of_tenant = of_tenant
        self._endpoints = {endpoint.id: endpoint for endpoint in endpoints}
        self._version = version
        self.relay.wake()

    async def tidy(self) -> int:
        """Forget what is older than its retention, one bounded piece; how many rows."""
        before = self._clock.now_ms() - self._limits.retention_ms
        return await self._outbox.purge(before, _TIDY_ROWS) + await self.tracker.purge(before, _TIDY_ROWS)

    def _on_committed(self, endpoint_ids: frozenset[int]) -> None:
        if endpoint_ids:
            self.relay.wake(endpoint_ids)

    def _on_news(self, news: News) -> None:
        _LOG.warning("endpoint %d is %s: %s", news.endpoint_id, news.kind, news.error or "it answers again")
        self._news.append(news)

    def _refuse(self, answer: Answer, respond: Respond) -> None:
        self.counts.refused[answer.status] += 1
        respond(answer)

    async def _answer(self, submission: Submission, respond: Respond) -> None:
        try:
            verdicts = await self.tracker.submit(submission)
        except StoreUnavailableError:
            self._refuse(refusal("store"), respond)
            return
        self.counts.note_items(verdicts)
        respond(answer_of(submission, verdicts))

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look()
                await self._push_news()
            except StoreUnavailableError as error:
                _LOG.warning("the registry cannot be read, the endpoints known so far stay in force: %s", error)

    async def _tidy_on(self) -> None:
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            try:
                while await self.tidy():  # noqa: ASYNC110 - it waits for nothing: others take their turn between two pieces
                    await asyncio.sleep(0)
            except StoreUnavailableError as error:
                _LOG.warning("old rows stay, the store is away: %s", error)

    async def _push_news(self) -> None:
        """Tell endpoints that subscribe to it what happened to others."""
        news = tuple(self._news)
        endpoints = tuple(self._endpoints.values())
        pushes = [push for one in news for push in news_pushes(one, endpoints, self._limits.operator_tenant)]
        if pushes:
            await self._journal.commit(JournalBatch((), pushes, self._clock.now_ms()))
            self._on_committed(frozenset(endpoint_id for push in pushes for endpoint_id in push.endpoint_ids))
        del self._news[: len(news)]
