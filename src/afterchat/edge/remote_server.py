"""The other side of `remote`: an ASGI application answering requests that a server of ours passes on.

It listens on a Unix socket in a folder that only this user may enter; there is no other check.
Each connection is one request, bounded by the server that passed it on.
A connection that closes cancels the work for its request; draining lets requests under way end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Any

import msgspec

from afterchat.edge.asgi import Application, Message, scope_of
from afterchat.edge.frames import BODY, END, REQUEST, START, Head, Passed, frame, packed, read_frame
from afterchat.edge.message import Request

__all__ = ["RemoteServer"]

_LOG = logging.getLogger(__name__)

_REQUESTS = msgspec.msgpack.Decoder(Passed)
_WRITE_BUFFER_BYTES = 262_144


class RemoteServer:
    """Answers on one Unix socket; `start` once, `drain` once."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self, socket: Path) -> None:
        """Listen; raises OSError when the socket cannot be made."""
        self._server = await asyncio.start_unix_server(self._connected, str(socket))

    async def drain(self, seconds: float) -> None:
        """Take no more, and let what is under way end, at most so long."""
        if self._server is None:
            return
        self._server.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "the loop runs connections as tasks"
        self._tasks.add(task)
        try:
            writer.transport.set_write_buffer_limits(_WRITE_BUFFER_BYTES)
            kind, content = await read_frame(reader)
            if kind == REQUEST:
                await self._answer(_REQUESTS.decode(content), reader, writer)
        except (EOFError, ConnectionError, ValueError) as error:
            _LOG.debug("a request was given up: %s", type(error).__name__)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, passed: Passed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = _Exchange(passed, reader, writer)
        working = asyncio.ensure_future(self._app(exchange.scope, exchange.receive, exchange.send))
        leaving = asyncio.ensure_future(exchange.gone.wait())
        watching = asyncio.ensure_future(exchange.watch())
        try:
            await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                working.result()
        finally:
            for task in (working, leaving, watching):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await working


class _Exchange:
    """One request and the way back, as ASGI wants them."""

    def __init__(self, passed: Passed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = Request(
            passed.method.encode(),
            passed.path,
            passed.query,
            passed.headers,
            passed.body,
            passed.client[0] if passed.client else "",
        )
        self.scope = scope_of(request, passed.version, passed.client, passed.server)
        self.gone = asyncio.Event()
        self._body: bytes | None = passed.body
        self._reader = reader
        self._writer = writer

    async def watch(self) -> None:
        """Notice that the front closed the connection; it never says anything else."""
        with contextlib.suppress(ConnectionError):
            await self._reader.read(1)
        self.gone.set()

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            head = Head(message["status"], tuple((bytes(name), bytes(value)) for name, value in message["headers"]))
            self._writer.write(frame(START, packed(head)))
            return
        kind = BODY if message.get("more_body", False) else END
        self._writer.write(frame(kind, bytes(message.get("body", b""))))
        await self._writer.drain()
