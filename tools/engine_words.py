"""What docs/reference/engine.md says in Chinese, and what it says in both languages where the engine says nothing.

English meanings are the docstrings of the engine's source; here stands the same in Chinese.
An attribute that carries the name of a field of the record means what FIELDS says, unless it has a line here.
Attributes mean one thing wherever they stand, so their name is enough.
States, verdicts, refusals and the ends of timers hold their own words; lines about single events are `cli.event_words`.

A test sees that every event, origin, attribute and timer has its words, and that nothing else has.
What does not belong here: how the page is laid out (`make_engine_reference`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from afterchat.engine import events, origins


class Phrase(NamedTuple):
    """The same in both languages."""

    en: str
    zh: str


EVENT_MEANINGS_ZH: Mapping[type[events.Event], str] = MappingProxyType(
    {
        events.SessionOpened: "会话开始：与人工（person）、与机器人（robot），或作为留言（message）。",
        events.VisitorIdentified: "得知访客是谁（如登录）；再次出现，表示换人或会员层级变化。",
        events.QueueEntered: "访客排队等待某组客服；排队中再次出现，表示转到另一队列。",
        events.StaffAssigned: "客服开始服务访客。",
        events.MessageOffered: "无人可以接待，请访客改为留言。",
        events.StaffLost: "服务中的客服（或可接待的全部客服）离线。",
        events.StaffBack: "离线的客服重新上线。",
        events.VisitorWrote: "访客的一条消息，排队或留言时的也算。",
        events.RobotAnswered: "机器人的一条消息。",
        events.StaffWrote: "以客服名义发出的一条消息。",
        events.Pinned: "客服把会话置顶。",
        events.Unpinned: "客服取消置顶。",
        events.AlarmRaised: "命中一条智能监控规则。",
        events.RatingInvited: "客服（staff）或系统（system）邀请访客评价。",
        events.VisitorRated: "访客作出评价；再次出现，表示整体替换前一次。",
        events.CategoryChosen: "客服或程序选定会话分类；再次出现，表示改选。",
        events.RemarkWritten: "客服写下备注；再次出现，表示替换。",
        events.CustomFieldsFilled: "填写服务记录字段；再次出现，表示整体替换。",
        events.StatusMarked: "客服标记解决状态：0 未解决，1 已解决，2 解决中。",
        events.MessageTreated: "客服处理了留言。",
        events.SuccessorNamed: "得知后续会话的编号，在会话转出之前或之后均可。",
        events.HandedToPerson: "机器人会话结束，由人工接手。",
        events.TransferredAway: "会话结束，访客转给其他客服。",
        events.TakenOver: "会话结束，访客被管理员或其他客服接管。",
        events.SessionClosed: "会话结束，没有由此产生的后续会话。",
        events.RatingWindowClosed: "访客可以评价的时间已过。",
    }
)
"""Every event."""

ORIGIN_MEANINGS_ZH: Mapping[type[origins.Origin], str] = MappingProxyType(
    {
        origins.FromRobot: "机器人会话把访客转给人工。",
        origins.FromHistory: "有人从历史会话中手工发起。",
        origins.FromTransfer: "由客服转接，或因客服静默由系统转接。",
        origins.FromTakeOver: "由管理员或其他客服接管。",
    }
)
"""Every origin that SessionOpened.cameFrom can hold."""

ATTRIBUTE_MEANINGS_ZH: Mapping[str, str] = MappingProxyType(
    {
        "id": "平台自己的事件编号；在允许的乱序范围内，编号相同即同一事件。",
        "at": "发生的时刻，以平台时钟为准。",
        "sequence": "同一毫秒内的先后，供时钟较粗的平台使用；相同者按事件种类排列。",
        "timer": "得出此结论的引擎计时；由平台关闭时为空。只有这种关闭可能被后到的事件推翻。",
        "previous_visit_at": "访客上一个会话的发起时刻；首次来访为 0。",
        "evaluation_type": "该会话采用的评价模型；0 表示不可评价。",
        "from_staff": "访客被指定分配给的客服。",
        "overflow_from": "已满的分流组。",
        "is_automatic": "是否由系统代发，例如问候、提醒。",
        "to_session": "后续会话的编号；尚不知道时为 0。",
        "is_silent": "是否因客服静默而由系统转接。",
        "tolerance_seconds": "比同一会话的较新事件最多晚到多久，仍能归位。",
        "visitor_silent_seconds": "客服最后发言之后的时长。",
        "visitor_never_wrote_seconds": "客服接入后，访客一直未说话的时长。",
        "session_idle_seconds": "双方均无消息的时长。",
        "queue_seconds": "访客排队的时长。",
        "unrouted_seconds": "会话发起后，既未排队也未分配的时长。",
        "staff_lost_seconds": "客服离线的时长。",
        "robot_idle_seconds": "访客与机器人均无消息的时长。",
        "message_idle_seconds": "留言时访客无消息的时长；厂商指南为五分钟。",
        "rating_window_minutes": "会话结束后多久之内接受评价；厂商小程序默认十分钟。",
        "may_rate_again": "后一次评价是否可以替换前一次。",
    }
)
"""Attributes of events, origins and Policy that have a docstring: the same in Chinese."""

ATTRIBUTE_WORDS: Mapping[str, Phrase] = MappingProxyType(
    {
        "session": Phrase("Id of the session.", "会话编号。"),
        "kind": Phrase("With whom: a person, the robot, or nobody yet.", "对象：人工、机器人，或只是留言。"),
        "by": Phrase("Who did it.", "由谁作出：访客、客服或系统。"),
        "came_from": Phrase("Where it came from, if from another session.", "来自其他会话时，其来源。"),
    }
)
"""Attributes that have no docstring and are no field of the record."""

TIMER_STARTS: Mapping[str, Phrase] = MappingProxyType(
    {
        "staff_lost": Phrase("StaffLost, until StaffBack", "StaffLost，直到 StaffBack"),
        "staff_lost_queue": Phrase(
            "StaffLost, until StaffBack or StaffAssigned", "StaffLost，直到 StaffBack 或 StaffAssigned"
        ),
        "visitor_never_wrote": Phrase(
            "StaffAssigned, until the first VisitorWrote", "StaffAssigned，直到首个 VisitorWrote"
        ),
        "visitor_silent": Phrase(
            "the last answer by hand, until the next VisitorWrote", "最后一次手工答复，直到下一个 VisitorWrote"
        ),
        "session_idle": Phrase(
            "StaffAssigned, or the latest message that is not automatic", "StaffAssigned，或最近一条非自动消息"
        ),
        "queue": Phrase("the first QueueEntered", "首个 QueueEntered"),
        "unrouted": Phrase("SessionOpened", "SessionOpened"),
        "robot_idle": Phrase("SessionOpened, or the latest message", "SessionOpened，或最近一条消息"),
        "message_idle": Phrase(
            "SessionOpened, MessageOffered, or the latest VisitorWrote",
            "SessionOpened、MessageOffered，或最近一个 VisitorWrote",
        ),
        "rating_window": Phrase(
            "the end of a session that was served and has a rating model", "得到过服务且有评价模型的会话结束时"
        ),
    }
)
"""The moment from which each timer counts, by the timer's name."""
