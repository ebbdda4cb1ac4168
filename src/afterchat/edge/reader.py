"""Bytes to one request at a time; pure: no socket, no clock.

Three things must agree before a request exists, and each alone can only refuse:
- a grammar over the raw head (`_HEAD`): no bare LF, no folding, no control characters, no target but a path;
- the parser, httptools, which gives the headers and decodes the body;
- our own framing, Content-Length or `chunks`, which never gives the parser a byte beyond the request it is reading.
So what follows a request on the wire is read as a new one by everybody, or by nobody.
Bytes after a request stay unread in `rest` until the request was answered.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httptools

from afterchat.edge.chunks import ChunkFraming
from afterchat.edge.limits import Limits

__all__ = ["COMPLETE", "MORE", "REFUSED", "RequestReader"]

MORE, COMPLETE, REFUSED = range(3)
"""What `feed` comes to: bytes are missing, a request is there, or `refusal` says why there will be none."""

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_REQUEST_LINE = rb"(?:\r\n)?([A-Z]{1,20}) (/[!\"$->@-~]*+)(?:\?([!\"$-~]*+))? HTTP/1\.([01])\r\n"
_HEAD = re.compile(_REQUEST_LINE + rb"(?:" + _TOKEN + rb":[\t -~\x80-\xff]*+\r\n)*+\r\n")
_FIRST_LINE = re.compile(_REQUEST_LINE)
_LONE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)(?!\Z)")
_HEAD_END = b"\r\n\r\n"

_UNREADABLE = (httptools.HttpParserError, httptools.HttpParserUpgrade)

_LENGTH = re.compile(rb"[0-9]{1,15}")
_HOST = re.compile(rb"[0-9A-Za-z._~%!$&'()*+;=:\[\]\-]*")
_WATCHED = frozenset(
    (b"connection", b"content-encoding", b"content-length", b"expect", b"host", b"transfer-encoding", b"upgrade")
)
_BLANKS = (b" ", b"\t")
_IDENTITY = frozenset((b"identity", b""))


def _no_codings(_path: bytes) -> frozenset[bytes]:
    return frozenset()


class RequestReader:
    """Reads the requests of one connection, one after the other.

    `feed` takes bytes; after COMPLETE take `method`, `path`, `query`, `headers`, `body` and `rest`, then go on.
    After REFUSED nothing more can be read.
    `codings` says which content codings a path takes beside none at all; what is encoded stays so.
    """

    __slots__ = (
        "_chunks",
        "_codings",
        "_is_message_complete",
        "_limits",
        "_parser",
        "_partial",
        "_pieces",
        "_remaining",
        "_scanned",
        "_watched",
        "body",
        "headers",
        "held_bytes",
        "is_in_body",
        "keeps_alive",
        "method",
        "path",
        "query",
        "refusal",
        "rest",
        "version",
        "wants_continue",
    )

    def __init__(self, limits: Limits, codings: Callable[[bytes], frozenset[bytes]] = _no_codings) -> None:
        self._limits = limits
        self._codings = codings
        self._parser: Any = httptools.HttpRequestParser(self)
        self._partial = bytearray()
        self._scanned = 0
        self._pieces = bytearray()
        self._remaining = 0
        self._chunks: ChunkFraming | None = None
        self._watched: dict[bytes, bytes] = {}
        self._is_message_complete = False
        self.is_in_body = False
        """A head was read and its body is not complete."""
        self.held_bytes = 0
        """Bytes of the incomplete request that are kept in memory."""
        self.refusal = ""
        self.method = b""
        self.path = b""
        """Of the request being read, or of the refused one; empty when no request line could be read."""
        self.query = b""
        self.version = b"1"
        """The minor version, `0` or `1`."""
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self.keeps_alive = False
        self.wants_continue = False
        """The client waits for a 100 before it sends the body."""
        self.rest = b""

    @property
    def has_begun(self) -> bool:
        """Whether a first byte of a request came that is not complete."""
        return self.is_in_body or bool(self._partial)

    def feed(self, data: bytes) -> int:
        """Go on with these bytes: MORE, COMPLETE or REFUSED. Never raises, whatever the bytes."""
        if self.is_in_body:
            return self._read_body(data, 0)
        start = 0
        if self._partial:
            start = max(0, self._scanned - 3)
            self._partial += data
            data = bytes(self._partial)
        end = data.find(_HEAD_END, start) + 4
        if end == 3:
            return self._await_head(data, start)
        if self._partial:
            self._partial.clear()
            self._scanned = self.held_bytes = 0
        return self._read_head(data, end)

    def release(self) -> None:
        """Let go of all bytes, and of the parser, which refers back; nothing can be read afterwards."""
        self._parser = None
        self._drop()

    def _await_head(self, data: bytes, start: int) -> int:
        """No end of the head yet: keep it, unless it is already too long or wrong."""
        self.path = b""
        if len(data) > self._limits.header_bytes_max:
            return self._refuse_head(data, "head")
        if _LONE_LINE_END.search(data, start):
            return self._refuse_head(data, "malformed")
        if not self._partial:
            self._partial += data
        self._scanned = self.held_bytes = len(data)
        return MORE

    def _read_head(self, data: bytes, end: int) -> int:
        self.path = b""
        match = _HEAD.match(data)
        if end > self._limits.header_bytes_max or match is None or match.end() != end:
            return self._refuse_head(data, "head" if end > self._limits.header_bytes_max else "malformed")
        self.method, self.path, query, self.version = match.groups()
        self.query = query or b""
        self.headers = []
        self.body = b""
        self._watched = {}
        self._is_message_complete = False
        label = self._parse(data[:end]) or self._judge_head()
        self.is_in_body = bool(self._remaining) or self._chunks is not None
        if label or self.is_in_body == self._is_message_complete:
            return self._refuse(label or "malformed")
        if self.is_in_body:
            return self._read_body(data, end)
        self.rest = data[end:]
        return COMPLETE

    def _parse(self, data: bytes) -> str:
        try:
            self._parser.feed_data(data)
        except _UNREADABLE:
            return "malformed"
        return ""

    def _judge_head(self) -> str:
        """The label of what is wrong with the fields that decide where the request ends, or ""; sets the framing."""
        watched = self._watched
        length = watched.get(b"content-length")
        self.keeps_alive = self.version == b"1"
        self._remaining = 0
        if self.method == b"CONNECT" or not _HOST.fullmatch(watched.get(b"host", b"")):
            return "malformed"
        if length is not None and not _LENGTH.fullmatch(length):
            return "malformed"
        if len(watched) != (length is not None) + 1 or b"host" not in watched:
            label = self._judge_rare_fields(watched)
            if label:
                return label
        if length is not None:
            self._remaining = int(length)
            if self._remaining > self._limits.body_bytes_max:
                return "body"
        return ""

    def _judge_rare_fields(self, watched: dict[bytes, bytes]) -> str:
        """Everything but Host and Content-Length, which nearly every push carries alone."""
        if (b"host" not in watched and self.version == b"1") or b"upgrade" in watched:
            return "malformed"
        framing = watched.get(b"transfer-encoding")
        if framing is not None:
            if framing.lower() != b"chunked" or b"content-length" in watched or self.version == b"0":
                return "malformed"
            self._chunks = ChunkFraming(self._limits)
        coding = watched.get(b"content-encoding", b"").lower()
        if coding not in _IDENTITY and coding not in self._codings(self.path):
            return "encoding"
        options = [option.strip() for option in watched.get(b"connection", b"").lower().split(b",")]
        self.keeps_alive = b"close" not in options and (self.keeps_alive or b"keep-alive" in options)
        self.wants_continue = self.version == b"1" and watched.get(b"expect", b"").lower() == b"100-continue"
        return ""

    def _read_body(self, data: bytes, start: int) -> int:
        if self._chunks is None:
            end = min(len(data), start + self._remaining)
            self._remaining -= end - start
            is_last = not self._remaining
        else:
            end, label = self._chunks.advance(data, start)
            is_last = self._chunks.is_done
            if label:
                return self._refuse(label)
        if self._parse(data[start:end]) or is_last != self._is_message_complete:
            return self._refuse("malformed")
        if not is_last:
            self._hold_body()
            return MORE
        self._end_body()
        self.rest = data[end:]
        return COMPLETE

    def _hold_body(self) -> None:
        if self.body:
            self._pieces += self.body
            self.body = b""
        self.held_bytes = len(self._pieces)

    def _end_body(self) -> None:
        self.is_in_body = self.wants_continue = False
        self._chunks = None
        if self._pieces:
            self._pieces += self.body
            self.body = bytes(self._pieces)
            self._pieces = bytearray()
        self.held_bytes = 0

    def _refuse_head(self, data: bytes, label: str) -> int:
        """Refuse a head that was not parsed, saying at least whose it was when its first line can be read."""
        line = _FIRST_LINE.match(data)
        if line:
            self.method, self.path = line[1], line[2]
        return self._refuse(label)

    def _refuse(self, label: str) -> int:
        self.refusal = label
        self._drop()
        return REFUSED

    def _drop(self) -> None:
        self.is_in_body = self.wants_continue = False
        self._partial = bytearray()
        self._pieces = bytearray()
        self.held_bytes = 0
        self.rest = self.body = b""

    # What httptools calls while it is fed.

    def on_header(self, name: bytes, value: bytes) -> None:
        """One field of the head; trailers come here, too, and are ignored."""
        if self.is_in_body:
            return
        name = name.lower()
        if value[-1:] in _BLANKS:
            value = value.rstrip(b" \t")
        self.headers.append((name, value))
        if name in _WATCHED:
            if name in self._watched:  # the comma makes a second Host, length or coding unreadable
                value = self._watched[name] + b"," + value
            self._watched[name] = value

    def on_body(self, data: bytes) -> None:
        """A decoded piece; nearly always the only one of its body."""
        self.body = self.body + data if self.body else data

    def on_message_complete(self) -> None:
        """The parser's own opinion of where the request ends."""
        self._is_message_complete = True
