"""The same HTTP edge with a handler that answers `{}` at once: no verification, no store.

The ceiling of the server under test on this machine; the share of it that a real push reaches is printed, not aimed at.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from bench.contenders.contender import Contender, announce

__all__ = ["CONTENDER"]

CONTENDER = Contender(
    name="afterchat-noop",
    label="afterchat's edge answering `{}` at once (no-op)",
    arguments=lambda directory, ready_file: ["-m", __name__, str(directory), str(ready_file)],
    environment={},
    rows=None,
    rate_expected=90_000,
)


async def _serve(ready_file: Path) -> None:
    from afterchat.clock import SystemClock
    from afterchat.edge.limits import Limits
    from afterchat.edge.message import Answer, Request, Respond
    from afterchat.edge.server import EdgeServer

    accepted = Answer(200, b"{}")

    def answer_at_once(request: Request, respond: Respond) -> None:  # noqa: ARG001 - the shape of a Handler
        respond(accepted)

    async def nothing_else(scope: object, receive: object, send: object) -> None:
        raise NotImplementedError("the no-op has only a push path")

    limits = Limits(
        body_bytes_max=262_144,
        header_bytes_max=16_384,
        request_seconds_max=10.0,
        idle_seconds_max=60.0,
        connections_max=1024,
        connections_per_peer_max=1024,
    )
    server = EdgeServer(push=answer_at_once, app=nothing_else, limits=limits, clock=SystemClock())
    port = await server.start("127.0.0.1", 0)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    announce(port, ready_file)
    await stop.wait()
    await server.drain(1.0)


if __name__ == "__main__":
    import uvloop

    uvloop.run(_serve(Path(sys.argv[2])))
