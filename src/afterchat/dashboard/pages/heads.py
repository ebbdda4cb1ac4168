"""Heads of tables that sort: links that turn the order of a table, and rows in the order that was asked for.

    a click on a number's head      greatest first, and again: least first
    a click on the first head       by name upwards, and again: downwards

Rules
- The order is part of the address, so it outlives filters, spans, the language, and works without scripts.
- A table of figures comes from `figures` in its order; the data of a chart are put into theirs here, by the same rule.
- The order that a table has by itself is not spelled out in an address.

What does not belong here: reading the parameter (`order`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from afterchat.dashboard.pages.order import NAME, ORDER, ColumnOrder, orders_text
from afterchat.dashboard.pages.question import PageQuestion
from afterchat.dashboard.parts import Table
from afterchat.figures.ranking import ranked

__all__ = ["Sorting", "arranged", "headed"]


class Sorting(NamedTuple):
    """How one table of a page is sorted."""

    id: str
    """Of the table, on its page."""
    columns: tuple[str, ...]
    """An id for each column, that of the rows' names first."""
    own: ColumnOrder | None
    """The order that the table has by itself; None where it is none of the columns'."""

    def of(self, page: PageQuestion) -> ColumnOrder | None:
        """The order in force; a column that the table has only at times is none today."""
        order = page.orders.get(self.id)
        return order if order is not None and order.column in self.columns else self.own


def headed(page: PageQuestion, sorting: Sorting, table: Table) -> Table:
    """The table with heads that sort it."""
    order = sorting.of(page)
    columns = tuple(
        replace(
            column,
            sort_href=_href(page, sorting, _turned(name, order)),
            sorted=order.word if order is not None and order.column == name else "",
            id=_anchor(sorting, name),
        )
        for name, column in zip(sorting.columns, table.columns, strict=True)
    )
    return replace(table, columns=columns)


def arranged(page: PageQuestion, sorting: Sorting, table: Table, values: Sequence[Sequence[Any]]) -> Table:
    """The same for a table whose rows stand in their own order; `values` has a sequence for each column but the first.

    Names and ties are in the order in which the rows stand.
    """
    order = sorting.of(page)
    if order is not None and order != sorting.own:
        places = range(len(table.rows))
        sorted_by = places if order.column == NAME else values[sorting.columns.index(order.column) - 1]
        rows = [table.rows[place] for place in ranked(sorted_by, places, is_descending=order.is_descending)]
        table = replace(table, rows=tuple(rows))
    return headed(page, sorting, table)


def _turned(name: str, order: ColumnOrder | None) -> ColumnOrder:
    """What a click on that head asks for."""
    if order is not None and order.column == name:
        return ColumnOrder(name, not order.is_descending)
    return ColumnOrder(name, is_descending=name != NAME)


def _href(page: PageQuestion, sorting: Sorting, order: ColumnOrder) -> str:
    others = {table: one for table, one in page.orders.items() if table != sorting.id}
    text = orders_text(others if order == sorting.own else {**others, sorting.id: order})
    href = page.href(page.path, ((ORDER, text),) if text else (), without=(ORDER,))
    return f"{href}#{_anchor(sorting, order.column)}"


def _anchor(sorting: Sorting, column: str) -> str:
    """Whoever follows the link finds themselves on it again, in the table and with the focus."""
    return f"{sorting.id}.{column}"
