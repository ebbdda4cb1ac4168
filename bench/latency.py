"""Latencies: every one is kept, and read as percentiles.

No buckets and no sampling: eight bytes a request are cheap, and the tail is what one wants to know.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

__all__ = ["percentile", "summary"]

_ROUNDING = 1e-9  # 1000 * 0.999 is a hair over 999


def summary(seconds: array[float]) -> dict[str, float]:
    """p50, p90, p99, p99.9 and the greatest, milliseconds; empty when nothing was measured."""
    if not seconds:
        return {}
    ordered = sorted(seconds)
    shares = {"p50_ms": 0.50, "p90_ms": 0.90, "p99_ms": 0.99, "p999_ms": 0.999}
    result = {name: round(percentile(ordered, share) * 1000, 3) for name, share in shares.items()}
    return {**result, "max_ms": round(ordered[-1] * 1000, 3)}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of the ordered values do not exceed (nearest rank)."""
    rank = math.ceil(len(ordered) * share - _ROUNDING)
    return ordered[max(rank, 1) - 1]
