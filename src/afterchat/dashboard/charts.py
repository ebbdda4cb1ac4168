"""Charts as data: what a script draws and the table that says the same in words come from one declaration.

    Trend, Bars, Distribution, Shares, Heatmap, Flow -> drawing() for charts.js, table() for everybody

Rules
- Every value travels with its text as `formats` wrote it, so chart, table and card cannot disagree.
- Every place of a chart may lead to the sessions behind it; the same link stands in the table.
- JSON here holds no infinite numbers; a value that is not there is None.

What does not belong here: colours and axes (`assets/chart_kinds.js`), which charts a page has.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple, Protocol

from afterchat.dashboard.parts import Cell, Column, Definition, Row, Table

__all__ = ["Bars", "Chart", "Distribution", "Flow", "Heatmap", "Link", "Mark", "Node", "Series", "Shares", "Trend"]

Values = tuple[float | None, ...]
Texts = tuple[str, ...]

_HEATS = 5


class Chart(Protocol):
    """What `macros.html` needs of a chart."""

    @property
    def id(self) -> str:
        """Unique on its page."""
        ...

    @property
    def title(self) -> str: ...

    @property
    def definition(self) -> Definition | None: ...

    @property
    def is_empty(self) -> bool: ...

    def drawing(self) -> dict[str, Any]:
        """For charts.js."""
        ...

    def table(self) -> Table:
        """The same in words."""
        ...


class Series(NamedTuple):
    """One line or one colour of bars."""

    name: str
    values: Values
    texts: Texts
    is_before: bool = False
    """The period before, drawn dashed."""
    hrefs: tuple[str, ...] = ()
    """For `Shares`, where every piece leads somewhere of its own."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Values over time."""

    id: str
    title: str
    unit: str
    head: str
    """What stands along the axis: day, hour."""
    x: Texts
    series: tuple[Series, ...]
    hrefs: tuple[str, ...] = ()
    definition: Definition | None = None
    greatest: float | None = None
    """End of the axis where it is known: 1 for shares."""

    @property
    def is_empty(self) -> bool:
        return _all_empty(self.series)

    def drawing(self) -> dict[str, Any]:
        return {
            **_plain("trend", self.title, self.unit, self.x, self.series, hrefs=self.hrefs),
            "greatest": self.greatest,
        }

    def table(self) -> Table:
        return _table(self.title, self.head, self.x, self.series, self.hrefs)


@dataclass(frozen=True, slots=True)
class Bars:
    """Values of groups."""

    id: str
    title: str
    unit: str
    head: str
    x: Texts
    series: tuple[Series, ...]
    hrefs: tuple[str, ...] = ()
    definition: Definition | None = None
    greatest: float | None = None
    is_stacked: bool = False
    is_lying: bool = False
    """Lying bars leave room for long names."""

    @property
    def is_empty(self) -> bool:
        return _all_empty(self.series)

    def drawing(self) -> dict[str, Any]:
        drawing = _plain("bars", self.title, self.unit, self.x, self.series, hrefs=self.hrefs)
        return {**drawing, "greatest": self.greatest, "is_stacked": self.is_stacked, "is_lying": self.is_lying}

    def table(self) -> Table:
        return _table(self.title, self.head, self.x, self.series, self.hrefs)


class Mark(NamedTuple):
    """A line across a distribution: a percentile."""

    name: str
    text: str
    at: float
    """In buckets: 2.5 is the middle of the third."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How many there are in each bucket, and where the percentiles lie."""

    id: str
    title: str
    head: str
    x: Texts
    count: Series
    marks: tuple[Mark, ...]
    hrefs: tuple[str, ...] = ()
    definition: Definition | None = None

    @property
    def is_empty(self) -> bool:
        return not any(self.count.values)

    def drawing(self) -> dict[str, Any]:
        drawing = _plain("distribution", self.title, "count", self.x, (self.count,), hrefs=self.hrefs)
        return {**drawing, "marks": [mark._asdict() for mark in self.marks]}

    def table(self) -> Table:
        table = _table(self.title, self.head, self.x, (self.count,), self.hrefs)
        marks = tuple(Row((mark.name, mark.text)) for mark in self.marks)
        return Table(table.caption, table.columns, (*table.rows, *marks))


