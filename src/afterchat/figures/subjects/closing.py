"""Who ended the sessions, and how; every single reason is told by the grouping `close_reason`."""

from __future__ import annotations

from afterchat.contract.vocabulary import CODED_SETS
from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Share
from afterchat.figures.rows import Population, one_of
from afterchat.figures.subjects.sessions import PERSON

__all__ = ["FIGURES"]

_SAYS_ENDER = Population(
    "says_ender",
    "写明结束方的会话（ender 为 1、2 或 3）",
    "sessions that say who ended them (ender 1, 2 or 3)",
    ("ender",),
    lambda rows: one_of(rows.numbers("ender"), 1, 2, 3),
)
_REASONS = {4: "staff_lost", 8: "timed_out", 10: "silent_visitor", 2: "visitor_silent_too_long"}
"""Reasons that a manager watches by themselves -> end of the id."""


def _ended_by(ender: int, identity: str, zh: str, en: str) -> Figure:
    ended = Population(
        f"ended_by_{identity}",
        f"由{zh}结束的会话（ender 为 {ender}）",
        f"sessions that the {en} ended (ender {ender})",
        ("ender",),
        lambda rows: rows.numbers("ender") == ender,
    )
    return Figure(
        f"ended_by_{identity}_share", f"{zh}结束占比", f"Ended by the {en}", Share(PERSON, ended, _SAYS_ENDER)
    )


def _closed_as(reason: int, identity: str) -> Figure:
    zh, en = (CODED_SETS["closeReason"].label(reason, language) for language in ("zh", "en"))
    closed = Population(
        f"closed_{identity}",
        f"{zh}的会话（closeReason 为 {reason}）",
        f"sessions with closeReason {reason} ({en})",
        ("close_reason",),
        lambda rows: rows.numbers("close_reason") == reason,
    )
    return Figure(f"closed_{identity}", zh, f"Closed: {en}", Count(PERSON, closed))


FIGURES = (
    _ended_by(1, "visitor", "访客", "visitor"),
    _ended_by(2, "staff", "客服", "staff"),
    _ended_by(3, "system", "系统", "system"),
    *(_closed_as(reason, identity) for reason, identity in _REASONS.items()),
)
