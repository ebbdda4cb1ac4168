"""The cast of the sending end: sessions, events, pushes, endpoints, and the steps that tests take with them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from afterchat.store.open import Store
from afterchat.store.ports import Key
from afterchat.store.sending import (
    Attempt,
    Endpoint,
    Entry,
    EntryQuery,
    EntryState,
    JournalBatch,
    JournalEvent,
    Lease,
    Leases,
    NewPush,
    SessionMark,
    Settlement,
)
from conformance.cast import body

NOW = 1_800_000_000_000
SECOND = 1000
MINUTE = 60_000
SESSION_END = "DATA_ONLINE_SESSION_END"
TAKEN = Attempt(NOW, 12, 200, "", b"{}")
REFUSED = Attempt(NOW, 34, 500, "status_5xx", b"no")


def mark(session: int = 1, tenant: str = "default", **values: object) -> SessionMark:
    made = SessionMark(
        tenant=tenant,
        session=session,
        policy=b'{"toleranceSeconds":120}',
        due_at=None,
        ended_at=None,
        touched_at=NOW,
        record_sha256=b"",
        push_count=0,
    )
    return made._replace(**values)


def event(event_id: str, at: int = NOW, content: bytes = b'{"type":"VisitorWrote"}') -> JournalEvent:
    return JournalEvent(event_id, at, content)


def push(number: int = 1, endpoint_ids: Sequence[int] = (1,), **values: object) -> NewPush:
    """The record of session `number`."""
    content = values.pop("body", None) or body(number)
    made = NewPush(
        tenant="default",
        session=number,
        event_type=SESSION_END,
        body=content,
        sha256=hashlib.sha256(content).digest(),
        created_at=NOW,
        endpoint_ids=tuple(endpoint_ids),
    )
    return made._replace(**values)


def step(
    sessions: Sequence[tuple[SessionMark, Sequence[JournalEvent]]] = (),
    pushes: Sequence[NewPush] = (),
    committed_at: int = NOW,
) -> JournalBatch:
    return JournalBatch(sessions, pushes, committed_at)


def endpoint(name: str = "crm", tenant: str = "acme", **values: object) -> Endpoint:
    made = Endpoint(
        id=0,
        tenant=tenant,
        name=name,
        url="https://crm.example.com/钩子?a=1",
        event_types=(SESSION_END, "SESSION_START"),
        signature_mode="both",
        success="empty_or_braces",
        keys=(),
        schedule_seconds=(5, 60, 3600),
        rate_per_second_max=0,
        concurrency_max=8,
        headers=(("X-Team", "客服"), ("X-Empty", "")),
        is_paused=False,
        resumed_at=0,
        created_at=NOW,
    )
    return made._replace(**values)


def key(id_: str, not_before: int = 0, not_after: int | None = None) -> Key:
    return Key(id_, f"密钥 {id_}".encode(), not_before, not_after)


def commit(store: Store, *pushes: NewPush, at: int = NOW) -> list[int]:
    """Ids of the pushes."""
    return asyncio.run(store.journal.commit(step(pushes=pushes, committed_at=at)))


def lease(store: Store, wanted: dict[int, int] | None = None, now: int = NOW, until: int = NOW + MINUTE) -> Leases:
    """By default up to nine of the first endpoint, for a minute."""
    return asyncio.run(store.outbox.lease({1: 9} if wanted is None else wanted, now, until))


def settle(
    store: Store,
    held: Lease,
    state: EntryState = EntryState.DELIVERED,
    *,
    attempt: Attempt | None = TAKEN,
    due_at: int = 0,
    now: int = NOW,
) -> bool:
    """Whether the lease was in force."""
    settlement = Settlement(held.entry_id, held.token, state, due_at, attempt)
    return asyncio.run(store.outbox.settle([settlement], [], now))[0]


def settle_all(store: Store, state: EntryState, wanted: dict[int, int] | None = None, now: int = NOW) -> None:
    """Lease and settle until nothing is due; what stood behind follows a second later."""
    while leases := lease(store, wanted, now, now + MINUTE).leases:
        for held in leases:
            settle(store, held, state, attempt=TAKEN if state is EntryState.DELIVERED else REFUSED, now=now)
        now += SECOND


def entries(store: Store, **query: object) -> list[Entry]:
    """Oldest first."""
    found = asyncio.run(store.outbox.entries(EntryQuery(**query), 1000))
    return found[::-1]


def states(store: Store, **query: object) -> list[str]:
    """Of every entry, oldest first."""
    return [entry.state.value for entry in entries(store, **query)]


def counts(store: Store) -> dict[tuple[int, str], int]:
    """Entries by endpoint and state, as they are kept."""
    return asyncio.run(store.outbox.health())[1]
