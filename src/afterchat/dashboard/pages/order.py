"""By which columns the tables of a page are sorted: one parameter of its address, read and put back.

    order=staff.-first_reply_p90~group.name      table.column, with - before it for descending; ~ between tables

Rules
- Each table has one order; a table that is not named has its own.
- A table or a column that the page has not is the reader's mistake and is told as one, never an error of ours.

What does not belong here: the heads that carry the links (`heads`), what an order means (`figures.ranking`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from afterchat.query.errors import BilingualFilterError

__all__ = ["NAME", "ORDER", "ColumnOrder", "Orders", "orders_text", "read_orders"]

ORDER = "order"
"""The parameter."""
NAME = "name"
"""The column that names the rows of any table."""

_BETWEEN = "~"
_DOWN = "-"


class ColumnOrder(NamedTuple):
    """One column, upwards or downwards."""

    column: str
    is_descending: bool

    @property
    def word(self) -> str:
        """As `aria-sort` says it."""
        return "descending" if self.is_descending else "ascending"


Orders = Mapping[str, ColumnOrder]
"""By table."""


def read_orders(pairs: Iterable[tuple[str, str]], columns: Mapping[str, tuple[str, ...]]) -> Orders:
    """The orders in the pairs of an address, of a page with these tables; raises FilterError."""
    texts = [text for name, text in pairs if name == ORDER and text]
    if len(texts) > 1:
        raise BilingualFilterError(
            zh=f"参数 {ORDER} 出现了两次：请只保留一个。", en=f"`{ORDER}` stands twice: keep one of them."
        )
    orders: dict[str, ColumnOrder] = {}
    for text in texts[0].split(_BETWEEN) if texts else ():
        table, _, column = text.partition(".")
        one = ColumnOrder(column.removeprefix(_DOWN), column.startswith(_DOWN))
        if one.column not in columns.get(table, ()) or table in orders:
            raise _unknown(columns)
        orders[table] = one
    return orders


def orders_text(orders: Orders) -> str:
    """The parameter's value; empty when every table has its own order."""
    return _BETWEEN.join(
        f"{table}.{_DOWN if one.is_descending else ''}{one.column}" for table, one in sorted(orders.items())
    )


def _unknown(columns: Mapping[str, tuple[str, ...]]) -> BilingualFilterError:
    """The same words whatever was asked."""
    table = next(iter(columns), "")
    example = f"{table}.{_DOWN}{columns[table][-1]}" if table else ""
    tables = ", ".join(columns)
    return BilingualFilterError(
        zh=f"{ORDER} 应为“表.列”，降序在列名前加 -，每个表一次，例如 {example}；点击表头即可排序。本页的表：{tables}。",
        en=f"`{ORDER}` must be `table.column`, with - before the column for descending and each table once, such as "
        f"{example}; a click on a column's head makes it. Tables of this page: {tables}.",
    )
