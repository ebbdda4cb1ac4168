"""What the relay's tests play on: a real store in memory, a wire that does as it is told, and virtual time."""

from __future__ import annotations

import asyncio
from random import Random
from typing import NamedTuple

from sending_cast import endpoint

from afterchat.errors import StoreUnavailableError
from afterchat.sender.relay import Relay, RelayLimits
from afterchat.sender.transport import Answer, Failure, Request
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sending import EntryQuery, EntryState
from conformance.cast_sending import push, step
from virtual_time import VirtualClock, run_virtually

__all__ = ["GONE", "OK", "SICK", "TIMEOUT", "Scene", "Sent", "play"]

OK = Answer(200, {}, b"{}", is_cut=False)
SICK = Answer(500, {}, b"no", is_cut=False)
GONE = Answer(410, {}, b"", is_cut=False)
TIMEOUT = Failure("timeout", "")


class Sent(NamedTuple):
    """One request that went out, and when, by the loop's own time."""

    at: float
    request: Request

    @property
    def endpoint_id(self):
        return self.request.endpoint_id


class Wire:
    """A transport: `answers` by endpoint say what comes back and after how many seconds; else OK after 10 ms."""

    def __init__(self):
        self.answers = {}
        self.sent = []
        self.cancelled = 0
        self.under_way = {}
        self.most_under_way = {}

    async def send(self, request, seconds_max):
        loop, own = asyncio.get_running_loop(), request.endpoint_id
        self.sent.append(Sent(loop.time(), request))
        for counted in (own, "all"):
            self.under_way[counted] = self.under_way.get(counted, 0) + 1
            self.most_under_way[counted] = max(self.most_under_way.get(counted, 0), self.under_way[counted])
        answer = self.answers.get(own, (0.01, OK))
        seconds, outcome = answer(request) if callable(answer) else answer
        try:
            await asyncio.sleep(min(seconds, seconds_max))
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            for counted in (own, "all"):
                self.under_way[counted] -= 1
        if isinstance(outcome, Exception):
            raise outcome
        return outcome if seconds <= seconds_max else TIMEOUT

    def times(self, endpoint_id=1):
        """When something was sent to an endpoint, seconds since the scene began, to a hundredth."""
        return [round(sent.at, 2) for sent in self.sent if sent.endpoint_id == endpoint_id]

    def sessions(self, endpoint_id=1):
        """Which sessions were sent to an endpoint, by their bodies."""
        return [int(sent.request.body[1:-1]) for sent in self.sent if sent.endpoint_id == endpoint_id]


class Outage:
    """An outbox whose named calls fail or are slow while the test says so."""

    def __init__(self, outbox):
        self._outbox = outbox
        self.failing = set()
        self.slow = {}
        self.failures = 0
        self.calls = []

    def __getattr__(self, name):
        honest = getattr(self._outbox, name)

        async def call(*arguments):
            self.calls.append(name)
            if name in self.failing:
                self.failures += 1
                raise StoreUnavailableError("planted")
            result = await honest(*arguments)
            if name in self.slow:
                await asyncio.sleep(self.slow[name])
            return result

        return call


class Scene:
    """One relay over one store; `relay` may be stopped and another one started."""

    def __init__(self, endpoints, limits):
        self.endpoints = {one.id: one for one in endpoints}
        self.limits = RelayLimits(**limits)
        self.clock = VirtualClock()
        self.wire = Wire()
        self.news = []

    async def open(self):
        self.store = await open_store("sqlite://", WRITABLE)
        self.outbox = Outage(self.store.outbox)
        self.start()

    def start(self):
        self.relay = Relay(
            self.outbox,
            self.wire,
            self.clock,
            endpoints=lambda: self.endpoints,
            chance=Random(1),
            limits=self.limits,
            on_news=self.news.append,
        )
        self.running = asyncio.create_task(self.relay.run())

    async def stop(self):
        self.relay.stop()
        await self.running

    async def crash(self):
        """End the relay without a word."""
        for task in (self.running, *self.relay._attempts):
            task.cancel()
        await asyncio.sleep(0)

    def change(self, id_=1, **values):
        """An operator changes one endpoint."""
        self.endpoints = {**self.endpoints, id_: self.endpoints.get(id_, endpoint(id_))._replace(**values)}
        self.relay.wake()

    def delete(self, id_=1):
        self.endpoints = {known: one for known, one in self.endpoints.items() if known != id_}
        self.relay.wake()

    async def commit(self, *sessions, endpoint_ids=(1,)):
        """A push for each session, committed together, and the relay is woken as the tracker does."""
        pushes = [push(session, endpoint_ids, body=b"[%d]" % session) for session in sessions]
        await self.store.journal.commit(step(pushes=pushes, committed_at=self.clock.now_ms()))
        self.relay.wake(endpoint_ids)

    async def entries(self, **query):
        """Oldest first."""
        return (await self.store.outbox.entries(EntryQuery(**query), 10_000))[::-1]

    async def states(self, **query):
        return [entry.state.value for entry in await self.entries(**query)]

    async def count(self, state=EntryState.DELIVERED, endpoint_id=1):
        return (await self.store.outbox.health())[1].get((endpoint_id, state.value), 0)

    async def attempts(self, entry_id=1):
        return await self.store.outbox.attempts(entry_id)

    async def health(self, endpoint_id=1):
        healths = {one.endpoint_id: one for one in (await self.store.outbox.health())[0]}
        return healths.get(endpoint_id)


def play(body, *endpoints, **limits):
    """Play `body` on a scene whose relay runs, then stop it; the scene."""

    async def main():
        scene = Scene(endpoints or (endpoint(),), limits)
        await scene.open()
        await body(scene)
        await scene.stop()
        scene.at_end = await scene.states()
        await scene.store.close()
        return scene

    return run_virtually(main())
