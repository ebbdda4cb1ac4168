"""The other side of a push, in every manner in which receivers behave, and what it saw: raw protocols, no store.

    /MANNER/NAME   any push; how it is answered is said by its path (`MANNERS`)
    /arrivals      what came since it was asked last: for each NAME the sessions and the moments, in order of arrival
    /counts        how many came for each NAME in all

Runs in a process of its own (`python -m bench.sink DIRECTORY READY_FILE`), or within one that measures everything
at once (`Sink.listen`).
A push has arrived when its last byte was read; moments are of `perf_counter`, which all processes of a machine share.
Nothing is verified: the sender is measured here, and a receiver that costs little leaves it the processor.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from array import array
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, cast
from urllib.request import urlopen

import uvloop

from bench.contenders.contender import Contender, announce, listen

__all__ = ["SINK", "Arrivals", "Sink", "arrivals_at", "counts_at"]

SINK = Contender(
    name="sink",
    label="a receiver that stores nothing",
    arguments=lambda directory, ready_file: ["-m", "bench.sink", str(directory), str(ready_file)],
    environment={},
    rows=None,
    rate_expected=0,
)

Arrivals = dict[str, tuple[list[int], list[float]]]
"""Name -> sessions and moments."""

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_SESSION = re.compile(rb'"id":([0-9]+)')
_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
_ERROR = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"
_BUSY = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 5\r\ncontent-length: 0\r\n\r\n"
_DRIP_SECONDS = 1.0
_SLOW_SECONDS = 1.0
_CONTROL_SECONDS_MAX = 60.0


def _say(data: bytes) -> Callable[[asyncio.Transport], None]:
    return lambda transport: transport.write(data)


def _drip(transport: asyncio.Transport, left: bytes = _OK) -> None:
    """A byte each second: nobody waits for the last of them."""
    if left and not transport.is_closing():
        transport.write(left[:1])
        asyncio.get_running_loop().call_later(_DRIP_SECONDS, _drip, transport, left[1:])


def _say_later(transport: asyncio.Transport) -> None:
    asyncio.get_running_loop().call_later(_SLOW_SECONDS, transport.write, _OK)


MANNERS: dict[str, Callable[[asyncio.Transport], None]] = {
    "well": _say(_OK),
    "error": _say(_ERROR),
    "busy": _say(_BUSY),
    "hole": lambda _: None,
    "drip": _drip,
    "slow": _say_later,
}
"""What a receiver does once it has read a push."""


class Sink:
    """What arrived, by the name at the end of its path."""

    def __init__(self) -> None:
        self._sessions: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self._moments: defaultdict[str, array[float]] = defaultdict(lambda: array("d"))
        self._counts: defaultdict[str, int] = defaultdict(int)

    async def listen(self) -> int:
        """Take pushes on a free port of 127.0.0.1; the port."""
        listener = listen()
        await asyncio.get_running_loop().create_server(lambda: _Connection(self), sock=listener)
        return int(listener.getsockname()[1])

    def note(self, name: str, body: bytes) -> None:
        """One push arrived."""
        found = _SESSION.search(body)
        self._moments[name].append(perf_counter())
        self._sessions[name].append(int(found[1]) if found else 0)
        self._counts[name] += 1

    def take_arrivals(self) -> Arrivals:
        """What came since the last call."""
        taken = {name: (list(self._sessions[name]), list(moments)) for name, moments in self._moments.items()}
        self._sessions.clear()
        self._moments.clear()
        return taken

    def asked(self, path: str) -> bytes:
        """The answer to a question of the benchmark's."""
        said: Any = self.take_arrivals() if path == "/arrivals" else self._counts
        body = json.dumps(said).encode()
        return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)


class _Connection(asyncio.Protocol):
    """One connection, a request at a time."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, body = self._held.partition(_HEAD_END)
        length = _LENGTH.search(head)
        if not end or len(body) < (int(length[1]) if length else 0):
            return
        self._held = b""
        target = head.split(b" ", 2)[1].decode()
        path = target.partition("?")[0]
        if head.startswith(b"GET "):
            self._transport.write(self._sink.asked(path))
            return
        _, manner, name = path.split("/")
        self._sink.note(name, body)
        MANNERS[manner](self._transport)


def arrivals_at(url: str) -> Arrivals:
    """What a sink in another process saw since it was asked last."""
    return {name: (sessions, moments) for name, (sessions, moments) in _ask(f"{url}/arrivals").items()}


def counts_at(url: str) -> dict[str, int]:
    """How many pushes a sink in another process ever saw, by name."""
    return cast("dict[str, int]", _ask(f"{url}/counts"))


def _ask(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=_CONTROL_SECONDS_MAX) as answer:
        return cast("dict[str, Any]", json.load(answer))


async def _serve(ready_file: Path) -> None:
    port = await Sink().listen()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    announce(port, ready_file)
    await stop.wait()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[2])))
