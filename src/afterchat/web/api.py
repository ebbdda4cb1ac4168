"""The functions behind the routes: each takes a Call, asks `query`, and gives an answer.

Rules
- No function decides who may read: `Call.tenant` says it, and everything asked for is limited by it.
- No function builds a problem document: it raises, and `app` answers.
"""

from __future__ import annotations

from base64 import b64encode

from starlette.responses import Response

from afterchat.query.freshness import measure_lag
from afterchat.query.listings import drift_page, inbox_page, push_of, quarantine_page, unreadable_page
from afterchat.query.paging import read_page_size, read_row_cursor
from afterchat.query.sessions import session_detail
from afterchat.web.answers import json_answer
from afterchat.web.parameters import (
    CURSOR,
    LIMIT,
    TENANT,
    read_id,
    read_parameters,
    read_tenant,
)
from afterchat.web.problems import ProblemError
from afterchat.web.reading_api import one_session
from afterchat.web.sources import Call

__all__ = [
    "get_inbox_body",
    "get_session",
    "list_drift",
    "list_inbox",
    "list_quarantine",
    "list_unreadable",
]

_PAGED = (TENANT, CURSOR, LIMIT)


async def get_session(call: Call) -> Response:
    """One session with its revisions."""
    values = read_parameters(call, (TENANT,))
    sources = call.sources
    row = await one_session(call, read_tenant(call, values.get("tenant")))
    lag = await measure_lag(sources.inbox, sources.records, sources.clock.now_ms())
    return json_answer(await session_detail(sources.records, sources.inbox, row, lag))


async def list_inbox(call: Call) -> Response:
    """Pushes as they were taken, without their bodies."""
    values = read_parameters(call, _PAGED)
    before_id = read_row_cursor("inbox", values.get("cursor"))
    tenant, limit = read_tenant(call, values.get("tenant")), read_page_size(values.get("limit"))
    return json_answer(await inbox_page(call.sources.inbox, tenant, before_id, limit))


async def get_inbox_body(call: Call) -> Response:
    """The raw bytes of one push, exactly as they arrived."""
    read_parameters(call, ())
    push = await push_of(call.sources.inbox, call.tenant, read_id(call))
    if push is None:
        raise ProblemError("missing")
    return Response(
        push.body,
        headers={
            "content-type": "application/octet-stream",
            "content-disposition": f'attachment; filename="push-{push.id}.json"',
            "repr-digest": f"sha-256=:{b64encode(push.sha256).decode('ascii')}:",
            "cache-control": "no-store",
        },
    )


async def list_quarantine(call: Call) -> Response:
    """Refused pushes that were kept, without their bodies."""
    values = read_parameters(call, _PAGED)
    before_id = read_row_cursor("quarantine", values.get("cursor"))
    tenant, limit = read_tenant(call, values.get("tenant")), read_page_size(values.get("limit"))
    return json_answer(await quarantine_page(call.sources.quarantine, tenant, before_id, limit))


async def list_unreadable(call: Call) -> Response:
    """Authentic pushes that nobody understood."""
    values = read_parameters(call, (TENANT, LIMIT))
    tenant, limit = read_tenant(call, values.get("tenant")), read_page_size(values.get("limit"))
    return json_answer(await unreadable_page(call.sources.records, tenant, limit))


async def list_drift(call: Call) -> Response:
    """What the wire carried that the field table does not know."""
    values = read_parameters(call, (TENANT, LIMIT))
    tenant, limit = read_tenant(call, values.get("tenant")), read_page_size(values.get("limit"))
    return json_answer(await drift_page(call.sources.records, tenant, limit))
