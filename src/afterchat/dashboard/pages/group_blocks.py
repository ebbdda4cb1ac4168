"""Figures by groups: as lying bars, as a table, as parts of a whole.

    Ranking    one figure by groups, the greatest first
    Listing    groups as rows, figures as columns
    Parts      of what a whole consists

A block whose groups are named by what is personal is nothing for readers who see that masked.
Where there are more groups than are shown, they are cut in the order that is shown, and the table says so.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import NamedTuple

from afterchat.access.asking import may_group
from afterchat.dashboard.charts import Bars, Series, Shares
from afterchat.dashboard.pages.block import Answers, Block, Shaped, Sortable
from afterchat.dashboard.pages.figure_parts import (
    Shown,
    cut_note,
    definition,
    listing,
    row_href,
    row_label,
    within_title,
)
from afterchat.dashboard.pages.heads import Sorting, arranged, headed
from afterchat.dashboard.pages.order import NAME, ColumnOrder
from afterchat.dashboard.parts import Empty, Table
from afterchat.figures.evaluation import FigureQuestion, FigureTable
from afterchat.figures.groupings import BY_COUNT, GROUPINGS
from afterchat.figures.ranking import GroupOrder, ranked

__all__ = ["Listing", "Parts", "Ranking"]

_RANKS_MAX = 10
_PARTS_MAX = 8
_GROUPS_MAX = 50


class _ByGroup(Block):
    """Asks one question, and is nothing for whoever may not see the groups' names."""

    __slots__ = ()

    by: str
    """Id of a grouping."""

    @abstractmethod
    def question(self, shown: Shown, /) -> FigureQuestion:
        """Which figures, by what, of how many groups, in which order."""

    @abstractmethod
    def part(self, shown: Shown, table: FigureTable, /) -> Shaped:
        """The part made of the answer."""

    def questions(self, shown: Shown) -> tuple[FigureQuestion, ...]:
        return (self.question(shown),) if self._is_for(shown) else ()

    def shaped(self, shown: Shown, answers: Answers) -> Shaped | None:
        return self.part(shown, answers.now[self.question(shown)]) if self._is_for(shown) else None

    def _is_for(self, shown: Shown) -> bool:
        return may_group(GROUPINGS[self.by].fields, shown.visit.who.rights)


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

    def question(self, shown: Shown) -> FigureQuestion:
        if not self._is_ranked:
            return FigureQuestion((self.figure_id,), self.by)
        order = shown.page.orders.get(self.id)
        return FigureQuestion((self.figure_id,), self.by, _RANKS_MAX, order and _group_order(shown, order))

    @property
    def sortable(self) -> Sortable:
        return Sortable(self.id, (NAME, self.figure_id))

    @property
    def _is_ranked(self) -> bool:
        return GROUPINGS[self.by].order == BY_COUNT

    def part(self, shown: Shown, table: FigureTable) -> Shaped:
        (figure,) = table.figures
        rows = [row for row in table.rows if row.values[0].value is not None]
        if self._is_ranked and self.id not in shown.page.orders:
            labels = [row_label(shown, table, row) for row in rows]
            rows = [rows[place] for place in ranked([row.values[0].value for row in rows], labels, is_descending=True)]
        values = tuple(row.values[0].value for row in rows)
        hrefs = tuple(row_href(shown, table, row, figure.id) for row in rows)
        words = _words(shown, table, "ranking.title")
        bars = Bars(
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
        )
        return Shaped("chart", bars, table=self._data(shown, table, bars), is_open=self.id in shown.page.orders)

    def _data(self, shown: Shown, table: FigureTable, bars: Bars) -> Table:
        """The table behind the bars."""
        if not self._is_ranked:
            sorting = Sorting(*self.sortable, ColumnOrder(NAME, is_descending=False))
            return arranged(shown.page, sorting, bars.table(), (bars.series[0].values,))
        own = ColumnOrder(self.figure_id, is_descending=True) if table.others is None else None
        sorting = Sorting(*self.sortable, own)
        note = cut_note(shown, table, sorting.of(shown.page), len(bars.x))
        return headed(shown.page, sorting, replace(bars.table(), note=note))


@dataclass(frozen=True, slots=True)
class Listing(_ByGroup):
    """Groups as rows, figures as columns."""

    by: str
    figure_ids: tuple[str, ...]
    limit: int = _GROUPS_MAX

    @property
    def sortable(self) -> Sortable:
        return Sortable(self.by, (NAME, *self.figure_ids))

    @property
    def _sorting(self) -> Sorting:
        """The greatest of the first figure come first, but for groups that have an order of their own."""
        is_by_figure = GROUPINGS[self.by].order == BY_COUNT
        own = ColumnOrder(self.figure_ids[0] if is_by_figure else NAME, is_descending=is_by_figure)
        return Sorting(*self.sortable, own)

    def question(self, shown: Shown) -> FigureQuestion:
        order = self._sorting.of(shown.page)
        assert order is not None, "a listing always stands in an order"
        return FigureQuestion(self.figure_ids, self.by, self.limit, _group_order(shown, order))

    def part(self, shown: Shown, table: FigureTable) -> Shaped:
        t, sorting = shown.visit.t, self._sorting
        empty = Empty(t("chart.empty"), t("empty.widen"))
        made = listing(shown, table, empty, sorting.of(shown.page))
        return Shaped("table", headed(shown.page, sorting, made), "wide")


@dataclass(frozen=True, slots=True)
class Parts(_ByGroup):
    """Of what a whole consists."""

    id: str
    figure_id: str
    by: str

    def question(self, _shown: Shown) -> FigureQuestion:
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


def _group_order(shown: Shown, order: ColumnOrder) -> GroupOrder:
    figure_id = "" if order.column == NAME else order.column
    return GroupOrder(figure_id, order.is_descending, shown.visit.view.language)
