"""What time it is in the stream of events of each tenant, as far as its events tell. Pure.

A platform hands in what happened a while ago: after an outage of either side, or when it brings in its past.
While it does, its own time lies behind the wall clock, and a timer that the wall clock calls due may be contradicted by
the very next event.
So timers follow the stream.

Rules
- A stream lags by as much as its newest event was old when it arrived; its time is now less the lag.
- A stream that was silent for QUIET_MS has no more to tell, and its time is now.
- At the start nobody knows which streams lie in the past: for START_MS no timer of a tenant is due before its first
  event.
- An event from the future is a clock gone wrong; it never makes a timer fire early.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["QUIET_MS", "START_MS", "StreamTimes", "Streams"]

QUIET_MS = 120_000
"""Longer than the pause that a platform makes between two tries to hand something in."""
START_MS = 30_000

_NEVER = 0
"""No timer is due by then."""


class StreamTimes(NamedTuple):
    """By when timers are due, epoch ms."""

    of_others: int
    """Of every tenant that is not in `of_tenant`."""
    of_tenant: Mapping[str, int]

    def of(self, tenant: str) -> int:
        """By when timers of this tenant are due."""
        return self.of_tenant.get(tenant, self.of_others)


class _Newest(NamedTuple):
    """The newest event of a stream, and when anything arrived last; epoch ms."""

    at: int
    lag_ms: int
    arrived_at: int


class Streams:
    """The streams of all tenants since `started_at`, epoch ms."""

    def __init__(self, started_at: int) -> None:
        self._started_at = started_at
        self._newest: dict[str, _Newest] = {}

    def note(self, tenant: str, at: int, now: int) -> None:
        """An event that happened at `at` arrived."""
        known = self._newest.get(tenant)
        if known is None or at >= known.at:
            self._newest[tenant] = _Newest(at, max(now - at, 0), now)
        else:
            self._newest[tenant] = known._replace(arrived_at=now)

    def times(self, now: int) -> StreamTimes:
        """By when whose timers are due; streams that went silent are forgotten."""
        self._newest = {tenant: newest for tenant, newest in self._newest.items() if now - newest.arrived_at < QUIET_MS}
        is_starting = 0 <= now - self._started_at < START_MS
        told = {tenant: now - newest.lag_ms for tenant, newest in self._newest.items() if newest.lag_ms or is_starting}
        return StreamTimes(_NEVER if is_starting else now, told)
