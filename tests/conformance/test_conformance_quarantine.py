"""What every quarantine promises; the store of these tests holds three rows."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.errors import CallerError, NotFoundError
from afterchat.store.open import Store
from afterchat.store.ports import Outcome, QuarantinedPush
from conformance.cast import ARRIVED_AT, EVENT_TYPE, SIGNED_AT, arrival, body, refused


def ids(store: Store, tenant: str | None = None, before_id: int | None = None) -> list[int]:
    return [one.id for one in asyncio.run(store.quarantine.latest(tenant, before_id, 10))]


def test_a_refused_push_is_given_back_as_it_was_put(store: Store) -> None:
    push = refused(b"\xff\x00 not JSON")
    asyncio.run(store.quarantine.put_all([push]))

    assert QuarantinedPush(1, push, None) == asyncio.run(store.quarantine.get(1))
    assert [QuarantinedPush(1, push, None)] == asyncio.run(store.quarantine.latest(None, None, 10))


def test_the_oldest_leave_when_the_bound_is_reached(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([refused(body(number)) for number in range(4)]))
    asyncio.run(store.quarantine.put_all([refused(body(9))]))

    assert [5, 4, 3] == ids(store)
    assert 3 == asyncio.run(store.inbox.counts())["quarantined"]


def test_listings_are_by_tenant_and_go_on_before_an_id(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([refused(b"1"), refused(b"2", tenant="acme"), refused(b"3")]))

    assert [3, 1] == ids(store, "default")
    assert [2, 1] == ids(store, None, before_id=3)
    assert [] == ids(store, "nobody")


def test_releasing_moves_it_into_the_inbox_with_the_moment_it_arrived(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([refused(body(1))]))

    assert Outcome.NEW is asyncio.run(store.quarantine.release(1, 99))
    row = asyncio.run(store.inbox.get(1))
    assert row is not None
    assert (body(1), SIGNED_AT, ARRIVED_AT, EVENT_TYPE) == (row.body, row.signed_at, row.arrived_at, row.event_type)
    found = asyncio.run(store.quarantine.get(1))
    assert found is not None
    assert 99 == found.released_at


def test_releasing_twice_changes_nothing(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([refused(body(1))]))
    asyncio.run(store.quarantine.release(1, 99))

    assert Outcome.DUPLICATE is asyncio.run(store.quarantine.release(1, 100))
    found = asyncio.run(store.quarantine.get(1))
    assert found is not None
    assert 99 == found.released_at
    assert (1, 0) == tuple(asyncio.run(store.inbox.counts())[name] for name in ("pushes", "repeats"))


def test_releasing_what_arrived_in_time_meanwhile_is_a_repeat(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([refused(body(1))]))
    asyncio.run(store.inbox.append_all([arrival(body(1))]))

    assert Outcome.DUPLICATE is asyncio.run(store.quarantine.release(1, 99))
    assert 1 == asyncio.run(store.inbox.counts())["pushes"]


@pytest.mark.parametrize("fault", [{"authentic": False}, {"signed_at": None}])
def test_what_never_verified_cannot_be_released(store: Store, fault: dict[str, object]) -> None:
    asyncio.run(store.quarantine.put_all([refused(body(1), **fault)]))

    with pytest.raises(CallerError, match="never verified"):
        asyncio.run(store.quarantine.release(1, 99))
    assert 0 == asyncio.run(store.inbox.counts())["pushes"]


def test_releasing_what_is_not_there_is_said_and_harms_nothing(store: Store) -> None:
    with pytest.raises(NotFoundError, match="17"):
        asyncio.run(store.quarantine.release(17, 99))
    assert [Outcome.NEW] == asyncio.run(store.inbox.append_all([arrival(body(1))]))


def test_putting_nothing_is_nothing(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([]))

    assert [] == ids(store)
