"""What pages of figures are made of, as declarations: each block says what it asks, and makes its part of the answers.

    Cards      numbers that are looked at first, with their change and their course
    Course     figures over time: by hour within a day, by day, by week beyond four months; the period before dashed
    Week       one figure by weekday and hour

Rules
- Blocks ask all their questions together, so that one pass over the sessions answers the page.
- The period before is asked for cards and courses only.

What does not belong here: figures by groups (`group_blocks`), distributions (`spread`), flows (`flow`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from afterchat.dashboard.charts import Heatmap, Series, Trend
from afterchat.dashboard.pages.axis import Axis
from afterchat.dashboard.pages.block import Answers, Block, Shaped, Sortable
from afterchat.dashboard.pages.figure_parts import (
    Shown,
    card,
    definition,
)
from afterchat.dashboard.pages.heads import Sorting, arranged
from afterchat.dashboard.pages.order import NAME, ColumnOrder
from afterchat.dashboard.visit import Visit
from afterchat.figures.definition import Figure
from afterchat.figures.evaluation import FigureQuestion
from afterchat.figures.table import FIGURES

__all__ = ["Cards", "Course", "Week"]

_HOURS = 24
_HOUR_KEYS = tuple(f"{hour:02}" for hour in range(_HOURS))
_BEFORE = "before"
"""Column of the values of the period before."""


@dataclass(frozen=True, slots=True)
class Cards(Block):
    """Numbers that are looked at first."""

    figure_ids: tuple[str, ...]
    has_trails: bool = True

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        total = FigureQuestion(self.figure_ids)
        return (total, FigureQuestion(self.figure_ids, Axis.of(shown.page).unit)) if self.has_trails else (total,)

    def questions_before(self, _shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion(self.figure_ids),)

    def shaped(self, shown: Shown, answers: Answers) -> Shaped:
        question = FigureQuestion(self.figure_ids)
        table, before = answers.now[question], answers.before.get(question)
        if before is not None and not before.total.row_count:
            before = None  # against nothing everything is news
        axis = Axis.of(shown.page)
        trails = answers.now.get(FigureQuestion(self.figure_ids, axis.unit))
        cards = tuple(
            card(
                shown,
                figure,
                table.total.values[place],
                None if before is None else before.total.values[place],
                () if trails is None else axis.values(trails, place),
            )
            for place, figure in enumerate(table.figures)
        )
        return Shaped("cards", cards)


@dataclass(frozen=True, slots=True)
class Course(Block):
    """Figures over time."""

    id: str
    figure_ids: tuple[str, ...]
    title: str = ""
    """Key of the words; empty for the name of the only figure."""

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion(self.figure_ids, Axis.of(shown.page).unit),)

    def questions_before(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return self.questions(shown) if len(self.figure_ids) == 1 else ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped:
        (question,) = self.questions(shown)
        table, visit, axis = answers.now[question], shown.visit, Axis.of(shown.page)
        first, is_alone = table.figures[0], len(table.figures) == 1
        series = [
            _line(visit, visit.t("course.now") if is_alone else shown.name(figure), figure, axis.values(table, place))
            for place, figure in enumerate(table.figures)
        ]
        before = answers.before.get(question)
        if before is not None:
            line = _line(visit, visit.t("course.before"), first, axis.values_before(before))
            series.append(line._replace(is_before=True))
        trend = Trend(
            self.id,
            visit.t(self.title) if self.title else shown.name(first),
            first.unit,
            visit.t(f"course.{axis.unit}"),
            axis.labels,
            tuple(series),
            tuple(shown.page.sessions(pairs, first.id if is_alone else "") for pairs in axis.pairs),
            definition(visit, first, table.total.values[0].left_out) if is_alone else None,
            1.0 if first.unit == "share" else None,
        )
        return _timed(shown, trend, self.sortable, tuple(one.values for one in series))

    @property
    def sortable(self) -> Sortable:
        return Sortable(self.id, (NAME, *self.figure_ids, *((_BEFORE,) if len(self.figure_ids) == 1 else ())))


@dataclass(frozen=True, slots=True)
class Week(Block):
    """One figure by weekday and hour."""

    id: str
    figure_id: str

    def questions(self, _shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion((self.figure_id,), "weekday_hour", 7 * _HOURS + 1),)

    def shaped(self, shown: Shown, answers: Answers) -> Shaped:
        (question,) = self.questions(shown)
        table, visit = answers.now[question], shown.visit
        figure = FIGURES[self.figure_id]
        found = {row.key: row.values[0].value for row in table.rows}
        rows = tuple(tuple(found.get(f"{weekday}/{hour:02}") for hour in range(_HOURS)) for weekday in range(1, 8))
        heatmap = Heatmap(
            self.id,
            visit.t("week.title", figure=shown.name(figure)),
            shown.name(figure),
            figure.unit,
            visit.t("week.head"),
            _HOUR_KEYS,
            tuple(visit.f.weekday(day) for day in range(7)),
            rows,
            tuple(tuple(visit.f.value(value, figure.unit) for value in row) for row in rows),
            (),
            definition(visit, figure, table.total.values[0].left_out),
        )
        values = tuple(zip(*rows, strict=True))
        return _timed(shown, heatmap, self.sortable, values)._replace(size="wide", needs=("heat",))

    @property
    def sortable(self) -> Sortable:
        return Sortable(self.id, (NAME, *_HOUR_KEYS))


def _timed(
    shown: Shown, chart: Trend | Heatmap, sortable: Sortable, values: Sequence[Sequence[float | None]]
) -> Shaped:
    """A chart over time, whose data stand in the order of time unless another is asked for."""
    table = chart.table()
    columns = sortable.columns[: len(table.columns)]
    sorting = Sorting(sortable.id, columns, ColumnOrder(NAME, is_descending=False))
    data = arranged(shown.page, sorting, table, values)
    return Shaped("chart", chart, table=data, is_open=sortable.id in shown.page.orders)


def _line(visit: Visit, name: str, figure: Figure, values: Sequence[float | None]) -> Series:
    return Series(name, tuple(values), tuple(visit.f.value(value, figure.unit) for value in values))
