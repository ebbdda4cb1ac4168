"""What became of an event that was fed: taken, known already, or refused with a reason.

A refusal changes nothing and is no exception.
An event that is refused because of what is known now is judged again when an earlier event arrives late.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from afterchat.contract.record import SessionRecord
from afterchat.engine.events import Event
from afterchat.engine.states import State

__all__ = ["DUPLICATE", "TAKEN", "Outcome", "Refusal", "Refused", "Verdict"]


class Verdict(Enum):
    """What became of an event: name in English, name in Chinese."""

    TAKEN = ("taken", "已采纳")
    DUPLICATE = ("known already", "重复")
    REFUSED = ("refused", "被拒")

    def __init__(self, en: str, zh: str) -> None:
        self.en = en
        self.zh = zh


class Refusal(Enum):
    """Why an event was refused: what it says in English and in Chinese.

    `{event}` is the event's cue and `{state}` the state of the session when it happened.
    """

    OTHER_SESSION = ("it belongs to another session", "属于另一个会话")
    ID_REUSED = (
        "another event has the same id; give every event an id of its own",
        "事件编号已被另一事件使用，请为每个事件使用唯一编号",
    )
    TOO_LATE = (
        "it happened longer ago than the tolerance lets the engine look back",
        "发生时间早于允许的乱序范围",
    )
    TOO_MANY = ("too many refused events of this session wait already", "该会话等待重判的被拒事件过多")
    NOT_ALLOWED = ("{event} cannot happen in a session that is {state}", "会话处于“{state}”时不允许 {event}")
    NOT_DUE = ("as is known now, that timer was not over", "按目前所知，该计时尚未到期")
    ALREADY_PINNED = ("it is pinned already", "已经置顶")
    NOT_PINNED = ("it is not pinned", "并未置顶")
    ALREADY_LOST = ("staff are off line already", "客服已经离线")
    NOT_LOST = ("staff are not off line", "客服并未离线")
    NO_MODEL = ("the session has no rating model", "会话没有评价模型")
    OUTSIDE_MODEL = ("the session's rating model has no such rating", "会话的评价模型没有这个选项")
    NEVER_SERVED = ("nobody served the visitor, so there is nothing to rate", "访客未得到服务，无从评价")
    WINDOW_OVER = ("the time for rating is over", "评价期已过")
    WINDOW_OPEN = ("the time for rating is not over yet", "评价期未满")
    ALREADY_RATED = ("a rating cannot be changed here", "评价不可更改")
    NO_MESSAGE = ("the session is no left message", "会话不是留言")
    ALREADY_TREATED = ("the left message has been dealt with already", "留言已经处理过")
    NO_SUCCESSOR = ("no session follows from the way in which it ended", "按其结束方式没有后续会话")
    SAME_SESSION = ("a session cannot follow from itself", "会话不能以自身为后续会话")
    SUCCESSOR_KNOWN = ("the session that follows is known already", "后续会话已知")

    def __init__(self, en: str, zh: str) -> None:
        self.en = en
        self.zh = zh


class Refused(NamedTuple):
    """One event that stands refused, as things are known now."""

    event: Event
    refusal: Refusal
    state: State
    """Where the session was when it happened."""

    def explain(self, language: str) -> str:
        """Why, in one sentence, in `zh` or `en`."""
        is_chinese = language == "zh"
        sentence = self.refusal.zh if is_chinese else self.refusal.en
        return sentence.format(event=self.event.cue, state=self.state.zh if is_chinese else self.state.en)


class Outcome(NamedTuple):
    """What became of one event."""

    verdict: Verdict
    record: SessionRecord | None = None
    """The session's record when this event ended it or changed what had been said of it."""
    refused: Refused | None = None
    """Why, when it was refused."""
    is_withdrawn: bool = False
    """This event, which came late, shows that the session whose record was told is open still.
    It will end again, and its record will be told again."""

    @property
    def refusal(self) -> Refusal | None:
        """The reason for a refusal alone."""
        return self.refused.refusal if self.refused is not None else None


TAKEN = Outcome(Verdict.TAKEN)
DUPLICATE = Outcome(Verdict.DUPLICATE)
