"""The operator's listings: what arrived, what was refused, what could not be read, what drifted.

Bodies are never part of a listing; one body is asked for by the id of its push.
The tenant is an argument of every call; None reads all of them.
"""

from __future__ import annotations

from afterchat.query.paging import row_cursor
from afterchat.query.views import (
    DriftPage,
    DriftView,
    InboxPage,
    InboxView,
    QuarantinePage,
    QuarantineView,
    UnreadablePage,
    UnreadableView,
)
from afterchat.store.ports import DriftNote, Inbox, InboxRow, Quarantine, QuarantinedPush, Records

__all__ = ["drift_page", "inbox_page", "push_of", "quarantine_page", "unreadable_page"]


async def inbox_page(inbox: Inbox, tenant: str | None, before_id: int | None, row_count_max: int) -> InboxPage:
    """Pushes newest first; raises StoreUnavailableError."""
    rows = await inbox.latest(tenant, before_id, row_count_max + 1)
    shown = rows[:row_count_max]
    next_cursor = row_cursor("inbox", shown[-1].id) if len(rows) > row_count_max else None
    return InboxPage([_inbox_view(row) for row in shown], next_cursor)


async def push_of(inbox: Inbox, tenant: str | None, inbox_id: int) -> InboxRow | None:
    """One push with its body, or None when there is none, or none that this tenant may read."""
    row = await inbox.get(inbox_id)
    if row is None or tenant not in (None, row.tenant):
        return None
    return row


async def quarantine_page(
    quarantine: Quarantine, tenant: str | None, before_id: int | None, row_count_max: int
) -> QuarantinePage:
    """Refused pushes newest first; raises StoreUnavailableError."""
    rows = await quarantine.latest(tenant, before_id, row_count_max + 1)
    shown = rows[:row_count_max]
    next_cursor = row_cursor("quarantine", shown[-1].id) if len(rows) > row_count_max else None
    return QuarantinePage([_quarantine_view(row) for row in shown], next_cursor)


async def unreadable_page(records: Records, tenant: str | None, row_count_max: int) -> UnreadablePage:
    """Authentic pushes that nobody understood, newest first; raises StoreUnavailableError."""
    rows = await records.unreadable(tenant, row_count_max)
    return UnreadablePage([UnreadableView(str(row.inbox_id), row.tenant, row.arrived_at, row.reason) for row in rows])


async def drift_page(records: Records, tenant: str | None, row_count_max: int) -> DriftPage:
    """What the field table does not know, newest first; raises StoreUnavailableError."""
    notes = await records.drift(tenant)
    return DriftPage([_drift_view(*note) for note in notes[:row_count_max]])


def _inbox_view(row: InboxRow) -> InboxView:
    return InboxView(
        id=str(row.id),
        tenant=row.tenant,
        event_type=row.event_type,
        signed_at=row.signed_at,
        arrived_at=row.arrived_at,
        key_id=row.key_id,
        scheme=row.scheme,
        sha256=row.sha256.hex(),
        body_bytes=len(row.body),
        repeat_count=row.repeat_count,
    )


def _quarantine_view(row: QuarantinedPush) -> QuarantineView:
    push = row.push
    return QuarantineView(
        id=str(row.id),
        tenant=push.tenant,
        refused_at=push.refused_at,
        reason=push.reason,
        cause=push.cause,
        query=push.query,
        event_type=push.event_type,
        signed_at=push.signed_at,
        authentic=push.authentic,
        sha256=push.sha256.hex(),
        body_bytes=len(push.body),
        released_at=row.released_at,
    )


def _drift_view(note: DriftNote, count: int, first_seen_at: int) -> DriftView:
    return DriftView(
        tenant=note.tenant,
        kind=note.kind,
        field=note.field,
        sample=note.sample,
        count=count,
        first_seen_at=first_seen_at,
        seen_at=note.seen_at,
    )
