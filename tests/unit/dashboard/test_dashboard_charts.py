"""Charts and their tables: one declaration, the same words, the same links."""

from __future__ import annotations

import json

import pytest

from afterchat.dashboard.charts import (
    Bars,
    Chart,
    Distribution,
    Flow,
    Heatmap,
    Link,
    Mark,
    Node,
    Series,
    Shares,
    Trend,
)
from afterchat.dashboard.parts import Cell, Table

X = ("Mon", "Tue")
LINKS = ("/a", "/b")
NOW = Series("now", (1.0, None), ("1 s", "–"))
BEFORE = Series("before", (2.0, 3.0), ("2 s", "3 s"), is_before=True)
NODES = (Node("r", "Robot", "5"), Node("p", "Person", "3"), Node("g", "Gave up", "0"))
PARTED = Series("yes", (0.25, 0.5), ("25%", "50%"), hrefs=("/y0", "/y1"))

CHARTS: tuple[Chart, ...] = (
    Trend("t", "Trend", "ms", "Day", X, (NOW, BEFORE), LINKS),
    Bars("b", "Bars", "ms", "Day", X, (NOW,), LINKS, is_lying=True),
    Distribution("d", "Distribution", "Length", X, Series("n", (4, 1), ("4", "1")), (Mark("p50", "9 s", 0.5),), LINKS),
    Shares("s", "Shares", "Day", X, (PARTED,)),
    Heatmap("h", "Heatmap", "n", "count", "Day", ("00", "01"), X, ((0, 9), (None, 4)), (("0", "9"), ("–", "4"))),
    Flow("f", "Flow", "n", ("From", "To"), NODES, (Link("r", "p", 3, "3", "/rp"), Link("r", "g", 0, "0"))),
)


def texts_of(table: Table) -> list[list[str]]:
    return [[cell if isinstance(cell, str) else cell.text for cell in row.cells] for row in table.rows]


def links_of(table: Table) -> list[str]:
    return [cell.href for row in table.rows for cell in row.cells if isinstance(cell, Cell) and cell.href]


@pytest.mark.parametrize(
    ("chart", "texts", "links"),
    [
        *zip(
            CHARTS,
            (
                [["Mon", "1 s", "2 s"], ["Tue", "–", "3 s"]],
                [["Mon", "1 s"], ["Tue", "–"]],
                [["Mon", "4"], ["Tue", "1"], ["p50", "9 s"]],
                [["Mon", "25%"], ["Tue", "50%"]],
                [["Mon", "0", "9"], ["Tue", "–", "4"]],
                [["Robot", "Person", "3"], ["Robot", "Gave up", "0"]],
            ),
            (["/a", "/b"], ["/a", "/b"], ["/a", "/b"], ["/y0", "/y1"], [], ["/rp"]),
            strict=True,
        )
    ],
    ids=lambda value: getattr(value, "title", None),
)
def test_the_table_says_what_the_chart_draws(chart: Chart, texts: list[list[str]], links: list[str]) -> None:
    table = chart.table()

    assert (texts_of(table), links_of(table)) == (texts, links)
    assert all(len(row) == len(table.columns) for row in texts_of(table))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.title)
def test_a_drawing_is_json_and_says_its_kind_and_its_name(chart: Chart) -> None:
    drawing = json.loads(json.dumps(chart.drawing(), allow_nan=False))

    assert (drawing["kind"], drawing["label"], chart.is_empty) == (chart.title.lower(), chart.title, False)


def test_a_flow_draws_only_where_somebody_went() -> None:
    drawing = CHARTS[-1].drawing()

    assert [node["id"] for node in drawing["nodes"]] == ["r", "p"]
    assert [link["label"] for link in drawing["links"]] == ["Robot → Person"]


def test_cells_of_a_heatmap_are_coloured_by_their_share_of_the_greatest() -> None:
    rows = CHARTS[4].table().rows

    assert [[cell.heat for cell in row.cells if isinstance(cell, Cell)] for row in rows] == [[0, 4], [None, 2]]


@pytest.mark.parametrize(
    "chart",
    [
        Trend("t", "T", "ms", "Day", X, (Series("n", (None, None), ("–", "–")),)),
        Distribution("d", "D", "L", X, Series("n", (0, 0), ("0", "0")), ()),
        Heatmap("h", "H", "n", "count", "Day", ("00",), ("Mon",), ((None,),), (("–",),)),
        Flow("f", "F", "n", ("From", "To"), NODES, ()),
    ],
    ids=lambda chart: chart.title,
)
def test_a_chart_without_data_knows_it(chart: Chart) -> None:
    assert chart.is_empty is True
