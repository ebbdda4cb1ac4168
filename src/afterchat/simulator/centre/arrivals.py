"""When visitors come: a Poisson process whose rate follows the hour, the weekday, the day's luck and its surges.

A surge is what contact centres live in fear of: a courier fails or a sale begins, and for half an hour three times as
many come, most of them about the same thing.
Hours are those of the shop, which lies in China and knows no summer time.
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.simulator.centre.draws import Chance

__all__ = ["DAY_MS", "HOUR_MS", "MINUTE_MS", "Arrivals", "day_of", "moment_of", "time_of_day", "weekday_of"]

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

_ZONE_MS = 8 * HOUR_MS
_FIRST_WEEKDAY = 3
"""Day 0 was a Thursday; Monday is 0."""

# fmt: off
_HOURS = (
    9, 5, 3, 2, 2, 3, 6, 12, 27, 52, 70, 68,
    76, 64, 56, 55, 54, 50, 47, 62, 76, 72, 44, 22,
)
"""Visitors by hour from midnight on: a peak before lunch and through it, another one in the evening."""
# fmt: on
_WEEKDAYS = (112, 105, 100, 98, 102, 96, 87)
"""Visitors by weekday from Monday on."""

_SLOT_MS = 15 * MINUTE_MS
_LUCK = (85, 115)
"""A day has so many per cent of the visitors that it should have, least and most."""
_SURGES = (1, 2)
_SURGE_HOURS = (9, 21)
_SURGE_MINUTES = (20, 45)
_SURGE_TIMES = (2.0, 4.5)


class _Surge(NamedTuple):
    begin_at: int
    end_at: int
    times: float
    """So many times the usual number of visitors."""
    group: int
    """What most of them come for."""


def day_of(at: int) -> int:
    """Which day it is, counted from 1970-01-01, by the shop's clock."""
    return (at + _ZONE_MS) // DAY_MS


def time_of_day(at: int) -> int:
    """Milliseconds since the shop's midnight."""
    return (at + _ZONE_MS) % DAY_MS


def weekday_of(day: int) -> int:
    """0 Monday to 6 Sunday."""
    return (day + _FIRST_WEEKDAY) % 7


def moment_of(day: int, since_midnight: int) -> int:
    """Epoch ms of a time of day of the shop."""
    return day * DAY_MS + since_midnight - _ZONE_MS


class Arrivals:
    """Moments at which visitors come, `visits_per_day` on the mean of a week."""

    __slots__ = ("_chance", "_day", "_groups", "_luck", "_surges", "_visits_per_day")

    def __init__(self, chance: Chance, visits_per_day: float, groups: range) -> None:
        self._chance = chance
        self._visits_per_day = visits_per_day
        self._groups = groups
        """What a surge can be about."""
        self._day = -1
        self._luck = 1.0
        self._surges: list[_Surge] = []

    def after(self, at: int) -> int:
        """When the next visitor comes."""
        owed = self._chance.exponential()
        while True:
            self._look_at_the_day(at)
            rate = self._rate(at)
            slot_end_at = at - at % _SLOT_MS + _SLOT_MS
            expected = rate * (slot_end_at - at)
            if expected >= owed:
                return at + int(owed / rate)
            owed -= expected
            at = slot_end_at

    def surge_group(self, at: int) -> int | None:
        """What most visitors come for just now; None on a quiet hour."""
        return next((surge.group for surge in self._surges if surge.begin_at <= at < surge.end_at), None)

    def _rate(self, at: int) -> float:
        """Visitors a millisecond, constant within a slot."""
        slot_at = at - at % _SLOT_MS
        hour, past = divmod(time_of_day(slot_at), HOUR_MS)
        weight = _HOURS[hour] + (_HOURS[(hour + 1) % 24] - _HOURS[hour]) * past / HOUR_MS
        weekday = _WEEKDAYS[weekday_of(day_of(at))] * 7 / sum(_WEEKDAYS)
        rate = self._visits_per_day * weight / sum(_HOURS) / HOUR_MS * weekday * self._luck
        for surge in self._surges:
            if surge.begin_at <= slot_at < surge.end_at:
                rate *= surge.times
        return rate

    def _look_at_the_day(self, at: int) -> None:
        """Draw what a new day will be like."""
        day = day_of(at)
        if day == self._day:
            return
        chance = self._chance
        self._day = day
        self._luck = chance.between(*_LUCK) / 100
        self._surges = []
        for _ in range(chance.between(*_SURGES)):
            begin_at = moment_of(day, chance.between(*_SURGE_HOURS) * HOUR_MS + chance.between(0, 3) * _SLOT_MS)
            end_at = begin_at + chance.between(*_SURGE_MINUTES) * MINUTE_MS
            least, most = _SURGE_TIMES
            times = least + (most - least) * chance.random()
            self._surges.append(_Surge(begin_at, end_at, times, chance.pick(self._groups)))
