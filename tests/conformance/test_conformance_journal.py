"""What every journal promises."""

from __future__ import annotations

import asyncio

import pytest

from afterchat.store.open import Store
from afterchat.store.sending import EntryState, StoredSession
from conformance.cast_sending import (
    MINUTE,
    NOW,
    SECOND,
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

NOTHING = {"sessions": 0, "open_sessions": 0, "events": 0, "pushes": 0, "last_event_number": 0}


def load(store: Store, session: int = 1, tenant: str = "default") -> StoredSession | None:
    return asyncio.run(store.journal.load(tenant, session))


def test_a_session_comes_back_as_it_was_committed(store: Store) -> None:
    whole = mark(7, due_at=NOW + 5, ended_at=NOW, record_sha256=b"x" * 32, push_count=2)
    events = (event("b", NOW + 1, "{'话'}".encode()), event("a", NOW))
    asyncio.run(store.journal.commit(step([(whole, events)])))

    assert StoredSession(whole, events) == load(store, 7)
    assert load(store, 8) is None
    assert load(store, 7, "acme") is None
    assert load(store, 2**70) is None


def test_events_keep_the_order_of_their_commits_and_the_mark_is_the_last(store: Store) -> None:
    asyncio.run(store.journal.commit(step([(mark(), [event("z")])])))
    asyncio.run(store.journal.commit(step([(mark(due_at=9), [event("m")]), (mark(due_at=8), [event("a")])])))

    assert StoredSession(mark(due_at=8), (event("z"), event("m"), event("a"))) == load(store)


def test_an_event_whose_id_the_session_has_is_passed_over_in_one_commit_and_across_commits(store: Store) -> None:
    first, other = event("e", NOW), event("e", NOW + 1, b"other")
    asyncio.run(store.journal.commit(step([(mark(), [first, other])])))
    asyncio.run(store.journal.commit(step([(mark(), [other, event("f")]), (mark(2), [other])])))

    assert StoredSession(mark(), (first, event("f"))) == load(store)
    assert StoredSession(mark(2), (other,)) == load(store, 2)
    assert 3 == asyncio.run(store.journal.counts())["events"]


def test_the_same_session_id_of_another_tenant_is_another_session(store: Store) -> None:
    asyncio.run(store.journal.commit(step([(mark(), [event("e")]), (mark(tenant="acme"), [event("e")])])))

    assert StoredSession(mark(tenant="acme"), (event("e"),)) == load(store, 1, "acme")
    assert 2 == asyncio.run(store.journal.counts())["sessions"]


@pytest.mark.parametrize(
    "unwritable",
    [
        step([(mark(1), [event("a")]), (mark(2), [event("b"), event("c", 2**70)])], [push(1)]),
        step([(mark(1), [event("a")]), (mark(2**70), [])], [push(1)]),
        step([(mark(1, ended_at=NOW), [event("a")])], [push(1), push(2, session=2**70)]),
        step([(mark(1, ended_at=NOW), [event("a")])], [push(1, (1, 2, 2**70))]),
    ],
    ids=["event", "session", "push", "entry"],
)
def test_a_commit_that_fails_in_the_middle_leaves_nothing_of_itself(store: Store, unwritable: object) -> None:
    with pytest.raises(OverflowError):
        asyncio.run(store.journal.commit(unwritable))

    assert NOTHING == asyncio.run(store.journal.counts())
    assert load(store, 1) is None
    assert ([], {}) == (entries(store), counts(store))
    assert [] == lease(store, {1: 9, 2: 9}).leases
    assert 1 == len(commit(store, push(1)))


def test_pushes_are_numbered_in_order_and_given_back_byte_for_byte(store: Store) -> None:
    first, second = push(1), push(2, (), body=b"\x00\xff", event_type="SESSION_START", tenant="acme")

    assert [1, 2] == commit(store, first, second)
    assert [3] == commit(store, first)
    assert [first._replace(endpoint_ids=()), second, None] == [
        asyncio.run(store.outbox.push(push_id)) for push_id in (1, 2, 99)
    ]


def test_a_push_makes_one_entry_for_each_endpoint_due_at_once(store: Store) -> None:
    commit(store, push(1, (2, 3, 2)), at=NOW + 7)

    made = [(one.endpoint_id, one.push_id, one.state, one.due_at, one.created_at) for one in entries(store)]
    assert [(2, 1, EntryState.WAITING, NOW + 7, NOW), (3, 1, EntryState.WAITING, NOW + 7, NOW)] == made
    assert {(2, "waiting"): 1, (3, "waiting"): 1} == counts(store)


def test_a_later_push_of_a_session_stands_behind_the_open_one_and_other_sessions_do_not(store: Store) -> None:
    commit(store, push(1), push(1), push(2))
    commit(store, push(1, (1, 2)))

    assert ["waiting", "behind", "waiting", "behind", "waiting"] == states(store)
    assert [1, 3] == [held.push_id for held in lease(store).leases]
    assert [4] == [held.push_id for held in lease(store, {2: 9}).leases]


@pytest.mark.parametrize("end", [EntryState.DELIVERED, EntryState.DEAD, EntryState.CANCELLED])
def test_a_later_push_waits_once_the_earlier_one_is_settled_whatever_became_of_it(
    store: Store, end: EntryState
) -> None:
    commit(store, push(1), push(1), push(1))
    settle(store, lease(store).leases[0], end, now=NOW + 5)

    assert [end.value, "waiting", "behind"] == states(store)
    assert [2] == [held.push_id for held in lease(store, now=NOW + SECOND).leases]


@pytest.mark.parametrize(("settled_at", "due_at"), [(0, 1000), (5, 1000), (999, 1000), (1000, 2000)])
def test_what_stood_behind_is_due_in_a_later_second_than_that_in_which_the_other_was_settled(
    store: Store, settled_at: int, due_at: int
) -> None:
    commit(store, push(1), push(1))
    settle(store, lease(store).leases[0], now=NOW + settled_at)

    assert NOW + due_at == entries(store)[1].due_at
    assert [] == lease(store, now=NOW + due_at - 1).leases
    assert [2] == [held.push_id for held in lease(store, now=NOW + due_at).leases]


@pytest.mark.parametrize(
    ("settled_at", "committed_at", "due_at"), [(0, 0, 1000), (5, 999, 1000), (999, 1000, 1000), (5000, 1500, 1500)]
)
def test_what_is_committed_in_the_second_in_which_another_was_settled_is_due_in_the_next(
    store: Store, settled_at: int, committed_at: int, due_at: int
) -> None:
    commit(store, push(1, (1, 2)), push(2))
    settle(store, lease(store, {1: 1}).leases[0], now=NOW + settled_at)
    commit(store, push(1, (1, 3)), push(3), at=NOW + committed_at)

    expected = {(1, 1): due_at, (1, 3): committed_at, (3, 1): committed_at}
    made = entries(store)[3:]
    assert {key: NOW + due for key, due in expected.items()} == {
        (one.session, one.endpoint_id): one.due_at for one in made
    }


def test_an_entry_that_will_be_tried_again_still_holds_back_the_later_ones(store: Store) -> None:
    commit(store, push(1), push(1))
    settle(store, lease(store).leases[0], EntryState.WAITING, due_at=NOW + MINUTE)

    assert ["waiting", "behind"] == states(store)
    assert [1] == [held.push_id for held in lease(store, now=NOW + MINUTE).leases]


def test_a_push_behind_nothing_open_does_not_stand_behind_what_was_settled(store: Store) -> None:
    commit(store, push(1))
    settle_all(store, EntryState.DEAD)
    commit(store, push(1))

    assert ["dead", "waiting"] == states(store)


def test_timers_come_earliest_first_and_only_when_they_are_due(store: Store) -> None:
    marks = [mark(1, due_at=30), mark(2, due_at=10), mark(3), mark(4, due_at=20), mark(5, due_at=31)]
    asyncio.run(store.journal.commit(step([(one, []) for one in marks])))

    assert [marks[1], marks[3], marks[0]] == asyncio.run(store.journal.due(30, {}, 9))
    assert [marks[1], marks[3]] == asyncio.run(store.journal.due(30, {}, 2))
    assert 10 == asyncio.run(store.journal.next_due_at())


def test_a_timer_that_was_taken_back_is_due_no_more(store: Store) -> None:
    asyncio.run(store.journal.commit(step([(mark(due_at=10), [])])))
    asyncio.run(store.journal.commit(step([(mark(due_at=None), [])])))

    assert [] == asyncio.run(store.journal.due(NOW, {}, 9))
    assert asyncio.run(store.journal.next_due_at()) is None


def test_the_newest_events_come_first_for_people_and_by_tenant(store: Store) -> None:
    asyncio.run(store.journal.commit(step([(mark(1), [event("a"), event("b")]), (mark(2, "acme"), [event("c")])])))
    asyncio.run(store.journal.commit(step([(mark(1), [event("d")])])))

    newest = asyncio.run(store.journal.latest(None, None, 3))
    expected = [(4, "default", 1, event("d")), (3, "acme", 2, event("c")), (2, "default", 1, event("b"))]
    assert expected == newest
    assert [(1, "default", 1, event("a"))] == asyncio.run(store.journal.latest(None, 2, 3))
    assert [4, 2] == [row[0] for row in asyncio.run(store.journal.latest("default", None, 2))]


def test_counts_follow_every_commit(store: Store) -> None:
    asyncio.run(store.journal.commit(step([(mark(1), [event("a"), event("a")]), (mark(2), [])], [push(1)])))
    assert {**NOTHING, "sessions": 2, "open_sessions": 2, "events": 1, "pushes": 1, "last_event_number": 1} == (
        asyncio.run(store.journal.counts())
    )

    asyncio.run(store.journal.commit(step([(mark(1, ended_at=NOW), [event("b")])])))
    asyncio.run(store.journal.commit(step([(mark(1, ended_at=NOW), [event("b")])])))
    after = asyncio.run(store.journal.counts())
    assert (2, 1, 2) == (after["sessions"], after["open_sessions"], after["events"])


def test_purging_forgets_what_was_not_touched_since_and_keeps_what_waits(store: Store) -> None:
    old = {"ended_at": 50, "touched_at": 50}
    marks = [
        mark(1, **old),
        mark(2, touched_at=50),
        mark(3, ended_at=50, touched_at=101),
        mark(4, **old),
        mark(5, due_at=60, **old),
        mark(6, **old),
    ]
    pushes = [push(4), push(6), push(6, (2,), tenant="acme")]
    asyncio.run(store.journal.commit(step([(one, [event("a")]) for one in marks], pushes)))
    settle(store, lease(store).leases[1])

    assert [("default", 1), ("default", 2), ("default", 6)] == asyncio.run(store.journal.purge(100, 99))
    assert [None, None, None] == [load(store, session) for session in (1, 2, 6)]
    assert all(load(store, session) is not None for session in (3, 4, 5))
    expected = {"sessions": 3, "open_sessions": 0, "events": 3, "pushes": 3, "last_event_number": 6}
    assert expected == asyncio.run(store.journal.counts())


def test_purging_takes_no_more_than_it_is_told_longest_untouched_first(store: Store) -> None:
    marks = [mark(n, ended_at=1, touched_at=100 - n) for n in range(1, 6)]
    asyncio.run(store.journal.commit(step([(one, []) for one in marks])))

    assert [("default", 5), ("default", 4)] == asyncio.run(store.journal.purge(100, 2))
    assert [True, True, True, False, False] == [load(store, n) is not None for n in range(1, 6)]
    assert [2, 1, 0] == [len(asyncio.run(store.journal.purge(100, 2))) for _ in range(3)]


def test_numbers_and_ids_are_never_used_twice_however_much_was_forgotten(store: Store) -> None:
    ended = mark(ended_at=1, touched_at=1)
    asyncio.run(store.journal.commit(step([(ended, [event("a"), event("b")])], [push()])))
    settle_all(store, EntryState.DELIVERED)
    assert (1, 1) == (asyncio.run(store.outbox.purge(NOW + 1, 9)), len(asyncio.run(store.journal.purge(NOW, 9))))

    assert 2 == asyncio.run(store.journal.counts())["last_event_number"]
    asyncio.run(store.journal.commit(step([(ended, [event("c")])])))
    assert [3] == [row[0] for row in asyncio.run(store.journal.latest(None, None, 9))]
    assert [2] == commit(store, push())
    assert [2] == [one.id for one in entries(store)]


def test_a_body_that_does_not_shrink_is_kept_as_it_is(store: Store) -> None:
    content = bytes(range(256)) * 3
    commit(store, push(body=content))

    assert content == lease(store).leases[0].body
