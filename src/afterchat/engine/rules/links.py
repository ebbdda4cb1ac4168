"""Rules of the fields that link a session with the one before it and the one after it.

A record has one place for a link.
Where a session came from stands there; where it went stands there only if it came from nowhere.
So the links of a journey robot -> person -> transfer lead from any session to all others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from afterchat.engine.events import (
    HandedToPerson,
    SessionClosed,
    SessionOpened,
    SuccessorNamed,
    TakenOver,
    TransferredAway,
)
from afterchat.engine.facts import goes_on
from afterchat.engine.origins import FromHistory, FromRobot, FromTakeOver, FromTransfer
from afterchat.engine.rules.rule import Example, Rule
from afterchat.engine.rules.told import (
    AFTER_ROBOT,
    ANSWERED,
    FROM_HISTORY,
    ROBOT,
    SILENT_TRANSFER,
    TAKEN_OVER,
    TRANSFERRED_IN,
    TRANSFERRED_OUT,
)

__all__ = ["LINK_RULES"]

_TYPE_OF_ORIGIN: Mapping[Any, int] = {FromRobot: 1, FromHistory: 3, FromTransfer: 4, FromTakeOver: 5}
_TYPE_OF_END: Mapping[Any, int] = {HandedToPerson: 2, TransferredAway: 4, TakenOver: 5}
_ONWARD = (SessionOpened, HandedToPerson, TransferredAway, TakenOver, SessionClosed, SuccessorNamed)


class _Link(NamedTuple):
    session: int
    type: int


_NO_LINK = _Link(0, 0)


def _link(facts: Any) -> _Link:
    came_from = facts.opened.came_from
    if came_from is not None:
        return _Link(came_from.session, _TYPE_OF_ORIGIN[type(came_from)])
    if facts.successor and goes_on(facts):
        return _Link(facts.successor, _TYPE_OF_END[type(facts.closed)])
    return _NO_LINK


def _hand_over_kind(facts: Any) -> str:
    said = facts.closed if facts.opened.kind == "robot" else facts.opened.came_from
    return said.transfer_rg_type if isinstance(said, FromRobot | HandedToPerson) else ""


def _transfer(facts: Any) -> FromTransfer | None:
    came_from = facts.opened.came_from
    return came_from if isinstance(came_from, FromTransfer) else None


def _transfer_type(facts: Any) -> str:
    transfer = _transfer(facts)
    if transfer is None:
        return ""
    return "静默转接" if transfer.is_silent else "人工转接"


def _of_transfer(field: str, value: str) -> Rule:
    """The rule of a field that FromTransfer says itself, under the same name."""
    return Rule(
        field,
        lambda facts: getattr(_transfer(facts), field, ""),
        (SessionOpened,),
        "As FromTransfer says; empty for a session that was not transferred here.",
        "取自 FromTransfer；并非转接而来时为空。",
        (Example(TRANSFERRED_IN, value), Example(TRANSFERRED_OUT, "")),
    )


LINK_RULES = (
    Rule(
        "related_id",
        lambda facts: _link(facts).session,
        _ONWARD,
        "The session that it came from (SessionOpened.cameFrom); else the one that it was handed, transferred "
        "or taken over to; else 0.",
        "其来源会话（SessionOpened.cameFrom）；没有则取其转出、移交或被接管后的会话；再没有则为 0。",
        (
            Example(ROBOT, 2),
            Example(AFTER_ROBOT, 1),
            Example(TRANSFERRED_OUT, 2),
            Example(TRANSFERRED_IN, 1),
            Example(FROM_HISTORY, 9),
            Example(ANSWERED, 0),
        ),
        "Our choice for a session in the middle of a journey is where it came from, because the session after it "
        "points back to it.",
        "处于流转中间的会话取来源是我们的选择，因为后一个会话会指回它。",
    ),
    Rule(
        "related_type",
        lambda facts: _link(facts).type,
        _ONWARD,
        "Kind of that link: 1 from a robot, 3 from history, 4 from a transfer, 5 from a take-over; "
        "onward 2 to a person, 4 to other staff, 5 to who took it over; 0 without a link.",
        "该关联的类型：来自机器人 1，来自历史会话 3，来自转接 4，来自接管 5；"
        "转出到人工 2，转给其他客服 4，被接管 5；无关联 0。",
        (
            Example(ROBOT, 2),
            Example(AFTER_ROBOT, 1),
            Example(TRANSFERRED_OUT, 4),
            Example(TRANSFERRED_IN, 4),
            Example(TAKEN_OVER, 5),
            Example(FROM_HISTORY, 3),
            Example(ANSWERED, 0),
        ),
        "1 on the person's session and 2 on the robot's, pointing at each other, is inferred. "
        "For 4 and 5 fromHumanTransfer and closeReason tell which way the link leads.",
        "人工会话为 1、机器人会话为 2、彼此相指，系推断。4 与 5 的方向由 fromHumanTransfer 与 closeReason 区分。",
    ),
    Rule(
        "transfer_rg_type",
        _hand_over_kind,
        (SessionOpened, HandedToPerson, TransferredAway, TakenOver, SessionClosed),
        "FromRobot.transferRgType of the person's session, HandedToPerson.transferRgType of the robot's; else empty.",
        "人工会话取 FromRobot.transferRgType，机器人会话取 HandedToPerson.transferRgType；其余为空。",
        (Example(ROBOT, "关键词转人工"), Example(AFTER_ROBOT, "关键词转人工"), Example(ANSWERED, "")),
        "Our choice is to write it on both sessions, because the page does not say on which.",
        "两个会话都写是我们的选择，因为原文没有说明写在哪一个。",
    ),
    Rule(
        "human_transfer_session_id",
        lambda facts: getattr(_transfer(facts), "session", 0),
        (SessionOpened,),
        "FromTransfer.session; 0 for a session that was not transferred here.",
        "FromTransfer.session；并非转接而来时为 0。",
        (Example(TRANSFERRED_IN, 1), Example(SILENT_TRANSFER, 1), Example(TAKEN_OVER, 0), Example(TRANSFERRED_OUT, 0)),
        "Our choice is that a take-over is no transfer, because it has a relatedType and a closeReason of its own.",
        "接管不算转接是我们的选择，因为它另有 relatedType 与 closeReason。",
    ),
    Rule(
        "from_human_transfer",
        lambda facts: int(_transfer(facts) is not None),
        (SessionOpened,),
        "1 when humanTransferSessionId is not 0, a silent transfer included; else 0.",
        "humanTransferSessionId 不为 0 时为 1（含静默转接），否则为 0。",
        (Example(TRANSFERRED_IN, 1), Example(SILENT_TRANSFER, 1), Example(AFTER_ROBOT, 0)),
    ),
    _of_transfer("transfer_from_staff_name", "张佳怡"),
    _of_transfer("transfer_from_group", "售前咨询组"),
    _of_transfer("transfer_remarks", "顾客要查物流"),
    Rule(
        "transfer_type",
        _transfer_type,
        (SessionOpened,),
        "静默转接 when FromTransfer.isSilent, else 人工转接; empty for a session that was not transferred here.",
        "FromTransfer.isSilent 时为“静默转接”，否则为“人工转接”；并非转接而来时为空。",
        (Example(SILENT_TRANSFER, "静默转接"), Example(TRANSFERRED_IN, "人工转接"), Example(TRANSFERRED_OUT, "")),
    ),
)
