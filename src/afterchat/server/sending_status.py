"""One frozen snapshot of the running sender for the web room, taken from the counters of edge, tracker and relay.

Taken within one turn of the event loop, so what belongs together is of one moment.
"""

from __future__ import annotations

from itertools import accumulate

from afterchat import __version__
from afterchat.clock import Clock
from afterchat.edge.counts import EdgeCounts
from afterchat.sender.counts import DELAY_SECONDS
from afterchat.sender.sender import Sender
from afterchat.server.edge_status import edge_status
from afterchat.web.sending_status import SendingStatus

__all__ = ["SendingStatusSource"]


class SendingStatusSource:
    """Knows where the counters are; `read` is handed to the web room."""

    def __init__(self, sender: Sender, clock: Clock, nonce: str) -> None:
        self._sender = sender
        self._clock = clock
        self._nonce = nonce
        self._started_at = clock.now_ms()
        self.edge = EdgeCounts()
        """Replaced by the live edge's counters as soon as there is one."""

    def read(self) -> SendingStatus:
        """What is true in this turn of the loop."""
        sender, counts = self._sender, self._sender.counts
        now = self._clock.now_ms()
        below = accumulate(counts.delays)
        return SendingStatus(
            version=__version__,
            nonce=self._nonce,
            started_at=self._started_at,
            not_ready=("stopping",) if sender.is_stopping else (),
            items=dict(counts.items),
            requests_refused={str(status): count for status, count in counts.refused.items()},
            attempts={(str(endpoint_id), outcome): count for (endpoint_id, outcome), count in counts.attempts.items()},
            delays=tuple(zip((*(f"{bound:g}" for bound in DELAY_SECONDS), "+Inf"), below, strict=True)),
            delay_seconds=counts.delay_seconds,
            sessions_at_hand=sender.tracker.at_hand_count,
            waiting_submissions=sender.tracker.waiting_count,
            attempts_in_flight=sender.relay.in_flight_count,
            endpoints_open={
                str(gate.endpoint.id): gate.free(now) > 0 or gate.in_flight > 0 for gate in sender.relay.gates.values()
            },
            edge=edge_status(self.edge),
        )
