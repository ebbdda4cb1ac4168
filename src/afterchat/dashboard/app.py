"""Pages and API as one ASGI application.

    /static/<name>       files of the set-up, for everybody
    a path of `routes`   its page, behind the checks of `guard`
    a path of the API    the API, which has its own tokens and its own words for what does not exist
    any other path       a page that says so for whoever reads pages, a problem of the API for programs

Rules
- A page never answers for a path of the API, nor the other way round: the tables say which is which.
- A path of the pages with a method that no line has is refused by us, and says which methods there are.
- Whatever goes wrong beside the guard is a page as well, made of as little as possible.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from afterchat.dashboard.built import Built
from afterchat.dashboard.errors import MethodError, UnknownPageError
from afterchat.dashboard.guard import guarded
from afterchat.dashboard.navigation import STATIC
from afterchat.dashboard.routes import PAGE_ROUTES
from afterchat.dashboard.shell import Shell, View
from afterchat.dashboard.visit import Answer, Needs, PageRoute, PageSources, Visit
from afterchat.web.headers import SecurityHeaders
from afterchat.web.problems import language_of
from afterchat.web.serving import problem_answer
from afterchat.web.urls import is_of_api

__all__ = ["build_dashboard"]

Respond = Callable[[Request], Awaitable[Response]]


def build_dashboard(sources: PageSources, api: ASGIApp) -> ASGIApp:
    """The application; `api` answers whatever is no page."""
    routes = [
        StarletteRoute(route.path, guarded(route, sources, PAGE_ROUTES), methods=[route.method], name=route.name)
        for route in PAGE_ROUTES
    ]
    files = StarletteRoute(STATIC + "{name}", _files(sources.built), methods=["GET"], name="static")
    handlers = {
        404: _telling(guarded(PageRoute("unknown", "", Needs.NOTHING, _unknown), sources, PAGE_ROUTES), "missing"),
        405: _telling(guarded(PageRoute("method", "", Needs.NOTHING, _no_method), sources, PAGE_ROUTES), "method"),
        Exception: _breaking(sources.shell),
    }
    pages = Starlette(
        routes=[files, *routes],
        exception_handlers={kind: _after_error(respond) for kind, respond in handlers.items()},
    )
    pages.router.redirect_slashes = False
    return _Either(SecurityHeaders(pages), [files, *routes], api)


async def _unknown(_visit: Visit) -> Answer:
    raise UnknownPageError


async def _no_method(_visit: Visit) -> Answer:
    raise MethodError


def _after_error(respond: Respond) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The answer is the same whatever the error holds."""

    async def handle(request: Request, _error: Exception) -> Response:
        return await respond(request)

    return handle


class _Either:
    """Sends a request to the pages if one has its path, or if a person asks for what nobody has; else to the API."""

    def __init__(self, pages: ASGIApp, routes: Sequence[BaseRoute], api: ASGIApp) -> None:
        self._pages = pages
        self._routes = routes
        self._api = api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self._pages if self._is_for_pages(scope) else self._api)(scope, receive, send)

    def _is_for_pages(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        if any(route.matches(scope)[0] is not Match.NONE for route in self._routes):
            return True
        return not is_of_api(scope["path"]) and _reads_pages(Request(scope))


def _reads_pages(request: Request) -> bool:
    """Whether whoever asks takes a page: browsers say so, programs do not."""
    return "text/html" in request.headers.get("accept", "")


def _files(built: Built) -> Respond:
    async def respond(request: Request) -> Response:
        found = built.answer(str(request.path_params["name"]), request.headers.get("accept-encoding", ""))
        if found is None:
            raise HTTPException(404)
        answer = Response(found.body)
        answer.raw_headers = list(found.headers)
        return answer

    return respond


def _telling(page: Respond, problem: str) -> Respond:
    """The page for people, the problem for programs; both name the methods that the address takes, if there are any."""

    async def respond(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        answer = await page(request) if _reads_pages(request) else problem_answer(problem, language)
        routes = (route for route in request.app.routes if isinstance(route, StarletteRoute))
        found = (route.methods or () for route in routes if route.matches(request.scope)[0] is Match.PARTIAL)
        if methods := set().union(*found):
            answer.headers["allow"] = ", ".join(sorted(methods))
        return answer

    return respond


def _breaking(shell: Shell) -> Respond:
    """The page for what broke before anybody knew who asks: in the language of the browser, without the frame."""

    async def respond(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        t = shell.speech(language)
        body = shell.error(View(language), 500, t("refused.fault"), t("refused.fault.text"))
        return Response(body, 500, {"cache-control": "no-store"}, "text/html; charset=utf-8")

    return respond
