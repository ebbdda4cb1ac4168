"""What pages of figures are made of, as declarations: each block says what it asks, and makes its part of the answers.

    Cards      numbers that are looked at first, with their change and their course
    Course     figures over time: by hour within a day, by day, by week beyond four months; the period before dashed
    Ranking    one figure by groups, as lying bars
    Listing    groups as rows, figures as columns
    Week       one figure by weekday and hour
    Parts      of what a whole consists, by groups

Rules
- Blocks ask all their questions together, so that one pass over the sessions answers the page.
- The period before is asked for cards and courses only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from afterchat.access.asking import may_group
from afterchat.dashboard.charts import Bars, Heatmap, Series, Shares, Trend
from afterchat.dashboard.pages.axis import Axis
from afterchat.dashboard.pages.block import Answers, Shaped
from afterchat.dashboard.pages.figure_parts import (
    Shown,
    card,
    definition,
    listing,
    row_href,
    row_label,
    within_title,
)
from afterchat.dashboard.parts import Empty
from afterchat.dashboard.visit import Visit
from afterchat.figures.definition import Figure
from afterchat.figures.evaluation import FigureQuestion, FigureRow
from afterchat.figures.groupings import BY_COUNT, GROUPINGS
from afterchat.figures.table import FIGURES

__all__ = ["Cards", "Course", "Listing", "Parts", "Ranking", "Week"]

_HOURS = 24
_RANKS_MAX = 10
_GROUPS_MAX = 50


def _may_show(shown: Shown, by: str) -> bool:
    """Whether the names of the groups are for this reader."""
    return may_group(GROUPINGS[by].fields, shown.visit.who.rights)


@dataclass(frozen=True, slots=True)
class Cards:
    """Numbers that are looked at first."""

    figure_ids: tuple[str, ...]
    has_trails: bool = True

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        total = FigureQuestion(self.figure_ids)
        return (total, FigureQuestion(self.figure_ids, Axis.of(shown.page).unit)) if self.has_trails else (total,)

    def questions_before(self, shown: Shown) -> tuple[FigureQuestion, ...]:  # noqa: ARG002  # the port's signature
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
class Course:
    """Figures over time."""

    id: str
    figure_ids: tuple[str, ...]
    title: str = ""
    """Key of the words; empty for the name of the only figure."""
    size: str = ""

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
        return Shaped(
            "chart",
            Trend(
                self.id,
                visit.t(self.title) if self.title else shown.name(first),
                first.unit,
                visit.t(f"course.{axis.unit}"),
                axis.labels,
                tuple(series),
                tuple(shown.page.sessions(pairs, first.id if is_alone else "") for pairs in axis.pairs),
                definition(visit, first, table.total.values[0].left_out) if is_alone else None,
                1.0 if first.unit == "share" else None,
            ),
            self.size,
        )


@dataclass(frozen=True, slots=True)
class Ranking:
    """One figure by groups."""

    id: str
    figure_id: str
    by: str
    limit: int = _RANKS_MAX
    size: str = ""

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion((self.figure_id,), self.by, self.limit),) if _may_show(shown, self.by) else ()

    def questions_before(self, shown: Shown) -> tuple[FigureQuestion, ...]:  # noqa: ARG002  # the port's signature
        return ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped | None:
        if not _may_show(shown, self.by):
            return None
        table = answers.now[FigureQuestion((self.figure_id,), self.by, self.limit)]
        (figure,), visit = table.figures, shown.visit
        grouping = GROUPINGS[self.by]
        rows = [row for row in table.rows if row.values[0].value is not None]
        if grouping.order == BY_COUNT:
            rows.sort(key=_greatest_first)
        values = tuple(row.values[0].value for row in rows)
        by = within_title(visit, grouping)
        hrefs = tuple(row_href(shown, table, row, figure.id) for row in rows)
        return Shaped(
            "chart",
            Bars(
                self.id,
                visit.t("ranking.title", figure=shown.name(figure), by=by),
                figure.unit,
                grouping.zh if visit.is_chinese else grouping.en,
                tuple(row_label(shown, table, row) for row in rows),
                (Series(shown.name(figure), values, tuple(visit.f.value(one, figure.unit) for one in values)),),
                hrefs if any(hrefs) else (),
                definition(visit, figure, table.total.values[0].left_out),
                1.0 if figure.unit == "share" else None,
                is_lying=self.by not in {"hour", "weekday"},
            ),
            self.size,
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Groups as rows, figures as columns."""

    by: str
    figure_ids: tuple[str, ...]
    limit: int = _GROUPS_MAX

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion(self.figure_ids, self.by, self.limit),) if _may_show(shown, self.by) else ()

    def questions_before(self, shown: Shown) -> tuple[FigureQuestion, ...]:  # noqa: ARG002  # the port's signature
        return ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped | None:
        if not _may_show(shown, self.by):
            return None
        table = answers.now[FigureQuestion(self.figure_ids, self.by, self.limit)]
        t = shown.visit.t
        return Shaped("table", listing(shown, table, Empty(t("chart.empty"), t("empty.widen"))), "wide")


