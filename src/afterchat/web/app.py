"""The reading side of the receiving end as one ASGI application: its route table and the pages made from it.

It takes values and sources, never settings; whoever builds it decides what they are.
How a table becomes an application stands in `serving`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from starlette.types import ASGIApp

from afterchat.clock import Clock
from afterchat.columns.snapshot import Snapshot
from afterchat.store.ports import Inbox, Quarantine, Records, Token
from afterchat.web import urls
from afterchat.web.answers import always
from afterchat.web.auth import Access
from afterchat.web.export_desk import ExportDesk
from afterchat.web.openapi import openapi_document
from afterchat.web.pages import docs_page, start_page, style_sheet
from afterchat.web.route import Route, Sources
from afterchat.web.routes import ROUTES
from afterchat.web.serving import application, with_open_metrics
from afterchat.web.status import ServerStatus

__all__ = ["OWN_PATHS", "build_app", "build_front", "route_table"]


OWN_PATHS = frozenset((urls.HEALTH, urls.READINESS, urls.METRICS))
"""Answered by the server that takes pushes, whether or not the dashboard lives."""


def build_app(
    *,
    records: Records,
    inbox: Inbox,
    quarantine: Quarantine,
    tokens: Callable[[], Sequence[tuple[Token, bytes]]],
    status: Callable[[], ServerStatus],
    clock: Clock,
    columns: Callable[[], Snapshot],
    damaged: Callable[[], None],
    is_metrics_open: bool,
) -> ASGIApp:
    """The application.

    `columns` gives the sessions as columns, and `damaged` is told when a file of them is; both must answer at once.
    `tokens` gives the tokens of a registry snapshot and `status` the state of this server; both must answer at once.
    `is_metrics_open` lets `/metrics` be read without a token: for a scraper on a network of one's own.
    """
    sources = Sources(records, inbox, quarantine, tokens, status, clock, columns, damaged, ExportDesk())
    return application(route_table(status().version, is_metrics_open=is_metrics_open), sources)


def build_front(
    *,
    records: Records,
    inbox: Inbox,
    quarantine: Quarantine,
    tokens: Callable[[], Sequence[tuple[Token, bytes]]],
    status: Callable[[], ServerStatus],
    clock: Clock,
    is_metrics_open: bool,
) -> ASGIApp:
    """What a server that takes pushes answers itself: OWN_PATHS and nothing else."""
    sources = Sources(
        records, inbox, quarantine, tokens, status, clock, lambda: Snapshot(0, ()), lambda: None, ExportDesk()
    )
    table = route_table(status().version, is_metrics_open=is_metrics_open)
    return application([route for route in table if route.path in OWN_PATHS], sources)


def route_table(version: str, *, is_metrics_open: bool) -> tuple[Route, ...]:
    """Every route of the application: ROUTES and the pages that are made from them."""
    routes = with_open_metrics(ROUTES) if is_metrics_open else ROUTES
    document = openapi_document(routes, version)
    pages = (
        ("start", urls.START, "text/html; charset=utf-8", start_page(version), "起始页", "Start page"),
        ("style", urls.STYLE, "text/css; charset=utf-8", style_sheet(), "样式表", "Style sheet"),
        ("docs", urls.DOCS, "text/html; charset=utf-8", docs_page(document), "接口说明", "The API, explained"),
        (
            "openapi",
            urls.OPENAPI,
            "application/json",
            msgspec.json.encode(document),
            "接口描述",
            "The API, for programs",
        ),
    )
    return (
        *routes,
        *(
            Route(name, path, Access.OPEN, always(body, media_type), zh, en, media_type=media_type)
            for name, path, media_type, body, zh, en in pages
        ),
    )
