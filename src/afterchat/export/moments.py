"""Many moments at a time as the clock of a zone shows them: epoch milliseconds to days, hours and text.

Offsets are asked of the zone once for each quarter of an hour, on whose edges every change of clocks lies since 1972;
older moments are asked one by one.

A moment that is none (0 or less) or beyond the years 1970 to 9999 is not known: it shows as nothing.

What does not belong here: what a moment means.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

__all__ = ["LocalMoments", "WallClock"]

_Int64s = NDArray[np.int64]

_MS_PER_SECOND = 1000
_SECONDS_PER_HOUR = 3600
_SECONDS_PER_DAY = 86_400
_QUARTER_SECONDS = 900
_QUARTERS_BEGIN = 63_158_400
"""1972-01-02: from there on every zone's offset changes on a quarter of an hour of UTC (Liberia was the last)."""
_QUARTERS_MAX = 50_000
_OFFSETS_MAX = 50_000
"""More than a year's quarters of an hour; a few MB."""
_LAST_SECOND = 253_402_214_400
"""9999-12-31 00:00 UTC: whatever the zone, the year has four digits."""
_SERIAL_OF_EPOCH = 25_569
_THURSDAY = 3
"""Day 0 was one, counted from Monday."""
_TEXT = np.frombuffer(b"0000-00-00 00:00:00", np.uint8)


class LocalMoments:
    """Moments on the wall of one zone."""

    def __init__(self, seconds: _Int64s, is_known: NDArray[np.bool_]) -> None:
        self._seconds = seconds
        self.is_known = is_known
        """False where there is no moment; every other answer is then meaningless."""

    def __len__(self) -> int:
        return len(self._seconds)

    def hours(self) -> _Int64s:
        """0 to 23."""
        return self._seconds % _SECONDS_PER_DAY // _SECONDS_PER_HOUR

    def weekdays(self) -> _Int64s:
        """1 Monday to 7 Sunday."""
        return (self._seconds // _SECONDS_PER_DAY + _THURSDAY) % 7 + 1

    def days(self) -> list[str]:
        """`2026-01-31`, empty where there is no moment."""
        width = len("2026-01-31")
        days = np.ascontiguousarray(self.letters()[:, :width]).view(f"S{width}").ravel()
        return [day.decode("ascii") for day in days.tolist()]

    def letters(self, around: bytes = b"") -> NDArray[np.uint8]:
        """`2026-01-31 08:00:00` between `around`, a row of ASCII for each; NULs between it where there is no moment."""
        edge = len(around)
        letters = np.full((len(self._seconds), len(_TEXT) + 2 * edge), ord(around or b" "), np.uint8)
        letters[:, edge : edge + len(_TEXT)] = np.where(self.is_known[:, None], _digits(self._seconds), 0)
        return letters

    def serials(self) -> NDArray[np.float64]:
        """Days since 1899-12-30, as spreadsheets count them."""
        return self._seconds / _SECONDS_PER_DAY + _SERIAL_OF_EPOCH


class WallClock:
    """The clock on the wall of one zone; remembers offsets, so one is made for a whole export."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._offsets: dict[int, int] = {}

    def local(self, at_ms: _Int64s) -> LocalMoments:
        """Those epoch milliseconds on this wall."""
        seconds = at_ms // _MS_PER_SECOND
        is_known = (at_ms > 0) & (seconds < _LAST_SECOND)
        seconds = np.where(is_known, seconds, seconds[np.argmax(is_known)] if is_known.any() else 0)
        return LocalMoments(seconds + self._offsets_of(seconds), is_known)

    def _offsets_of(self, seconds: _Int64s) -> _Int64s:
        if not len(seconds):
            return seconds
        first, last = int(seconds.min()), int(seconds.max())
        if first < _QUARTERS_BEGIN or last - first > _QUARTER_SECONDS * _QUARTERS_MAX:
            return self._offsets_one_by_one(seconds)
        quarters = seconds // _QUARTER_SECONDS - first // _QUARTER_SECONDS
        is_asked = np.zeros(int(quarters.max()) + 1, np.bool_)
        is_asked[quarters] = True
        asked = np.flatnonzero(is_asked)
        of_quarter = np.zeros(len(is_asked), np.int64)
        starts = (asked + first // _QUARTER_SECONDS) * _QUARTER_SECONDS
        of_quarter[asked] = [self._offset(second) for second in starts.tolist()]
        return of_quarter[quarters]

    def _offsets_one_by_one(self, seconds: _Int64s) -> _Int64s:
        """For moments before there were quarters, or so far apart that a table of quarters would be large."""
        quarters = seconds // _QUARTER_SECONDS * _QUARTER_SECONDS
        asked, places = np.unique(np.where(seconds < _QUARTERS_BEGIN, seconds, quarters), return_inverse=True)
        return np.array([self._offset(second) for second in asked.tolist()], np.int64)[places]

    def _offset(self, second: int) -> int:
        offset = self._offsets.get(second)
        if offset is None:
            moment = datetime.fromtimestamp(second, UTC).astimezone(self.zone)
            offset = (moment.utcoffset() or timedelta()) // timedelta(seconds=1)
            if len(self._offsets) >= _OFFSETS_MAX:
                self._offsets.clear()
            self._offsets[second] = offset
        return offset


def _digits(seconds: _Int64s) -> NDArray[np.uint8]:
    """One row of letters for each: `YYYY-MM-DD hh:mm:ss`."""
    days = (seconds // _SECONDS_PER_DAY).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_day = (seconds % _SECONDS_PER_DAY).astype(np.uint32)
    month_numbers = months.astype(np.int64)
    years = (month_numbers // 12 + 1970).astype(np.uint32)
    letters = np.tile(_TEXT, (len(seconds), 1))
    parts = (
        (0, years // 100),
        (2, years % 100),
        (5, (month_numbers % 12 + 1).astype(np.uint32)),
        (8, ((days - months.astype("datetime64[D]")).astype(np.int64) + 1).astype(np.uint32)),
        (11, of_day // 3600),
        (14, of_day // 60 % 60),
        (17, of_day % 60),
    )
    for place, numbers in parts:
        tens = numbers // 10
        letters[:, place] += tens.astype(np.uint8)
        letters[:, place + 1] += (numbers - tens * 10).astype(np.uint8)
    return letters
