"""What readers of figures see, as frozen data; the rules are those of `views`.

A number never travels without its definition's id and version, what was divided by what, and what was left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec

from afterchat.figures.contradiction_table import CONTRADICTIONS, Contradiction
from afterchat.figures.definition import Figure
from afterchat.figures.evaluation import FigureRow, FigureTable
from afterchat.figures.groupings import GROUPINGS
from afterchat.figures.measures import Value
from afterchat.figures.table import FIGURES, SUBJECTS
from afterchat.query.views import ContradictionView, Freshness, Label

__all__ = [
    "ContradictionCount",
    "ContradictionPage",
    "DefinitionView",
    "DefinitionsView",
    "FigureRowView",
    "FigureTableView",
    "FilterView",
    "GroupingView",
    "ValueView",
    "contradiction_view",
    "contradictions_view",
    "definitions_view",
    "table_view",
]


def _about(text: str) -> msgspec.Meta:
    return msgspec.Meta(description=text)


class DefinitionView(msgspec.Struct, frozen=True):
    """One figure: what it is called, how it is made, and who says so."""

    id: str
    version: int
    subject: Label
    name: Label
    definition: Annotated[Label, _about("Formula, what is left out, notes, and which moment dates a session.")]
    unit: Annotated[str, _about("`count`, `ms`, `share` (0 to 1), `ratio` or `points` (0 to 100).")]
    source: Annotated[str, _about("`vendor` where the platform defines it, else `ours`.")]
    fields: Annotated[list[str], _about("Fields of the record that it looks at.")]


class GroupingView(msgspec.Struct, frozen=True):
    """One way of dividing sessions into groups."""

    id: str
    name: Label


class DefinitionsView(msgspec.Struct, frozen=True):
    """Every figure and every grouping there is."""

    figures: list[DefinitionView]
    groupings: list[GroupingView]


class ValueView(msgspec.Struct, frozen=True):
    """One number."""

    value: Annotated[int | float | None, _about("null when there is nothing to divide by.")]
    numerator: int
    denominator: int | None
    left_out: Annotated[int, _about("Sessions of the base about which the figure cannot be told.")]


class ContradictionCount(msgspec.Struct, frozen=True):
    """A contradiction and how many of the selected sessions have it."""

    contradiction: ContradictionView
    sessions: int


class ContradictionPage(msgspec.Struct, frozen=True):
    """Where records contradict themselves."""

    items: list[ContradictionCount]
    freshness: Freshness


class FilterView(msgspec.Struct, frozen=True):
    """One parameter of `/v1/sessions`."""

    name: str
    value: str


class FigureRowView(msgspec.Struct, frozen=True):
    """The figures of one group."""

    key: str
    label: Label
    filters: Annotated[
        list[FilterView] | None,
        _about("Filters that select these sessions, in place of those of the same name; null if filters cannot."),
    ]
    sessions: int
    values: Annotated[dict[str, ValueView], _about("Figure id -> its number.")]


class FigureTableView(msgspec.Struct, frozen=True):
    """Figures of the selected sessions, in all and by group."""

    figures: Annotated[dict[str, int], _about("Figure id -> version of its definition, see `/v1/definitions`.")]
    by: str | None
    zone: Annotated[str, _about("IANA zone of days and hours.")]
    total: FigureRowView
    rows: list[FigureRowView]
    others: Annotated[FigureRowView | None, _about("All groups that are not shown, together.")]
    group_count: int
    freshness: Freshness


def definitions_view() -> DefinitionsView:
    """The tables of figures and of groupings."""
    figures = [
        _definition_view(figure, Label(zh, en)) for zh, en, of_subject in SUBJECTS.values() for figure in of_subject
    ]
    return DefinitionsView(figures, [GroupingView(one.id, Label(one.zh, one.en)) for one in GROUPINGS.values()])


def table_view(table: FigureTable, zone: str, fresh: Freshness) -> FigureTableView:
    """An evaluation as readers see it."""
    return FigureTableView(
        figures={figure.id: figure.version for figure in table.figures},
        by=None if table.by is None else table.by.id,
        zone=zone,
        total=_row_view(table.total, table.figures),
        rows=[_row_view(row, table.figures) for row in table.rows],
        others=None if table.others is None else _row_view(table.others, table.figures),
        group_count=table.group_count,
        freshness=fresh,
    )


def _definition_view(figure: Figure, subject: Label) -> DefinitionView:
    return DefinitionView(
        id=figure.id,
        version=FIGURES[figure.id].version,
        subject=subject,
        name=Label(figure.zh, figure.en),
        definition=Label(figure.definition("zh"), figure.definition("en")),
        unit=figure.unit,
        source=figure.source,
        fields=list(figure.fields),
    )


def _row_view(row: FigureRow, figures: Sequence[Figure]) -> FigureRowView:
    values = {figure.id: _value_view(value) for figure, value in zip(figures, row.values, strict=True)}
    pairs = None if row.pairs is None else [FilterView(*pair) for pair in row.pairs]
    return FigureRowView(row.key, Label(row.zh, row.en), pairs, row.row_count, values)


def _value_view(value: Value) -> ValueView:
    return ValueView(value.value, value.numerator, value.denominator, value.left_out)


def contradiction_view(line: Contradiction) -> ContradictionView:
    """One line of the table of contradictions."""
    return ContradictionView(line.id, Label(line.zh, line.en), list(line.fields))


def contradictions_view(counts: Mapping[str, int], fresh: Freshness) -> ContradictionPage:
    """How many of the selected sessions have which contradiction, those of none left out."""
    items = [
        ContradictionCount(contradiction_view(CONTRADICTIONS[one]), count) for one, count in counts.items() if count
    ]
    return ContradictionPage(items, fresh)
