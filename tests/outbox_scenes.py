"""A store with a sending end in it: two tenants with an endpoint of the same name each, and an entry in every state.

    entry  tenant  session  endpoint  state       attempts
    1      acme    1        1 crm     delivered   500 once, then taken
    2      acme    2        1 crm     dead        refused twice; the answer holds an escape sequence
    3      acme    3        1 crm     waiting     none
    4      acme    3        1 crm     behind 3    none
    5      default 4        2 crm     delivered   taken at once

Session 9 of acme was pushed to nobody: it was made before any endpoint existed.
"""

from __future__ import annotations

import asyncio
import hashlib

from afterchat.store.open import Store, open_store
from afterchat.store.ports import Key
from afterchat.store.sending import (
    Attempt,
    Endpoint,
    EntryState,
    JournalBatch,
    JournalEvent,
    NewPush,
    SessionMark,
    Settlement,
)

__all__ = ["CRM", "HEADER_VALUE", "NOW", "RECORDS", "SECRET", "body_of", "fill", "in_store", "stock"]

NOW = 1_760_000_000_000
SECOND = 1_000
RECORDS = "DATA_ONLINE_SESSION_END"
SECRET = b"5ca1ab1e0ddba11c0ffee0badc0de9f1"
HEADER_VALUE = "Bearer a-header-that-is-secret"

CRM = Endpoint(
    id=0,
    tenant="acme",
    name="crm",
    url="https://crm.example.com/push",
    event_types=(RECORDS,),
    signature_mode="both",
    success="empty_or_braces",
    keys=(),
    schedule_seconds=(5, 30),
    rate_per_second_max=0,
    concurrency_max=8,
    headers=(("Authorization", HEADER_VALUE),),
    is_paused=False,
    resumed_at=NOW - 10 * SECOND,
    created_at=NOW - 10 * SECOND,
)

TAKEN = Attempt(NOW + SECOND, 12, 200, "", b"{}")
FAILED = Attempt(NOW, 34, 500, "status_5xx", b"oops")
REFUSED = Attempt(NOW, 56, 403, "status_4xx", "\x1b[31m不行".encode() + b"\xff")


def body_of(session: int, version: int = 1) -> bytes:
    """What is pushed of a session; text of people in it."""
    return f'{{"id":{session},"staffName":"小林","evaluation":{version}}}'.encode()


def in_store(url, work, *writes):
    """What the coroutine function `work` gives for the opened store."""

    async def main():
        store = await open_store(url, frozenset(writes))
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(main())


def stock(url: str) -> None:
    """The same on disk."""
    in_store(url, fill, "sender", "registry")


async def fill(store: Store) -> None:
    """Put all of the above into a store that may write it."""
    await store.registry.put_tenant("acme", "both", NOW)
    await store.registry.put_tenant("default", "both", NOW)
    for tenant in ("acme", "default"):
        endpoint_id = await store.endpoints.put_endpoint(CRM._replace(tenant=tenant))
        await store.endpoints.put_endpoint_key(endpoint_id, Key(f"key_{tenant}", SECRET, 0, None))
    await _commit(store, _push(9, created_at=NOW - 60 * SECOND))
    await _commit(store, _push(1, 1), _push(2, 1))
    await _settle(store, 1, FAILED, EntryState.WAITING, {1})
    await _settle(store, 1, TAKEN, EntryState.DELIVERED, {1})
    await _settle(store, 1, REFUSED, EntryState.WAITING, {2})
    await _settle(store, 1, REFUSED, EntryState.DEAD, {2})
    await _commit(store, _push(3, 1), _push(3, 1, version=2), _push(4, 2, tenant="default"))
    await _settle(store, 2, TAKEN, EntryState.DELIVERED, {5})


def _push(session: int, *endpoint_ids: int, tenant: str = "acme", version: int = 1, created_at: int = NOW) -> NewPush:
    body = body_of(session, version)
    return NewPush(tenant, session, RECORDS, body, hashlib.sha256(body).digest(), created_at, endpoint_ids)


async def _commit(store: Store, *pushes: NewPush) -> None:
    sessions = [
        (
            SessionMark(push.tenant, push.session, b"{}", None, NOW, NOW, push.sha256, 1),
            (
                JournalEvent(
                    f"s{push.session}-{number}",
                    NOW + push.session,
                    f'{{"type":"VisitorWrote","session":{push.session}}}'.encode(),
                ),
            ),
        )
        for number, push in enumerate(pushes)
    ]
    await store.journal.commit(JournalBatch(sessions, pushes, pushes[0].created_at))


async def _settle(store: Store, endpoint_id: int, attempt: Attempt, state: EntryState, entry_ids: set[int]) -> None:
    """Lease what is due, settle these entries so, and give the rest back."""
    leases = await store.outbox.lease({endpoint_id: 10}, NOW + SECOND, NOW + 60 * SECOND)
    settlements = [
        Settlement(held.entry_id, held.token, state, NOW, attempt)
        if held.entry_id in entry_ids
        else Settlement(held.entry_id, held.token, EntryState.WAITING, NOW, None)
        for held in leases.leases
    ]
    await store.outbox.settle(settlements, [], NOW + SECOND)
