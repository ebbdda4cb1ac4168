"""Rules of the fields that say who served the visitor, when, and how it ended."""

from __future__ import annotations

from typing import Any

from afterchat.contract.record import CustomField
from afterchat.contract.vocabulary import ENDER_OF_CLOSE_REASON
from afterchat.engine.events import (
    AlarmRaised,
    CategoryChosen,
    CustomFieldsFilled,
    HandedToPerson,
    MessageOffered,
    MessageTreated,
    Pinned,
    QueueEntered,
    RemarkWritten,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StatusMarked,
    TakenOver,
    TransferredAway,
    Unpinned,
)
from afterchat.engine.facts import is_left_message
from afterchat.engine.rules.rule import Example, Rule
from afterchat.engine.rules.told import (
    ANSWERED,
    ASKED_TWICE,
    GAVE_UP,
    LEFT_MESSAGE,
    LEFT_QUEUE,
    LOGGED_IN,
    ROBOT,
    SILENT,
    SILENT_TRANSFER,
    TAKEN_OVER,
    TRANSFERRED_OUT,
    UNANSWERED,
)
from afterchat.engine.stories import BEGIN

__all__ = ["CLOSINGS", "SERVICE_RULES"]

CLOSINGS = (HandedToPerson, TransferredAway, TakenOver, SessionClosed)
"""The events that end a session."""

ROBOT_NAME = "机器人"
"""The vendor's page writes this word for the name of a robot."""

_ROUTING = (QueueEntered, StaffAssigned)
_QUEUE_REASONS = frozenset({11, 12, 13})
"""Reasons that say by themselves that it ended in the queue."""


def _close_reason(facts: Any) -> int:
    closed = facts.closed
    if isinstance(closed, TransferredAway):
        return 9 if closed.is_silent else 5
    if isinstance(closed, HandedToPerson):
        return 3
    reason: int = 6 if isinstance(closed, TakenOver) else closed.close_reason
    return reason


def _enders(word: str, comma: str, semicolon: str) -> str:
    """The table of enders in one line."""
    return semicolon.join(
        f"{ender} {word} {comma.join(str(reason) for reason, one in ENDER_OF_CLOSE_REASON.items() if one == ender)}"
        for ender in (1, 2, 3)
    )


def _session_type(facts: Any) -> str:
    if is_left_message(facts):
        return "1"
    is_lost = facts.assigned is None and (facts.queued_at or _close_reason(facts) in _QUEUE_REASONS)
    return "3" if is_lost else "0"


def _staff_name(facts: Any) -> str:
    if facts.opened.kind == "robot":
        return ROBOT_NAME
    return facts.assigned.staff_name if facts.assigned else ""


