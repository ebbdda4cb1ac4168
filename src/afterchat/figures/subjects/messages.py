"""How much was said: rounds and messages."""

from __future__ import annotations

from afterchat.figures.definition import VENDOR, Figure
from afterchat.figures.measures import Mean, Percentile, Ratio, Sum
from afterchat.figures.rows import Quantity
from afterchat.figures.subjects.sessions import RECEIVED

__all__ = ["FIGURES", "ROUNDS"]


def _count(identity: str, field: str, wire: str, zh: str, en: str) -> Quantity:
    return Quantity(
        identity,
        f"{zh}（{wire}）",
        f"{en} ({wire})",
        "count",
        (field,),
        f"{wire} 为负的",
        f"those whose {wire} is negative",
        lambda rows: rows.numbers(field),
        lambda rows: rows.numbers(field) >= 0,
    )


ROUNDS = _count("rounds", "round_number", "roundNumber", "回合数", "rounds")
STAFF_MESSAGES = _count("staff_messages", "staff_message_count", "staffMessageCount", "客服消息数", "messages of staff")
VISITOR_MESSAGES = _count(
    "visitor_messages", "user_message_count", "userMessageCount", "访客消息数", "messages of the visitor"
)

_QUEUE_TOO_ZH = "厂商口径：只计接待会话，含排队期间的消息。"
_QUEUE_TOO_EN = "By the vendor: of received sessions only, those while queuing too."

FIGURES = (
    Figure("rounds", "对话回合", "Rounds", Sum(RECEIVED, ROUNDS)),
    Figure("rounds_mean", "平均回合数", "Mean rounds", Mean(RECEIVED, ROUNDS)),
    Figure("rounds_p50", "回合数中位数", "Rounds, p50", Percentile(RECEIVED, ROUNDS, 50)),
    Figure("staff_messages", "客服消息", "Messages of staff", Sum(RECEIVED, STAFF_MESSAGES)),
    Figure(
        "visitor_messages",
        "访客消息",
        "Messages of visitors",
        Sum(RECEIVED, VISITOR_MESSAGES),
        VENDOR,
        _QUEUE_TOO_ZH,
        _QUEUE_TOO_EN,
    ),
    Figure(
        "answer_to_question",
        "答问比",
        "Answer-to-question ratio",
        Ratio(RECEIVED, STAFF_MESSAGES, VISITOR_MESSAGES),
        VENDOR,
        "厂商口径：客服消息数 ÷ 访客消息数。",
        "By the vendor: messages of staff ÷ messages of visitors.",
    ),
)
