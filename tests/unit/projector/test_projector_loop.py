"""The loop: nothing is lost or doubled over failures, and every order of arrival ends alike."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable
from hashlib import sha256

import pytest

from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.errors import StoreUnavailableError
from afterchat.projector import loop
from afterchat.projector.loop import project_once, run_projector
from afterchat.store.open import Store, open_store
from afterchat.store.ports import Arrival

SIGNED_AT = 1_769_826_600
NOW = SIGNED_AT * 1000
WRITES = frozenset({"inbox", "records", "registry"})


class StillClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return NOW + int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


class Failing:
    """The records of a store that fails when told to; counts how often it was asked."""

    def __init__(self, records, failures: list[str]) -> None:
        self._records = records
        self._failures = failures
        self.applied = 0

    async def cursors(self):
        return await self._records.cursors()

    async def apply(self, batch):
        if self._failures:
            raise StoreUnavailableError(self._failures.pop(0))
        self.applied += 1
        await self._records.apply(batch)


def session(session_id: int, signed_at: int = SIGNED_AT, **values) -> Arrival:
    body = encode(blank_record(id=session_id, s_type="0", **values))
    return Arrival("default", SESSION_END_DATA, signed_at, NOW, "key", "checksum", sha256(body).digest(), body)


def on_store(work: Callable[[Store], Awaitable[object]]) -> object:
    async def run() -> object:
        store = await open_store("sqlite://", WRITES)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


async def catch_up(store: Store, batch_rows: int = 100) -> None:
    while await project_once(store.inbox, store.records, StillClock(), batch_rows=batch_rows) is not None:
        pass


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await condition():
            await asyncio.sleep(0.001)


async def current(store: Store) -> list[tuple[int, str, int]]:
    """(session id, remarks, signed at) of every current record, and its count of revisions."""
    rows = [row for session_id in (1, 2) for row in await store.records.get(None, session_id)]
    return [(row.record.id, row.record.remarks, row.signed_at, row.revision_count) for row in rows]


def test_what_arrived_is_projected_once_and_then_nothing_is_new():
    async def work(store: Store) -> None:
        await store.inbox.append_all([session(1), session(2)])
        applied = await project_once(store.inbox, store.records, StillClock(), batch_rows=100)
        assert applied is not None
        assert [one.session_id for one in applied.sessions] == [1, 2]
        assert await project_once(store.inbox, store.records, StillClock(), batch_rows=100) is None
        assert (await store.records.counts())["sessions"] == 2

    on_store(work)


def test_small_batches_end_like_one_large_one():
    async def ended(batch_rows: int) -> object:
        async def work(store: Store) -> object:
            for arrival in (session(1), session(2), session(1, SIGNED_AT + 5, remarks="b"), session(1, SIGNED_AT + 9)):
                await store.inbox.append_all([arrival])
            await catch_up(store, batch_rows)
            return await current(store), await store.records.cursors()

        store = await open_store("sqlite://", WRITES)
        try:
            return await work(store)
        finally:
            await store.close()

    assert asyncio.run(ended(1)) == asyncio.run(ended(100))


ARRIVALS = (
    session(1, SIGNED_AT, remarks="first"),
    session(1, SIGNED_AT + 10, remarks="second"),
    session(1, SIGNED_AT + 20, remarks="first"),
    session(2, SIGNED_AT, remarks="other"),
)


@pytest.mark.parametrize("batch_rows", [1, 100])
@pytest.mark.parametrize("project_between", [False, True])
@pytest.mark.parametrize("order", list(itertools.permutations(range(len(ARRIVALS)))))
def test_every_order_of_arrival_ends_alike(order, project_between, batch_rows):
    async def work(store: Store) -> object:
        for number in order:
            await store.inbox.append_all([ARRIVALS[number]])
            if project_between:
                await catch_up(store, batch_rows)
        await catch_up(store, batch_rows)
        return await current(store)

    assert on_store(work) == [(1, "first", SIGNED_AT + 20, 2), (2, "other", SIGNED_AT, 1)]


def test_a_repeat_waits_for_the_row_it_repeats():
    async def work(store: Store) -> None:
        for arrival in (session(1), session(2), session(2, SIGNED_AT + 5)):
            await store.inbox.append_all([arrival])
        first = await project_once(store.inbox, store.records, StillClock(), batch_rows=1)
        second = await project_once(store.inbox, store.records, StillClock(), batch_rows=1)
        assert [list(batch.repeats) for batch in (first, second)] == [[], await store.inbox.repeats_after(0, 9)]
        assert [one.signed_at for one in second.sessions] == [SIGNED_AT + 5]

    on_store(work)


@pytest.mark.parametrize(
    ("ids", "runs"),
    [
        ([], []),
        ([5], [(5, 5)]),
        ([1, 2, 10], [(1, 10)]),
        ([1, 10, 11], [(1, 1), (10, 11)]),
        ([3, 99], [(3, 3), (99, 99)]),
    ],
)
def test_neighbouring_repeats_are_read_together(ids, runs):
    assert list(loop._runs(ids)) == runs


def test_a_failing_store_costs_no_row_and_is_logged_once_for_each_cause(monkeypatch, caplog):
    monkeypatch.setattr(loop, "_RETRY_SECONDS", (0.0,))
    caplog.set_level(logging.INFO)

    async def work(store: Store) -> None:
        await store.inbox.append_all([session(1)])
        records = Failing(store.records, ["disk away", "disk away", "disk away", "locked"])
        stop = asyncio.Event()
        running = asyncio.create_task(run_projector(store.inbox, records, StillClock(), stop, idle_seconds=0.001))

        async def projected() -> bool:
            return await store.records.cursors() == (1, 0)

        await until(projected)
        stop.set()
        await running

    on_store(work)
    said = [record.message for record in caplog.records if record.name == loop.__name__]
    assert said == [
        "the projector waits for the store: disk away",
        "the projector waits for the store: locked",
        "the projector goes on after 4 failed attempts",
    ]


def test_stopping_ends_a_wait_for_the_store():
    async def work(store: Store) -> None:
        await store.inbox.append_all([session(1)])
        records = Failing(store.records, ["away"] * 1000)
        stop = asyncio.Event()
        running = asyncio.create_task(run_projector(store.inbox, records, StillClock(), stop))
        await asyncio.sleep(0)
        stop.set()
        async with asyncio.timeout(10):
            await running
        assert records.applied == 0

    on_store(work)


def test_an_idle_projector_shows_that_it_lives():
    async def work(store: Store) -> None:
        clock, stop = StillClock(), asyncio.Event()
        records = Failing(store.records, [])
        running = asyncio.create_task(run_projector(store.inbox, records, clock, stop, idle_seconds=0.001))
        await asyncio.sleep(0.01)
        assert records.applied == 0
        clock.seconds += loop.HEARTBEAT_SECONDS

        async def beaten() -> bool:
            return records.applied == 1

        await until(beaten)
        stop.set()
        await running
        assert await store.records.cursors() == (0, 0)

    on_store(work)