@dataclass(frozen=True, slots=True)
class Week:
    """One figure by weekday and hour."""

    id: str
    figure_id: str
    size: str = "wide"

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:  # noqa: ARG002  # the port's signature
        return (FigureQuestion((self.figure_id,), "weekday_hour", 7 * _HOURS + 1),)

    def questions_before(self, shown: Shown) -> tuple[FigureQuestion, ...]:  # noqa: ARG002  # the port's signature
        return ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped:
        (question,) = self.questions(shown)
        table, visit = answers.now[question], shown.visit
        figure = FIGURES[self.figure_id]
        found = {row.key: row.values[0].value for row in table.rows}
        rows = tuple(tuple(found.get(f"{weekday}/{hour:02}") for hour in range(_HOURS)) for weekday in range(1, 8))
        return Shaped(
            "chart",
            Heatmap(
                self.id,
                visit.t("week.title", figure=shown.name(figure)),
                shown.name(figure),
                figure.unit,
                visit.t("week.head"),
                tuple(f"{hour:02}" for hour in range(_HOURS)),
                tuple(visit.f.weekday(day) for day in range(7)),
                rows,
                tuple(tuple(visit.f.value(value, figure.unit) for value in row) for row in rows),
                (),
                definition(visit, figure, table.total.values[0].left_out),
            ),
            self.size,
            ("heat",),
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """Of what a whole consists."""

    id: str
    figure_id: str
    by: str
    limit: int = 8
    size: str = ""

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return (FigureQuestion((self.figure_id,), self.by, self.limit),) if _may_show(shown, self.by) else ()

    def questions_before(self, shown: Shown) -> tuple[FigureQuestion, ...]:  # noqa: ARG002  # the port's signature
        return ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped | None:
        if not _may_show(shown, self.by):
            return None
        table = answers.now[FigureQuestion((self.figure_id,), self.by, self.limit)]
        (figure,), visit = table.figures, shown.visit
        whole = table.total.values[0].value or 0
        grouping = GROUPINGS[self.by]
        by = within_title(visit, grouping)
        rows = (*table.rows, *((table.others,) if table.others else ()))
        series = tuple(
            Series(
                row_label(shown, table, row),
                (count / whole if whole else None,),
                (f"{visit.f.count(row.values[0].numerator)} · {visit.f.share(count / whole if whole else None)}",),
                hrefs=(row_href(shown, table, row, figure.id),),
            )
            for row in rows
            if (count := row.values[0].value or 0)
        )
        title = visit.t("parts.title", figure=shown.name(figure), by=by)
        about = definition(visit, figure, table.total.values[0].left_out)
        return Shaped("chart", Shares(self.id, title, by, (shown.name(figure),), series, about), self.size)


def _greatest_first(row: FigureRow) -> float:
    return -(row.values[0].value or 0)


def _line(visit: Visit, name: str, figure: Figure, values: Sequence[float | None]) -> Series:
    return Series(name, tuple(values), tuple(visit.f.value(value, figure.unit) for value in values))
