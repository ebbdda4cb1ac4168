"""Release orders are carried out, settled with a sentence, and never in each other's way."""

from __future__ import annotations

import asyncio
from hashlib import sha256

from afterchat.clock import SystemClock
from afterchat.errors import StoreUnavailableError
from afterchat.server import orders
from afterchat.server.orders import release_orders
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Quarantining

AUTHENTIC, FORGED = b'{"id":1}', b'{"id":2}'


class FlakyQuarantine:
    """The store's quarantine, which is away for the pushes it is told."""

    def __init__(self, quarantine):
        self._quarantine = quarantine
        self.away_for = set()
        self.asked = []

    async def release(self, quarantine_id, released_at):
        self.asked.append(quarantine_id)
        if quarantine_id in self.away_for:
            raise StoreUnavailableError("planted")
        return await self._quarantine.release(quarantine_id, released_at)


class FlakyRegistry:
    """The store's registry, which cannot be read for so many looks."""

    def __init__(self, registry):
        self._registry = registry
        self.away_looks = 0

    def __getattr__(self, name):
        return getattr(self._registry, name)

    async def orders(self, state):
        if self.away_looks:
            self.away_looks -= 1
            raise StoreUnavailableError("planted")
        return await self._registry.orders(state)


class Scene:
    """A store with an authentic push (1) and a forged one (2) in quarantine, and the loop that carries orders out."""

    def __init__(self, store):
        self.store = store
        self.quarantine = FlakyQuarantine(store.quarantine)
        self.registry = FlakyRegistry(store.registry)
        self.orders = release_orders(self.registry, self.quarantine, SystemClock())

    async def order(self, argument, kind="release"):
        return await self.store.registry.place_order(kind, argument, 0)

    async def told(self, order_id):
        [order] = [order for order in await self.store.registry.orders(None) if order.id == order_id]
        return order.state, order.result

    async def settled(self, *order_ids):
        async with asyncio.timeout(10):
            while any([(await self.told(order_id))[0] == "waiting" for order_id in order_ids]):
                await asyncio.sleep(0.002)

    async def inbox(self):
        return [row.body for row in await self.store.inbox.read_after(0, 100)]


def refused(body, *, authentic):
    return Quarantining("default", 0, "window", "", "", "", 1_700_000_000, authentic, sha256(body).digest(), body)


def play(monkeypatch, body):
    monkeypatch.setattr(orders, "_LOOK_SECONDS", 0.002)

    async def main():
        store = await open_store("sqlite://", WRITABLE)
        scene = Scene(store)
        await store.quarantine.put_all([refused(AUTHENTIC, authentic=True), refused(FORGED, authentic=False)])
        running = asyncio.create_task(scene.orders.run())
        try:
            await body(scene)
            assert not running.done()
        finally:
            running.cancel()
            await store.close()

    asyncio.run(main())


def test_an_authentic_push_is_put_into_the_inbox_and_the_order_says_so(monkeypatch):
    async def body(scene):
        order = await scene.order("1")
        await scene.settled(order)
        assert (("done", "new"), [AUTHENTIC]) == (await scene.told(order), await scene.inbox())

    play(monkeypatch, body)


def test_released_twice_it_is_there_once(monkeypatch):
    async def body(scene):
        first, second = await scene.order("1"), await scene.order("1")
        await scene.settled(first, second)
        assert (("done", "duplicate"), [AUTHENTIC]) == (await scene.told(second), await scene.inbox())

    play(monkeypatch, body)


def test_what_cannot_be_done_is_settled_as_failed_with_the_reason(monkeypatch):
    async def body(scene):
        forged, missing, unreadable = await scene.order("2"), await scene.order("77"), await scene.order("x")
        await scene.settled(forged, missing, unreadable)
        states = [(await scene.told(order))[0] for order in (forged, missing, unreadable)]
        assert ["failed"] * 3 == states
        assert "signature never verified" in (await scene.told(forged))[1]
        assert "77" in (await scene.told(missing))[1]
        assert [] == await scene.inbox()

    play(monkeypatch, body)


def test_a_number_that_no_database_holds_is_a_failed_order_and_no_ill_store(monkeypatch):
    async def body(scene):
        order = await scene.order("9" * 40)
        await scene.settled(order)
        assert "failed" == (await scene.told(order))[0]

    play(monkeypatch, body)


def test_a_rebuild_is_somebody_elses_order(monkeypatch):
    async def body(scene):
        rebuild, release = await scene.order("", kind="rebuild"), await scene.order("1")
        await scene.settled(release)
        assert ("waiting", [1]) == ((await scene.told(rebuild))[0], scene.quarantine.asked)

    play(monkeypatch, body)


def test_an_order_that_must_wait_for_the_store_holds_up_no_other_and_is_done_in_the_end(monkeypatch):
    async def body(scene):
        scene.quarantine.away_for = {1}
        stuck, other = await scene.order("1"), await scene.order("2")
        await scene.settled(other)
        assert "waiting" == (await scene.told(stuck))[0]
        scene.quarantine.away_for = set()
        await scene.settled(stuck)
        assert ("done", "new") == await scene.told(stuck)

    play(monkeypatch, body)


def test_while_the_orders_cannot_be_read_they_wait_and_then_they_are_done(monkeypatch):
    async def body(scene):
        scene.registry.away_looks = 3
        order = await scene.order("1")
        await scene.settled(order)
        assert (0, ("done", "new")) == (scene.registry.away_looks, await scene.told(order))

    play(monkeypatch, body)
