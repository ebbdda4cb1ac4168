"""Days, weeks and hours of an IANA zone, right on days of 23, 24.5 and 25 hours.

Rules
- A day begins with the first instant that has its date, and lasts until the next day begins.
  So days meet without a gap or an overlap, even where the clock goes back across midnight.
- A week begins on Monday.
- Hour and weekday are those of the clock on the wall: on a day of 25 hours one hour of the clock is two hours long.
- Only moments from 1970 until 2500 have a date; 0 and less is none, and what lies beyond is no moment of anybody's.
- What a zone says is asked once for each day that occurs, and looked up for all sessions of that day.

What does not belong here: which day it is now; whoever asks says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from afterchat.figures.rows import Bools, Codes, Ints

__all__ = ["DATED_UNTIL_MS", "DAY_MS", "HOUR_MS", "NO_DATE", "SPANS", "Calendar", "Span", "day_key"]

HOUR_MS = 3_600_000
DAY_MS = 86_400_000
DATED_UNTIL_MS = 16_725_225_600_000
"""2500-01-01 UTC; the vendor's own sample lies in 2414."""

NO_DATE = -1000
"""Stands for the day, week, hour or weekday of a moment without a date; no day is so long before 1970."""

_EPOCH_DAY = date(1970, 1, 1)
_DAYS_PER_WEEK = 7
_MONDAY_OFFSET = 3
"""1970-01-01 was a Thursday."""
_LAST_DAYS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}

SPANS = ("today", "yesterday", "7d", "30d", "90d", "this_week", "this_month")
"""Spans that have a name; those that end today last until the end of today."""


class Span(NamedTuple):
    """Moments from `from_ms` until before `until_ms`."""

    from_ms: int
    until_ms: int


