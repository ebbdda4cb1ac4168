"""Who had to queue, for how long, and who was lost."""

from __future__ import annotations

from afterchat.figures.definition import OURS, VENDOR, Figure
from afterchat.figures.measures import Count, Mean, Percentile, Share
from afterchat.figures.rows import Population, Quantity, one_of
from afterchat.figures.subjects.sessions import LOST_IN_QUEUE, PERSON, RECEIVED

__all__ = ["FIGURES", "MOMENT_FROM_MS", "WAIT"]

MOMENT_FROM_MS = 10**11
"""Three years: the wire's word can mean a moment as well as a length, and what is longer can only be a moment."""

WAIT = Quantity(
    "wait",
    "排队时长（inQueueTime）",
    "queue time (inQueueTime)",
    "ms",
    ("in_queue_time",),
    "inQueueTime 为负，或大到只能是时刻（≥ 10¹¹）的",
    "those whose inQueueTime is negative or so great that it must be a moment (≥ 10¹¹)",
    lambda rows: rows.numbers("in_queue_time"),
    lambda rows: (rows.numbers("in_queue_time") >= 0) & (rows.numbers("in_queue_time") < MOMENT_FROM_MS),
)
_QUEUED = Population(
    "queued",
    "曾排队的人工会话（interaction 为 0，且 inQueueTime > 0、sType 为 3 或 closeReason 为 11、12、13）",
    "sessions for a person that queued (interaction 0, and inQueueTime > 0, sType 3 or closeReason 11, 12 or 13)",
    ("interaction", "in_queue_time", "s_type", "close_reason"),
    lambda rows: (
        rows.of(PERSON)
        & (
            (rows.numbers("in_queue_time") > 0)
            | rows.of(LOST_IN_QUEUE)
            | one_of(rows.numbers("close_reason"), 11, 12, 13)
        )
    ),
)
_WAITED = Population(
    "waited",
    "排队后得到接待的会话（interaction 为 0、sType 为 0、inQueueTime ≠ 0）",
    "received sessions that queued before (interaction 0, sType 0, inQueueTime ≠ 0)",
    ("interaction", "s_type", "in_queue_time"),
    lambda rows: rows.of(RECEIVED) & (rows.numbers("in_queue_time") != 0),
)
_GAVE_UP = Population(
    "gave_up",
    "访客放弃的排队（interaction 为 0，且 closeReason 为 12，或 sType 为 3 且 closeReason 为 1、7）",
    "sessions whose visitor gave up queuing (interaction 0, and closeReason 12, or sType 3 and closeReason 1 or 7)",
    ("interaction", "close_reason", "s_type"),
    lambda rows: (
        (rows.of(PERSON) & (rows.numbers("close_reason") == 12))
        | (rows.of(LOST_IN_QUEUE) & one_of(rows.numbers("close_reason"), 1, 7))
    ),
)
_CLEARED = Population(
    "cleared",
    "被系统清除的排队（interaction 为 0，且 closeReason 为 11 或 13）",
    "sessions that the system cleared from the queue (interaction 0, and closeReason 11 or 13)",
    ("interaction", "close_reason"),
    lambda rows: rows.of(PERSON) & one_of(rows.numbers("close_reason"), 11, 13),
)
_OVERFLOWED = Population(
    "overflowed",
    "溢出而来的会话（overflowFrom 不为空）",
    "sessions that overflowed from another group (overflowFrom not empty)",
    ("overflow_from",),
    lambda rows: ~rows.is_any("overflow_from", ("",)),
)

_WAIT_ZH = "厂商口径：从进入排队到进入服务；未得到服务的不在其内。"
_WAIT_EN = "By the vendor: from entering the queue to entering service; who was never served is not among them."
_GIVE_UP_ZH = "厂商口径：从进入排队到放弃。"
_GIVE_UP_EN = "By the vendor: from entering the queue to giving up."


def _wait(percent: int) -> Figure:
    return Figure(
        f"wait_p{percent}",
        f"排队时长 P{percent}",
        f"Wait, p{percent}",
        Percentile(_WAITED, WAIT, percent),
        OURS,
        "只计得到接待的会话。",
        "Of received sessions only.",
    )


FIGURES = (
    Figure(
        "queue_entries",
        "进入排队",
        "Queue entries",
        Count(_QUEUED),
        note_zh="等待不足 1 毫秒的排队在记录中看不出来。",
        note_en="A record does not show a queue of less than a millisecond.",
    ),
    Figure(
        "queue_share",
        "排队率",
        "Queue share",
        Share(PERSON, _QUEUED),
        note_zh="厂商的排队率定义未能完整读到，此处为我们的定义。",
        note_en="The vendor's own definition could not be read in full.",
    ),
    Figure("wait_mean", "平均排队时长", "Mean wait", Mean(_WAITED, WAIT), VENDOR, _WAIT_ZH, _WAIT_EN),
    _wait(50),
    _wait(90),
    _wait(95),
    Figure("wait_max", "最长排队时长", "Longest wait", Percentile(_WAITED, WAIT, 100), VENDOR, _WAIT_ZH, _WAIT_EN),
    Figure("queue_lost", "排队中流失", "Lost in the queue", Count(LOST_IN_QUEUE)),
    Figure("queue_gave_up", "放弃排队", "Gave up queuing", Count(_GAVE_UP)),
    Figure("queue_gave_up_share", "放弃排队率", "Share that gave up", Share(_QUEUED, _GAVE_UP)),
    Figure(
        "queue_gave_up_wait_mean",
        "平均放弃时长",
        "Mean wait before giving up",
        Mean(_GAVE_UP, WAIT),
        VENDOR,
        _GIVE_UP_ZH,
        _GIVE_UP_EN,
    ),
    Figure("queue_gave_up_wait_p50", "放弃时长中位数", "Wait before giving up, p50", Percentile(_GAVE_UP, WAIT, 50)),
    Figure("queue_cleared", "排队被清除", "Cleared from the queue", Count(_CLEARED)),
    Figure("overflow", "溢出接待", "Overflowed in", Count(PERSON, _OVERFLOWED)),
    Figure("overflow_share", "溢出率", "Overflow share", Share(PERSON, _OVERFLOWED)),
)
