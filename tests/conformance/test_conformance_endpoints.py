"""What every registry promises about endpoints."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.errors import CallerError, KeyRingError, NotFoundError
from afterchat.store.open import Store
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint
from conformance.cast_sending import endpoint, key


def put(store: Store, given: Endpoint) -> int:
    asyncio.run(store.registry.put_tenant(given.tenant, "legacy", 1))
    return asyncio.run(store.endpoints.put_endpoint(given))


def put_key(store: Store, endpoint_id: int, *keys: Key) -> None:
    for one in keys:
        asyncio.run(store.endpoints.put_endpoint_key(endpoint_id, one))


def endpoints(store: Store, tenant: str | None = None) -> tuple[Endpoint, ...]:
    return asyncio.run(store.endpoints.endpoints(tenant))


def test_an_endpoint_comes_back_as_it_was_put_with_all_its_keys(store: Store) -> None:
    made = put(store, endpoint(is_paused=True, resumed_at=5))
    past, present = key("past", 0, 10), key("present", 10)
    put_key(store, made, present, past)

    assert (endpoint(id=made, is_paused=True, resumed_at=5, keys=(past, present)),) == endpoints(store)


def test_endpoints_come_in_the_order_of_their_ids_of_all_tenants_or_one(store: Store) -> None:
    for one in (endpoint("z"), endpoint("a", "beta"), endpoint("a")):
        put(store, one)

    assert [(1, "z"), (2, "a"), (3, "a")] == [(one.id, one.name) for one in endpoints(store)]
    assert [1, 3] == [one.id for one in endpoints(store, "acme")]
    assert () == endpoints(store, "nobody")


def test_an_endpoint_without_types_schedule_or_headers_is_one_too(store: Store) -> None:
    bare = endpoint(event_types=(), schedule_seconds=(), headers=())

    assert (bare._replace(id=put(store, bare)),) == endpoints(store)


def test_changing_an_endpoint_keeps_its_keys_and_when_it_was_created(store: Store) -> None:
    made = put(store, endpoint())
    put_key(store, made, key("k"))
    changed = endpoint("new name", id=made, url="https://b.example.com", is_paused=True, keys=(key("other"),))

    assert made == put(store, changed._replace(created_at=1))
    assert (changed._replace(keys=(key("k"),)),) == endpoints(store)


def change(store: Store, endpoint_id: int, **values: object) -> None:
    asyncio.run(store.endpoints.change_endpoint(endpoint_id, values))


def test_a_new_endpoint_comes_with_its_keys_or_not_at_all(store: Store) -> None:
    given = endpoint(keys=(key("1"), key("2", 50)))
    made = put(store, given)
    assert (given._replace(id=made),) == endpoints(store)

    with pytest.raises(KeyRingError):
        put(store, endpoint("other", keys=(key("1"), key("2"), key("3"))))
    assert [made] == [one.id for one in endpoints(store)]


def test_a_change_of_some_attributes_leaves_all_others_and_the_keys(store: Store) -> None:
    made, other = put(store, endpoint(keys=(key("k"),))), put(store, endpoint("other"))
    change(store, made, url="https://b.example.com", schedule_seconds=(1, 2), headers=(("X-A", "b"),))
    change(store, made, is_paused=True, resumed_at=9)
    changed = endpoint(
        id=made,
        keys=(key("k"),),
        url="https://b.example.com",
        schedule_seconds=(1, 2),
        headers=(("X-A", "b"),),
        is_paused=True,
        resumed_at=9,
    )

    assert (changed, endpoint("other", id=other)) == endpoints(store)


def test_a_change_that_cannot_be_changes_nothing_and_raises_no_version(store: Store) -> None:
    put(store, endpoint("one"))
    second = put(store, endpoint("two"))
    before = endpoints(store), asyncio.run(store.registry.version())

    with pytest.raises(CallerError, match="'one'"):
        change(store, second, name="one", url="https://b.example.com")
    with pytest.raises(NotFoundError, match="99"):
        change(store, 99, is_paused=True)
    assert before == (endpoints(store), asyncio.run(store.registry.version()))
    change(store, second, name="two", is_paused=True)
    assert before[1] + 1 == asyncio.run(store.registry.version())


def test_a_name_is_used_once_in_a_tenant(store: Store) -> None:
    first, second = put(store, endpoint("one")), put(store, endpoint("two"))

    with pytest.raises(CallerError, match="'one'"):
        put(store, endpoint("one"))
    with pytest.raises(CallerError, match="'one'"):
        put(store, endpoint("one", id=second))
    assert first == put(store, endpoint("one", id=first))
    assert put(store, endpoint("one", "beta")) > second
    assert ["one", "two", "one"] == [one.name for one in endpoints(store)]


def test_an_endpoint_needs_its_tenant(store: Store) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        asyncio.run(store.endpoints.put_endpoint(endpoint(tenant="nobody")))


def test_what_is_not_there_cannot_be_changed_and_no_tenant_changes_anothers(store: Store) -> None:
    made = put(store, endpoint())
    with pytest.raises(NotFoundError, match="99"):
        put(store, endpoint(id=99))
    with pytest.raises(NotFoundError, match=f"beta.*{made}"):
        put(store, endpoint("mine now", "beta", id=made))
    with pytest.raises(NotFoundError, match="99"):
        put_key(store, 99, key("k"))
    with pytest.raises(NotFoundError, match="99"):
        asyncio.run(store.endpoints.delete_endpoint(99))

    assert (endpoint(id=made),) == endpoints(store)


def test_two_keys_of_an_endpoint_may_be_in_force_and_a_third_may_not(store: Store) -> None:
    made, other = put(store, endpoint()), put(store, endpoint("other"))
    put_key(store, other, key("x"), key("y"))
    put_key(store, made, key("1"), key("2", 50))

    with pytest.raises(KeyRingError, match="crm"):
        put_key(store, made, key("3", 100, 200))
    put_key(store, made, key("2", 50, 100), key("3", 100))
    assert ["1", "2", "3"] == [one.id for one in endpoints(store)[0].keys]


def test_a_deleted_endpoint_is_gone_with_its_keys_and_its_id_is_never_used_again(store: Store) -> None:
    made = put(store, endpoint())
    put_key(store, made, key("k"))
    asyncio.run(store.endpoints.delete_endpoint(made))
    assert () == endpoints(store)

    again = put(store, endpoint())
    assert made < again
    assert () == endpoints(store)[0].keys


def test_every_change_of_an_endpoint_raises_the_version_and_a_refusal_does_not(store: Store) -> None:
    seen = []

    def look() -> None:
        seen.append(asyncio.run(store.registry.version()))

    made = put(store, endpoint())
    look()
    asyncio.run(store.endpoints.put_endpoint(endpoint(id=made, is_paused=True)))
    look()
    put_key(store, made, key("k"))
    look()
    with pytest.raises(NotFoundError):
        put_key(store, 99, key("k"))
    look()
    asyncio.run(store.endpoints.delete_endpoint(made))
    look()

    assert [0, 1, 2, 2, 3] == [version - seen[0] for version in seen]
