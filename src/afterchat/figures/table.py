"""FIGURES: every figure there is, by id, in the order in which people read them.

A page, an answer or an export names figures by these ids and takes everything else about them from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from afterchat.figures.definition import Figure
from afterchat.figures.subjects import (
    closing,
    length,
    messages,
    queue,
    rating,
    reply,
    robot,
    sessions,
    solving,
    transfer,
    visits,
)

__all__ = ["FIGURES", "SUBJECTS"]

SUBJECTS: Mapping[str, tuple[str, str, tuple[Figure, ...]]] = MappingProxyType(
    {
        "sessions": ("会话量", "Sessions", sessions.FIGURES),
        "queue": ("排队", "Queue", queue.FIGURES),
        "reply": ("响应", "Reply", reply.FIGURES),
        "length": ("时长", "Length", length.FIGURES),
        "messages": ("消息", "Messages", messages.FIGURES),
        "rating": ("满意度", "Satisfaction", rating.FIGURES),
        "solving": ("解决", "Solving", solving.FIGURES),
        "transfer": ("转接", "Transfers", transfer.FIGURES),
        "robot": ("机器人", "Robot", robot.FIGURES),
        "closing": ("结束方式", "Closing", closing.FIGURES),
        "visits": ("来访", "Visits", visits.FIGURES),
    }
)
"""Subject -> Chinese name, English name, its figures."""

FIGURES: Mapping[str, Figure] = MappingProxyType(
    {figure.id: figure for _, _, figures in SUBJECTS.values() for figure in figures}
)
