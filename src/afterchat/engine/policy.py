"""What a tenant chose: how long the engine waits before it says that something is due.

A record depends on it only through what it lets in: late events, late ratings, second ratings, and timers that ended
a session.
A runner keeps the policy that was in force when a session was opened, so that a replay decides as the first run did.
"""

from __future__ import annotations

from typing import Annotated

from afterchat.engine.checks import Checked, flag, number

__all__ = ["DEFAULT_POLICY", "Policy"]

DAY_SECONDS = 86_400
RATING_MINUTES_MAX = 480
"""The vendor's window is 1 to 480 minutes."""

Seconds = Annotated[int, number(0, 7 * DAY_SECONDS)]


class Policy(Checked, frozen=True, kw_only=True, tag=False, omit_defaults=False):
    """The values of one tenant; 0 seconds switches a timer off."""

    tolerance_seconds: Annotated[int, number(0, DAY_SECONDS)] = 120
    """How much later than a newer event of its session an event may still arrive and find its place."""
    visitor_silent_seconds: Seconds = 600
    """Staff had the last word for so long."""
    visitor_never_wrote_seconds: Seconds = 300
    """Staff serve for so long, and the visitor never wrote."""
    session_idle_seconds: Seconds = 4 * 3600
    """Nobody wrote for so long."""
    queue_seconds: Seconds = 900
    """The visitor queues for so long."""
    unrouted_seconds: Seconds = 900
    """The session was opened so long ago and was neither queued nor assigned."""
    staff_lost_seconds: Seconds = 60
    """Staff are off line for so long."""
    robot_idle_seconds: Seconds = 600
    """Neither visitor nor robot wrote for so long."""
    message_idle_seconds: Seconds = 300
    """The visitor wrote nothing for so long while leaving a message; the vendor's guide says five minutes."""
    rating_window_minutes: Annotated[int, number(1, RATING_MINUTES_MAX)] = 10
    """How long after the end a rating is taken; the vendor's mini-program falls back to ten."""
    may_rate_again: Annotated[bool, flag()] = True
    """Whether a later rating replaces an earlier one."""

    @property
    def tolerance_ms(self) -> int:
        return self.tolerance_seconds * 1000

    @property
    def rating_window_ms(self) -> int:
        return self.rating_window_minutes * 60_000


DEFAULT_POLICY = Policy()
