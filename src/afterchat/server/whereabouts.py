"""Where a person is in a store: every body is read, because any of them may name them.

    pass 1: bodies that name the person -> their sessions
    pass 2: bodies of those sessions, whether they name the person or not

Rules
- Nothing is written, and what runs may go on running.
- What arrives after the second pass came past a row is ordinary new data.
- A person of one tenant is not that of another: sessions are told apart by tenant and number.

What does not belong here: what a body says (`contract.person`), and what becomes of it (`erasure`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

from afterchat.contract.codec import Decoded, decode
from afterchat.contract.person import Person, Sighting, event_sighting, sighting
from afterchat.store.open import Store

__all__ = ["Whereabouts", "find"]

_ROWS = 1000
_ID_MAX = 2**63 - 1


class Whereabouts(NamedTuple):
    """What of a person a store holds."""

    sessions: frozenset[tuple[str, int]]
    """(tenant, session) of each, in whichever file."""
    pushes: tuple[int, ...] = ()
    refused: tuple[int, ...] = ()
    drift: tuple[tuple[str, str, str], ...] = ()
    sent: tuple[tuple[str, int], ...] = ()


class _Seen(NamedTuple):
    """One body of the store."""

    kind: str
    """`push`, `refused`, `event` or `sent`."""
    id: int
    tenant: str
    body: bytes
    sighting: Sighting


async def find(
    store: Store, person: Person, tenant: str | None, on_read: Callable[[int], None] = lambda _: None
) -> Whereabouts:
    """Everything of one person, of one tenant or (None) of all; `on_read` is told how many bodies were read."""
    sessions: set[tuple[str, int]] = set()
    count = 0
    async for seen in _bodies(store, tenant):
        count += 1
        if not count % _ROWS:
            on_read(count)
        if seen.sighting.is_of(person):
            own = [person.session_id] if person.session_id is not None else seen.sighting.sessions
            sessions.update((seen.tenant, session) for session in own if session is not None)
    found: dict[str, list[int]] = {"push": [], "refused": []}
    sent: set[tuple[str, int]] = set()
    notes: set[tuple[str, str, str, str]] = set()
    async for seen in _bodies(store, tenant):
        of = {(seen.tenant, session) for session in seen.sighting.sessions} & sessions
        if not of and not seen.sighting.is_of(person):
            continue
        if seen.kind in found:
            found[seen.kind].append(seen.id)
            notes.update(_drift_of(seen))
        else:
            sent.update(of)
    drift = await _noted(store, tenant, notes)
    return Whereabouts(frozenset(sessions), tuple(found["push"]), tuple(found["refused"]), drift, tuple(sorted(sent)))


def _drift_of(seen: _Seen) -> Iterator[tuple[str, str, str, str]]:
    """What a body may have left among the notes of drift; notes of codes are nobody's."""
    decoded = decode(seen.body)
    if isinstance(decoded, Decoded):
        for one in decoded.drift:
            if one.kind != "value":
                yield seen.tenant, one.kind, one.field, one.sample


async def _noted(
    store: Store, tenant: str | None, notes: set[tuple[str, str, str, str]]
) -> tuple[tuple[str, str, str], ...]:
    if not store.has_records or not notes:
        return ()
    kept = [one for one, _, _ in await store.records.drift(tenant)]
    return tuple(
        (one.tenant, one.kind, one.field) for one in kept if (one.tenant, one.kind, one.field, one.sample) in notes
    )


async def _bodies(store: Store, tenant: str | None) -> AsyncIterator[_Seen]:
    """Every body of one tenant, or of all."""
    parts = (_received,) * store.has_inbox + (_sent,) * store.has_sender
    for part in parts:
        async for seen in part(store):
            if tenant in (None, seen.tenant):
                yield seen


async def _received(store: Store) -> AsyncIterator[_Seen]:
    last = 0
    while rows := await store.inbox.read_after(last, _ROWS):
        for row in rows:
            yield _Seen("push", row.id, row.tenant, row.body, sighting(row.body))
        last = rows[-1].id
    before = _ID_MAX
    while refused := await store.quarantine.latest(None, before, _ROWS):
        for one in refused:
            yield _Seen("refused", one.id, one.push.tenant, one.push.body, sighting(one.push.body))
        before = refused[-1].id


async def _sent(store: Store) -> AsyncIterator[_Seen]:
    last = 0
    while events := await store.sender_redaction.events_after(last, _ROWS):
        for number, tenant, session, event in events:
            yield _Seen("event", number, tenant, event.body, event_sighting(session, event.body))
        last = events[-1][0]
    last = 0
    while pushes := await store.sender_redaction.sent_after(last, _ROWS):
        for push in pushes:
            names = sighting(push.body).names
            yield _Seen("sent", push.id, push.tenant, push.body, Sighting(frozenset({push.session}), names))
        last = pushes[-1].id
