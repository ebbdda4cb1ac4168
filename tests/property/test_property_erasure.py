"""Erasing a person changes nothing but what is theirs, whatever stands beside it and however often it is done."""

from __future__ import annotations

import asyncio
from hashlib import sha256

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.clock import SystemClock
from afterchat.contract.codec import encode
from afterchat.contract.person import Person
from afterchat.contract.personal import PERSONAL
from afterchat.contract.record import FIELDS, SessionRecord, blank_record
from afterchat.projector.loop import project_once
from afterchat.server.erasure import carry_out
from afterchat.server.whereabouts import find
from afterchat.store.erasure import FILE_OF_STAGE, Erasure
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Arrival, InboxRow, SessionRow

AT = 1_769_826_600_000
STAGES = tuple(FILE_OF_STAGE)
BLANKS = {field.name: field.type() for field in FIELDS if field.name in PERSONAL}

pushes = st.lists(
    st.tuples(
        st.sampled_from(("default", "acme")),
        st.integers(1, 4),  # session
        st.integers(0, 3),  # visitor
        st.sampled_from(("", "note", "备注")),
        st.integers(1, 3),  # signed at
    ),
    min_size=1,
    max_size=12,
)


def body(session: int, visitor: int, remarks: str, signed_at: int) -> bytes:
    return encode(
        blank_record(
            id=session, s_type="0", user_id=visitor, remarks=remarks, category=f"{signed_at}", from_ip="1.1.1.1"
        )
    )


async def projected(store: Store) -> None:
    while await project_once(store.inbox, store.records, SystemClock(), batch_rows=3) is not None:
        pass


async def erase(store: Store, person: Person, tenant: str | None) -> frozenset[tuple[str, int]]:
    found = await find(store, person, tenant)
    erasure = Erasure("one", AT, found.pushes, found.refused, found.drift, found.sent, STAGES[1:])
    await store.registry.place_order(STAGES[0], msgspec.json.encode(erasure).decode(), AT)
    while waiting := await store.registry.orders("waiting"):
        for order in waiting:
            result = await carry_out(store, order.kind, order.argument, SystemClock())
            await store.registry.settle_order(order.id, "done", result)
    return found.sessions


async def rows_of(store: Store) -> tuple[list[InboxRow], dict[tuple[str, int], SessionRow], dict[str, int]]:
    found = [row for number in range(1, 5) for row in await store.records.get(None, number)]
    sessions = {(row.tenant, row.record.id): row for row in found}
    return await store.inbox.read_after(0, 100), sessions, await store.records.counts()


def blank(record: SessionRecord) -> SessionRecord:
    return msgspec.structs.replace(record, **BLANKS)


@settings(max_examples=60, deadline=None)
@given(pushes, st.integers(1, 3), st.sampled_from((None, "default")))
def test_only_what_is_the_persons_changes(given_pushes, visitor: int, tenant: str | None) -> None:
    async def run() -> None:
        store = await open_store("sqlite://", WRITABLE)
        try:
            for of_tenant, session, user, remarks, signed_at in given_pushes:
                content = body(session, user, remarks, signed_at)
                arrival = Arrival(of_tenant, "", signed_at, AT, "k", "checksum", sha256(content).digest(), content)
                await store.inbox.append_all([arrival])
            await projected(store)
            pushed, sessions, counts = await rows_of(store)
            theirs = {
                (row.tenant, decoded.id)
                for row in pushed
                if (decoded := msgspec.json.decode(row.body, type=SessionRecord)).user_id == visitor
                and tenant in (None, row.tenant)
            }

            assert theirs == await erase(store, Person(user_id=visitor), tenant)
            left, left_sessions, left_counts = await rows_of(store)
            assert counts == left_counts
            for before, after in zip(pushed, left, strict=True):
                record = msgspec.json.decode(before.body, type=SessionRecord)
                is_theirs = (before.tenant, record.id) in theirs
                assert before == after._replace(body=before.body)
                expected = encode(blank(record)) if is_theirs else before.body
                assert expected == (after.body.rstrip() if is_theirs else after.body)
            expected_rows = {
                key: row._replace(record=blank(row.record)) if key in theirs else row for key, row in sessions.items()
            }
            assert expected_rows == left_sessions

            spare = await store.begin_rebuild()
            while await project_once(store.inbox, spare, SystemClock(), batch_rows=5) is not None:
                pass
            await store.finish_rebuild()
            assert (left, left_sessions, left_counts) == await rows_of(store)
        finally:
            await store.close()

    asyncio.run(run())
