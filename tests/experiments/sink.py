"""A receiver that writes down every push: its bytes, its signature, its moment, and what it was told.

Rules:
- A push is on the list before a byte of its answer leaves, so whatever the sender believes was seen here.
- How a push is answered is chosen by `manner`, which sees it; it may be replaced at any time.
- It runs in a thread of its own, on a port of its own, and forgets nothing.

What does not belong here: judging signatures and numbers (`outbox_checker.py`), a network that lies (`proxy.py`).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import parse_qsl, urlsplit

__all__ = ["WELL", "Arrival", "Manner", "Sink", "read_push"]

HEAD_BYTES_MAX = 65_536


class Manner(NamedTuple):
    """How a push is answered."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[str, ...] = ()
    after_seconds: float = 0.0
    """Waited before the answer."""
    drip_seconds: float = 0.0
    """Waited between two bytes of the answer; 0 for all at once."""
    is_mute: bool = False
    """Never answer, and keep the connection open."""


WELL = Manner()


@dataclass
class Arrival:
    """One push that came whole."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    at_ms: int
    """Epoch ms of the true clock."""
    at: float
    """Monotonic seconds."""
    told: int = 0
    """The status that was answered whole; 0 before that."""


class Sink:
    """Listens on a free port of 127.0.0.1 from entering to leaving."""

    def __init__(self, manner: Callable[[Arrival], Manner] = lambda _: WELL) -> None:
        self.manner = manner
        self.arrivals: list[Arrival] = []
        """In the order in which they came."""
        self.port = 0
        self._is_up = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._is_up.wait()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None, "the sink was never entered"
        assert self._over is not None, "the sink was never entered"
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEAD_BYTES_MAX)
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._over.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await asyncio.sleep(0)  # so that aborted connections are gone before their loop is

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._listen_to(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _listen_to(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                arrival = await read_push(reader)
                self.arrivals.append(arrival)
                manner = self.manner(arrival)
                await answer(manner, writer)
                arrival.told = manner.status
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            return
        finally:
            writer.transport.abort()


async def read_push(reader: asyncio.StreamReader) -> Arrival:
    """One whole request; raises EOFError when none comes any more."""
    request_line, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    target = urlsplit(request_line.split(" ")[1])
    return Arrival(
        target.path, dict(parse_qsl(target.query)), headers, body, time.time_ns() // 1_000_000, time.monotonic()
    )


async def answer(manner: Manner, writer: asyncio.StreamWriter) -> None:
    """Answer in that manner; a mute one ends with its connection."""
    if manner.is_mute:
        await asyncio.Event().wait()
    if manner.after_seconds:
        await asyncio.sleep(manner.after_seconds)
    head = (f"HTTP/1.1 {manner.status} x", f"content-length: {len(manner.body)}", *manner.headers, "", "")
    raw = "\r\n".join(head).encode() + manner.body
    pieces = [raw[at : at + 1] for at in range(len(raw))] if manner.drip_seconds else [raw]
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(manner.drip_seconds)
