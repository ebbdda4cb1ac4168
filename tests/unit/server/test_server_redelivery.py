"""A redelivery as an order: what is written is what is read, and a running sender carries out exactly that."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import msgspec
import pytest

from afterchat.errors import CallerError, NotFoundError
from afterchat.server.redelivery import Wish, redeliver_wish, redeliverer
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sending import EntryQuery, EntryState
from outbox_scenes import NOW, fill

STATES = ["delivered", "dead", "waiting", "behind", "delivered"]


class Clock:
    def now_ms(self):
        return NOW + 10_000


class SenderDouble:
    """Notes in which order it is asked for what."""

    def __init__(self, calls):
        self._calls = calls
        self.relay = SimpleNamespace(wake=lambda ids: calls.append(("wake", tuple(ids))))

    async def look(self):
        self._calls.append("look")


class Scene:
    def __init__(self, store):
        self.store = store
        self.calls = []
        self.redeliver = redeliverer(SenderDouble(self.calls), store.endpoints, store.outbox, Clock())

    async def ask(self, wish):
        return await redeliver_wish(wish, self.store.endpoints, self.store.outbox, NOW + 10_000)

    async def states(self):
        return [entry.state.value for entry in reversed(await self.store.outbox.entries(EntryQuery(), 100))]


def play(body):
    async def main():
        store = await open_store("sqlite://", WRITABLE)
        try:
            await fill(store)
            await body(Scene(store))
        finally:
            await store.close()

    asyncio.run(main())


def order(wish):
    return msgspec.json.encode(wish).decode()


@pytest.mark.parametrize(
    "wish",
    [
        Wish(1),
        Wish(1, (3, 4)),
        Wish(7, (), (EntryState.DELIVERED, EntryState.CANCELLED), NOW, NOW + 1, with_never_attempted=True),
    ],
)
def test_a_wish_survives_being_an_order(wish):
    assert wish == msgspec.json.decode(order(wish), type=Wish)


def test_the_dead_are_open_again_and_the_answer_counts_them():
    async def body(scene):
        assert "1" == await scene.redeliver(order(Wish(1)))
        assert ["delivered", "waiting", *STATES[2:]] == await scene.states()

    play(body)


def test_the_sender_knows_its_endpoints_before_and_tries_at_once_after():
    async def body(scene):
        await scene.redeliver(order(Wish(1)))
        assert ["look", ("wake", (1,))] == scene.calls

    play(body)


def test_done_twice_it_is_done_once():
    async def body(scene):
        assert ["1", "0"] == [await scene.redeliver(order(Wish(1))) for _ in range(2)]

    play(body)


def test_no_wish_reaches_the_entries_of_another_endpoint():
    async def body(scene):
        assert 0 == await scene.ask(Wish(1, (5,), (EntryState.DELIVERED,)))
        assert STATES == await scene.states()

    play(body)


def test_pushes_from_before_the_endpoint_are_sent_only_when_they_are_wished_for():
    async def body(scene):
        assert 0 == await scene.ask(Wish(1, (), ()))
        assert 1 == await scene.ask(Wish(1, (), (), with_never_attempted=True))
        [made] = await scene.store.outbox.entries(EntryQuery(session=9), 10)
        assert ("acme", 1, EntryState.WAITING) == (made.tenant, made.endpoint_id, made.state)

    play(body)


def test_pushes_of_another_tenant_never_go_to_the_endpoint():
    async def body(scene):
        assert 0 == await scene.ask(Wish(2, (), (), with_never_attempted=True))

    play(body)


def test_an_endpoint_that_is_gone_is_said_to_be():
    async def body(scene):
        with pytest.raises(NotFoundError, match="no endpoint 77"):
            await scene.redeliver(order(Wish(77)))

    play(body)


@pytest.mark.parametrize(
    "argument", ["", "{}", "[]", '{"endpoint_id":"1"}', '{"endpoint_id":1,"states":["lost"]}', "\0"]
)
def test_an_order_that_cannot_be_read_is_refused_with_the_remedy_and_does_nothing(argument):
    async def body(scene):
        with pytest.raises(CallerError, match="place it again"):
            await scene.redeliver(argument)
        assert (STATES, []) == (await scene.states(), scene.calls)

    play(body)
