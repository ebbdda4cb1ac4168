"""The functions behind the routes that ask the columns: lists, figures, journeys, exports.

The rules are those of `api`; beside them:
- A list, a figure and an export read the same question in the same way, so that they cannot disagree.
- Named spans and days are of the zone in the question, else of UTC: a program says its zone.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from afterchat.access.audit import Actor, unmasked_export
from afterchat.export.columns import Layout
from afterchat.export.formats import FORMATS, file_name, format_of
from afterchat.export.job import ExportJob
from afterchat.export.source import selected_sessions
from afterchat.figures.contradictions import count_contradictions
from afterchat.figures.evaluation import FigureQuestion
from afterchat.figures.groupings import GROUPINGS
from afterchat.figures.journeys import SnapshotLookup, journey_of
from afterchat.figures.table import FIGURES
from afterchat.query.asking import Asked, figure_tables, session_list
from afterchat.query.errors import BilingualFilterError
from afterchat.query.figure_views import contradictions_view, definitions_view, table_view
from afterchat.query.freshness import freshness, measure_lag
from afterchat.query.journey_views import journey_view
from afterchat.query.paging import read_page_size, read_sorted_cursor
from afterchat.query.question import Question, read_question
from afterchat.query.sessions import find_sessions
from afterchat.store.ports import SessionRow
from afterchat.web import urls
from afterchat.web.answers import json_answer
from afterchat.web.parameters import CURSOR, LIMIT, TENANT, read_id, read_parameters, read_tenant, split_parameters
from afterchat.web.problems import ProblemError, language_of
from afterchat.web.route import Parameter
from afterchat.web.sources import Call

__all__ = [
    "BY",
    "EXPORT_ID",
    "FIGURE",
    "FORMAT",
    "GROUP_LIMIT",
    "get_export",
    "get_journey",
    "list_sessions",
    "one_session",
    "show_contradictions",
    "show_definitions",
    "show_export",
    "show_figures",
]

_FIGURES_MAX = 200
_GROUPS_MAX = 1_000
_UTC = ZoneInfo("UTC")

FIGURE = Parameter(
    "figure",
    "query",
    {"type": "string", "enum": list(FIGURES)},
    "指标编号，以逗号分隔多个；不填为全部",
    "Ids of figures, several with commas between; without it, all",
)
BY = Parameter("by", "query", {"type": "string", "enum": list(GROUPINGS)}, "分组方式", "How to group")
GROUP_LIMIT = Parameter(
    "groups",
    "query",
    {"type": "integer", "minimum": 1, "maximum": _GROUPS_MAX},
    "最多显示的分组数，其余合并",
    "Groups to show; the rest is one",
)
FORMAT = Parameter(
    "format",
    "query",
    {"type": "string", "enum": list(FORMATS), "default": "csv"},
    "文件格式",
    "Format of the file",
)
EXPORT_ID = Parameter("id", "path", {"type": "string", "pattern": "^[0-9a-f]{24}$"}, "导出编号", "The id of the export")


class _Read(NamedTuple):
    """A request's own parameters, and the question in it."""

    values: dict[str, str]
    question: Question
    asked: Asked


def _read(call: Call, known: tuple[Parameter, ...]) -> _Read:
    values, pairs = split_parameters(call, (TENANT, *known))
    question = read_question(pairs)
    tenant = read_tenant(call, values.get("tenant"))
    return _Read(values, question, Asked.of(question, tenant, call.sources.clock.now_ms(), _UTC))


async def list_sessions(call: Call) -> Response:
    """A page of current records."""
    values, question, asked = _read(call, (CURSOR, LIMIT))
    after = read_sorted_cursor(question.sort, values.get("cursor"))
    limit = read_page_size(values.get("limit"))
    sources = call.sources
    lag = await measure_lag(sources.inbox, sources.records, sources.clock.now_ms())
    page = await session_list(
        sources.columns(), sources.records, lag, asked, question, after=after, row_count_max=limit
    )
    return json_answer(page)


async def show_figures(call: Call) -> Response:
    """Figures of the selected sessions, in all and by group."""
    values, _, asked = _read(call, (FIGURE, BY, GROUP_LIMIT))
    sources = call.sources
    wanted = FigureQuestion(_figure_ids(values.get("figure")), _by(values.get("by")), _groups(values.get("groups")))
    lag = await measure_lag(sources.inbox, sources.records, sources.clock.now_ms())
    (table,) = await figure_tables(sources.columns(), asked, [wanted])
    return json_answer(table_view(table, asked.zone.key, freshness(lag)))


