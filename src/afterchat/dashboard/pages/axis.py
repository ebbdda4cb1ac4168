"""The time axis of a page: its places, what they are called, and the values of a table at each of them.

    up to a day        by hour of the clock          up to four months    by day          beyond    by week

Rules
- A day without sessions has its place, too: 0 where something is counted, nothing where something is measured.
- The period before is laid onto the same places, from its own beginning on.
- Each place leads to its own sessions; an hour only on a day of 24 hours, where it is one stretch of time.
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.dashboard.pages.question import PageQuestion, span_of
from afterchat.figures.calendar import DAY_MS, HOUR_MS, Calendar, Span
from afterchat.figures.evaluation import FigureTable

__all__ = ["Axis"]

_HOURS = 24
_WEEKS_FROM_DAYS = 120
_MONTH_AND_DAY = slice(5, None)

Pairs = tuple[tuple[str, str], ...]


class Axis(NamedTuple):
    """Places in time."""

    unit: str
    """A grouping: `hour`, `day` or `week`."""
    keys: tuple[str, ...]
    """Keys of the grouping."""
    labels: tuple[str, ...]
    pairs: tuple[Pairs, ...]
    """For each place the filters of its sessions; empty where filters cannot say it."""
    keys_before: tuple[str, ...]

    @classmethod
    def of(cls, page: PageQuestion) -> Axis:
        """The axis of the page's period."""
        if page.span is None:
            return cls("week", (), (), (), ())
        length = page.span.until_ms - page.span.from_ms
        if length <= DAY_MS + HOUR_MS:  # a day may have 25 hours
            return cls._of_hours(page.span)
        unit = "day" if length <= _WEEKS_FROM_DAYS * DAY_MS else "week"
        calendar = Calendar(page.asked.zone)
        buckets = calendar.buckets(unit, page.span)
        before = None if page.before is None else span_of(page.before.selection)
        return cls(
            unit,
            tuple(key for key, *_ in buckets),
            tuple(key[_MONTH_AND_DAY] for key, *_ in buckets),
            tuple(
                _bounds(max(since, page.span.from_ms), min(until, page.span.until_ms)) for _, since, until in buckets
            ),
            () if before is None else tuple(key for key, *_ in calendar.buckets(unit, before)),
        )

    @classmethod
    def _of_hours(cls, span: Span) -> Axis:
        keys = tuple(f"{hour:02}" for hour in range(_HOURS))
        is_plain = span.until_ms - span.from_ms == DAY_MS and span.from_ms % HOUR_MS == 0
        starts = range(span.from_ms, span.until_ms, HOUR_MS) if is_plain else ()
        pairs = tuple(_bounds(start, start + HOUR_MS) for start in starts)
        return cls("hour", keys, tuple(f"{key}:00" for key in keys), pairs, keys)

    def values(self, table: FigureTable, place: int) -> tuple[float | None, ...]:
        """The values of the table's figure at `place`, at each place of the axis."""
        return self._at(self.keys, table, place)

    def values_before(self, table: FigureTable) -> tuple[float | None, ...]:
        """The values of the first figure in the period before."""
        values = self._at(self.keys_before, table, 0)[: len(self.keys)]
        return values + (None,) * (len(self.keys) - len(values))

    @staticmethod
    def _at(keys: tuple[str, ...], table: FigureTable, place: int) -> tuple[float | None, ...]:
        found = {row.key: row.values[place].value for row in table.rows}
        nothing = 0 if table.figures[place].unit == "count" else None
        return tuple(found.get(key, nothing) for key in keys)


def _bounds(since: int, until: int) -> Pairs:
    return (("end_time_from", str(since)), ("end_time_until", str(until)))
