"""One frozen snapshot of the running server for the web room, taken from the counters of edge and receiver.

Taken within one turn of the event loop, so the sum adds up in every snapshot (reliability R16):
begun = accepted new + accepted duplicate + refused + aborted + in flight.
`in flight` is what the edge is still reading plus what the receiver has waiting, each counted where it happens.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from afterchat import __version__
from afterchat.clock import Clock
from afterchat.edge.counts import EdgeCounts
from afterchat.receiver.receiver import Receiver
from afterchat.server.child import Beside, ChildProcess
from afterchat.server.edge_status import edge_status
from afterchat.web.status import ServerStatus

__all__ = ["StatusSource"]


class StatusSource:
    """Knows where the counters are; `read` is handed to the web room."""

    def __init__(
        self,
        receiver: Receiver,
        beside: Beside,
        directory: Path | None,
        clock: Clock,
        nonce: str,
    ) -> None:
        self._receiver = receiver
        self.beside = beside
        self._directory = directory
        self._nonce = nonce
        self._started_at = clock.now_ms()
        self.edge = EdgeCounts()
        """Replaced by the live edge's counters as soon as there is one."""

    def read(self) -> ServerStatus:
        """What is true in this turn of the loop."""
        edge, counts = self.edge, self._receiver.counts
        refused = Counter(edge.push_refused)
        refused.update({reason.wire: count for reason, count in counts.refused.items()})
        being_read = edge.push_begun - edge.push_handed - sum(edge.push_refused.values()) - edge.push_aborted
        return ServerStatus(
            version=__version__,
            nonce=self._nonce,
            started_at=self._started_at,
            not_ready=tuple(reason.wire for reason in self._receiver.why_not_ready()),
            pushes_begun=edge.push_begun,
            pushes_in_flight=being_read + self._receiver.waiting_count,
            pushes_accepted_new=counts.accepted_new,
            pushes_accepted_duplicate=counts.accepted_duplicate,
            pushes_refused=dict(refused),
            pushes_aborted=edge.push_aborted,
            quarantine_written=counts.quarantined,
            quarantine_dropped=counts.quarantine_dropped,
            checksum_collisions=counts.checksum_collisions,
            skew_seconds=counts.skew_seconds if counts.accepted_new + counts.accepted_duplicate else None,
            commit_count=counts.commits,
            commit_pushes=counts.commit_pushes,
            commit_seconds=counts.commit_seconds,
            commit_seconds_max=counts.commit_seconds_max,
            waiting_pushes=self._receiver.waiting_count,
            answers_undelivered=edge.push_answers_undelivered,
            edge=edge_status(edge),
            inbox_wal_bytes=self._wal_bytes("inbox.db-wal"),
            records_wal_bytes=self._wal_bytes("records.db-wal"),
            disk_free_bytes=self._receiver.disk.free_bytes if self._directory else None,
            projector_alive=_is_alive(self.beside.projector),
            projector_restarts=_restarts(self.beside.projector),
            dashboard_alive=_is_alive(self.beside.dashboard),
            dashboard_restarts=_restarts(self.beside.dashboard),
        )

    def _wal_bytes(self, name: str) -> int | None:
        if self._directory is None:
            return None
        try:
            return (self._directory / name).stat().st_size
        except OSError:
            return None


def _is_alive(child: ChildProcess | None) -> bool | None:
    return None if child is None else child.is_running


def _restarts(child: ChildProcess | None) -> int:
    return 0 if child is None else child.restarts
