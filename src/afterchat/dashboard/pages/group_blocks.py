"""Figures by groups: as lying bars, as a table, as parts of a whole.

    Ranking    one figure by groups, the greatest first
    Listing    groups as rows, figures as columns
    Parts      of what a whole consists

A block whose groups are named by what is personal is nothing for readers who see that masked.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from afterchat.access.asking import may_group
from afterchat.dashboard.charts import Bars, Series, Shares
from afterchat.dashboard.pages.block import Answers, Block, Shaped
from afterchat.dashboard.pages.figure_parts import Shown, definition, listing, row_href, row_label, within_title
from afterchat.dashboard.parts import Empty
from afterchat.figures.evaluation import FigureQuestion, FigureRow, FigureTable
from afterchat.figures.groupings import BY_COUNT, GROUPINGS

__all__ = ["Listing", "Parts", "Ranking"]

_RANKS_MAX = 10
_PARTS_MAX = 8
_GROUPS_MAX = 50


class _ByGroup(Block):
    """Asks one question, and is nothing for whoever may not see the groups' names."""

    __slots__ = ()

    @property
    @abstractmethod
    def question(self) -> FigureQuestion:
        """Which figures, by what, of how many groups."""

    @abstractmethod
    def part(self, shown: Shown, table: FigureTable, /) -> Shaped:
        """The part made of the answer."""

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return (self.question,) if self._is_for(shown) else ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped | None:
        return self.part(shown, answers.now[self.question]) if self._is_for(shown) else None

    def _is_for(self, shown: Shown) -> bool:
        return may_group(GROUPINGS[self.question.by or ""].fields, shown.visit.who.rights)


class _Words(NamedTuple):
    """How a chart by groups is called: its title, and what stands along its groups."""

    title: str
    head: str


def _words(shown: Shown, table: FigureTable, key: str) -> _Words:
    """Of a table of one figure."""
    assert table.by is not None, "it was asked by groups"
    visit = shown.visit
    title = visit.t(key, figure=shown.name(table.figures[0]), by=within_title(visit, table.by))
    return _Words(title, table.by.zh if visit.is_chinese else table.by.en)


@dataclass(frozen=True, slots=True)
class Ranking(_ByGroup):
    """One figure by groups; lying bars, unless the groups are hours or days."""

    id: str
    figure_id: str
    by: str

    @property
    def question(self) -> FigureQuestion:
        return FigureQuestion((self.figure_id,), self.by, _RANKS_MAX if self._is_ranked else None)

    @property
    def _is_ranked(self) -> bool:
        return GROUPINGS[self.by].order == BY_COUNT

    def part(self, shown: Shown, table: FigureTable) -> Shaped:
        (figure,) = table.figures
        rows = [row for row in table.rows if row.values[0].value is not None]
        if self._is_ranked:
            rows.sort(key=_greatest_first)
        values = tuple(row.values[0].value for row in rows)
        hrefs = tuple(row_href(shown, table, row, figure.id) for row in rows)
        words = _words(shown, table, "ranking.title")
        return Shaped(
            "chart",
            Bars(
                self.id,
                words.title,
                figure.unit,
                words.head,
                tuple(row_label(shown, table, row) for row in rows),
                (Series(shown.name(figure), values, tuple(shown.visit.f.value(one, figure.unit) for one in values)),),
                hrefs if any(hrefs) else (),
                definition(shown.visit, figure, table.total.values[0].left_out),
                1.0 if figure.unit == "share" else None,
                is_lying=self._is_ranked,
            ),
        )


@dataclass(frozen=True, slots=True)
class Listing(_ByGroup):
    """Groups as rows, figures as columns."""

    by: str
    figure_ids: tuple[str, ...]
    limit: int = _GROUPS_MAX

    @property
    def question(self) -> FigureQuestion:
        return FigureQuestion(self.figure_ids, self.by, self.limit)

    def part(self, shown: Shown, table: FigureTable) -> Shaped:
        t = shown.visit.t
        return Shaped("table", listing(shown, table, Empty(t("chart.empty"), t("empty.widen"))), "wide")


@dataclass(frozen=True, slots=True)
class Parts(_ByGroup):
    """Of what a whole consists."""

    id: str
    figure_id: str
    by: str

    @property
    def question(self) -> FigureQuestion:
        return FigureQuestion((self.figure_id,), self.by, _PARTS_MAX)

    def part(self, shown: Shown, table: FigureTable) -> Shaped:
        (figure,), visit = table.figures, shown.visit
        whole = table.total.values[0].numerator
        series = []
        for row in (*table.rows, *((table.others,) if table.others else ())):
            count = row.values[0].numerator
            if count:
                text = f"{visit.f.count(count)} · {visit.f.share(count / whole)}"
                href = row_href(shown, table, row, figure.id)
                series.append(Series(row_label(shown, table, row), (count / whole,), (text,), hrefs=(href,)))
        words = _words(shown, table, "parts.title")
        about = definition(visit, figure, table.total.values[0].left_out)
        return Shaped("chart", Shares(self.id, words.title, words.head, (shown.name(figure),), tuple(series), about))


def _greatest_first(row: FigureRow) -> float:
    return -(row.values[0].value or 0)
