"""The receiver as a whole, over a real store: `{}` only for what is committed, a refusal for everything else."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from hashlib import sha256

import pytest

from afterchat.clock import SystemClock
from afterchat.contract.ack import Reason
from afterchat.contract.signature import body_md5, checksum
from afterchat.contract.webhooks import sign_webhook, webhook_key
from afterchat.edge.message import Request
from afterchat.errors import StoreUnavailableError
from afterchat.receiver import receiver as receiver_module
from afterchat.receiver.receiver import Receiver, ReceiverLimits, refusal
from afterchat.receiver.rings import rings_in_force
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Key, Tenant

SECRET = b"DD0F1F5A3AD04EF49A06547C253F9357"
RINGS = rings_in_force([Tenant("default", "both", (Key("k1", SECRET, 0, None),))], 1_700_000_000_000)
LIMITS = ReceiverLimits(
    window_seconds=300, waiting_pushes_max=1000, quarantine_rows_per_second_max=20, disk_free_bytes_min=0
)
COLLIDING = (
    b"TEXTCOLLBYfGiJUETHQ4hAcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
    b"TEXTCOLLBYfGiJUETHQ4hEcKSMd5zYpgqf1YRDhkmxHkhPWptrkoyz28wnI9V0aHeAuaKnak",
)
"""Two texts with one MD5, found by M. Stevens."""


class WatchedInbox:
    """The store's inbox, and a gate before and a fault instead of its commits."""

    def __init__(self, inbox):
        self._inbox = inbox
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_failing = False
        self.is_failing_after_commit = False
        self.group_count = 0

    async def append_all(self, arrivals):
        self.group_count += 1
        await self.gate.wait()
        if self.is_failing:
            raise StoreUnavailableError("planted before the commit")
        outcomes = await self._inbox.append_all(arrivals)
        if self.is_failing_after_commit:
            raise StoreUnavailableError("planted after the commit")
        return outcomes

    async def recover(self):
        if self.is_failing or self.is_failing_after_commit:
            raise StoreUnavailableError("still planted")
        await self._inbox.recover()

    async def bodies(self):
        return [row.body for row in await self._inbox.read_after(0, 10_000)]


class Scene:
    """A receiver over a store in memory; answers are noted together with what was stored at that moment."""

    def __init__(self, store, limits):
        self.store = store
        self.inbox = WatchedInbox(store.inbox)
        self.receiver = Receiver(self.inbox, store.quarantine, SystemClock(), limits, None)
        self.receiver.rings = RINGS
        self.answers = []

    def push(self, body, **changes):
        self.receiver.take(signed(body, **changes), lambda answer: self.answers.append((body, answer)))

    @property
    def statuses(self):
        return [answer.status for _, answer in self.answers]

    async def answered(self, count):
        await self.until(lambda: len(self.answers) >= count)

    async def until(self, is_reached):
        async with asyncio.timeout(10):
            while not is_reached():
                await asyncio.sleep(0.001)

    def balance(self):
        """Pushes handed in that no counter explains; zero at every moment."""
        counts = self.receiver.counts
        explained = counts.accepted_new + counts.accepted_duplicate + sum(counts.refused.values())
        return explained + self.receiver.waiting_count


