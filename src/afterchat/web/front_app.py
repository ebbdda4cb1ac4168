"""What a server that takes pushes answers itself: whether it lives, whether it takes pushes, its counters.

It holds nothing of columns, figures and exports, so a server without a dashboard stays as small as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import ASGIApp

from afterchat.clock import Clock
from afterchat.errors import StoreUnavailableError
from afterchat.query.freshness import measure_lag
from afterchat.store.ports import Inbox, Records, Token
from afterchat.web import urls
from afterchat.web.answers import Health, NotReady, Readiness, json_answer
from afterchat.web.auth import Access
from afterchat.web.figures import CONTENT_TYPE
from afterchat.web.metrics import StoreFigures, render_metrics
from afterchat.web.route import CallOf, Route
from afterchat.web.serving import application, with_open_metrics
from afterchat.web.status import ServerStatus, readiness_text

__all__ = ["FRONT_ROUTES", "OWN_PATHS", "FrontSources", "build_front"]


class FrontSources(NamedTuple):
    """Where these answers come from; values handed in by the composition root."""

    records: Records
    inbox: Inbox
    tokens: Callable[[], Sequence[tuple[Token, bytes]]]
    status: Callable[[], ServerStatus]
    clock: Clock


_Call = CallOf[FrontSources]


async def show_health(call: _Call) -> Response:
    """Always 200 while the process serves."""
    status = call.sources.status()
    return json_answer(Health("ok", status.nonce, status.version))


async def show_readiness(call: _Call) -> Response:
    """200 when pushes are taken, else 503 with the reasons."""
    reasons = [NotReady(code, *readiness_text(code)) for code in call.sources.status().not_ready]
    return json_answer(Readiness("not_ready" if reasons else "ready", reasons), 503 if reasons else 200)


async def show_metrics(call: _Call) -> Response:
    """Text format of Prometheus; without the store's figures while the store is away."""
    sources = call.sources
    figures: StoreFigures | None
    try:
        figures = StoreFigures(
            inbox=await sources.inbox.counts(),
            records=await sources.records.counts(),
            lag=await measure_lag(sources.inbox, sources.records, sources.clock.now_ms()),
        )
    except StoreUnavailableError:
        figures = None
    body = render_metrics(sources.status(), figures, sources.clock.now_ms())
    return Response(body, headers={"content-type": CONTENT_TYPE})


FRONT_ROUTES: tuple[Route, ...] = (
    Route(
        "health",
        urls.HEALTH,
        Access.OPEN,
        show_health,
        "进程在服务中（始终为 200）",
        "The process serves (always 200)",
        answer=Health,
    ),
    Route(
        "readiness",
        urls.READINESS,
        Access.OPEN,
        show_readiness,
        "是否接收推送，以及不接收的原因",
        "Whether pushes are taken, and why not",
        answer=Readiness,
        statuses=(200, 503),
    ),
    Route(
        "metrics",
        urls.METRICS,
        Access.OPERATOR,
        show_metrics,
        "Prometheus 文本格式的运行指标",
        "The program's own health in Prometheus' text format",
        media_type="text/plain",
    ),
)

OWN_PATHS = frozenset(route.path for route in FRONT_ROUTES)
"""Everything else is the dashboard's."""


def build_front(sources: FrontSources, *, is_metrics_open: bool) -> ASGIApp:
    """The application; `is_metrics_open` lets `/metrics` be read without a token, on a network of one's own."""
    return application(with_open_metrics(FRONT_ROUTES) if is_metrics_open else FRONT_ROUTES, sources)
