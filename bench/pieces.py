"""Where each microsecond goes: the parts of one push, each alone, in this process, without a socket.

`python -m bench.pieces DIRECTORY` prints one JSON line for each piece: CPU and wall microseconds for each push.
The parts are called as the server calls them, from outside; their sum is less than what a server needs, which also
reads and writes sockets and wakes up, and those costs are the difference to the figures of `acks`.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Awaitable, Callable
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from afterchat.clock import SystemClock
from afterchat.contract.codec import decode
from afterchat.contract.signature import checksum_matches
from afterchat.edge.limits import Limits
from afterchat.edge.message import Answer, Request, Respond
from afterchat.edge.server import EdgeServer
from afterchat.projector.projection import project
from afterchat.receiver.intake import judge, read_parameters
from afterchat.receiver.rings import rings_in_force, with_environment_secret
from afterchat.store.open import open_store
from afterchat.store.ports import Arrival
from bench.contenders.contender import SECRET
from bench.pushes import SEED, bodies, signed_pushes

__all__ = ["GROUPS"]

GROUPS = (1, 16, 64, 256)
"""Pushes in one commit."""
_PUSHES = 5_000
_REPEATS = 5
_BATCH_ROWS = 1_000
_LIMITS = Limits(
    body_bytes_max=262_144,
    header_bytes_max=16_384,
    request_seconds_max=10.0,
    idle_seconds_max=60.0,
    connections_max=1024,
    connections_per_peer_max=1024,
)


class _Piece(NamedTuple):
    """One line of the answer."""

    key: str
    label: str
    cpu_us: float
    wall_us: float


class _Transport:
    """What a connection needs of a transport; it swallows everything."""

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name in ("peername", "sockname") else None

    def write(self, data: bytes) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def abort(self) -> None:
        pass

    def close(self) -> None:
        pass


def main() -> None:
    """Time every piece on an empty store in the given directory."""
    import uvloop

    uvloop.run(_measure_all(f"sqlite:///{Path(sys.argv[1]).resolve()}"))


async def _measure_all(url: str) -> None:
    requests = signed_pushes(bodies(SEED), _PUSHES, "127.0.0.1:8000")
    gc.collect()
    gc.freeze()
    handed_in = await _measure_edge(requests)
    arrivals = _measure_intake(handed_in)
    await _measure_store(url, arrivals)


async def _measure_edge(requests: list[bytes]) -> list[Request]:
    """Bytes of a request to bytes of its answer, through the connection class, with a handler that answers at once."""
    handed_in: list[Request] = []
    accepted = Answer(200, b"{}")

    def answer(request: Request, respond: Respond) -> None:
        handed_in.append(request)
        respond(accepted)

    async def nothing_else(scope: object, receive: object, send: object) -> None:
        raise NotImplementedError

    server = EdgeServer(push=answer, app=nothing_else, limits=_LIMITS, clock=SystemClock())
    await server.start("127.0.0.1", 0)
    connection = _protocol_of(server)
    connection.connection_made(_Transport())
    _print(_time("edge", "HTTP: request bytes to answer bytes", connection.data_received, requests))
    await server.drain(0.0)
    return handed_in[: len(requests)]


def _protocol_of(server: EdgeServer) -> Any:
    """A connection as the server makes it, without a socket."""
    from afterchat.edge.protocol import Connection

    return Connection(server._shared)  # noqa: SLF001 - there is no public way to have one without a socket


def _measure_intake(requests: list[Request]) -> list[Arrival]:
    """The receiver's pure step, whole and in parts."""
    now_ms = SystemClock().now_ms()
    rings = rings_in_force(with_environment_secret((), SECRET), now_ms)
    secrets = next(iter(rings.values())).secrets
    verdicts = [judge(request, rings, now_ms, 300) for request in requests]
    arrivals = [verdict for verdict in verdicts if isinstance(verdict, Arrival)]
    assert len(arrivals) == len(requests), "every push of the benchmark is authentic"
    parameters = [read_parameters(request.query) for request in requests]
    signed = [(found.time, found.checksum) for found in parameters if found and found.time and found.checksum]
    claims = [(request.body, *pair) for request, pair in zip(requests, signed, strict=True)]
    _print(_time("intake", "intake, whole", lambda request: judge(request, rings, now_ms, 300), requests))
    _print(_time("query", "of which: query parameters", lambda request: read_parameters(request.query), requests))
    _print(_time("checksum", "of which: md5, sha1, compare", lambda claim: checksum_matches(secrets, *claim), claims))
    _print(_time("sha256", "of which: sha256", lambda request: sha256(request.body).digest(), requests))
    return arrivals


