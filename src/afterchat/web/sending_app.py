"""The reading and operating side of the sending end as one ASGI application: its route table.

It takes values and sources, never settings; whoever builds it decides what they are.
How a table becomes an application stands in `serving`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import msgspec
from starlette.types import ASGIApp

from afterchat.clock import Clock
from afterchat.query.outbox_views import EndpointPage, EndpointView, EntryDetail, EntryPage
from afterchat.store.people import AuditNote
from afterchat.store.ports import Token
from afterchat.store.sending import Endpoints, Journal, Outbox
from afterchat.web import operating_api, urls
from afterchat.web import sending_api as api
from afterchat.web.answers import Health, Readiness, always
from afterchat.web.auth import Access
from afterchat.web.operating import Operations
from afterchat.web.operating_routes import OPERATING_ROUTES
from afterchat.web.parameters import CURSOR, ID, LIMIT, TENANT
from afterchat.web.route import Route
from afterchat.web.sending_openapi import sending_document
from afterchat.web.sending_status import SendingStatus
from afterchat.web.serving import application, with_open_metrics

__all__ = ["SENDING_ROUTES", "build_sending_app", "sending_table"]

_LISTING = ("filter", "missing", "store")

SENDING_ROUTES: tuple[Route, ...] = (
    Route(
        "sender_health",
        urls.HEALTH,
        Access.OPEN,
        api.show_sender_health,
        "进程在服务中（始终为 200）",
        "The process serves (always 200)",
        answer=Health,
    ),
    Route(
        "sender_readiness",
        urls.READINESS,
        Access.OPEN,
        api.show_sender_readiness,
        "是否接收事件，以及不接收的原因",
        "Whether events are taken, and why not",
        answer=Readiness,
        statuses=(200, 503),
    ),
    Route(
        "sender_metrics",
        urls.METRICS,
        Access.OPERATOR,
        api.show_sender_metrics,
        "Prometheus 文本格式的运行指标",
        "The program's own health in Prometheus' text format",
        media_type="text/plain",
    ),
    Route(
        "endpoints",
        urls.ENDPOINTS,
        Access.READER,
        api.list_endpoints,
        "推送地址、其状况与各状态的条目数",
        "Endpoints, how they do, and how many entries are in which state",
        answer=EndpointPage,
        parameters=(TENANT,),
        problems=_LISTING,
    ),
    Route(
        "endpoint",
        urls.ENDPOINT,
        Access.READER,
        operating_api.get_endpoint,
        "一个推送地址",
        "One endpoint",
        answer=EndpointView,
        parameters=(ID,),
        problems=_LISTING,
    ),
    Route(
        "outbox",
        urls.OUTBOX,
        Access.READER,
        api.list_entries,
        "待发、已送达与死信条目，最新的在前",
        "Deliveries under way, done and given up, newest first",
        answer=EntryPage,
        parameters=(TENANT, api.ENDPOINT, api.SESSION, api.STATE, CURSOR, LIMIT),
        problems=_LISTING,
    ),
    Route(
        "outbox_entry",
        urls.OUTBOX_ENTRY,
        Access.READER,
        api.get_entry,
        "一个条目及其全部尝试",
        "One delivery with all its attempts",
        answer=EntryDetail,
        parameters=(ID,),
        problems=_LISTING,
    ),
    Route(
        "outbox_body",
        urls.OUTBOX_BODY,
        Access.READER,
        api.get_entry_body,
        "推送的原文，逐字节相同",
        "The bytes that are sent, exactly",
        media_type="application/octet-stream",
        parameters=(ID,),
        problems=_LISTING,
    ),
    *OPERATING_ROUTES,
)
"""In the order of the reference page."""


def build_sending_app(
    *,
    journal: Journal,
    outbox: Outbox,
    endpoints: Endpoints,
    tokens: Callable[[], Sequence[tuple[Token, bytes]]],
    status: Callable[[], SendingStatus],
    clock: Clock,
    operations: Operations,
    write_note: Callable[[AuditNote], Awaitable[None]],
    is_metrics_open: bool,
) -> ASGIApp:
    """The application; the arguments mean what they mean for `app.build_app`."""
    sources = api.SendingSources(journal, outbox, endpoints, tokens, status, clock, operations, write_note)
    return application(sending_table(status().version, is_metrics_open=is_metrics_open), sources)


def sending_table(version: str, *, is_metrics_open: bool) -> tuple[Route, ...]:
    """Every route of the application: SENDING_ROUTES and the description that is made from them."""
    routes = with_open_metrics(SENDING_ROUTES) if is_metrics_open else SENDING_ROUTES
    show = always(msgspec.json.encode(sending_document(routes, version)), "application/json")
    return (*routes, Route("openapi", urls.OPENAPI, Access.OPEN, show, "接口描述", "The API, for programs"))
