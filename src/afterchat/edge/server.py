"""The server: binds the port, makes a connection for every client, looks at deadlines, and stops politely.

One timer looks at all connections; nothing else in the edge waits.
Everything it needs is an argument; which refusal reads how is said by the composition root.
"""

from __future__ import annotations

import asyncio
from typing import Any

from afterchat.clock import Clock
from afterchat.edge.admission import Admission
from afterchat.edge.answers import AnswerEncoder, plain_refusal
from afterchat.edge.asgi import Application
from afterchat.edge.complaints import Complaints
from afterchat.edge.counts import EdgeCounts
from afterchat.edge.limits import ACCEPT_BACKLOG, ACCEPT_BACKLOG_PLAIN, SWEEP_SECONDS, Limits
from afterchat.edge.message import Handler
from afterchat.edge.protocol import Connection
from afterchat.edge.shared import Refusal, Shared

__all__ = ["EdgeServer"]


class EdgeServer:
    """HTTP/1.1 on one port: `push_paths` and below to the handler, everything else to the ASGI application.

    Bodies come as they are; the handler's may also come in one of `codings`, which it undoes itself.
    `start` once, `drain` once; `counts` can be read at any time.
    """

    def __init__(
        self,
        push: Handler,
        app: Application,
        limits: Limits,
        clock: Clock,
        *,
        refusal: Refusal = plain_refusal,
        push_paths: tuple[bytes, ...] = (b"/push",),
        codings: frozenset[bytes] = frozenset(),
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self.counts = EdgeCounts()
        self._push = push
        self._app = app
        self._limits = limits.within_open_files(_open_files_max())
        self._clock = clock
        self._refusal = refusal
        self._push_paths = push_paths
        self._codings = codings
        self._sweep_seconds = sweep_seconds
        self._complaints = Complaints(clock, self.counts)
        if self._limits != limits:
            self._complaints.warn(
                "connections_max lowered",
                f"to {self._limits.connections_max}, as this process may open few files; raise `ulimit -n`",
            )
        self._shared: Shared | None = None
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_empty = asyncio.Event()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which the system chooses for 0. Raises OSError when the address cannot be had."""
        loop = asyncio.get_running_loop()
        shared = Shared(
            push=self._push,
            app=self._app,
            limits=self._limits,
            clock=self._clock,
            refusal=self._refusal,
            counts=self.counts,
            complaints=self._complaints,
            admission=Admission(self._limits, self.counts),
            encoder=AnswerEncoder(),
            loop=loop,
            push_paths=self._push_paths,
            on_empty=self._is_empty.set,
            codings=self._codings,
        )
        self._shared = shared
        backlog = ACCEPT_BACKLOG_PLAIN if isinstance(loop, asyncio.BaseEventLoop) else ACCEPT_BACKLOG
        self._server = await loop.create_server(lambda: Connection(shared), host, port, backlog=backlog)
        if loop.get_exception_handler() is None:
            loop.set_exception_handler(self._complain_of_loop)
        self._timer = loop.call_later(self._sweep_seconds, self._sweep)
        return int(self._server.sockets[0].getsockname()[1])

    async def drain(self, seconds: float) -> int:
        """Stop accepting, let requests under way get their answers, at most so long; returns how many were cut off."""
        if self._shared is None or self._server is None:
            return 0
        shared = self._shared
        shared.is_draining = shared.admission.is_closed = True
        self._server.close()
        for connection in tuple(shared.connections):
            connection.begin_drain()
        await self._until_empty(seconds)
        aborted = [connection.abort() for connection in tuple(shared.connections)]
        for task in tuple(shared.tasks):
            task.cancel()
        await asyncio.gather(*shared.tasks, return_exceptions=True)
        await self._until_empty(_ABORT_SECONDS)
        if self._timer is not None:
            self._timer.cancel()
        if shared.loop.get_exception_handler() == self._complain_of_loop:
            shared.loop.set_exception_handler(None)
        return sum(aborted)

    async def _until_empty(self, seconds: float) -> None:
        """Wait until the last connection is gone, at most so long."""
        if self._shared is None or not self._shared.connections:
            return
        self._is_empty.clear()
        try:
            await asyncio.wait_for(self._is_empty.wait(), seconds)
        except TimeoutError:
            return

    def _complain_of_loop(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What asyncio would log without bound, and with what was sent: failed accepts above all."""
        del loop
        error = context.get("exception") or RuntimeError()
        self._complaints.failed("event loop", str(context.get("message", "")), error)

    def _sweep(self) -> None:
        if self._shared is None:
            return
        self._timer = self._shared.loop.call_later(self._sweep_seconds, self._sweep)
        now = self._clock.monotonic()
        for connection in tuple(self._shared.connections):
            connection.look_at_the_time(now)


_ABORT_SECONDS = 1.0
"""How long the loop may take to tell aborted connections that they are lost."""


def _open_files_max() -> int:
    """How many file descriptors this process may have; a large number where nobody says."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 1 << 20
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return limit if limit > 0 else 1 << 20
