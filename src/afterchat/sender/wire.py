"""A request to the bytes of HTTP/1.1, and bytes to an answer; pure: no socket, no clock.

Rules
- What frames the message is ours: a custom field that would do so is refused, and so is one that would add a line.
- An answer's head is at most HEAD_BYTES_MAX with all interim answers before it, its body ANSWER_BYTES_MAX;
  chunk sizes, extensions and trailers are counted too.
- Nothing is decoded but chunks: a compressed answer stays the few bytes that it is.
- A body ends where its length or its chunks say, or, without either, where the connection ends; then it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import httptools

from afterchat.sender.transport import ANSWER_BYTES_MAX, Answer, Failure

__all__ = ["HEAD_BYTES_MAX", "AnswerReader", "request_head"]

HEAD_BYTES_MAX = 16 * 1024
_FRAMING_BYTES_MAX = 64 * 1024
"""Chunk lines and trailers of one answer."""
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_OURS = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Fields that say how the message is carried."""
_BEGINNING = b"HTTP/1."
_LONE = re.compile(rb"(?<!\r)\n")
_HEAD_END = b"\r\n\r\n"


def request_head(
    authority: str, target: str, headers: Sequence[tuple[str, str]], body_byte_count: int
) -> bytes | Failure:
    """The head of a POST."""
    lines = [f"POST {target} HTTP/1.1\r\nhost: {authority}"]
    names = set()
    for name, value in headers:
        lowered = name.lower()
        if lowered in _OURS or _TOKEN.fullmatch(name) is None or not value.isprintable():
            return Failure("bad_header", f"header {name!r} cannot be sent; remove it from the endpoint, or correct it")
        names.add(lowered)
        lines.append(f"{name}: {value}")
    if "user-agent" not in names:
        lines.append("user-agent: afterchat")
    lines.append(f"accept-encoding: identity\r\ncontent-length: {body_byte_count}\r\n\r\n")
    return "\r\n".join(lines).encode()


class AnswerReader:
    """Reads one answer: `feed` it bytes until it gives an outcome; `end` when the connection ended before that."""

    __slots__ = (
        "_body",
        "_body_wire_bytes",
        "_head_bytes",
        "_headers",
        "_is_complete",
        "_is_cut",
        "_is_framed",
        "_is_head_read",
        "_keeps_alive",
        "_parser",
        "_partial",
        "_status",
        "keeps_alive",
    )

    def __init__(self) -> None:
        self._parser: Any = httptools.HttpResponseParser(self)
        self._partial = b""
        """The head, as far as it came."""
        self._status = 0
        self._head_bytes = 0
        self._body_wire_bytes = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._is_head_read = False
        self._is_framed = False
        self._is_complete = False
        self._is_cut = False
        self._keeps_alive = False
        self.keeps_alive = False
        """Whether another request may follow on this connection."""

    @property
    def has_begun(self) -> bool:
        """Whether any byte came."""
        return self._is_head_read or self._head_bytes > 0 or bool(self._partial)

    def feed(self, data: bytes) -> Answer | Failure | None:
        """Go on with these bytes; None while the answer is not complete. Never raises, whatever the bytes."""
        while data and not self._is_head_read:
            data = self._partial + data
            end = data.find(_HEAD_END) + len(_HEAD_END)
            if data[: len(_BEGINNING)] != _BEGINNING[: len(data)]:
                return Failure("protocol", f"the answer begins with {data[:16]!r}")
            is_whole = end >= len(_HEAD_END)
            if self._head_bytes + (end if is_whole else len(data)) > HEAD_BYTES_MAX:
                return Failure("protocol", f"the head of the answer is longer than {HEAD_BYTES_MAX} bytes")
            if not is_whole:
                self._partial = data
                return Failure("protocol", "a line of the answer ends without CR") if _LONE.search(data) else None
            outcome = self._read_head(data[:end])
            if outcome is not None:
                return outcome
            data = data[end:]
        return self._read_body(data) if self._is_head_read else None

    def end(self) -> Answer | Failure:
        """The connection ended here."""
        if not self._is_head_read:
            return Failure("reset", "the connection was closed before an answer")
        self._is_cut = self._is_cut or self._is_framed
        return self._answer()

    def _read_head(self, head: bytes) -> Answer | Failure | None:
        """One head, of the answer or of an interim one before it."""
        self._head_bytes += len(head)
        self._partial = b""
        self._headers = {}
        self._is_complete = False
        try:
            self._parser.feed_data(head)
        except httptools.HttpParserUpgrade:
            self._keeps_alive = False
            return self._answer()
        except httptools.HttpParserError as error:
            return Failure("protocol", f"the head of the answer cannot be read: {error}")
        self._is_head_read = self._status >= 200
        return None

    def _read_body(self, data: bytes) -> Answer | Failure | None:
        if self._is_complete:
            self._keeps_alive = self._keeps_alive and not data
            return self._answer()
        self._body_wire_bytes += len(data)
        try:
            if data:
                self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            if not self._is_complete:
                return Failure("protocol", f"the body of the answer cannot be read: {error}")
            self._keeps_alive = False
        if not self._is_complete and self._body_wire_bytes > ANSWER_BYTES_MAX + _FRAMING_BYTES_MAX:
            self._is_cut = True
        return self._answer() if self._is_complete or self._is_cut else None

    def _answer(self) -> Answer:
        self.keeps_alive = self._is_complete and self._keeps_alive and not self._is_cut
        return Answer(self._status, self._headers, bytes(self._body), self._is_cut)

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Behind a complete answer another one begins, for which nobody asked: it is not looked at."""
        self._keeps_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head; trailers come here too and are dropped."""
        if not self._is_head_read:
            self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is over; only now the parser knows whether the connection may stay."""
        if self._is_head_read:
            return
        self._status = self._parser.get_status_code()
        self._keeps_alive = self._parser.should_keep_alive()
        self._is_framed = (
            "content-length" in self._headers or "chunked" in self._headers.get("transfer-encoding", "").lower()
        )

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        if self._is_complete:
            return
        room = ANSWER_BYTES_MAX - len(self._body)
        self._body += data[:room]
        if len(data) > room:
            self._is_cut = True

    def on_message_complete(self) -> None:
        """The answer is over, as its own length says."""
        self._is_complete = True
