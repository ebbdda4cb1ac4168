"""Receivers of every manner on 127.0.0.1, and the wire that sends to them: the scenes of the transport's tests.

A receiver reads whole requests and lets its `answer` do what it likes with the connection.
`play` runs a scene on asyncio's loop and on uvloop's, because the two close connections differently.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
import uvloop

from afterchat.sender.addresses import AddressRules
from afterchat.sender.http_transport import HttpTransport
from afterchat.sender.target import read_allowed
from afterchat.sender.transport import Request

__all__ = ["Receiver", "StillClock", "on_both_loops", "open_after", "push", "receiver", "says", "wire", "wire_under"]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
RULES = AddressRules(is_http_allowed=True, allowed=read_allowed(["127.0.0.1", "receiver.test"]))

on_both_loops = pytest.mark.parametrize(
    "play",
    [
        pytest.param(asyncio.run, id="asyncio"),
        pytest.param(uvloop.run, id="uvloop"),
    ],
)

Answerer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class StillClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now_ms(self) -> int:
        return 0

    def monotonic(self) -> float:
        return self.seconds


class Receiver:
    """What a receiver saw."""

    def __init__(self, answer: Answerer) -> None:
        self.answer = answer
        self.port = 0
        self.connection_count = 0
        self.open_count = 0
        self.heads: list[bytes] = []
        self.bodies: list[bytes] = []
        self.all_closed = asyncio.Event()
        """Set while no connection is open."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection until it ends."""
        self.connection_count += 1
        self.open_count += 1
        self.all_closed.clear()
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length: ([0-9]+)", head)
                self.heads.append(head)
                self.bodies.append(await reader.readexactly(int(length[1]) if length else 0))
                await self.answer(writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            self.open_count -= 1
            if not self.open_count:
                self.all_closed.set()


def says(data: bytes, *, then_closes: bool = False) -> Answerer:
    """Answers every request with these bytes."""

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if then_closes:
            writer.close()

    return answer


@asynccontextmanager
async def receiver(answer: Answerer | None = None, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that listens; it is gone afterwards, with all its connections."""
    one = Receiver(answer or says(OK))
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        tasks.add(task)
        with suppress(asyncio.CancelledError):
            await one.serve(reader, writer)
        tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def loopback(_host: str) -> Sequence[str]:
    """Every name is here."""
    return ("127.0.0.1",)


@asynccontextmanager
async def wire_under(rules: AddressRules, **options) -> AsyncIterator[HttpTransport]:
    """A transport under these rules; closed afterwards."""
    transport = HttpTransport(
        rules, options.pop("clock", StillClock()), look_up=options.pop("look_up", loopback), **options
    )
    try:
        yield transport
    finally:
        await transport.close()
        assert transport.open_count == 0


def wire(**options):
    """A transport that may reach 127.0.0.1, and `receiver.test`, which is there."""
    return wire_under(RULES, **options)


async def open_after(transport: HttpTransport) -> int:
    """How many connections stay open once the loop came round to closing those that were given up."""
    for _ in range(5):
        await asyncio.sleep(0)
    return transport.open_count


def push(port: int, *, endpoint_id: int = 1, body: bytes = b'{"id":1}', url: str = "", scheme: str = "http") -> Request:
    """A request to the receiver at that port."""
    headers = (("content-type", "application/json;charset=utf-8"), ("webhook-id", "push-1"))
    return Request(endpoint_id, url or f"{scheme}://receiver.test:{port}/push?time=1", headers, body)
