"""The relay: takes what is due from the outbox, sends it, and writes down what became of it.

    turn: results -> settle (one transaction) -> lease what gates let through -> attempts begin -> wait

Rules
- A lease outlives its attempt; what a dead relay held is due again when the lease ends.
  A late result with an old token changes nothing.
- Results that came in one turn are settled together; one that could not be written is kept and written later.
- Each endpoint has its own gate: a dead one holds its own entries and slows nobody.
- Moments come from the wall clock and are asked anew each turn; waiting is by the loop's own time.
- Stopping lets attempts under way end within `drain_seconds`, then gives the rest back.

What does not belong here: making a request (`request`), carrying it (`transport`), judging the answer (`verdict`), and
how much an endpoint may get (`gate`, `places`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from random import Random
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.sender.counts import SenderCounts
from afterchat.sender.gate import Gate, News
from afterchat.sender.places import Places
from afterchat.sender.request import signed_request
from afterchat.sender.schedule import next_due_at
from afterchat.sender.transport import Answer, Failure, Transport
from afterchat.sender.verdict import Verdict, judge
from afterchat.store.sending import Attempt, Endpoint, EndpointHealth, EntryState, Lease, Outbox, Settlement

__all__ = ["Relay", "RelayLimits"]

_LOG = logging.getLogger(__name__)

ANSWER_BYTES_KEPT = 1024
_RETRY_SECONDS = 0.5
"""Wait after the store failed."""


class RelayLimits(NamedTuple):
    """How much goes on at one time, and for how long."""

    in_flight_max: int = 64
    """Attempts at one time, over all endpoints."""
    attempt_seconds_max: float = 10.0
    """The platform's own guide gives a receiver ten seconds."""
    lease_seconds: float = 30.0
    """How soon the entries of a relay that died are tried again; longer than an attempt."""
    turn_seconds_max: float = 5.0
    """How long it waits at most before it looks again at everything."""
    drain_seconds: float = 11.0


class _Result(NamedTuple):
    """What an attempt came to, before it is written."""

    settlement: Settlement
    health: EndpointHealth | None
    lease: Lease


