"""How often somebody may try: bounded for guessers, in time and in memory, and never long for the right password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.access.throttle import ADDRESS, KEYS_MAX, NAME, Bucket, Rate, Throttle


@given(st.lists(st.floats(0, 30, allow_nan=False), min_size=1, max_size=300))
def test_no_address_tries_more_than_its_rate_says_and_every_wait_is_enough(pauses):
    throttle, now, tries = Throttle(), 0.0, []
    for pause in pauses:
        now += pause
        wait = throttle.begin("anna", "10.0.0.1", now)
        if wait == 0:
            tries.append(now)
        else:
            assert 1 <= wait <= ADDRESS.refill_seconds

    for first, since in enumerate(tries):
        for last in range(first, len(tries)):
            assert last - first + 1 <= ADDRESS.burst + (tries[last] - since) / ADDRESS.refill_seconds + 1e-6


def test_a_refusal_costs_nothing_and_the_wait_it_named_is_the_truth():
    throttle = Throttle()
    for _ in range(ADDRESS.burst):
        assert 0 == throttle.begin("anna", "10.0.0.1", 0.0)
    waits = [throttle.begin("anna", "10.0.0.1", 3.0) for _ in range(50)]

    assert {7} == set(waits)
    assert 0 == throttle.begin("anna", "10.0.0.1", 10.0)


def test_a_right_password_costs_nothing():
    throttle = Throttle()
    for _ in range(100):
        assert 0 == throttle.begin("anna", "10.0.0.1", 0.0)
        throttle.succeeded("anna", "10.0.0.1", 0.0)


def test_one_address_cannot_keep_a_user_out_elsewhere():
    throttle = Throttle()
    for second in range(1000):
        throttle.begin("anna", "10.6.6.6", float(second))
        elsewhere = f"198.51.{second // 250}.{second % 250}"  # never the same twice, so never familiar
        assert 0 == throttle.begin("anna", elsewhere, float(second))
        throttle.succeeded("anna", elsewhere, float(second))


def attacked(throttle: Throttle, now: float) -> None:
    """As many addresses as it takes guess at one name."""
    for address in range(100):
        throttle.begin("anna", f"10.6.{address}.6", now)


def test_many_addresses_share_the_rate_of_the_name():
    throttle, count = Throttle(), 0
    for second in range(100):
        count += sum(throttle.begin("anna", f"10.6.{n}.6", float(second)) == 0 for n in range(100))

    assert NAME.burst + 99 / NAME.refill_seconds >= count > NAME.burst
    assert 0 == throttle.begin("bert", "10.0.0.1", 99.0)


def test_against_many_addresses_the_wait_elsewhere_is_one_token_and_nothing_where_the_user_is_known():
    throttle = Throttle()
    assert 0 == throttle.begin("anna", "10.0.0.1", 0.0)
    throttle.succeeded("anna", "10.0.0.1", 0.0)
    attacked(throttle, 1.0)

    assert NAME.refill_seconds >= throttle.begin("anna", "10.0.0.2", 1.0) > 0
    assert 0 == throttle.begin("anna", "10.0.0.1", 1.0)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("unix", "unix", True),
        ("", "\ud800", False),
    ],
)
def test_a_network_of_ipv6_is_one_address(one, other, is_same):
    throttle = Throttle()
    for _ in range(ADDRESS.burst):
        throttle.begin("anna", one, 0.0)

    assert is_same is (throttle.begin("bert", other, 0.0) > 0)


def test_memory_is_bounded_and_the_bucket_used_last_stays():
    bucket = Bucket(Rate(1, 1000.0), keys_max=3)
    for key in (b"a", b"b", b"c", b"a", b"d"):
        bucket.take(key, 0.0)

    assert 3 == len(bucket)
    assert [True, False, True, True] == [bucket.wait_seconds(key, 0.0) > 0 for key in (b"a", b"b", b"c", b"d")]
    assert 10_000 == KEYS_MAX


def test_the_addresses_known_for_a_name_are_bounded_too():
    throttle = Throttle(keys_max=2)
    for n in (1, 2, 3):
        throttle.begin("anna", f"10.0.0.{n}", 0.0)
        throttle.succeeded("anna", f"10.0.0.{n}", 0.0)

    assert 2 == len(throttle._familiar)


def test_a_clock_that_stands_or_goes_back_fills_nothing():
    bucket = Bucket(Rate(1, 1.0))
    bucket.take(b"a", 100.0)

    assert 1.0 == bucket.wait_seconds(b"a", 50.0)
