"""What the receiver keeps an eye on: free space and the registry's keys, and what happens when they cannot be read."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from afterchat.clock import SystemClock
from afterchat.errors import StoreUnavailableError
from afterchat.receiver import watch
from afterchat.receiver.watch import DiskWatch, RegistryWatch
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Key, Token


class Usage(NamedTuple):
    """As shutil gives it."""

    total: int
    used: int
    free: int


class Disk:
    """What the system says of the disk."""

    def __init__(self, monkeypatch, free):
        self.free = free
        monkeypatch.setattr(watch.shutil, "disk_usage", self.usage)

    def usage(self, directory):
        if self.free is None:
            raise OSError("planted")
        return Usage(1000, 1000 - self.free, self.free)


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
    monkeypatch.setattr(watch, "_LOOK_SECONDS", 0.001)


@pytest.mark.parametrize(("free", "is_low"), [(99, True), (100, False), (101, False)])
def test_the_watermark_itself_is_enough_room(monkeypatch, tmp_path, free, is_low):
    Disk(monkeypatch, free)

    assert is_low is DiskWatch(tmp_path, 100).is_low


def test_room_that_comes_back_is_noticed(monkeypatch, tmp_path):
    disk = Disk(monkeypatch, 50)
    looking = DiskWatch(tmp_path, 100)
    disk.free = 500
    looking.look()

    assert (False, 500) == (looking.is_low, looking.free_bytes)


def test_a_disk_that_cannot_be_asked_counts_as_full(monkeypatch, tmp_path):
    Disk(monkeypatch, None)

    assert DiskWatch(tmp_path, 1).is_low


def test_falling_under_the_watermark_is_said_once(monkeypatch, tmp_path, caplog):
    Disk(monkeypatch, 50)
    looking = DiskWatch(tmp_path, 100)
    looking.look()
    looking.look()

    assert 1 == caplog.text.count("watermark")


def test_a_store_in_memory_has_no_watermark():
    assert not DiskWatch(None, 10**18).is_low


def test_the_disk_is_looked_at_again_and_again(monkeypatch, tmp_path, quick):
    disk = Disk(monkeypatch, 50)

    async def main():
        looking = DiskWatch(tmp_path, 100)
        running = asyncio.create_task(looking.run())
        disk.free = 500
        async with asyncio.timeout(10):
            while looking.is_low:
                await asyncio.sleep(0.001)
        running.cancel()

    asyncio.run(main())


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
