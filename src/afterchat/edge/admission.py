"""Who may connect: the caps on open connections, in all and for each address.

A connection over a cap is accepted, answered 503 and closed.
When too many are being told so at once, the rest is closed without a word.
Addresses are those of sockets: behind a proxy all connections have one,
so that cap is as large as the other by default.
"""

from __future__ import annotations

from afterchat.edge.counts import EdgeCounts
from afterchat.edge.limits import REFUSED_OPEN_MAX, Limits

__all__ = ["Admission"]


class Admission:
    """Counts connections in and out; one for each server."""

    def __init__(self, limits: Limits, counts: EdgeCounts) -> None:
        self._limits = limits
        self._counts = counts
        self._open_by_peer: dict[str, int] = {}
        self._refused_open = 0
        self.is_closed = False
        """Nobody is admitted any more; set when draining begins."""

    @property
    def may_explain(self) -> bool:
        """Whether one more refused connection gets an answer."""
        return self._refused_open <= REFUSED_OPEN_MAX

    def enter(self, peer: str) -> str:
        """Count a new connection: "" when it is admitted, else the label of the refusal."""
        open_of_peer = self._open_by_peer.get(peer, 0)
        self._counts.connections_accepted += 1
        if (
            not self.is_closed
            and self._counts.connections_open < self._limits.connections_max
            and open_of_peer < self._limits.connections_per_peer_max
        ):
            self._counts.connections_open += 1
            self._open_by_peer[peer] = open_of_peer + 1
            return ""
        self._counts.connections_refused += 1
        self._refused_open += 1
        return "stopping" if self.is_closed else "busy"

    def leave(self, peer: str, *, was_admitted: bool) -> None:
        """Count a connection out; once for each `enter`."""
        if not was_admitted:
            self._refused_open -= 1
            return
        self._counts.connections_open -= 1
        left = self._open_by_peer[peer] - 1
        if left:
            self._open_by_peer[peer] = left
        else:
            del self._open_by_peer[peer]
