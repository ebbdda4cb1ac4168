"""The reading side of the receiving end as one ASGI application: its route table and the pages made from it.

It takes values and sources, never settings; whoever builds it decides what they are.
How a table becomes an application stands in `serving`; what the server in front answers itself, in `front_app`.
"""

from __future__ import annotations

import msgspec
from starlette.responses import Response
from starlette.types import ASGIApp

from afterchat.web import urls
from afterchat.web.answers import Health, always, json_answer
from afterchat.web.auth import Access
from afterchat.web.front_app import FRONT_ROUTES, OWN_PATHS
from afterchat.web.openapi import openapi_document
from afterchat.web.pages import docs_page, style_sheet
from afterchat.web.route import Route
from afterchat.web.routes import ROUTES
from afterchat.web.serving import application, with_open_metrics
from afterchat.web.sources import Call, Sources

__all__ = ["build_app", "route_table"]


def build_app(sources: Sources, *, is_metrics_open: bool) -> ASGIApp:
    """The application; `is_metrics_open` is what the description of the server in front says of `/metrics`."""
    table = route_table(sources.health.version, is_metrics_open=is_metrics_open)
    return application((_HEALTH, *(route for route in table if route.path not in OWN_PATHS)), sources)


async def _show_health(call: Call) -> Response:
    return json_answer(call.sources.health)


_HEALTH = Route(
    "health",
    urls.HEALTH,
    Access.OPEN,
    _show_health,
    "进程在服务中（始终为 200）",
    "The process serves (always 200)",
    answer=Health,
)
"""Of a dashboard that runs alone; behind a server nobody asks for it."""


def route_table(version: str, *, is_metrics_open: bool) -> tuple[Route, ...]:
    """Every route of the receiving end: FRONT_ROUTES, ROUTES, and the pages that are made from them."""
    routes = (*(with_open_metrics(FRONT_ROUTES) if is_metrics_open else FRONT_ROUTES), *ROUTES)
    document = openapi_document(routes, version)
    pages = (
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
