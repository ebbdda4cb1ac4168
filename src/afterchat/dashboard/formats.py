"""How numbers, shares, durations and moments are written, in both languages; every page writes them through here.

Rules
- Total: whatever a record holds gives a text, hostile numbers included; what is not there is `NONE`.
- Widths do not jump: fixed digits after the point, groups of three, moments as year-month-day in either language.
- A duration is written with its two largest units, and with tenths below ten seconds.

What does not belong here: what a number means (`figures`), which words stand beside it (`words`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

__all__ = ["NONE", "Formats"]

NONE = "–"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_WEEKDAYS = (
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
)
_UNITS = (("天", "小时", "分", "秒", "毫秒"), (" d", " h", " min", " s", " ms"))
_SIZES = ("B", "KB", "MB", "GB", "TB")
_KIBI = 1024

Number = int | float


@dataclass(frozen=True, slots=True)
class Formats:
    """The way of writing of one reader."""

    language: str
    """`zh`, else English."""
    zone: tzinfo

    @property
    def _index(self) -> int:
        return 0 if self.language == "zh" else 1

    def value(self, value: Number | None, unit: str) -> str:
        """A figure by its unit: `count`, `ms`, `share` (0 to 1), `ratio` or `points`."""
        if unit == "ms":
            return self.duration(value)
        if unit == "share":
            return self.share(value)
        return self.count(value) if unit == "count" and isinstance(value, int) else self.decimal(value)

    def count(self, count: int | None) -> str:
        """`1234567` -> `1,234,567`."""
        return NONE if count is None else f"{count:,}"

    def decimal(self, value: Number | None, places: int = 1) -> str:
        """`1234.56` -> `1,234.6`."""
        if value is None or not math.isfinite(value):
            return NONE
        text = f"{value:,.{places}f}"
        return text.removeprefix("-") if not text.strip("-0.,") else text

    def share(self, share: float | None, places: int = 1) -> str:
        """`0.1234` -> `12.3%`."""
        text = NONE if share is None else self.decimal(share * 100, places)
        return text if text == NONE else text + "%"

    def duration(self, milliseconds: Number | None) -> str:
        """`83_000` -> `1 min 23 s`, `1分23秒`."""
        if milliseconds is None or not math.isfinite(milliseconds):
            return NONE
        rounded = round(milliseconds)
        sign, size = ("-", -rounded) if rounded < 0 else ("", rounded)
        units = _UNITS[self._index]
        day, hour, minute, second, milli = units
        if size < _SECOND:
            return f"{sign}{size}{milli}"
        if size < 10 * _SECOND:
            return f"{sign}{_tenths(size)}{second}"
        seconds = (size + 500) // _SECOND
        parts = (
            (seconds // 86_400, day),
            (seconds // 3_600 % 24, hour),
            (seconds // 60 % 60, minute),
            (seconds % 60, second),
        )
        first = next(index for index, (number, _) in enumerate(parts) if number)
        shown = [f"{number:,}{unit}" for number, unit in parts[first : first + 2] if number]
        return sign + ("" if self.language == "zh" else " ").join(shown)

    def change(self, difference: Number | None, unit: str) -> str:
        """A difference with its sign; of shares in points of a hundred: `+3.2 pts`, `+3.2个百分点`."""
        if difference is None or not math.isfinite(difference):
            return NONE
        if unit == "share":
            text = self.decimal(difference * 100) + ("个百分点" if self.language == "zh" else " pts")
        else:
            text = self.value(difference, unit)
        return text if difference <= 0 else "+" + text

    def relative(self, share: float | None) -> str:
        """A change as a share of what was before: `+12.3%`."""
        text = self.share(share)
        return "+" + text if share is not None and share > 0 and text != NONE else text

    def size(self, byte_count: int | None) -> str:
        """`1536` -> `1.5 KB`."""
        if byte_count is None:
            return NONE
        value, index = float(byte_count), 0
        while abs(value) >= _KIBI and index < len(_SIZES) - 1:
            value, index = value / _KIBI, index + 1
        return f"{value:,.{1 if index else 0}f} {_SIZES[index]}"

    def moment(self, milliseconds: int | None) -> str:
        """Date and time of day to the second; a number that is no moment is shown as it is."""
        return self._written(milliseconds, "%Y-%m-%d %H:%M:%S")

    def minute(self, milliseconds: int | None) -> str:
        """Date and time of day to the minute."""
        return self._written(milliseconds, "%Y-%m-%d %H:%M")

    def day(self, milliseconds: int | None) -> str:
        """The date alone."""
        return self._written(milliseconds, "%Y-%m-%d")

    def clock(self, milliseconds: int | None) -> str:
        """The time of day alone, to the second."""
        return self._written(milliseconds, "%H:%M:%S")

    def machine(self, milliseconds: int | None) -> str:
        """For the attribute `datetime`; empty when it is no moment."""
        at = _moment_of(milliseconds, self.zone)
        return "" if at is None else at.isoformat(timespec="milliseconds")

    def weekday(self, number: int) -> str:
        """0 is Monday."""
        return _WEEKDAYS[self._index][number]

    def ago(self, milliseconds: int | None, now: int) -> str:
        """How long before `now`: `3 min ago`, `3分前`; what is still to come counts as now."""
        if milliseconds is None:
            return NONE
        text = self.duration(max(now - milliseconds, 0) // _SECOND * _SECOND or 1_000)
        return text + ("前" if self.language == "zh" else " ago")

    def _written(self, milliseconds: int | None, pattern: str) -> str:
        if milliseconds is None:
            return NONE
        at = _moment_of(milliseconds, self.zone)
        if at is None:
            return str(milliseconds)
        return at.strftime(pattern.replace("%Y", f"{at.year:04}"))  # strftime itself does not pad years


def _moment_of(milliseconds: int | None, zone: tzinfo) -> datetime | None:
    """The moment in its zone, or None when no calendar holds it."""
    if milliseconds is None:
        return None
    try:
        return (_EPOCH + timedelta(milliseconds=milliseconds)).astimezone(zone)
    except (OverflowError, ValueError):
        return None


def _tenths(milliseconds: int) -> str:
    """`4240` -> `4.2`, `4000` -> `4`."""
    tenths = (milliseconds + 50) // 100
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"
