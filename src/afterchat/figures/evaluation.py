"""Figures of some sessions: the one place where numbers of many sessions are made.

`compute` answers one table; `compute_all` answers several of the same sessions in one pass, and costs little more.

How: the keys of all groups are gathered first, and the largest groups are chosen; the rest is one group, "others",
so that it has exact percentiles, too. Then every part is tallied once, for all tables, and forgotten.

Rules
- The same sessions and the same question give the same table, whatever segments the sessions lie in.
- The rows, the others and the total of a table come from the same tallies; the rows and the others make up the total.
- Groups of equal size stand in the order of their keys, unless an order is asked for (`ranking`).
- What is cut is cut in the order asked for: its figure is computed of all groups first, in a pass of its own, which is
  made only where there are more groups than are shown.

What does not belong here: definitions (`table`, `groupings`), how a page shows a number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from afterchat.columns.snapshot import Selection, Snapshot
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.figures.calendar import Calendar
from afterchat.figures.containment import followed_sessions
from afterchat.figures.definition import DATED_BY, Figure
from afterchat.figures.division import Division
from afterchat.figures.group_words import Pairs, Words
from afterchat.figures.groupings import BY_COUNT, GROUPINGS, Grouping
from afterchat.figures.measures import Value
from afterchat.figures.ranking import GroupOrder, ranked_groups
from afterchat.figures.rows import PartRows
from afterchat.figures.table import FIGURES
from afterchat.figures.tallies import Tallies

__all__ = ["FigureQuestion", "FigureRow", "FigureTable", "compute", "compute_all"]


class FigureQuestion(NamedTuple):
    """What is asked of the selected sessions."""

    figure_ids: tuple[str, ...]
    by: str | None = None
    """Id of a grouping; None for the total alone."""
    limit: int | None = None
    """Groups to show; None for as many as the grouping says."""
    order: GroupOrder | None = None
    """None for the order of the grouping: most sessions first, or that of its keys."""


class FigureRow(NamedTuple):
    """The figures of one group."""

    key: str
    zh: str
    en: str
    pairs: Pairs | None
    """Filters that select these sessions, in place of those of the same name; None where filters cannot say it."""
    row_count: int
    """Selected sessions in the group, whatever a figure's population is."""
    values: tuple[Value, ...]
    """In the order of the figures that were asked for."""


class FigureTable(NamedTuple):
    """The answer to a question."""

    figures: tuple[Figure, ...]
    by: Grouping | None
    total: FigureRow
    rows: tuple[FigureRow, ...]
    others: FigureRow | None
    """All groups that are not shown, together; None when all are."""
    group_count: int
    """Groups there are, shown or not."""


def compute(
    snapshot: Snapshot,
    selection: Selection,
    figure_ids: Iterable[str],
    by: str | None = None,
    *,
    zone: ZoneInfo,
    limit: int | None = None,
) -> FigureTable:
    """One table. Raises KeyError for an id that is not in FIGURES or GROUPINGS, ValueError for a limit below 1."""
    return compute_all(snapshot, selection, [FigureQuestion(tuple(figure_ids), by, limit)], zone=zone)[0]


def compute_all(
    snapshot: Snapshot, selection: Selection, questions: Sequence[FigureQuestion], *, zone: ZoneInfo
) -> list[FigureTable]:
    """One table for each question, of the same sessions. Raises as `compute` does."""
    if any(question.limit is not None and question.limit < 1 for question in questions):
        raise ValueError("limit: ask for at least one group")
    if any(question.order and question.order.figure_id not in {"", *question.figure_ids} for question in questions):
        raise ValueError("order: ask for its figure, too")
    figures = {name: FIGURES[name] for question in questions for name in question.figure_ids}
    divisions = {
        _division_of(question): Division(GROUPINGS[question.by], question.limit)
        for question in questions
        if question.by is not None
    }
    asked = list(divisions.values())
    calendar = Calendar(zone)
    followed = None
    if any(figure.asks_journeys() for figure in figures.values()):
        followed = followed_sessions(snapshot, selection).mask
    waiting = deque(PartRows(part, followed) for part in snapshot.parts(selection))
    row_count = sum(rows.row_count for rows in waiting)
    for division in asked:
        for rows in waiting:
            division.gather(division.grouping.split(rows, calendar))
    _choose(divisions, list(waiting), figures)
    tallies = Tallies(
        (tally for figure in figures.values() for tally in figure.measure.tallies()),
        [1, *(division.size for division in asked)],
    )
    while waiting:
        rows = waiting.popleft()
        codes = [division.next_codes(rows) for division in asked]
        tallies.add(rows, [np.zeros(rows.row_count, dtype=np.intp), *codes])
    tables = _Tables(tallies, calendar, _bounds(selection), asked, row_count)
    return [tables.answer(question, divisions.get(_division_of(question)), figures) for question in questions]


