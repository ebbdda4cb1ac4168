"""The one way to a page: who is it, may they, is the form theirs; then the page, or a page that says why not.

    request -> cookie -> Identity -> right -> origin and token of a form -> Visit -> handle -> answer

Rules
- Nothing of a route runs before its checks; a route cannot be without them, because only `guarded` calls it.
- Who is not logged in is sent to the login and comes back afterwards; a part of a page or a form gets 401 or 403.
- Every POST, the login too, comes from a page of this address; whoever is logged in sends their token as well.
- Nothing of a fault reaches the reader: it is logged by type and place, and shown as a page of our own words.
- No page is kept by any cache, because each is one reader's.

What does not belong here: what pages show, the table of pages (`routes`).
"""

from __future__ import annotations

import gzip
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from afterchat.access.cookie import cookie_in
from afterchat.access.csrf import TOKEN_BYTES, is_from_here, is_right_token, masked_token
from afterchat.access.identity import Identity
from afterchat.access.roles import ROLES, Right
from afterchat.dashboard.built import takes_gzip
from afterchat.dashboard.choices import Choices, read_choices
from afterchat.dashboard.errors import MethodError, MissingError, UnknownPageError
from afterchat.dashboard.forms import read_form
from afterchat.dashboard.navigation import LOGIN, PAGES
from afterchat.dashboard.parts import Notice
from afterchat.dashboard.shell import Reader, View
from afterchat.dashboard.visit import Answer, Goto, Needs, Page, PageRoute, PageSources, Part, Visit
from afterchat.errors import FilterError, NotFoundError, OutageError
from afterchat.query.errors import BilingualFilterError
from afterchat.web.problems import language_of
from afterchat.web.serving import place_of_fault

__all__ = ["NOTICE_TONES", "guarded"]

_LOG = logging.getLogger(__name__)

DONE = "done"
"""Parameter of an address: the word about a change, shown once above the page that follows it."""
NOTICE_TONES = {"done": "good", "undone": "warn", "failed": "bad"}
"""Beginning of a word's key -> what its colour says: it happened, not yet, or not at all."""
_RETRY_SECONDS = 5
_GZIP_LEVEL = 6
_NO_STORE = {"cache-control": "no-store"}


class _Refusal(NamedTuple):
    """A page that says why not: its status, and the key of its words."""

    status: int
    key: str


_NO_FORM = _Refusal(400, "form")
_NOT_FROM_HERE = _Refusal(403, "forged")
_NO_RIGHT = _Refusal(403, "right")
_MISSING = _Refusal(404, "missing")
_UNKNOWN = _Refusal(404, "unknown")
_METHOD = _Refusal(405, "method")
_FAULT = _Refusal(500, "fault")
_STORE = _Refusal(503, "store")
_REFUSALS: Mapping[type[Exception], _Refusal] = {
    MissingError: _MISSING,
    NotFoundError: _MISSING,
    UnknownPageError: _UNKNOWN,
    MethodError: _METHOD,
}
"""Error -> the page for it."""
_TOLD = tuple(_REFUSALS)


def _pages_of(identity: Identity, table: tuple[PageRoute, ...]) -> frozenset[str]:
    """Ids of the entries of the navigation that lead somewhere for this reader."""
    return frozenset(route.page for route in table if route.page and _may(identity, route.needs))


def guarded(
    route: PageRoute, sources: PageSources, table: tuple[PageRoute, ...]
) -> Callable[[Request], Awaitable[Response]]:
    """The route's function behind the checks, with a page for everything that goes wrong."""

    async def respond(request: Request) -> Response:
        asker = _Asker.of(request, sources)
        view = asker.view(route, None, table)
        try:
            identity = await sources.gate.who(asker.cookie) if asker.cookie else None
            view = asker.view(route, identity, table)
            return await _after_checks(route, asker, identity, view)
        except FilterError as error:
            said = error.zh if isinstance(error, BilingualFilterError) and view.language == "zh" else str(error)
            return asker.tell(400, view, "filter", said, asker.plain(view))
        except _TOLD as error:
            return asker.refuse(next(one for kind, one in _REFUSALS.items() if isinstance(error, kind)), view)
        except OutageError as error:
            _LOG.warning("%s: %s", route.path, type(error).__name__)
            return asker.refuse(_STORE, view)
        except Exception as error:  # noqa: BLE001  # whatever it is, the reader sees words of ours and never its text
            _LOG.error("%s: %s", route.path, place_of_fault(error))
            return asker.refuse(_FAULT, view)

    return respond


async def _after_checks(route: PageRoute, asker: _Asker, identity: Identity | None, view: View) -> Response:
    """The page of the route, or why it is refused."""
    refused = await _refused(route, asker, identity, view)
    if refused is not None:
        return refused
    request, form = asker.request, None
    if route.method == "POST":
        form = read_form(request.headers.get("content-type", ""), await request.body())
        wrong = _wrong_form(request, asker.sources, identity, form)
        if wrong is not None:
            return asker.refuse(wrong, view)
    visit = Visit(
        asker.sources,
        view,
        identity,
        request.url.path,
        asker.pairs,
        form or {},
        {name: str(value) for name, value in request.path_params.items()},
        request.client.host if request.client else "",
        asker.cookie,
    )
    return _answered(await route.handle(visit), visit, request)


