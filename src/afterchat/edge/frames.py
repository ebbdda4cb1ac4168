"""The words between a server and an application of ours in another process: frames on a Unix socket.

    front -> application   REQUEST, then nothing; closing the socket means that the client is gone
    application -> front   START, BODY ..., END; closing it before END means that the answer broke off

One connection carries one request: nothing has to be matched, and either side gives up by closing.
A frame is its kind (one byte), the length of its content (four bytes, big-endian), and the content.
Both ends are this program in one version, so nothing here is negotiated; whoever may open the socket is trusted.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any, NamedTuple

import msgspec

__all__ = ["BODY", "END", "FRAME_BYTES_MAX", "REQUEST", "START", "Head", "Passed", "frame", "packed", "read_frame"]

REQUEST, START, BODY, END = b"RSBE"

FRAME_BYTES_MAX = 67_108_864
"""Far more than a bounded request or one piece of an answer; a longer frame is a fault of ours."""

_HEAD = struct.Struct(">BI")


class Passed(NamedTuple):
    """One complete, bounded request on its way to the application."""

    method: str
    path: bytes
    """Raw, still percent-encoded."""
    query: bytes
    version: str
    """`1.0` or `1.1`."""
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    client: tuple[str, int] | None
    server: tuple[str, int] | None


class Head(NamedTuple):
    """Status and headers of an answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]


def frame(kind: int, content: bytes = b"") -> bytes:
    """The bytes of one frame."""
    return _HEAD.pack(kind, len(content)) + content


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame; raises EOFError when the other side closed, ValueError for what is no frame."""
    kind, length = _HEAD.unpack(await reader.readexactly(_HEAD.size))
    if length > FRAME_BYTES_MAX:
        raise ValueError("a frame is longer than any; both processes must be of one version")
    return kind, await reader.readexactly(length)


def packed(value: Any) -> bytes:
    """The content of a REQUEST or START frame."""
    return msgspec.msgpack.encode(value)