async def show_definitions(call: Call) -> Response:
    """What every figure means."""
    read_parameters(call, ())
    return json_answer(definitions_view())


async def show_contradictions(call: Call) -> Response:
    """Where the records of the selected sessions contradict themselves."""
    _, _, asked = _read(call, ())
    sources = call.sources
    lag = await measure_lag(sources.inbox, sources.records, sources.clock.now_ms())
    counts = await asyncio.to_thread(count_contradictions, sources.columns(), asked.selection)
    return json_answer(contradictions_view(counts, freshness(lag)))


async def get_journey(call: Call) -> Response:
    """The journey that a session belongs to."""
    values = read_parameters(call, (TENANT,))
    row = await one_session(call, read_tenant(call, values.get("tenant")))
    sources = call.sources
    journey = await journey_of(row.tenant, row.record.id, SnapshotLookup(sources.columns()))
    if journey is None:
        raise ProblemError("missing")  # not in the columns yet: a moment later it is
    lag = await measure_lag(sources.inbox, sources.records, sources.clock.now_ms())
    return json_answer(journey_view(journey, freshness(lag)))


async def show_export(call: Call) -> Response:
    """Every selected session as a file; what became of it is told at the address in `content-location`.

    Tokens see everything of their tenant, so each export leaves a line in the audit before it begins.
    """
    values, _, asked = _read(call, (FORMAT,))
    form = format_of(values.get("format", "csv"))
    sources = call.sources
    if sources.exports.is_full:
        raise ProblemError("exports")
    language = language_of(call.request.headers.get("accept-language", ""))
    snapshot = sources.columns()
    session_count, now_ms = snapshot.count(asked.selection), sources.clock.now_ms()
    note = unmasked_export(
        Actor(call.token_id, call.tenant),
        now_ms,
        form.name,
        tenant=asked.selection.tenant,
        conditions=asked.selection.conditions,
        session_count=session_count,
    )
    await sources.write_note(note)
    batches = selected_sessions(form, snapshot, sources.records, asked)
    job = ExportJob(form, Layout(language, asked.zone), batches, session_count)
    export_id, pieces = sources.exports.begin(call.tenant, job)
    return StreamingResponse(
        pieces,
        media_type=form.media_type,
        headers={
            "content-disposition": f'attachment; filename="{file_name(form, now_ms)}"',
            "content-location": urls.EXPORT.replace("{id}", export_id),
            "cache-control": "no-store",
        },
    )


async def get_export(call: Call) -> Response:
    """How far an export is, and the sha256 of its file once it is done."""
    read_parameters(call, ())
    found = call.sources.exports.view(str(call.request.path_params["id"]), call.tenant)
    if found is None:
        raise ProblemError("missing")
    return json_answer(found)


async def one_session(call: Call, tenant: str | None) -> SessionRow:
    """The session of the path; raises ProblemError when there is none, or one of several tenants."""
    rows = await find_sessions(call.sources.records, tenant, read_id(call))
    if not rows:
        raise ProblemError("missing")
    if len(rows) > 1:
        raise ProblemError("ambiguous")
    return rows[0]


def _figure_ids(text: str | None) -> tuple[str, ...]:
    if text is None:
        return tuple(FIGURES)
    ids = tuple(dict.fromkeys(text.split(",")))
    if len(ids) <= _FIGURES_MAX and all(one in FIGURES for one in ids):
        return ids
    raise BilingualFilterError(
        zh="figure 应为指标编号，多个以逗号分隔；全部编号见 /v1/definitions。",
        en="`figure` must be ids of figures with commas between; `/v1/definitions` lists them.",
    )


def _by(text: str | None) -> str | None:
    if text is None or text in GROUPINGS:
        return text
    names = ", ".join(GROUPINGS)
    raise BilingualFilterError(zh=f"by 应为其中之一：{names}。", en=f"`by` must be one of: {names}.")


def _groups(text: str | None) -> int | None:
    if text is None:
        return None
    if text.isascii() and text.isdecimal() and len(text) <= len(str(_GROUPS_MAX)) and 1 <= int(text) <= _GROUPS_MAX:
        return int(text)
    raise BilingualFilterError(
        zh=f"groups 应为 1 到 {_GROUPS_MAX} 之间的整数。",
        en=f"`groups` must be a whole number from 1 to {_GROUPS_MAX}.",
    )
