"""Which kind of session it is: the populations that figures of every subject start from, and how many there are.

The platform's word for a session that reached staff is 接待 (received); left messages and sessions that were lost
in the queue did not reach anybody, and a robot's session is none of staff's.
"""

from __future__ import annotations

from afterchat.figures.definition import VENDOR, Figure
from afterchat.figures.measures import Count, Share
from afterchat.figures.rows import Population

__all__ = ["ALL", "FIGURES", "LEFT_MESSAGE", "LOST_IN_QUEUE", "PERSON", "RECEIVED", "ROBOT", "TALKED", "VALID"]

PERSON_KIND, ROBOT_KIND = 0, 1
NORMAL, TIMED_OUT = 0, 3

ALL = Population("all", "会话", "sessions", (), lambda rows: rows.numbers("id") == rows.numbers("id"))
PERSON = Population(
    "person",
    "人工会话（interaction 为 0）",
    "sessions for a person (interaction 0)",
    ("interaction",),
    lambda rows: rows.numbers("interaction") == PERSON_KIND,
)
ROBOT = Population(
    "robot",
    "机器人会话（interaction 为 1）",
    "robot's sessions (interaction 1)",
    ("interaction",),
    lambda rows: rows.numbers("interaction") == ROBOT_KIND,
)
RECEIVED = Population(
    "received",
    "接待会话（interaction 为 0 且 sType 为 0）",
    "received sessions (interaction 0 and sType 0)",
    ("interaction", "s_type"),
    lambda rows: rows.of(PERSON) & (rows.numbers("s_type_number") == NORMAL),
)
LEFT_MESSAGE = Population(
    "left_message",
    "留言（sType 为 1 或 2）",
    "left messages (sType 1 or 2)",
    ("s_type",),
    lambda rows: (rows.numbers("s_type_number") == 1) | (rows.numbers("s_type_number") == 2),
)
LOST_IN_QUEUE = Population(
    "lost_in_queue",
    "排队中流失的人工会话（interaction 为 0 且 sType 为 3）",
    "sessions lost in the queue (interaction 0 and sType 3)",
    ("interaction", "s_type"),
    lambda rows: rows.of(PERSON) & (rows.numbers("s_type_number") == TIMED_OUT),
)
VALID = Population(
    "valid",
    "有效的接待会话（interaction 为 0、sType 为 0、isValid 为 1）",
    "valid received sessions (interaction 0, sType 0, isValid 1)",
    ("interaction", "s_type", "is_valid"),
    lambda rows: rows.of(RECEIVED) & (rows.numbers("is_valid") == 1),
)
_SAYS_VALID = Population(
    "says_valid",
    "写明是否有效的会话（isValid 为 0 或 1）",
    "sessions that say whether they are valid (isValid 0 or 1)",
    ("is_valid",),
    lambda rows: (rows.numbers("is_valid") == 0) | (rows.numbers("is_valid") == 1),
)
TALKED = Population(
    "talked",
    "至少有一个回合的接待会话（interaction 为 0、sType 为 0、roundNumber ≥ 1）",
    "received sessions with a round (interaction 0, sType 0, roundNumber ≥ 1)",
    ("interaction", "s_type", "round_number"),
    lambda rows: rows.of(RECEIVED) & (rows.numbers("round_number") >= 1),
)
_BY_STAFF = Population(
    "begun_by_staff",
    "客服发起的会话（beginer 为 2）",
    "sessions begun by staff (beginer 2)",
    ("beginer",),
    lambda rows: rows.numbers("beginer") == 2,
)
_NEVER_WROTE = Population(
    "never_wrote",
    "访客未发言的会话（isValid 为 0）",
    "sessions in which the visitor never wrote (isValid 0)",
    ("is_valid",),
    lambda rows: rows.numbers("is_valid") == 0,
)
_TREATED = Population(
    "treated",
    "已处理的会话（treatedTime > 0）",
    "treated ones (treatedTime > 0)",
    ("treated_time",),
    lambda rows: rows.numbers("treated_time") > 0,
)

_VALID_ZH = "厂商口径：接待会话减去无效会话，无效指访客未发言即离开。"
_VALID_EN = "By the vendor: received less invalid ones, in which the visitor left without speaking."

FIGURES = (
    Figure("sessions", "会话总数", "Sessions", Count(ALL)),
    Figure("person_sessions", "人工会话", "Sessions for a person", Count(PERSON)),
    Figure("robot_sessions", "机器人会话", "Robot's sessions", Count(ROBOT)),
    Figure(
        "received_sessions",
        "接待会话",
        "Received sessions",
        Count(RECEIVED),
        note_zh="留言与排队中流失的会话不算接待。",
        note_en="Left messages and sessions lost in the queue were not received.",
    ),
    Figure(
        "valid_sessions",
        "有效会话",
        "Valid sessions",
        Count(RECEIVED, VALID, _SAYS_VALID),
        VENDOR,
        _VALID_ZH,
        _VALID_EN,
    ),
    Figure("valid_share", "有效会话占比", "Valid share", Share(RECEIVED, VALID, _SAYS_VALID)),
    Figure(
        "invalid_sessions",
        "无效会话",
        "Invalid sessions",
        Count(RECEIVED, _NEVER_WROTE, _SAYS_VALID),
        VENDOR,
        _VALID_ZH,
        _VALID_EN,
    ),
    Figure("begun_by_staff", "客服发起的会话", "Sessions begun by staff", Count(RECEIVED, _BY_STAFF)),
    Figure("left_messages", "留言", "Left messages", Count(LEFT_MESSAGE)),
    Figure("left_messages_treated", "已处理留言", "Left messages treated", Count(LEFT_MESSAGE, _TREATED)),
    Figure("left_messages_treated_share", "留言处理率", "Left messages treated, share", Share(LEFT_MESSAGE, _TREATED)),
)
