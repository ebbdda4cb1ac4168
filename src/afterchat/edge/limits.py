"""How much one client may cost: the caps of the edge, from the settings and fixed.

`Limits` holds what an operator may change; the constants are fixed and have their reason beside them.
Every number says its unit in its name.
What is done when a limit is reached stands in `reader` (sizes), `protocol` (time) and `admission` (number).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = [
    "ACCEPT_BACKLOG",
    "ACCEPT_BACKLOG_PLAIN",
    "CHUNK_LINE_BYTES_MAX",
    "CHUNK_OVERHEAD_BYTES_MAX",
    "HELD_BYTES_MAX",
    "LINGER_BYTES_MAX",
    "LINGER_SECONDS",
    "REFUSED_OPEN_MAX",
    "SWEEP_SECONDS",
    "WRITE_PROGRESS_BYTES_MIN",
    "Limits",
]

ACCEPT_BACKLOG = 1024
"""Connections that the kernel holds for us while the loop is busy with a commit."""

ACCEPT_BACKLOG_PLAIN = 128
"""The same on plain asyncio, which also accepts so many in one turn, before the first of them can be refused."""

CHUNK_LINE_BYTES_MAX = 256
"""Longest chunk-size line; a size needs eight digits, the rest would be extensions that nobody reads."""

CHUNK_OVERHEAD_BYTES_MAX = 16_384
"""What chunk framing and trailers may add to a body; ample for chunks of 128 bytes, too little for chunks of one."""

HELD_BYTES_MAX = 67_108_864
"""Incomplete bodies and early pipelined bytes of all connections together; beyond it the next one is refused as busy.
Without it, connections_max times body_bytes_max would be a quarter of a gigabyte.
"""

LINGER_BYTES_MAX = 4_194_304
"""How much of a refused request is read and thrown away, so that the client gets to read its answer."""

LINGER_SECONDS = 2.0
"""How long that may take."""

REFUSED_OPEN_MAX = 64
"""Connections over the cap that are answered at the same time; more are closed without a word."""

SWEEP_SECONDS = 0.25
"""How often deadlines are looked at; also the most by which one is missed."""

WRITE_PROGRESS_BYTES_MIN = 32_768
"""What a client must take from a full write buffer in each `request_seconds_max`, or it is cut off."""

_OPEN_FILES_SHARE = 0.8
"""Descriptors that connections may use; the rest is for the store and for accepting and refusing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client, and all clients together, may ask for."""

    body_bytes_max: int
    """Largest body, counted after transfer decoding; also before it, but for CHUNK_OVERHEAD_BYTES_MAX."""
    header_bytes_max: int
    """Largest head on the wire, request line and the empty line included; also the cap of all trailers."""
    request_seconds_max: float
    """From a request's first byte, or from connecting, to its last byte."""
    idle_seconds_max: float
    """How long a connection may wait between two requests."""
    connections_max: int
    """Open connections in all."""
    connections_per_peer_max: int
    """Open connections from one address."""

    def within_open_files(self, open_files_max: int) -> Limits:
        """The same limits with no more connections than so many file descriptors can carry."""
        carried = max(1, int(open_files_max * _OPEN_FILES_SHARE) - REFUSED_OPEN_MAX)
        return self if self.connections_max <= carried else replace(self, connections_max=carried)
