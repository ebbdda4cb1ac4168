"""What went out to whom: the list of deliveries under its endpoints, one delivery with every attempt, sending again.

    GET  /deliveries?state=&tenant=&endpoint=&session=&cursor=    newest first, a page at a time
    POST /deliveries/redeliver                                    all dead letters of the endpoint that the form names
    GET  /deliveries/{id}                                         one of them
    POST /deliveries/{id}/redeliver

Rules
- What an endpoint answered, and the size and sha256 of what was sent, are for those who see everything.
- A session is linked only where this store has its record: a sending end may run where nothing is received.
- What is done is noted before, so that nothing is done that nobody noted.

What does not belong here: endpoints and the sums above the list (`endpoints`), where filters come from (`entry_query`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from afterchat.access.audit import noted
from afterchat.access.roles import Right
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.pages.endpoints import DEAD_AGAIN, DELIVERIES, Deed, endpoint_of, top_values, write_note
from afterchat.dashboard.pages.endpoints import ROUTES as ENDPOINT_ROUTES
from afterchat.dashboard.pages.entry_parts import (
    Sessions,
    attempt_table,
    entries_table,
    entry_facts,
    is_settled,
    list_empty,
)
from afterchat.dashboard.pages.entry_query import EntryPageQuery, read_entry_query
from afterchat.dashboard.pages.reach import known_tenants
from afterchat.dashboard.parts import Empty, Pager, Table
from afterchat.dashboard.visit import Answer, Goto, Page, PageRoute, Visit
from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.query.outbox import OUTBOX, entry_and_push
from afterchat.query.paging import row_cursor
from afterchat.store.sending import Endpoint, Entry, EntryState, NewPush

__all__ = ["ROUTES", "delivery_rows"]

_ENTRY = DELIVERIES + "/{id}"
_ROWS = 50
_REFUSED = 409
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


def delivery_rows(visit: Visit, entries: Sequence[Entry], endpoints: Sequence[Endpoint] = ()) -> Table:
    """The entries of one session, for its page; without `endpoints` each is named by its number."""
    empty = Empty(visit.t("deliveries.empty.session"))
    return entries_table(visit, entries, endpoints, frozenset(), empty, is_of_session=True)


async def _show(visit: Visit) -> Answer:
    return await _list_page(visit)


async def _redeliver_dead(visit: Visit) -> Answer:
    endpoint = await endpoint_of(visit, visit.form.get("endpoint", ""))
    await write_note(visit, "outbox.redeliver", endpoint, states=EntryState.DEAD.value)
    try:
        count = await visit.sources.sending.orders.redeliver(endpoint.id)
    except CallerError as error:
        return await _list_page(visit, error)
    return Goto(DELIVERIES, _done_of(count))


async def _show_entry(visit: Visit) -> Answer:
    return await _entry_page(visit, *await _found(visit))


async def _redeliver(visit: Visit) -> Answer:
    entry, push = await _found(visit)
    endpoint = await _endpoint_of(visit, entry)
    if endpoint is None:
        raise MissingError
    here = _ENTRY.format(id=entry.id)
    if not is_settled(entry):
        return Goto(here, _done_of(0))
    note = noted(visit.actor, visit.now_ms, "outbox.redeliver", str(entry.id), entry.tenant, endpoint=str(endpoint.id))
    await visit.sources.people.write_note(note)
    try:
        count = await visit.sources.sending.orders.redeliver(endpoint.id, (entry.id,))
    except CallerError as error:
        return await _entry_page(visit, entry, push, error)
    return Goto(here, _done_of(count))


async def _list_page(visit: Visit, fault: CallerError | None = None) -> Page:
    sending = visit.sources.sending
    asked = read_entry_query(visit)
    if not sending.has_sender():
        nothing = Empty(visit.t("deliveries.none"), visit.t("deliveries.none.text"), code="afterchat sender")
        return Page("deliveries.html", {"nothing": nothing})
    endpoints = await sending.endpoints.endpoints(visit.tenant)
    found = await sending.outbox.entries(asked.query, _ROWS + 1)
    rows = found[:_ROWS]
    values = {
        **await top_values(visit),
        "nothing": None,
        "trouble": _said(visit, fault),
        "form": asked.form(visit, endpoints, await known_tenants(visit)),
        "table": entries_table(
            visit, rows, endpoints, await _sessions_here(visit, rows), list_empty(visit, asked.is_narrowed)
        ),
        "pager": _pager(visit, asked, rows, has_more=len(found) > _ROWS),
    }
    return Page("deliveries.html", values, visit.now_ms, 200 if fault is None else _REFUSED)


async def _entry_page(visit: Visit, entry: Entry, push: NewPush, fault: CallerError | None = None) -> Page:
    attempts = await visit.sources.sending.outbox.attempts(entry.id)
    endpoint = await _endpoint_of(visit, entry)
    sessions = await _sessions_here(visit, (entry,))
    values = {
        "id": str(entry.id),
        "list_href": DELIVERIES,
        "facts": entry_facts(visit, entry, push, endpoint, sessions),
        "attempts": attempt_table(visit, attempts),
        "deed": _deed(visit, entry) if endpoint is not None else None,
        "gone": visit.t("deliveries.gone") if endpoint is None else "",
        "trouble": _said(visit, fault),
    }
    return Page("delivery.html", values, visit.now_ms, 200 if fault is None else _REFUSED)


async def _found(visit: Visit) -> tuple[Entry, NewPush]:
    """The entry of the path and what it delivers; raises MissingError where this reader has none such."""
    sending, text = visit.sources.sending, visit.values["id"]
    if sending.has_sender() and _ID.fullmatch(text):
        found = await entry_and_push(sending.outbox, visit.tenant, int(text))
        if found is not None:
            return found
    raise MissingError


async def _endpoint_of(visit: Visit, entry: Entry) -> Endpoint | None:
    """Where it goes; None when that is gone."""
    endpoints = await visit.sources.sending.endpoints.endpoints(entry.tenant)
    return next((endpoint for endpoint in endpoints if endpoint.id == entry.endpoint_id), None)


async def _sessions_here(visit: Visit, entries: Sequence[Entry]) -> Sessions:
    """Which of their sessions have a page here; none while the records are away or were never made."""
    keys = sorted({(entry.tenant, entry.session) for entry in entries})
    try:
        rows = await visit.sources.reading.records.get_many(keys)
    except StoreUnavailableError:
        return frozenset()
    return frozenset((row.tenant, row.record.id) for row in rows)


def _deed(visit: Visit, entry: Entry) -> Deed | None:
    """The button that sends it again, for those who may, where there is something to send."""
    if not visit.who.may(Right.OPERATE) or not is_settled(entry):
        return None
    t = visit.t
    return Deed(
        "again",
        _ENTRY.format(id=entry.id) + "/redeliver",
        t("deliveries.redeliver"),
        t("deliveries.redeliver.question"),
    )


def _said(visit: Visit, fault: CallerError | None) -> str:
    return "" if fault is None else visit.t("deliveries.refused", why=str(fault))


def _done_of(count: int | None) -> str:
    """What is said after a redelivery that opened so many entries."""
    if count is None:
        return "redelivery_waits"
    return "redelivered" if count else "redelivered_none"


def _pager(visit: Visit, asked: EntryPageQuery, rows: Sequence[Entry], *, has_more: bool) -> Pager:
    """Only forth and to the top: entries are read from the newest on."""
    t, before = visit.t, asked.query.before_id
    return Pager(
        t("deliveries.newest") if before is None else t("deliveries.older", id=before),
        "" if before is None else asked.address(),
        next_href=asked.address(row_cursor(OUTBOX, rows[-1].id)) if has_more else "",
    )


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("deliveries", DELIVERIES, Right.SEE_MASKED, _show, "deliveries"),
    *ENDPOINT_ROUTES,
    PageRoute("deliveries_dead_again", DEAD_AGAIN, Right.OPERATE, _redeliver_dead, "deliveries", "POST"),
    PageRoute("delivery", _ENTRY, Right.SEE_MASKED, _show_entry, "deliveries"),
    PageRoute("delivery_again", _ENTRY + "/redeliver", Right.OPERATE, _redeliver, "deliveries", "POST"),
)
