"""My own account: who I am and what I may, my password, my sessions, and how pages look to me.

    /account                       the page
    /account/password              another password; it ends my other sessions and begins a new one here
    /account/logout-everywhere     ends all sessions, this one too

Rules
- Whoever changes their password says the present one; trying is slowed down as the login is (`access.gate`).
- No password comes back in any answer.
- Language, theme and time zone are cookies of this browser, set by the route of preferences.

What does not belong here: what others may do to my account (`people`).
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from starlette.responses import RedirectResponse

from afterchat.access.cookie import ended_cookie, set_cookie
from afterchat.access.identity import LoggedIn, Refused
from afterchat.access.passwords import PASSWORD_CHARACTERS_MIN, PasswordFault
from afterchat.dashboard.choices import CHOICES
from afterchat.dashboard.formats import Formats
from afterchat.dashboard.navigation import LOGIN, PAGES
from afterchat.dashboard.pages.people_lists import read_pairs, rights_in_words
from afterchat.dashboard.pages.people_parts import Faults, role_cell, tenant_name, with_fault
from afterchat.dashboard.parts import Cell, Fact, FormField, Option
from afterchat.dashboard.visit import Answer, Needs, Page, PageRoute, Visit
from afterchat.store.people import User

__all__ = ["ROUTES"]

_ACCOUNT = PAGES["account"].path
_NO_STORE = {"cache-control": "no-store"}
_LANGUAGES = {"zh": "中文", "en": "English"}
_ZONE_CHARACTERS_MAX = 64
_ZONES = (
    "Asia/Shanghai",
    "Asia/Hong_Kong",
    "Asia/Taipei",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Australia/Sydney",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "UTC",
)
"""Where customers of contact centres often are; any other can be typed."""


async def _show_account(visit: Visit) -> Answer:
    read_pairs(visit)
    return await _page(visit)


async def _change_password(visit: Visit) -> Answer:
    old, new, again = (visit.form.get(field, "") for field in ("old", "new", "again"))
    if new != again:
        return await _page(visit, {"again": visit.t("account.fault.again")}, 400)
    match await visit.sources.gate.change_password(visit.cookie, old, new, visit.peer):
        case LoggedIn(cookie=cookie):
            answer = RedirectResponse(f"{_ACCOUNT}?done=password", 303, _NO_STORE)
            answer.headers["set-cookie"] = set_cookie(cookie, is_secure=visit.sources.is_https)
            return answer
        case PasswordFault(zh, en):
            return await _page(visit, {"new": zh if visit.is_chinese else en}, 400)
        case Refused(retry_after_seconds=0):
            return await _page(visit, {"old": visit.t("account.fault.old")}, 400)
        case Refused(retry_after_seconds=wait):
            return await _page(visit, {"old": visit.t("account.fault.wait", seconds=wait)}, 429)
    return RedirectResponse(LOGIN, 303, _NO_STORE)


async def _log_out_everywhere(visit: Visit) -> Answer:
    await visit.sources.gate.logout_everywhere(visit.who)
    answer = RedirectResponse(LOGIN, 303, _NO_STORE)
    answer.headers["set-cookie"] = ended_cookie(is_secure=visit.sources.is_https)
    return answer


async def _page(visit: Visit, faults: Faults | None = None, status: int = 200) -> Page:
    user = await visit.sources.people.user_named(visit.who.name)
    values = {
        "account": _ACCOUNT,
        "facts": _facts(visit, user),
        "rights": rights_in_words(visit.t, visit.who.rights),
        "fields": _fields(visit, faults or {}),
        "languages": _LANGUAGES,
        "themes": CHOICES["theme"],
        "zone_now": visit.t("account.zone.now", zone=visit.view.zone.key, at=visit.f.minute(visit.now_ms)),
        "zone_field": _zone_field(visit),
        "zone_text": FormField(
            "zone",
            visit.t("account.zone.other"),
            hint=visit.t("account.zone.hint"),
            is_required=True,
            characters_max=_ZONE_CHARACTERS_MAX,
        ),
    }
    return Page("account.html", values, status=status)


def _facts(visit: Visit, user: User | None) -> tuple[Fact, ...]:
    t, f, who = visit.t, visit.f, visit.who
    password_set_at = None if user is None else user.password_set_at
    last_login_at = None if user is None else user.last_login_at
    return (
        Fact(t("people.name"), who.name),
        Fact(t("people.role"), role_cell(visit, who.role)),
        Fact(t("people.tenant"), tenant_name(visit, who.tenant), hint=t("account.tenant.hint") if who.tenant else ""),
        Fact(t("people.password_set"), Cell(f.moment(password_set_at), moment=f.machine(password_set_at))),
        Fact(t("people.last_login"), Cell(f.moment(last_login_at), moment=f.machine(last_login_at))),
        Fact(t("people.id"), Cell(who.user_id, is_code=True), hint=t("people.id.hint")),
    )


def _fields(visit: Visit, faults: Faults) -> tuple[FormField, ...]:
    """The form of the password; nothing that was typed comes back."""
    t = visit.t
    hint = t("account.new.hint", characters=PASSWORD_CHARACTERS_MIN)
    fields = (
        FormField("old", t("account.old"), "password", autocomplete="current-password", is_required=True),
        FormField("new", t("account.new"), "password", hint=hint, autocomplete="new-password", is_required=True),
        FormField("again", t("account.again"), "password", autocomplete="new-password", is_required=True),
    )
    return tuple(with_fault(field, faults) for field in fields)


def _zone_field(visit: Visit) -> FormField:
    """Common zones with their present distance from UTC; the one in use is among them."""
    now = visit.view.zone.key
    names = _ZONES if now in _ZONES else (now, *_ZONES)
    options = tuple(Option(name, f"{name} ({_distance(name, visit)})") for name in names)
    return FormField("zone", visit.t("account.zone.choose"), "select", now, options)


def _distance(name: str, visit: Visit) -> str:
    """`UTC+08:00`, as of now."""
    return "UTC" + Formats(visit.view.language, ZoneInfo(name)).machine(visit.now_ms)[-len("+08:00") :]


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("account", _ACCOUNT, Needs.LOGIN, _show_account, "account"),
    PageRoute("account_password", f"{_ACCOUNT}/password", Needs.LOGIN, _change_password, "account", "POST"),
    PageRoute(
        "account_everywhere", f"{_ACCOUNT}/logout-everywhere", Needs.LOGIN, _log_out_everywhere, "account", "POST"
    ),
)
