"""A file of records cut into the bodies to push, without changing a byte of any.

    one JSON document        one body: the document without the blanks around it
    a JSON array             one body for each element, exactly as it is written in the array
    NDJSON                   one body for each line, without its line end; a line need not be JSON
    raw                      the whole file is one body

NDJSON is read line by line, so a file may be larger than memory; the others are read whole.
What does not belong here: what a body means.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from afterchat.errors import CallerError

__all__ = ["DOCUMENT_BYTES_MAX", "LINE_BYTES_MAX", "bodies_of"]

LINE_BYTES_MAX = 16 * 1024 * 1024
"""Sixty times what a receiver takes by default; a longer line is no record."""
DOCUMENT_BYTES_MAX = 512 * 1024 * 1024
"""A document or array is held in memory; beyond this, NDJSON is the right form."""

_BLANKS = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def bodies_of(stream: BinaryIO, *, is_raw: bool = False) -> Iterator[bytes]:
    """The bodies in `stream`, in order; raises CallerError for a line or document beyond the limits."""
    if is_raw:
        yield _read_rest(stream, b"")
        return
    first = _next_line(stream).removeprefix(_BYTE_ORDER_MARK)
    while first and not first.strip(_BLANKS):
        first = _next_line(stream)
    if first.startswith(b"{") and _is_json(first.strip(_BLANKS)):
        yield _without_line_end(first)
        yield from _lines(stream)
        return
    data = _read_rest(stream, first)
    elements = _elements(data)
    if elements is not None:
        yield from elements
    elif _is_json(data.strip(_BLANKS)):
        yield data.strip(_BLANKS)
    else:
        yield from (line.removesuffix(b"\r") for line in data.split(b"\n") if line.strip(_BLANKS))


def _elements(data: bytes) -> list[bytes] | None:
    if not data.lstrip(_BLANKS).startswith(b"["):
        return None
    try:
        return [bytes(element) for element in msgspec.json.decode(data, type=list[msgspec.Raw])]
    except (msgspec.DecodeError, RecursionError):
        return None


def _is_json(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := _next_line(stream):
        if line.strip(_BLANKS):
            yield _without_line_end(line)


def _next_line(stream: BinaryIO) -> bytes:
    line = stream.readline(LINE_BYTES_MAX + 1)
    if len(line) > LINE_BYTES_MAX:
        raise CallerError(f"a line is longer than {LINE_BYTES_MAX} bytes; use --raw to send a file as one body")
    return line


def _read_rest(stream: BinaryIO, first: bytes) -> bytes:
    data = first + stream.read(DOCUMENT_BYTES_MAX + 1)
    if len(data) > DOCUMENT_BYTES_MAX:
        raise CallerError(f"the file is longer than {DOCUMENT_BYTES_MAX} bytes; write it as NDJSON, one record a line")
    return data


def _without_line_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
