"""How much may be sent to one endpoint now: breaker, rate and concurrency. Pure.

    closed --FAILURES_MAX in a row--> open --its time is over--> half-open --success--> closed
                                        ^------------failure-------'

Rules
- An open breaker holds entries; it counts no attempt, so an outage of the receiver wears out no schedule.
- Half-open lets one attempt through at a time; each failure doubles the time for which it opens, up to OPEN_MS_MAX.
- A failure of an attempt that was still under way when the breaker opened says nothing new, and is not counted.
- A breaker never holds for longer than OPEN_MS_MAX, even when the wall clock is set back meanwhile.
- An endpoint that is paused, or disabled since the operator last resumed it, gets nothing.
- An endpoint is disabled when it answers 410, or when nothing succeeded for DISABLE_MS.
  Only the operator lifts that: an answer that was still on its way does not.
- The rate is a bucket that fills evenly: after a pause or a jump of the clock at most one second's worth goes out.

What does not belong here: which entry goes first (`store`), what a failure is (`verdict`).
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.store.sending import Endpoint, EndpointHealth

__all__ = ["DISABLE_MS", "FAILURES_MAX", "OPEN_MS_MAX", "Gate", "News"]

FAILURES_MAX = 5
"""One lost packet is no outage; five attempts in a row that fail are."""
OPEN_MS_MIN = 2_000
OPEN_MS_MAX = 60_000
"""A receiver that is back waits at most a minute for its first push."""
DISABLE_MS = 6 * 24 * 3600 * 1000
"""Longer than the default schedule, so that entries die of their schedule before anything is held for good."""


class News(NamedTuple):
    """Something about an endpoint that its operator would want to know."""

    kind: str
    """`failing`, `recovered` or `disabled`."""
    endpoint_id: int
    at: int
    error: str
    """What the latest attempt met; empty for `recovered`."""


class Gate:
    """The gate of one endpoint; moments are epoch ms."""

    def __init__(self, endpoint: Endpoint, health: EndpointHealth | None) -> None:
        self.endpoint = endpoint
        self.health = health or EndpointHealth(endpoint.id, None, 0, None, None)
        self.in_flight = 0
        self._tokens = float(endpoint.rate_per_second_max)
        self._filled_at: int | None = None

    @property
    def is_disabled(self) -> bool:
        """Whether nothing goes out until the operator resumes it."""
        disabled_at = self.health.disabled_at
        return disabled_at is not None and disabled_at >= self.endpoint.resumed_at

    def free(self, now: int) -> int:
        """How many attempts may start now."""
        endpoint = self.endpoint
        if endpoint.is_paused or self.is_disabled:
            return 0
        if endpoint.rate_per_second_max:
            self._fill(now)
        if self.health.open_until is not None:
            return 0 if self._is_open(now) else 1 - min(self.in_flight, 1)
        room = endpoint.concurrency_max - self.in_flight
        if endpoint.rate_per_second_max:
            room = min(room, int(self._tokens))
        return max(room, 0)

    def next_at(self, now: int) -> int | None:
        """When time alone may let something through again; None when only an answer or an operator can."""
        if self.endpoint.is_paused or self.is_disabled:
            return None
        open_until = self.health.open_until
        if open_until is not None:
            return open_until if self._is_open(now) else None
        rate = self.endpoint.rate_per_second_max
        if rate and self._tokens < 1:
            return now + max(1, round((1 - self._tokens) * 1000 / rate))
        return None

    def started(self, count: int) -> None:
        """That many attempts begin."""
        self.in_flight += count
        if self.endpoint.rate_per_second_max:
            self._tokens -= count

    def returned(self) -> None:
        """An attempt ended without a verdict: it was given back."""
        self.in_flight -= 1

    def succeeded(self, now: int) -> News | None:
        """An attempt was taken."""
        self.in_flight -= 1
        health = self.health
        if self.is_disabled:
            self.health = EndpointHealth(self.endpoint.id, None, 0, health.disabled_at, None)
            return None
        was_failing = health.failures_in_a_row >= FAILURES_MAX or health.disabled_at is not None
        self.health = EndpointHealth(self.endpoint.id, None, 0, None, None)
        return News("recovered", self.endpoint.id, now, "") if was_failing else None

    def failed(self, now: int, error: str, *, is_gone: bool) -> News | None:
        """An attempt was not taken; `is_gone` when the endpoint said that it is no more."""
        self.in_flight -= 1
        health = self.health
        is_late = self._is_open(now)
        count = health.failures_in_a_row + (not is_late)
        since = health.failing_since if health.failing_since is not None else now
        open_until = health.open_until
        if count >= FAILURES_MAX and not is_late:
            open_until = now + min(OPEN_MS_MIN << min(count - FAILURES_MAX, 10), OPEN_MS_MAX)
        was_disabled = self.is_disabled
        is_over = is_gone or now - max(since, self.endpoint.resumed_at) >= DISABLE_MS
        disabled_at = max(now, self.endpoint.resumed_at) if is_over and not was_disabled else health.disabled_at
        self.health = EndpointHealth(self.endpoint.id, since, count, disabled_at, open_until)
        if is_over and not was_disabled:
            return News("disabled", self.endpoint.id, now, error)
        is_news = count == FAILURES_MAX and not is_late and not was_disabled
        return News("failing", self.endpoint.id, now, error) if is_news else None

    def _is_open(self, now: int) -> bool:
        open_until = self.health.open_until
        return open_until is not None and now < open_until <= now + OPEN_MS_MAX

    def _fill(self, now: int) -> None:
        rate = self.endpoint.rate_per_second_max
        passed_ms = 0 if self._filled_at is None else max(now - self._filled_at, 0)
        self._tokens = min(float(rate), self._tokens + rate * passed_ms / 1000)
        self._filled_at = now
