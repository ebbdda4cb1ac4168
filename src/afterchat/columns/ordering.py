"""The first so many rows of an order, without sorting the rest.

    order = (value of a column, tenant, session id), all upwards or all downwards: total, so that a page can go on
    exactly behind the last row of the page before, whatever arrives in between

Downwards is upwards over the complements: `~x` turns the order of whole numbers round and cannot overflow.

What does not belong here: which rows are asked for (`selection`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.layout import SORTABLE, Order
from afterchat.columns.part import Part
from afterchat.columns.segment import Segment
from afterchat.errors import FilterError

__all__ = ["Found", "Key", "checked", "first_of"]


class Key(NamedTuple):
    """One session in an order."""

    sort_value: int
    tenant: str
    session_id: int


class Found(NamedTuple):
    """One session in an order, and where its row is."""

    key: Key
    segment: Segment
    row: int


class _Ranked(NamedTuple):
    """Candidates as three columns, upwards, and their rows in the segment."""

    values: NDArray[np.int64]
    tenants: NDArray[np.int64]
    ids: NDArray[np.int64]
    rows: NDArray[np.intp]

    def at(self, places: NDArray[np.intp] | NDArray[np.bool_]) -> _Ranked:
        return _Ranked(*(column[places] for column in self))

    def turned(self) -> _Ranked:
        """The other way round."""
        return _Ranked(~self.values, ~self.tenants, ~self.ids, self.rows)


def checked(order: Order) -> Order:
    """The order, or FilterError when no list can be in it."""
    if order.column not in SORTABLE:
        raise FilterError(f"a list cannot be in the order of '{order.column}'; sort by one of {sorted(SORTABLE)}")
    return order


def first_of(part: Part, order: Order, after: Key | None, limit: int) -> list[Found]:
    """At most `limit` sessions of a part behind `after`, in order."""
    names = sorted({part.words("tenant")[code] for code in np.unique(part.codes("tenant")).tolist()})
    place_of = {name: place for place, name in enumerate(names)}
    rank = np.array([place_of.get(word, -1) for word in part.words("tenant")], dtype=np.int64)
    rows = _Ranked(part.numbers(order.column), rank[part.codes("tenant")], part.numbers("id"), part.rows)
    if after is not None:
        rows = rows.at(_behind(rows, order, after, names))
    best = _least(rows.turned() if order.is_descending else rows, limit)
    best = best.at(np.lexsort((best.ids, best.tenants, best.values)))
    if order.is_descending:
        best = best.turned()
    return [
        Found(Key(value, names[tenant], session_id), part.segment, row)
        for value, tenant, session_id, row in zip(*(column.tolist() for column in best), strict=True)
    ]


def _behind(rows: _Ranked, order: Order, after: Key, names: list[str]) -> NDArray[np.bool_]:
    """Rows that come behind a key; its tenant need not be among the names."""
    is_later = np.array([name < after.tenant if order.is_descending else name > after.tenant for name in names])
    is_same = np.array([name == after.tenant for name in names])
    if order.is_descending:
        value, session = rows.values < after.sort_value, rows.ids < after.session_id
    else:
        value, session = rows.values > after.sort_value, rows.ids > after.session_id
    if not names:
        return value
    in_tenant = is_later[rows.tenants] | (is_same[rows.tenants] & session)
    behind: NDArray[np.bool_] = value | ((rows.values == after.sort_value) & in_tenant)
    return behind


def _least(rows: _Ranked, limit: int) -> _Ranked:
    """The least `limit` rows, in any order; each column is only looked at where those before it are equal."""
    certain: list[_Ranked] = []
    wanted = limit
    for place in range(len(rows) - 1):
        column = rows[place]
        if len(column) <= wanted:
            break
        bound = np.partition(column, wanted - 1)[wanted - 1]
        below = rows.at(column < bound)
        certain.append(below)
        wanted -= len(below.ids)
        rows = rows.at(column == bound)
    certain.append(rows.at(np.arange(min(wanted, len(rows.ids)))))
    return _Ranked(*(np.concatenate(columns) for columns in zip(*certain, strict=True)))
