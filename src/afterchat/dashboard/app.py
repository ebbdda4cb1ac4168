"""Pages and API as one ASGI application.

    /static/<name>       files of the set-up, for everybody
    a path of `routes`   its page, behind the checks of `guard`
    any other path       the API, which has its own tokens and its own words for what does not exist

Rules
- A page never answers for a path of the API, nor the other way round: the table says which is which.
- A path of the pages with a method that no line has is refused by us, and says which methods there are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from afterchat.dashboard.built import Built
from afterchat.dashboard.guard import guarded
from afterchat.dashboard.navigation import STATIC
from afterchat.dashboard.routes import PAGE_ROUTES
from afterchat.dashboard.visit import PageSources
from afterchat.web.headers import SecurityHeaders

__all__ = ["build_dashboard"]


def build_dashboard(sources: PageSources, api: ASGIApp) -> ASGIApp:
    """The application; `api` answers whatever is no page."""
    routes = [
        StarletteRoute(route.path, guarded(route, sources, PAGE_ROUTES), methods=[route.method], name=route.name)
        for route in PAGE_ROUTES
    ]
    files = StarletteRoute(STATIC + "{name}", _files(sources.built), methods=["GET"], name="static")
    pages = Starlette(routes=[files, *routes], exception_handlers={405: _refuse_method})
    pages.router.redirect_slashes = False
    return _Either(SecurityHeaders(pages), [files, *routes], api)


class _Either:
    """Sends a request to the pages if one of them has its path, else to the API."""

    def __init__(self, pages: ASGIApp, routes: Sequence[BaseRoute], api: ASGIApp) -> None:
        self._pages = pages
        self._routes = routes
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and any(route.matches(scope)[0] is not Match.NONE for route in self._routes)
        await (self._pages if is_page else self._api)(scope, receive, send)


def _files(built: Built) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        found = built.answer(str(request.path_params["name"]), request.headers.get("accept-encoding", ""))
        if found is None:
            return Response(status_code=404)
        answer = Response(found.body)
        answer.raw_headers = list(found.headers)
        return answer

    return respond


async def _refuse_method(request: Request, _error: Exception) -> Response:
    routes = (route for route in request.app.routes if isinstance(route, StarletteRoute))
    known = set().union(*(route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE))
    return Response(status_code=405, headers={"allow": ", ".join(sorted(known))})
