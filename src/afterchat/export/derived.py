"""Derived columns of an export: what an analyst would compute first, computed once and said in words.

Each line of DERIVED is a column with its meaning; a value that cannot be known is none, never 0.

What does not belong here: figures over many sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterchat.contract.record import COUNT, DURATION
from afterchat.export.batch import Batch, Coded
from afterchat.export.moments import WallClock

__all__ = ["DERIVED", "RATING_SENSES", "Derived", "Numbers"]


class Numbers(NamedTuple):
    """Whole or broken numbers, some of which are none."""

    values: NDArray[Any]
    is_known: NDArray[np.bool_]

    def optional(self) -> list[Any]:
        """As Python values, None for none."""
        values: list[Any] = self.values.tolist()
        for place in np.flatnonzero(~self.is_known).tolist():
            values[place] = None
        return values


class Derived(NamedTuple):
    """One derived column."""

    name: str
    kind: str
    """`count` (whole, may be none), `share` (0 to 1, may be none) or `word`."""
    unit: str
    zh: str
    en: str
    read: Callable[[Batch, WallClock], Numbers | Sequence[str]]


RATING_SENSES: Mapping[tuple[int, int], str] = MappingProxyType(
    {
        (2, 1): "negative",
        (2, 100): "positive",
        (3, 1): "negative",
        (3, 50): "neutral",
        (3, 100): "positive",
        (5, 1): "negative",
        (5, 25): "negative",
        (5, 50): "neutral",
        (5, 75): "positive",
        (5, 100): "positive",
    }
)
"""(model, rating) to what it says; anything else is no rating, as the vendor's page has it."""

_NO_RATING = "none"
_SHARE_DIGITS = 6


def _session_ms(batch: Batch, _clock: WallClock) -> Numbers:
    start, end = batch.numbers("start_time"), batch.numbers("end_time")
    is_known = (start > 0) & (end >= start)
    return Numbers(np.where(is_known, end - start, 0), is_known)


def _wait_share(batch: Batch, clock: WallClock) -> Numbers:
    length, is_known = _session_ms(batch, clock)
    wait = batch.numbers("in_queue_time").astype(np.float64)
    whole = wait + length
    is_known = is_known & (wait >= 0) & (whole > 0)
    return Numbers(np.round(wait / np.where(is_known, whole, 1), _SHARE_DIGITS), is_known)


def _end_day(batch: Batch, clock: WallClock) -> Sequence[str]:
    return clock.local(batch.moments("end_time")).days()


def _end_hour(batch: Batch, clock: WallClock) -> Numbers:
    local = clock.local(batch.moments("end_time"))
    return Numbers(local.hours(), local.is_known)


def _end_weekday(batch: Batch, clock: WallClock) -> Numbers:
    local = clock.local(batch.moments("end_time"))
    return Numbers(local.weekdays(), local.is_known)


def _rating_sense(batch: Batch, _clock: WallClock) -> Sequence[str]:
    return _senses(batch).each()


def _senses(batch: Batch) -> Coded:
    ratings = batch.ratings()
    return Coded(ratings.codes, [RATING_SENSES.get(rated, _NO_RATING) for rated in ratings.values])


def _rating_delay_ms(batch: Batch, _clock: WallClock) -> Numbers:
    rated_at, end = batch.moments("user_join_evaluate_time"), batch.numbers("end_time")
    senses = _senses(batch)
    is_rated = np.array([sense != _NO_RATING for sense in senses.values], np.bool_)[senses.codes]
    is_known = is_rated & (rated_at > 0) & (end > 0)
    return Numbers(np.where(is_known, rated_at - end, 0), is_known)


def _is_late_rating(batch: Batch, clock: WallClock) -> Numbers:
    delay, is_known = _rating_delay_ms(batch, clock)
    return Numbers((delay > 0).astype(np.int64), is_known)


def _zone(batch: Batch, clock: WallClock) -> Sequence[str]:
    return (clock.zone.key,) * len(batch)


DERIVED = (
    Derived(
        "session_ms",
        "count",
        DURATION,
        "会话时长：结束减开始；任一时刻缺失或颠倒时为空",
        "Session length, end less start; empty when a moment is missing or they are the wrong way round",
        _session_ms,
    ),
    Derived(
        "wait_share",
        "share",
        "",
        "排队时长占（排队时长 + 会话时长）的比例",
        "Wait as a share of wait plus session length",
        _wait_share,
    ),
    Derived("end_day", "word", "", "结束日期（所选时区）", "Day of the end, in the zone", _end_day),
    Derived(
        "end_hour", "count", COUNT, "结束的小时 0–23（所选时区）", "Hour of the end, 0 to 23, in the zone", _end_hour
    ),
    Derived(
        "end_weekday",
        "count",
        COUNT,
        "结束的星期 1–7，1 为周一（所选时区）",
        "Weekday of the end, 1 Monday to 7 Sunday, in the zone",
        _end_weekday,
    ),
    Derived(
        "rating_sense",
        "word",
        "",
        "评价倾向：positive、neutral、negative，未评价为 none；五级评价中 75 与 100 为好评",
        "What the rating says within its model: positive, neutral, negative, or none; 75 and 100 of five are positive",
        _rating_sense,
    ),
    Derived(
        "rating_delay_ms",
        "count",
        DURATION,
        "参评时间减结束时间；未评价时为空",
        "Moment of the rating less the end; empty without a rating",
        _rating_delay_ms,
    ),
    Derived(
        "is_late_rating",
        "count",
        "",
        "是否在会话结束后才评价：1 是，0 否，未评价为空",
        "Whether it was rated after the end: 1 yes, 0 no, empty without a rating",
        _is_late_rating,
    ),
    Derived("zone", "word", "", "_local 与 end_ 各列所用的时区", "Time zone of the _local and end_ columns", _zone),
)
"""Every derived column, in the order of the export."""
