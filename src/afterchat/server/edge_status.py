"""The edge's counters as the snapshot that the web room shows."""

from __future__ import annotations

from afterchat.edge.counts import EdgeCounts
from afterchat.web.process_figures import EdgeStatus

__all__ = ["edge_status"]


def edge_status(counts: EdgeCounts) -> EdgeStatus:
    """What is true in this turn of the loop."""
    return EdgeStatus(
        connections_open=counts.connections_open,
        connections_refused=counts.connections_refused,
        connections_overdue=counts.connections_overdue,
        requests=counts.requests,
        requests_unparsed=counts.unparsed,
        app_failures=counts.app_failures,
        log_lines_suppressed=counts.log_lines_suppressed,
    )
