"""The page of one session: everything that is known of it, as the reader's role may see it.

    /sessions/{id}    with `tenant` where several have a session of that id, and `back` to the list it was opened from

Rules
- Only keyed reads: the session, its versions with their bodies, its neighbours in the columns.
- A session of another tenant and one that does not exist get the same answer.
- Whoever lacks SEE_UNMASKED gets no digest of a body and no way to one.

What does not belong here: how a field is written (`session_facts`), what happened (`session_story`).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from afterchat.access.roles import Right
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.dashboard.errors import MissingError
from afterchat.dashboard.navigation import PAGES, local_path
from afterchat.dashboard.pages.deliveries import delivery_rows
from afterchat.dashboard.pages.question import address
from afterchat.dashboard.pages.session_facts import (
    LINKED,
    ChangeLine,
    change_line,
    field_groups,
    field_label,
    problem_lines,
    record_of,
)
from afterchat.dashboard.pages.session_head import badges_of, erase_commands, head_of
from afterchat.dashboard.pages.session_story import journey_facts, journey_table, points_of, staff_names, strip_of
from afterchat.dashboard.parts import Cell, Fact, Table
from afterchat.dashboard.visit import Answer, Page, PageRoute, Visit
from afterchat.figures.journeys import SnapshotLookup, journey_of
from afterchat.query.errors import BilingualFilterError
from afterchat.query.freshness import measure_lag
from afterchat.query.sessions import find_sessions, session_detail
from afterchat.query.views import RevisionView, SessionDetail
from afterchat.store.ports import SessionRow
from afterchat.store.sending import EntryQuery

__all__ = ["ROUTES", "session_address", "show_session"]

_LIST = PAGES["sessions"].path
_PARAMETERS = ("back", "tenant")
_ID = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_REVISIONS_MAX = 50
"""Versions that are listed, which are as many as are compared."""
_DELIVERIES_MAX = 50


class Journeyed(NamedTuple):
    """The journey as the page shows it."""

    table: Table
    facts: tuple[Fact, ...]
    missing: tuple[str, ...]
    cut: str
    is_alone: bool


class RevisionLine(NamedTuple):
    """One version as the page shows it."""

    title: str
    is_current: bool
    arrived_at: int
    signed_at: int
    """Epoch ms, as far as that is a moment."""
    sha256: str
    """Empty for whoever may not see it."""
    body_href: str
    changes: tuple[ChangeLine, ...]
    note: str
    """In place of changes, where there are none."""


async def show_session(visit: Visit) -> Answer:
    """One session; or, where several tenants have one of that id, which of them."""
    values = _parameters(visit)
    tenant = values.get("tenant") or visit.tenant
    if visit.tenant not in {None, tenant}:
        raise MissingError
    back = _way_back(values.get("back", ""))
    sources = visit.sources.reading
    rows = await find_sessions(sources.records, tenant, _session_id(visit))
    if not rows:
        raise MissingError
    if len(rows) > 1:
        links = tuple(Cell(row.tenant, _href(visit, row, row.record.id, back)) for row in rows)
        return Page("session_choice.html", {"id": str(rows[0].record.id), "links": links, "list_href": back})
    lag = await measure_lag(sources.inbox, sources.records, visit.now_ms)
    detail = await session_detail(sources.records, sources.inbox, rows[0], lag)
    shown = _values(visit, rows[0], detail, back)
    beside = {"journey": await _journey(visit, rows[0], back), "deliveries": await _deliveries(visit, rows[0])}
    return Page("session.html", {**shown, **beside}, detail.freshness.as_of)


def _parameters(visit: Visit) -> dict[str, str]:
    names = [name for name, _ in visit.pairs]
    unknown = sorted(set(names) - set(_PARAMETERS))
    if unknown or len(set(names)) < len(names):
        wrong = ", ".join(unknown) or "tenant, back"
        raise BilingualFilterError(
            zh=f"此页面只接受 tenant 与 back，且各一次：{wrong}",
            en=f"this page takes `tenant` and `back`, each once: {wrong}",
        )
    return dict(visit.pairs)


def _way_back(text: str) -> str:
    """The page that the reader came from; the list for whatever is no page of ours (total)."""
    return text if text and local_path(text) == text else _LIST


def _session_id(visit: Visit) -> int:
    """The id of the path; raises MissingError for what can be no id."""
    text = visit.values["id"]
    if not _ID.fullmatch(text) or not INTEGER_MIN <= int(text) <= INTEGER_MAX:
        raise MissingError
    return int(text)


def session_address(session_id: int, tenant: str | None = None, back: str = "") -> str:
    """Where the page of a session is; `tenant` for readers of several, `back` is where its link to the list leads."""
    pairs = (("tenant", tenant or ""), ("back", back))
    return address(f"{_LIST}/{session_id}", tuple(pair for pair in pairs if pair[1]))


def _href(visit: Visit, row: SessionRow, session_id: int, back: str) -> str:
    """The page of another session of the same tenant."""
    return session_address(session_id, row.tenant if visit.tenant is None else None, "" if back == _LIST else back)


def _values(visit: Visit, row: SessionRow, detail: SessionDetail, back: str) -> dict[str, Any]:
    """What is known of the session by itself."""
    record = record_of(detail.session)
    hrefs = {
        name: _href(visit, row, linked, back)
        for name in LINKED
        if (linked := getattr(record, name)) > 0 and linked != record.id
    }
    groups = field_groups(visit, record, hrefs)
    versions = detail.revisions[:_REVISIONS_MAX]
    revisions = tuple(
        _revision(visit, one, len(detail.revisions) - index, record.evaluation_type)
        for index, one in enumerate(versions)
    )
    unlisted = len(detail.revisions) - len(versions)
    is_erasable = visit.who.may(Right.ERASE)
    return {
        "id": str(record.id),
        "list_href": back,
        "badges": badges_of(visit, record, detail),
        "head": head_of(visit, record, detail),
        "points": points_of(visit, record, detail.moments),
        "strip": strip_of(visit, record, detail.spans),
        "groups": groups,
        "is_masked": any(line.is_masked for group in groups for line in group.lines)
        or any(change.is_masked for one in revisions for change in one.changes),
        "revisions": revisions,
        "unlisted": visit.t("session.revisions.more", count=visit.f.count(unlisted)) if unlisted else "",
        "contradictions": _contradictions(visit, detail),
        "problems": problem_lines(visit, detail.session.problems),
        "erase": erase_commands(row.tenant, record) if is_erasable else {},
    }


def _revision(visit: Visit, one: RevisionView, number: int, model: int) -> RevisionLine:
    sees_all = visit.who.may(Right.SEE_UNMASKED)
    changes = tuple(change_line(visit, change, model) for change in one.changes)
    note = "" if changes else visit.t("session.revision.first" if number == 1 else "session.revision.same")
    return RevisionLine(
        visit.t("session.revision", number=number),
        one.is_current,
        one.arrived_at,
        one.signed_at * 1000,
        one.sha256 if sees_all else "",
        f"{PAGES['health'].path}/inbox/{one.inbox_id}/body" if sees_all else "",
        changes,
        note,
    )


def _contradictions(visit: Visit, detail: SessionDetail) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What contradicts what, in words, and which fields say so."""
    return tuple(
        (
            one.label.zh if visit.is_chinese else one.label.en,
            tuple(field_label(visit, name) for name in one.fields),
        )
        for one in detail.contradictions
    )


