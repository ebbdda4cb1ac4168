"""What happened in one simulated life, one line for each event; two runs of a seed must give the same lines.

    seconds  who  what  details        the legend stands in README.md

Rules
- A line holds nothing that differs between two runs: no address of an object, no real time, no order of a set.
- Lines are made whether or not anybody reads them, so that reading them changes nothing.

What does not belong here: deciding whether what happened was right (`auditor`).
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections import Counter

__all__ = ["Trace"]


class Trace:
    """The lines of one run; `is_shown` prints them as they come."""

    def __init__(self, *, is_shown: bool = False) -> None:
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        """Figures by name: events, attempts, faults."""
        self._is_shown = is_shown

    def note(self, who: str, what: str, *details: object) -> None:
        """Write one line at the moment of the running loop."""
        seconds = asyncio.get_running_loop().time()
        line = f"{seconds:12.3f} {who:<4} {what:<9} {' '.join(map(str, details))}".rstrip()
        self.lines.append(line)
        if self._is_shown:
            sys.stdout.write(line + "\n")

    def digest(self) -> str:
        """A hash of all lines."""
        return hashlib.sha256("\n".join(self.lines).encode("utf-8")).hexdigest()[:16]
