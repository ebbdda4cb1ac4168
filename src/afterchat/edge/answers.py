"""Answers to bytes: one write for each, status line and headers prepared once.

The edge alone says how an answer is framed: such headers of an answer (`_FRAMING`) are dropped and written anew.
A header that could smuggle a second answer is a ValueError; no answer has a `Server` or a `Date` header.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus

from afterchat.edge.message import Answer

__all__ = [
    "CHUNKED",
    "CLOSES",
    "CONTINUE",
    "KEEPS_ALIVE",
    "KEEPS_ALIVE_1_0",
    "AnswerEncoder",
    "encode_head",
    "plain_refusal",
]

KEEPS_ALIVE = b""
"""What HTTP/1.1 needs to hear about the connection when it stays."""
KEEPS_ALIVE_1_0 = b"connection: keep-alive\r\n"
CLOSES = b"connection: close\r\n"
CHUNKED = b"transfer-encoding: chunked\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_PREPARED_ANSWERS_MAX = 256
_PREPARED_BODY_BYTES_MAX = 256
_FRAMING = frozenset((b"connection", b"content-length", b"keep-alive", b"transfer-encoding", b"upgrade"))
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\t -~\x80-\xff]*")
_BODILESS_STATUSES = frozenset((204, 304))
_PLAIN_STATUSES = {
    "body": 413,
    "encoding": 415,
    "head": 431,
    "malformed": 400,
    "deadline": 408,
    "busy": 503,
    "stopping": 503,
}


class AnswerEncoder:
    """Encodes answers and remembers the small ones; one for each server."""

    def __init__(self) -> None:
        self._prepared: dict[tuple[Answer, bytes], bytes] = {}

    def encode(self, answer: Answer, connection: bytes, *, is_head: bool = False) -> bytes:
        """The whole answer; `connection` is one of KEEPS_ALIVE, KEEPS_ALIVE_1_0, CLOSES.

        An answer to HEAD says the length of the body and leaves it out.
        Raises ValueError when a header cannot be sent.
        """
        if is_head:
            return _encode(answer, connection)[0]
        if len(answer.body) > _PREPARED_BODY_BYTES_MAX:
            return b"".join(_encode(answer, connection))
        prepared = self._prepared.get((answer, connection))
        if prepared is None:
            prepared = b"".join(_encode(answer, connection))
            if len(self._prepared) >= _PREPARED_ANSWERS_MAX:
                self._prepared.clear()
            self._prepared[answer, connection] = prepared
        return prepared


def encode_head(status: int, headers: Iterable[tuple[bytes, bytes]], connection: bytes, framing: bytes) -> bytes:
    """Status line and headers up to the empty line; `framing` is CHUNKED, a content-length line, or nothing.

    Raises ValueError for a status or a header that cannot be sent.
    """
    lines = [_status_line(status)]
    for name, value in headers:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise ValueError("a header name must be a token and its value one line; mend the code that answers")
        if name.lower() not in _FRAMING:
            lines.append(b"%s: %s\r\n" % (name, value))
    return b"".join((*lines, connection, framing, b"\r\n"))


def plain_refusal(label: str) -> Answer:
    """What a refusal looks like when nobody injected a better one: the label itself, as text."""
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"text/plain; charset=utf-8"),)
    status = _PLAIN_STATUSES.get(label, 400)
    if status == 503:
        headers += ((b"retry-after", b"5"),)
    return Answer(status, f"refused: {label}\n".encode(), headers)


def _encode(answer: Answer, connection: bytes) -> tuple[bytes, bytes]:
    if answer.status in _BODILESS_STATUSES:
        return encode_head(answer.status, answer.headers, connection, b""), b""
    length = b"content-length: %d\r\n" % len(answer.body)
    return encode_head(answer.status, answer.headers, connection, length), answer.body


def _status_line(status: int) -> bytes:
    if not 200 <= status <= 599:
        raise ValueError(f"{status} is no status of a final answer; use 200 to 599")
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return b"HTTP/1.1 %d %s\r\n" % (status, phrase.encode())
