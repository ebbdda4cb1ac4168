"""Figures as parts of a page: a number with its definition, its change, and the way to the sessions behind it.

Rules
- Every number is written by the unit of its figure and opens its definition; what was left out is said beside it.
- Good and bad are told only where everybody agrees which is which (`_MORE_IS_GOOD`, `_LESS_IS_GOOD`).
- A link selects exactly what its number counts (`counted`), narrowed by the filters of its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from afterchat.access.asking import group_label, shows_pairs
from afterchat.dashboard.pages.order import NAME, ColumnOrder
from afterchat.dashboard.pages.question import PageQuestion
from afterchat.dashboard.parts import Card, Cell, Column, Definition, Delta, Empty, Row, Table
from afterchat.dashboard.visit import Visit
from afterchat.figures.definition import VENDOR, Figure
from afterchat.figures.evaluation import FigureRow, FigureTable
from afterchat.figures.groupings import Grouping
from afterchat.figures.measures import Mean, Percentile, Value
from afterchat.figures.table import FIGURES

__all__ = [
    "Shown",
    "card",
    "cut_note",
    "definition",
    "figure_name",
    "listing",
    "row_href",
    "row_label",
    "within_title",
]

_MORE_IS_GOOD = frozenset({
    "satisfaction_relative", "satisfaction_absolute", "participation", "participation_of_invited", "reply_rate",
    "first_reply_within_15s", "first_reply_within_30s", "first_reply_within_60s", "solved_share", "valid_share",
    "solved_by_visitor_share", "robot_containment", "left_messages_treated_share", "rating_mean_of_5",
})  # fmt: skip
_LESS_IS_GOOD = frozenset({
    "first_reply_mean", "first_reply_p50", "first_reply_p90", "first_reply_p95", "first_reply_max", "wait_mean",
    "wait_p50", "wait_p90", "wait_p95", "wait_max", "queue_gave_up", "queue_gave_up_share", "queue_lost",
    "response_mean", "response_p50", "response_p90", "unanswered", "unanswered_share", "repeats_24h_share",
    "repeats_168h_share", "alarms", "alarmed_sessions", "alarmed_share", "solved_disputed",
})  # fmt: skip
_RELATIVE_MIN = 0.0005
"""A smaller change is none."""


class Shown(NamedTuple):
    """For whom figures are shown, and what was asked."""

    visit: Visit
    page: PageQuestion

    def name(self, figure: Figure) -> str:
        """The figure's name in the reader's language."""
        return figure_name(self.visit, figure)

    def text(self, figure: Figure, value: Value) -> str:
        """The number as it is written."""
        return self.visit.f.value(value.value, figure.unit)


def figure_name(visit: Visit, figure: Figure) -> str:
    """The figure's name in the reader's language."""
    return figure.zh if visit.is_chinese else figure.en


def within_title(visit: Visit, grouping: Grouping) -> str:
    """The grouping's name within a line; English names begin small there, but for VIP and the like."""
    if visit.is_chinese:
        return grouping.zh
    return grouping.en if grouping.en[1].isupper() else grouping.en[0].lower() + grouping.en[1:]


def definition(visit: Visit, figure: Figure, left_out_count: int = 0) -> Definition:
    """What the figure means, and how many sessions it says nothing about."""
    left_out = ""
    if left_out_count:
        left_out = visit.t("figure.left_out", count=visit.f.count(left_out_count))
    text = figure.definition(visit.view.language)
    known = FIGURES[figure.id]
    return Definition(
        figure.id,
        figure_name(visit, figure),
        text,
        known.version,
        figure.source == VENDOR,
        tuple(figure.fields),
        left_out,
        f"/definitions#{figure.id}",
    )


def card(shown: Shown, figure: Figure, value: Value, before: Value | None, trail: Iterable[float | None] = ()) -> Card:
    """One number that is looked at first."""
    visit = shown.visit
    return Card(
        shown.name(figure),
        shown.text(figure, value),
        definition(visit, figure, value.left_out),
        _delta(visit, figure, value, before),
        shown.page.sessions(counted=figure.id) if value.value is not None else "",
        _note(visit, figure, value),
        tuple(trail),
    )


def _note(visit: Visit, figure: Figure, value: Value) -> str:
    """Of a share what it was divided from; of a duration how many sessions it is of."""
    if value.denominator is None or value.value is None:
        return ""
    if figure.unit == "share":
        return f"{visit.f.count(value.numerator)} / {visit.f.count(value.denominator)}"
    is_of_sessions = isinstance(figure.measure, Mean | Percentile)
    return visit.t("figure.of", count=visit.f.count(value.denominator)) if is_of_sessions else ""


