"""The store as one process reaches it: the real ports, with a disk that is slow or fails, and a death at any call.

Rules
- A call fails before anything of it happened: that is what the ports promise of a failure.
- A death at a call comes before it, inside it at its first suspension, or after it and before its result is seen.
- What the judge is told of a call, it is told at the very moment at which the call's work was done.
- A zombie reaches the outbox only: the lock file keeps it from the journal of its successor.

What does not belong here: when the disk is slow or fails (`nemesis`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from afterchat.errors import StoreUnavailableError
from simulation.process_loop import Room
from simulation.trace import Trace

__all__ = ["FaultyDisk", "ProcessStore"]

_PORTS = ("journal", "outbox", "endpoints", "registry")
DEATHS = ("before", "inside", "after")
_QUIET_CALLS = ("registry", "endpoints")


class FaultyDisk:
    """How the store behaves now, for every process."""

    def __init__(self, chance: Random, trace: Trace, error_share: float) -> None:
        self.chance = chance
        self.trace = trace
        self.error_share = error_share
        self.down: set[str] = set()
        """Ports that are out of reach."""
        self.seconds_max = 0.0
        """How long a call may take; 0 for a quick disk."""

    def fails(self, port: str) -> bool:
        """Whether this call does."""
        if port in self.down:
            return True
        is_plain = not self.error_share or port in _QUIET_CALLS
        return False if is_plain else self.chance.random() < self.error_share

    def seconds(self, port: str) -> float:
        """How long this call takes before it does anything."""
        if not self.seconds_max or port in _QUIET_CALLS or self.chance.random() < 0.5:
            return 0.0
        return self.seconds_max * self.chance.random() ** 3


class ProcessStore:
    """The ports of one process; `observe` is told of every call that was done, or failed."""

    def __init__(
        self,
        store: Any,
        room: Room,
        disk: FaultyDisk,
        observe: Callable[[Room, str, str, str, tuple[Any, ...], Any], None],
        die: Callable[[Room], None],
    ) -> None:
        self.room = room
        self.disk = disk
        self.observe = observe
        self.die = die
        self.call_count = 0
        self.death: tuple[int, str] | None = None
        """At which call to die, and how."""
        self.on_lease: Callable[[], None] | None = None
        """What to do as soon as leases were given, before anything is done with them."""
        self.is_zombie = False
        self.is_over = False
        """Whether the run is: then every call ends whoever makes it."""
        for name in _PORTS:
            setattr(self, name, _Port(self, name, getattr(store, name)))

    def die_soon(self, calls: int) -> None:
        """Die at the so-manieth call from now."""
        self.death = (self.call_count + calls, DEATHS[calls % len(DEATHS)])

    async def call(self, port: str, name: str, honest: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """One call."""
        if self.is_over:
            raise asyncio.CancelledError
        if port not in _QUIET_CALLS:
            self.call_count += 1
        death = self.death[1] if self.death is not None and self.call_count >= self.death[0] else ""
        self.observe(self.room, "asked", port, name, arguments, None)
        seconds = self.disk.seconds(port)
        if seconds:
            await asyncio.sleep(seconds)
        if death == "before":
            await self._end()
        if self.is_zombie and port == "journal":
            await asyncio.get_running_loop().create_future()
        if self.disk.fails(port):
            self.observe(self.room, "failed", port, name, arguments, None)
            raise StoreUnavailableError(f"{port}.{name}: by the plan")
        if death == "inside":
            asyncio.get_running_loop().call_soon(self.die, self.room)
        result = await honest(*arguments)
        self.observe(self.room, "done", port, name, arguments, result)
        if death:
            await self._end()
        if name == "lease" and result.leases and self.on_lease is not None:
            strike, self.on_lease = self.on_lease, None
            strike()
        return result

    async def _end(self) -> None:
        if not self.is_over:
            self.die(self.room)
            await asyncio.get_running_loop().create_future()


class _Port:
    """One port: whatever is called on it goes through the store of its process."""

    def __init__(self, store: ProcessStore, name: str, honest: Any) -> None:
        self._store = store
        self._name = name
        self._honest = honest

    def __getattr__(self, name: str) -> Callable[..., Any]:
        honest = getattr(self._honest, name)
        store, port = self._store, self._name

        async def call(*arguments: Any) -> Any:
            return await store.call(port, name, honest, arguments)

        setattr(self, name, call)
        return call
