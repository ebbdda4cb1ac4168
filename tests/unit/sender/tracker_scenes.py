"""What the tracker's tests play on: a real store in memory that fails when it is told to, and virtual time."""

from __future__ import annotations

import asyncio

from sending_cast import endpoint

from afterchat.engine import Policy
from afterchat.errors import StoreUnavailableError
from afterchat.sender.submission import Submission
from afterchat.sender.tracker import Tracker, TrackerLimits
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sending import EntryQuery
from virtual_time import VirtualClock, run_virtually

__all__ = ["POLICY", "Scene", "play"]

POLICY = Policy(visitor_silent_seconds=600, rating_window_minutes=10)


class Ledger:
    """A journal that notes its calls, and fails or waits when the test says so."""

    def __init__(self, journal):
        self._journal = journal
        self.failing = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.batches = []
        self.loads = []
        self.calls = []

    def __getattr__(self, name):
        honest = getattr(self._journal, name)

        async def call(*arguments):
            self.calls.append(name)
            if name == "commit":
                self.batches.append(arguments[0])
                await self.gate.wait()
            if name == "load":
                self.loads.append(arguments)
            if name in self.failing:
                raise StoreUnavailableError(f"{name} planted")
            return await honest(*arguments)

        return call


class Scene:
    """One tracker over one store; stopped and started again it is a new one on the same store."""

    def __init__(self, limits):
        self.limits = TrackerLimits(**limits)
        self.clock = VirtualClock()
        self.endpoints = (endpoint(1),)
        self.policy = POLICY
        self.woken = []

    async def open(self):
        self.store = await open_store("sqlite://", WRITABLE)
        self.journal = Ledger(self.store.journal)
        self.start()

    def start(self):
        self.tracker = Tracker(
            self.journal,
            self.clock,
            policy_of=lambda tenant: self.policy,
            endpoints_of=lambda tenant: tuple(one for one in self.endpoints if one.tenant == tenant),
            on_committed=self.woken.append,
            limits=self.limits,
        )
        self.running = asyncio.create_task(self.tracker.run())

    async def stop(self):
        self.tracker.stop()
        await self.running

    async def restart(self):
        await self.stop()
        self.start()

    async def submit(self, *items, tenant="acme"):
        """The verdict on each."""
        return await self.tracker.submit(Submission(tenant, items))

    async def words(self, *items, tenant="acme"):
        return [verdict.verdict for verdict in await self.submit(*items, tenant=tenant)]

    def later(self, *items, tenant="acme"):
        return asyncio.create_task(self.submit(*items, tenant=tenant))

    @property
    def state(self):
        """Of the one session at hand."""
        [tracked] = self.tracker._at_hand._sessions.values()
        return tracked.session.state.name

    async def pushes(self, session=None):
        """Every push that has an entry, oldest first."""
        entries = await self.store.outbox.entries(EntryQuery(session=session), 1000)
        return [await self.store.outbox.push(entry.push_id) for entry in entries[::-1]]

    async def bodies(self, session=None):
        return [push.body for push in await self.pushes(session)]

    async def stored(self, session=102, tenant="acme"):
        return await self.store.journal.load(tenant, session)


def play(body, **limits):
    """Play `body` on a scene whose tracker runs, then stop it; the scene."""

    async def main():
        scene = Scene(limits)
        await scene.open()
        await body(scene)
        await scene.stop()
        await scene.store.close()
        return scene

    return run_virtually(main())
