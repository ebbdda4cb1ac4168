"""What a running sender does for whoever operates it, beside what the API shows of it."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.errors import EndpointError, NotFoundError
from operating_scenes import ACME, DEFAULT, NEW, World


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def test_the_default_tenant_is_made_when_it_is_first_needed_and_no_other(world):
    async def forget_and_add(tenant):
        known = [one for one in await world.store.registry.tenants() if one.name != "default"]
        world.store.registry.tenants = lambda: asyncio.sleep(0, tuple(known))
        put = []
        world.store.registry.put_tenant = lambda *given: asyncio.sleep(0, put.append(given[0]))
        await world.operations.add_endpoint(tenant, NEW, None)
        return put

    assert ["default"] == world.run(forget_and_add("default"))
    with pytest.raises(NotFoundError, match="'nobody'"):
        world.run(world.operations.add_endpoint("nobody", NEW, None))


def test_only_a_few_test_pushes_are_on_their_way_at_one_time(world):
    under_way, most = 0, 0
    send = world.wire.send

    async def watched(request, seconds_max):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        answer = await send(request, seconds_max)
        under_way -= 1
        return answer

    async def many():
        await asyncio.gather(*(world.operations.try_endpoint(endpoint) for _ in range(30)))

    world.wire.send = watched
    endpoint = world.endpoint(ACME)
    world.run(many())

    assert (30, 8) == (len(world.wire.sent), most)


def test_a_key_that_ends_before_the_overlap_does_is_left_as_it_is(world):
    async def rotate():
        endpoint = next(one for one in await world.store.endpoints.endpoints(None) if one.id == DEFAULT)
        [key] = endpoint.keys
        await world.store.endpoints.put_endpoint_key(DEFAULT, key._replace(not_after=world.clock.now + 500))
        endpoint = next(one for one in await world.store.endpoints.endpoints(None) if one.id == DEFAULT)
        return await world.operations.add_key(endpoint, None, after_seconds=0, overlap_seconds=60)

    made = world.run(rotate())
    old, _ = world.endpoint(DEFAULT).keys
    assert (None, world.clock.now + 500) == (made.older_until, old.not_after)


def test_the_error_of_a_value_names_the_field_and_quotes_no_secret(world):
    with pytest.raises(EndpointError) as caught:
        world.run(world.operations.add_key(world.endpoint(ACME), "letmein", after_seconds=0, overlap_seconds=0))

    assert "secret" == caught.value.field
    assert "letmein" not in f"{caught.value}{caught.value.en}{caught.value.zh}"
