"""The functions behind the routes of the sending end; the rules are those of `api`.

Events and records come in by another door (`sender.intake`); here is only what is read.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from starlette.responses import Response

from afterchat.clock import Clock
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.errors import StoreUnavailableError
from afterchat.query.errors import BilingualFilterError
from afterchat.query.outbox import OUTBOX, endpoint_page, entry_and_push, entry_detail, entry_page
from afterchat.query.paging import read_page_size, read_row_cursor
from afterchat.store.people import AuditNote
from afterchat.store.ports import Token
from afterchat.store.sending import Endpoints, Entry, EntryQuery, EntryState, Journal, NewPush, Outbox
from afterchat.web.answers import Health, NotReady, Readiness, json_answer
from afterchat.web.figures import CONTENT_TYPE
from afterchat.web.operating import Operations
from afterchat.web.parameters import CURSOR, LIMIT, TENANT, read_id, read_parameters, read_tenant
from afterchat.web.problems import ProblemError
from afterchat.web.route import CallOf, Parameter
from afterchat.web.sending_metrics import SendingFigures, render_sending_metrics
from afterchat.web.sending_status import SendingStatus
from afterchat.web.status import readiness_text

__all__ = [
    "ENDPOINT",
    "SESSION",
    "STATE",
    "SendingSources",
    "get_entry",
    "get_entry_body",
    "list_endpoints",
    "list_entries",
    "show_sender_health",
    "show_sender_metrics",
    "show_sender_readiness",
]

_NUMBER = {"type": "string", "pattern": "^(0|-?[1-9][0-9]{0,18})$"}
ENDPOINT = Parameter("endpoint", "query", _NUMBER, "只看该推送地址（编号）", "Only this endpoint, by its id")
SESSION = Parameter("session", "query", _NUMBER, "只看该会话（编号）", "Only this session, by its id")
STATE = Parameter(
    "state",
    "query",
    {"type": "string", "enum": [state.value for state in EntryState]},
    "只看该状态",
    "Only entries in this state",
)


class SendingSources(NamedTuple):
    """Where answers of the sending end come from; values handed in by the composition root."""

    journal: Journal
    outbox: Outbox
    endpoints: Endpoints
    tokens: Callable[[], Sequence[tuple[Token, bytes]]]
    status: Callable[[], SendingStatus]
    clock: Clock
    operations: Operations
    write_note: Callable[[AuditNote], Awaitable[None]]
    """Keeps a line of the audit."""


Call = CallOf[SendingSources]


async def show_sender_health(call: Call) -> Response:
    """Always 200 while the process serves."""
    status = call.sources.status()
    return json_answer(Health("ok", status.nonce, status.version))


async def show_sender_readiness(call: Call) -> Response:
    """200 when events are taken, else 503 with the reasons; a journal that cannot be read takes none."""
    codes = list(call.sources.status().not_ready)
    try:
        await call.sources.journal.next_due_at()
    except StoreUnavailableError:
        codes.append("store")
    reasons = [NotReady(code, *readiness_text(code)) for code in codes]
    return json_answer(Readiness("not_ready" if reasons else "ready", reasons), 503 if reasons else 200)


async def show_sender_metrics(call: Call) -> Response:
    """Text format of Prometheus; without the store's figures while the store is away."""
    sources = call.sources
    figures: SendingFigures | None
    try:
        _, entries, totals = await sources.outbox.health()
        figures = SendingFigures(await sources.journal.counts(), entries, totals)
    except StoreUnavailableError:
        figures = None
    body = render_sending_metrics(sources.status(), figures, sources.clock.now_ms())
    return Response(body, headers={"content-type": CONTENT_TYPE})


async def list_endpoints(call: Call) -> Response:
    """Every endpoint with its health and the sums of its entries."""
    values = read_parameters(call, (TENANT,))
    tenant = read_tenant(call, values.get("tenant"))
    return json_answer(await endpoint_page(call.sources.endpoints, call.sources.outbox, tenant))


async def list_entries(call: Call) -> Response:
    """A page of deliveries."""
    values = read_parameters(call, (TENANT, ENDPOINT, SESSION, STATE, CURSOR, LIMIT))
    query = EntryQuery(
        tenant=read_tenant(call, values.get("tenant")),
        endpoint_id=_number("endpoint", values.get("endpoint")),
        session=_number("session", values.get("session")),
        state=_state(values.get("state")),
        before_id=read_row_cursor(OUTBOX, values.get("cursor")),
    )
    return json_answer(await entry_page(call.sources.outbox, query, read_page_size(values.get("limit"))))


async def get_entry(call: Call) -> Response:
    """One delivery with all its attempts."""
    read_parameters(call, ())
    return json_answer(await entry_detail(call.sources.outbox, *await _found(call)))


async def get_entry_body(call: Call) -> Response:
    """The bytes that are sent, exactly."""
    read_parameters(call, ())
    entry, push = await _found(call)
    return Response(
        push.body,
        headers={
            "content-type": "application/octet-stream",
            "content-disposition": f'attachment; filename="push-{entry.push_id}.json"',
            "repr-digest": f"sha-256=:{b64encode(push.sha256).decode('ascii')}:",
            "cache-control": "no-store",
        },
    )


async def _found(call: Call) -> tuple[Entry, NewPush]:
    found = await entry_and_push(call.sources.outbox, call.tenant, read_id(call))
    if found is None:
        raise ProblemError("missing")
    return found


def _number(name: str, text: str | None) -> int | None:
    """A whole number of 64 bits, as ids are."""
    if text is None:
        return None
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= len(str(INTEGER_MAX)):
        number = int(text)
        if INTEGER_MIN <= number <= INTEGER_MAX:
            return number
    raise BilingualFilterError(zh=f"{name} 应为编号（整数）。", en=f"`{name}` must be an id, a whole number.")


def _state(text: str | None) -> EntryState | None:
    if text is None:
        return None
    states = [state.value for state in EntryState]
    if text not in states:
        listed = "、".join(states)
        raise BilingualFilterError(zh=f"state 应为 {listed} 之一。", en=f"`state` must be one of {', '.join(states)}.")
    return EntryState(text)
