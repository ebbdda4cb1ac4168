"""When a process is told to stop: by a signal, or by the end of its standard input.

A parent that holds a pipe to its child's standard input need do nothing to end it: when the parent is gone, however it
went, the pipe closes and the child stops by itself.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

__all__ = ["stop_asked"]


def stop_asked(*, until_stdin_ends: bool, heeds_signals: bool = True) -> asyncio.Event:
    """An event that is set by SIGTERM and SIGINT, and with `until_stdin_ends` by the end of standard input.

    A child that is to outlast its parent's drain does not heed signals: a terminal's Ctrl-C reaches both.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set if heeds_signals else _ignore)
    if until_stdin_ends:
        loop.add_reader(sys.stdin.fileno(), _note_end, loop, stop)
    return stop


def _ignore() -> None:
    """The parent was told the same and decides when to stop."""


def _note_end(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Standard input became readable: nothing is ever sent, so this is its end."""
    if not os.read(sys.stdin.fileno(), 1):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()