async def _measure_store(url: str, arrivals: list[Arrival]) -> None:
    """Appending in groups of several sizes, then the projector's three steps over what was appended."""
    store = await open_store(url, frozenset({"inbox", "records"}), commit_mode="inline")
    lap = 0
    try:
        for size in GROUPS:
            laps = [_again(arrivals, lap + number) for number in range(_REPEATS)]
            lap += _REPEATS
            label = f"store: compress, insert, commit, in groups of {size}"
            _print(await _time_groups(f"append_{size}", label, store.inbox.append_all, laps, size))
        await _measure_projector(store)
    finally:
        await store.close()


async def _measure_projector(store: Any) -> None:
    rows = await store.inbox.read_after(0, _PUSHES)
    laps = [[rows[start : start + _BATCH_ROWS] for start in range(0, len(rows), _BATCH_ROWS)]]

    async def read(batch: list[Any]) -> None:
        await store.inbox.read_after(batch[0].id - 1, len(batch))

    async def apply(batch: list[Any]) -> None:
        applied = project(batch, (), (), inbox_cursor=batch[0].id - 1, repeat_cursor=0, now_ms=0)
        await store.records.apply(applied)

    _print(_time("decode", "projector, decode alone", lambda row: decode(row.body), rows))
    _print(await _time_batches("read", "projector: read and decompress", read, laps[0]))
    _print(await _time_batches("apply", "projector: decode, rank, upsert, commit", apply, laps[0]))


def _again(arrivals: list[Arrival], lap: int) -> list[Arrival]:
    """The same pushes with other ids, so that no lap meets a duplicate."""
    if not lap:
        return arrivals
    found = islice(bodies(SEED, lap * _PUSHES), len(arrivals))
    return [
        arrival._replace(body=body, sha256=sha256(body).digest()) for arrival, body in zip(arrivals, found, strict=True)
    ]


def _time(key: str, label: str, call: Callable[[Any], object], values: list[Any]) -> _Piece:
    """The best of some laps over all values."""
    laps = []
    for _ in range(_REPEATS):
        cpu, wall = time.process_time(), time.perf_counter()
        for value in values:
            call(value)
        laps.append((time.process_time() - cpu, time.perf_counter() - wall))
    return _best(key, label, laps, len(values))


async def _time_groups(
    key: str, label: str, append: Callable[[list[Arrival]], Awaitable[object]], laps: list[list[Arrival]], size: int
) -> _Piece:
    taken = []
    for lap in laps:
        shown = lap[: max(500, 20 * size)]  # a commit for each push takes long
        groups = [shown[start : start + size] for start in range(0, len(shown), size)]
        cpu, wall = time.process_time(), time.perf_counter()
        for group in groups:
            await append(group)
        pushes = len(shown)
        taken.append(((time.process_time() - cpu) / pushes, (time.perf_counter() - wall) / pushes))
    return _best(key, label, taken, 1)


async def _time_batches(
    key: str, label: str, call: Callable[[list[Any]], Awaitable[object]], batches: list[list[Any]]
) -> _Piece:
    taken = []
    for batch in batches:
        cpu, wall = time.process_time(), time.perf_counter()
        await call(batch)
        taken.append(((time.process_time() - cpu) / len(batch), (time.perf_counter() - wall) / len(batch)))
    return _best(key, label, taken, 1)


def _best(key: str, label: str, laps: list[tuple[float, float]], count: int) -> _Piece:
    cpu = min(lap[0] for lap in laps) / count * 1e6
    wall = min(lap[1] for lap in laps) / count * 1e6
    return _Piece(key, label, round(cpu, 2), round(wall, 2))


def _print(piece: _Piece) -> None:
    print(json.dumps(piece._asdict()), flush=True)


if __name__ == "__main__":
    main()
