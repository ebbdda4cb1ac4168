"""What the sending end tells the web room about itself: one frozen snapshot, taken anew for every request.

The rules are those of `status`; what lies in the outbox is read from the store, not from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from afterchat.web.process_figures import EdgeStatus

__all__ = ["SendingStatus"]


class SendingStatus(NamedTuple):
    """One moment of one sender process."""

    version: str
    nonce: str
    """Random text of this process, also in the ready file: whoever started it can tell it from a stranger."""
    started_at: int
    """Epoch ms."""
    not_ready: tuple[str, ...] = ()
    """Codes of `status.READINESS`; empty means that events are taken."""

    items: Mapping[str, int] = {}
    """Events and records handed in, by verdict."""
    requests_refused: Mapping[str, int] = {}
    """Requests that were not taken as a whole, by HTTP status."""
    attempts: Mapping[tuple[str, ...], int] = {}
    """Attempts that were written down, by (endpoint id, outcome)."""
    delays: tuple[tuple[str, int], ...] = (("+Inf", 0),)
    """(upper bound in seconds, deliveries at most so late), up to `+Inf`."""
    delay_seconds: float = 0.0
    """All delays together."""

    sessions_at_hand: int = 0
    waiting_submissions: int = 0
    attempts_in_flight: int = 0
    endpoints_open: Mapping[str, bool] = {}
    """Endpoint id -> whether anything may go there now."""
    edge: EdgeStatus = EdgeStatus()
