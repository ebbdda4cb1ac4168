"""Log lines of the edge, bounded: whoever can cause an error must not be able to fill the disk with it.

At most LINES_PER_SECOND_MAX lines a second for each cause; the rest is only counted.
An exception is logged by its type and place, never by its message, because messages quote what was sent.
"""

from __future__ import annotations

import logging
import traceback

from afterchat.clock import Clock
from afterchat.edge.counts import EdgeCounts

__all__ = ["LINES_PER_SECOND_MAX", "Complaints"]

LINES_PER_SECOND_MAX = 5
_FRAMES_SHOWN = 3


class Complaints:
    """Writes to the logger `afterchat.edge`; one for each server."""

    def __init__(self, clock: Clock, counts: EdgeCounts) -> None:
        self._clock = clock
        self._counts = counts
        self._logger = logging.getLogger("afterchat.edge")
        self._windows: dict[str, tuple[int, int]] = {}

    def warn(self, cause: str, detail: str) -> None:
        """One warning of this cause, unless the second already had enough of them."""
        if self._may_write(cause):
            self._logger.warning("%s: %s", cause, detail)

    def failed(self, cause: str, what: str, error: BaseException) -> None:
        """An exception while doing `what` (method and path, never the query)."""
        if self._may_write(cause):
            self._logger.error("%s: %s: %s", cause, what, _place(error))

    def _may_write(self, cause: str) -> bool:
        second = int(self._clock.monotonic())
        begun, written = self._windows.get(cause, (second, 0))
        if begun != second:
            begun, written = second, 0
        self._windows[cause] = (begun, written + 1)
        if written >= LINES_PER_SECOND_MAX:
            self._counts.log_lines_suppressed += 1
            return False
        return True


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES_SHOWN:]
    path = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__} at {path or 'unknown place'}"