class Calendar:
    """The calendar of one zone; remembers what it asked the zone, so use one for one evaluation."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._starts: dict[int, int] = {}
        self._offsets: dict[int, int] = {}
        self._changes: dict[int, int] = {}

    def days(self, moments: Ints) -> Ints:
        """Each moment's day, as days since 1970-01-01."""
        is_dated = self.is_dated(moments)
        candidates = sorted({day + near for day in _present(moments[is_dated] // DAY_MS) for near in (-1, 0, 1, 2)})
        if not candidates:
            return np.full(moments.shape, NO_DATE, dtype=np.int64)
        starts = np.array([self.day_start(day) for day in candidates], dtype=np.int64)
        found = np.array(candidates, dtype=np.int64)[np.searchsorted(starts, moments, side="right") - 1]
        return np.where(is_dated, found, NO_DATE)

    def weeks(self, moments: Ints) -> Ints:
        """The Monday of each moment's week, as days since 1970-01-01."""
        days = self.days(moments)
        return np.where(days == NO_DATE, NO_DATE, days - (days + _MONDAY_OFFSET) % _DAYS_PER_WEEK)

    def hours(self, moments: Ints) -> Ints:
        """The hour on the wall, 0 to 23."""
        return np.where(self.is_dated(moments), self._wall(moments) // HOUR_MS % 24, NO_DATE)

    def weekdays(self, moments: Ints) -> Ints:
        """The weekday on the wall, 1 Monday to 7 Sunday."""
        weekdays = (self._wall(moments) // DAY_MS + _MONDAY_OFFSET) % _DAYS_PER_WEEK + 1
        return np.where(self.is_dated(moments), weekdays, NO_DATE)

    @staticmethod
    def is_dated(moments: Ints) -> Bools:
        """Which moments have a date."""
        return (moments > 0) & (moments < DATED_UNTIL_MS)

    def day_start(self, day: int) -> int:
        """The first instant of that day, epoch ms."""
        found = self._starts.get(day)
        if found is None:
            found = self._starts[day] = self.instant(_EPOCH_DAY + timedelta(days=day))
        return found

    def day_of(self, moment_ms: int) -> int:
        """The day of one moment, as days since 1970-01-01."""
        return int(self.days(np.array([moment_ms], dtype=np.int64))[0])

    def instant(self, day: date) -> int:
        """The first instant of a date, epoch ms.

        A midnight that the clock skips is the instant at which it skips; of two midnights the first counts.
        """
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)

    def buckets(self, unit: str, span: Span) -> list[tuple[str, int, int]]:
        """Every `day` or `week` of a span: its key as the groupings have it, its first instant, the next one's.

        For charts, which show a day without sessions too; a span outside the calendar has none.
        """
        from_ms, until_ms = max(1, span.from_ms), min(span.until_ms, DATED_UNTIL_MS)
        if from_ms >= until_ms:
            return []
        step = _DAYS_PER_WEEK if unit == "week" else 1
        first, last = self.day_of(from_ms), self.day_of(until_ms - 1)
        if unit == "week":
            first -= (first + _MONDAY_OFFSET) % _DAYS_PER_WEEK
        days = range(first, last + 1, step)
        bounds = [(day_key(day), self.day_start(day), self.day_start(day + step)) for day in days]
        return [(key, begin, end) for key, begin, end in bounds if begin < end]

    def span(self, name: str, now_ms: int) -> Span:
        """The span of SPANS by that name. Raises KeyError for another name."""
        today = self.day_of(now_ms)
        if name in _LAST_DAYS:
            return self._from_days(today - _LAST_DAYS[name] + 1, today + 1)
        if name == "yesterday":
            return self._from_days(today - 1, today)
        if name == "this_week":
            monday = today - (today + _MONDAY_OFFSET) % _DAYS_PER_WEEK
            return self._from_days(monday, monday + _DAYS_PER_WEEK)
        if name == "this_month":
            first = (_EPOCH_DAY + timedelta(days=today)).replace(day=1)
            return Span(self.instant(first), self.instant(_next_month(first)))
        raise KeyError(name)

    def before(self, span: Span, name: str = "", now_ms: int | None = None) -> Span:
        """The span before that one, of the same kind, to compare with.

        `this_month` is compared with the month before; whole days with as many days before; else it is as long.
        If `now_ms` lies within the span, the span before ends at the same time of its day (or the month's), too:
        half a day is not compared with a whole one.
        """
        if name == "this_month":
            first = self._date(self.day_of(span.from_ms))
            return self._cut(span, Span(self.instant(_month_before(first)), span.from_ms), now_ms)
        first_day, end_day = self.day_of(span.from_ms), self.day_of(span.until_ms)
        if (self.day_start(first_day), self.day_start(end_day)) == span and first_day < end_day:
            return self._cut(span, self._from_days(2 * first_day - end_day, first_day), now_ms)
        return Span(2 * span.from_ms - span.until_ms, span.from_ms)

    def _cut(self, span: Span, before: Span, now_ms: int | None) -> Span:
        if now_ms is None or not span.from_ms <= now_ms < span.until_ms:
            return before
        now_day = self.day_of(now_ms)
        day = now_day - self.day_of(span.from_ms) + self.day_of(before.from_ms)
        until_ms = self.day_start(day) + now_ms - self.day_start(now_day)
        return Span(before.from_ms, min(before.until_ms, until_ms, self.day_start(day + 1)))

    def _from_days(self, first: int, end: int) -> Span:
        return Span(self.day_start(first), self.day_start(end))

    @staticmethod
    def _date(day: int) -> date:
        return _EPOCH_DAY + timedelta(days=day)

    def _wall(self, moments: Ints) -> Ints:
        """What the clock on the wall shows, as if it were UTC."""
        is_dated = self.is_dated(moments)
        safe = np.where(is_dated, moments, 0)
        begins, offsets = self._offset_table(_present(safe[is_dated] // DAY_MS))
        if len(begins) <= 1:
            return safe + (offsets[0] if offsets else 0)
        places = np.searchsorted(np.array(begins, dtype=np.int64), safe, side="right") - 1
        return safe + np.array(offsets, dtype=np.int64)[places]

    def _offset_table(self, days: Iterable[int]) -> tuple[list[int], list[int]]:
        """Instants from which on another offset holds, for moments of these UTC days, and those offsets in ms."""
        begins: list[int] = []
        offsets: list[int] = []
        for day in days:
            begin, end = day * DAY_MS, (day + 1) * DAY_MS
            changes = [(begin, self._offset(begin))]
            if self._offset(end) != changes[0][1]:
                changes.append((self._change(day), self._offset(end)))
            for instant, offset in changes:
                if not offsets or offset != offsets[-1]:
                    begins.append(instant)
                    offsets.append(offset)
        if begins:
            begins[0] = 0
        return begins, offsets

    def _change(self, day: int) -> int:
        """The second of that UTC day at which the offset changes; no zone ever changed it twice in a day."""
        found = self._changes.get(day)
        if found is None:
            low, high = day * DAY_MS // 1000, (day + 1) * DAY_MS // 1000
            before = self._offset(low * 1000)
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self._ask(middle * 1000) == before else (low, middle)
            found = self._changes[day] = high * 1000
        return found

    def _offset(self, moment_ms: int) -> int:
        found = self._offsets.get(moment_ms)
        if found is None:
            found = self._offsets[moment_ms] = self._ask(moment_ms)
        return found

    def _ask(self, moment_ms: int) -> int:
        offset = datetime.fromtimestamp(moment_ms // 1000, self.zone).utcoffset()
        return 0 if offset is None else offset // timedelta(milliseconds=1)


def day_key(day: int) -> str:
    """`2026-03-29` of a day since 1970-01-01."""
    return (_EPOCH_DAY + timedelta(days=day)).isoformat()


def _present(days: Ints) -> list[int]:
    """The days that occur, ascending; there are at most as many as until 2500."""
    if not days.size:
        return []
    least = int(days.min())
    counts: Codes = np.bincount(days - least)
    return [least + int(day) for day in np.flatnonzero(counts)]


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _month_before(first: date) -> date:
    return (first - timedelta(days=1)).replace(day=1)
