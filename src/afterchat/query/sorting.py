"""The order of a list of sessions, read from an address: a column of the allow-list, upwards or downwards.

`sort=first_reply_cost` is upwards, `sort=-first_reply_cost` is downwards; without it the latest end comes first.
Sessions of equal value go on by (tenant, id) in the same direction, so that every order is total and a cursor exact.

What does not belong here: cursors (`paging`), doing the sorting (the columns do).
"""

from __future__ import annotations

from afterchat.columns.layout import SORTABLE, Order
from afterchat.query.errors import BilingualFilterError

__all__ = ["SORT_DEFAULT", "read_sort"]

SORT_DEFAULT = Order()


def read_sort(text: str) -> Order:
    """The order that `sort=text` asks for; raises FilterError."""
    sort = Order(text.removeprefix("-"), text.startswith("-"))
    if sort.column in SORTABLE:
        return sort
    names = ", ".join(SORTABLE)
    raise BilingualFilterError(
        zh=f"sort 应为其中之一，降序在前面加 -：{names}。",
        en=f"`sort` must be one of these, with - before it for descending: {names}.",
    )
