"""The order of a list of sessions: a column of the allow-list, upwards or downwards.

`sort=first_reply_cost` is upwards, `sort=-first_reply_cost` is downwards; without it the latest end comes first.
Sessions of equal value go on by (tenant, id) in the same direction, so that every order is total and a cursor exact.

What does not belong here: cursors (`paging`), doing the sorting (the columns do).
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.query.errors import BilingualFilterError

__all__ = ["SORTS", "SORT_DEFAULT", "Sort", "read_sort"]

SORTS = (
    "end_time",
    "start_time",
    "first_reply_cost",
    "in_queue_time",
    "avg_resp_duration",
    "round_number",
    "user_message_count",
    "staff_message_count",
    "evaluation",
    "alarm_times",
)
"""Columns that a list may be sorted by; all hold whole numbers."""


class Sort(NamedTuple):
    """One order."""

    column: str
    is_descending: bool

    @property
    def text(self) -> str:
        """As it stands in a query string."""
        return f"-{self.column}" if self.is_descending else self.column


SORT_DEFAULT = Sort("end_time", is_descending=True)


def read_sort(text: str) -> Sort:
    """The order that `sort=text` asks for; raises FilterError."""
    sort = Sort(text.removeprefix("-"), text.startswith("-"))
    if sort.column in SORTS:
        return sort
    names = ", ".join(SORTS)
    raise BilingualFilterError(
        zh=f"sort 应为其中之一，降序在前面加 -：{names}。",
        en=f"`sort` must be one of these, with - before it for descending: {names}.",
    )
