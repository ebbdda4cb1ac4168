"""One refused push, and taking it after all.

    GET  /health/quarantine/{id}            what is known of it, and what became of its release
    POST /health/quarantine/{id}/release    an order to the running server, which alone writes the inbox

Rules
- Only what was authentic and came too early or too late can be released; anything else has to be sent again.
- What is done is noted before, so that nothing is done that nobody noted.
- Nobody waits for the server: the page says whether an order waits, was carried out, or failed.
- The query as it came is for those who see everything: anything may stand in it.

What does not belong here: carrying an order out (`server.orders`), the list of refused pushes (`health_lists`).
"""

from __future__ import annotations

import re

from afterchat.access.audit import noted
from afterchat.access.roles import Right
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.pages.health_lists import cause_in_words, reason_in_words
from afterchat.dashboard.parts import Cell, Fact
from afterchat.dashboard.visit import Answer, Goto, Page, PageRoute, Visit
from afterchat.store.ports import Order, QuarantinedPush

__all__ = ["ROUTES"]

_LIST = PAGES["health"].path + "/quarantine"
_ONE = _LIST + "/{id}"
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_RELEASE = "release"
"""The kind of order that the server knows."""
_REFUSED = 409


async def _show(visit: Visit) -> Answer:
    return await _page(visit, await _found(visit))


async def _release(visit: Visit) -> Answer:
    found = await _found(visit)
    here = _ONE.format(id=found.id)
    if not found.push.authentic:
        return await _page(visit, found, _REFUSED)
    if found.released_at is not None:
        return Goto(here)
    order = await _last_order(visit, found)
    if order is None or order.state != "waiting":
        note = noted(visit.actor, visit.now_ms, "quarantine.release", str(found.id), found.push.tenant)
        await visit.sources.people.write_note(note)
        await visit.sources.registry.place_order(_RELEASE, str(found.id), visit.now_ms)
    return Goto(here, "release_asked")


async def _page(visit: Visit, found: QuarantinedPush, status: int = 200) -> Page:
    order = await _last_order(visit, found)
    state = _state(found, order)
    may = visit.who.may(Right.OPERATE) and state in {"possible", "failed"}
    values = {
        "title": visit.t("health.refused.title", id=found.id),
        "start": _LIST,
        "facts": _facts(visit, found),
        "state": visit.t(f"health.release.{state}", why=order.result if order is not None else ""),
        "tone": {"failed": "bad", "impossible": "warn", "released": "good"}.get(state, "info"),
        "action": _ONE.format(id=found.id) + "/release" if may else "",
    }
    return Page("health_refused.html", values, visit.now_ms, status)


async def _found(visit: Visit) -> QuarantinedPush:
    """The push of the path; raises MissingError where this reader has none such."""
    text = visit.values["id"]
    if _ID.fullmatch(text):
        found = await visit.sources.reading.quarantine.get(int(text))
        if found is not None and visit.tenant in (None, found.push.tenant):
            return found
    raise MissingError


async def _last_order(visit: Visit, found: QuarantinedPush) -> Order | None:
    """The newest order to release it."""
    orders = reversed(await visit.sources.registry.orders(None))
    return next((one for one in orders if (one.kind, one.argument) == (_RELEASE, str(found.id))), None)


def _state(found: QuarantinedPush, order: Order | None) -> str:
    """The rest of a key `health.release.<...>`."""
    if found.released_at is not None:
        return "released"
    if not found.push.authentic:
        return "impossible"
    return "possible" if order is None else {"waiting": "waits", "failed": "failed"}.get(order.state, "possible")


def _facts(visit: Visit, found: QuarantinedPush) -> tuple[Fact, ...]:
    t, f, push = visit.t, visit.f, found.push
    signed_at = None if push.signed_at is None else push.signed_at * 1000
    facts = [
        Fact(t("health.head.refused"), Cell(f.moment(push.refused_at), moment=f.machine(push.refused_at))),
        Fact(t("health.head.tenant"), push.tenant),
        Fact(t("health.head.reason"), reason_in_words(visit, push.reason)),
        Fact(t("health.head.cause"), cause_in_words(visit, push.cause)),
        Fact(t("health.head.signed"), Cell(f.moment(signed_at), moment=f.machine(signed_at))),
        Fact(t("health.head.event"), Cell(push.event_type or "–", is_code=True)),
    ]
    if visit.who.may(Right.SEE_UNMASKED):
        facts.append(Fact(t("health.head.query"), Cell(push.query or "–", is_code=True)))
    if found.released_at is not None:
        facts.append(Fact(t("health.released"), f.moment(found.released_at)))
    return tuple(facts)


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("health_refused", _ONE, Right.SEE_MASKED, _show, "health"),
    PageRoute("health_release", _ONE + "/release", Right.OPERATE, _release, "health", "POST"),
)
