"""What the wire's codes mean, in Chinese and English.

Each coded set is a table; an unlisted value is labelled unknown with its number and is never refused.
The none-value of a field is listed, too, so that a label can be given to whatever a record holds.

Rules
- A meaning that only third parties state is in the table with `source` saying so.
- Nobody guesses: 14 and 15 of closeReason appear in no document and have no line here.
- What a rating means depends on its model: use `evaluation_label` where the model is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = [
    "CODED_SETS",
    "ENDER_OF_CLOSE_REASON",
    "EVALUATION_MODELS",
    "CodedSet",
    "evaluation_label",
    "knows_evaluation",
]

Code = int | str
Labels = Mapping[Code, tuple[str, str]]

UNKNOWN_VALUE_CHARS_MAX = 40
"""A label stays a label: an unknown value that is a whole text is cut."""

_NOT_STATED = ("未说明", "not stated")
_VIP_TIERS: Labels = {tier: (f"VIP{tier}", f"VIP{tier}") for tier in range(1, 11)}
_NO_YES: Labels = {0: ("否", "no"), 1: ("是", "yes")}


@dataclass(frozen=True, slots=True)
class CodedSet:
    """The known values of one coded field."""

    name: str
    """The wire name of the field, or `evaluation` with the model's number."""
    labels: Labels
    """Value to (Chinese, English)."""
    is_case_blind: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    """Words that the wire may carry instead of a value, in lower case, and the value they stand for."""
    source: str = ""
    """Where the table comes from when it is not the vendor's page of this push."""

    def label(self, value: Code, language: str) -> str:
        """What `value` means in `zh` or `en`; `未知 (17)` or `unknown (17)` when nobody knows."""
        is_chinese = language == "zh"
        known = self.labels.get(self._key(value))
        if known is not None:
            return known[0] if is_chinese else known[1]
        shown = str(value)[:UNKNOWN_VALUE_CHARS_MAX]
        return f"未知 ({shown})" if is_chinese else f"unknown ({shown})"

    def knows(self, value: Code) -> bool:
        """Whether the table has a line for `value`."""
        return self._key(value) in self.labels

    def _key(self, value: Code) -> Code:
        return value.lower() if self.is_case_blind and isinstance(value, str) else value


_SETS = (
    CodedSet(
        "closeReason",
        {
            -1: _NOT_STATED,
            0: ("客服关闭", "closed by staff"),
            1: ("用户离开", "visitor left"),
            2: ("用户长时间未说话，系统关闭", "visitor silent too long, closed by the system"),
            3: ("机器人会话转人工", "robot session handed to a person"),
            4: ("客服离开，系统关闭", "staff lost, closed by the system"),
            5: ("转接给其他客服", "transferred to other staff"),
            6: ("被其他客服接管", "taken over by other staff"),
            7: ("访客主动关闭", "closed by the visitor"),
            8: ("会话超时，系统关闭", "session timed out, closed by the system"),
            9: ("静默转接", "silent transfer by the system"),
            10: ("访客未说话", "visitor never wrote"),
            11: ("排队超时，系统清除", "queue timed out, cleared by the system"),
            12: ("访客放弃排队", "visitor gave up queuing"),
            13: ("客服离线，排队被清除", "staff went off line, queue cleared"),
            16: ("系统关闭", "closed by the system"),
        },
        source="0-5 vendor's guide, 1-9 vendor's client source, 10-13 and 16 third parties; 14 and 15 unknown",
    ),
    CodedSet(
        "evaluationType",
        {
            0: ("无评价模型", "no model"),
            2: ("二级评价", "two options"),
            3: ("三级评价", "three options"),
            5: ("五级评价", "five options"),
        },
    ),
    CodedSet(
        "evaluation",
        {
            0: ("未评价", "not rated"),
            1: ("最低分", "lowest"),
            25: ("不满意", "dissatisfied"),
            50: ("一般", "neutral"),
            75: ("满意", "satisfied"),
            100: ("最高分", "highest"),
        },
        source="values of all models together; for what each means see the set of its model, below",
    ),
    CodedSet(
        "userResolvedStatus",
        {0: ("未选择", "not chosen"), 1: ("已解决", "solved"), 2: ("未解决", "not solved")},
    ),
    CodedSet(
        "relatedType",
        {
            0: ("无关联", "none"),
            1: ("从机器人转接过来", "came over from a robot"),
            2: ("机器人会话转接人工", "robot session handed to a person"),
            3: ("历史会话发起", "started from history"),
            4: ("客服间转接", "transferred between staff"),
            5: ("被接管", "taken over"),
        },
    ),
    CodedSet(
        "sType",
        {
            "": _NOT_STATED,
            "0": ("正常会话", "normal session"),
            "1": ("离线留言", "left message"),
            "2": ("离线留言", "left message"),
            "3": ("排队超时", "queue timed out"),
        },
        words={
            "正常会话": "0",
            "正常": "0",
            "normal session": "0",
            "normal": "0",
            "离线留言": "1",
            "留言": "1",
            "left message": "1",
            "排队超时": "3",
            "queue timed out": "3",
            "queue timeout": "3",
        },
    ),
    CodedSet("interaction", {-1: _NOT_STATED, 0: ("客服会话", "person"), 1: ("机器人会话", "robot")}),
    CodedSet(
        "status",
        {-1: _NOT_STATED, 0: ("未解决", "not solved"), 1: ("已解决", "solved"), 2: ("解决中", "in progress")},
        source="no value on the vendor's page; third parties agree",
    ),
    CodedSet(
        "vipLevel",
        {0: ("非 VIP", "no VIP"), **_VIP_TIERS, 11: ("VIP", "VIP")},
        source="vendor's client source and guide",
    ),
    CodedSet(
        "transferRgType",
        {
            "": ("无", "none"),
            "主动转人工": ("主动转人工", "visitor asked for a person"),
            "关键词转人工": ("关键词转人工", "keyword"),
            "回复引导转人工": ("回复引导转人工", "led by a robot answer"),
            "拦截词转人工": ("拦截词转人工", "blocked word"),
            "连续未知转人工": ("连续未知转人工", "robot did not know repeatedly"),
            "差评转人工": ("差评转人工", "bad rating of the robot"),
            "情绪识别转人工": ("情绪识别转人工", "mood recognised"),
            "图片转人工": ("图片转人工", "picture"),
        },
    ),
    CodedSet(
        "transferType",
        {
            "": ("无", "none"),
            "静默转接": ("静默转接", "silent transfer by the system"),
            "人工转接": ("人工转接", "transferred by a person"),
        },
    ),
    CodedSet(
        "fromType",
        {
            "": _NOT_STATED,
            "web": ("网页", "web"),
            "ios": ("iOS", "iOS"),
            "android": ("安卓", "Android"),
            "wx": ("微信", "WeChat"),
            "wx_ma": ("微信小程序", "WeChat mini-program"),
            "wb": ("微博", "Weibo"),
            "open": ("开放接口", "open interface"),
        },
        is_case_blind=True,
    ),
    CodedSet("isValid", {-1: _NOT_STATED, 0: ("无效会话", "invalid"), 1: ("有效会话", "valid")}),
    CodedSet(
        "isStaffInvited",
        {"0": _NOT_STATED, "1": ("客服邀评", "staff asked for a rating"), "2": ("非客服邀评", "staff did not ask")},
    ),
    CodedSet(
        "isEvaluationInvited",
        {-1: _NOT_STATED, 0: ("邀评", "asked to rate"), 1: ("主动评价", "rated unasked")},
    ),
    CodedSet("fromHumanTransfer", _NO_YES),
    CodedSet("beginer", {0: _NOT_STATED, 1: ("访客", "visitor"), 2: ("客服", "staff")}),
    CodedSet("ender", {0: _NOT_STATED, 1: ("访客", "visitor"), 2: ("客服", "staff"), 3: ("系统", "system")}),
)