def _delta(visit: Visit, figure: Figure, value: Value, before: Value | None) -> Delta | None:
    if before is None or before.value is None or value.value is None:
        return None
    difference = value.value - before.value
    if figure.unit == "share":
        is_same, text = abs(difference) < _RELATIVE_MIN, visit.f.change(difference, "share")
    elif before.value:
        relative = difference / before.value
        is_same, text = abs(relative) < _RELATIVE_MIN, visit.f.relative(relative)
    else:
        is_same, text = not difference, visit.f.change(difference, figure.unit)
    direction = "same" if is_same else "up" if difference > 0 else "down"
    good = "up" if figure.id in _MORE_IS_GOOD else "down" if figure.id in _LESS_IS_GOOD else ""
    tone = "" if not good or direction == "same" else "good" if direction == good else "bad"
    said = visit.t("figure.before", value=visit.f.value(before.value, figure.unit))
    return Delta(visit.f.share(0) if is_same else text, direction, tone, said)


def row_label(shown: Shown, table: FigureTable, row: FigureRow) -> str:
    """The name of a group as this reader may see it."""
    label = row.zh if shown.visit.is_chinese else row.en
    return label if table.by is None else group_label(table.by.fields, label, shown.visit.who.rights)


def row_href(shown: Shown, table: FigureTable, row: FigureRow, counted: str = "") -> str:
    """The list of the sessions of a group, or of those that a figure counts there; empty where no filter says it."""
    if row.pairs is None or (table.by is not None and not shows_pairs(table.by.fields, shown.visit.who.rights)):
        return ""
    return shown.page.sessions(row.pairs, counted)


def listing(shown: Shown, table: FigureTable, empty: Empty, order: ColumnOrder | None) -> Table:
    """Groups as rows, figures as columns, in the order they were asked for; every number leads to its sessions.

    A group that has none of what the first figure counts has no row.
    """
    assert table.by is not None, "a listing has groups"
    visit = shown.visit
    head = table.by.zh if visit.is_chinese else table.by.en
    columns = (
        Column(head, is_first=True),
        *(Column(shown.name(figure), is_number=True, definition=definition(visit, figure)) for figure in table.figures),
    )
    greatest = _greatest(table)
    rows = tuple(
        Row(
            (
                Cell(row_label(shown, table, row), row_href(shown, table, row)),
                *_cells(shown, table, row, greatest),
            )
        )
        for row in table.rows
        if row.values[0].value or table.figures[0].unit != "count"
    )
    note = cut_note(shown, table, order, len(rows))
    if table.others is not None:
        others = table.others.zh if visit.is_chinese else table.others.en
        rows += (Row((others, *_cells(shown, table, table.others, {}))),)
    foot = Row((visit.t("listing.total"), *_cells(shown, table, table.total, {})))
    return Table(
        visit.t("listing.caption", name=within_title(visit, table.by)),
        columns,
        rows,
        foot,
        empty,
        is_caption_shown=True,
        note=note,
    )


def cut_note(shown: Shown, table: FigureTable, order: ColumnOrder | None, shown_count: int) -> str:
    """Which groups of how many are shown; empty when all are. Without an order they are those of the most sessions."""
    if table.others is None:
        return ""
    visit, hidden_count = shown.visit, table.group_count - len(table.rows)
    counts = {"shown": visit.f.count(shown_count), "count": visit.f.count(shown_count + hidden_count)}
    if order is None:
        return visit.t("cut.sessions", **counts)
    names = {figure.id: shown.name(figure) for figure in table.figures}
    if table.by is not None:
        names[NAME] = table.by.zh if visit.is_chinese else table.by.en
    return visit.t(f"cut.{order.word}", column=names[order.column], **counts)


def _cells(shown: Shown, table: FigureTable, row: FigureRow, greatest: Mapping[str, float]) -> tuple[Cell, ...]:
    return tuple(
        Cell(
            shown.text(figure, value),
            row_href(shown, table, row, figure.id) if value.value is not None else "",
            share=value.value / greatest[figure.id] if value.value is not None and greatest.get(figure.id) else None,
        )
        for figure, value in zip(table.figures, row.values, strict=True)
    )


def _greatest(table: FigureTable) -> dict[str, float]:
    """Of counts the greatest of the rows, for the bars behind the numbers; only of the first, or all is bars."""
    first = table.figures[0]
    if first.unit != "count":
        return {}
    return {first.id: max((row.values[0].value or 0 for row in table.rows), default=0)}
