"""What the sender did since it started, as numbers that only grow.

Owned by one sender; read by the composition root, which shows it at `/metrics`.
What lies in the outbox is counted by the outbox itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from afterchat.sender.submission import ItemVerdict

__all__ = ["DELAY_SECONDS", "DELIVERED", "SenderCounts"]

DELIVERED = "delivered"
"""The outcome of an attempt that was taken; of any other it is a key of `verdict.ERRORS`."""

_HOUR = 3600.0
DELAY_SECONDS = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0),
    *(_HOUR, 6 * _HOUR, 24 * _HOUR, 72 * _HOUR, 168 * _HOUR),
)
"""Upper bounds of the classes of delay: milliseconds when all is well, days after an outage."""


@dataclass(slots=True)
class SenderCounts:
    """Counters that only grow."""

    items: Counter[str] = field(default_factory=Counter)
    """Events and records handed in, by verdict."""
    refused: Counter[int] = field(default_factory=Counter)
    """Requests that were not taken as a whole, by HTTP status."""
    attempts: Counter[tuple[int, str]] = field(default_factory=Counter)
    """Attempts that were written down, by (endpoint id, outcome)."""
    delays: list[int] = field(default_factory=lambda: [0] * (len(DELAY_SECONDS) + 1))
    """First deliveries by class of delay since the push was made; the last class has no upper bound."""
    delay_seconds: float = 0.0
    """All delays together."""

    def note_items(self, verdicts: Iterable[ItemVerdict]) -> None:
        """A request was judged and committed."""
        self.items.update(verdict.verdict for verdict in verdicts)

    def note_attempt(self, endpoint_id: int, error: str) -> None:
        """An attempt was written down."""
        self.attempts[endpoint_id, error or DELIVERED] += 1

    def note_delivery(self, delay_ms: int) -> None:
        """A push was delivered for the first time so long after it was made.

        A clock that was set back makes no delay negative.
        """
        seconds = max(delay_ms, 0) / 1000
        self.delays[bisect_left(DELAY_SECONDS, seconds)] += 1
        self.delay_seconds += seconds
