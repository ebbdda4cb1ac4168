"""Rules of the fields that say whether the visitor was asked for a rating, and what it was."""

from __future__ import annotations

from typing import Any

from afterchat.engine.events import RatingInvited, SessionOpened, VisitorRated
from afterchat.engine.rules.rule import Example, Rule, opened_rule
from afterchat.engine.rules.told import ANSWERED, ASKED_TWICE, GREETED, SILENT, UNANSWERED
from afterchat.engine.stories import BEGIN

__all__ = ["RATING_RULES"]

_NONE = "-1"


def _was_invited(facts: Any) -> int:
    if facts.rated is None:
        return 0 if facts.invited_at else -1
    return 0 if facts.was_asked_to_rate else 1


def _was_invited_by_staff(facts: Any) -> str:
    if not facts.opened.evaluation_type:
        return "0"
    return "1" if facts.staff_invited_at else "2"


RATING_RULES = (
    opened_rule(
        "evaluation_type",
        (Example(ANSWERED, 5), Example(GREETED, 3), Example(SILENT, 2), Example(UNANSWERED, 0)),
        "The model is a tenant's setting; the one in force when the session was opened counts, by the vendor's guide.",
        "评价模型为租户设置；按厂商指南，以会话开始时生效的为准。",
    ),
    Rule(
        "evaluation",
        lambda facts: facts.rated.evaluation if facts.rated else 0,
        (VisitorRated,),
        "Of the latest VisitorRated; 0 when there is none.",
        "取最近一次 VisitorRated；没有则为 0。",
        (Example(ANSWERED, 75), Example(ASKED_TWICE, 1), Example(UNANSWERED, 0)),
        "The vendor's client lets a visitor change the rating within the window; the last one counts.",
        "厂商客户端允许访客在评价期内修改评价，以最后一次为准。",
    ),
    Rule(
        "evaluation_remark",
        lambda facts: facts.rated.evaluation_remark if facts.rated else "",
        (VisitorRated,),
        "Of the same VisitorRated: a later rating replaces all of the earlier one.",
        "取同一次 VisitorRated：后一次评价整体替换前一次。",
        (Example(ANSWERED, "回复很快"), Example(ASKED_TWICE, "")),
    ),
    Rule(
        "user_join_evaluate_time",
        lambda facts: str(facts.rated.at) if facts.rated else _NONE,
        (VisitorRated,),
        "Moment of the same VisitorRated, as text; -1 when there is none.",
        "同一次 VisitorRated 的时刻（文本）；没有则为 -1。",
        (Example(ANSWERED, str(BEGIN + 180_000)), Example(ASKED_TWICE, str(BEGIN + 90_000)), Example(UNANSWERED, "-1")),
    ),
    Rule(
        "user_resolved_status",
        lambda facts: facts.rated.user_resolved_status if facts.rated else 0,
        (VisitorRated,),
        "Of the same VisitorRated.",
        "取同一次 VisitorRated。",
        (Example(ANSWERED, 1), Example(ASKED_TWICE, 2), Example(UNANSWERED, 0)),
    ),
    Rule(
        "staff_invited_evaluate_time",
        lambda facts: str(facts.staff_invited_at) if facts.staff_invited_at else _NONE,
        (RatingInvited,),
        "Moment of the first RatingInvited by staff, as text; -1 when there is none.",
        "客服首次 RatingInvited 的时刻（文本）；没有则为 -1。",
        (Example(ANSWERED, str(BEGIN + 110_000)), Example(ASKED_TWICE, "-1")),
        "Our choice of several invitations is the first, because the visitor has been asked since then.",
        "多次邀评时取第一次是我们的选择，因为访客从那时起就已被邀请。",
    ),
    Rule(
        "is_staff_invited",
        _was_invited_by_staff,
        (SessionOpened, RatingInvited),
        "1 when staff invited, 2 when they did not; 0 when the session has no rating model.",
        "客服邀评为 1，否则为 2；会话没有评价模型时为 0。",
        (Example(ANSWERED, "1"), Example(ASKED_TWICE, "2"), Example(UNANSWERED, "0")),
        "Disputed: a clone reads it as staff having opened the session. Our choice is the page's text; "
        "its sample of 0 is read as not stated.",
        "有争议：某克隆产品解读为客服发起会话。我们按原文取“客服是否邀评”，样例中的 0 视为未说明。",
    ),
    Rule(
        "is_evaluation_invited",
        _was_invited,
        (RatingInvited, VisitorRated),
        "0 when anybody invited (before the rating, if there is one), 1 when the visitor rated unasked, -1 otherwise.",
        "评价之前有人邀评（或未评价但有邀评）为 0，访客主动评价为 1，其余为 -1。",
        (Example(ANSWERED, 0), Example(ASKED_TWICE, 0), Example(GREETED, 1), Example(UNANSWERED, -1)),
        "Our choice is -1 where nobody invited and nobody rated, because 0 would say that the visitor was asked.",
        "既未邀评也未评价时取 -1 是我们的选择，因为 0 意味着访客被邀请过。",
    ),
)
