"""Places are shared equally, and nobody who has none waits behind those who never let go of theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import NOW, endpoint

from afterchat.sender.gate import Gate
from afterchat.sender.places import Places
from afterchat.store.sending import EndpointHealth


def gate(number, in_flight=0, tenant="acme", **values):
    made = Gate(endpoint(number, tenant=tenant, **{"concurrency_max": 64} | values), None)
    made.started(in_flight)
    return made


def places(*gates, count_max=64):
    return Places(count_max, sum(one.in_flight for one in gates), {one.endpoint.id: one for one in gates}, NOW)


def test_one_endpoint_alone_may_have_every_place():
    alone = gate(1)

    assert {1: 64} == places(alone).share_out([alone])


def test_whoever_asks_gets_an_equal_share():
    gates = [gate(number) for number in range(1, 5)]

    assert dict.fromkeys((1, 2, 3, 4), 16) == places(*gates).share_out(gates)


def test_one_gets_no_more_than_its_gate_lets_through():
    narrow, wide = gate(1, concurrency_max=3), gate(2)

    assert {1: 3, 2: 32} == places(narrow, wide).share_out([narrow, wide])


def test_a_place_is_kept_for_each_endpoint_that_has_none_up_to_an_eighth():
    busy, idle = gate(1, 50), [gate(number) for number in range(2, 5)]
    many = [gate(number) for number in range(2, 30)]

    assert {1: 11} == places(busy, *idle).share_out([busy])
    assert {1: 6} == places(busy, *many).share_out([busy])


def test_the_last_places_are_for_who_has_none():
    busy, first, second = gate(1, 62), gate(2), gate(3)

    assert {2: 1, 3: 1} == places(busy, first, second).share_out([busy, first, second])
    assert {} == places(busy, first, second).share_out([busy])


def test_a_tenant_with_many_endpoints_leaves_places_to_another_one():
    many = [gate(number, 1) for number in range(1, 60)]
    idle = gate(80)
    other = gate(99, tenant="other")

    assert {80: 4} == places(*many, idle, other).share_out([idle])
    full = [gate(number, 1) for number in range(1, 64)]
    assert {} == places(*full, idle, other).share_out([idle])
    assert {99: 1} == places(*full, idle, other).share_out([idle, other])


def test_who_may_not_begin_takes_no_share_from_the_others():
    paused = [gate(number, is_paused=True) for number in range(2, 9)]

    assert {1: 64} == places(gate(1)).share_out([gate(1)])
    asking = [gate(1), *paused]
    assert {1: 64} == places(*asking).share_out(asking)


@pytest.mark.parametrize(
    ("other_tenants", "other_endpoints", "expected"),
    [(0, 0, 24), (3, 0, 21), (9, 0, 16), (0, 3, 21), (0, 9, 16), (2, 3, 19), (9, 9, 8)],
)
def test_as_many_places_are_kept_as_somebody_needs_and_no_more_than_an_eighth_each(
    other_tenants, other_endpoints, expected
):
    busy = gate(1, 40)
    idle = [gate(10 + number) for number in range(other_endpoints)]
    others = [gate(50 + number, tenant=f"t{number}") for number in range(other_tenants)]

    assert {1: expected} == places(busy, *idle, *others).share_out([busy])


@pytest.mark.parametrize(("taken", "expected"), [(61, 2), (62, 1), (63, 0)])
def test_a_first_endpoint_of_a_busy_tenant_leaves_what_is_kept_for_tenants(taken, expected):
    busy, first, other = gate(1, taken), gate(2), gate(3, tenant="other")

    assert ({2: expected} if expected else {}) == places(busy, first, other).share_out([first])


def test_the_first_of_a_tenant_may_have_the_very_last_place_and_one_only():
    busy, first = gate(1, 63), gate(2, tenant="other")
    needy = gate(3, tenant="third")

    assert {2: 1} == places(busy, first, needy).share_out([first])
    assert {2: 1} == places(gate(1, 62), first, needy).share_out([first])


def test_tenants_that_have_none_go_before_endpoints_that_have_none_and_those_before_the_rest():
    busy, idle, other = gate(1, 61), gate(2), gate(3, tenant="other")

    assert [3, 2, 1] == list(places(busy, idle, other).share_out([busy, idle, other]))


def test_the_second_endpoint_of_a_tenant_counts_as_one_of_a_busy_tenant_at_once():
    full = gate(1, 62, tenant="big")
    first, second, third = gate(2), gate(3), gate(4, tenant="third")

    assert {2: 1} == places(full, first, second, third).share_out([first, second])


def test_nothing_begins_when_every_place_is_taken():
    busy, idle = gate(1, 64), gate(2)

    assert {} == places(busy, idle).share_out([idle])
    assert places(busy, idle).next_at({1: 0, 2: 0}) is None
    held = Gate(endpoint(3), EndpointHealth(3, NOW, 5, None, NOW + 2000))
    assert NOW + 2000 == places(gate(1, 63), held).next_at({3: 0})
    assert places(busy, held).next_at({3: 0}) is None


def test_the_next_moment_is_the_earliest_at_which_somebody_may_begin():
    first, second, paused = gate(1), gate(2), gate(3, is_paused=True)

    assert NOW + 5 == places(first, second, paused).next_at({1: NOW + 9, 2: NOW + 5, 3: NOW})
    assert places(paused).next_at({3: NOW}) is None
    assert places(first).next_at({}) is None


def test_who_may_not_have_the_kept_places_waits_for_an_answer_and_not_for_a_moment():
    busy, idle = gate(1, 63), gate(2)

    assert places(busy, idle).next_at({1: NOW}) is None
    assert places(busy, idle).next_at({2: NOW}) == NOW


FLEETS = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(["acme", "other", "third"]), st.booleans()), min_size=1, max_size=20
)


@given(FLEETS, st.integers(1, 40))
def test_no_more_is_given_than_there_is_and_who_may_begin_is_given_something(fleet, count_max):
    gates = [gate(number, in_flight, tenant) for number, (in_flight, tenant, _) in enumerate(fleet, 1)]
    asked = [made for made, (_, _, asks) in zip(gates, fleet, strict=True) if asks]
    made = places(*gates, count_max=count_max)
    given_out = made.share_out(asked)

    assert sum(given_out.values()) <= max(0, count_max - made.taken)
    assert all(count > 0 for count in given_out.values())
    may_begin = made.next_at(dict.fromkeys((one.endpoint.id for one in asked), NOW))
    assert given_out or may_begin is None
