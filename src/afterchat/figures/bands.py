"""Durations in bands, for charts of how they are distributed: up to 5 s, 10 s ... half an hour and more.

A band holds durations from its lower bound on and below the next one's; what is no duration (negative) has its own.
Bands are narrow where people wait and wide where they have long left.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from afterchat.figures.calendar import Calendar
from afterchat.figures.group_words import Pairs, Words
from afterchat.figures.rows import PartRows
from afterchat.figures.splitting import Split, Splitter, factorised

__all__ = ["BANDS_MS", "NO_DURATION", "band", "band_pairs", "by_band"]

BANDS_MS = tuple(seconds * 1000 for seconds in (0, 5, 10, 20, 30, 60, 120, 300, 600, 1800))
"""Lower bounds, ascending."""
NO_DURATION = -1
_MINUTE_MS = 60_000
_NEXT = {**dict(pairwise(BANDS_MS)), NO_DURATION: 0}


def by_band(name: str) -> Splitter:
    """By a column of milliseconds."""
    keys = np.array((NO_DURATION, *BANDS_MS), dtype=np.int64)

    def split(rows: PartRows, _: Calendar) -> Split:
        values = rows.numbers(name)
        return factorised(keys[np.searchsorted(keys[1:], values, side="right")])

    return split


def band(key: int, _: str) -> Words:
    """From here to there."""
    if key == NO_DURATION:
        return Words(str(key), "无时长", "no duration")
    if key not in _NEXT:
        return Words(str(key), f"{_shown(key, 'zh')}以上", f"{_shown(key, 'en')} and more")
    zh, en = (f"{_shown(key, one)}–{_shown(_NEXT[key], one)}" for one in ("zh", "en"))
    return Words(str(key), zh, en)


def band_pairs(name: str) -> Callable[[Any, list[Any], Calendar], Pairs | None]:
    """The bounds of the band."""

    def pairs(key: int, _values: list[Any], _calendar: Calendar) -> Pairs | None:
        since = () if key == NO_DURATION else ((f"{name}_from", str(key)),)
        return (*since, (f"{name}_until", str(_NEXT[key]))) if key in _NEXT else since

    return pairs


def _shown(milliseconds: int, language: str) -> str:
    is_minutes = milliseconds >= _MINUTE_MS
    number = milliseconds // (_MINUTE_MS if is_minutes else 1000)
    if language == "zh":
        return f"{number}{'分' if is_minutes else '秒'}"
    return f"{number} {'min' if is_minutes else 's'}"