CODED_SETS: Mapping[str, CodedSet] = MappingProxyType({coded.name: coded for coded in _SETS})
"""Every coded set by the name that FIELDS uses for it."""

ENDER_OF_CLOSE_REASON: Mapping[int, int] = MappingProxyType(
    {0: 2, 1: 1, 2: 3, 3: 1, 4: 3, 5: 2, 6: 2, 7: 1, 8: 3, 9: 3, 10: 3, 11: 3, 12: 1, 13: 3, 16: 3}
)
"""Close reason to who ended the session by it: 1 visitor, 2 staff, 3 system; inferred from what the reasons say."""

_NOT_RATED: Labels = {0: ("未评价", "not rated")}

EVALUATION_MODELS: Mapping[int, CodedSet] = MappingProxyType(
    {
        0: CodedSet("evaluation of no model", _NOT_RATED),
        2: CodedSet("evaluation of model 2", {**_NOT_RATED, 1: ("不满意", "dissatisfied"), 100: ("满意", "satisfied")}),
        3: CodedSet(
            "evaluation of model 3",
            {
                **_NOT_RATED,
                1: ("不满意", "dissatisfied"),
                50: ("一般", "neutral"),
                100: ("满意", "satisfied"),
            },
        ),
        5: CodedSet(
            "evaluation of model 5",
            {
                **_NOT_RATED,
                1: ("非常不满意", "very dissatisfied"),
                25: ("不满意", "dissatisfied"),
                50: ("一般", "neutral"),
                75: ("满意", "satisfied"),
                100: ("非常满意", "very satisfied"),
            },
        ),
    }
)
"""Rating model (number of options) to what its ratings mean."""


def evaluation_label(evaluation_type: int, evaluation: int, language: str) -> str:
    """What a rating means within its model; unknown for a model or a value that no document lists."""
    return EVALUATION_MODELS.get(evaluation_type, _NO_MODEL).label(evaluation, language)


def knows_evaluation(evaluation_type: int, evaluation: int) -> bool:
    """Whether the documents list that rating for that model."""
    return EVALUATION_MODELS.get(evaluation_type, _NO_MODEL).knows(evaluation)


_NO_MODEL = CodedSet("evaluation of an unknown model", _NOT_RATED)
