"""Coming and going: the login, the logout, and what everybody may choose (language, theme, time zone).

Rules
- A wrong password, an unknown name and a disabled user get the same words; waiting is said with its seconds.
- Afterwards one is where one wanted to go, if that is a page of this server.
"""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from afterchat.access.cookie import ended_cookie, set_cookie
from afterchat.access.identity import LoggedIn
from afterchat.dashboard.choices import CHOICES, choice_cookie
from afterchat.dashboard.navigation import LOGIN, LOGOUT, PAGES, PREFERENCES, START, local_path
from afterchat.dashboard.visit import Answer, Goto, Needs, PageRoute, Visit
from afterchat.query.spans import read_zone

__all__ = ["ROUTES"]

_NAME_CHARACTERS_MAX = 64
_NO_STORE = {"cache-control": "no-store"}


async def _start(_visit: Visit) -> Answer:
    return Goto(PAGES["overview"].path)


async def _show_login(visit: Visit) -> Answer:
    if visit.identity is not None:
        return Goto(_back(dict(visit.pairs).get("back", "")))
    return await _login_page(visit, wanted=dict(visit.pairs).get("back", ""))


async def _log_in(visit: Visit) -> Answer:
    name, back = visit.form.get("name", "")[:_NAME_CHARACTERS_MAX], visit.form.get("back", "")
    outcome = await visit.sources.gate.login(name, visit.form.get("password", ""), visit.peer)
    if isinstance(outcome, LoggedIn):
        answer = RedirectResponse(_back(back), 303, _NO_STORE)
        answer.headers["set-cookie"] = set_cookie(outcome.cookie, is_secure=visit.sources.is_https)
        return answer
    wait = outcome.retry_after_seconds
    trouble = visit.t("login.wait", seconds=wait) if wait else visit.t("login.wrong")
    return await _login_page(visit, name=name, wanted=back, trouble=trouble, wait_seconds=wait)


async def _log_out(visit: Visit) -> Answer:
    await visit.sources.gate.logout(visit.cookie)
    answer = RedirectResponse(LOGIN, 303, _NO_STORE)
    answer.headers["set-cookie"] = ended_cookie(is_secure=visit.sources.is_https)
    return answer


async def _prefer(visit: Visit) -> Answer:
    if visit.form.get("zone"):
        read_zone(visit.form["zone"])  # says what a zone looks like
    answer = RedirectResponse(_back(visit.form.get("back", "")), 303, _NO_STORE)
    for name in (*CHOICES, "zone"):
        cookie = choice_cookie(name, visit.form.get(name, ""), is_secure=visit.sources.is_https)
        if cookie is not None:
            answer.headers.append("set-cookie", cookie)
    return answer


async def _login_page(
    visit: Visit, *, name: str = "", wanted: str = "", trouble: str = "", wait_seconds: int = 0
) -> Response:
    status = 200 if not trouble else 429 if wait_seconds else 401
    if not trouble and not await visit.sources.people.users(None):
        trouble = visit.t("login.nobody")
    body = visit.sources.shell.login(visit.view, name=name, wanted=_back(wanted), trouble=trouble)
    headers = {**_NO_STORE, **({"retry-after": str(wait_seconds)} if wait_seconds else {})}
    return Response(body, status, headers, "text/html; charset=utf-8")


def _back(text: str) -> str:
    path = local_path(text)
    return PAGES["overview"].path if path.startswith(LOGIN) else path


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("start", START, Needs.NOTHING, _start),
    PageRoute("login", LOGIN, Needs.NOTHING, _show_login),
    PageRoute("log_in", LOGIN, Needs.NOTHING, _log_in, method="POST"),
    PageRoute("logout", LOGOUT, Needs.LOGIN, _log_out, method="POST"),
    PageRoute("preferences", PREFERENCES, Needs.NOTHING, _prefer, method="POST"),
)