SERVICE_RULES = (
    Rule(
        "id",
        lambda facts: facts.opened.session,
        (SessionOpened,),
        "The session that the events name.",
        "事件所属的会话。",
        (Example(ANSWERED, 1),),
    ),
    Rule(
        "interaction",
        lambda facts: int(facts.opened.kind == "robot"),
        (SessionOpened,),
        "1 when SessionOpened.kind is robot, else 0: a left message is meant for a person.",
        "SessionOpened.kind 为 robot 时为 1，否则为 0；留言面向人工。",
        (Example(ROBOT, 1), Example(ANSWERED, 0), Example(LEFT_MESSAGE, 0)),
    ),
    Rule(
        "s_type",
        _session_type,
        (SessionOpened, QueueEntered, StaffAssigned, MessageOffered, *CLOSINGS),
        "1 for a left message; 3 when nobody served and the visitor queued or closeReason is 11, 12 or 13; else 0.",
        "留言为 1；未分配客服、且曾排队或关闭原因为 11、12、13 的为 3；其余为 0。",
        (
            Example(LEFT_MESSAGE, "1"),
            Example(LOGGED_IN, "1"),
            Example(GAVE_UP, "3"),
            Example(LEFT_QUEUE, "3"),
            Example(ANSWERED, "0"),
            Example(ROBOT, "0"),
        ),
        "Of 1 and 2, which both mean a left message, our choice is 1. "
        "Whoever gave up or left the queue gets 3 as well, because 0 would say that the visitor was served.",
        "1 与 2 都表示留言，我们取 1。放弃排队或在排队中离开的也取 3，因为 0 意味着得到了服务。",
    ),
    Rule(
        "start_time",
        lambda facts: facts.assigned.at if facts.assigned else facts.opened.at,
        (SessionOpened, StaffAssigned),
        "StaffAssigned.at; SessionOpened.at when no staff was assigned (robot, left message, lost in the queue).",
        "StaffAssigned.at；未分配客服时（机器人、留言、排队中流失）取 SessionOpened.at。",
        (Example(ANSWERED, BEGIN + 13_000), Example(ROBOT, BEGIN), Example(GAVE_UP, BEGIN)),
        "The vendor's console separates creation from start, so the start is the start of service. "
        "Our choice without service is the opening, because every record needs a start.",
        "厂商控制台区分创建与开始，故取服务开始的时刻。没有服务时取发起时刻是我们的选择，因为每条记录都需要开始时间。",
    ),
    Rule(
        "end_time",
        lambda facts: facts.closed.at,
        CLOSINGS,
        "The moment of the event that ended it.",
        "结束会话的事件发生的时刻。",
        (Example(ANSWERED, BEGIN + 120_000), Example(ROBOT, BEGIN + 30_000)),
    ),
    Rule(
        "close_reason",
        _close_reason,
        CLOSINGS,
        "SessionClosed.closeReason; 3 for HandedToPerson, 5 for TransferredAway (9 when silent), 6 for TakenOver.",
        "SessionClosed.closeReason；HandedToPerson 为 3，TransferredAway 为 5（静默为 9），TakenOver 为 6。",
        (
            Example(ANSWERED, 0),
            Example(ROBOT, 3),
            Example(TRANSFERRED_OUT, 5),
            Example(TAKEN_OVER, 6),
            Example(SILENT_TRANSFER, 9),
        ),
    ),
    Rule(
        "ender",
        lambda facts: ENDER_OF_CLOSE_REASON[_close_reason(facts)],
        CLOSINGS,
        f"Follows from closeReason: {_enders('for', ', ', '; ')}.",
        f"由 closeReason 得出：{_enders('对应', '、', '；')}。",
        (Example(ANSWERED, 2), Example(UNANSWERED, 1), Example(SILENT, 3), Example(SILENT_TRANSFER, 3)),
        "Our choice is a fixed table, because the page names neither; so the two fields can never disagree.",
        "采用固定对照表是我们的选择，因为原文没有给出；这样两个字段不会互相矛盾。",
    ),
    Rule(
        "in_queue_time",
        lambda facts: facts.left_queue_at - facts.queued_at,
        (*_ROUTING, MessageOffered, *CLOSINGS),
        "From the first QueueEntered to StaffAssigned or MessageOffered, else to the end; 0 without a queue.",
        "从首次 QueueEntered 到 StaffAssigned 或 MessageOffered；两者皆无时到会话结束；未排队为 0。",
        (Example(ANSWERED, 12_000), Example(GAVE_UP, 90_000), Example(LOGGED_IN, 19_000), Example(UNANSWERED, 0)),
        "The page's word can mean a moment or a length. "
        "Our choice is a length, because the vendor's console exports a queue duration.",
        "原文“排队时间”可指时刻或时长；取时长是我们的选择，因为厂商控制台导出的是排队时长。",
    ),
    Rule(
        "from_group_id",
        lambda facts: facts.from_group_id,
        _ROUTING,
        "Of the latest QueueEntered or StaffAssigned that names a group.",
        "取最近一次指明分流组的 QueueEntered 或 StaffAssigned。",
        (Example(ANSWERED, 3), Example(GAVE_UP, 2), Example(LEFT_QUEUE, 3), Example(UNANSWERED, 0)),
        "Our choice after an overflow is the group that took the visitor, because overflowFrom names the other one.",
        "溢出后取接收的组是我们的选择，因为 overflowFrom 已写明原来的组。",
    ),
    Rule(
        "from_group",
        lambda facts: facts.from_group,
        _ROUTING,
        "The name of that group; one that was given before counts on while only the id is said again.",
        "该分流组的名称；之后只重复编号时沿用已给出的名称。",
        (Example(ANSWERED, "物流查询组"), Example(GAVE_UP, "售后服务组"), Example(UNANSWERED, "")),
    ),
    Rule(
        "from_staff",
        lambda facts: facts.from_staff,
        _ROUTING,
        "Of the latest QueueEntered or StaffAssigned that routed the visitor to a staff by name.",
        "取最近一次指定客服的 QueueEntered 或 StaffAssigned。",
        (Example(ANSWERED, "李思远"), Example(UNANSWERED, "")),
        "Our choice is the staff that was asked for, who need not be the one who served, "
        "because staffName says that already.",
        "取被指定的客服（不一定是实际服务者）是我们的选择，因为实际服务者已在 staffName 中。",
    ),
    Rule(
        "overflow_from",
        lambda facts: facts.overflow_from,
        _ROUTING,
        "Of the latest QueueEntered or StaffAssigned that names an overflow, unless a later one names another group.",
        "取最近一次写明溢出来源的 QueueEntered 或 StaffAssigned；其后又指明别的分流组的除外。",
        (Example(ANSWERED, "售后服务组"), Example(LEFT_QUEUE, ""), Example(UNANSWERED, "")),
    ),
    Rule(
        "staff_id",
        lambda facts: facts.assigned.staff_id if facts.assigned else 0,
        (StaffAssigned,),
        "StaffAssigned.staffId; 0 for the robot and when nobody was assigned.",
        "StaffAssigned.staffId；机器人或未分配时为 0。",
        (Example(ANSWERED, 17_885), Example(ROBOT, 0), Example(GAVE_UP, 0)),
    ),
    Rule(
        "staff_name",
        _staff_name,
        (SessionOpened, StaffAssigned),
        "StaffAssigned.staffName; 机器人 for the robot.",
        "StaffAssigned.staffName；机器人会话为“机器人”。",
        (Example(ANSWERED, "王小燕"), Example(ROBOT, "机器人"), Example(GAVE_UP, "")),
    ),
    Rule(
        "stick_duration",
        lambda facts: facts.pinned_ms,
        (Pinned, Unpinned, *CLOSINGS),
        "Sum of Pinned to Unpinned; a pin that still holds ends with the session.",
        "各次 Pinned 至 Unpinned 之和；结束时仍置顶的，算到会话结束。",
        (Example(ANSWERED, 47_000), Example(ASKED_TWICE, 50_000), Example(UNANSWERED, 0)),
        "The page gives neither unit nor formula; milliseconds are inferred from the other durations.",
        "原文未给单位与公式；毫秒由其他时长字段推断。",
    ),
    Rule(
        "alarm_times",
        lambda facts: facts.alarms,
        (AlarmRaised,),
        "Number of AlarmRaised.",
        "AlarmRaised 的次数。",
        (Example(ANSWERED, 1), Example(UNANSWERED, 0)),
    ),
    Rule(
        "category",
        lambda facts: facts.category.category if facts.category else "",
        (CategoryChosen,),
        "Of the latest CategoryChosen.",
        "取最近一次 CategoryChosen。",
        (Example(ANSWERED, "售后服务/退换货"), Example(UNANSWERED, "")),
    ),
    Rule(
        "category_detail",
        lambda facts: facts.category.category_detail if facts.category else "",
        (CategoryChosen,),
        "Of the latest CategoryChosen.",
        "取最近一次 CategoryChosen。",
        (Example(ANSWERED, "售后服务 / 退换货 / 七天无理由"), Example(UNANSWERED, "")),
    ),
    Rule(
        "remarks",
        lambda facts: facts.remark.remarks if facts.remark else "",
        (RemarkWritten,),
        "Of the latest RemarkWritten.",
        "取最近一次 RemarkWritten。",
        (Example(ANSWERED, "已发送换货链接"), Example(UNANSWERED, "")),
    ),
    Rule(
        "custom_field",
        lambda facts: facts.custom.custom_field if facts.custom else (),
        (CustomFieldsFilled,),
        "Of the latest CustomFieldsFilled.",
        "取最近一次 CustomFieldsFilled。",
        (Example(ANSWERED, (CustomField("1024", "订单号", "E2024"),)), Example(UNANSWERED, ())),
    ),
    Rule(
        "status",
        lambda facts: facts.status.status if facts.status else -1,
        (StatusMarked,),
        "Of the latest StatusMarked; -1 when staff marked nothing.",
        "取最近一次 StatusMarked；客服未标记时为 -1。",
        (Example(ANSWERED, 1), Example(UNANSWERED, -1)),
        "The page gives no values; third parties agree on 0 not solved, 1 solved, 2 in progress.",
        "原文未给取值；第三方一致认为 0 未解决、1 已解决、2 解决中。",
    ),
    Rule(
        "treated_time",
        lambda facts: facts.treated_at if is_left_message(facts) else 0,
        (MessageTreated, StaffAssigned),
        "MessageTreated.at of a left message; 0 for any other session.",
        "留言的 MessageTreated.at；非留言为 0。",
        (Example(LEFT_MESSAGE, BEGIN + 32_400_000), Example(ANSWERED, 0)),
    ),
)
