"""A route table as one ASGI application: the check of the token, problems for everything else.

    SecurityHeaders -> Starlette's router -> token -> the route's function -> answer | problem

Rules
- A token is checked here and nowhere else, before the function of the route is called.
- What a token may do follows from its scope and the access of the route, by one table.
- Nothing of a fault reaches the peer: it is logged by type and place, never with the query, and answered as a problem.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable, Sequence

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp

from afterchat.errors import FilterError, StoreUnavailableError
from afterchat.query.errors import BilingualFilterError
from afterchat.store.bearer import bearer_token
from afterchat.store.ports import Token
from afterchat.web import urls
from afterchat.web.auth import Access
from afterchat.web.headers import SecurityHeaders
from afterchat.web.problems import PROBLEMS, ProblemError, language_of, problem
from afterchat.web.route import CallOf, Guarding, Route

__all__ = ["application", "place_of_fault", "problem_answer", "with_open_metrics"]

_LOG = logging.getLogger(__name__)

_STORE_RETRY_SECONDS = 5
_EXPORT_RETRY_SECONDS = 30
_FRAMES_SHOWN = 3
_WRONG_METHOD = 405
_PROBLEM_OF_STATUS = {404: "missing", _WRONG_METHOD: "method"}
_READING = (frozenset(("read", "operate")), "scope")
_RIGHTS = {
    Access.READER: _READING,
    Access.OPERATOR: _READING,
    Access.CHANGER: (frozenset(("operate",)), "change"),
}
"""Access -> the scopes that have it, and the problem of a token of any other."""


def application(table: Sequence[Route], sources: Guarding) -> ASGIApp:
    """The routes of the table, each answered from the sources."""
    app = Starlette(
        routes=[
            StarletteRoute(route.path, _respond_with(route, sources), methods=[route.method], name=route.name)
            for route in table
        ],
        exception_handlers=dict.fromkeys(_PROBLEM_OF_STATUS, _refuse),
    )
    app.router.redirect_slashes = False
    return SecurityHeaders(app)


def with_open_metrics(routes: Sequence[Route]) -> tuple[Route, ...]:
    """The same routes, with `/metrics` for everybody."""
    return tuple(route._replace(access=Access.OPEN) if route.path == urls.METRICS else route for route in routes)


def _respond_with(route: Route, sources: Guarding) -> Callable[[Request], Awaitable[Response]]:
    """The route's function behind the token check, with a problem for everything that goes wrong."""

    async def respond(request: Request) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        try:
            token = _token(route, sources, request)
            tenant, token_id = (None, "") if token is None else (token.tenant, token.id)
            return await route.handle(CallOf(request, sources, tenant, token_id))
        except ProblemError as error:
            return problem_answer(error.code, language, zh=error.zh, en=error.en)
        except BilingualFilterError as error:
            return problem_answer("filter", language, zh=error.zh, en=error.en)
        except FilterError as error:
            return problem_answer("filter", language, en=str(error))
        except StoreUnavailableError:
            _LOG.warning("%s: the store is away", route.path)
            return problem_answer("store", language)
        except Exception as error:  # noqa: BLE001  # whatever it is, the peer sees a problem and never its text
            _LOG.error("%s: %s", route.path, place_of_fault(error))
            return problem_answer("fault", language)

    return respond


def _token(route: Route, sources: Guarding, request: Request) -> Token | None:
    """The token that asks; None on open routes. Raises ProblemError for one without the right."""
    if route.access is Access.OPEN:
        return None
    authorizations = [value for name, value in request.headers.raw if name == b"authorization"]
    token = bearer_token(authorizations, sources.tokens(), sources.clock.now_ms())
    if token is None:
        raise ProblemError("token")
    scopes, code = _RIGHTS[route.access]
    if token.scope not in scopes:
        raise ProblemError(code)
    if route.access is Access.OPERATOR and token.tenant is not None:
        raise ProblemError("operator")
    return token


async def _refuse(request: Request, error: Exception) -> Response:
    """Paths and methods that no route takes."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    answer = problem_answer(_PROBLEM_OF_STATUS[status], language_of(request.headers.get("accept-language", "")))
    if status == _WRONG_METHOD:
        answer.headers["allow"] = ", ".join(sorted(_methods(request)))
    return answer


def _methods(request: Request) -> set[str]:
    """Every method that some route takes at this path."""
    routes = (route for route in request.app.routes if isinstance(route, StarletteRoute))
    return set().union(*(route.methods or () for route in routes if route.matches(request.scope)[0] is not Match.NONE))


_EXTRA_HEADERS = {
    "token": {"www-authenticate": 'Bearer realm="afterchat"'},
    "store": {"retry-after": str(_STORE_RETRY_SECONDS)},
    "away": {"retry-after": str(_STORE_RETRY_SECONDS)},
    "exports": {"retry-after": str(_EXPORT_RETRY_SECONDS)},
}


def problem_answer(code: str, language: str, *, zh: str = "", en: str = "") -> Response:
    """The answer for a problem of PROBLEMS."""
    headers = {
        "content-type": "application/problem+json",
        "content-language": language,
        "cache-control": "no-store",
        **_EXTRA_HEADERS.get(code, {}),
    }
    body = msgspec.json.encode(problem(code, language, zh=zh, en=en))
    return Response(body, PROBLEMS[code].status, headers)


def place_of_fault(error: BaseException) -> str:
    """Type and place of a fault; its message may quote what was asked, so it is left out."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_SHOWN:]
    return f"{type(error).__name__} at " + " <- ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
