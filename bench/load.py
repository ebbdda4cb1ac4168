"""The load generator: keep-alive connections on uvloop that push as fast as they are answered, or at a fixed rate.

Runs in a process of its own: `python -m bench.load JOB`, where JOB is the JSON of a `Job`.
It prints one JSON line for each phase.
Pushes are signed before the clock starts, so that about 10 us of CPU a request are left on this side.
An answer counts only if it is 200 with the body `{}`; everything else is counted by its status, never left out.

Closed loop: each connection sends its next push when the last one was answered.
Open loop: pushes are due at fixed moments; latency runs from the moment a push was *due*, so that a server that
stalls is charged for all that waited, not only for those that were on the wire.
A timer has no finer grain than a millisecond, so that up to one millisecond of such a latency is the generator's own.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from array import array
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle
from time import perf_counter
from typing import cast

import uvloop

from bench.latency import summary
from bench.processes import own_cpu_seconds, usage_of_tree
from bench.pushes import SEED, bodies, signed_pushes

__all__ = ["Job"]

_HEAD_END = b"\r\n\r\n"
_GOOD_START = b"HTTP/1.1 200 "
_GOOD_END = b"\r\n\r\n{}"
_GRACE_SECONDS = 60.0
_TICK_SECONDS = 0.001


@dataclass(frozen=True)
class Job:
    """What one load process is to do."""

    host: str
    port: int
    server_pid: int
    connections: int
    seconds: float
    """How long each round hands out pushes; it ends earlier when they run out."""
    pushes_max: int
    """Pushes made ready for each round."""
    warm_up_pushes: int = 0
    rate: float = 0.0
    """Pushes a second in an open loop; 0 is the closed loop."""
    rounds: int = 1
    first: int = 0
    """How many bodies of the seed to leave out, so that two loads on one store never push the same."""
    is_cyclic: bool = False
    """Push the same ones again and again: for servers that store nothing."""
    seed: int = SEED


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one push under way."""

    def __init__(self, phase: Phase | None = None) -> None:
        self.phase = phase
        self.transport: asyncio.Transport
        self.started_at = 0.0
        self.is_busy = False
        self.is_open = False
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the signature of asyncio.Protocol
        self.is_open = False
        if self.is_busy and self.phase is not None:
            self.phase.settle(self, perf_counter(), "connection lost")

    def push(self, request: bytes, started_at: float) -> None:
        self.started_at = started_at
        self.is_busy = True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        if self._held:
            data = self._held + data
        if data.startswith(_GOOD_START) and data.endswith(_GOOD_END):
            self._held = b""
            self.phase.settle(self, now, "")
        elif _is_complete(data):
            self._held = b""
            self.phase.settle(
                self, now, data[9:12].decode("latin-1") + " " + data.rpartition(_HEAD_END)[2][:80].decode()
            )
        else:
            self._held = data


class Phase:
    """One stretch of load over all connections, closed loop: the next push follows the answer."""

    def __init__(self, connections: list[Connection], requests: Iterator[bytes], seconds: float) -> None:
        self.latencies: array[float] = array("d")
        self.failures: Counter[str] = Counter()
        self.is_exhausted = False
        self.started_at = perf_counter()
        self.ended_at = self.started_at
        self._deadline = self.started_at + seconds
        self._connections = connections
        self._requests = requests
        self._busy = 0
        self._done = asyncio.Event()

    async def run(self) -> None:
        """Hand out pushes until time or pushes run out, then wait until each one is answered or lost."""
        self.begin()
        if self._busy or not self._is_over(perf_counter()):
            await asyncio.wait_for(self._done.wait(), self._deadline - perf_counter() + _GRACE_SECONDS)

    def begin(self) -> None:
        for connection in self._connections:
            connection.phase = self
            self._send_next(connection)

    def settle(self, connection: Connection, now: float, failure: str) -> None:
        """One push came to its end; the connection is free."""
        connection.is_busy = False
        self._busy -= 1
        if failure:
            self.failures[failure] += 1
        else:
            self.latencies.append(now - connection.started_at)
            self.ended_at = now
        self.proceed(connection, now)

    def proceed(self, connection: Connection, now: float) -> None:
        if now < self._deadline and connection.is_open:
            self._send_next(connection)
        if not self._busy:
            self._done.set()

    def _send_next(self, connection: Connection) -> None:
        request = next(self._requests, None) if connection.is_open else None
        if request is None:
            self.is_exhausted = True
            return
        self._busy += 1
        connection.push(request, perf_counter())

    def _is_over(self, now: float) -> bool:
        return self.is_exhausted or now >= self._deadline


