"""Events in the words of people who answer for a contact centre: one line each, in English and in Chinese.

    Served by staff: 王小燕 (17885), group 售后服务组
    客服接入：王小燕 (17885)，分组 售后服务组

Rules
- WORDS has one line for every event: what it is called, and which of its attributes are worth saying.
- An attribute that says nothing (no group, no successor yet) is left out.
- Codes are said by the vocabulary of the contract; a rating by the model that its session has.
- Whoever prints the line makes it `visible`: names and notes were written by strangers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from afterchat.cli.language import Text
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.engine import events, origins
from afterchat.engine.verdict import Refused

__all__ = ["TOLD_CHARS_MAX", "WORDS", "Words", "name_of", "reason_of", "tell"]

TOLD_CHARS_MAX = 200
"""A longer line is cut; the record has all of it."""

Details = Iterator[str]


class Words(NamedTuple):
    """How one kind of event is told."""

    name: Callable[[Any], Text]
    details: Callable[[Any, Telling], Details]


class Telling(NamedTuple):
    """For whom, and what is known of the session."""

    language: str
    evaluation_type: int

    def label(self, coded: str, value: int | str) -> str:
        return CODED_SETS[coded].label(value, self.language)

    def say(self, text: Text, value: object) -> str:
        return text.say(self.language, value=value)


def name_of(event: events.Event, language: str) -> str:
    """What the event is called."""
    return WORDS[type(event)].name(event).of(language)


def tell(event: events.Event, language: str, evaluation_type: int = 0) -> str:
    """The event in one line; `evaluation_type` is the session's rating model, 0 when it has none."""
    details = list(WORDS[type(event)].details(event, Telling(language, evaluation_type)))
    name = name_of(event, language)
    if not details:
        return name
    told = f"{name}：{'，'.join(details)}" if language == "zh" else f"{name}: {', '.join(details)}"
    return told if len(told) <= TOLD_CHARS_MAX else told[: TOLD_CHARS_MAX - 1] + "…"


def reason_of(refused: Refused, language: str) -> str:
    """Why an event was refused, in one sentence; quotation marks stand for the blank before the event in Chinese."""
    text = Text(refused.refusal.en, refused.refusal.zh.replace(" {event}", "{event}"))
    name, state = name_of(refused.event, language), refused.state
    return text.say(language, event=f"“{name}”", state=Text(state.en, state.zh).of(language))


_GROUP = Text("group {value}", "分组 {value}")
_OVERFLOW = Text("overflow from {value}", "溢出自 {value}")
_ASKED_FOR = Text("asked for {value}", "指定客服 {value}")
_SESSION = Text("session {value}", "会话 {value}")
_QUOTED = Text("“{value}”", "“{value}”")

_OPENED = {
    ("person", "visitor"): Text("Opened by the visitor", "访客发起人工会话"),
    ("person", "staff"): Text("Opened by staff", "客服发起会话"),
    ("robot", "visitor"): Text("Opened with the robot", "访客发起机器人会话"),
    ("robot", "staff"): Text("Opened by staff, with the robot", "客服发起机器人会话"),
    ("message", "visitor"): Text("Visitor begins to leave a message", "访客开始留言"),
    ("message", "staff"): Text("Staff begin a left message", "客服发起留言"),
}
_CAME_FROM: Mapping[type, Text] = MappingProxyType(
    {
        origins.FromRobot: Text("from the robot's session {value}", "来自机器人会话 {value}"),
        origins.FromHistory: Text("out of earlier session {value}", "由历史会话 {value} 发起"),
        origins.FromTransfer: Text("transferred from session {value}", "由会话 {value} 转接"),
        origins.FromTakeOver: Text("taken over from session {value}", "由会话 {value} 接管"),
    }
)


def _opened(event: events.SessionOpened, telling: Telling) -> Details:
    if event.from_type:
        yield telling.label("fromType", event.from_type)
    if event.vip_level:
        yield telling.label("vipLevel", event.vip_level)
    if event.from_title:
        yield telling.say(_QUOTED, event.from_title)
    came_from = event.came_from
    if came_from is not None:
        yield telling.say(_CAME_FROM[type(came_from)], came_from.session)
    if isinstance(came_from, origins.FromTransfer) and came_from.transfer_from_staff_name:
        yield came_from.transfer_from_staff_name
    if isinstance(came_from, origins.FromTransfer) and came_from.transfer_remarks:
        yield _quoted(came_from.transfer_remarks, telling)


def _identified(event: events.VisitorIdentified, telling: Telling) -> Details:
    if event.foreign_id or event.user_id:
        yield event.foreign_id or str(event.user_id)
    if event.vip_level:
        yield telling.label("vipLevel", event.vip_level)


def _routed(event: events.QueueEntered | events.StaffAssigned, telling: Telling) -> Details:
    for text, value in (
        (_GROUP, event.from_group or event.from_group_id),
        (_ASKED_FOR, event.from_staff),
        (_OVERFLOW, event.overflow_from),
    ):
        if value:
            yield telling.say(text, value)


def _assigned(event: events.StaffAssigned, telling: Telling) -> Details:
    yield _numbered(event.staff_name, event.staff_id)
    yield from _routed(event, telling)


