"""Was it solved: as staff marked it, and as the visitor saw it."""

from __future__ import annotations

from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Share
from afterchat.figures.rows import Population, one_of
from afterchat.figures.subjects.sessions import RECEIVED

__all__ = ["FIGURES"]

_MARKED = Population(
    "marked",
    "客服已标记的会话（status 为 0、1 或 2）",
    "sessions that staff marked (status 0, 1 or 2)",
    ("status",),
    lambda rows: one_of(rows.numbers("status"), 0, 1, 2),
)
_SOLVED = Population(
    "solved",
    "客服标记已解决的会话（status 为 1）",
    "sessions that staff marked as solved (status 1)",
    ("status",),
    lambda rows: rows.numbers("status") == 1,
)
_IN_PROGRESS = Population(
    "in_progress",
    "客服标记解决中的会话（status 为 2）",
    "sessions that staff marked as in progress (status 2)",
    ("status",),
    lambda rows: rows.numbers("status") == 2,
)
_VISITOR_SAID = Population(
    "visitor_said",
    "访客已选择的会话（userResolvedStatus 为 1 或 2）",
    "sessions whose visitor said whether it was solved (userResolvedStatus 1 or 2)",
    ("user_resolved_status",),
    lambda rows: one_of(rows.numbers("user_resolved_status"), 1, 2),
)
_SOLVED_BY_VISITOR = Population(
    "solved_by_visitor",
    "访客认为已解决的会话（userResolvedStatus 为 1）",
    "sessions solved in the visitor's view (userResolvedStatus 1)",
    ("user_resolved_status",),
    lambda rows: rows.numbers("user_resolved_status") == 1,
)
_NOT_SOLVED_BY_VISITOR = Population(
    "not_solved_by_visitor",
    "访客认为未解决的会话（userResolvedStatus 为 2）",
    "sessions not solved in the visitor's view (userResolvedStatus 2)",
    ("user_resolved_status",),
    lambda rows: rows.numbers("user_resolved_status") == 2,
)
_DISPUTED = Population(
    "disputed",
    "客服标记已解决而访客认为未解决的会话（status 为 1、userResolvedStatus 为 2）",
    "sessions solved by staff's mark but not in the visitor's view (status 1, userResolvedStatus 2)",
    ("status", "user_resolved_status"),
    lambda rows: rows.of(_SOLVED) & rows.of(_NOT_SOLVED_BY_VISITOR),
)

FIGURES = (
    Figure("solved", "客服标记已解决", "Solved, by staff", Count(RECEIVED, _SOLVED)),
    Figure("solved_share", "客服标记解决率", "Solved share, by staff", Share(RECEIVED, _SOLVED, _MARKED)),
    Figure("in_progress", "客服标记解决中", "In progress, by staff", Count(RECEIVED, _IN_PROGRESS)),
    Figure("marked_share", "解决状态标记率", "Share marked by staff", Share(RECEIVED, _MARKED)),
    Figure("solved_by_visitor", "访客认为已解决", "Solved, by the visitor", Count(RECEIVED, _SOLVED_BY_VISITOR)),
    Figure(
        "solved_by_visitor_share",
        "访客认可的解决率",
        "Solved share, by the visitor",
        Share(RECEIVED, _SOLVED_BY_VISITOR, _VISITOR_SAID),
    ),
    Figure("solved_disputed", "解决状态有分歧", "Solved or not: disputed", Count(RECEIVED, _DISPUTED)),
)
