"""Any use of an outbox, compared step by step with what it is said to be: nothing is lost, nothing made up (S2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.store.open import Store
from afterchat.store.sending import EntryState, NewPush, Redelivery, Settlement
from conformance.adapters import ADAPTERS, new_store
from conformance.cast_sending import NOW, REFUSED, SESSION_END, TAKEN, counts, entries, push, step
from conformance.outbox_model import OutboxModel, Row

ENDPOINTS = (1, 2)
SETTLED = (EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED)
MOMENTS = st.integers(0, 30)

pushes = st.builds(
    push,
    st.integers(1, 3),
    st.sets(st.sampled_from(ENDPOINTS), min_size=1).map(sorted),
    event_type=st.sampled_from((SESSION_END, "SESSION_START")),
    created_at=MOMENTS.map(lambda moment: NOW + moment),
)
wanted = st.dictionaries(st.sampled_from(ENDPOINTS), st.integers(0, 3))
results = st.tuples(
    st.sampled_from((*SETTLED, EntryState.DELIVERED, EntryState.WAITING)),
    MOMENTS,
    st.sampled_from((TAKEN, REFUSED, None)),
)
operations = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.lists(pushes, min_size=1, max_size=3)),
        st.tuples(st.just("lease"), wanted, st.integers(1, 10)),
        st.tuples(st.just("settle"), st.integers(0, 5), results),
        st.tuples(st.just("settle"), st.integers(0, 5), results),
        st.tuples(st.just("wait"), st.integers(1, 10) | st.integers(400, 1100)),
        st.tuples(st.just("send_some_again"), st.sampled_from(ENDPOINTS), st.lists(st.integers(1, 9), min_size=1)),
        st.tuples(st.just("send_again"), st.sampled_from(ENDPOINTS), st.sets(st.sampled_from(SETTLED)), MOMENTS),
        st.tuples(st.just("cancel"), st.sampled_from(ENDPOINTS)),
        st.tuples(st.just("purge"), MOMENTS, st.integers(0, 3)),
    ),
    max_size=25,
)


class Both:
    """An outbox and its model, used alike; `check` compares all that can be seen."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.model = OutboxModel()
        self.now = NOW
        self.held: list[tuple[int, int]] = []
        """(entry, token) of every lease ever given, the latest first; most are stale."""

    def commit(self, made: list[NewPush]) -> None:
        asyncio.run(self.store.journal.commit(step(pushes=made, committed_at=self.now)))
        self.model.commit(made, self.now)

    def lease(self, wanted: dict[int, int], duration: int) -> None:
        given = asyncio.run(self.store.outbox.lease(wanted, self.now, self.now + duration))
        leases = [(one.entry_id, one.token) for one in given.leases]
        assert self.model.lease(wanted, self.now, self.now + duration) == leases
        assert self.model.next_due_at(wanted) == given.next_due_at
        self.held[:0] = leases

    def settle(self, which: int, result: tuple[EntryState, int, Any]) -> None:
        if which < len(self.held):
            state, delay, attempt = result
            settlement = Settlement(*self.held[which], state, self.now + delay, attempt)
            was_in_force = asyncio.run(self.store.outbox.settle([settlement], [], self.now))
            assert [self.model.settle(settlement, self.now)] == was_in_force

    def wait(self, duration: int) -> None:
        self.now += duration

    def send_some_again(self, endpoint_id: int, ids: list[int]) -> None:
        by_id = {row.id: row for row in self.model.rows}
        asked = [by_id[id_] for id_ in ids if id_ in by_id]
        self.send(Redelivery(endpoint_id, entry_ids=tuple(ids)), asked)

    def send_again(self, endpoint_id: int, states: set[EntryState], since: int) -> None:
        asked = [row for row in self.model.rows if row.state in states and row.push.created_at >= NOW + since]
        self.send(Redelivery(endpoint_id, states=tuple(states), created_from=NOW + since), asked)

    def send(self, redelivery: Redelivery, asked: list[Row]) -> None:
        count = asyncio.run(self.store.outbox.redeliver(redelivery, self.now))
        assert self.model.redeliver(redelivery.endpoint_id, asked, self.now) == count

    def cancel(self, endpoint_id: int) -> None:
        assert self.model.cancel(endpoint_id, self.now) == asyncio.run(self.store.outbox.cancel(endpoint_id, self.now))

    def purge(self, before: int, limit: int) -> None:
        forgotten = asyncio.run(self.store.outbox.purge(NOW + before, limit))
        assert self.model.purge(NOW + before, limit) == forgotten

    def check(self) -> None:
        assert [row.shown() for row in self.model.rows] == entries(self.store)
        kept, totals = counts(self.store), asyncio.run(self.store.outbox.health())[2]
        assert self.model.counts() == kept
        assert (self.model.created, self.model.purged) == (totals["created"], totals["purged"])
        assert totals["created"] - totals["purged"] == sum(kept.values())


def play(adapter: str, played: list[tuple[Any, ...]]) -> None:
    with new_store(adapter) as store:
        both = Both(store)
        for name, *arguments in played:
            getattr(both, name)(*arguments)
            both.check()
        for row in both.model.rows:
            logged = asyncio.run(store.outbox.attempts(row.id))
            assert row.attempts == logged


@pytest.mark.parametrize("adapter", ADAPTERS[:1])
@given(operations)
def test_any_use_of_an_outbox_does_what_it_is_said_to_do(adapter: str, played: list[tuple[Any, ...]]) -> None:
    play(adapter, played)


@pytest.mark.parametrize("adapter", ADAPTERS[1:])
@settings(max_examples=10)
@given(operations)
def test_some_uses_of_an_outbox_on_a_disk_do_the_same(adapter: str, played: list[tuple[Any, ...]]) -> None:
    play(adapter, played)
