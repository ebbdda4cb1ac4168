"""A wall clock for one process that jumps on command: libfaketime, steered by a file.

Rules:
- Only the wall clock is changed; the monotonic clock stays true, as on a machine whose time is corrected.
- Every jump is remembered, because who judges must know which offset was in force when a push was signed.
- `prefix` makes a command run by this clock; nothing else on the machine does.

What does not belong here: what a sender should make of a jump (`test_e19_clocks.py`).
"""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["SkewedClock", "why_no_faketime"]

LIBRARIES = tuple(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
SIGNING_SECONDS_MAX = 1.4
"""From reading the clock to the last byte at the receiver; a push that was signed earlier is misdated anyway."""


def why_no_faketime() -> str:
    """What a skewed clock lacks here; empty when nothing."""
    return "" if LIBRARIES else "faketime is not installed"


class SkewedClock:
    """The true clock and an offset, in seconds."""

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file = file
        self.jumps: list[tuple[float, int]] = []
        """(monotonic seconds, the offset since then)."""
        self.jump_to(offset)

    @property
    def prefix(self) -> tuple[str, ...]:
        """Put before a command that shall live by this clock."""
        return (
            "env",
            f"LD_PRELOAD={LIBRARIES[0]}",
            f"FAKETIME_TIMESTAMP_FILE={self._file}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "FAKETIME_FORCE_MONOTONIC_FIX=0",  # else a thread's short wait by that clock may last seconds
        )

    def jump_to(self, offset: int) -> None:
        """From now on the clock is off by so much."""
        whole = self._file.with_suffix(".next")
        whole.write_text(f"{offset:+d}\n", "ascii")
        whole.replace(self._file)
        self.jumps.append((time.monotonic(), offset))

    def offsets_at(self, moment: float) -> list[float]:
        """The offsets that a push may have been signed by, which arrived at that moment (monotonic seconds)."""
        until = [at for at, _ in self.jumps[1:]] + [float("inf")]
        return [
            float(offset)
            for (since, offset), end in zip(self.jumps, until, strict=True)
            if since <= moment and moment - SIGNING_SECONDS_MAX <= end
        ]

    def forward_jumps(self, since: float, until: float) -> int:
        """How often it jumped forward in a span of monotonic seconds."""
        pairs = zip(self.jumps, self.jumps[1:], strict=False)
        return sum(since <= at <= until and new > old for (_, old), (at, new) in pairs)
