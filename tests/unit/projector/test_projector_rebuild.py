"""Rebuilds: the same records again, nothing skipped meanwhile, and an order is always settled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha256

from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.errors import StoreUnavailableError
from afterchat.projector import rebuild
from afterchat.projector.loop import project_once, run_projector
from afterchat.projector.rebuild import ATTEMPTS_MAX, Rebuilds
from afterchat.store.open import Store, open_store
from afterchat.store.ports import Arrival

NOW = 1_769_826_600_000


class StillClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return NOW

    def monotonic(self) -> float:
        return self.seconds


class FailingSwap:
    """A store whose swap fails so many times."""

    def __init__(self, store: Store, failures: int) -> None:
        self._store = store
        self.failures = failures

    async def begin_rebuild(self):
        return await self._store.begin_rebuild()

    async def finish_rebuild(self):
        if self.failures:
            self.failures -= 1
            raise StoreUnavailableError("the disk is full")
        await self._store.finish_rebuild()


def session(session_id: int) -> Arrival:
    body = encode(blank_record(id=session_id, s_type="0"))
    return Arrival("default", SESSION_END_DATA, NOW // 1000, NOW, "key", "checksum", sha256(body).digest(), body)


def on_store(work: Callable[[Store], Awaitable[None]]) -> None:
    async def run() -> None:
        store = await open_store("sqlite://", frozenset({"inbox", "records", "registry"}))
        try:
            await work(store)
        finally:
            await store.close()

    asyncio.run(run())


async def project_all(store: Store) -> None:
    while await project_once(store.inbox, store.records, StillClock(), batch_rows=2) is not None:
        pass


async def states(store: Store) -> list[tuple[str, str]]:
    return [(order.state, order.result) for order in await store.registry.orders(None)]


def test_without_an_order_there_is_nothing_to_do():
    async def work(store: Store) -> None:
        assert await Rebuilds(store, store.inbox, store.registry, StillClock()).step() is False

    on_store(work)


def test_the_records_are_made_again_and_the_order_says_what_came_of_it():
    async def work(store: Store) -> None:
        await store.inbox.append_all([session(number) for number in range(1, 6)])
        await project_all(store)
        before = await store.records.counts(), await store.records.cursors(), await store.records.get(None, 3)
        await store.registry.place_order("rebuild", "", NOW)
        rebuilds = Rebuilds(store, store.inbox, store.registry, StillClock(), batch_rows=2)
        steps = [await rebuilds.step() for _ in range(4)]
        assert steps == [True, True, True, False]
        after = await store.records.counts(), await store.records.cursors(), await store.records.get(None, 3)
        assert after == before
        assert await states(store) == [("done", "5 sessions, 5 revisions")]

    on_store(work)


def test_what_arrives_during_a_rebuild_is_projected_at_once_and_is_there_after_it():
    async def work(store: Store) -> None:
        await store.inbox.append_all([session(number) for number in range(1, 6)])
        await project_all(store)
        await store.registry.place_order("rebuild", "", NOW)
        rebuilds = Rebuilds(store, store.inbox, store.registry, StillClock(), batch_rows=1)
        numbers = iter(range(100, 103))
        while await rebuilds.step():
            arriving = next(numbers, None)
            if arriving is not None:
                await store.inbox.append_all([session(arriving)])
                await project_all(store)
                assert len(await store.records.get(None, arriving)) == 1
        await project_all(store)
        counts = await store.records.counts()
        assert (counts["sessions"], await store.records.cursors()) == (8, (8, 0))

    on_store(work)


def test_a_rebuild_that_fails_begins_anew():
    async def work(store: Store) -> None:
        await store.inbox.append_all([session(1)])
        await store.registry.place_order("rebuild", "", NOW)
        stop = asyncio.Event()
        rebuilds = Rebuilds(FailingSwap(store, ATTEMPTS_MAX - 1), store.inbox, store.registry, StillClock())
        running = asyncio.create_task(
            run_projector(store.inbox, store.records, StillClock(), stop, idle_seconds=0.001, aside=rebuilds.step)
        )
        async with asyncio.timeout(10):
            while await states(store) != [("done", "1 sessions, 1 revisions")]:
                await asyncio.sleep(0.001)
        stop.set()
        await running
        assert (await store.records.counts())["sessions"] == 1

    on_store(work)


def test_a_rebuild_that_keeps_failing_is_given_up_and_the_records_stay():
    async def work(store: Store) -> None:
        await store.inbox.append_all([session(1)])
        await project_all(store)
        await store.registry.place_order("rebuild", "", NOW)
        rebuilds = Rebuilds(FailingSwap(store, 99), store.inbox, store.registry, StillClock())
        failures = 0
        while (await states(store))[0][0] == "waiting":
            try:
                await rebuilds.step()
            except StoreUnavailableError:
                failures += 1
        assert (failures, await states(store)) == (ATTEMPTS_MAX - 1, [("failed", "the disk is full")])
        assert (await store.records.counts())["sessions"] == 1

    on_store(work)


def test_orders_are_looked_for_now_and_then():
    async def work(store: Store) -> None:
        clock = StillClock()
        rebuilds = Rebuilds(store, store.inbox, store.registry, clock)
        assert await rebuilds.step() is False
        await store.registry.place_order("rebuild", "", NOW)
        await rebuilds.step()
        assert await states(store) == [("waiting", "")]
        clock.seconds += rebuild._LOOK_SECONDS
        await rebuilds.step()
        assert [state for state, _ in await states(store)] == ["done"]

    on_store(work)
