"""How soon visitors were answered, and how many never were."""

from __future__ import annotations

from afterchat.figures.definition import VENDOR, Figure
from afterchat.figures.measures import Count, Mean, Percentile, Share, WeightedMean
from afterchat.figures.rows import Population, Quantity
from afterchat.figures.subjects.messages import ROUNDS
from afterchat.figures.subjects.sessions import RECEIVED, TALKED, VALID

__all__ = ["FIGURES"]

_MS_PER_SECOND = 1000

FIRST_REPLY = Quantity(
    "first_reply",
    "首次响应时长（firstReplyCost）",
    "first reply time (firstReplyCost)",
    "ms",
    ("first_reply_cost",),
    "firstReplyCost 为负的",
    "those whose firstReplyCost is negative",
    lambda rows: rows.numbers("first_reply_cost"),
    lambda rows: rows.numbers("first_reply_cost") >= 0,
)
RESPONSE = Quantity(
    "response",
    "平均响应时长（avgRespDuration）",
    "mean response time (avgRespDuration)",
    "ms",
    ("avg_resp_duration",),
    "avgRespDuration 为负的",
    "those whose avgRespDuration is negative",
    lambda rows: rows.numbers("avg_resp_duration"),
    lambda rows: rows.numbers("avg_resp_duration") >= 0,
)
_REPLIED = Population(
    "replied",
    "客服回复过的会话（staffFirstReplyTime > 0）",
    "sessions with a staff reply (staffFirstReplyTime > 0)",
    ("staff_first_reply_time",),
    lambda rows: rows.numbers("staff_first_reply_time") > 0,
)
_ANSWERED = Population(
    "answered",
    "得到答复的接待会话（interaction 为 0、sType 为 0、clientFirstMessageTime > 0、staffFirstReplyTime > 0）",
    "answered received sessions (interaction 0, sType 0, clientFirstMessageTime > 0, staffFirstReplyTime > 0)",
    ("interaction", "s_type", "client_first_message_time", "staff_first_reply_time"),
    lambda rows: rows.of(RECEIVED) & rows.of(_REPLIED) & (rows.numbers("client_first_message_time") > 0),
)
_NOT_REPLIED = Population(
    "not_replied",
    "客服未回复的会话（staffFirstReplyTime ≤ 0）",
    "sessions without a staff reply (staffFirstReplyTime ≤ 0)",
    ("staff_first_reply_time",),
    lambda rows: rows.numbers("staff_first_reply_time") <= 0,
)


def _within(seconds: int) -> Figure:
    quick = Population(
        f"replied_within_{seconds}s",
        f"{seconds} 秒内首次响应的会话（clientFirstMessageTime > 0、staffFirstReplyTime > 0、"
        f"0 ≤ firstReplyCost ≤ {seconds * _MS_PER_SECOND}）",
        f"those first answered within {seconds} s (clientFirstMessageTime > 0, staffFirstReplyTime > 0, "
        f"0 ≤ firstReplyCost ≤ {seconds * _MS_PER_SECOND})",
        (*_ANSWERED.fields, *FIRST_REPLY.fields),
        lambda rows: (
            rows.of(_ANSWERED)
            & (rows.numbers("first_reply_cost") >= 0)
            & (rows.numbers("first_reply_cost") <= seconds * _MS_PER_SECOND)
        ),
    )
    return Figure(
        f"first_reply_within_{seconds}s",
        f"{seconds} 秒首次响应率",
        f"First reply within {seconds} s",
        Share(TALKED, quick),
        VENDOR,
        "厂商口径：分母为至少有一个回合的接待会话。",
        "By the vendor: of received sessions with at least one round.",
    )


def _first_reply(percent: int, zh: str = "", en: str = "") -> Figure:
    return Figure(
        "first_reply_max" if percent == 100 else f"first_reply_p{percent}",
        zh or f"首次响应时长 P{percent}",
        en or f"First reply, p{percent}",
        Percentile(_ANSWERED, FIRST_REPLY, percent),
    )


FIGURES = (
    Figure(
        "first_reply_mean",
        "平均首次响应时长",
        "Mean first reply",
        Mean(_ANSWERED, FIRST_REPLY),
        VENDOR,
        "厂商口径：客服首次回复减去访客首次提问。",
        "By the vendor: the staff's first reply less the visitor's first question.",
    ),
    _first_reply(50),
    _first_reply(90),
    _first_reply(95),
    _first_reply(100, "最长首次响应时长", "Longest first reply"),
    _within(15),
    _within(30),
    _within(60),
    Figure(
        "response_mean",
        "平均响应时长",
        "Mean response time",
        WeightedMean(TALKED, RESPONSE, ROUNDS),
        VENDOR,
        "厂商口径为全部回合的平均；记录只给出每个会话的平均，故按回合数加权，除取整外与之相同。",
        "By the vendor the mean over all rounds; a record has only its session's mean, so each counts by its rounds, "
        "which is the same but for rounding.",
    ),
    Figure("response_p50", "会话平均响应时长 P50", "Session's mean response, p50", Percentile(TALKED, RESPONSE, 50)),
    Figure("response_p90", "会话平均响应时长 P90", "Session's mean response, p90", Percentile(TALKED, RESPONSE, 90)),
    Figure(
        "reply_rate",
        "回复率",
        "Reply rate",
        Share(RECEIVED, _REPLIED),
        VENDOR,
        "厂商口径：有客服回复的会话 ÷ 接待会话；自动消息不算回复。",
        "By the vendor: sessions with a staff reply ÷ received sessions; automatic messages are no reply.",
    ),
    Figure("unanswered", "未回复的有效会话", "Unanswered valid sessions", Count(VALID, _NOT_REPLIED)),
    Figure("unanswered_share", "有效会话未回复率", "Unanswered share of valid", Share(VALID, _NOT_REPLIED)),
)
