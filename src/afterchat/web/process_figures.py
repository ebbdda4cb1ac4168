"""What every server of this program tells of itself: its process and the connections in front of it.

The figures of either end stand behind these: `metrics` and `sending_metrics`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from afterchat.web.figures import COUNTER, GAUGE, Figure

__all__ = ["PROCESS_FIGURES", "EdgeStatus"]


class EdgeStatus(NamedTuple):
    """What the edge counted, one frozen snapshot."""

    connections_open: int = 0
    connections_refused: int = 0
    """Over a cap, or while stopping."""
    connections_overdue: int = 0
    """Ended by a deadline, or because the client did not read its answer."""
    requests: int = 0
    """Requests of every path."""
    requests_unparsed: int = 0
    """Bytes came, but no readable request line."""
    app_failures: int = 0
    """Requests that met a defect of this program and were answered 500."""
    log_lines_suppressed: int = 0
    """Log lines that were only counted, because too many came in one second."""


class _Status(Protocol):
    @property
    def version(self) -> str: ...
    @property
    def started_at(self) -> int: ...
    @property
    def edge(self) -> EdgeStatus: ...


class _Moment(Protocol):
    """What both ends' moments have."""

    @property
    def status(self) -> _Status: ...
    @property
    def store(self) -> object: ...
    @property
    def now_ms(self) -> int: ...


PROCESS_FIGURES: tuple[Figure[_Moment], ...] = (
    Figure(
        "afterchat_info", GAUGE, "Always 1; the version is the label.", lambda m: {m.status.version: 1}, ("version",)
    ),
    Figure(
        "afterchat_uptime_seconds",
        GAUGE,
        "Seconds since this process started.",
        lambda m: max(0, m.now_ms - m.status.started_at) / 1000,
    ),
    Figure("afterchat_connections_open", GAUGE, "Open connections.", lambda m: m.status.edge.connections_open),
    Figure(
        "afterchat_connections_refused",
        COUNTER,
        "Connections over a cap, or while stopping.",
        lambda m: m.status.edge.connections_refused,
    ),
    Figure(
        "afterchat_connections_overdue",
        COUNTER,
        "Connections ended by a deadline, or because the client did not read its answer.",
        lambda m: m.status.edge.connections_overdue,
    ),
    Figure("afterchat_requests", COUNTER, "Requests of every path.", lambda m: m.status.edge.requests),
    Figure(
        "afterchat_requests_unparsed",
        COUNTER,
        "Bytes came, but no readable request line.",
        lambda m: m.status.edge.requests_unparsed,
    ),
    Figure(
        "afterchat_app_failures",
        COUNTER,
        "Requests that met a defect of this program and were answered 500.",
        lambda m: m.status.edge.app_failures,
    ),
    Figure(
        "afterchat_log_lines_suppressed",
        COUNTER,
        "Log lines that were only counted.",
        lambda m: m.status.edge.log_lines_suppressed,
    ),
    Figure(
        "afterchat_store_up", GAUGE, "1 when the store could be read just now.", lambda m: float(m.store is not None)
    ),
)
