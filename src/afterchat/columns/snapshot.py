"""All sessions as of one moment: never changed, so a question may take its time in any thread.

What does not belong here: keeping up with the feed (`table`), what is computed of the rows (`figures`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.layout import Order
from afterchat.columns.ordering import Found, Key, checked, first_of
from afterchat.columns.part import Part
from afterchat.columns.reading import ReadRows
from afterchat.columns.segment import Segment
from afterchat.columns.selection import Made, Mask, Selection, mask_of

__all__ = ["Key", "Living", "Order", "Part", "ReadRows", "Selection", "Snapshot"]

Judge = Callable[[Part], Mask]
_key = attrgetter("key")


class Living(NamedTuple):
    """A segment and which of its rows stand for a session as it is now; None for all."""

    segment: Segment
    rows: Mask | None = None

    @property
    def row_count(self) -> int:
        """How many live."""
        return self.segment.row_count if self.rows is None else int(np.count_nonzero(self.rows))


class Snapshot:
    """The living rows of some segments; `version` is that of the feed up to which everything is in."""

    def __init__(self, version: int, segments: tuple[Living, ...]) -> None:
        self.version = version
        self._segments = segments
        self._made: dict[Hashable, Any] = {}

    @property
    def row_count(self) -> int:
        """How many sessions there are."""
        return sum(living.row_count for living in self._segments)

    def parts(self, selection: Selection) -> Iterator[Part]:
        """The selected rows, segment by segment, without empty ones; raises FilterError."""
        judge = self._judge(selection)
        for living in self._segments:
            rows = _rows(living, selection, judge)
            if rows is None or len(rows):
                yield Part(living.segment, rows)

    def remembered(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once and kept as long as the snapshot is.

        Two threads that ask at one time may both make it, and get the same.
        """
        if key not in self._made:
            self._made[key] = make()
        made: Made = self._made[key]
        return made

    def count(self, selection: Selection) -> int:
        """How many sessions are selected; raises FilterError."""
        return sum(part.row_count for part in self.parts(selection))

    def page(self, selection: Selection, order: Order, after: Key | None, limit: int) -> list[Key]:
        """At most `limit` keys behind `after`, in order; raises FilterError."""
        return [one.key for one in self._first(selection, order, after, limit)]

    def read(self, selection: Selection, order: Order, after: Key | None, limit: int) -> ReadRows:
        """The rows of such a page, to be read column by column; raises FilterError."""
        return ReadRows(self._first(selection, order, after, limit))

    def _first(self, selection: Selection, order: Order, after: Key | None, limit: int) -> list[Found]:
        """Segments come in the order of the best that they can hold, and none that is out of reach is looked at."""
        checked(order)
        if limit < 1:
            return []
        first: list[Found] = []
        judge = self._judge(selection)
        bounded = selection if after is None else _bounded(selection, order, after)
        for living in sorted(self._segments, key=lambda one: _best(one, order), reverse=order.is_descending):
            if len(first) == limit and _is_out_of_reach(living, order, first[-1].key):
                break
            rows = _rows(living, bounded, judge)
            if rows is None or len(rows):
                found = first_of(Part(living.segment, rows), order, after, limit)
                first = sorted(first + found, key=_key, reverse=order.is_descending)[:limit] if first else found
        return first

    def _judge(self, selection: Selection) -> Judge | None:
        counting = selection.counting
        return None if counting is None else counting.judge(self, selection._replace(counting=None))


def _rows(living: Living, selection: Selection, judge: Judge | None) -> NDArray[np.intp] | None:
    """The selected rows of a segment; None for all of them."""
    mask = mask_of(living.segment, living.rows, selection)
    rows = None if mask is None else np.flatnonzero(mask)
    if judge is None or (rows is not None and not len(rows)):
        return rows
    counted = judge(Part(living.segment, rows))
    return np.flatnonzero(counted) if rows is None else rows[counted]


def _bounded(selection: Selection, order: Order, after: Key) -> Selection:
    """The same with the bound that a key sets, which skips whole segments."""
    bound = ("<", after.sort_value + 1) if order.is_descending else (">=", after.sort_value)
    return selection._replace(conditions=(*selection.conditions, (order.column, *bound)))


def _best(living: Living, order: Order) -> int:
    column = living.segment.numbers[order.column]
    return column.greatest if order.is_descending else column.least


def _is_out_of_reach(living: Living, order: Order, last: Key) -> bool:
    """Whether nothing in the segment can come before the last key of a full page."""
    best = _best(living, order)
    return best < last.sort_value if order.is_descending else best > last.sort_value
