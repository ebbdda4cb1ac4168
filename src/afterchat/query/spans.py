"""Named spans of time: "the last seven days" of somebody's zone as two moments.

Days are calendar days of an IANA zone, so a day may have 23 or 25 hours, and a span ends where the next day begins.

    today, yesterday      that day
    7d, 30d, 90d          so many days, today being the last
    this_week             from Monday on, seven days
    this_month            from the first on, the whole month

What does not belong here: the calendar itself (`figures.calendar`), the clock (`now_ms` is an argument), spans given as
two moments (`filters`).
"""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from afterchat.figures.calendar import SPANS, Calendar
from afterchat.query.errors import BilingualFilterError

__all__ = ["read_span", "read_zone", "span_bounds"]

_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}", re.ASCII)
_ZONE_CHARACTERS_MAX = 64


def read_span(text: str) -> str:
    """The name of a span; raises FilterError."""
    if text in SPANS:
        return text
    names = ", ".join(SPANS)
    raise BilingualFilterError(zh=f"span 应为其中之一：{names}。", en=f"`span` must be one of: {names}.")


def read_zone(text: str) -> ZoneInfo:
    """The zone of that IANA name; raises FilterError.

    Only words and slashes reach the zone files, so no text can name another file.
    """
    if _ZONE.fullmatch(text) and len(text) <= _ZONE_CHARACTERS_MAX:
        try:
            return ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise BilingualFilterError(
        zh="zone 应为 IANA 时区名，例如 zone=Asia/Shanghai 或 zone=UTC。",
        en="`zone` must be an IANA time zone, for example zone=Asia/Shanghai or zone=UTC.",
    )


def span_bounds(span: str, zone: ZoneInfo, now_ms: int) -> tuple[int, int]:
    """(from, until) of a span in epoch ms; a session is in it when from <= end < until."""
    since, until = Calendar(zone).span(span, now_ms)
    return since, until
