"""What the robot settled by itself, and what it handed to people."""

from __future__ import annotations

from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Mean, Share
from afterchat.figures.rows import Population
from afterchat.figures.subjects.messages import ROUNDS
from afterchat.figures.subjects.sessions import PERSON, ROBOT

__all__ = ["FIGURES"]

_USED = Population(
    "robot_used",
    "访客发过言的机器人会话（interaction 为 1、userMessageCount > 0）",
    "robot's sessions in which the visitor wrote (interaction 1, userMessageCount > 0)",
    ("interaction", "user_message_count"),
    lambda rows: rows.of(ROBOT) & (rows.numbers("user_message_count") > 0),
)
_HANDED_OVER = Population(
    "handed_over",
    "转人工的会话（closeReason 为 3 或 relatedType 为 2）",
    "those handed to a person (closeReason 3 or relatedType 2)",
    ("close_reason", "related_type"),
    lambda rows: (rows.numbers("close_reason") == 3) | (rows.numbers("related_type") == 2),
)
_CONTAINED = Population(
    "contained",
    "机器人独立完成的会话（closeReason 不为 3、relatedType 不为 2，且同一流转中没有人工会话的 startTime "
    "介于其开始与 endTime 后 24 小时之间；流转由 relatedId 与 humanTransferSessionId "
    "直接或间接相连，历史会话发起除外）",
    "those that the robot settled alone (closeReason not 3, relatedType not 2, and no session for a person in the "
    "same journey has a startTime between their start and 24 h after their endTime; a journey is what relatedId and "
    "humanTransferSessionId link directly or indirectly, sessions started from history apart)",
    ("close_reason", "related_type", "related_id", "human_transfer_session_id", "interaction", "start_time"),
    lambda rows: ~rows.of(_HANDED_OVER) & ~rows.was_followed(),
)
_FROM_ROBOT = Population(
    "from_robot",
    "由机器人转来的会话（relatedType 为 1）",
    "sessions that came over from a robot (relatedType 1)",
    ("related_type",),
    lambda rows: rows.numbers("related_type") == 1,
)

_CONTAINED_ZH = "留言与排队中流失的会话也算人工会话：访客要找的是人。"
_CONTAINED_EN = "Left messages and sessions lost in the queue are sessions for a person too: a person was asked for."

FIGURES = (
    Figure("robot_used", "访客发言的机器人会话", "Robot's sessions used", Count(_USED)),
    Figure("robot_contained", "机器人独立完成", "Contained by the robot", Count(_USED, _CONTAINED)),
    Figure(
        "robot_containment",
        "机器人独立完成率",
        "Robot containment",
        Share(_USED, _CONTAINED),
        note_zh=_CONTAINED_ZH,
        note_en=_CONTAINED_EN,
    ),
    Figure(
        "robot_hand_overs",
        "机器人转人工",
        "Handed to a person",
        Count(ROBOT, _HANDED_OVER),
        note_zh="按“转人工类型”分组可见各类型。",
        note_en="Grouped by kind of hand-over it shows each kind.",
    ),
    Figure("robot_hand_over_share", "机器人转人工率", "Hand-over share", Share(ROBOT, _HANDED_OVER)),
    Figure("from_robot", "机器人转来的会话", "Came from the robot", Count(PERSON, _FROM_ROBOT)),
    Figure("from_robot_share", "机器人转来占比", "Share from the robot", Share(PERSON, _FROM_ROBOT)),
    Figure("robot_rounds_mean", "机器人平均回合数", "Mean rounds with the robot", Mean(ROBOT, ROUNDS)),
)
