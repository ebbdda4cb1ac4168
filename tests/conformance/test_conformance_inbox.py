"""What every inbox promises."""

from __future__ import annotations

import asyncio
import struct

import pytest

from afterchat.store.open import Store
from afterchat.store.ports import InboxRow, Outcome
from conformance.cast import ARRIVED_AT, EVENT_TYPE, SIGNED_AT, arrival, body

NEW, DUPLICATE = Outcome.NEW, Outcome.DUPLICATE

HOSTILE_BODIES = (
    b"",
    b"\x00",
    b"\xff\xfe\x00\xd8",
    b'{"id":NaN}',
    b'{"id":123456789012345678901234567890}',
    b'{"id":9223372036854775808}',
    b'{"id":-9223372036854775808}',
    b'{"id":1,"id":2,"x":"\xed\xa0\x80"}',
    b'{"id":"' + b"9" * 6000 + b'"}',
    b"[" * 100_000,
    bytes(range(256)) * 1000,
)


def test_a_push_is_given_back_as_it_arrived(store: Store) -> None:
    content = body(7, remarks="已退款 🙂")
    push = arrival(content)

    assert [NEW] == asyncio.run(store.inbox.append_all([push]))
    expected = InboxRow(
        1, "default", EVENT_TYPE, SIGNED_AT, ARRIVED_AT, "main", "checksum", push.sha256, content, repeat_count=0
    )
    assert expected == asyncio.run(store.inbox.get(1))


def test_any_bytes_are_kept_byte_for_byte(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(content) for content in HOSTILE_BODIES]))

    rows = asyncio.run(store.inbox.read_after(0, 100))
    assert list(HOSTILE_BODIES) == [row.body for row in rows]


def test_a_group_that_was_rolled_back_leaves_nothing_behind_not_even_the_names_it_brought(store: Store) -> None:
    unwritable = arrival(b"bad", tenant="acme", signed_at=2**70)
    with pytest.raises((struct.error, OverflowError)):
        asyncio.run(store.inbox.append_all([arrival(b"a", tenant="acme", event_type="A"), unwritable]))

    pushes = [arrival(b"b", tenant="beta", event_type="B"), arrival(b"c", tenant="acme", event_type="A")]
    assert [NEW, NEW] == asyncio.run(store.inbox.append_all(pushes))
    rows = asyncio.run(store.inbox.read_after(0, 10))
    assert [(1, "beta", "B", b"b"), (2, "acme", "A", b"c")] == [
        (row.id, row.tenant, row.event_type, row.body) for row in rows
    ]


def test_a_repeat_under_another_label_is_the_push_that_is_there(store: Store) -> None:
    push = arrival(body(1))
    again = [push._replace(event_type="NEW"), push._replace(key_id="other", scheme="webhooks"), push]

    assert [NEW, DUPLICATE, DUPLICATE, DUPLICATE] == asyncio.run(store.inbox.append_all([push, *again]))
    assert [DUPLICATE] * 3 == asyncio.run(store.inbox.append_all(again))
    rows = asyncio.run(store.inbox.read_after(0, 10))
    assert [(1, EVENT_TYPE, "main", "checksum", 6)] == [
        (row.id, row.event_type, row.key_id, row.scheme, row.repeat_count) for row in rows
    ]


def test_text_that_no_database_takes_costs_no_push(store: Store) -> None:
    push = arrival(b"x", event_type="a\ud800b\0c")

    assert [NEW, NEW] == asyncio.run(store.inbox.append_all([push, arrival(b"y")]))
    row = asyncio.run(store.inbox.get(1))
    assert row is not None
    assert row.event_type == "a?b\ufffdc"


def test_the_same_bytes_are_a_repeat_within_one_group_and_across_groups(store: Store) -> None:
    push = arrival(body(1))

    assert [NEW, DUPLICATE] == asyncio.run(store.inbox.append_all([push, push]))
    assert [DUPLICATE] == asyncio.run(store.inbox.append_all([push]))
    rows = asyncio.run(store.inbox.read_after(0, 10))
    assert [(1, 2)] == [(row.id, row.repeat_count) for row in rows]


