"""The way out of one connection: whether the client takes what is written, and who waits for it.

The transport says when its write buffer is too full and when it is empty enough again.
In between nothing more is written, no further request is taken up, and the client must go on reading at a least rate.
A wait costs a future only when somebody waits: the application, never a push.
"""

from __future__ import annotations

import asyncio

from afterchat.edge.limits import WRITE_PROGRESS_BYTES_MIN

__all__ = ["Bell", "Outflow"]


class Bell:
    """Wakes the one who waits; a ring that nobody waits for is forgotten."""

    __slots__ = ("_future",)

    def __init__(self) -> None:
        self._future: asyncio.Future[None] | None = None

    def ring(self) -> None:
        """Wake whoever waits now."""
        if self._future is not None and not self._future.done():
            self._future.set_result(None)
        self._future = None

    async def heard(self) -> None:
        """Wait for the next ring; several may wait, and each may be cancelled."""
        if self._future is None:
            self._future = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._future)


class Outflow:
    """Fullness of one write buffer; moments are `Clock.monotonic` seconds."""

    __slots__ = ("_bytes", "_since", "is_stuck", "moved")

    def __init__(self) -> None:
        self.is_stuck = False
        """The buffer is full: write nothing more."""
        self.moved = Bell()
        self._since = 0.0
        self._bytes = 0

    def stop(self, now: float, buffered_bytes: int) -> None:
        """The buffer became full."""
        self.is_stuck = True
        self._since, self._bytes = now, buffered_bytes

    def go_on(self) -> None:
        """The client took enough, or is gone."""
        self.is_stuck = False
        self.moved.ring()

    def is_too_slow(self, now: float, buffered_bytes: int, seconds: float) -> bool:
        """Whether a full buffer lost less than WRITE_PROGRESS_BYTES_MIN in so many seconds; begins the next span."""
        if now - self._since <= seconds:
            return False
        taken = self._bytes - buffered_bytes
        self._since, self._bytes = now, buffered_bytes
        return taken < WRITE_PROGRESS_BYTES_MIN
