"""How the receiving end does: how far behind, what was refused, what could not be read, what drifted, what contradicts.

One page with its sums and the newest of each kind; the whole list of a kind has an address of its own.

Rules
- Nothing to report is said as good news, not as an empty table.
- Sums over all tenants are for readers of all tenants; who reads one is told what its own newest rows tell.
- What follows the page asks for each thing once: it runs every few seconds for every reader.
- Who sees personal fields masked gets no raw body, no digest, no size, and no sample of an unknown field.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from starlette.responses import Response

from afterchat.access.roles import Right
from afterchat.columns.selection import Selection
from afterchat.contract.push import DEFAULT_TENANT
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.pages.health_lists import (
    contradictions_table,
    drift_table,
    inbox_table,
    quarantine_table,
    unreadable_table,
)
from afterchat.dashboard.pages.health_release import ROUTES as RELEASE_ROUTES
from afterchat.dashboard.parts import Card, Empty, Pager, Table
from afterchat.dashboard.visit import Answer, Page, PageRoute, Part, Visit
from afterchat.figures.contradictions import count_contradictions
from afterchat.query.errors import BilingualFilterError
from afterchat.query.freshness import Lag, freshness, measure_lag
from afterchat.query.listings import drift_page, inbox_page, push_of, quarantine_page, unreadable_page
from afterchat.query.paging import read_row_cursor
from afterchat.web.urls import PUSH, PUSH_TENANT

__all__ = ["ROUTES"]

_PATH = PAGES["health"].path
_ROWS = 50
_NEWEST = 5
_WEEK_MS = 7 * 86_400_000
_ID_DIGITS_MAX = 18
_SLOW_SECONDS = 5.0
"""Records that are further behind than this are worth a colour."""


class _Found(NamedTuple):
    """Some rows of one kind as a table, and where the next ones are."""

    table: Table
    next_cursor: str | None = None
    has_more: bool = False
    """Whether there are more than these, on a next page or not."""
    total: int | None = None
    """How many there are where that is known."""

    def written(self, visit: Visit, total: int | None) -> str:
        """How many there are, or at least: `1,234`, `5+`."""
        known = self.total if total is None else total
        return visit.f.count(len(self.table.rows) if known is None else known) + (
            "+" if known is None and self.has_more else ""
        )


async def _show(visit: Visit) -> Answer:
    _refuse_parameters(visit, frozenset())
    values, lag = await _values(visit)
    return Page("health.html", values, freshness(lag).as_of)


async def _follow(visit: Visit) -> Answer:
    _refuse_parameters(visit, frozenset())
    values, _ = await _values(visit)
    return Part("health_part.html", values)


async def _values(visit: Visit) -> tuple[dict[str, Any], Lag]:
    """Cards, and the newest of each kind."""
    reading = visit.sources.reading
    lag = await measure_lag(reading.inbox, reading.records, visit.now_ms)
    latest = await reading.inbox.latest(visit.tenant, None, 1)
    found = {kind: await find(visit, None, _NEWEST) for kind, find in _KINDS.items()}
    totals = await _totals(visit)
    sections = [
        {
            "id": kind,
            "table": one.table,
            "more": f"{_PATH}/{kind}" if one.table.rows else "",
            "title": visit.t(f"health.{kind}"),
        }
        for kind, one in found.items()
    ]
    cards = (
        _behind(visit, lag, totals),
        Card(
            visit.t("health.last"),
            visit.f.moment(latest[0].arrived_at) if latest else visit.t("health.never"),
            href=f"{_PATH}/inbox",
            note=visit.t("health.last.about"),
        ),
        *(
            Card(
                visit.t(f"health.{kind}.sum"),
                found[kind].written(visit, totals.get(kind)),
                href=f"{_PATH}/{kind}",
                note=visit.t(f"health.{kind}.note"),
            )
            for kind in _SUMMED
        ),
    )
    return {"cards": cards, "sections": sections, "empty": None if latest else _connect(visit)}, lag


def _behind(visit: Visit, lag: Lag, totals: Mapping[str, int]) -> Card:
    """How far the records are behind, in time; in rows, too, for whoever may know of all tenants."""
    note = visit.t("health.behind.about")
    if lag.oldest_waiting_at is not None and "inbox" in totals:
        rows = max(1, totals["inbox"] - lag.inbox_cursor)
        note = visit.t("health.behind.rows", count=visit.f.count(rows), about=note)
    return Card(
        visit.t("health.behind"),
        visit.f.duration(round(lag.seconds * 1000)) if lag.seconds else visit.t("health.none_waits"),
        note=note,
        tone="warn" if lag.seconds > _SLOW_SECONDS else "",
    )


async def _totals(visit: Visit) -> Mapping[str, int]:
    """How many there are of each kind over all tenants; nothing for whoever reads one tenant."""
    if visit.tenant is not None:
        return {}
    inbox, records = await visit.sources.reading.inbox.counts(), await visit.sources.reading.records.counts()
    return {
        "inbox": inbox["last_inbox_id"],
        "quarantine": inbox["quarantined"],
        "unreadable": records["unreadable"],
        "drift": records["drift"],
    }


def _connect(visit: Visit) -> Empty:
    """What a new install has to do for its first push."""
    tenant = visit.tenant or DEFAULT_TENANT
    path = PUSH if tenant == DEFAULT_TENANT else PUSH_TENANT.format(tenant=tenant)
    return Empty(
        visit.t("empty.new"),
        visit.t("health.connect", tenant=tenant, address=visit.t("health.connect.address", path=path)),
        code=visit.t("health.connect.code", path=path),
    )


async def _contradictions(visit: Visit) -> Mapping[str, int]:
    """Of the sessions of the last seven days."""
    week = Selection(visit.tenant, (("end_time", ">=", visit.now_ms - _WEEK_MS),))
    return await asyncio.to_thread(count_contradictions, visit.sources.reading.columns(), week)


async def _inbox(visit: Visit, cursor: str | None, count: int) -> _Found:
    page = await inbox_page(visit.sources.reading.inbox, visit.tenant, read_row_cursor("inbox", cursor), count)
    return _Found(inbox_table(visit, page), page.next_cursor)


async def _quarantine(visit: Visit, cursor: str | None, count: int) -> _Found:
    before = read_row_cursor("quarantine", cursor)
    page = await quarantine_page(visit.sources.reading.quarantine, visit.tenant, before, count)
    return _Found(quarantine_table(visit, page), page.next_cursor, page.next_cursor is not None)


async def _unreadable(visit: Visit, _cursor: str | None, count: int) -> _Found:
    page = await unreadable_page(visit.sources.reading.records, visit.tenant, count + 1)
    return _Found(unreadable_table(visit, page.items[:count]), has_more=len(page.items) > count)


async def _drift(visit: Visit, _cursor: str | None, count: int) -> _Found:
    page = await drift_page(visit.sources.reading.records, visit.tenant, count + 1)
    return _Found(drift_table(visit, page.items[:count]), has_more=len(page.items) > count)


async def _contradicting(visit: Visit, _cursor: str | None, _count: int) -> _Found:
    counts = await _contradictions(visit)
    return _Found(contradictions_table(visit, counts), total=sum(counts.values()))


_KINDS: Mapping[str, Callable[[Visit, str | None, int], Awaitable[_Found]]] = {
    "quarantine": _quarantine,
    "unreadable": _unreadable,
    "drift": _drift,
    "contradictions": _contradicting,
    "inbox": _inbox,
}
"""Kind -> what finds so many of it behind a cursor; worst news first."""
_SUMMED = ("quarantine", "unreadable", "drift", "contradictions")
_PAGED = frozenset({"quarantine", "inbox"})
"""The others show their newest rows alone."""


def _lists(kind: str) -> Callable[[Visit], Awaitable[Answer]]:
    async def show(visit: Visit) -> Answer:
        _refuse_parameters(visit, frozenset({"cursor"}) if kind in _PAGED else frozenset())
        cursor = dict(visit.pairs).get("cursor")
        found = await _KINDS[kind](visit, cursor, _ROWS)
        path = f"{_PATH}/{kind}"
        pager = Pager(
            visit.t("health.newest"),
            path if cursor else "",
            "",
            f"{path}?cursor={found.next_cursor}" if found.next_cursor else "",
        )
        about = visit.t(f"health.{kind}.about")
        if found.has_more and kind not in _PAGED:
            about = visit.t("health.newest_only", about=about, count=visit.f.count(_ROWS))
        values = {"title": visit.t(f"health.{kind}"), "about": about, "table": found.table}
        return Page("health_list.html", {**values, "pager": pager, "start": _PATH})

    return show


async def _body(visit: Visit) -> Answer:
    """The raw bytes of one push, exactly as they arrived."""
    text = visit.values["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= _ID_DIGITS_MAX):
        raise MissingError
    push = await push_of(visit.sources.reading.inbox, visit.tenant, int(text))
    if push is None:
        raise MissingError
    return Response(
        push.body,
        headers={
            "content-type": "application/octet-stream",
            "content-disposition": f'attachment; filename="push-{push.id}.json"',
            "repr-digest": f"sha-256=:{b64encode(push.sha256).decode('ascii')}:",
            "cache-control": "no-store",
        },
    )


def _refuse_parameters(visit: Visit, known: frozenset[str]) -> None:
    if any(name not in known for name, _ in visit.pairs) or len(visit.pairs) > len(known):
        raise BilingualFilterError(zh="此页没有这个参数。", en="this page has no such parameter.")


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("health", _PATH, Right.SEE_MASKED, _show, "health"),
    PageRoute("health_part", f"{_PATH}/part", Right.SEE_MASKED, _follow),
    *(PageRoute(f"health_{kind}", f"{_PATH}/{kind}", Right.SEE_MASKED, _lists(kind), "health") for kind in _KINDS),
    *RELEASE_ROUTES,
    PageRoute("health_body", f"{_PATH}/inbox/{{id}}/body", Right.SEE_UNMASKED, _body),
)
