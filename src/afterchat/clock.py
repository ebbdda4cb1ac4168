"""Time as an argument: the only file that reads the wall clock.

Everything that needs to know what time it is takes a `Clock`, so that tests and the simulation can supply their own.
Moments are epoch milliseconds (`*_at` in the store), durations say their unit in their name.
"""

from __future__ import annotations

import time
from typing import Protocol

__all__ = ["Clock", "SystemClock"]


class Clock(Protocol):
    """What time it is; two readings that must not be mixed."""

    def now_ms(self) -> int:
        """Wall-clock time in epoch milliseconds (UTC); may jump."""

    def monotonic(self) -> float:
        """Seconds that only ever grow; for deadlines and durations."""


class SystemClock:
    """The machine's own clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()
