"""Simulated time: processes that wait, and who goes on next.

A process is a generator that yields the moment at which it wants to go on (epoch ms).
Whoever is due first runs until its next yield, so time only ever goes forward.

Rules
- A process that yields goes on a millisecond later at the earliest: no two things that it does share a moment.
- A process that waits for something else than time yields how long it would wait, and is woken before.
"""

from __future__ import annotations

from collections.abc import Generator
from heapq import heappop, heappush
from typing import Any

__all__ = ["Agenda", "Process", "Steps"]

Steps = Generator[int, None, Any]


class Process:
    """Something that goes on in steps."""

    __slots__ = ("steps", "turn")

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.turn = 0
        """Which of its appointments holds; earlier ones are void."""


class Agenda:
    """All that waits, and what time it is."""

    __slots__ = ("_appointments", "_count", "now", "running")

    def __init__(self, begin_at: int) -> None:
        self.now = begin_at
        self.running = Process(_nothing())
        """The process whose turn it is."""
        self._appointments: list[tuple[int, int, int, Process]] = []
        self._count = 0

    @property
    def waiting_count(self) -> int:
        """Appointments that are kept, void ones included."""
        return len(self._appointments)

    def begin(self, steps: Steps, at: int) -> None:
        """Start a process at that moment, or now if it is past."""
        self._appoint(Process(steps), max(at, self.now))

    def wake(self, process: Process) -> None:
        """Let a process that waits go on at once."""
        process.turn += 1
        self._appoint(process, self.now + 1)

    def step(self) -> None:
        """Let the process that is due first go on."""
        while True:
            at, _, turn, process = heappop(self._appointments)
            if turn == process.turn:
                break
        self.now = at
        self.running = process
        process.turn += 1
        wish = next(process.steps, None)
        if wish is not None:
            self._appoint(process, max(wish, at + 1))

    def _appoint(self, process: Process, at: int) -> None:
        self._count += 1
        heappush(self._appointments, (at, self._count, process.turn, process))


def _nothing() -> Steps:
    """A process that is over before it began."""
    yield from ()
