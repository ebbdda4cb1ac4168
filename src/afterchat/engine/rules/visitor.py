"""Rules of the fields that say who came, from where: most of them are simply what the opening event said."""

from __future__ import annotations

from afterchat.engine.events import SessionOpened, VisitorIdentified
from afterchat.engine.rules.rule import Example, Rule, opened_rule
from afterchat.engine.rules.told import ANSWERED, FROM_HISTORY, LOGGED_IN, UNANSWERED

__all__ = ["VISITOR_RULES"]


def _identified_rule(field: str, examples: tuple[Example, ...], because_en: str = "", because_zh: str = "") -> Rule:
    """The rule of a field that says who the visitor is, which may become known only later."""
    return Rule(
        field,
        lambda facts: getattr(facts.identified, field),
        (SessionOpened, VisitorIdentified),
        "As the latest VisitorIdentified says, or else SessionOpened.",
        "取自最近一次 VisitorIdentified，没有则取自 SessionOpened。",
        examples,
        because_en,
        because_zh,
    )


VISITOR_RULES = (
    _identified_rule("user_id", (Example(ANSWERED, 43), Example(LOGGED_IN, 44))),
    _identified_rule(
        "foreign_id",
        (Example(ANSWERED, "member-7"), Example(LOGGED_IN, "member-8"), Example(UNANSWERED, "")),
        "Our choice is empty text for an anonymous visitor, because the page says only that the enterprise gives it.",
        "匿名访客取空文本是我们的选择，因为原文只说“由企业提供”。",
    ),
    opened_rule("from_ip", (Example(ANSWERED, "203.0.113.9"),)),
    opened_rule("from_page", (Example(ANSWERED, "https://shop.example/orders"),)),
    opened_rule("from_title", (Example(ANSWERED, "我的订单"),)),
    opened_rule("from_type", (Example(ANSWERED, "web"),)),
    opened_rule("origin_platform", (Example(ANSWERED, "百度"),)),
    opened_rule("search_key", (Example(ANSWERED, "跑鞋 轻便"),)),
    opened_rule("land_page", (Example(ANSWERED, "https://shop.example/"),)),
    _identified_rule("vip_level", (Example(ANSWERED, 3), Example(LOGGED_IN, 2))),
    Rule(
        "visit_range",
        lambda facts: max(0, facts.opened.at - facts.opened.previous_visit_at) if facts.opened.previous_visit_at else 0,
        (SessionOpened,),
        "SessionOpened.at − SessionOpened.previousVisitAt, never below 0; 0 on a first visit.",
        "SessionOpened.at − SessionOpened.previousVisitAt，不小于 0；首次来访为 0。",
        (Example(ANSWERED, 86_400_000), Example(UNANSWERED, 0)),
        "Our choice is from coming to coming, opening to opening, because the page's word 来访 names the coming, "
        "and because the session before may still be open.",
        "按“来访”到“来访”（两次会话的发起时刻）计算是我们的选择：原文用词是“来访”，而且上一个会话可能尚未结束。",
    ),
    Rule(
        "beginer",
        lambda facts: 2 if facts.opened.by == "staff" else 1,
        (SessionOpened,),
        "1 when the visitor opened the session, 2 when staff did (SessionOpened.by).",
        "访客发起为 1，客服发起为 2（SessionOpened.by）。",
        (Example(ANSWERED, 1), Example(FROM_HISTORY, 2)),
    ),
)