class Relay:
    """One relay over one outbox; `endpoints` gives the endpoints in force by their id, `chance` spreads retries."""

    def __init__(
        self,
        outbox: Outbox,
        transport: Transport,
        clock: Clock,
        *,
        endpoints: Callable[[], Mapping[int, Endpoint]],
        chance: Random,
        limits: RelayLimits,
        on_news: Callable[[News], None],
        counts: SenderCounts | None = None,
    ) -> None:
        self._counts = counts or SenderCounts()
        self._outbox = outbox
        self._endpoints = endpoints
        self._transport = transport
        self._clock = clock
        self._chance = chance
        self._limits = limits
        self._on_news = on_news
        self._gates: dict[int, Gate] = {}
        self._known: Mapping[int, Endpoint] = {}
        self._ask_at: dict[int, int] = {}
        """When to ask the outbox for entries of an endpoint, epoch ms."""
        self._gone: set[int] = set()
        """Endpoints that were deleted and whose entries are still to be cancelled."""
        self._deleted: set[int] = set()
        """All that were deleted since the start; ids are never used again."""
        self._attempts: set[asyncio.Task[None]] = set()
        self._results: list[_Result] = []
        self._wakeup = asyncio.Event()
        self._is_stopping = False

    @property
    def in_flight_count(self) -> int:
        """Attempts under way."""
        return len(self._attempts)

    @property
    def gates(self) -> Mapping[int, Gate]:
        """The gate of each endpoint."""
        return self._gates

    def wake(self, endpoint_ids: Iterable[int] = ()) -> None:
        """Something new is due, or endpoints changed; what is due of an endpoint that was deleted is cancelled."""
        self._ask_at_once(endpoint_ids)
        self._wakeup.set()

    async def run(self) -> None:
        """Deliver until `stop` was called; what is under way then is finished or given back."""
        is_recalled = False
        while not self._is_stopping:
            try:
                if not is_recalled:
                    await self._recall()
                    is_recalled = True
                seconds = await self._turn()
            except StoreUnavailableError as error:
                _LOG.error("the relay waits for the store: %s", error)
                seconds = _RETRY_SECONDS
            await self._pause(seconds)
        await self._drain()

    def stop(self) -> None:
        """Let `run` end."""
        self._is_stopping = True
        self._wakeup.set()

    def _ask_at_once(self, endpoint_ids: Iterable[int]) -> None:
        for endpoint_id in endpoint_ids:
            if endpoint_id in self._known:
                self._ask_at[endpoint_id] = 0
            elif endpoint_id in self._deleted:
                self._gone.add(endpoint_id)

    async def _recall(self) -> None:
        """What was remembered of the endpoints; nothing is asked of the outbox before."""
        healths, entries, _ = await self._outbox.health()
        remembered = {health.endpoint_id: health for health in healths}
        self._follow_endpoints(remembered)
        self._gone |= {endpoint_id for endpoint_id, _ in entries} - set(self._known)

    async def _turn(self) -> float:
        """Settle, lease, begin; seconds until the next turn unless something happens before."""
        await self._settle()
        self._follow_endpoints({})
        await self._cancel_gone()
        now = self._clock.now_ms()
        wanted = self._wanted(now)
        if wanted:
            until = now + round(self._limits.lease_seconds * 1000)
            given = await self._outbox.lease(wanted, now, until)
            for endpoint_id in wanted:
                self._ask_at[endpoint_id] = given.next_due_at.get(endpoint_id, now + self._turn_ms)
            for lease in given.leases:
                self._begin(lease, until)
        return self._seconds_to_next(self._clock.now_ms())

    @property
    def _turn_ms(self) -> int:
        return round(self._limits.turn_seconds_max * 1000)

    def _wanted(self, now: int) -> dict[int, int]:
        """How many entries of which endpoint may be leased now."""
        asked = [self._gates[endpoint_id] for endpoint_id, at in self._ask_at.items() if at <= now]
        self._chance.shuffle(asked)
        return self._places(now).share_out(asked)

    def _seconds_to_next(self, now: int) -> float:
        """Until the earliest moment at which time alone lets something happen."""
        next_at = self._places(now).next_at(self._ask_at)
        latest = self._limits.turn_seconds_max
        return latest if next_at is None else min(max(0, next_at - now) / 1000, latest)

    def _places(self, now: int) -> Places:
        return Places(self._limits.in_flight_max, len(self._attempts), self._gates, now)

    def _begin(self, lease: Lease, until: int) -> None:
        self._gates[lease.endpoint_id].started(1)
        task = asyncio.get_running_loop().create_task(self._attempt(lease, until))
        self._attempts.add(task)
        task.add_done_callback(self._attempts.discard)

    async def _attempt(self, lease: Lease, until: int) -> None:
        """One attempt from signature to result.

        A process that was stopped meanwhile may come back after its lease, when another one has delivered a newer
        version already; whatever is signed after that would make the receiver go back to this one.
        """
        gate = self._gates[lease.endpoint_id]
        endpoint = gate.endpoint
        begun_at = self._clock.now_ms()
        if begun_at >= until:
            self._give_back(lease, gate)
            self._wakeup.set()
            return
        begun = self._clock.monotonic()
        outcome: Answer | Failure
        try:
            request = signed_request(lease, endpoint, begun_at)
            if isinstance(request, Failure):
                outcome = request
            else:
                outcome = await self._transport.send(request, self._limits.attempt_seconds_max)
        except asyncio.CancelledError:
            self._give_back(lease, gate)
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it must cost one attempt and not the relay
            _LOG.exception("attempt on entry %d met a defect of this program", lease.entry_id)
            outcome = Failure("protocol", "a defect of the sender; see its log")
        duration_ms = round((self._clock.monotonic() - begun) * 1000)
        now = self._clock.now_ms()
        verdict = judge(outcome, endpoint.success, now)
        attempt = Attempt(
            begun_at=begun_at,
            duration_ms=duration_ms,
            status=outcome.status if isinstance(outcome, Answer) else 0,
            error=verdict.error,
            answer=(outcome.body if isinstance(outcome, Answer) else outcome.detail.encode())[:ANSWER_BYTES_KEPT],
        )
        news = self._tell_gate(gate, verdict, now)
        self._results.append(_Result(self._settlement(lease, endpoint, verdict, attempt, now), gate.health, lease))
        task = asyncio.current_task()
        assert task is not None, "an attempt is a task"
        self._attempts.discard(task)
        self._wakeup.set()
        if news is not None:
            self._on_news(news)

    def _tell_gate(self, gate: Gate, verdict: Verdict, now: int) -> News | None:
        if verdict.kind == "delivered":
            return gate.succeeded(now)
        return gate.failed(now, verdict.error, is_gone=verdict.kind == "gone")

    def _settlement(self, lease: Lease, endpoint: Endpoint, verdict: Verdict, attempt: Attempt, now: int) -> Settlement:
        state, due_at = EntryState.DELIVERED, now
        if verdict.kind == "gone":
            state = EntryState.DEAD
        elif verdict.kind == "retry":
            again = next_due_at(
                endpoint.schedule_seconds,
                lease.attempt_count + 1,
                now,
                self._chance.random(),
                verdict.retry_after_ms,
            )
            state = EntryState.DEAD if again is None else EntryState.WAITING
            due_at = now if again is None else again
        return Settlement(lease.entry_id, lease.token, state, due_at, attempt)

    def _give_back(self, lease: Lease, gate: Gate) -> None:
        """An attempt that was cut short: whether it arrived is unknown, so it is due again at once."""
        gate.returned()
        now = self._clock.now_ms()
        settlement = Settlement(lease.entry_id, lease.token, EntryState.WAITING, now, None)
        self._results.append(_Result(settlement, None, lease))

    async def _settle(self) -> None:
        if not self._results:
            return
        results, self._results = self._results, []
        health = {result.health.endpoint_id: result.health for result in results if result.health is not None}
        try:
            await self._outbox.settle(
                [result.settlement for result in results], tuple(health.values()), self._clock.now_ms()
            )
        except BaseException:
            self._results = results + self._results
            raise
        for result in results:
            self._count(result)
        self._ask_at_once(result.lease.endpoint_id for result in results)

    def _count(self, result: _Result) -> None:
        settlement, lease = result.settlement, result.lease
        if settlement.attempt is not None:
            self._counts.note_attempt(lease.endpoint_id, settlement.attempt.error)
        if settlement.state is EntryState.DELIVERED and lease.series == 1:
            self._counts.note_delivery(settlement.due_at - lease.created_at)

    def _follow_endpoints(self, remembered: Mapping[int, EndpointHealth]) -> None:
        """Give every endpoint in force its gate, with what was remembered of it."""
        endpoints = self._endpoints()
        if endpoints is self._known:
            return
        for endpoint_id, endpoint in endpoints.items():
            gate = self._gates.get(endpoint_id)
            if gate is None:
                self._gates[endpoint_id] = Gate(endpoint, remembered.get(endpoint_id))
            else:
                gate.endpoint = endpoint
            self._ask_at[endpoint_id] = 0
        self._gone |= set(self._known) - set(endpoints)
        self._deleted |= self._gone
        for endpoint_id in set(self._ask_at) - set(endpoints):
            del self._ask_at[endpoint_id]
        self._known = endpoints

    async def _cancel_gone(self) -> None:
        for endpoint_id in tuple(self._gone):
            await self._outbox.cancel(endpoint_id, self._clock.now_ms())
            self._gone.discard(endpoint_id)
        if len(self._gates) > len(self._known):
            left = {endpoint_id: gate for endpoint_id, gate in self._gates.items() if gate.in_flight}
            self._gates = left | {endpoint_id: self._gates[endpoint_id] for endpoint_id in self._known}

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wakeup.wait()
        except TimeoutError:
            return
        finally:
            self._wakeup.clear()

    async def _drain(self) -> None:
        """Let attempts end, give the rest back, write everything down."""
        if self._attempts:
            await asyncio.wait(tuple(self._attempts), timeout=self._limits.drain_seconds)
        for task in tuple(self._attempts):
            task.cancel()
        if self._attempts:
            await asyncio.wait(tuple(self._attempts))
        try:
            await self._settle()
        except StoreUnavailableError as error:
            _LOG.error("%d results could not be written; their entries are tried again: %s", len(self._results), error)
