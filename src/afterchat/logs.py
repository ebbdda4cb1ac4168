"""How this program logs: JSON lines on stderr, one event a line, and a bound on how many.

Rules
- A line never holds a query string, a secret or a body; callers pass counts, names and reasons.
- JSON in ASCII: control characters, line separators and text-direction marks of other people's data arrive escaped.
- The same message is written at most `_LINES_PER_SECOND_MAX` times a second; the rest is counted and said later,
  because an outage must not become a flood (reliability R12).
"""

from __future__ import annotations

import json
import logging
import sys
from typing import TextIO

from afterchat.clock import Clock

__all__ = ["JsonLines", "LineLimit", "start_logging"]

_LINES_PER_SECOND_MAX = 10


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """`{"at":...,"level":...,"room":...,"message":...}`, with the traceback when there is one."""
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S") + f".{int(record.msecs):03d}",
            "level": record.levelname.lower(),
            "room": record.name,
            "message": record.getMessage(),
        }
        suppressed = getattr(record, "suppressed", 0)
        if suppressed:
            line["suppressed"] = suppressed
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


class LineLimit(logging.Filter):
    """Lets `_LINES_PER_SECOND_MAX` lines of one message through each second, and says how many it held back."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """False for a line beyond the limit of this second."""
        second = int(self._clock.monotonic())
        key = (record.name, str(record.msg))
        last_second, count = self._seen.get(key, (second, 0))
        if last_second != second:
            record.suppressed = max(0, count - _LINES_PER_SECOND_MAX)
            count = 0
        self._seen[key] = (second, count + 1)
        return count < _LINES_PER_SECOND_MAX


def start_logging(level: str, clock: Clock, stream: TextIO = sys.stderr) -> None:
    """Send everything from `level` upward to `stream`; called once, by the composition root."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(LineLimit(clock))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
