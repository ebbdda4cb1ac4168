"""The group commit answers `{}` after the commit, and nothing but a refusal when there was none."""

from __future__ import annotations

import asyncio

from afterchat.clock import SystemClock
from afterchat.contract.ack import Reason
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.counts import ReceiverCounts
from afterchat.receiver.group import GroupCommit
from afterchat.receiver.receiver import refusal
from afterchat.store.ports import Arrival, Outcome


class ScriptedInbox:
    """An inbox whose commits wait for the test, and fail when told to."""

    def __init__(self):
        self.groups = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_failing = False
        self.recoveries = 0
        self.poison = set()

    async def append_all(self, arrivals):
        self.groups.append(list(arrivals))
        await self.gate.wait()
        if self.poison.intersection(arrival.body for arrival in arrivals):
            raise RuntimeError("a defect, planted")
        if self.is_failing:
            raise StoreUnavailableError("planted")
        return [Outcome.NEW] * len(arrivals)

    async def recover(self):
        self.recoveries += 1
        if self.is_failing:
            raise StoreUnavailableError("still planted")


def arrival(number):
    body = str(number).encode()
    return Arrival("default", "", 1_700_000_000, 1_700_000_000_000, "k", "checksum", body.rjust(32), body)


class Scene:
    """One group commit over a scripted inbox, and the answers it gave in order."""

    def __init__(self, waiting_pushes_max=1000):
        self.inbox = ScriptedInbox()
        self.counts = ReceiverCounts()
        self.group = GroupCommit(
            self.inbox, SystemClock(), self.counts, waiting_pushes_max=waiting_pushes_max, refuse=refusal
        )
        self.answers = []

    def submit(self, number):
        return self.group.submit(arrival(number), lambda answer: self.answers.append((number, answer.status)))

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


def test_no_answer_leaves_before_the_commit_returned():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.submit(1)
        await scene.until(lambda: scene.inbox.groups)
        assert [] == scene.answers
        scene.inbox.gate.set()
        await scene.until(lambda: scene.answers)

    assert [(1, 200)] == play(body).answers


def test_pushes_of_one_turn_share_a_commit_and_later_ones_gather_behind_it():
    async def body(scene):
        scene.inbox.gate.clear()
        for number in range(3):
            scene.submit(number)
        await scene.until(lambda: scene.inbox.groups)
        for number in range(3, 8):
            scene.submit(number)
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 8)

    scene = play(body)

    assert [3, 5] == [len(group) for group in scene.inbox.groups]
    assert [(number, 200) for number in range(8)] == scene.answers
    assert (8, 2, 8) == (scene.counts.accepted_new, scene.counts.commits, scene.counts.commit_pushes)


def test_a_failed_commit_is_answered_503_and_nothing_is_taken_until_the_store_recovered():
    async def body(scene):
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.answers)
        assert Reason.STORE is scene.submit(2)
        await scene.until(lambda: scene.inbox.recoveries)
        assert Reason.STORE is scene.submit(3)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)
        assert scene.submit(4) is None
        await scene.until(lambda: len(scene.answers) == 2)

    scene = play(body)

    assert [(1, 503), (4, 200)] == scene.answers
    assert {Reason.STORE: 1} == dict(scene.counts.refused)


def test_what_waited_behind_a_failed_commit_is_answered_503_too():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.inbox.groups)
        scene.submit(2)
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 2)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)

    assert [(1, 503), (2, 503)] == play(body).answers


def test_beyond_its_bound_the_queue_says_busy_and_keeps_what_it_has():
    async def body(scene):
        scene.inbox.gate.clear()
        assert scene.submit(1) is None
        assert scene.submit(2) is None
        assert Reason.BUSY is scene.submit(3)
        assert 2 == scene.group.waiting_count
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 2)

    scene = play(body, waiting_pushes_max=2)

    assert [(1, 200), (2, 200)] == scene.answers
    assert 0 == scene.group.waiting_count


def test_stopping_commits_what_waits_before_it_returns():
    async def body(scene):
        scene.inbox.gate.clear()
        for number in range(3):
            scene.submit(number)

    assert [(0, 200), (1, 200), (2, 200)] == play(body).answers


def test_a_push_that_makes_the_store_stumble_is_refused_alone_and_its_neighbours_are_taken():
    async def body(scene):
        scene.inbox.poison = {b"5"}
        for number in range(20):
            scene.submit(number)
        await scene.until(lambda: len(scene.answers) == 20)

    scene = play(body)

    assert [(5, 503)] == [answer for answer in scene.answers if answer[1] != 200]
    assert 19 == scene.counts.accepted_new
