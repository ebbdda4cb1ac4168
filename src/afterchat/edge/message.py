"""What the edge hands inward and takes back: one request, one answer.

Frozen data only; nothing here knows about sockets, and rooms further in import nothing else of the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Answer", "Handler", "Request", "Respond"]


class Request(NamedTuple):
    """One complete HTTP request whose size and duration were already bounded."""

    method: bytes
    """Upper case, as sent."""
    path: bytes
    """The raw path of the target, still percent-encoded, without the query."""
    query: bytes
    """The raw query without `?`; empty when there is none."""
    headers: tuple[tuple[bytes, bytes], ...]
    """In order of arrival; names in lower case."""
    body: bytes
    """The bytes on the wire after transfer decoding; content decoding is never done."""
    peer: str
    """Address of the other end of the socket; not taken from any header."""


class Answer(NamedTuple):
    """One complete HTTP answer; `content-length` is added by the edge."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),)


Respond = Callable[[Answer], None]
"""Gives the answer to one request; called exactly once, now or in a later turn of the loop."""

Handler = Callable[[Request, Respond], None]
"""Takes a request and answers it now or later; never raises."""
