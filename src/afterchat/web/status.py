"""What the rest of the server tells the web room about itself: one frozen snapshot, flat, taken anew for every request.

Rules
- The composition root fills it from the receiver's and the edge's counters; this room only shows it.
- Counters start at zero with the process and only grow.
- A figure that is not known is None and is left out of `/metrics`, never shown as zero.
- What is read from the store (rows, lag, drift) does not belong here: `query.freshness` and the ports give it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from afterchat.web.process_figures import EdgeStatus

__all__ = ["READINESS", "ServerStatus", "readiness_text"]

READINESS: dict[str, tuple[str, str]] = {
    "starting": ("正在启动，请稍候。", "Still starting; ask again in a moment."),
    "stopping": ("正在停止，不再接收新推送。", "Stopping; no new pushes are taken."),
    "store": (
        "存储不可用：请查看服务日志，并运行 afterchat doctor。",
        "The store does not take pushes: read the log and run `afterchat doctor`.",
    ),
    "disk": (
        "磁盘剩余空间低于 disk_free_bytes_min：请清理或扩容。",
        "The disk has less room than disk_free_bytes_min: make room or lower the setting.",
    ),
    "projector": (
        "投影器没有运行：推送照收，但记录不会更新；请查看服务日志。",
        "The projector does not run: pushes are taken, but the records stand still; read the log.",
    ),
    "busy": (
        "等待落盘的推送已满：请检查磁盘速度。",
        "Too many pushes wait for their commit: look at the speed of the disk.",
    ),
}
"""Why a server is not ready: code -> (Chinese, English), each naming the remedy."""


class ServerStatus(NamedTuple):
    """One moment of one server process."""

    version: str
    nonce: str
    """Random text of this process, also in the ready file: whoever started it can tell it from a stranger."""
    started_at: int
    """Epoch ms."""
    not_ready: tuple[str, ...] = ()
    """Codes of READINESS; empty means that pushes are taken."""

    pushes_begun: int = 0
    """Requests whose path became known to be the push path."""
    pushes_in_flight: int = 0
    """Of those, the ones that have no answer yet."""
    pushes_accepted_new: int = 0
    pushes_accepted_duplicate: int = 0
    pushes_refused: Mapping[str, int] = {}
    """Wire label of `contract.ack.Reason` -> count, from the receiver and the edge together."""
    pushes_aborted: int = 0
    """The connection was lost before the body was complete."""
    answers_undelivered: int = 0
    """Answers given when the connection was already gone; a lower bound, and part of no sum."""

    quarantine_written: int = 0
    quarantine_dropped: int = 0
    """Refused pushes that were only counted, because more came than may be written."""
    checksum_collisions: int = 0
    skew_seconds: float | None = None
    """Our clock minus the `time` of the last authentic push."""

    commit_count: int = 0
    commit_pushes: int = 0
    """Pushes of all commits: with `commit_count` the mean size of a group."""
    commit_seconds: float = 0.0
    """Duration of all commits together."""
    commit_seconds_max: float = 0.0
    waiting_pushes: int = 0

    edge: EdgeStatus = EdgeStatus()
    inbox_wal_bytes: int | None = None
    records_wal_bytes: int | None = None
    disk_free_bytes: int | None = None
    projector_alive: bool | None = None
    """None where this server has no projector of its own."""
    projector_restarts: int = 0
    dashboard_alive: bool | None = None
    """None where this server has no dashboard of its own."""
    dashboard_restarts: int = 0


def readiness_text(code: str) -> tuple[str, str]:
    """(Chinese, English) of one reason; a code nobody declared is shown as it is."""
    return READINESS.get(code, (code, code))
