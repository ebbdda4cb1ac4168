"""Looking at the registry: what is changed is taken up once, and the latest look wins, however long another took."""

from __future__ import annotations

import asyncio
from random import Random
from types import SimpleNamespace

from relay_scenes import Wire
from sending_cast import endpoint

from afterchat.engine import Policy
from afterchat.sender.sender import Sender, SenderLimits
from virtual_time import VirtualClock, run_virtually


class Registry:
    """Answers for the version it had when it was asked, after as long as it was told."""

    def __init__(self):
        self.number = 1
        self.seconds = 0.0
        self.reads = 0

    async def version(self):
        return self.number

    async def endpoints(self, _tenant):
        self.reads += 1
        number, seconds = self.number, self.seconds
        await asyncio.sleep(seconds)
        return (endpoint(id_=number, name=f"e{number}"),)

    async def tokens(self):
        return ()


def looking(body):
    registry = Registry()
    store = SimpleNamespace(journal=None, outbox=None, endpoints=registry, registry=registry)

    async def main():
        sender = Sender(
            store,
            Wire(),
            VirtualClock(),
            chance=Random(1),
            policy_of=lambda _: Policy(),
            limits=SenderLimits(retention_ms=1),
        )
        await body(sender, registry)
        return list(sender._endpoints)

    return run_virtually(main())


def test_nothing_is_read_again_while_nothing_changed():
    async def body(sender, registry):
        await sender.look()
        await sender.look()
        assert 1 == registry.reads

    assert [1] == looking(body)


def test_a_slow_look_does_not_undo_what_a_later_one_saw():
    async def body(sender, registry):
        registry.seconds = 10
        slow = asyncio.create_task(sender.look())
        await asyncio.sleep(1)
        registry.number, registry.seconds = 2, 0
        await sender.look()
        await slow

    assert [2] == looking(body)