def _rated(event: events.VisitorRated, telling: Telling) -> Details:
    label = evaluation_label(telling.evaluation_type, event.evaluation, telling.language)
    yield _numbered(label, event.evaluation) if telling.evaluation_type else str(event.evaluation)
    if event.user_resolved_status:
        yield telling.label("userResolvedStatus", event.user_resolved_status)
    if event.evaluation_remark:
        yield _quoted(event.evaluation_remark, telling)


def _category(event: events.CategoryChosen, _telling: Telling) -> Details:
    yield event.category_detail or event.category


def _remark(event: events.RemarkWritten, telling: Telling) -> Details:
    yield _quoted(event.remarks, telling)


def _custom(event: events.CustomFieldsFilled, _telling: Telling) -> Details:
    for custom in event.custom_field:
        yield f"{custom.field_name}={custom.field_value}"


def _status(event: events.StatusMarked, telling: Telling) -> Details:
    yield telling.label("status", event.status)


def _handed(event: events.HandedToPerson, telling: Telling) -> Details:
    yield telling.label("transferRgType", event.transfer_rg_type)
    yield from _successor(event, telling)


def _successor(
    event: events.HandedToPerson | events.TransferredAway | events.TakenOver | events.SuccessorNamed, telling: Telling
) -> Details:
    if event.to_session:
        yield telling.say(_SESSION, event.to_session)


def _closed(event: events.SessionClosed, telling: Telling) -> Details:
    yield _numbered(telling.label("closeReason", event.close_reason), event.close_reason)


def _nothing(_event: events.Event, _telling: Telling) -> Details:
    return iter(())


def _numbered(name: str, number: int) -> str:
    return f"{name} ({number})"


def _quoted(said: str, telling: Telling) -> str:
    return telling.say(_QUOTED, said)


def _called(en: str, zh: str) -> Callable[[events.Event], Text]:
    text = Text(en, zh)
    return lambda _event: text


def _either(usual: Text, other: Text, attribute: str, value: object) -> Callable[[events.Event], Text]:
    """`other` where the attribute has that value, else `usual`."""
    return lambda event: other if getattr(event, attribute) == value else usual


WORDS: Mapping[type[events.Event], Words] = MappingProxyType(
    {
        events.SessionOpened: Words(lambda event: _OPENED[event.kind, event.by], _opened),
        events.VisitorIdentified: Words(_called("Visitor identified", "确认访客身份"), _identified),
        events.QueueEntered: Words(_called("Queued", "进入排队"), _routed),
        events.StaffAssigned: Words(_called("Served by staff", "客服接入"), _assigned),
        events.StaffLost: Words(_called("Staff off line", "客服离线"), _nothing),
        events.StaffBack: Words(_called("Staff back on line", "客服恢复在线"), _nothing),
        events.MessageOffered: Words(_called("Visitor let to leave a message", "引导访客留言"), _nothing),
        events.VisitorWrote: Words(_called("Visitor wrote", "访客发送消息"), _nothing),
        events.RobotAnswered: Words(_called("Robot answered", "机器人答复"), _nothing),
        events.StaffWrote: Words(
            _either(
                Text("Staff wrote", "客服发送消息"),
                Text("Automatic message", "系统自动消息"),
                "is_automatic",
                value=True,
            ),
            _nothing,
        ),
        events.Pinned: Words(_called("Pinned to the top", "会话置顶"), _nothing),
        events.Unpinned: Words(_called("No longer pinned", "取消置顶"), _nothing),
        events.AlarmRaised: Words(_called("Alarm of the smart monitor", "触发智能监控告警"), _nothing),
        events.RatingInvited: Words(
            _either(
                Text("Staff asked for a rating", "客服邀请评价"),
                Text("System asked for a rating", "系统邀请评价"),
                "by",
                value="system",
            ),
            _nothing,
        ),
        events.VisitorRated: Words(_called("Visitor rated", "访客评价"), _rated),
        events.CategoryChosen: Words(_called("Category", "选择分类"), _category),
        events.RemarkWritten: Words(_called("Note", "填写备注"), _remark),
        events.CustomFieldsFilled: Words(_called("Service record", "填写服务记录"), _custom),
        events.StatusMarked: Words(_called("Marked", "标记解决状态"), _status),
        events.MessageTreated: Words(_called("Left message dealt with", "留言已处理"), _nothing),
        events.HandedToPerson: Words(_called("Handed to a person", "转人工"), _handed),
        events.TransferredAway: Words(
            _either(
                Text("Transferred to other staff", "转接给其他客服"),
                Text("Transferred by the system", "静默转接"),
                "is_silent",
                value=True,
            ),
            _successor,
        ),
        events.TakenOver: Words(_called("Taken over", "被接管"), _successor),
        events.SessionClosed: Words(_called("Closed", "会话关闭"), _closed),
        events.SuccessorNamed: Words(_called("Session that follows is known", "得知后续会话"), _successor),
        events.RatingWindowClosed: Words(_called("Time for rating is over", "评价期结束"), _nothing),
    }
)
"""Every event and its words."""
