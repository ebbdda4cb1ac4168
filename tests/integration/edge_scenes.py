"""A live EdgeServer on port 0 and the raw clients that meet it, for the tests `test_edge_*` beside this file.

Every test runs on uvloop and on plain asyncio (`RUNNERS`).
No test and no promise belongs here.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial

import uvloop

from afterchat.clock import SystemClock
from afterchat.edge.limits import Limits
from afterchat.edge.message import Answer
from afterchat.edge.server import EdgeServer

PATIENCE_SECONDS = 10
OK = Answer(200, b"{}")
HOST = b"Host: a"
POST = b"POST /push HTTP/1.1"
PUSH = b"POST /push?eventType=A&time=1&checksum=c HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
GET = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
END = b"Connection: close\r\n"


def closing(request):
    """The same request, the last of its connection."""
    return request.replace(b"\r\n\r\n", b"\r\n" + END + b"\r\n", 1)


class Pushes:
    """A handler that answers at once, or keeps the answers for later."""

    def __init__(self, answers_at_once=True):
        self.requests = []
        self.responds = []
        self._answers_at_once = answers_at_once

    def take(self, request, respond):
        self.requests.append(request)
        self.responds.append(respond)
        if self._answers_at_once:
            respond(OK)

    async def until(self, count):
        while len(self.requests) < count:
            await asyncio.sleep(0.005)


async def echo(scope, receive, send):
    message = await receive()
    body = f"{scope['method']} {scope['path']} ".encode() + message["body"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(push=None, app=echo, **changes):
    values = {
        "body_bytes_max": 10_000,
        "header_bytes_max": 1000,
        "request_seconds_max": 5.0,
        "idle_seconds_max": 5.0,
        "connections_max": 50,
        "connections_per_peer_max": 50,
    }
    server = EdgeServer(push or Pushes().take, app, Limits(**(values | changes)), SystemClock(), sweep_seconds=0.02)
    server.port = await server.start("127.0.0.1", 0)
    try:
        yield server
    finally:
        await server.drain(1)


@asynccontextmanager
async def connected(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def read_end(reader):
    """Everything until the server closes; a reset ends it, too."""
    received = b""
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            received += piece
    return received


async def exchange(server, *pieces):
    """Send the pieces one after the other and read until the server closes."""
    async with connected(server) as (reader, writer):
        for piece in pieces:
            try:
                writer.write(piece)
                await writer.drain()
            except (ConnectionError, RuntimeError):  # uvloop says RuntimeError when its own end is closed already
                break
            if len(pieces) > 1:
                await asyncio.sleep(0.001)
        return await read_end(reader)


def status_of(received):
    return int(received[9:12]) if received else None


def balance(counts):
    return counts.push_begun - counts.push_handed - sum(counts.push_refused.values()) - counts.push_aborted


def head(line, *fields):
    return b"\r\n".join((line, *fields, b"", b""))


def _run(loop_factory, coroutine):
    """Run a coroutine to its end on one kind of loop."""
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(asyncio.wait_for(coroutine, PATIENCE_SECONDS))


RUNNERS = {"uvloop": partial(_run, uvloop.new_event_loop), "asyncio": partial(_run, asyncio.new_event_loop)}
