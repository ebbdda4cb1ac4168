"""The route table: every path that this room answers, who may read it, and what it gives.

A route that is not in ROUTES does not exist; the tests walk this table with every kind of reader.
`app` adds the pages that are made from this very table (OpenAPI and its reading page).
"""

from __future__ import annotations

from afterchat.export.formats import FORMATS
from afterchat.query.figure_views import ContradictionPage, DefinitionsView, FigureTableView
from afterchat.query.journey_views import JourneyView
from afterchat.query.views import (
    DriftPage,
    InboxPage,
    QuarantinePage,
    SessionDetail,
    SessionPage,
    UnreadablePage,
)
from afterchat.web import api, reading_api, urls
from afterchat.web.auth import Access
from afterchat.web.export_desk import ExportView
from afterchat.web.parameters import CURSOR, ID, LIMIT, QUESTION, SORT, TENANT
from afterchat.web.route import Route

__all__ = ["ROUTES"]

_LISTING = ("filter", "missing", "store")

ROUTES: tuple[Route, ...] = (
    Route(
        "sessions",
        urls.SESSIONS,
        Access.READER,
        reading_api.list_sessions,
        "会话列表，最近结束的在前；任何字段都可作为过滤条件",
        "Sessions, latest end first; every field is a filter",
        answer=SessionPage,
        parameters=(TENANT, CURSOR, LIMIT, SORT, *QUESTION),
        problems=_LISTING,
    ),
    Route(
        "session",
        urls.SESSION,
        Access.READER,
        api.get_session,
        "一个会话及其全部修订",
        "One session with all its revisions",
        answer=SessionDetail,
        parameters=(ID, TENANT),
        problems=("filter", "missing", "ambiguous", "store"),
    ),
    Route(
        "journey",
        urls.JOURNEY,
        Access.READER,
        reading_api.get_journey,
        "该会话所属的访客旅程：机器人、人工、转接",
        "The journey that a session belongs to: robot, person, transfers",
        answer=JourneyView,
        parameters=(ID, TENANT),
        problems=("filter", "missing", "ambiguous", "store"),
    ),
    Route(
        "figures",
        urls.FIGURES,
        Access.READER,
        reading_api.show_figures,
        "所选会话的指标，合计与分组",
        "Figures of the selected sessions, in all and by group",
        answer=FigureTableView,
        parameters=(TENANT, reading_api.FIGURE, reading_api.BY, reading_api.GROUP_LIMIT, SORT, *QUESTION),
        problems=_LISTING,
    ),
    Route(
        "definitions",
        urls.DEFINITIONS,
        Access.READER,
        reading_api.show_definitions,
        "全部指标的定义",
        "What every figure means",
        answer=DefinitionsView,
        problems=("filter",),
    ),
    Route(
        "contradictions",
        urls.CONTRADICTIONS,
        Access.READER,
        reading_api.show_contradictions,
        "所选会话中自相矛盾的记录",
        "Where the records of the selected sessions contradict themselves",
        answer=ContradictionPage,
        parameters=(TENANT, SORT, *QUESTION),
        problems=_LISTING,
    ),
    Route(
        "export",
        urls.EXPORTS,
        Access.READER,
        reading_api.show_export,
        "所选会话导出为文件",
        "Every selected session as a file",
        media_type=FORMATS["csv"].media_type,
        parameters=(TENANT, reading_api.FORMAT, SORT, *QUESTION),
        problems=(*_LISTING, "exports"),
        more_media_types=tuple(dict.fromkeys(form.media_type for form in FORMATS.values() if form.name != "csv")),
    ),
    Route(
        "export_state",
        urls.EXPORT,
        Access.READER,
        reading_api.get_export,
        "一次导出的进度、行数与 sha256",
        "How far an export is, its rows and its sha256",
        answer=ExportView,
        parameters=(reading_api.EXPORT_ID,),
        problems=("filter", "missing"),
    ),
    Route(
        "inbox",
        urls.INBOX,
        Access.READER,
        api.list_inbox,
        "已接收的推送，最新的在前，不含原文",
        "Pushes as they were taken, newest first, without their bodies",
        answer=InboxPage,
        parameters=(TENANT, CURSOR, LIMIT),
        problems=_LISTING,
    ),
    Route(
        "inbox_body",
        urls.INBOX_BODY,
        Access.READER,
        api.get_inbox_body,
        "一次推送的原文，与到达时逐字节相同",
        "The raw bytes of one push, exactly as they arrived",
        media_type="application/octet-stream",
        parameters=(ID,),
        problems=_LISTING,
    ),
    Route(
        "quarantine",
        urls.QUARANTINE,
        Access.READER,
        api.list_quarantine,
        "被拒绝但保留的推送，附可能的原因",
        "Refused pushes that were kept, with the likely cause",
        answer=QuarantinePage,
        parameters=(TENANT, CURSOR, LIMIT),
        problems=_LISTING,
    ),
    Route(
        "unreadable",
        urls.UNREADABLE,
        Access.READER,
        api.list_unreadable,
        "签名正确但无法读懂的推送",
        "Authentic pushes that could not be read",
        answer=UnreadablePage,
        parameters=(TENANT, LIMIT),
        problems=_LISTING,
    ),
    Route(
        "drift",
        urls.DRIFT,
        Access.READER,
        api.list_drift,
        "与字段表不符之处：新取值、类型变化、未知字段",
        "What the wire carried that the field table does not know",
        answer=DriftPage,
        parameters=(TENANT, LIMIT),
        problems=_LISTING,
    ),
)
"""In the order of the reference page."""
