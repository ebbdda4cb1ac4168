"""What every registry promises."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.errors import CallerError, KeyRingError, NotFoundError
from afterchat.store.open import Store
from afterchat.store.ports import Key, Order, Tenant, Token


def key(id_: str, not_before: int = 0, not_after: int | None = None) -> Key:
    return Key(id_, f"密钥 {id_}".encode(), not_before, not_after)


def with_keys(store: Store, *keys: Key) -> None:
    asyncio.run(store.registry.put_tenant("acme", "legacy", 1))
    for one in keys:
        asyncio.run(store.registry.put_key("acme", one))


def test_tenants_come_with_all_their_keys(store: Store) -> None:
    past, present = key("past", 0, 10), key("present", 10)
    with_keys(store, present, past)
    asyncio.run(store.registry.put_tenant("zeta", "both", 2))

    expected = (Tenant("acme", "legacy", (past, present)), Tenant("zeta", "both", ()))
    assert expected == asyncio.run(store.registry.tenants())


def test_putting_a_tenant_again_changes_its_mode_and_keeps_its_keys(store: Store) -> None:
    with_keys(store, key("k"))
    asyncio.run(store.registry.put_tenant("acme", "hmac_only", 2))

    assert (Tenant("acme", "hmac_only", (key("k"),)),) == asyncio.run(store.registry.tenants())


def test_two_keys_may_be_in_force_and_a_third_may_not(store: Store) -> None:
    with_keys(store, key("1"), key("2", 50))

    with pytest.raises(KeyRingError, match="acme"):
        asyncio.run(store.registry.put_key("acme", key("3", 100, 200)))
    with pytest.raises(KeyRingError):
        asyncio.run(store.registry.put_key("acme", key("4", 0, 51)))


@pytest.mark.parametrize("limits", [(0, 50), (200, None)])
def test_keys_that_only_touch_are_not_in_force_together(store: Store, limits: tuple[int, int | None]) -> None:
    with_keys(store, key("1"), key("2", 50, 200), key("3", *limits))

    assert 3 == len(asyncio.run(store.registry.tenants())[0].keys)


def test_ending_a_key_makes_room_for_the_next(store: Store) -> None:
    with_keys(store, key("1"), key("2"), key("1", 0, 100), key("3", 100))

    assert ["1", "2", "3"] == [one.id for one in asyncio.run(store.registry.tenants())[0].keys]


def test_a_key_needs_its_tenant(store: Store) -> None:
    with pytest.raises(NotFoundError, match="nobody"):
        asyncio.run(store.registry.put_key("nobody", key("k")))


def test_tokens_are_kept_until_they_are_revoked(store: Store) -> None:
    first, second = Token("one", None, None), Token("two", "acme", 99, "send")
    asyncio.run(store.registry.add_token(first, b"1" * 32, 1))
    asyncio.run(store.registry.add_token(second, b"2" * 32, 2))
    assert ((first, b"1" * 32), (second, b"2" * 32)) == asyncio.run(store.registry.tokens())
    assert "read" == first.scope

    asyncio.run(store.registry.revoke_token("one"))
    assert ((second, b"2" * 32),) == asyncio.run(store.registry.tokens())
    with pytest.raises(NotFoundError, match="one"):
        asyncio.run(store.registry.revoke_token("one"))


def test_a_token_never_takes_the_place_of_another(store: Store) -> None:
    asyncio.run(store.registry.add_token(Token("one", "acme", None), b"1" * 32, 1))

    with pytest.raises(CallerError, match="one"):
        asyncio.run(store.registry.add_token(Token("one", None, None), b"2" * 32, 2))


def test_orders_wait_and_are_settled(store: Store) -> None:
    first = asyncio.run(store.registry.place_order("release", "17", 1))
    second = asyncio.run(store.registry.place_order("rebuild", "", 2))
    asyncio.run(store.registry.settle_order(first, "failed", "没有找到"))

    settled = Order(first, "release", "17", "failed", "没有找到")
    waiting = Order(second, "rebuild", "", "waiting", "")
    assert [settled, waiting] == asyncio.run(store.registry.orders(None))
    assert [waiting] == asyncio.run(store.registry.orders("waiting"))
    with pytest.raises(NotFoundError, match="99"):
        asyncio.run(store.registry.settle_order(99, "done", ""))


def test_every_change_raises_the_version_and_a_refusal_does_not(store: Store) -> None:
    with_keys(store, key("1"))
    before = asyncio.run(store.registry.version())
    with pytest.raises(NotFoundError):
        asyncio.run(store.registry.revoke_token("nothing"))
    assert before == asyncio.run(store.registry.version())

    asyncio.run(store.registry.place_order("rebuild", "", 1))
    assert before < asyncio.run(store.registry.version())
