"""What the list of sessions says."""

from __future__ import annotations

from afterchat.dashboard.words import Table

__all__ = ["WORDS"]

WORDS: Table = {
    "sessions.caption": ("会话列表", "Sessions"),
    "sessions.count": ("共 {count} 个会话", "{count} sessions"),
    "sessions.export": ("导出", "Export"),
    "sessions.end_time": ("结束时间", "Ended"),
    "sessions.id": ("会话", "Session"),
    "sessions.staff_name": ("客服", "Staff"),
    "sessions.category": ("分类", "Category"),
    "sessions.close_reason": ("结束方式", "How it ended"),
    "sessions.first_reply_cost": ("首次响应", "First reply"),
    "sessions.in_queue_time": ("排队", "Queue"),
    "sessions.round_number": ("回合", "Rounds"),
    "sessions.evaluation": ("评价", "Rating"),
    "sessions.robot": ("机器人", "robot"),
    "sessions.transferred": ("转接", "transferred"),
    "sessions.revised": ("有修订", "revised"),
    "sessions.problems": ("有无法解读的字段", "unread fields"),
    "failed.exports_full": (
        "已有两个导出正在进行，请稍后再试。",
        "Two exports are under way: try again when one is done.",
    ),
}
