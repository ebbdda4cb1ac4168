"""How far the records are behind the inbox: the projection's lag, in rows and in seconds."""

from __future__ import annotations

from typing import NamedTuple

from afterchat.query.views import Freshness
from afterchat.store.ports import Inbox, Records

__all__ = ["Lag", "freshness", "measure_lag"]


class Lag(NamedTuple):
    """The distance between what arrived and what was read, at `measured_at`."""

    measured_at: int
    """Epoch ms."""
    inbox_cursor: int
    oldest_waiting_at: int | None
    """When the oldest unread push arrived; None when nothing waits."""

    @property
    def seconds(self) -> float:
        """Age of the oldest unread push; 0 when nothing waits."""
        if self.oldest_waiting_at is None:
            return 0.0
        return max(0, self.measured_at - self.oldest_waiting_at) / 1000


async def measure_lag(inbox: Inbox, records: Records, now_ms: int) -> Lag:
    """Look at both ends of the projection; raises StoreUnavailableError.

    The cursor is read first, so a push that is projected in between makes the lag look longer, never shorter.
    """
    inbox_cursor, _ = await records.cursors()
    waiting = await inbox.read_after(inbox_cursor, 1)
    return Lag(now_ms, inbox_cursor, waiting[0].arrived_at if waiting else None)


def freshness(lag: Lag) -> Freshness:
    """What a reader is told beside the data."""
    as_of = lag.measured_at if lag.oldest_waiting_at is None else lag.oldest_waiting_at
    return Freshness(as_of=as_of, seconds_behind=lag.seconds)
