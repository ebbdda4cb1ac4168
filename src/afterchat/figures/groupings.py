"""GROUPINGS: every way to divide sessions into the rows of a table, with labels and the filters behind each row.

A grouping splits the rows of a part by raw values; values that mean the same (iOS and ios) fold into one group.
A group knows which raw values it has met, so that its filters select exactly its sessions.

Rules
- Every session belongs to exactly one group of a grouping.
- A key is text, unique within its grouping, and the same tomorrow.
- Filters of a row replace those of the same name in the address that it was computed for, and join the others.
  They are None where filters cannot say it: "between 9 and 10 of any day" is no filter.

What does not belong here: how many groups are shown, in which order the numbers are taken (`evaluation`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from afterchat.figures import group_words
from afterchat.figures.bands import BANDS_MS, band, band_pairs, by_band
from afterchat.figures.calendar import Calendar
from afterchat.figures.group_words import Pairs, Words
from afterchat.figures.splitting import (
    Splitter,
    by_bucket,
    by_number,
    by_number_or_text,
    by_text,
    by_two_numbers,
    weekday_hours,
)

__all__ = ["BY_COUNT", "BY_KEY", "BY_TIME", "GROUPINGS", "Grouping"]

BY_COUNT = "count"
"""Most sessions first."""
BY_KEY = "key"
"""In the order of the keys; where there are too many, those with the most sessions."""
BY_TIME = "time"
"""In the order of time; where there are too many, the latest."""

LIMIT = 50
DAYS_LIMIT = 400
WEEKS_LIMIT = 120


@dataclass(frozen=True, slots=True)
class Grouping:
    """One line of the table of groupings."""

    id: str
    zh: str
    en: str
    fields: tuple[str, ...]
    split: Splitter
    words: Callable[[Any, str], Words]
    """(key, name) -> key as text, Chinese and English label."""
    pairs: Callable[[Any, list[Any], Calendar], Pairs | None]
    """(key, raw values) -> filters that select the group."""
    order: str = BY_COUNT
    limit: int = LIMIT
    """Groups that are shown unless somebody asks for fewer or more."""
    fold: Callable[[Any], Any] = lambda value: value
    """Raw value -> key."""
    named_by: str = ""
    """Column of text whose value in the latest session names the group."""


_LIST = (
    Grouping(
        "staff",
        "客服",
        "Staff",
        ("staff_id", "staff_name"),
        by_number_or_text("staff_id", "staff_name"),
        group_words.named("0"),
        group_words.number_or_text_pairs("staff_id", "staff_name"),
        named_by="staff_name",
    ),
    Grouping(
        "group",
        "客服组",
        "Group",
        ("from_group_id", "from_group"),
        by_number_or_text("from_group_id", "from_group"),
        group_words.named("0"),
        group_words.number_or_text_pairs("from_group_id", "from_group"),
        named_by="from_group",
    ),
    Grouping(
        "category_top",
        "一级分类",
        "Category, top level",
        ("category",),
        by_text("category"),
        group_words.text,
        group_words.value_pairs("category"),
        fold=group_words.top_level,
    ),
    Grouping(
        "category",
        "会话分类",
        "Category",
        ("category",),
        by_text("category"),
        group_words.text,
        group_words.value_pairs("category"),
    ),
    Grouping(
        "channel",
        "来源类型",
        "Channel",
        ("from_type",),
        by_text("from_type"),
        group_words.coded("fromType"),
        group_words.value_pairs("from_type"),
        fold=str.lower,
    ),
    Grouping(
        "origin",
        "来源渠道",
        "Origin",
        ("origin_platform",),
        by_text("origin_platform"),
        group_words.text,
        group_words.value_pairs("origin_platform"),
    ),
    Grouping(
        "landing_page",
        "着陆页（不含参数）",
        "Landing page, without its query",
        ("land_page",),
        by_text("land_page"),
        group_words.text,
        group_words.value_pairs("land_page"),
        fold=group_words.without_query,
    ),
    Grouping(
        "search_word",
        "搜索关键词",
        "Search words",
        ("search_key",),
        by_text("search_key"),
        group_words.text,
        group_words.value_pairs("search_key"),
    ),
    Grouping(
        "vip",
        "VIP 层级",
        "VIP tier",
        ("vip_level",),
        by_number("vip_level"),
        group_words.coded("vipLevel"),
        group_words.value_pairs("vip_level"),
        BY_KEY,
    ),
    Grouping(
        "close_reason",
        "关闭原因",
        "Close reason",
        ("close_reason",),
        by_number("close_reason"),
        group_words.coded("closeReason"),
        group_words.value_pairs("close_reason"),
    ),
    Grouping(
        "rating_model",
        "评价模型",
        "Rating model",
        ("evaluation_type",),
        by_number("evaluation_type"),
        group_words.coded("evaluationType"),
        group_words.value_pairs("evaluation_type"),
        BY_KEY,
    ),
    Grouping(
        "rating",
        "评分",
        "Rating",
        ("evaluation_type", "evaluation"),
        by_two_numbers("evaluation_type", "evaluation"),
        group_words.rating,
        group_words.rating_pairs,
        BY_KEY,
    ),
    Grouping(
        "hand_over_kind",
        "转人工类型",
        "Kind of hand-over",
        ("transfer_rg_type",),
        by_text("transfer_rg_type"),
        group_words.coded("transferRgType"),
        group_words.value_pairs("transfer_rg_type"),
    ),
    Grouping(
        "tenant",
        "租户",
        "Tenant",
        (),
        by_text("tenant"),
        group_words.text,
        group_words.value_pairs("tenant"),
    ),
    Grouping(
        "day",
        "日",
        "Day",
        ("end_time",),
        by_bucket(Calendar.days),
        group_words.day,
        group_words.day_pairs(1),
        BY_TIME,
        DAYS_LIMIT,
    ),
    Grouping(
        "week",
        "周（自周一起）",
        "Week, from Monday",
        ("end_time",),
        by_bucket(Calendar.weeks),
        group_words.week,
        group_words.day_pairs(7),
        BY_TIME,
        WEEKS_LIMIT,
    ),
    Grouping(
        "hour",
        "时段（按小时）",
        "Hour of the day",
        ("end_time",),
        by_bucket(Calendar.hours),
        group_words.hour,
        group_words.no_pairs,
        BY_KEY,
        25,
    ),
    Grouping(
        "weekday",
        "星期",
        "Weekday",
        ("end_time",),
        by_bucket(Calendar.weekdays),
        group_words.weekday,
        group_words.no_pairs,
        BY_KEY,
        8,
    ),
    Grouping(
        "weekday_hour",
        "星期与时段",
        "Weekday and hour",
        ("end_time",),
        by_bucket(weekday_hours),
        group_words.weekday_hour,
        group_words.no_pairs,
        BY_KEY,
        7 * 24 + 1,
    ),
    *(
        Grouping(
            f"{identity}_band",
            zh,
            en,
            (column,),
            by_band(column),
            band,
            band_pairs(column),
            BY_KEY,
            len(BANDS_MS) + 1,
        )
        for identity, column, zh, en in (
            ("first_reply", "first_reply_cost", "首次响应时长区间", "First reply, in bands"),
            ("wait", "in_queue_time", "排队时长区间", "Queue time, in bands"),
        )
    ),
)

GROUPINGS: Mapping[str, Grouping] = MappingProxyType({grouping.id: grouping for grouping in _LIST})
"""Every grouping by id."""