async def _journey(visit: Visit, row: SessionRow, back: str) -> Journeyed | None:
    """The journey; None while the columns do not have the session."""
    snapshot = visit.sources.reading.columns()
    own_id = row.record.id
    journey = await journey_of(row.tenant, own_id, SnapshotLookup(snapshot))
    if journey is None:
        return None
    names = staff_names(snapshot, row.tenant, journey)
    table = journey_table(visit, journey, own_id, names, lambda other: _href(visit, row, other, back))
    count = visit.f.count(len(journey.sessions))
    return Journeyed(
        table,
        journey_facts(visit, journey.figures),
        tuple(map(str, journey.missing_ids)),
        visit.t("session.journey.cut", count=count) if journey.is_cut else "",
        len(journey.sessions) == 1 and not journey.missing_ids,
    )


async def _deliveries(visit: Visit, row: SessionRow) -> Table | None:
    """What went out for this session; None without a sending end."""
    sending = visit.sources.sending
    if not sending.has_sender():
        return None
    query = EntryQuery(tenant=row.tenant, session=row.record.id)
    entries = await sending.outbox.entries(query, _DELIVERIES_MAX)
    return delivery_rows(visit, entries, await sending.endpoints.endpoints(row.tenant))


ROUTES: tuple[PageRoute, ...] = (PageRoute("session", _LIST + "/{id}", Right.SEE_MASKED, show_session, "sessions"),)
