"""Records for the tests of figures: ordinary sessions, and values that nobody would expect."""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

from afterchat.contract.record import FIELDS, SessionRecord, blank_record
from afterchat.store.ports import SessionRow

__all__ = ["row_of", "rows_of", "session_rows"]

HOUR = 3_600_000
BEGIN = 1_774_656_000_000
"""2026-03-28 00:00 UTC: Berlin and New York change their clocks in that month, Lord Howe a week later."""

EDGES = (-(2**63), -(2**53) - 1, -1, 0, 1, 2, 3, 5, 100, 10**11 - 1, 10**11, 2**53 + 1, 2**62, 2**63 - 1)
FEW = {
    "interaction": (0, 0, 0, 1, 1, -1),
    "s_type": ("0", "0", "0", "0", "1", "2", "3", "", "7", "转"),
    "close_reason": (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -1),
    "is_valid": (1, 1, 1, 0, -1),
    "evaluation_type": (2, 3, 5, 5, 0, 4),
    "evaluation": (0, 1, 25, 50, 75, 100, 7, -1),
    "related_type": (0, 0, 1, 2, 3, 4, 5),
    "related_id": (0, 0, 1, 2, 3, 4, 5, 6, 7, 99),
    "human_transfer_session_id": (0, 0, 0, 1, 2, 3, 99),
    "from_human_transfer": (0, 1),
    "ender": (0, 1, 2, 3),
    "status": (-1, 0, 1, 2),
    "user_resolved_status": (0, 1, 2),
    "is_evaluation_invited": (-1, 0, 1),
    "is_staff_invited": ("0", "1", "2"),
    "beginer": (0, 1, 2),
    "vip_level": (0, 1, 11, 12),
    "staff_id": (0, 0, 5, 17, -3, 2**62),
    "staff_name": ("", "机器人", "张佳怡", "李思远"),
    "from_group_id": (0, 2, 3),
    "from_group": ("", "售前", "售后"),
    "category": ("", "a", "a/b", "a / b", "a/c", "b/c/d"),
    "from_type": ("", "web", "iOS", "ios", "IOS", "wx_ma", "Ω"),
    "origin_platform": ("", "百度", "直接访问"),
    "land_page": ("", "https://shop.example/", "https://shop.example/?a=1", "https://shop.example/?a=2#x", "#"),
    "search_key": ("", "跑鞋", "跑鞋 轻便"),
    "transfer_rg_type": ("", "主动转人工", "30"),
    "transfer_type": ("", "静默转接", "人工转接"),
    "overflow_from": ("", "售前"),
    "evaluation_remark": ("", "好"),
    "in_queue_time": (0, 0, 1, 999, 60_001, -1, 10**11),
    "round_number": (0, 1, 2, 9, -1),
    "treated_time": (0, 1, -1),
    "alarm_times": (0, 0, 1, 4, -2),
    "stick_duration": (0, 0, 1, 5000, -1),
    "user_message_count": (0, 1, 5, -1),
    "staff_message_count": (0, 1, 5, -1),
    "first_reply_cost": (0, 1, 14_999, 15_000, 15_001, 30_000, 60_000, 61_000, -1),
    "avg_resp_duration": (0, 1, 30_000, -1),
    "visit_range": (0, 1, 24 * HOUR, 24 * HOUR + 1, 168 * HOUR, 168 * HOUR + 1, -5),
}
MOMENTS = ("start_time", "end_time", "client_first_message_time", "staff_first_reply_time")
RATINGS = ((2, 1), (2, 100), (3, 1), (3, 50), (3, 100), (5, 1), (5, 25), (5, 50), (5, 75), (5, 100))
DELAYS = (-5, 0, 1, 600_000, 600_001, HOUR, HOUR + 1, 8 * HOUR, 8 * HOUR + 1, 10**9)
TEXT_MOMENTS = ("staff_invited_evaluate_time", "user_join_evaluate_time")


def moment(chance):
    return chance.choice(
        (
            chance.randrange(BEGIN - 2 * HOUR, BEGIN + 40 * 24 * HOUR),
            chance.randrange(BEGIN - 2 * HOUR, BEGIN + 40 * 24 * HOUR),
            chance.randrange(BEGIN, BEGIN + HOUR),
            chance.choice(EDGES),
            0,
        )
    )


def value(field, chance, share_of_edges):
    if field.name in TEXT_MOMENTS:
        return chance.choice((str(moment(chance)), str(moment(chance)), "-1", "", "x", "9" * 19, "１"))
    if field.type is int and chance.random() < share_of_edges:
        return chance.choice(EDGES)
    if field.name in FEW:
        return chance.choice(FEW[field.name])
    return moment(chance) if field.name in MOMENTS else field.none


@st.composite
def session_rows(draw, row_count_max=30):
    """Session rows of two tenants, with small ids so that links often lead somewhere.

    Drawn by a seed: sixty fields one by one would keep hypothesis busier than what is tested.
    """
    row_count = draw(st.integers(0, row_count_max).map(lambda count: row_count_max - count))
    share_of_edges = draw(st.sampled_from((0.0, 0.02, 0.2)))
    chance = Random(draw(st.integers(0, 2**32)))
    ids = chance.sample(range(1, row_count + 1), row_count)
    return [row_of(record_of(chance, share_of_edges, number), chance.choice(("shop", "bank"))) for number in ids]


def record_of(chance, share_of_edges, number):
    """A record; half of them are served and rated as sessions are."""
    values = {field.name: value(field, chance, share_of_edges) for field in FIELDS} | {"id": number}
    if chance.random() < 0.5:
        rated_at = values["end_time"] + chance.choice(DELAYS)
        values |= {"interaction": 0, "s_type": "0", "is_valid": 1}
        values |= dict(zip(("evaluation_type", "evaluation"), chance.choice(RATINGS), strict=True))
        values |= {"user_join_evaluate_time": str(max(-1, min(rated_at, 2**63)))}
        values |= {"staff_invited_evaluate_time": str(rated_at - chance.choice((-1, 0, 1000)))}
    return SessionRecord(**values)


def row_of(record, tenant="shop"):
    """A record as the store has it."""
    return SessionRow(tenant, 1, 0, 0, 1, (), record)


def rows_of(*records):
    """Session rows of one tenant from fields that differ from none; the ids are 1, 2, 3 ..."""
    return [row_of(blank_record(**{"id": number, **fields})) for number, fields in enumerate(records, 1)]
