"""What afterchat wants to reach, each figure declared once; the report says reached or missed beside it.

`wanted` is the promise, `hoped` the stretch; a figure without a line here is printed and not judged.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["TARGETS", "Target"]


class Target(NamedTuple):
    """A limit on one figure."""

    wanted: float
    hoped: float | None = None
    more_is_better: bool = False

    def verdict(self, value: float) -> str:
        """`missed`, `reached`, or `reached, stretch too`."""
        if not self._is_met(value, self.wanted):
            return "**missed**"
        return "reached, stretch too" if self.hoped is not None and self._is_met(value, self.hoped) else "reached"

    def shown(self) -> str:
        """As it stands in the table."""
        sign = "≥" if self.more_is_better else "≤"
        stretch = "" if self.hoped is None else f" ({sign} {self.hoped:,g})"
        return f"{sign} {self.wanted:,g}{stretch}"

    def _is_met(self, value: float, limit: float) -> bool:
        return value >= limit if self.more_is_better else value <= limit


TARGETS = {
    "acks.server_us": Target(110, 60),
    "acks.all_us": Target(130, 90),
    "acks.times_naive": Target(15, 35, more_is_better=True),
    "acks.times_naive_inline": Target(15, 35, more_is_better=True),
    "acks.times_lean_inline_alone": Target(6, 13, more_is_better=True),
    "acks.times_lean": Target(6, 13, more_is_better=True),
    "acks.times_lean_inline": Target(6, 13, more_is_better=True),
    "acks.times_lean_alone": Target(6, 13, more_is_better=True),
    "latency.p99_64": Target(25),
    "latency.p99_256": Target(80),
    "latency.tail_64": Target(4),
    "latency.tail_256": Target(4),
    "slow-disk.times_naive": Target(60, more_is_better=True),
    "projector.lag_seconds": Target(1),
    "projector.catch_up_rate": Target(10_000, more_is_better=True),
    "memory.rss_mb": Target(150),
    "memory.growth_mb": Target(10),
    "growth.ratio": Target(0.9, more_is_better=True),
    "disk.bytes": Target(1300),
    "engine.rate": Target(150_000, more_is_better=True),
    "engine.bytes_progress_resident": Target(4_096),
    "engine.bytes_end_resident": Target(4_096),
    "engine.bytes_worst_resident": Target(4_096),
    "seeing.overview_30d_ms": Target(150),
    "seeing.overview_90d_ms": Target(400),
    "seeing.filters_ms": Target(500),
    "seeing.search_ms": Target(500),
    "seeing.all_ms": Target(500),
    "seeing.first_page_ms": Target(50),
    "seeing.deep_page_ms": Target(50),
    "seeing.sorted_page_ms": Target(50),
    "seeing.session_ms": Target(50),
    "seeing.page_overview_30d_ms": Target(150),
    "seeing.page_overview_90d_ms": Target(400),
    "seeing.page_robot_30d_ms": Target(500),
    "seeing.page_list_ms": Target(50),
    "seeing.page_counted_ms": Target(50),
    "seeing.page_session_ms": Target(50),
    "beside.times": Target(3),
    "first-load.transferred_kb": Target(260),
    "first-load.usable_ms": Target(1_200),
    "seeing.export_rows_per_second": Target(50_000, more_is_better=True),
    "relay.ratio": Target(0.5, more_is_better=True),
    "relay.ratio_sender": Target(0.5, more_is_better=True),
    **{
        f"delivery.{arrangement}_{load}_{since}{share}": target
        for arrangement in ("together", "installed")
        for load in ("ends", "whole")
        for since in ("", "since_answer_")
        for share, target in (("p50", Target(10)), ("p99", Target(60)))
    },
    "isolation.ratio": Target(2),
    "isolation.p99_ill": Target(1_000),
    "backlog.lease_growth": Target(2),
    "backlog.rss_away": Target(1.2),
    "backlog.rss_busy": Target(1.2),
    "backlog.rss_busy_idle": Target(1.2),
    "relay-kill.seconds_max": Target(60),
    "relay-kill.unexplained": Target(0),
    "relay-kill.lost": Target(0),
}
