"""What the receiver did since it started, as numbers.

The sum adds up at any quiet moment (reliability R16):
pushes handed in = accepted_new + accepted_duplicate + sum(refused); `waiting` is what lies between.
Owned by one receiver; read by the composition root, which shows it at `/metrics`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from afterchat.contract.ack import Reason

__all__ = ["ReceiverCounts"]


@dataclass(slots=True)
class ReceiverCounts:
    """Counters that only grow, and the last skew seen."""

    accepted_new: int = 0
    accepted_duplicate: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)
    quarantined: int = 0
    """Refused pushes written to the quarantine."""
    quarantine_dropped: int = 0
    """Refused pushes that were only counted, because more came than may be written."""
    checksum_collisions: int = 0
    """One checksum over two different bodies: both are kept, and somebody should look."""
    commits: int = 0
    commit_pushes: int = 0
    commit_seconds: float = 0.0
    commit_seconds_max: float = 0.0
    skew_seconds: int = 0
    """Our clock minus the `time` of the last authentic push; a steady value beyond a minute means a wrong clock."""

    def note_commit(self, push_count: int, seconds: float) -> None:
        """One group became durable."""
        self.commits += 1
        self.commit_pushes += push_count
        self.commit_seconds += seconds
        self.commit_seconds_max = max(self.commit_seconds_max, seconds)
