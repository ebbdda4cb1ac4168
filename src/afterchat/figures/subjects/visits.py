"""Visitors rather than sessions: who came, who came again, who matters most, and which sessions raised an alarm."""

from __future__ import annotations

from afterchat.figures.definition import Figure
from afterchat.figures.measures import Count, Percentile, Share, Sum
from afterchat.figures.rows import Population, Quantity
from afterchat.figures.subjects.sessions import PERSON, RECEIVED

__all__ = ["FIGURES"]

_HOUR_MS = 3_600_000
VIP_TIERS_MAX = 11

_VISIT = Population(
    "visit",
    "新来访的会话（relatedType 不为 1，fromHumanTransfer 不为 1，且并非 relatedType 为 5 而 closeReason 不为 6）",
    "sessions that begin a visit (relatedType not 1, fromHumanTransfer not 1, and not relatedType 5 without "
    "closeReason 6)",
    ("related_type", "from_human_transfer", "close_reason"),
    lambda rows: (
        (rows.numbers("related_type") != 1)
        & (rows.numbers("from_human_transfer") != 1)
        & ((rows.numbers("related_type") != 5) | (rows.numbers("close_reason") == 6))
    ),
)
_REPEAT_VISIT = Population(
    "came_again",
    "再次来访的会话（符合来访条件且 visitRange > 0）",
    "sessions of visitors who came again (a visit, visitRange > 0)",
    (*_VISIT.fields, "visit_range"),
    lambda rows: rows.of(_VISIT) & (rows.numbers("visit_range") > 0),
)
SINCE = Quantity(
    "since",
    "距上次来访的时间（visitRange）",
    "time since the visit before (visitRange)",
    "ms",
    ("visit_range",),
    "",
    "",
    lambda rows: rows.numbers("visit_range"),
    lambda rows: rows.numbers("visit_range") > 0,
)
_VIP = Population(
    "vip",
    "VIP 访客的会话（vipLevel 为 1 至 11）",
    "sessions of VIPs (vipLevel 1 to 11)",
    ("vip_level",),
    lambda rows: (rows.numbers("vip_level") >= 1) & (rows.numbers("vip_level") <= VIP_TIERS_MAX),
)
ALARMS = Quantity(
    "alarms",
    "报警次数（alarmTimes）",
    "alarms (alarmTimes)",
    "count",
    ("alarm_times",),
    "alarmTimes 为负的",
    "those whose alarmTimes is negative",
    lambda rows: rows.numbers("alarm_times"),
    lambda rows: rows.numbers("alarm_times") >= 0,
)
_ALARMED = Population(
    "alarmed",
    "有报警的会话（alarmTimes > 0）",
    "sessions with an alarm (alarmTimes > 0)",
    ("alarm_times",),
    lambda rows: rows.numbers("alarm_times") > 0,
)


def _again_within(hours: int, label_zh: str, label_en: str) -> tuple[Figure, Figure]:
    again = Population(
        f"came_again_within_{hours}h",
        f"{label_zh}内再次来访的会话（0 < visitRange ≤ {hours * _HOUR_MS}）",
        f"those whose visitor had come within {label_en} before (0 < visitRange ≤ {hours * _HOUR_MS})",
        ("visit_range",),
        lambda rows: (rows.numbers("visit_range") > 0) & (rows.numbers("visit_range") <= hours * _HOUR_MS),
    )
    note_zh = "visitRange 自上次来访的开始还是结束算起，原文未说明。"
    note_en = "Whether visitRange counts from the start or the end of the visit before is not documented."
    return (
        Figure(
            f"repeats_{hours}h",
            f"{label_zh}重复来访",
            f"Repeat contacts within {label_en}",
            Count(_VISIT, again),
            note_zh=note_zh,
            note_en=note_en,
        ),
        Figure(
            f"repeats_{hours}h_share",
            f"{label_zh}重复来访率",
            f"Repeat share within {label_en}",
            Share(_VISIT, again),
            note_zh=note_zh,
            note_en=note_en,
        ),
    )


FIGURES = (
    Figure(
        "visits",
        "来访",
        "Visits",
        Count(_VISIT),
        note_zh="机器人转来、客服转接和接管而来的会话是同一次来访的延续。",
        note_en="What came from a robot, by transfer or by take-over continues the same visit.",
    ),
    *_again_within(24, "24 小时", "24 h"),
    *_again_within(168, "7 天", "7 days"),
    Figure("since_last_visit_p50", "距上次来访 P50", "Since last visit, p50", Percentile(_REPEAT_VISIT, SINCE, 50)),
    Figure("vip_sessions", "VIP 会话", "VIP sessions", Count(RECEIVED, _VIP)),
    Figure("vip_share", "VIP 会话占比", "VIP share", Share(RECEIVED, _VIP)),
    Figure("alarms", "报警次数", "Alarms", Sum(PERSON, ALARMS)),
    Figure("alarmed_sessions", "有报警的会话", "Sessions with an alarm", Count(PERSON, _ALARMED)),
    Figure("alarmed_share", "报警会话占比", "Share with an alarm", Share(PERSON, _ALARMED)),
)
