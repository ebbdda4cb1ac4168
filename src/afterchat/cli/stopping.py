"""Ending a command that goes on until somebody stops it: in order, and with exit code 0.

What does not belong here: servers, which drain (`server.stopping`).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["stopped_by_signals"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that Ctrl-C and SIGTERM set, however often they come; for the main thread."""
    stop = threading.Event()
    before = [signal.signal(number, lambda _number, _frame: stop.set()) for number in _SIGNALS]
    try:
        yield stop
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)