@dataclass(frozen=True, slots=True)
class Shares:
    """Of what a whole consists; one lying bar for each of `x`."""

    id: str
    title: str
    head: str
    x: Texts
    series: tuple[Series, ...]
    definition: Definition | None = None

    @property
    def is_empty(self) -> bool:
        return _all_empty(self.series)

    def drawing(self) -> dict[str, Any]:
        return _plain("shares", self.title, "share", self.x, self.series, hrefs=())

    def table(self) -> Table:
        columns = (Column(self.head, is_first=True), *(Column(one.name, is_number=True) for one in self.series))
        rows = tuple(
            Row((name, *(Cell(one.texts[index], dict(enumerate(one.hrefs)).get(index, "")) for one in self.series)))
            for index, name in enumerate(self.x)
        )
        return Table(self.title, columns, rows)


@dataclass(frozen=True, slots=True)
class Heatmap:
    """One value for each pair, such as weekday and hour."""

    id: str
    title: str
    name: str
    """Of the values."""
    unit: str
    head: str
    x: Texts
    y: Texts
    rows: tuple[Values, ...]
    texts: tuple[Texts, ...]
    hrefs: tuple[tuple[str, ...], ...] = ()
    definition: Definition | None = None

    @property
    def is_empty(self) -> bool:
        return all(value is None for row in self.rows for value in row)

    def drawing(self) -> dict[str, Any]:
        return {
            "kind": "heatmap",
            "label": self.title,
            "name": self.name,
            "unit": self.unit,
            "x": self.x,
            "y": self.y,
            "rows": self.rows,
            "texts": self.texts,
            "hrefs": self.hrefs,
        }

    def table(self) -> Table:
        """A heatmap in itself: the cells carry the colours."""
        greatest = max((value for row in self.rows for value in row if value is not None), default=0)
        columns = (Column(self.head, is_first=True), *(Column(name, is_number=True) for name in self.x))
        links = self.hrefs or ((),) * len(self.rows)
        rows = tuple(
            Row(
                (
                    name,
                    *(
                        Cell(text, href or "", heat=_heat(value, greatest))
                        for value, text, href in zip_longest(values, texts, hrefs)
                    ),
                )
            )
            for name, values, texts, hrefs in zip(self.y, self.rows, self.texts, links, strict=True)
        )
        return Table(self.title, columns, rows)


class Node(NamedTuple):
    """A station of a flow."""

    id: str
    label: str
    text: str
    href: str = ""


class Link(NamedTuple):
    """How many went from one station to the next; never in a circle."""

    source: str
    target: str
    value: float
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """From where to where: robot, person, transfer."""

    id: str
    title: str
    name: str
    """Of the values."""
    heads: tuple[str, str]
    """Words for `from` and `to`."""
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    definition: Definition | None = None

    @property
    def is_empty(self) -> bool:
        return not any(link.value for link in self.links)

    def drawing(self) -> dict[str, Any]:
        labels = {node.id: node.label for node in self.nodes}
        links = [
            {**link._asdict(), "label": f"{labels[link.source]} → {labels[link.target]}"}
            for link in self.links
            if link.value
        ]
        met = {end for link in links for end in (link["source"], link["target"])}
        nodes = [node._asdict() for node in self.nodes if node.id in met]
        return {"kind": "flow", "label": self.title, "name": self.name, "nodes": nodes, "links": links}

    def table(self) -> Table:
        labels = {node.id: node.label for node in self.nodes}
        columns = (Column(self.heads[0], is_first=True), Column(self.heads[1]), Column(self.name, is_number=True))
        rows = tuple(Row((labels[link.source], labels[link.target], Cell(link.text, link.href))) for link in self.links)
        return Table(self.title, columns, rows)


def _plain(
    kind: str, label: str, unit: str, x: Texts, series: tuple[Series, ...], *, hrefs: tuple[str, ...]
) -> dict[str, Any]:
    """What most drawings hold."""
    lines = [one._asdict() for one in series]
    return {"kind": kind, "label": label, "unit": unit, "x": x, "series": lines, "hrefs": hrefs}


def _table(title: str, head: str, x: Texts, series: tuple[Series, ...], hrefs: tuple[str, ...]) -> Table:
    """One row for each place along the axis; its name is the link."""
    columns = (Column(head, is_first=True), *(Column(one.name, is_number=True) for one in series))
    rows = tuple(
        Row((Cell(name, href or ""), *(one.texts[index] for one in series)))
        for index, (name, href) in enumerate(zip_longest(x, hrefs, fillvalue=""))
    )
    return Table(title, columns, rows)


def _all_empty(series: tuple[Series, ...]) -> bool:
    return all(value is None for one in series for value in one.values)


def _heat(value: float | None, greatest: float) -> int | None:
    """Which of five colours."""
    if value is None:
        return None
    return min(int(value / greatest * _HEATS), _HEATS - 1) if greatest > 0 else 0
