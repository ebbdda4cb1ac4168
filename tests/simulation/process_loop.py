"""Processes inside one virtual loop: each can be stopped in its tracks, go on later, or never.

A process is a context: whatever runs in it, or was started from it, belongs to it.
A frozen process runs no callback, as after SIGSTOP: what is ready waits, timers that pass are late.
A dead one is frozen for good: no handler of it runs any more, as after SIGKILL.

Rules
- Callbacks of no process are the world's own, and always run.
- After a thaw everything runs in the order in which it became ready; what was cancelled meanwhile does not run.
- A process that runs on and on while hardly any time passes is dead, too, and the world is told.
- `bury` lets the dead end their coroutines when the run is over, so that none is left half done.

What does not belong here: what a process does.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

from virtual_time import SECONDS_MAX, VirtualLoop

__all__ = ["ProcessLoop", "Room"]


CALLBACKS_MAX = 2_000
"""In one second, of one process; the busiest has a few hundred."""


class Room:
    """What belongs to one process: its context, its tasks, and the callbacks that wait while it is frozen."""

    def __init__(self, number: int, on_spinning: Callable[[], None]) -> None:
        self.number = number
        self._on_spinning = on_spinning
        self._callbacks = (0, 0)
        """The latest second in which any ran, and how many."""
        self.is_frozen = False
        self.is_dead = False
        self.is_buried = False
        self.held: list[asyncio.Handle] = []
        self.tasks: list[asyncio.Task[Any]] = []
        """All that were ever started: a frozen task that nobody holds would be collected as garbage."""
        self.context = contextvars.copy_context()
        self.context.run(_ROOM.set, self)

    def count(self, seconds: float) -> None:
        """One more callback runs; a process that goes on and on and hardly waits is stopped."""
        second, count = self._callbacks
        self._callbacks = (int(seconds), count + 1 if second == int(seconds) else 1)
        if count > CALLBACKS_MAX and not self.is_buried:
            self.kill()
            self._on_spinning()

    def freeze(self) -> None:
        """Let nothing of it run from now on."""
        self.is_frozen = True

    def kill(self) -> None:
        """Let nothing of it run ever again."""
        self.is_frozen = self.is_dead = True


_ROOM: contextvars.ContextVar[Room | None] = contextvars.ContextVar("room", default=None)


class ProcessLoop(VirtualLoop):
    """A virtual loop whose callbacks belong to rooms."""

    def __init__(self) -> None:
        super().__init__()
        self.set_task_factory(_make_task)
        self._selector.select = self._pass_time  # nothing here waits for the system, so it is not asked

    def _pass_time(self, timeout: float | None = None) -> list[Any]:
        if timeout is None or self.seconds > SECONDS_MAX:
            raise AssertionError("the world waits for something that will never happen")
        self.seconds += max(timeout, 0.0)
        return []

    def call_soon(self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None) -> Any:
        room = _ROOM.get() if context is None else context.get(_ROOM)
        if room is None:
            return super().call_soon(callback, *args, context=context)
        own: list[asyncio.Handle] = []
        handle = super().call_soon(_run_in, room, own, callback, args, context=context)
        own.append(handle)
        return handle

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> Any:
        room = _ROOM.get() if context is None else context.get(_ROOM)
        if room is None:
            return super().call_at(when, callback, *args, context=context)
        own: list[asyncio.Handle] = []
        handle = super().call_at(when, _run_in, room, own, callback, args, context=context)
        own.append(handle)
        return handle

    def thaw(self, room: Room) -> None:
        """Let a frozen room go on with what waited."""
        room.is_frozen = False
        held, room.held = room.held, []
        self._ready.extend(held)

    async def bury(self, rooms: list[Room]) -> None:
        """Cancel all that is left of these rooms and wait for its end."""
        for room in rooms:
            room.is_buried = True
            self.thaw(room)
        tasks = [task for room in rooms for task in room.tasks if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _run_in(room: Room, own: list[asyncio.Handle], callback: Callable[..., Any], args: tuple[Any, ...]) -> None:
    if not room.is_frozen:
        room.count(asyncio.get_running_loop().time())
    if room.is_frozen:
        room.held.append(own[0])
    else:
        callback(*args)


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    context = options.get("context")
    room = _ROOM.get() if context is None else context.get(_ROOM)
    task = asyncio.Task(coroutine, loop=loop, **options)
    if room is not None:
        room.tasks.append(task)
    return task
