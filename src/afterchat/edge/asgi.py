"""Runs an ordinary ASGI 3 application for one complete, bounded request.

The whole body comes in one `http.request`; after it `receive` waits for `http.disconnect`.
An answer that is complete in its first body message is one write.
A longer one is streamed, with the application's content-length or chunked.
An application that breaks off in the middle has its connection aborted: half an answer must not look whole.
Lifespan, websockets and forwarded headers do not belong here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol
from urllib.parse import unquote

from afterchat.edge.answers import CHUNKED, encode_head
from afterchat.edge.message import Request

__all__ = ["Application", "Channel", "Exchange", "Message", "Receive", "Send", "scope_of"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_EMPTY_BODY_STATUSES = frozenset((204, 304))


class Channel(Protocol):
    """The connection as one exchange sees it."""

    @property
    def is_gone(self) -> bool:
        """Nothing that is written arrives any more."""

    def connection_field(self, *, closes: bool) -> bytes:
        """The `connection` header line that the answer needs."""

    def write(self, data: bytes) -> None:
        """Send bytes; harmless when the client is gone."""

    async def writable(self) -> None:
        """Wait until the client took enough of what was written, or is gone."""

    async def gone(self) -> None:
        """Wait until the client went."""

    def finish(self, *, closes: bool) -> None:
        """The answer is complete."""


def scope_of(
    request: Request, version: str, client: tuple[str, int] | None, server: tuple[str, int] | None
) -> dict[str, Any]:
    """The ASGI scope of a request; `version` is `1.0` or `1.1`."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": version,
        "method": request.method.decode("ascii"),
        "scheme": "http",
        "path": unquote(request.path.decode("ascii")),
        "raw_path": request.path,
        "query_string": request.query,
        "root_path": "",
        "headers": request.headers,
        "client": client,
        "server": server,
    }


class Exchange:
    """One request answered by the application; `receive` and `send` are what it is called with.

    Breaking the protocol (a second start, more body than announced) raises RuntimeError inside the application.
    """

    def __init__(self, channel: Channel, scope: MutableMapping[str, Any], body: bytes) -> None:
        self._channel = channel
        self._body: bytes | None = body
        self._is_head = scope["method"] == "HEAD"
        self._speaks_chunked = scope["http_version"] == "1.1"
        self._status = 0
        self._headers: tuple[tuple[bytes, bytes], ...] = ()
        self._announced: int | None = None
        self._sent_bytes = 0
        self._is_chunked = False
        self._closes = False
        self.has_begun = False
        """Bytes of the answer left; too late for another one."""
        self.is_complete = False

    async def run(self, app: Application, scope: MutableMapping[str, Any]) -> Exception | None:
        """Call the application; gives what went wrong, which is nothing when only the client went."""
        error: Exception | None = None
        try:
            await app(scope, self.receive, self.send)
        except Exception as raised:  # noqa: BLE001 - whatever an application raises must not end the server
            error = raised
        if self.is_complete:
            return error
        if self._channel.is_gone:
            return None
        return error or RuntimeError("the application returned before its answer was complete; mend the application")

    async def receive(self) -> Message:
        """The request, then, once the client is gone or the answer complete, `http.disconnect`."""
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self.is_complete:
            await self._channel.gone()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """One ASGI message of the answer; OSError once the client is gone."""
        if self._channel.is_gone and not self.is_complete:
            raise ConnectionResetError("the client is gone; stop sending")
        kind = message["type"]
        if kind == "http.response.start" and not self._status:
            self._start(message)
        elif kind == "http.response.body" and self._status and not self.is_complete:
            self._send_body(bytes(message.get("body", b"")), more=bool(message.get("more_body", False)))
            await self._channel.writable()
        else:
            raise RuntimeError(f"unexpected ASGI message {kind!r}; an answer is one start and then its body")

    def _start(self, message: Message) -> None:
        self._status = int(message["status"])
        self._headers = tuple((bytes(name), bytes(value)) for name, value in message.get("headers", ()))
        lengths = [value for name, value in self._headers if name.lower() == b"content-length"]
        self._announced = int(lengths[0]) if lengths else None

    def _send_body(self, piece: bytes, *, more: bool) -> None:
        head = b""
        if not self.has_begun:
            head = self._head(len(piece), more=more)
        sent_bytes = self._sent_bytes + len(piece)
        is_bodiless = self._is_head or self._status in _EMPTY_BODY_STATUSES
        if not is_bodiless and not self._fits(sent_bytes, more=more):
            raise RuntimeError("the body is not as long as its content-length; mend the application")
        self._sent_bytes = sent_bytes
        self.has_begun = True
        self._channel.write(head if is_bodiless else head + self._framed(piece, more=more))
        if not more:
            self.is_complete = True
            self._channel.finish(closes=self._closes)

    def _fits(self, sent_bytes: int, *, more: bool) -> bool:
        """Whether a body may be so long by now."""
        if self._announced is None:
            return True
        return sent_bytes <= self._announced if more else sent_bytes == self._announced

    def _head(self, length: int, *, more: bool) -> bytes:
        """Status and headers, once it is known how the body ends."""
        framing = b""
        if self._announced is not None:
            framing = b"content-length: %d\r\n" % self._announced
        elif not more and self._status not in _EMPTY_BODY_STATUSES:
            self._announced = length
            framing = b"content-length: %d\r\n" % length
        elif self._status not in _EMPTY_BODY_STATUSES:
            self._is_chunked = self._speaks_chunked
            self._closes = not self._speaks_chunked
            framing = CHUNKED if self._is_chunked else b""
        return encode_head(self._status, self._headers, self._channel.connection_field(closes=self._closes), framing)

    def _framed(self, piece: bytes, *, more: bool) -> bytes:
        if not self._is_chunked:
            return piece
        chunk = b"%x\r\n%s\r\n" % (len(piece), piece) if piece else b""
        return chunk if more else chunk + b"0\r\n\r\n"