_DivisionKey = tuple[str | None, int | None, GroupOrder | None, str]


def _division_of(question: FigureQuestion) -> _DivisionKey:
    """Questions of which the same groups are shown."""
    return question.by, question.limit, question.order, question.figure_ids[0] if question.order else ""


def _choose(divisions: dict[_DivisionKey, Division], parts: Sequence[PartRows], known: dict[str, Figure]) -> None:
    """Which groups are shown; where an order decides it, its figure is tallied for all of them."""
    crowded: list[tuple[Division, GroupOrder, tuple[Figure, ...]]] = []
    for (_, _, order, first), division in divisions.items():
        if order is None or not division.is_crowded:
            division.choose()
        else:
            division.choose_candidates()
            crowded.append(
                (division, order, tuple(known[name] for name in dict.fromkeys((first, order.figure_id or first))))
            )
    tallies = Tallies(
        (tally for _, _, figures in crowded for figure in figures for tally in figure.measure.tallies()),
        [division.size for division, *_ in crowded],
    )
    for number, rows in enumerate(parts if crowded else ()):
        anew = PartRows(rows.part, rows.followed)  # what is computed of it here is forgotten
        tallies.add(anew, [division.codes_of(number, anew) for division, *_ in crowded])
    for number, (division, order, figures) in enumerate(crowded):
        words = division.words()
        values = [
            tuple(figure.measure.value(tallies.of_group(number, place)) for figure in figures)
            for place in range(len(words))
        ]
        division.choose_ranked(
            ranked_groups(order, figures, words, values, has_own_order=division.grouping.order != BY_COUNT)
        )


class _Tables:
    """Turns tallies into tables."""

    def __init__(
        self, tallies: Tallies, calendar: Calendar, bounds: tuple[int, int], asked: list[Division], row_count: int
    ) -> None:
        self._tallies, self._calendar, self._bounds, self._asked = tallies, calendar, bounds, asked
        self._row_count = row_count

    def answer(self, question: FigureQuestion, division: Division | None, known: dict[str, Figure]) -> FigureTable:
        figures = tuple(known[name] for name in question.figure_ids)
        total = FigureRow("", "合计", "total", (), self._row_count, self._values(figures, 0, 0))
        if division is None:
            return FigureTable(figures, None, total, (), None, 0)
        number = 1 + self._asked.index(division)
        rows = tuple(
            FigureRow(*group.words, self._within(group.pairs), group.row_count, self._values(figures, number, place))
            for place, group in enumerate(division.groups(self._calendar))
        )
        if question.order is not None:
            words = [Words(row.key, row.zh, row.en) for row in rows]
            values_of = [row.values for row in rows]
            own = division.grouping.order != BY_COUNT
            rows = tuple(
                rows[place] for place in ranked_groups(question.order, figures, words, values_of, has_own_order=own)
            )
        others = None
        if division.others_count:
            values = self._values(figures, number, len(rows))
            zh, en = f"其余 {division.others_count} 组", f"{division.others_count} others"
            others = FigureRow("", zh, en, None, division.others_row_count, values)
        return FigureTable(figures, division.grouping, total, rows, others, len(rows) + division.others_count)

    def _values(self, figures: tuple[Figure, ...], division: int, group: int) -> tuple[Value, ...]:
        tallied = self._tallies.of_group(division, group)
        return tuple(figure.measure.value(tallied) for figure in figures)

    def _within(self, pairs: Pairs | None) -> Pairs | None:
        """Bounds of a group narrowed to those of the selection, which they replace."""
        if pairs is None:
            return None
        least, most = self._bounds
        narrowed = {"end_time_from": lambda at: max(at, least), "end_time_until": lambda at: min(at, most)}
        return tuple((name, str(narrowed[name](int(value))) if name in narrowed else value) for name, value in pairs)


def _bounds(selection: Selection) -> tuple[int, int]:
    """The bounds of `end_time` that the selection has."""
    bounds = [(operator, value) for column, operator, value in selection.conditions if column == DATED_BY]
    return (
        max((int(value) for operator, value in bounds if operator == ">="), default=INTEGER_MIN),
        min((int(value) for operator, value in bounds if operator == "<"), default=INTEGER_MAX),
    )
