"""A few hundred ended sessions of the days before now, as the platform would push them; the same ones for each seed.

They are plausible enough that every chart of the dashboard has something to draw, and no more: the simulated contact
centre would take longer to play than the tests that look at it.
What does not belong here: how they are pushed (`dashboard_site`), texts that attack a page (`payloads`).
"""

from __future__ import annotations

from random import Random

from afterchat.contract.record import SessionRecord, blank_record

__all__ = ["STAFF", "made_up_sessions"]

SECOND, MINUTE, DAY = 1_000, 60_000, 86_400_000
SPAN = 3 * DAY
STAFF = {11: "李思远", 12: "张佳怡", 13: "王雨桐", 14: "陈浩"}
GROUPS = {1: "售前咨询组", 2: "售后服务组"}
CATEGORIES = ("物流/催单", "物流/丢件", "退换货/七天无理由", "优惠券", "未分类")
CHANNELS = ("web", "ios", "android", "wx_ma")
SOURCES = ("直接访问", "百度", "微信")
REMARKS = ("", "", "已补发优惠券", "Customer will call back 😀")
RATINGS = (0, 0, 1, 25, 50, 75, 100, 100)


def made_up_sessions(count: int, now_ms: int, chance: Random, first_id: int = 1000) -> list[SessionRecord]:
    """So many sessions, oldest first; the newest ended a few minutes ago."""
    last = now_ms - 5 * MINUTE
    ends = sorted(chance.randrange(last - SPAN, last) for _ in range(count))
    return [
        _robot(first_id + number, end, chance) if chance.random() < 0.3 else _person(first_id + number, end, chance)
        for number, end in enumerate(ends)
    ]


def _person(session_id: int, end: int, chance: Random) -> SessionRecord:
    rounds = chance.randrange(1, 12)
    start = end - rounds * chance.randrange(20, 90) * SECOND
    staff, group = chance.choice(tuple(STAFF)), chance.choice(tuple(GROUPS))
    cost = chance.randrange(2, 120) * SECOND
    rating = chance.choice(RATINGS)
    return blank_record(
        **_visitor(session_id, start, end, chance),
        interaction=0,
        s_type="0",
        is_valid=1,
        close_reason=chance.choice((0, 0, 1, 2, 7)),
        staff_id=staff,
        staff_name=STAFF[staff],
        from_staff=STAFF[staff],
        from_group_id=group,
        from_group=GROUPS[group],
        in_queue_time=chance.choice((0, 0, chance.randrange(1, 200) * SECOND)),
        round_number=rounds,
        user_message_count=rounds + 1,
        staff_message_count=rounds + 2,
        client_first_message_time=start + SECOND,
        staff_first_reply_time=start + SECOND + cost,
        first_reply_cost=cost,
        avg_resp_duration=chance.randrange(5, 60) * SECOND,
        evaluation_type=5,
        evaluation=rating,
        evaluation_remark="很满意" if rating == 100 else "",
        user_join_evaluate_time=str(end + MINUTE) if rating else "-1",
        is_staff_invited="1" if rating else "2",
        staff_invited_evaluate_time=str(end) if rating else "-1",
        is_evaluation_invited=1 if rating else 0,
        status=chance.choice((0, 1, 1, 2)),
        vip_level=chance.choice((0, 0, 0, 3)),
    )


def _robot(session_id: int, end: int, chance: Random) -> SessionRecord:
    is_handed_over = chance.random() < 0.3
    rounds = chance.randrange(1, 6)
    return blank_record(
        **_visitor(session_id, end - rounds * 20 * SECOND, end, chance),
        interaction=1,
        s_type="0",
        is_valid=1,
        close_reason=3 if is_handed_over else 1,
        staff_name="机器人",
        transfer_rg_type="主动转人工" if is_handed_over else "",
        round_number=rounds,
        user_message_count=rounds,
        staff_message_count=rounds,
    )


def _visitor(session_id: int, start: int, end: int, chance: Random) -> dict[str, object]:
    """What is known of any visitor."""
    category = chance.choice(CATEGORIES)
    return {
        "id": session_id,
        "start_time": start,
        "end_time": end,
        "category": category,
        "category_detail": category,
        "from_type": chance.choice(CHANNELS),
        "from_page": f"https://shop.example/item/{chance.randrange(50)}?from=list",
        "from_title": "商品详情",
        "from_ip": f"192.0.2.{chance.randrange(1, 255)}",
        "foreign_id": f"u{chance.randrange(10_000)}",
        "user_id": chance.randrange(1, 10_000),
        "origin_platform": chance.choice(SOURCES),
        "land_page": "https://shop.example/",
        "search_key": chance.choice(("", "跑鞋 轻便")),
        "remarks": chance.choice(REMARKS),
        "stick_duration": chance.randrange(1, 60) * SECOND,
    }