def signed(body, *, secret=SECRET, method=b"POST", path=b"/push", time=None, extra=b""):
    at = str(SystemClock().now_ms() // 1000).encode() if time is None else time
    query = b"time=" + at + b"&checksum=" + checksum(secret, body_md5(body), at) + extra
    return Request(method, path, query, (), body, "127.0.0.1")


def webhook(body, message_id):
    at = SystemClock().now_ms() // 1000
    headers = (
        (b"webhook-id", message_id.encode()),
        (b"webhook-timestamp", str(at).encode()),
        (b"webhook-signature", sign_webhook(webhook_key(SECRET), message_id, at, body).encode()),
    )
    return Request(b"POST", b"/push", b"", headers, body, "127.0.0.1")


@asynccontextmanager
async def receiving(limits=LIMITS):
    store = await open_store("sqlite://", WRITABLE)
    scene = Scene(store, limits)
    running = asyncio.create_task(scene.receiver.run())
    try:
        yield scene
        scene.receiver.stop()
        scene.inbox.gate.set()
        await asyncio.wait_for(running, 10)
    finally:
        await store.close()


def play(body, limits=LIMITS):
    async def main():
        async with receiving(limits) as scene:
            await body(scene)

    asyncio.run(main())


def test_braces_are_said_after_the_commit_and_never_before():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.push(b'{"id":1}')
        await scene.until(lambda: scene.inbox.group_count)
        assert ([], []) == (scene.answers, await scene.inbox.bodies())
        scene.inbox.gate.set()
        await scene.answered(1)
        assert [(b'{"id":1}', 200, b"{}")] == [(sent, answer.status, answer.body) for sent, answer in scene.answers]
        assert [b'{"id":1}'] == await scene.inbox.bodies()

    play(body)


def test_a_store_that_fails_before_its_commit_means_503_and_no_row_and_then_recovery():
    async def body(scene):
        scene.inbox.is_failing = True
        scene.push(b"1")
        await scene.answered(1)
        scene.push(b"2")
        assert ([503, 503], []) == (scene.statuses, await scene.inbox.bodies())
        assert (Reason.STORE,) == scene.receiver.why_not_ready()
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.receiver.why_not_ready())
        scene.push(b"1")
        await scene.answered(3)
        assert ([503, 503, 200], [b"1"]) == (scene.statuses, await scene.inbox.bodies())

    play(body)


def test_a_commit_whose_word_was_lost_is_no_promise_and_the_senders_retry_is_a_repeat():
    async def body(scene):
        scene.inbox.is_failing_after_commit = True
        scene.push(b"1")
        await scene.answered(1)
        scene.inbox.is_failing_after_commit = False
        await scene.until(lambda: not scene.receiver.why_not_ready())
        scene.push(b"1")
        await scene.answered(2)
        assert ([503, 200], [b"1"]) == (scene.statuses, await scene.inbox.bodies())
        assert (0, 1) == (scene.receiver.counts.accepted_new, scene.receiver.counts.accepted_duplicate)

    play(body)


def test_the_numbers_add_up_at_every_moment_also_while_the_store_is_ill():
    async def body(scene):
        scene.inbox.gate.clear()
        for number in range(5):
            scene.push(str(number).encode())
        await scene.until(lambda: scene.inbox.group_count)
        for number in range(5, 8):
            scene.push(str(number).encode())
        scene.push(b"wrong", secret=b"another-secret-000")
        assert 9 == scene.balance()
        scene.inbox.is_failing = True
        scene.inbox.gate.set()
        await scene.answered(9)
        assert (9, 0) == (scene.balance(), scene.receiver.waiting_count)
        scene.push(b"while ill")
        assert 10 == scene.balance()
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.receiver.why_not_ready())
        scene.push(b"healthy")
        await scene.answered(11)
        assert 11 == scene.balance()

    play(body)


def test_one_body_sent_a_thousand_times_is_one_row_and_all_are_told_braces():
    async def body(scene):
        for _ in range(10):
            for _ in range(100):
                scene.push(b"the same")
            await asyncio.sleep(0)
        await scene.answered(1000)
        assert {200} == set(scene.statuses)
        assert [b"the same"] == await scene.inbox.bodies()
        assert (1, 999) == (scene.receiver.counts.accepted_new, scene.receiver.counts.accepted_duplicate)

    play(body, LIMITS._replace(waiting_pushes_max=2000))


