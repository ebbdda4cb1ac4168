"""Where a chunked body ends on the wire; pure, byte by byte if need be.

httptools decodes the chunks, but does not say at which byte the last one ended, and reads on into the next request.
This framing says how many bytes belong to the body, so that the parser never sees a byte more.
It is stricter than the parser: every line ends in CRLF, sizes are one to eight hexadecimal digits.
Extensions (printable ASCII) and trailers (header fields) are ignored.
Both must come to the same end, or the request is refused (`reader`).
"""

from __future__ import annotations

import re

from afterchat.edge.limits import CHUNK_LINE_BYTES_MAX, CHUNK_OVERHEAD_BYTES_MAX, Limits

__all__ = ["ChunkFraming"]

_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:;[ -~]*)?\r\n")
_TRAILER_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t -~\x80-\xff]*\r\n")
_END_OF_LINE = b"\r\n"

_SIZE, _DATA, _DATA_END, _TRAILER, _DONE = range(5)


class ChunkFraming:
    """One body's framing: `advance` takes bytes in any pieces."""

    __slots__ = (
        "_body_bytes_max",
        "_decoded_bytes",
        "_line",
        "_remaining",
        "_step",
        "_trailer_bytes_left",
        "_wire_bytes",
    )

    def __init__(self, limits: Limits) -> None:
        self._body_bytes_max = limits.body_bytes_max
        self._trailer_bytes_left = limits.header_bytes_max
        self._decoded_bytes = 0
        self._wire_bytes = 0
        self._remaining = 0
        self._line = b""
        self._step = _SIZE

    @property
    def is_done(self) -> bool:
        """Whether the empty line after the last chunk was seen."""
        return self._step == _DONE

    def advance(self, data: bytes, start: int) -> tuple[int, str]:
        """Go on at `data[start]`; gives (index after the body's last byte here, label of a refusal or "").

        The labels are `malformed`, `body` (more than the cap, decoded or on the wire) and `head` (trailers).
        """
        position = start
        label = ""
        while position < len(data) and self._step != _DONE and not label:
            if self._step == _DATA:
                taken = min(self._remaining, len(data) - position)
                position += taken
                self._remaining -= taken
                if not self._remaining:
                    self._step = _DATA_END
            else:
                position, label = self._line_from(data, position)
        self._wire_bytes += position - start
        if not label and self._wire_bytes > self._body_bytes_max + CHUNK_OVERHEAD_BYTES_MAX:
            label = "body"
        return position, label

    def _line_from(self, data: bytes, position: int) -> tuple[int, str]:
        longest = self._trailer_bytes_left if self._step == _TRAILER else CHUNK_LINE_BYTES_MAX
        end = data.find(b"\n", position) + 1
        piece = data[position : end or len(data)]
        position += len(piece)
        self._line += piece
        if len(self._line) > longest:
            return position, "head" if self._step == _TRAILER else "malformed"
        if not end:
            return position, ""
        line, self._line = self._line, b""
        return position, self._take_line(line)

    def _take_line(self, line: bytes) -> str:
        if self._step == _SIZE:
            return self._take_size(line)
        if self._step == _DATA_END:
            self._step = _SIZE
            return "" if line == _END_OF_LINE else "malformed"
        if line == _END_OF_LINE:
            self._step = _DONE
            return ""
        self._trailer_bytes_left -= len(line)
        return "" if _TRAILER_LINE.fullmatch(line) else "malformed"

    def _take_size(self, line: bytes) -> str:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            return "malformed"
        self._remaining = int(match[1], 16)
        self._decoded_bytes += self._remaining
        self._step = _DATA if self._remaining else _TRAILER
        return "body" if self._decoded_bytes > self._body_bytes_max else ""
