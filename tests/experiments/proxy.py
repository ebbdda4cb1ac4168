"""A TCP proxy that lies: one fault for each connection, drawn from a table by a seeded generator.

Rules:
- A client must use a fresh connection for each attempt, or one fault would hit several.
  `is_brief` makes it so for a client that keeps connections: each ends with the first bytes of its reply.
- The proxy knows nothing of HTTP; `drop_reply` waits for the server's first bytes, so the server has committed by then.
- Every connection that was accepted is counted under its fault.
- What a client sent is kept, as far as it was read, so that signatures can be judged where nothing has touched them.

What does not belong here: retrying, and judging what the faults did.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import time
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple, Self

__all__ = ["FAULTS", "Heard", "Proxy"]

CHUNK_BYTES = 65_536
BLACKHOLE_SECONDS = 2.0

FAULTS: Mapping[str, int] = {
    "none": 6,
    "reset_now": 1,
    "cut_request": 2,
    "drop_reply": 3,
    "cut_reply": 1,
    "garbage": 1,
    "delay": 1,
    "slow": 1,
    "twice": 2,
    "black_hole": 1,
}
"""Fault and weight: what one connection meets."""

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Heard(NamedTuple):
    """What one client sent over one connection."""

    at_ms: int
    """Epoch ms of the connection."""
    data: bytearray


class Proxy:
    """Listens on a free port of 127.0.0.1 and forwards, with faults, to `upstream_port`."""

    def __init__(
        self, upstream_port: int, seed: int, faults: Mapping[str, int] = FAULTS, *, is_brief: bool = False
    ) -> None:
        self.upstream_port = upstream_port
        self.faults = dict(faults)
        self.heard: list[Heard] = []
        """In the order of connections."""
        self.counts: Counter[str] = Counter()
        """Connections by fault."""
        self.port = 0
        self._is_brief = is_brief
        self._chance = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(reader, writer))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._chance.choices(list(self.faults), weights=list(self.faults.values()))[0]
        self.counts[fault] += 1
        try:
            await self._forward(fault, (reader, writer))
        except (OSError, EOFError):
            reset(writer)
        finally:
            writer.close()

    async def _forward(self, fault: str, client: Streams) -> None:
        if fault == "reset_now":
            reset(client[1])
            return
        if fault == "black_hole":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._swallow(client[0]), BLACKHOLE_SECONDS)
            reset(client[1])
            return
        upstream = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        ways = [
            asyncio.create_task(self._to_server(fault, client, upstream)),
            asyncio.create_task(self._to_client(fault, client, upstream)),
        ]
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            upstream[1].close()

    async def _to_server(self, fault: str, client: Streams, upstream: Streams) -> None:
        cut_at = self._chance.randint(1, 2_000) if fault == "cut_request" else None
        byte_count = 0
        heard = self._hear()
        while data := await client[0].read(CHUNK_BYTES):
            heard += data
            if cut_at is not None and byte_count + len(data) > cut_at:
                upstream[1].write(data[: cut_at - byte_count])
                await upstream[1].drain()
                upstream[1].close()
                reset(client[1])
                return
            if fault == "slow":
                await drip(upstream[1], data)
            else:
                upstream[1].write(data)
                await upstream[1].drain()
            if fault == "twice" and byte_count == 0:
                await self._send_again(data)
            byte_count += len(data)
        if upstream[1].can_write_eof():
            upstream[1].write_eof()

    def _hear(self) -> bytearray:
        """Where the bytes of a new connection are kept."""
        self.heard.append(Heard(time.time_ns() // 1_000_000, bytearray()))
        return self.heard[-1].data

    async def _swallow(self, reader: asyncio.StreamReader) -> None:
        heard = self._hear()
        while data := await reader.read(CHUNK_BYTES):
            heard += data

    async def _send_again(self, data: bytes) -> None:
        """The same first bytes over a second connection, whose reply nobody reads."""
        _, writer = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        writer.write(data)
        await writer.drain()
        writer.close()

    async def _to_client(self, fault: str, client: Streams, upstream: Streams) -> None:
        while data := await upstream[0].read(CHUNK_BYTES):
            if fault == "drop_reply":
                break
            if fault == "cut_reply":
                client[1].write(data[: self._chance.randint(1, len(data) - 1)])
                await client[1].drain()
                break
            if fault == "garbage":
                client[1].write(b"\x00\xff" * 50)
                await client[1].drain()
                break
            if fault == "delay":
                await asyncio.sleep(self._chance.uniform(0.05, 0.5))
            client[1].write(data)
            await client[1].drain()
            if self._is_brief:
                client[1].close()
                upstream[1].close()
                return
        else:
            client[1].close()
            return
        upstream[1].close()
        reset(client[1])


async def drip(writer: asyncio.StreamWriter, data: bytes) -> None:
    """Write in pieces of 64 bytes, 2 ms apart."""
    for start in range(0, len(data), 64):
        writer.write(data[start : start + 64])
        await writer.drain()
        await asyncio.sleep(0.002)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
