"""What the dashboard asks of the sending end: a running sender does it, an absent one finds it later, and once."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from afterchat.errors import CallerError, NotFoundError
from afterchat.server.delivery_orders import WAIT_SECONDS_MAX, RegistryOrders
from afterchat.server.orders import Orders
from afterchat.server.redelivery import REDELIVER, Wish, redeliver_wish
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sending import EndpointHealth, EntryQuery, EntryState
from outbox_scenes import CRM, NOW, fill
from virtual_time import run_virtually

LATER = NOW + 10_000


class Clock:
    def now_ms(self):
        return LATER


def play(body):
    async def main():
        store = await open_store("sqlite://", WRITABLE)
        try:
            await fill(store)
            await body(store, RegistryOrders(store, Clock()))
        finally:
            await store.close()

    run_virtually(main())


async def with_sender(store, work):
    """What `work` gives while a sender carries out orders."""

    async def redeliver(argument):
        wish = msgspec.json.decode(argument, type=Wish)
        return str(await redeliver_wish(wish, store.endpoints, store.outbox, LATER))

    running = asyncio.create_task(Orders(store.registry, REDELIVER, redeliver).run())
    try:
        return await work
    finally:
        running.cancel()


async def states(store):
    return {entry.id: entry.state for entry in await store.outbox.entries(EntryQuery(), 100)}


async def endpoint(store):
    return (await store.endpoints.endpoints("acme"))[0]


@pytest.mark.parametrize(("entry_ids", "opened"), [((2,), {2}), ((), {2}), ((1,), {1})])
def test_a_running_sender_opens_what_was_asked_for_and_says_how_much(entry_ids, opened):
    async def body(store, orders):
        before = await states(store)
        count = await with_sender(store, orders.redeliver(1, entry_ids))
        after = await states(store)

        assert count == len(opened)
        assert {entry_id for entry_id in after if before[entry_id] is not after[entry_id]} == opened
        assert {after[entry_id] for entry_id in opened} == {EntryState.WAITING}

    play(body)


def test_without_a_sender_the_order_stays_and_asking_again_asks_for_no_more():
    async def body(store, orders):
        begun = asyncio.get_running_loop().time()
        answers = [await orders.redeliver(1) for _ in range(2)]
        took = asyncio.get_running_loop().time() - begun
        (order,) = await store.registry.orders("waiting")

        assert answers == [None, None]
        assert took == pytest.approx(2 * WAIT_SECONDS_MAX)
        assert msgspec.json.decode(order.argument, type=Wish) == Wish(1)
        assert await with_sender(store, orders.redeliver(1)) == 1
        assert [one.state for one in await store.registry.orders(None)] == ["done"]

    play(body)


def test_what_the_sender_could_not_do_is_said_in_its_words():
    async def body(store, orders):
        with pytest.raises(CallerError, match="there is no endpoint 77"):
            await with_sender(store, orders.redeliver(77))

    play(body)


def test_resuming_undoes_a_pause_and_what_the_relay_gave_up_whenever_that_was():
    async def body(store, orders):
        given_up_at = LATER + 60_000  # by a clock that was ahead
        await store.outbox.settle([], [EndpointHealth(1, NOW, 9, given_up_at, None)], LATER)
        await orders.set_paused(1, is_paused=True)
        paused = await endpoint(store)
        await orders.set_paused(1, is_paused=False)
        resumed = await endpoint(store)

        assert (paused.is_paused, paused.resumed_at) == (True, CRM.resumed_at)
        assert (resumed.is_paused, resumed.resumed_at) == (False, given_up_at + 1)
        with pytest.raises(NotFoundError):
            await orders.set_paused(77, is_paused=True)

    play(body)


def test_an_endpoint_is_paused_before_any_sender_ever_ran(tmp_path):
    async def body():
        store = await open_store(f"sqlite:///{tmp_path}", frozenset({"registry"}))
        try:
            await store.registry.put_tenant("acme", "both", NOW)
            endpoint_id = await store.endpoints.put_endpoint(CRM)
            await RegistryOrders(store, Clock()).set_paused(endpoint_id, is_paused=True)

            assert store.has_sender is False
            assert (await endpoint(store)).is_paused is True
        finally:
            await store.close()

    asyncio.run(body())
