"""The list of sessions: whatever was asked, a page at a time, any of the allowed orders, followed live; and its file.

Rules
- The list, its count and its export are one question; the export holds exactly what the list would show to its end.
- A page deeper in the list stays as it is; only the first one follows what arrives.
- Personal fields are masked by role, in the list and in the file; a file that is not masked leaves a line in the audit.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from starlette.responses import Response, StreamingResponse

from afterchat.access.audit import unmasked_export
from afterchat.access.masking import masks_for, page_values
from afterchat.access.roles import Right
from afterchat.columns.layout import SORTABLE
from afterchat.columns.snapshot import Key
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.dashboard.pages.question import PageQuestion, filter_form, read_page_question, span_links
from afterchat.dashboard.pages.reach import known_tenants, no_sessions
from afterchat.dashboard.pages.session import session_address
from afterchat.dashboard.pages.view_menu import view_menu
from afterchat.dashboard.parts import Badge, Cell, Column, Pager, Row, Table
from afterchat.dashboard.visit import Answer, Goto, Page, PageRoute, Part, Visit
from afterchat.export.columns import Layout
from afterchat.export.formats import FORMATS, file_name, format_of
from afterchat.export.job import ExportJob
from afterchat.export.source import selected_sessions
from afterchat.query.errors import BilingualFilterError
from afterchat.query.freshness import freshness, measure_lag
from afterchat.query.paging import read_sorted_cursor, sorted_cursor
from afterchat.store.ports import SessionRow

__all__ = ["ROUTES"]

_PATH = "/sessions"
_ROWS = 50
_FIELDS = {field.name: field for field in FIELDS}
_GOOD_RATINGS = {(2, 100), (3, 100), (5, 75), (5, 100)}
_BAD_RATINGS = {(2, 1), (3, 1), (5, 1), (5, 25)}

_COLUMNS = (
    ("end_time", "end_time", False),
    ("id", "", False),
    ("staff_name", "", False),
    ("category", "", False),
    ("close_reason", "", False),
    ("first_reply_cost", "first_reply_cost", True),
    ("in_queue_time", "in_queue_time", True),
    ("round_number", "round_number", True),
    ("evaluation", "evaluation", False),
)
"""Field, column of SORTABLE that it is ordered by, whether it is a number."""


async def _show(visit: Visit) -> Answer:
    page, own = read_page_question(visit, _PATH)
    values, as_of = await _values(visit, page, dict(own).get("cursor"))
    tenants = await known_tenants(visit)
    return Page(
        "sessions.html",
        {
            **values,
            "spans": span_links(visit, page),
            "form": filter_form(visit, page, tenants),
            "views": await view_menu(visit, _PATH, page.pairs),
        },
        as_of,
    )


async def _follow(visit: Visit) -> Answer:
    page, _ = read_page_question(visit, _PATH)
    values, _ = await _values(visit, page, None)
    return Part("sessions_part.html", values)


async def _values(visit: Visit, page: PageQuestion, cursor: str | None) -> tuple[dict[str, Any], int]:
    reading, asked = visit.sources.reading, page.asked
    after = read_sorted_cursor(page.question.sort, cursor)
    lag = await measure_lag(reading.inbox, reading.records, visit.now_ms)
    snapshot = reading.columns()
    behind = None if after is None else Key(*after)
    keys, count = await asyncio.gather(
        asyncio.to_thread(snapshot.page, asked.selection, asked.order, behind, _ROWS + 1),
        asyncio.to_thread(snapshot.count, asked.selection),
    )
    shown = keys[:_ROWS]
    rows = await reading.records.get_many([(key.tenant, key.session_id) for key in shown])
    next_cursor = sorted_cursor(page.question.sort, *shown[-1]) if len(keys) > _ROWS else None
    pager = Pager(
        visit.t("sessions.count", count=visit.f.count(count)),
        page.href(_PATH) if after is not None else "",
        "",
        page.href(_PATH, (("cursor", next_cursor),)) if next_cursor is not None else "",
    )
    values = {
        "table": _table(visit, page, rows),
        "empty": None if rows else await no_sessions(visit, page),
        "pager": pager,
        "exports": _exports(visit, page) if count else (),
        "part_href": page.href(f"{_PATH}/part") if after is None else "",
    }
    return values, freshness(lag).as_of


def _exports(visit: Visit, page: PageQuestion) -> tuple[tuple[str, str], ...]:
    """(words, address) of a file in each format that this reader may have."""
    if not visit.who.may(Right.EXPORT_MASKED):
        return ()
    names = ("csv", "xlsx", "parquet", "jsonl")
    return tuple((FORMATS[name].name.upper(), page.href(f"{_PATH}/export", (("format", name),))) for name in names)


def _table(visit: Visit, page: PageQuestion, rows: list[SessionRow]) -> Table:
    columns = tuple(_column(visit, page, *about) for about in _COLUMNS)
    lines = tuple(_row(visit, page, row) for row in rows)
    return Table(visit.t("sessions.caption"), columns, lines, is_walkable=True)


def _column(visit: Visit, page: PageQuestion, name: str, order_by: str, is_number: bool) -> Column:
    label = visit.t(f"sessions.{name}")
    if not order_by:
        return Column(label, is_number, is_first=name == "id")
    assert order_by in SORTABLE, "a column is ordered by what can be ordered"
    sort = page.question.sort
    is_sorted = sort.column == order_by
    wanted = order_by if is_sorted and sort.is_descending else f"-{order_by}"
    return Column(
        label,
        is_number,
        page.href(_PATH, (("sort", wanted),)),
        ("descending" if sort.is_descending else "ascending") if is_sorted else "",
    )


def _row(visit: Visit, page: PageQuestion, row: SessionRow) -> Row:
    record, f = row.record, visit.f
    names = ("category", "staff_name", "from_group")
    values = page_values({name: getattr(record, name) for name in names}, visit.who.rights)
    language = visit.view.language
    is_person = record.interaction == 0
    return Row(
        (
            Cell(f.moment(record.end_time), moment=f.machine(record.end_time)),
            Cell(
                str(record.id),
                session_address(record.id, row.tenant, page.href(_PATH)),
                is_code=True,
                badges=_badges(visit, row),
            ),
            Cell(values["staff_name"] or "–", note=values["from_group"]),
            Cell(values["category"] or "–"),
            Cell(CODED_SETS[_FIELDS["close_reason"].coded].label(record.close_reason, language)),
            f.duration(record.first_reply_cost) if is_person and record.staff_first_reply_time > 0 else "–",
            f.duration(record.in_queue_time) if record.in_queue_time > 0 else "–",
            f.count(record.round_number),
            _rating(record.evaluation_type, record.evaluation, language),
        )
    )


def _rating(model: int, rating: int, language: str) -> Cell:
    if rating <= 0:
        return Cell("–")
    tone = "good" if (model, rating) in _GOOD_RATINGS else "bad" if (model, rating) in _BAD_RATINGS else ""
    return Cell("", badges=(Badge(evaluation_label(model, rating, language), tone),))


def _badges(visit: Visit, row: SessionRow) -> tuple[Badge, ...]:
    """What is unusual about a session."""
    record, t = row.record, visit.t
    found = (
        (record.interaction == 1, Badge(t("sessions.robot"), "")),
        (record.vip_level > 0, Badge(f"VIP{record.vip_level}", "info")),
        (record.human_transfer_session_id > 0, Badge(t("sessions.transferred"), "")),
        (row.revision_count > 1, Badge(t("sessions.revised"), "")),
        (bool(row.problems), Badge(t("sessions.problems"), "warn")),
    )
    return tuple(badge for is_so, badge in found if is_so)


async def _export(visit: Visit) -> Answer:
    """Every session of the question as a file."""
    formats = [text for name, text in visit.pairs if name == "format"]
    if len(formats) != 1:
        raise BilingualFilterError(zh="请给出一个 format。", en="say one `format`.")
    form = format_of(formats[0])
    kept = tuple(pair for pair in visit.pairs if pair[0] not in {"format", "cursor"})
    page, _ = read_page_question(replace(visit, pairs=kept), _PATH)
    reading = visit.sources.reading
    if reading.exports.is_full:
        return Goto(page.href(_PATH), "exports_full")
    snapshot, asked = reading.columns(), page.asked
    session_count = snapshot.count(asked.selection)
    if visit.who.may(Right.EXPORT_UNMASKED):
        note = unmasked_export(
            visit.actor,
            visit.now_ms,
            form.name,
            tenant=page.tenant,
            conditions=asked.selection.conditions,
            session_count=session_count,
        )
        await visit.sources.people.write_note(note)
    batches = selected_sessions(form, snapshot, reading.records, asked)
    layout = Layout(visit.view.language, asked.zone, masks_for(visit.who.rights), is_headed_with_meanings=False)
    job = ExportJob(form, layout, batches, session_count)
    _, pieces = reading.exports.begin(page.tenant, job)
    headers = {
        "content-disposition": f'attachment; filename="{file_name(form, visit.now_ms)}"',
        "cache-control": "no-store",
    }
    answer: Response = StreamingResponse(pieces, media_type=form.media_type, headers=headers)
    return answer


ROUTES: tuple[PageRoute, ...] = (
    PageRoute("sessions", _PATH, Right.SEE_MASKED, _show, "sessions"),
    PageRoute("sessions_part", f"{_PATH}/part", Right.SEE_MASKED, _follow),
    PageRoute("sessions_export", f"{_PATH}/export", Right.EXPORT_MASKED, _export),
)
