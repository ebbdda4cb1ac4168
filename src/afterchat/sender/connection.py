"""One connection to one checked address: requests out, one answer each, one after the other.

    open_connection: socket -> connect -> who is there? -> TLS -> Connection

Rules
- It connects to an address, never to a name; the name is only what the certificate must hold.
- Before a byte is sent the peer must be that address, and not this machine itself unless the operator allowed that.
- Nothing of a request leaves before the handshake is over and the certificate was checked.
- What goes wrong on the other side is a Failure; whoever cancels leaves nothing open.
- Bytes for which nobody asked close the connection.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from afterchat.sender.transport import Answer, Failure
from afterchat.sender.wire import AnswerReader

__all__ = ["Connection", "open_connection"]


class Connection(asyncio.Protocol):
    """One open connection; `on_lost` is told when it is gone.

    Not when it begins: a loop may tell `connection_made` of one that is then given up, and never `connection_lost`.
    """

    def __init__(self, on_lost: Callable[[Connection], None]) -> None:
        self._on_lost = on_lost
        self._transport: Any = None
        self._reader: AnswerReader | None = None
        self._waiter: asyncio.Future[Answer | Failure] | None = None
        self._keeps_alive = True
        self.is_lost = False
        self.idle_since = 0.0
        """By the monotonic clock, while nothing is asked."""

    @property
    def is_reusable(self) -> bool:
        """Whether another request may be sent: the last answer was whole, and all of the request was taken."""
        transport = self._transport
        return self._keeps_alive and not transport.is_closing() and transport.get_write_buffer_size() == 0

    async def exchange(self, head: bytes, body: bytes) -> tuple[Answer | Failure, bool]:
        """Send a request and wait for its answer, and whether any byte of one came."""
        self._keeps_alive = False
        reader = self._reader = AnswerReader()
        if self._transport.is_closing():
            return Failure("reset", "the connection was closed before the request"), False
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(head + body)
        try:
            return await waiter, reader.has_begun
        finally:
            self._waiter = None

    def abort(self) -> None:
        """Close it now, whatever is unsent."""
        self._keeps_alive = False
        if self._transport is not None:
            self._transport.abort()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is over."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """More of the answer, or what nobody asked for."""
        outcome = None if self._reader is None or self._waiter is None else self._reader.feed(data)
        if outcome is not None:
            self._settle(outcome)
        elif self._waiter is None:
            self.abort()

    def eof_received(self) -> bool:
        """A half-closed peer asks nothing more, and neither do we."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits learns how far the answer came."""
        self.is_lost = True
        self._keeps_alive = False
        if self._reader is not None and self._waiter is not None:
            outcome = self._reader.end()
            if isinstance(outcome, Failure) and exc is not None:
                outcome = Failure("tls" if isinstance(exc, ssl.SSLError) else outcome.kind, str(exc))
            self._settle(outcome)
        self._on_lost(self)

    def _settle(self, outcome: Answer | Failure) -> None:
        if self._waiter is None or self._reader is None:
            return
        self._keeps_alive = self._reader.keeps_alive and not self._waiter.done()
        if not self._waiter.done():
            self._waiter.set_result(outcome)


async def open_connection(
    address: tuple[str, int],
    tls: tuple[ssl.SSLContext, str] | None,
    make: Callable[[], Connection],
    *,
    may_be_self: bool,
) -> Connection | Failure:
    """Connect to an address and, with TLS, shake hands as the client of that host name."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        plug = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        return Failure("connect", f"{address[0]}: {error}")
    is_taken = False
    try:
        plug.setblocking(False)
        try:
            await loop.sock_connect(plug, address)
            peer, own = ip_address(plug.getpeername()[0]), ip_address(plug.getsockname()[0])
        except OSError as error:
            return Failure("connect", f"{address[0]} port {address[1]}: {error}")
        if peer != ip_address(address[0]) or (own == peer and not may_be_self):
            return Failure("forbidden_address", f"{address[0]} led to {peer}, seen from {own}")
        context, host = tls or (None, None)
        try:
            _, connection = await loop.create_connection(make, sock=plug, ssl=context, server_hostname=host)
        except ssl.SSLError as error:
            return Failure("tls", f"{address[0]} as {host}: {error}")
        except OSError as error:
            return Failure("reset", f"{address[0]}: the connection broke in the handshake: {error}")
        is_taken = True
        return connection
    finally:
        if not is_taken:
            plug.close()
