"""How long sessions took, and how long staff kept them pinned."""

from __future__ import annotations

import numpy as np

from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Mean, Percentile, Share
from afterchat.figures.rows import Bools, Ints, Population, Quantity, Rows
from afterchat.figures.subjects.sessions import PERSON, RECEIVED

__all__ = ["FIGURES"]


def _length(rows: Rows) -> Ints:
    return np.where(_has_length(rows), rows.numbers("end_time") - rows.numbers("start_time"), 0)


def _has_length(rows: Rows) -> Bools:
    start = rows.numbers("start_time")
    return (start > 0) & (rows.numbers("end_time") >= start)


LENGTH = Quantity(
    "length",
    "会话时长（endTime − startTime）",
    "session length (endTime − startTime)",
    "ms",
    ("start_time", "end_time"),
    "startTime ≤ 0 或 endTime < startTime 的",
    "those whose startTime is 0 or less, or whose endTime lies before it",
    _length,
    _has_length,
)
PINNED_FOR = Quantity(
    "pinned_for",
    "置顶时长（stickDuration）",
    "time pinned (stickDuration)",
    "ms",
    ("stick_duration",),
    "",
    "",
    lambda rows: rows.numbers("stick_duration"),
    lambda rows: rows.numbers("stick_duration") >= 0,
)
_PINNED = Population(
    "pinned",
    "被置顶过的人工会话（interaction 为 0、stickDuration > 0）",
    "pinned sessions for a person (interaction 0, stickDuration > 0)",
    ("interaction", "stick_duration"),
    lambda rows: rows.of(PERSON) & (rows.numbers("stick_duration") > 0),
)

FIGURES = (
    Figure("length_mean", "平均会话时长", "Mean session length", Mean(RECEIVED, LENGTH)),
    Figure("length_p50", "会话时长 P50", "Session length, p50", Percentile(RECEIVED, LENGTH, 50)),
    Figure("length_p90", "会话时长 P90", "Session length, p90", Percentile(RECEIVED, LENGTH, 90)),
    Figure("length_p95", "会话时长 P95", "Session length, p95", Percentile(RECEIVED, LENGTH, 95)),
    Figure("length_max", "最长会话时长", "Longest session", Percentile(RECEIVED, LENGTH, 100)),
    Figure("pinned", "被置顶的会话", "Pinned sessions", Count(_PINNED)),
    Figure("pinned_share", "置顶率", "Pinned share", Share(PERSON, _PINNED)),
    Figure("pinned_mean", "平均置顶时长", "Mean time pinned", Mean(_PINNED, PINNED_FOR)),
    Figure("pinned_max", "最长置顶时长", "Longest time pinned", Percentile(_PINNED, PINNED_FOR, 100)),
)