def test_the_same_bytes_of_another_tenant_are_another_push(store: Store) -> None:
    outcomes = asyncio.run(store.inbox.append_all([arrival(body(1)), arrival(body(1), tenant="acme")]))

    assert [NEW, NEW] == outcomes


def test_other_bytes_for_the_same_session_are_another_push(store: Store) -> None:
    outcomes = asyncio.run(store.inbox.append_all([arrival(body(1)), arrival(body(1, evaluation=100))]))

    assert [NEW, NEW] == outcomes


def test_ids_follow_commits_and_have_no_gaps(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1)), arrival(body(1)), arrival(body(2))]))
    asyncio.run(store.inbox.append_all([arrival(body(2)), arrival(body(3))]))

    assert [1, 2, 3] == [row.id for row in asyncio.run(store.inbox.read_after(0, 10))]


def test_reading_after_a_cursor_gives_what_came_behind_it(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(number)) for number in range(5)]))

    assert [3, 4] == [row.id for row in asyncio.run(store.inbox.read_after(2, 2))]
    assert [] == asyncio.run(store.inbox.read_after(5, 2))


def test_a_replay_with_the_same_signed_time_only_counts(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1))] * 3))

    assert [] == asyncio.run(store.inbox.repeats_after(0, 10))
    assert 2 == asyncio.run(store.inbox.counts())["repeats"]


def test_a_repeat_under_another_signed_time_is_listed_once_for_each_time(store: Store) -> None:
    again = arrival(body(1), signed_at=SIGNED_AT + 60)
    earlier = arrival(body(1), signed_at=SIGNED_AT - 60)
    asyncio.run(store.inbox.append_all([arrival(body(1)), again, again, earlier]))

    listed = asyncio.run(store.inbox.repeats_after(0, 10))
    assert [(1, SIGNED_AT + 60), (1, SIGNED_AT - 60)] == [(repeat.inbox_id, repeat.signed_at) for repeat in listed]
    assert 0 < listed[0].id < listed[1].id
    assert listed[1:] == asyncio.run(store.inbox.repeats_after(listed[0].id, 10))
    row = asyncio.run(store.inbox.get(1))
    assert row is not None
    assert (SIGNED_AT, 3) == (row.signed_at, row.repeat_count)


def test_the_newest_come_first_for_people_and_by_tenant(store: Store) -> None:
    tenants = ("a", "b", "a", "b", "a")
    asyncio.run(store.inbox.append_all([arrival(body(n), tenant=tenant) for n, tenant in enumerate(tenants)]))

    def ids(tenant: str | None, before_id: int | None) -> list[int]:
        return [row.id for row in asyncio.run(store.inbox.latest(tenant, before_id, 2))]

    assert [5, 4] == ids(None, None)
    assert [3, 2] == ids(None, 4)
    assert [5, 3] == ids("a", None)
    assert [] == ids("nobody", None)


def test_counts_say_what_is_there(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1)), arrival(body(1), signed_at=1), arrival(body(2))]))

    expected = {"pushes": 2, "repeats": 1, "quarantined": 0, "last_inbox_id": 2, "last_repeat_id": 1}
    assert expected == asyncio.run(store.inbox.counts())


def test_an_unknown_id_is_none(store: Store) -> None:
    assert asyncio.run(store.inbox.get(17)) is None


def test_an_empty_group_is_nothing(store: Store) -> None:
    assert [] == asyncio.run(store.inbox.append_all([]))


def test_recovering_a_healthy_inbox_changes_no_push(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1))]))
    asyncio.run(store.inbox.recover())

    assert 1 == asyncio.run(store.inbox.counts())["pushes"]


@pytest.mark.parametrize("group_size", [1, 3, 50])
def test_groups_under_way_together_are_all_kept_in_order(store: Store, group_size: int) -> None:
    pushes = [arrival(body(number)) for number in range(50)]

    async def append() -> list[list[Outcome]]:
        groups = [pushes[start : start + group_size] for start in range(0, 50, group_size)]
        return await asyncio.gather(*(store.inbox.append_all(group) for group in groups))

    outcomes = asyncio.run(append())
    assert [NEW] * 50 == [outcome for group in outcomes for outcome in group]
    assert [push.body for push in pushes] == [row.body for row in asyncio.run(store.inbox.read_after(0, 100))]
