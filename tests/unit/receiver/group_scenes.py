"""What the tests of the group commit play on: an inbox that does as it is told, and a clock that steps."""

from __future__ import annotations

import asyncio

from afterchat.clock import SystemClock
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.counts import ReceiverCounts
from afterchat.receiver.group import GroupCommit
from afterchat.receiver.receiver import refusal
from afterchat.store.ports import Arrival, Outcome

__all__ = ["Scene", "ScriptedInbox", "SteppingClock", "arrival", "play"]


class SteppingClock:
    """A clock on which a quarter of a second passes whenever it is read."""

    def __init__(self):
        self.seconds = 1000.0

    def now_ms(self):
        return 1_700_000_000_000

    def monotonic(self):
        self.seconds += 0.25
        return self.seconds


class ScriptedInbox:
    """An inbox whose commits wait for the test, and fail when told to."""

    def __init__(self):
        self.groups = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_failing = False
        self.recoveries = 0
        self.poison = set()
        self.known = set()
        self.outcomes_lost = 0

    async def append_all(self, arrivals):
        self.groups.append(list(arrivals))
        await self.gate.wait()
        if self.poison.intersection(arrival.body for arrival in arrivals):
            raise RuntimeError("a defect, planted")
        if self.is_failing:
            raise StoreUnavailableError("planted")
        outcomes = [Outcome.DUPLICATE if one.body in self.known else Outcome.NEW for one in arrivals]
        return outcomes[: len(outcomes) - self.outcomes_lost]

    async def recover(self):
        self.recoveries += 1
        if self.is_failing:
            raise StoreUnavailableError("still planted")


def arrival(number):
    body = str(number).encode()
    return Arrival("default", "", 1_700_000_000, 1_700_000_000_000, "k", "checksum", body.rjust(32), body)


class Scene:
    """One group commit over a scripted inbox, and the answers it gave in order."""

    def __init__(self, waiting_pushes_max=1000, clock=None):
        self.inbox = ScriptedInbox()
        self.counts = ReceiverCounts()
        self.group = GroupCommit(
            self.inbox, clock or SystemClock(), self.counts, waiting_pushes_max=waiting_pushes_max, refuse=refusal
        )
        self.answers = []
        self.waiting_counts = []

    def submit(self, number):
        return self.group.submit(arrival(number), lambda answer: self.note(number, answer))

    def note(self, number, answer):
        self.answers.append((number, answer.status))
        self.waiting_counts.append(self.group.waiting_count)

    async def until(self, is_reached):
        async with asyncio.timeout(10):
            while not is_reached():
                await asyncio.sleep(0.001)


def play(scene_body, **limits):
    async def main():
        scene = Scene(**limits)
        running = asyncio.create_task(scene.group.run())
        await scene_body(scene)
        scene.group.stop()
        scene.inbox.gate.set()
        await asyncio.wait_for(running, 10)
        return scene

    return asyncio.run(main())