def test_two_bodies_under_one_checksum_are_both_kept_and_somebody_is_told():
    async def body(scene):
        time = str(SystemClock().now_ms() // 1000).encode()
        for one in COLLIDING:
            scene.push(one, time=time)
        await scene.answered(2)
        assert sorted(COLLIDING) == sorted(await scene.inbox.bodies())
        assert 1 == scene.receiver.counts.checksum_collisions

    play(body)


def test_a_collision_is_noticed_whatever_else_stands_in_the_query():
    async def body(scene):
        time = str(SystemClock().now_ms() // 1000).encode()
        scene.push(COLLIDING[0], time=time)
        scene.push(COLLIDING[1], time=time, extra=b"&utm=1")
        await scene.answered(2)
        assert 1 == scene.receiver.counts.checksum_collisions

    play(body)


def test_only_so_many_checksums_are_remembered_and_the_oldest_are_forgotten(monkeypatch):
    monkeypatch.setattr(receiver_module, "_CHECKSUMS_REMEMBERED_MAX", 3)

    async def body(scene):
        for number in range(10):
            scene.push(str(number).encode())
        await scene.answered(10)
        assert 3 == len(scene.receiver._recent_checksums)
        assert 0 == scene.receiver.counts.checksum_collisions

    play(body)


def test_webhooks_carry_no_checksum_and_so_raise_no_alarm_about_one():
    async def body(scene):
        for number in range(3):
            scene.receiver.take(
                webhook(str(number).encode(), f"msg_{number}"), lambda answer: scene.answers.append((b"", answer))
            )
        await scene.answered(3)
        assert ([200] * 3, 0) == (scene.statuses, scene.receiver.counts.checksum_collisions)

    play(body)


def test_after_stop_pushes_are_refused_as_stopping_and_what_waited_is_answered():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.push(b"before")
        await scene.until(lambda: scene.inbox.group_count)
        scene.receiver.stop()
        scene.push(b"after")
        scene.inbox.gate.set()
        await scene.answered(2)
        assert {b"after": 503, b"before": 200} == {sent: answer.status for sent, answer in scene.answers}
        assert (Reason.STOPPING,) == scene.receiver.why_not_ready()

    play(body)


def test_a_full_queue_says_busy_and_when_to_come_again():
    async def body(scene):
        scene.inbox.gate.clear()
        for number in range(4):
            scene.push(str(number).encode())
        assert [503, 503] == scene.statuses
        assert {(b"retry-after", b"1")} <= set(scene.answers[0][1].headers)

    play(body, LIMITS._replace(waiting_pushes_max=2))


def test_a_disk_under_its_watermark_means_503_for_good_pushes_and_the_usual_word_for_bad_ones():
    async def body(scene):
        scene.receiver.disk.is_low = True
        scene.push(b"1")
        scene.push(b"2", secret=b"another-secret-000")
        assert [503, 401] == scene.statuses
        assert (Reason.DISK,) == scene.receiver.why_not_ready()
        scene.receiver.disk.is_low = False
        scene.push(b"1")
        await scene.answered(3)
        assert 200 == scene.statuses[-1]

    play(body)


def test_a_refused_push_touches_the_store_only_later_and_then_as_quarantine():
    async def body(scene):
        scene.push(b"1", secret=b"another-secret-000")
        assert ([401], 0) == (scene.statuses, scene.inbox.group_count)

    async def main():
        async with receiving() as scene:
            await body(scene)
            scene.receiver.stop()
            await scene.until(lambda: scene.receiver.counts.quarantined)
            [kept] = await scene.store.quarantine.latest(None, None, 10)
            assert (b"1", sha256(b"1").digest(), False) == (kept.push.body, kept.push.sha256, kept.push.authentic)

    asyncio.run(main())


def test_the_skew_of_clocks_is_that_of_the_last_authentic_push():
    async def body(scene):
        scene.push(b"1", time=str(SystemClock().now_ms() // 1000 - 100).encode())
        assert scene.receiver.counts.skew_seconds in range(99, 103)
        scene.push(b"2", time=b"1700000000")
        assert scene.receiver.counts.skew_seconds in range(99, 103)

    play(body)


@pytest.mark.parametrize("reason", Reason)
def test_no_refusal_can_be_taken_for_success(reason):
    answer = refusal(reason)
    headers = dict(answer.headers)

    assert answer.status >= 400
    assert reason.code == json.loads(answer.body)["code"]
    assert (answer.status == 503) == (b"retry-after" in headers)
    assert (answer.status == 405) == (b"allow" in headers)
