"""Keys and tokens are read again and again; what is known stays in force while the registry is away."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.clock import SystemClock
from afterchat.errors import StoreUnavailableError
from afterchat.server import registry_watch
from afterchat.server.registry_watch import RegistryWatch
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Key, Token


class FlakyRegistry:
    """A registry that is away when told to be."""

    def __init__(self, registry):
        self._registry = registry
        self.is_away = False
        self.look_count = 0

    async def tenants(self):
        self.look_count += 1
        if self.is_away:
            raise StoreUnavailableError("planted")
        return await self._registry.tenants()

    async def tokens(self):
        return await self._registry.tokens()


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(registry_watch, "_LOOK_SECONDS", 0.001)


def play(body, environment_secret=""):
    async def main():
        store = await open_store("sqlite://", WRITABLE)
        registry = FlakyRegistry(store.registry)
        used = []
        looking = RegistryWatch(registry, SystemClock(), environment_secret, used.append)
        try:
            await body(store, registry, looking, used)
        finally:
            await store.close()

    asyncio.run(main())


def test_every_look_hands_over_the_keys_in_force_and_the_tokens():
    async def body(store, registry, looking, used):
        await looking.look()
        assert ((), ()) == (used[-1][b"default"].secrets, looking.tokens())
        await store.registry.put_tenant("acme", "legacy", 0)
        await store.registry.put_key("acme", Key("a1", b"secret-of-acme-0001", 0, None))
        await store.registry.add_token(Token("t1", "acme", None), b"h" * 32, 0)
        await looking.look()
        ring = used[-1][b"acme"]
        assert ("legacy", ("a1",), (b"secret-of-acme-0001",)) == (ring.signature_mode, ring.key_ids, ring.secrets)
        assert ((Token("t1", "acme", None), b"h" * 32),) == looking.tokens()

    play(body)


def test_a_key_that_ended_leaves_the_ring_without_any_change_of_the_registry():
    async def body(store, registry, looking, used):
        now_ms = SystemClock().now_ms()
        await store.registry.put_tenant("acme", "both", 0)
        await store.registry.put_key("acme", Key("old", b"old-secret-of-acme-1", 0, now_ms + 50))
        await looking.look()
        async with asyncio.timeout(10):
            while SystemClock().now_ms() < now_ms + 50:
                await asyncio.sleep(0.005)
        await looking.look()
        ring = used[-1][b"acme"]
        assert ((), (b"old-secret-of-acme-1",)) == (ring.secrets, ring.retired_secrets)

    play(body)


def test_the_secret_of_the_environment_stays_beside_the_keys_of_the_registry():
    async def body(store, registry, looking, used):
        await store.registry.put_tenant("default", "both", 0)
        await store.registry.put_key("default", Key("d1", b"secret-in-the-store", 0, None))
        await looking.look()
        assert {b"secret-of-the-environment", b"secret-in-the-store"} == set(used[-1][b"default"].secrets)

    play(body, "secret-of-the-environment")


def test_while_the_registry_is_away_the_last_keys_stay_and_later_changes_arrive(quick):
    async def body(store, registry, looking, used):
        await looking.look()
        registry.is_away = True
        running = asyncio.create_task(looking.run())
        await until(lambda: registry.look_count > 3)
        assert 1 == len(used)
        await store.registry.put_tenant("acme", "both", 0)
        registry.is_away = False
        await until(lambda: b"acme" in used[-1])
        running.cancel()

    play(body)


async def until(is_reached):
    async with asyncio.timeout(10):
        while not is_reached():
            await asyncio.sleep(0.001)
