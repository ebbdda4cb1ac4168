"""A tiny HTTP/1.1 client on bare sockets, and the judge's own signing.

Rules:
- Signing is written down here a second time; the product's is never called.
- A reply is complete or it is nothing: a timeout, a reset, a torn reply and bytes that are no HTTP raise NoReplyError.
- `judged` is the only place that says what a reply is worth: `ok` needs status 200 and a body of exactly `{}`.
- Nothing here retries; who retries must write every attempt into the ledger.

What does not belong here: the choice of what to send, and faults (`proxy.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from typing import NamedTuple, Self

from experiments.bodies import Push

__all__ = ["Connection", "NoReplyError", "Reply", "Verb", "checksum", "judged", "push_request", "request", "send_once"]

SESSION_END = "DATA_ONLINE_SESSION_END"
REPLY_BYTES_MAX = 4_194_304
SECONDS_MAX = 15.0

Verb = str
"""`ok`, `refused` or `unknown`: what an attempt came to, as far as its sender can know."""


class NoReplyError(Exception):
    """No complete reply came; whether the push was stored is unknown."""


class Reply(NamedTuple):
    """One complete reply."""

    status: int
    headers: dict[str, str]
    body: bytes


def judged(reply: Reply | None) -> Verb:
    """What the sender may believe: silence and a strange 2xx are `unknown`, other statuses are `refused`."""
    if reply is None:
        return "unknown"
    if reply.status == 200 and reply.body == b"{}":
        return "ok"
    return "unknown" if 200 <= reply.status < 300 else "refused"


def checksum(secret: str, body: bytes, signed_at: int | bytes) -> str:
    """Lower-case hex SHA-1 over secret, lower-case hex MD5 of the body, and time (seconds, or any bytes)."""
    time = signed_at if isinstance(signed_at, bytes) else str(signed_at).encode()
    return hashlib.sha1(secret.encode() + hashlib.md5(body).hexdigest().encode() + time).hexdigest()


def push_request(
    push: Push,
    secret: str,
    signed_at: int | None = None,
    event_type: str = SESSION_END,
    *,
    keep_alive: bool = False,
) -> bytes:
    """The bytes of one validly signed push."""
    moment = int(time.time()) if signed_at is None else signed_at
    path = "/push" if push.tenant == "default" else f"/push/{push.tenant}"
    query = f"time={moment}&checksum={checksum(secret, push.body, moment)}"
    if event_type:
        query = f"eventType={event_type}&{query}"
    return request("POST", f"{path}?{query}", push.body, keep_alive=keep_alive)


def request(
    method: str, target: str, body: bytes = b"", headers: tuple[str, ...] = (), *, keep_alive: bool = False
) -> bytes:
    """The bytes of any request; `headers` are whole lines without their ends."""
    lines = [
        f"{method} {target} HTTP/1.1",
        "host: 127.0.0.1",
        f"connection: {'keep-alive' if keep_alive else 'close'}",
        "content-type: application/json;charset=utf-8",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape") + body


async def send_once(port: int, raw: bytes, seconds_max: float = SECONDS_MAX) -> Reply:
    """One request over a connection of its own."""
    async with Connection(port) as connection:
        return await connection.exchange(raw, seconds_max)


class Connection:
    """One connection to 127.0.0.1; may carry several requests, one after the other."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it at once, whatever is under way."""
        if self._writer is not None:
            self._writer.transport.abort()
            self._reader = self._writer = None

    async def exchange(self, raw: bytes, seconds_max: float = SECONDS_MAX) -> Reply:
        """Send one request and read its whole reply; raises NoReplyError, and then the connection is closed."""
        try:
            async with asyncio.timeout(seconds_max):
                reply = await self._exchange(raw)
        except (OSError, EOFError, TimeoutError, ValueError, asyncio.LimitOverrunError) as error:
            self.close()
            raise NoReplyError(repr(error)) from error
        if reply.headers.get("connection", "").lower() == "close":
            self.close()
        return reply

    async def _exchange(self, raw: bytes) -> Reply:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writer.write(raw)
        await self._writer.drain()
        return await read_reply(self._reader)


async def read_reply(reader: asyncio.StreamReader) -> Reply:
    """One reply with `content-length` or chunks; raises EOFError or ValueError for anything else."""
    status_line, *header_lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].decode("latin-1").split("\r\n")
    version, status, *_ = status_line.split(" ", 2)
    if version != "HTTP/1.1" or len(status) != 3:
        raise ValueError(status_line)
    headers = {}
    for line in header_lines:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Reply(int(status), headers, await _read_chunks(reader))
    length = int(headers["content-length"]) if "content-length" in headers else -1
    if not 0 <= length <= REPLY_BYTES_MAX:
        raise ValueError(status_line)
    return Reply(int(status), headers, await reader.readexactly(length))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        if len(body) + size > REPLY_BYTES_MAX:
            raise ValueError(size)
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return body
