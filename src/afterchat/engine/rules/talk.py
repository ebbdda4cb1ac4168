"""Rules of the fields that say who wrote how much, and how long the visitor waited for an answer.

In a robot's session the robot stands where staff stand: its answers are the staff's messages.
"""

from __future__ import annotations

from afterchat.engine.events import RobotAnswered, StaffWrote, VisitorWrote
from afterchat.engine.rules.rule import Example, Rule
from afterchat.engine.rules.told import ANSWERED, ASKED_TWICE, GAVE_UP, GREETED, LEFT_MESSAGE, ROBOT, SILENT, UNANSWERED
from afterchat.engine.stories import BEGIN

__all__ = ["TALK_RULES"]

_ANSWERS = (VisitorWrote, StaffWrote, RobotAnswered)

TALK_RULES = (
    Rule(
        "client_first_message_time",
        lambda facts: facts.first_message_at,
        (VisitorWrote,),
        "Moment of the first VisitorWrote, while queuing, too, so that it may lie before startTime; 0 without one.",
        "首个 VisitorWrote 的时刻，排队时的也算，因此可能早于 startTime；没有则为 0。",
        (Example(ANSWERED, BEGIN + 5_000), Example(GREETED, BEGIN + 20_000), Example(SILENT, 0)),
        "A third-party copy of the vendor's release notes counts messages of the queue as the visitor's.",
        "第三方转载的厂商发布说明把排队时的消息计入访客消息。",
    ),
    Rule(
        "staff_first_reply_time",
        lambda facts: facts.first_reply_at,
        _ANSWERS,
        "Moment of the first StaffWrote by hand, or RobotAnswered, after the visitor's first message; 0 without one.",
        "访客首条消息之后首个手工 StaffWrote（或 RobotAnswered）的时刻；没有则为 0。",
        (
            Example(ANSWERED, BEGIN + 25_000),
            Example(GREETED, BEGIN + 31_000),
            Example(UNANSWERED, 0),
            Example(SILENT, 0),
        ),
        "Our choice is that a greeting before the visitor wrote is no reply, because it answers nothing, "
        "and that automatic messages never are, because the vendor's export tells them apart. "
        "So a session in which only staff wrote has none, and firstReplyCost is never negative.",
        "访客说话之前的问候不算回复是我们的选择，因为它没有回答任何问题；自动消息也不算，厂商导出亦将其区分。"
        "因此只有客服说话的会话没有此值，firstReplyCost 也不会为负。",
    ),
    Rule(
        "first_reply_cost",
        lambda facts: facts.first_reply_at - facts.first_message_at if facts.first_reply_at else 0,
        _ANSWERS,
        "staffFirstReplyTime − clientFirstMessageTime; 0 while there is no reply.",
        "staffFirstReplyTime − clientFirstMessageTime；没有回复时为 0。",
        (Example(ANSWERED, 20_000), Example(GREETED, 11_000), Example(ROBOT, 400), Example(UNANSWERED, 0)),
    ),
    Rule(
        "round_number",
        lambda facts: facts.rounds,
        _ANSWERS,
        "Number of answers by hand (or of the robot) that come after at least one unanswered message of the visitor.",
        "手工（或机器人）答复的次数，其前须至少有一条未答复的访客消息。",
        (Example(ANSWERED, 2), Example(GREETED, 1), Example(ROBOT, 2), Example(UNANSWERED, 0)),
        "A third-party copy of the vendor's release notes: a round is a visitor's question and its answer. "
        "Our choice is that several messages in a row are one question.",
        "第三方转载的厂商发布说明：一问一答为一个回合。连续多条消息算作一问是我们的选择。",
    ),
    Rule(
        "avg_resp_duration",
        lambda facts: facts.response_ms // facts.rounds if facts.rounds else 0,
        _ANSWERS,
        "Mean over all rounds of answer − first message of the question, rounded down; 0 without a round.",
        "各回合（答复 − 该问首条消息）的平均值，向下取整；没有回合为 0。",
        (Example(ANSWERED, 25_000), Example(GREETED, 11_000), Example(ROBOT, 500), Example(UNANSWERED, 0)),
        "Third-party copies of the vendor's notes give the mean over rounds. "
        "Our choice is to count from the first message of a question, because the visitor has waited since then; "
        "so with one round it equals firstReplyCost.",
        "第三方转载的厂商说明为各回合平均。从一问的首条消息起算是我们的选择，因为访客从那时开始等待；"
        "因此只有一个回合时等于 firstReplyCost。",
    ),
    Rule(
        "user_message_count",
        lambda facts: facts.visitor_messages,
        (VisitorWrote,),
        "Number of VisitorWrote, while queuing, too.",
        "VisitorWrote 的次数，含排队时。",
        (Example(ANSWERED, 3), Example(GAVE_UP, 1), Example(SILENT, 0)),
    ),
    Rule(
        "staff_message_count",
        lambda facts: facts.staff_messages,
        (StaffWrote, RobotAnswered),
        "Number of StaffWrote by hand, or of RobotAnswered.",
        "手工 StaffWrote 的次数，或 RobotAnswered 的次数。",
        (Example(ANSWERED, 3), Example(SILENT, 1), Example(ROBOT, 2)),
        "Our choice is to leave automatic messages out, because figures such as the answer-to-question ratio "
        "ask what staff did; the page does not say.",
        "不计自动消息是我们的选择，因为答问比等指标衡量的是客服本人；原文没有说明。",
    ),
    Rule(
        "is_valid",
        lambda facts: int(facts.visitor_messages > 0),
        (VisitorWrote,),
        "1 when userMessageCount is above 0, else 0.",
        "userMessageCount 大于 0 时为 1，否则为 0。",
        (
            Example(ANSWERED, 1),
            Example(UNANSWERED, 1),
            Example(SILENT, 0),
            Example(ASKED_TWICE, 1),
            Example(LEFT_MESSAGE, 1),
        ),
        "A third-party copy of the vendor's release notes calls a session invalid when the visitor left without "
        "speaking.",
        "第三方转载的厂商发布说明：访客未说话即离开的会话为无效会话。",
    ),
)
