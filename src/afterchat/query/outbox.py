"""Endpoints and outbox for people: listings, one delivery, its body.

The tenant is an argument of every call; None reads all of them.
What belongs to another tenant is not there.
"""

from __future__ import annotations

from afterchat.contract.field import INTEGER_MAX
from afterchat.query.outbox_views import (
    AttemptView,
    EndpointKeyView,
    EndpointPage,
    EndpointView,
    EntryDetail,
    EntryPage,
    EntryView,
    HealthView,
    PushView,
)
from afterchat.query.paging import row_cursor
from afterchat.store.sending import (
    Attempt,
    Endpoint,
    EndpointHealth,
    Endpoints,
    Entry,
    EntryQuery,
    EntryState,
    NewPush,
    Outbox,
)

__all__ = ["OUTBOX", "endpoint_page", "endpoints_alone", "entry_and_push", "entry_detail", "entry_page"]

OUTBOX = "outbox"
"""Name of the listing in its cursors."""


async def endpoint_page(endpoints: Endpoints, outbox: Outbox, tenant: str | None) -> EndpointPage:
    """Every endpoint with its health and the sums of its entries; raises StoreUnavailableError."""
    healths, counts, _ = await outbox.health()
    known = {health.endpoint_id: health for health in healths}
    return EndpointPage(
        [
            _endpoint_view(
                endpoint,
                known.get(endpoint.id) or EndpointHealth(endpoint.id, None, 0, None, None),
                {state: count for (endpoint_id, state), count in counts.items() if endpoint_id == endpoint.id},
            )
            for endpoint in await endpoints.endpoints(tenant)
        ]
    )


async def endpoints_alone(endpoints: Endpoints, tenant: str | None) -> EndpointPage:
    """The same of a store whose sending end never ran."""
    known = await endpoints.endpoints(tenant)
    return EndpointPage([_endpoint_view(one, EndpointHealth(one.id, None, 0, None, None), {}) for one in known])


async def entry_page(outbox: Outbox, query: EntryQuery, row_count_max: int) -> EntryPage:
    """Entries newest first; raises StoreUnavailableError."""
    rows = await outbox.entries(query, row_count_max + 1)
    shown = rows[:row_count_max]
    next_cursor = row_cursor(OUTBOX, shown[-1].id) if len(rows) > row_count_max else None
    return EntryPage([_entry_view(entry) for entry in shown], next_cursor)


async def entry_and_push(outbox: Outbox, tenant: str | None, entry_id: int) -> tuple[Entry, NewPush] | None:
    """One entry and what it delivers, or None when there is none, or none that this tenant may read."""
    if not 0 < entry_id < INTEGER_MAX:
        return None  # no entry ever has it, and a store could not even be asked
    found = await outbox.entries(EntryQuery(tenant=tenant, before_id=entry_id + 1), 1)
    if not found or found[0].id != entry_id:
        return None
    push = await outbox.push(found[0].push_id)
    return None if push is None else (found[0], push)


async def entry_detail(outbox: Outbox, entry: Entry, push: NewPush) -> EntryDetail:
    """An entry with every attempt; raises StoreUnavailableError."""
    attempts = await outbox.attempts(entry.id)
    shown = PushView(str(entry.push_id), push.event_type, push.sha256.hex(), len(push.body), push.created_at)
    return EntryDetail(_entry_view(entry), shown, [_attempt_view(attempt) for attempt in attempts])


def _endpoint_view(endpoint: Endpoint, health: EndpointHealth, entries: dict[str, int]) -> EndpointView:
    return EndpointView(
        id=str(endpoint.id),
        tenant=endpoint.tenant,
        name=endpoint.name,
        url=endpoint.url,
        state=_state(endpoint, health),
        event_types=list(endpoint.event_types),
        signature_mode=endpoint.signature_mode,
        success=endpoint.success,
        schedule_seconds=list(endpoint.schedule_seconds),
        rate_per_second_max=endpoint.rate_per_second_max,
        concurrency_max=endpoint.concurrency_max,
        header_names=[name for name, _ in endpoint.headers],
        keys=[EndpointKeyView(key.id, key.not_before, key.not_after) for key in endpoint.keys],
        health=HealthView(health.failing_since, health.failures_in_a_row, health.open_until, health.disabled_at),
        entries={state.value: entries.get(state.value, 0) for state in EntryState},
        created_at=endpoint.created_at,
    )


def _state(endpoint: Endpoint, health: EndpointHealth) -> str:
    """In words; a disabling holds until the operator resumes it."""
    if endpoint.is_paused:
        return "paused"
    if health.disabled_at is not None and health.disabled_at >= endpoint.resumed_at:
        return "disabled"
    return "failing" if health.failing_since is not None else "sending"


def _entry_view(entry: Entry) -> EntryView:
    return EntryView(
        id=str(entry.id),
        tenant=entry.tenant,
        endpoint_id=str(entry.endpoint_id),
        session=str(entry.session),
        push_id=str(entry.push_id),
        event_type=entry.event_type,
        state=entry.state.value,
        due_at=entry.due_at,
        attempt_count=entry.attempt_count,
        series=entry.series,
        created_at=entry.created_at,
        settled_at=entry.settled_at,
        last_status=entry.last_status,
        last_error=entry.last_error,
    )


def _attempt_view(attempt: Attempt) -> AttemptView:
    answer = attempt.answer.decode("utf-8", "backslashreplace")
    return AttemptView(attempt.begun_at, attempt.duration_ms, attempt.status, attempt.error, answer)
