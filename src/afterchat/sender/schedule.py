"""When to try again: a list of waits, spread by jitter, stretched by Retry-After. Pure.

The default makes 14 attempts over about five days, so that a receiver may be away over a long weekend.

Rules
- A wait counts from the failure before it, so a pause or a jump of the clock bunches nothing up.
- Jitter spreads each wait by up to JITTER to either side, so that what failed together does not return together.
- A receiver's Retry-After can lengthen a wait, up to RETRY_AFTER_MS_MAX; it never shortens one.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["DEFAULT_SCHEDULE_SECONDS", "JITTER", "RETRY_AFTER_MS_MAX", "next_due_at"]

_MINUTE = 60
_HOUR = 3600

DEFAULT_SCHEDULE_SECONDS = (
    *(5, 30, 2 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(1 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, 24 * _HOUR, 24 * _HOUR, 24 * _HOUR, 24 * _HOUR),
)
"""Seconds before the second attempt, the third, and so on: 118 h 42 min in all."""

JITTER = 0.2
RETRY_AFTER_MS_MAX = 24 * _HOUR * 1000


def next_due_at(
    schedule_seconds: Sequence[int], attempt_count: int, failed_at: int, chance: float, retry_after_ms: int | None
) -> int | None:
    """When the attempt after `attempt_count` failed ones is due, epoch ms; None when the schedule is over.

    `chance` is drawn from 0 to 1, `failed_at` is epoch ms.
    """
    if not 1 <= attempt_count <= len(schedule_seconds):
        return None
    wait_ms = round(schedule_seconds[attempt_count - 1] * 1000 * (1 + JITTER * (2 * chance - 1)))
    if retry_after_ms is not None:
        wait_ms = max(wait_ms, min(retry_after_ms, RETRY_AFTER_MS_MAX))
    return failed_at + wait_ms
