"""What every outbox promises about leases, results, health and forgetting."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.errors import CallerError
from afterchat.store.open import Store
from afterchat.store.sending import Attempt, EndpointHealth, Entry, EntryState, Lease, Settlement
from conformance.cast import body
from conformance.cast_sending import (
    MINUTE,
    NOW,
    REFUSED,
    SESSION_END,
    TAKEN,
    commit,
    counts,
    entries,
    event,
    lease,
    mark,
    push,
    settle,
    settle_all,
    states,
    step,
)

WAITING, DELIVERED, DEAD, CANCELLED = EntryState.WAITING, EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED


def attempts(store: Store, entry_id: int = 1) -> list[Attempt]:
    return asyncio.run(store.outbox.attempts(entry_id))


def test_a_lease_carries_everything_an_attempt_needs(store: Store) -> None:
    commit(store, push(7, (3,), tenant="acme", created_at=NOW - 5))

    expected = Lease(1, 1, 3, "acme", 7, 1, SESSION_END, body(7), 0, NOW - 5)
    assert [expected] == lease(store, {3: 1}).leases


def test_the_earliest_due_come_first_and_no_more_than_each_endpoint_may_have(store: Store) -> None:
    commit(store, push(1, (1, 2)), push(2, (1, 2)), at=NOW)
    commit(store, push(3), at=NOW - 20)
    commit(store, push(4), at=NOW - 10)

    given = lease(store, {1: 3, 2: 1, 3: 5}).leases
    assert [(1, 3), (1, 4), (1, 1), (2, 1)] == [(held.endpoint_id, held.session) for held in given]
    assert [(1, 2), (2, 2)] == [(held.endpoint_id, held.session) for held in lease(store, {1: 9, 2: 9}).leases]


def test_what_is_not_due_or_not_asked_for_is_not_leased(store: Store) -> None:
    commit(store, push(1, (1, 2)), at=NOW + 1)

    assert [] == lease(store, {1: 9, 2: 9}, now=NOW).leases
    assert [] == lease(store, {1: 0, 3: 9}, now=NOW + 1).leases
    assert [] == lease(store, {1: -1}, now=NOW + 1).leases
    assert [1] == [held.endpoint_id for held in lease(store, {1: 9}, now=NOW + 1).leases]


def test_what_is_leased_is_leased_to_nobody_else(store: Store) -> None:
    commit(store, push(1), push(2))

    assert [1, 2] == [held.entry_id for held in lease(store).leases]
    assert [] == lease(store, now=NOW + MINUTE - 1).leases


def test_the_next_look_is_for_the_first_that_is_due_or_the_first_lease_that_ends(store: Store) -> None:
    commit(store, push(1, (1, 2, 3)), push(2), at=NOW)
    commit(store, push(3), at=NOW + 5)

    assert {1: NOW, 2: NOW + 60, 3: NOW} == lease(store, {1: 1, 2: 1, 3: 0, 4: 1}, until=NOW + 60).next_due_at
    assert {1: NOW + 5} == lease(store, {1: 9}, until=NOW + 70).next_due_at
    assert {1: NOW + 60, 2: NOW + 60} == lease(store, {1: 9, 2: 9}, now=NOW + 5, until=NOW + 80).next_due_at


def test_nothing_more_to_look_for_once_all_is_settled(store: Store) -> None:
    commit(store, push(1), push(1))
    settle_all(store, DELIVERED)

    assert {} == lease(store).next_due_at


def test_a_lease_that_is_over_is_given_again_with_a_greater_token(store: Store) -> None:
    commit(store, push(1))
    first = lease(store, until=NOW + 10).leases[0]

    assert [] == lease(store, now=NOW + 9).leases
    second = lease(store, now=NOW + 10, until=NOW + 20).leases[0]
    assert (first.token + 1, 0) == (second.token, second.attempt_count)
    assert first._replace(token=second.token) == second


def test_leases_that_are_over_are_waiting_whoever_asks(store: Store) -> None:
    commit(store, push(1), push(2))
    lease(store, {1: 1}, until=NOW + 10)
    lease(store, {1: 1}, until=NOW + 11)
    lease(store, {99: 1}, now=NOW + 10)

    assert ["waiting", "leased"] == states(store)
    assert NOW == entries(store)[0].due_at


def test_a_stale_token_changes_nothing_but_its_attempt_is_logged(store: Store) -> None:
    commit(store, push(1))
    stale = lease(store, until=NOW + 10).leases[0]
    held = lease(store, now=NOW + 10).leases[0]
    before = entries(store)

    late = TAKEN._replace(begun_at=NOW + 1)
    assert not settle(store, stale, DELIVERED, attempt=late)
    assert before == entries(store)
    assert [late] == attempts(store)
    assert settle(store, held, DEAD, attempt=REFUSED)
    assert not settle(store, held, DELIVERED)
    assert ["dead"] == states(store)


def test_a_lease_that_was_taken_back_is_not_in_force_even_before_the_next(store: Store) -> None:
    commit(store, push(1))
    stale = lease(store, until=NOW + 10).leases[0]
    lease(store, {99: 1}, now=NOW + 10)

    assert not settle(store, stale, DELIVERED)
    assert ["waiting"] == states(store)


def test_a_result_that_comes_after_the_end_of_its_lease_counts_if_nobody_looked_meanwhile(store: Store) -> None:
    commit(store, push(1))
    held = lease(store, until=NOW + 10).leases[0]

    assert settle(store, held, DELIVERED, now=NOW + 999)


def test_settling_for_another_attempt_sets_when_it_is_due_and_counts_the_attempt(store: Store) -> None:
    commit(store, push(1))
    assert settle(store, lease(store).leases[0], WAITING, attempt=REFUSED, due_at=NOW + 500)

    expected = Entry(1, 1, "default", 1, 1, SESSION_END, WAITING, NOW + 500, 1, 1, NOW, None, 500, "status_5xx")
    assert [expected] == entries(store)
    assert ([], {1: NOW + 500}) == lease(store, now=NOW + 499)
    assert [(2, 1)] == [(held.token, held.attempt_count) for held in lease(store, now=NOW + 500).leases]


def test_a_lease_that_is_given_back_untried_counts_no_attempt(store: Store) -> None:
    commit(store, push(1))
    settle(store, lease(store).leases[0], WAITING, attempt=REFUSED, due_at=NOW)
    settle(store, lease(store).leases[0], WAITING, attempt=None, due_at=NOW)

    assert 1 == len(attempts(store))
    assert (1, 500, "status_5xx") == (
        entries(store)[0].attempt_count,
        entries(store)[0].last_status,
        entries(store)[0].last_error,
    )


def test_a_settled_entry_says_when_and_how(store: Store) -> None:
    commit(store, push(1))
    settle(store, lease(store).leases[0], DELIVERED, now=NOW + 3)

    settled = entries(store)[0]
    assert (DELIVERED, NOW + 3, 200, "") == (settled.state, settled.settled_at, settled.last_status, settled.last_error)


@pytest.mark.parametrize("state", [EntryState.BEHIND, EntryState.LEASED])
def test_no_lease_ends_in_a_state_that_is_no_result(store: Store, state: EntryState) -> None:
    commit(store, push(1))
    with pytest.raises(CallerError, match=state.value):
        settle(store, lease(store).leases[0], state)

    assert ["leased"] == states(store)
    assert [] == attempts(store)


def test_attempts_are_logged_oldest_first_with_a_kibibyte_of_the_answer(store: Store) -> None:
    commit(store, push(1))
    second = Attempt(NOW + 9, 30_000, 0, "timeout", b"")
    for attempt in (REFUSED._replace(answer=bytes(3000)), second):
        settle(store, lease(store, now=NOW).leases[0], WAITING, attempt=attempt, due_at=NOW)

    assert [REFUSED._replace(answer=bytes(1024)), second] == attempts(store)
    assert [] == attempts(store, 99)


def test_many_results_are_written_together_and_one_stale_one_harms_no_other(store: Store) -> None:
    commit(store, push(1), push(2), push(3))
    held = lease(store).leases
    results = [
        Settlement(held[0].entry_id, held[0].token, DELIVERED, 0, TAKEN),
        Settlement(held[1].entry_id, held[1].token + 1, DELIVERED, 0, TAKEN),
        Settlement(99, 1, DELIVERED, 0, TAKEN),
        Settlement(held[2].entry_id, held[2].token, DEAD, 0, REFUSED),
    ]

    assert [True, False, False, True] == asyncio.run(store.outbox.settle(results, [], NOW))
    assert ["delivered", "leased", "dead"] == states(store)


def test_results_that_fail_in_the_middle_leave_nothing_of_themselves(store: Store) -> None:
    commit(store, push(1), push(2))
    held = lease(store).leases
    results = [Settlement(one.entry_id, one.token, DELIVERED, 0, TAKEN) for one in held]
    results[1] = results[1]._replace(attempt=TAKEN._replace(duration_ms=2**70))
    with pytest.raises(OverflowError):
        asyncio.run(store.outbox.settle(results, [EndpointHealth(1, NOW, 3, None, None)], NOW))

    assert ["leased", "leased"] == states(store)
    assert [] == attempts(store)
    assert () == asyncio.run(store.outbox.health())[0]


def test_health_is_kept_whole_and_changed_with_the_results(store: Store) -> None:
    ill = EndpointHealth(2, NOW, 7, NOW + 1, NOW + 2)
    well = EndpointHealth(1, None, 0, None, None)
    asyncio.run(store.outbox.settle([], [ill, well], NOW))
    assert (well, ill) == asyncio.run(store.outbox.health())[0]

    asyncio.run(store.outbox.settle([], [ill._replace(disabled_at=None)], NOW))
    assert (well, ill._replace(disabled_at=None)) == asyncio.run(store.outbox.health())[0]


def test_counts_and_the_oldest_of_each_kind_are_known(store: Store) -> None:
    assert ((), {}, {"created": 0, "purged": 0}) == asyncio.run(store.outbox.health())
    commit(store, push(1, (1, 2)), push(1), push(2), at=NOW - 5)
    commit(store, push(3, (2,)), at=NOW - 9)
    lease(store, {1: 1}, now=NOW - 3)
    lease(store, {1: 1}, now=NOW - 2)

    _, kept, totals = asyncio.run(store.outbox.health())
    assert {(1, "behind"): 1, (1, "leased"): 2, (2, "waiting"): 2} == kept
    assert {"created": 5, "purged": 0, "oldest_due_at": NOW - 9, "oldest_leased_at": NOW - 3} == totals


def test_entries_are_listed_newest_first_by_whatever_is_asked(store: Store) -> None:
    commit(store, push(1, (1, 2)), push(2, tenant="acme"), push(1))
    settle(store, lease(store, {2: 1}).leases[0], DEAD)

    def ids(**query: object) -> list[int]:
        return [one.id for one in entries(store, **query)]

    assert [1, 2, 3, 4] == ids()
    assert [1, 2] == ids(before_id=3)
    assert [1, 2, 4] == ids(tenant="default")
    assert [1, 3, 4] == ids(endpoint_id=1)
    assert [1, 2, 4] == ids(session=1)
    assert [2] == ids(state=DEAD) == ids(state=DEAD, session=1, tenant="default", endpoint_id=2, before_id=3)
    assert [] == ids(state=DEAD, endpoint_id=1) == ids(tenant="acme", session=1) == ids(state=DEAD, before_id=2)
    assert [1, 3] == ids(state=WAITING)
    assert [4] == ids(state=EntryState.BEHIND, endpoint_id=1, session=1)


def test_purging_forgets_what_was_settled_long_ago_and_keeps_what_is_open(store: Store) -> None:
    commit(store, push(1, (1, 2)), push(2), push(3), push(4))
    first, second, third, _ = lease(store).leases
    settle(store, first, DELIVERED, now=NOW + 1)
    settle(store, second, DEAD, now=NOW + 2)
    settle(store, third, DELIVERED, now=NOW + 9)

    assert 2 == asyncio.run(store.outbox.purge(NOW + 9, 99))
    assert [(1, "waiting"), (3, "delivered"), (4, "leased")] == [
        (one.session, one.state.value) for one in entries(store)
    ]
    assert [True, False, True, True] == [
        asyncio.run(store.outbox.push(push_id)) is not None for push_id in (1, 2, 3, 4)
    ]
    assert ([], 1) == (attempts(store, 1), len(attempts(store, 4)))
    assert {(1, "delivered"): 1, (1, "leased"): 1, (2, "waiting"): 1} == counts(store)
    assert {"created": 5, "purged": 2} == {
        name: number for name, number in asyncio.run(store.outbox.health())[2].items() if "oldest" not in name
    }
    assert 3 == asyncio.run(store.journal.counts())["pushes"]


def test_purging_takes_no_more_than_it_is_told_longest_settled_first(store: Store) -> None:
    commit(store, *(push(number) for number in range(1, 6)))
    for held in lease(store).leases:
        settle(store, held, DELIVERED, now=NOW - held.session)

    assert 2 == asyncio.run(store.outbox.purge(NOW, 2))
    assert [1, 2, 3] == [one.session for one in entries(store)]
    assert [2, 1, 0] == [asyncio.run(store.outbox.purge(NOW, 2)) for _ in range(3)]


def test_purging_forgets_old_pushes_that_nobody_was_to_get(store: Store) -> None:
    commit(store, push(1, ()), push(2, (), created_at=NOW + 1), push(3))

    assert 1 == asyncio.run(store.outbox.purge(NOW + 1, 9))
    assert [None, 2, 3] == [
        found and found.session for found in (asyncio.run(store.outbox.push(push_id)) for push_id in (1, 2, 3))
    ]
    assert 2 == asyncio.run(store.journal.counts())["pushes"]


def test_a_lease_that_was_made_while_the_clock_was_ahead_holds_nobody_up(store: Store) -> None:
    commit(store, push())
    day = 86_400_000
    assert 1 == len(lease(store, now=NOW + day, until=NOW + day + 30).leases)

    assert [] == lease(store, now=NOW + day - 29, until=NOW + day + 1).leases
    assert 1 == len(lease(store, now=NOW, until=NOW + 30).leases)


def test_a_session_can_be_forgotten_once_its_entries_are_settled(store: Store) -> None:
    ended = mark(ended_at=1, touched_at=1)
    asyncio.run(store.journal.commit(step([(ended, [event("a")])], [push()])))
    assert [] == asyncio.run(store.journal.purge(NOW, 9))

    settle_all(store, DEAD)
    assert 1 == len(asyncio.run(store.journal.purge(NOW, 9)))


def test_a_result_for_an_entry_that_was_forgotten_is_dropped(store: Store) -> None:
    commit(store, push(1))
    held = lease(store).leases[0]
    settle(store, held, DELIVERED)
    asyncio.run(store.outbox.purge(NOW + 1, 9))

    assert not settle(store, held, DELIVERED)
    assert [] == attempts(store)


def test_cancelling_lets_go_of_every_open_entry_of_one_endpoint(store: Store) -> None:
    commit(store, push(1, (1, 2)), push(1), push(2), push(3))
    held, _, last = lease(store).leases
    settle(store, last, DELIVERED)

    assert 3 == asyncio.run(store.outbox.cancel(1, NOW + 1))
    assert ["cancelled", "waiting", "cancelled", "cancelled", "delivered"] == states(store)
    assert {None, NOW, NOW + 1} == {one.settled_at for one in entries(store)}
    assert 0 == asyncio.run(store.outbox.cancel(1, NOW + 2))
    assert not settle(store, held, DELIVERED)
    assert CANCELLED is entries(store)[0].state
