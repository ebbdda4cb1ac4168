"""The pages of figures: overview, staff and groups, satisfaction, queue, robot, channels; each a list of blocks.

Every page asks two questions of the columns, of its period and of the one before, and both in one pass each.
A page without a single session says why, and how to get some.

What does not belong here: how a block becomes a part (`blocks`), what figures mean (`figures`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from afterchat.access.roles import Right
from afterchat.dashboard.navigation import PAGES
from afterchat.dashboard.pages.block import Answers, Block, Shaped
from afterchat.dashboard.pages.blocks import Cards, Course, Week
from afterchat.dashboard.pages.figure_parts import Shown
from afterchat.dashboard.pages.flow import RobotFlow
from afterchat.dashboard.pages.group_blocks import Listing, Parts, Ranking
from afterchat.dashboard.pages.order import ORDER, read_orders
from afterchat.dashboard.pages.question import PageQuestion, filter_form, read_page_question, span_links
from afterchat.dashboard.pages.reach import known_tenants, no_sessions
from afterchat.dashboard.pages.spread import Spread
from afterchat.dashboard.pages.view_menu import view_menu
from afterchat.dashboard.visit import Answer, Page, PageRoute, Part, Visit
from afterchat.figures.evaluation import FigureQuestion, FigureTable
from afterchat.query.asking import Asked, figure_tables
from afterchat.query.freshness import freshness, measure_lag

__all__ = ["INSIGHTS", "ROUTES", "Insight"]


class Insight(NamedTuple):
    """One page: its blocks from top to bottom."""

    id: str
    blocks: tuple[Block, ...]


INSIGHTS = (
    Insight(
        "overview",
        (
            Cards(
                (
                    "sessions",
                    "received_sessions",
                    "first_reply_p50",
                    "first_reply_p90",
                    "satisfaction_relative",
                    "participation",
                    "queue_gave_up",
                    "unanswered",
                )
            ),
            Course("c-sessions", ("person_sessions", "robot_sessions"), "overview.sessions"),
            Course("c-reply", ("first_reply_p90",)),
            Course("c-rating", ("satisfaction_relative",)),
            Ranking("c-groups", "received_sessions", "group"),
            Spread("c-spread", "first_reply"),
            Ranking("c-closing", "sessions", "close_reason"),
            Week("c-week", "sessions"),
            Listing(
                "staff",
                ("received_sessions", "first_reply_p50", "first_reply_p90", "participation", "satisfaction_relative"),
                limit=10,
            ),
        ),
    ),
    Insight(
        "staff",
        (
            Cards(
                ("received_sessions", "valid_share", "first_reply_mean", "response_mean", "reply_rate", "length_mean")
            ),
            Listing(
                "group",
                (
                    "received_sessions",
                    "valid_sessions",
                    "first_reply_mean",
                    "first_reply_p90",
                    "response_mean",
                    "length_mean",
                    "transfers_out_share",
                    "participation",
                    "satisfaction_relative",
                ),
            ),
            Listing(
                "staff",
                (
                    "received_sessions",
                    "valid_sessions",
                    "first_reply_mean",
                    "first_reply_p90",
                    "response_mean",
                    "length_mean",
                    "reply_rate",
                    "transfers_out_share",
                    "solved_share",
                    "participation",
                    "satisfaction_relative",
                ),
            ),
            Ranking("c-slow", "first_reply_p90", "staff"),
            Ranking("c-load", "received_sessions", "hour"),
        ),
    ),
    Insight(
        "satisfaction",
        (
            Cards(
                (
                    "ratings",
                    "participation",
                    "participation_of_invited",
                    "satisfaction_relative",
                    "satisfaction_absolute",
                    "rating_mean_of_5",
                    "ratings_commented",
                    "late_ratings_share",
                )
            ),
            Course("c-satisfaction", ("satisfaction_relative",)),
            Course("c-participation", ("participation",)),
            Parts("c-ratings", "ratings", "rating"),
            Ranking("c-by-group", "satisfaction_relative", "group"),
            Listing(
                "staff",
                (
                    "ratings",
                    "participation",
                    "satisfaction_relative",
                    "satisfaction_absolute",
                    "late_ratings",
                    "solved_share",
                ),
            ),
            Listing("category", ("received_sessions", "ratings", "satisfaction_relative", "solved_share"), limit=20),
        ),
    ),
    Insight(
        "queue",
        (
            Cards(
                (
                    "queue_entries",
                    "queue_share",
                    "wait_p50",
                    "wait_p90",
                    "wait_max",
                    "queue_gave_up",
                    "queue_gave_up_share",
                    "overflow",
                )
            ),
            Course("c-wait", ("wait_p90",)),
            Course("c-gave-up", ("queue_gave_up",)),
            Spread("c-waits", "wait"),
            Ranking("c-queue-hours", "queue_entries", "hour"),
            Week("c-queue-week", "queue_entries"),
            Listing(
                "group",
                (
                    "queue_entries",
                    "queue_share",
                    "wait_mean",
                    "wait_p50",
                    "wait_p90",
                    "wait_max",
                    "queue_gave_up",
                    "queue_gave_up_share",
                ),
            ),
        ),
    ),
    Insight(
        "robot",
        (
            Cards(
                (
                    "robot_sessions",
                    "robot_used",
                    "robot_containment",
                    "robot_hand_over_share",
                    "from_robot_share",
                    "robot_rounds_mean",
                ),
                has_trails=False,
            ),
            RobotFlow("c-flow"),
            Course("c-hand-overs", ("robot_hand_overs",)),
            Parts("c-kinds", "from_robot", "hand_over_kind"),
            Listing("channel", ("robot_sessions", "robot_used", "robot_hand_overs", "robot_hand_over_share")),
        ),
    ),
    Insight(
        "channels",
        (
            Cards(
                ("visits", "repeats_24h_share", "repeats_168h_share", "vip_share", "alarmed_sessions", "begun_by_staff")
            ),
            Parts("c-channels", "sessions", "channel"),
            Parts("c-vip", "sessions", "vip"),
            Listing(
                "channel",
                ("sessions", "received_sessions", "first_reply_p90", "satisfaction_relative", "repeats_24h_share"),
            ),
            Listing("origin", ("sessions", "received_sessions", "first_reply_p90", "satisfaction_relative"), limit=20),
            Listing("landing_page", ("sessions", "received_sessions", "satisfaction_relative"), limit=20),
            Listing("search_word", ("sessions", "received_sessions", "satisfaction_relative"), limit=20),
        ),
    ),
)
"""Every page of figures."""

Tables = dict[FigureQuestion, FigureTable]


def _route(insight: Insight) -> tuple[PageRoute, PageRoute]:
    path = PAGES[insight.id].path
    return (
        PageRoute(insight.id, path, Right.SEE_MASKED, _shows(insight), insight.id),
        PageRoute(f"{insight.id}_part", f"{path}/part", Right.SEE_MASKED, _follows(insight)),
    )


def _shows(insight: Insight) -> Callable[[Visit], Awaitable[Answer]]:
    async def show(visit: Visit) -> Answer:
        page = _question(insight, visit)
        values, as_of = await _values(insight, visit, page)
        tenants = await known_tenants(visit)
        return Page(
            "insight.html",
            {
                **values,
                "title": visit.t(f"nav.{insight.id}"),
                "spans": span_links(visit, page),
                "form": filter_form(visit, page, tenants),
                "views": await view_menu(visit, page.path, page.pairs),
                "parts": tuple(sorted({part for one in values["blocks"] for part in one.needs})),
            },
            as_of,
        )

    return show


def _follows(insight: Insight) -> Callable[[Visit], Awaitable[Answer]]:
    async def follow(visit: Visit) -> Answer:
        page = _question(insight, visit)
        values, _ = await _values(insight, visit, page)
        return Part("insight_part.html", values)

    return follow


def _question(insight: Insight, visit: Visit) -> PageQuestion:
    """What the page is asked, the orders of its tables with it; raises FilterError."""
    tables = dict(block.sortable for block in insight.blocks if block.sortable is not None)
    orders = read_orders(visit.pairs, tables)
    others = tuple(pair for pair in visit.pairs if pair[0] != ORDER)
    page, _ = read_page_question(replace(visit, pairs=others), PAGES[insight.id].path)
    return page._replace(orders=orders)


async def _values(insight: Insight, visit: Visit, page: PageQuestion) -> tuple[dict[str, Any], int]:
    """What the template of the results takes, and up to when the data reach."""
    reading, shown = visit.sources.reading, Shown(visit, page)
    lag = await measure_lag(reading.inbox, reading.records, visit.now_ms)
    now = await _ask(visit, page.asked, [one for block in insight.blocks for one in block.questions(shown)])
    before: Tables = {}
    if page.before is not None:
        wanted = [one for block in insight.blocks for one in block.questions_before(shown)]
        before = await _ask(visit, page.before, wanted)
    answers = Answers(now, before)
    shaped: list[Shaped] = [part for block in insight.blocks if (part := block.shaped(shown, answers)) is not None]
    has_none = not any(table.total.row_count for table in now.values())
    values = {
        "blocks": shaped,
        "empty": await no_sessions(visit, page) if has_none else None,
        "compared": _compared(visit, page),
        "part_href": page.href(f"{page.path}/part"),
    }
    return values, freshness(lag).as_of


async def _ask(visit: Visit, asked: Asked, questions: Sequence[FigureQuestion]) -> Tables:
    unique = list(dict.fromkeys(questions))
    tables = await figure_tables(visit.sources.reading.columns(), asked, unique)
    return dict(zip(unique, tables, strict=True))


def _compared(visit: Visit, page: PageQuestion) -> str:
    """Which sessions are shown, and with which they are compared."""
    if page.span is None:
        return visit.t("compared.all")
    f = visit.f
    since, until = f.minute(page.span.from_ms), f.minute(page.span.until_ms)
    return visit.t("compared.span", since=since, until=until, zone=page.asked.zone.key)


ROUTES: tuple[PageRoute, ...] = tuple(route for insight in INSIGHTS for route in _route(insight))
