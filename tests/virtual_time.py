"""A loop in which time passes only by waiting for it: hours of retries in milliseconds, the same at every run.

When nothing is ready, time jumps to the next timer; when there is none either, the test fails instead of hanging.
Threads and sockets do not belong inside: a loop that waits for one looks as if nothing would ever happen.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["EPOCH_MS", "VirtualClock", "run_virtually"]

EPOCH_MS = 1_800_000_000_000
"""What the wall clock says when a loop begins; a full second."""

SECONDS_MAX = 60 * 24 * 3600.0
"""A scene that takes longer waits for something that will not come."""

Result = TypeVar("Result")


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop whose time is a number that its selector moves on."""

    def __init__(self) -> None:
        self.seconds = 0.0
        super().__init__(_Selector(self))
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self.seconds


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self._loop.seconds > SECONDS_MAX:
            raise AssertionError("the scene waits for something that will never happen")
        self._loop.seconds += max(timeout, 0.0)
        return super().select(0)


class VirtualClock:
    """The clock of the running virtual loop; `skew_ms` is how far its wall clock was set."""

    def __init__(self) -> None:
        self.skew_ms = 0

    def now_ms(self) -> int:
        return EPOCH_MS + round(self.monotonic() * 1000) + self.skew_ms

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def run_virtually(scene: Coroutine[Any, Any, Result]) -> Result:
    """What `scene` returns, played on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scene)
