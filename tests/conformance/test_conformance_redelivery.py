"""What every outbox promises about sending again."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.errors import CallerError
from afterchat.store.open import Store
from afterchat.store.sending import EntryState, Redelivery
from conformance.cast_sending import (
    NOW,
    REFUSED,
    SECOND,
    SESSION_END,
    TAKEN,
    commit,
    counts,
    entries,
    lease,
    push,
    settle,
    settle_all,
    states,
)

DELIVERED, DEAD, CANCELLED = EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED
UNTRIED = Redelivery(1, states=(), with_never_attempted=True, tenant="default", event_types=(SESSION_END,))


def redeliver(store: Store, redelivery: Redelivery, now: int = NOW + 9) -> int:
    return asyncio.run(store.outbox.redeliver(redelivery, now))


def opened(store: Store) -> list[int]:
    """Ids of open entries."""
    return [one.id for one in entries(store) if one.settled_at is None]


def test_a_redelivered_entry_starts_over_with_the_same_push(store: Store) -> None:
    commit(store, push(1))
    before = lease(store).leases[0]
    settle(store, before, DEAD, attempt=REFUSED)

    assert 1 == redeliver(store, Redelivery(1))
    again = entries(store)[0]
    assert (EntryState.WAITING, NOW + 9, 0, 2, None, 1) == (
        again.state, again.due_at, again.attempt_count, again.series, again.settled_at, again.push_id
    )  # fmt: skip
    held = lease(store, now=NOW + 9).leases[0]
    assert before._replace(token=held.token, series=2) == held
    assert before.token < held.token
    settle(store, held, DELIVERED)
    assert [REFUSED, TAKEN] == sorted(asyncio.run(store.outbox.attempts(1)), key=lambda one: -one.status)


def test_all_dead_letters_of_one_endpoint_go_again_and_nothing_else(store: Store) -> None:
    commit(store, push(1, (1, 2)), push(2), push(3, (1, 2)), push(4))
    settle_all(store, DEAD, {2: 9})
    for held, end in zip(lease(store).leases, (DEAD, DELIVERED, CANCELLED, DEAD), strict=True):
        settle(store, held, end)

    assert 2 == redeliver(store, Redelivery(1))
    assert [1, 6] == opened(store)


def test_redelivering_twice_is_harmless(store: Store) -> None:
    commit(store, push(1), push(1))
    settle_all(store, DEAD)
    assert 2 == redeliver(store, Redelivery(1))
    before = entries(store)

    assert 0 == redeliver(store, Redelivery(1), NOW + 99)
    assert 0 == redeliver(store, Redelivery(1, entry_ids=(1, 2)), NOW + 99)
    assert before == entries(store)


def test_what_was_delivered_goes_again_when_it_is_asked_for(store: Store) -> None:
    commit(store, push(1), push(2), push(3))
    for held, end in zip(lease(store).leases, (DELIVERED, DEAD, CANCELLED), strict=True):
        settle(store, held, end)

    assert 2 == redeliver(store, Redelivery(1, states=(DELIVERED, CANCELLED)))
    assert [1, 3] == opened(store)


def test_only_pushes_of_the_time_that_is_asked_for_go_again(store: Store) -> None:
    commit(store, *(push(number, created_at=NOW + number) for number in range(1, 6)))
    settle_all(store, DEAD)

    assert 2 == redeliver(store, Redelivery(1, created_from=NOW + 2, created_until=NOW + 4))
    assert [2, 3] == opened(store)
    assert 2 == redeliver(store, Redelivery(1, states=(DEAD, DELIVERED), created_from=NOW + 4))


def test_single_entries_go_again_in_whatever_state_they_were_settled_and_only_of_their_endpoint(store: Store) -> None:
    commit(store, *(push(number) for number in range(1, 5)), push(5, (2,)))
    settle_all(store, DEAD, {2: 9})
    for held, end in zip(lease(store, {1: 3}).leases, (DELIVERED, DEAD, CANCELLED), strict=True):
        settle(store, held, end)

    assert 2 == redeliver(store, Redelivery(1, entry_ids=(3, 1, 1, 4, 5, 99)))
    assert ["waiting", "dead", "waiting", "waiting", "dead"] == states(store)


def test_there_is_no_cap(store: Store) -> None:
    commit(store, *(push(number, body=b"{}") for number in range(1, 1301)))
    for held in lease(store, {1: 9999}).leases[:1299]:
        settle(store, held, DEAD)

    assert 1299 == redeliver(store, Redelivery(1))
    assert {(1, "leased"): 1, (1, "waiting"): 1299} == counts(store)


def test_redelivered_entries_of_one_session_go_one_behind_the_other(store: Store) -> None:
    commit(store, push(1), push(1), push(1))
    settle_all(store, DEAD)

    assert 3 == redeliver(store, Redelivery(1))
    assert ["waiting", "behind", "behind"] == states(store)


def test_an_earlier_push_that_goes_again_goes_before_a_later_one_that_waits(store: Store) -> None:
    commit(store, push(1), push(1))
    settle(store, lease(store).leases[0], DEAD)
    settle(store, lease(store, now=NOW + SECOND).leases[0], EntryState.WAITING, due_at=NOW + 5000)

    redeliver(store, Redelivery(1), NOW)
    assert ["waiting", "behind"] == states(store)
    settle(store, lease(store, now=NOW).leases[0], DELIVERED, now=NOW + 1)
    assert ["delivered", "waiting"] == states(store)
    assert NOW + 5000 == entries(store)[1].due_at


def test_an_earlier_push_that_goes_again_takes_the_lease_from_a_later_one(store: Store) -> None:
    commit(store, push(1), push(1))
    settle(store, lease(store).leases[0], DEAD)
    later = lease(store, now=NOW + SECOND).leases[0]

    redeliver(store, Redelivery(1), NOW)
    assert ["waiting", "behind"] == states(store)
    assert not settle(store, later, DELIVERED)
    settle(store, lease(store).leases[0], DELIVERED)
    assert [2] == [held.entry_id for held in lease(store, now=NOW + SECOND).leases]


def test_a_later_push_that_goes_again_stands_behind_an_earlier_one_that_is_open(store: Store) -> None:
    commit(store, push(1), push(1), push(1))
    settle_all(store, DEAD)
    redeliver(store, Redelivery(1, entry_ids=(1,)), NOW)
    first = lease(store).leases[0]
    redeliver(store, Redelivery(1, entry_ids=(3,)), NOW)

    assert ["leased", "dead", "behind"] == states(store)
    assert settle(store, first, DELIVERED)
    assert ["delivered", "dead", "waiting"] == states(store)


def test_the_last_word_that_an_endpoint_hears_of_a_session_is_the_latest(store: Store) -> None:
    commit(store, push(1), push(1, event_type="SESSION_END"), push(1), push(1))
    commit(store, push(2), at=NOW + 4 * SECOND)
    for second, end in enumerate((DEAD, DELIVERED, DELIVERED, DEAD)):
        at = NOW + second * SECOND
        settle(store, lease(store, {1: 1}, at).leases[0], end, now=at)
    settle_all(store, DELIVERED, now=NOW + 4 * SECOND)

    assert 2 == redeliver(store, Redelivery(1, entry_ids=(1,)))
    assert ["waiting", "delivered", "behind", "dead", "delivered"] == states(store)


def test_a_later_push_that_goes_again_brings_no_earlier_one_along(store: Store) -> None:
    commit(store, push(1), push(1))
    settle_all(store, DELIVERED)

    assert 1 == redeliver(store, Redelivery(1, entry_ids=(2,)))
    assert ["delivered", "waiting"] == states(store)


def test_what_was_never_attempted_goes_for_the_first_time_oldest_first(store: Store) -> None:
    others = (push(9, (), event_type="SESSION_START"), push(10, (), tenant="acme"), push(11, ()))
    commit(store, push(1, ()), push(1, (2,)), push(2, (1,)), *others[:2])
    commit(store, others[2]._replace(created_at=NOW + 50))
    settle_all(store, DELIVERED)

    assert 2 == redeliver(store, UNTRIED._replace(created_until=NOW + 50))
    added = [(one.endpoint_id, one.push_id, one.state.value, one.due_at, one.created_at) for one in entries(store)[2:]]
    assert [(1, 1, "waiting", NOW + 9, NOW), (1, 2, "behind", NOW + 9, NOW)] == added
    assert 0 == redeliver(store, UNTRIED._replace(created_until=NOW + 50))
    assert 1 == redeliver(store, UNTRIED._replace(created_from=NOW + 50))
    assert 5 == asyncio.run(store.outbox.health())[2]["created"]


def test_an_earlier_push_that_goes_for_the_first_time_brings_the_later_ones_along(store: Store) -> None:
    commit(store, push(1, ()), push(1))
    settle_all(store, DELIVERED)

    assert 2 == redeliver(store, UNTRIED)
    assert [(2, "behind"), (1, "waiting")] == [(one.push_id, one.state.value) for one in entries(store)]


def test_what_was_tried_and_what_was_not_go_together(store: Store) -> None:
    commit(store, push(1), push(2), push(3, ()))
    settle_all(store, DEAD)

    assert 3 == redeliver(store, UNTRIED._replace(states=(DEAD,)))
    assert ["waiting", "waiting", "waiting"] == states(store)


def test_pushes_of_no_tenant_are_never_asked_for(store: Store) -> None:
    with pytest.raises(CallerError, match="tenant"):
        redeliver(store, UNTRIED._replace(tenant=""))


def test_many_that_were_never_attempted_go_without_a_cap(store: Store) -> None:
    commit(store, *(push(number, (), body=b"{}", created_at=NOW + number // 3) for number in range(1, 1201)))

    assert 1200 == redeliver(store, UNTRIED)
    assert {(1, "waiting"): 1200} == counts(store)