class OpenPhase(Phase):
    """Load at a fixed rate: a push is due every 1/rate seconds, whether or not the server keeps up."""

    def __init__(self, connections: list[Connection], requests: Iterator[bytes], seconds: float, rate: float) -> None:
        super().__init__(connections, requests, seconds)
        self.backlog_max = 0
        self._interval = 1.0 / rate
        self._due_at = self.started_at
        self._free: deque[Connection] = deque()
        self._backlog: deque[float] = deque()
        self._loop = asyncio.get_running_loop()

    def begin(self) -> None:
        for connection in self._connections:
            connection.phase = self
            self._free.append(connection)
        self._tick()

    def proceed(self, connection: Connection, now: float) -> None:
        if connection.is_open:
            if self._backlog:
                self._send_due(connection, self._backlog.popleft())
            else:
                self._free.append(connection)
        if not self._busy and self._is_over(now):
            self._done.set()

    def _tick(self) -> None:
        now = perf_counter()
        while self._due_at <= now and self._due_at < self._deadline:
            if self._free:
                self._send_due(self._free.popleft(), self._due_at)
            else:
                self._backlog.append(self._due_at)
            self._due_at += self._interval
        self.backlog_max = max(self.backlog_max, len(self._backlog))
        if not self._is_over(now):
            self._loop.call_later(_TICK_SECONDS, self._tick)
        elif not self._busy:
            self._done.set()

    def _send_due(self, connection: Connection, due_at: float) -> None:
        request = next(self._requests, None)
        if request is None:
            self.is_exhausted = True
            return
        self._busy += 1
        connection.push(request, due_at)


def _is_complete(data: bytes) -> bool:
    """Whether a whole answer with a content-length arrived."""
    head, end, body = data.partition(_HEAD_END)
    if not end:
        return False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return len(body) >= int(value)
    return False


async def _perform(job: Job) -> None:
    loop = asyncio.get_running_loop()
    host = f"{job.host}:{job.port}"
    source = bodies(job.seed, job.first)
    warm_up = signed_pushes(source, job.warm_up_pushes, host)
    requests = signed_pushes(source, job.pushes_max, host)
    gc.collect()
    gc.freeze()
    gc.disable()
    connections: list[Connection] = []
    for _ in range(job.connections):
        _, connection = await loop.create_connection(Connection, job.host, job.port)
        connections.append(connection)
    if warm_up:
        await _round(replace(job, rate=0.0, is_cyclic=False), connections, warm_up, "warm-up", _GRACE_SECONDS)
    for number in range(job.rounds):
        await _round(job, connections, requests, "measured", job.seconds)
        if number + 1 < job.rounds:
            requests = signed_pushes(source, job.pushes_max, host)
    for connection in connections:
        connection.transport.abort()


async def _round(job: Job, connections: list[Connection], requests: list[bytes], kind: str, seconds: float) -> None:
    """One phase with the server's usage read right before and right after it; printed as one line."""
    before, own_before = usage_of_tree(job.server_pid), own_cpu_seconds()
    if job.rate:
        phase: Phase = OpenPhase(connections, iter(requests), seconds, job.rate)
    else:
        phase = Phase(connections, cycle(requests) if job.is_cyclic else iter(requests), seconds)
    try:
        await phase.run()
    except TimeoutError:
        phase.failures["never answered"] += sum(connection.is_busy for connection in connections)
    own_after, after = own_cpu_seconds(), usage_of_tree(job.server_pid)
    acked = len(phase.latencies)
    elapsed = max(phase.ended_at - phase.started_at, 1e-9)
    line = {
        "kind": kind,
        "acked": acked,
        "failures": dict(phase.failures),
        "seconds": round(elapsed, 3),
        "rate": round(acked / elapsed, 1),
        "is_exhausted": phase.is_exhausted,
        "backlog_max": getattr(phase, "backlog_max", 0),
        **summary(phase.latencies),
        "generator_us": round((own_after - own_before) / max(acked, 1) * 1e6, 1),
        "usage_before": before._asdict(),
        "usage_after": after._asdict(),
    }
    print(json.dumps(line), flush=True)


def main() -> None:
    """Do the job given as the only argument."""
    job = Job(**json.loads(sys.argv[1]))
    uvloop.run(_perform(job))


if __name__ == "__main__":
    main()