class _Asker(NamedTuple):
    """What a request says of whoever sent it, before anybody looked who that is."""

    request: Request
    sources: PageSources
    cookie: str
    choices: Choices
    pairs: tuple[tuple[str, str], ...]
    done: str

    @classmethod
    def of(cls, request: Request, sources: PageSources) -> _Asker:
        cookies = request.headers.getlist("cookie")
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        done = next((text for name, text in pairs if name == DONE), "")
        return cls(
            request,
            sources,
            cookie_in(cookies, is_secure=sources.is_https) or "",
            read_choices(cookies),
            tuple(pair for pair in pairs if pair[0] != DONE),
            done,
        )

    @property
    def address(self) -> str:
        """Path and query, to come back to."""
        path = quote(self.request.url.path)
        return f"{path}?{urlencode(self.pairs)}" if self.pairs else path

    def view(self, route: PageRoute, identity: Identity | None, table: tuple[PageRoute, ...]) -> View:
        """The reader's language, theme, zone and place."""
        language = self.choices.language or language_of(self.request.headers.get("accept-language", ""))
        speech = self.sources.shell.speech(language)
        reader = None
        if identity is not None:
            role = ROLES[identity.role]
            name = role.zh if language == "zh" else role.en
            reader = Reader(identity.name, name, identity.csrf_token, _pages_of(identity, table))
        return View(
            language,
            self.choices.theme or "auto",
            self.choices.zone or self.sources.zone,
            route.page,
            self.address if self.request.method in {"GET", "HEAD"} else PAGES["overview"].path,
            reader,
            notices=tuple(
                Notice(said, tone)
                for kind, tone in NOTICE_TONES.items()
                if self.done and (said := speech.known(f"{kind}.{self.done}")) is not None
            ),
        )

    def refuse(self, refusal: _Refusal, view: View) -> Response:
        """The page for a refusal."""
        text = self.sources.shell.speech(view.language)(f"refused.{refusal.key}.text")
        return self.tell(refusal.status, view, refusal.key, text)

    def plain(self, view: View) -> tuple[str, str]:
        """A link to the page of the navigation where this happened, with nothing asked; empty outside of it."""
        page, t = PAGES.get(view.page), self.sources.shell.speech(view.language)
        return ("", "") if page is None else (t("error.plain"), page.path)

    def tell(self, status: int, view: View, key: str, text: str, action: tuple[str, str] = ("", "")) -> Response:
        """A page that says what went wrong, in the reader's language, and one way on."""
        title = self.sources.shell.speech(view.language)(f"refused.{key}")
        body = self.sources.shell.error(view, status, title, text, action=action)
        headers = {**_NO_STORE, **({"retry-after": str(_RETRY_SECONDS)} if status == _STORE.status else {})}
        return Response(body, status, headers, "text/html; charset=utf-8")


async def _refused(route: PageRoute, asker: _Asker, identity: Identity | None, view: View) -> Response | None:
    """The answer for whoever may not; None for whoever may."""
    if route.needs is Needs.NOTHING:
        return None
    if identity is None:
        if route.method == "GET":
            return RedirectResponse(f"{LOGIN}?{urlencode({'back': asker.address})}", 303, _NO_STORE)
        return asker.tell(401, view, "login", asker.sources.shell.speech(view.language)("refused.login.text"))
    return None if _may(identity, route.needs) else asker.refuse(_NO_RIGHT, view)


def _may(identity: Identity, needs: Right | Needs) -> bool:
    return identity.may(needs) if isinstance(needs, Right) else True


def _wrong_form(
    request: Request, sources: PageSources, identity: Identity | None, form: Mapping[str, str] | None
) -> _Refusal | None:
    """Why a form is not taken."""
    headers = request.headers
    scheme = "https" if sources.is_https else "http"
    origin, host, site = (headers.getlist(name) for name in ("origin", "host", "sec-fetch-site"))
    if not is_from_here(origin, host, site, scheme):
        return _NOT_FROM_HERE
    if form is None:
        return _NO_FORM
    if identity is not None and not is_right_token([form.get("csrf", "")], identity.csrf_token):
        return _NOT_FROM_HERE
    return None


def _answered(answer: Answer, visit: Visit, request: Request) -> Response:
    """The answer over HTTP."""
    shell = visit.sources.shell
    match answer:
        case Page(template, values, as_of, status):
            return _whole(shell.render(template, _of_page(visit.view, as_of), **values), status, request)
        case Part(template, values):
            body = shell.render(template, visit.view, **values)
            tag = f'"{sha256(body).hexdigest()[:16]}"'
            if request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers={**_NO_STORE, "etag": tag})
            return Response(body, 200, {**_NO_STORE, "etag": tag}, "text/html; charset=utf-8")
        case Goto(path, done):
            told = f"{'&' if '?' in path else '?'}{DONE}={done}" if done else ""
            return RedirectResponse(path + told, 303, _NO_STORE)
        case Response():
            return answer


def _of_page(view: View, as_of: int | None) -> View:
    """The view of a page that will be compressed."""
    reader = view.reader
    if reader is not None:
        reader = replace(reader, csrf=masked_token(reader.csrf, secrets.token_bytes(TOKEN_BYTES)))
    return replace(view, as_of=as_of, reader=reader)


def _whole(body: bytes, status: int, request: Request) -> Response:
    """A page, packed for a browser that takes it so."""
    headers = {**_NO_STORE, "vary": "accept-encoding"}
    if takes_gzip(request.headers.get("accept-encoding", "")):
        body, headers["content-encoding"] = gzip.compress(body, _GZIP_LEVEL, mtime=0), "gzip"
    return Response(body, status, headers, "text/html; charset=utf-8")
