"""A contact centre whose sessions end on schedule: hands events in to a sender over HTTP, in an open loop.

`python -m bench.centre JOB` hands in to a sender that listens, and prints one JSON line.
`python -m bench.centre JOB together` runs sender, sink and centre on one loop; its line holds the arrivals, too.

A request that is due while every connection waits for an answer is sent when one is free, and is late from the moment
it was due: a sender that stalls is charged for all that waited.
Of each session that ended the line says when its end was due and when it was answered; moments are of `perf_counter`.
A timer has no finer grain than a millisecond, so that up to one millisecond of a delay is the centre's own.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import signal
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

from afterchat.clock import SystemClock
from afterchat.server.loop import new_event_loop
from afterchat.server.sending import send_until_stopped
from afterchat.settings import read_settings
from bench.contenders.afterchat_sender import SENDER_SETTINGS
from bench.endings import TimedRequest, plan
from bench.outgoing import open_entries, set_up_store, store_url
from bench.sink import Arrivals, Sink

__all__ = ["Centre", "Job"]

_CONNECTIONS = 32
_GRACE_SECONDS = 30.0
_LOOK_SECONDS = 0.2
_HEAD_END = b"\r\n\r\n"
_ONE_TAKEN = b'"taken":1,'
_NONE_REFUSED = b'"refused":0,"unreadable":0'
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Job:
    """What one process is to do."""

    load: str
    rate: float
    seconds: float
    host: str = ""
    port: int = 0
    directory: str = ""
    """Where the store is made; only when everything is in this process."""


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request under way."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self._held = b""
        self._session = 0
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes, session: int) -> None:
        self._session = session
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, end, body = self._held.partition(_HEAD_END)
        if end and len(body) >= int(cast("re.Match[bytes]", _LENGTH.search(head))[1]):
            self._held = b""
            self._centre.answered(self, self._session, head, body)


class Centre:
    """The load: what waits, what is under way, and what was answered when."""

    def __init__(self) -> None:
        self.due: dict[int, float] = {}
        """Session -> when its end was due."""
        self.answered_at: dict[int, float] = {}
        self.failures: Counter[str] = Counter()
        self.waiting_max = 0
        self._waiting: deque[TimedRequest] = deque()
        self._free: deque[Connection] = deque()
        """Used in turn, so that none is closed for its silence."""
        self._count = 0
        self._all_answered = asyncio.Event()

    async def connect(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(_CONNECTIONS):
            _, connection = await loop.create_connection(lambda: Connection(self), host, port)
            self._free.append(connection)

    async def hand_in(self, requests: list[bytes]) -> None:
        """Everything at once, one after the other."""
        for request in requests:
            self._all_answered.clear()
            self._dispatch(TimedRequest(0.0, 0, request))
            await self._all_answered.wait()

    async def run(self, timed: list[TimedRequest]) -> None:
        """Each request when it is due; on return all are answered."""
        began = perf_counter()
        for one in timed:
            if began + one.due > perf_counter():
                await asyncio.sleep(began + one.due - perf_counter())
            if one.session:
                self.due[one.session] = began + one.due
            self._dispatch(one)
        async with asyncio.timeout(_GRACE_SECONDS):
            while self._count:
                self._all_answered.clear()
                await self._all_answered.wait()

    def answered(self, connection: Connection, session: int, head: bytes, body: bytes) -> None:
        """One request came to its end; the connection is free."""
        self._count -= 1
        if session:
            self.answered_at[session] = perf_counter()
        if not head.startswith(b"HTTP/1.1 200 ") or _NONE_REFUSED not in body or (session and _ONE_TAKEN not in body):
            self.failures[(head[9:12] + b" " + body[:200]).decode()] += 1
        self._free.append(connection)
        if self._waiting:
            self._send(self._waiting.popleft())
        if not self._count:
            self._all_answered.set()

    def close(self) -> None:
        for connection in self._free:
            connection.transport.abort()

    def _dispatch(self, one: TimedRequest) -> None:
        self._count += 1
        if self._free:
            self._send(one)
        else:
            self._waiting.append(one)
            self.waiting_max = max(self.waiting_max, len(self._waiting))

    def _send(self, one: TimedRequest) -> None:
        self._free.popleft().send(one.request, one.session)


async def _perform(job: Job) -> Centre:
    """One run against a sender that listens."""
    prepared = plan(job.load, job.rate, job.seconds, f"{job.host}:{job.port}", int(time.time() * 1000))
    centre = Centre()
    await centre.connect(job.host, job.port)
    await centre.hand_in(prepared.before)
    gc.collect()
    gc.freeze()
    await centre.run(prepared.timed)
    centre.close()
    return centre


async def _together(job: Job) -> None:
    """Sender, sink and centre on one loop; the sender is composed as `afterchat sender` composes it."""
    sink, listening = Sink(), asyncio.get_running_loop().create_future()
    directory = Path(job.directory)
    await set_up_store(directory, [f"http://127.0.0.1:{await sink.listen()}/well/all"])
    settings = read_settings({"AFTERCHAT_STORE": store_url(directory), "AFTERCHAT_SENDER_PORT": "0", **SENDER_SETTINGS})
    sending = asyncio.create_task(send_until_stopped(settings, SystemClock(), listening.set_result))
    await asyncio.wait((sending, listening), return_when=asyncio.FIRST_COMPLETED)
    if not listening.done():
        sending.result()
    url = urlsplit(listening.result().url)
    performing = asyncio.create_task(_perform(replace(job, host=str(url.hostname), port=int(url.port or 0))))
    await asyncio.wait((sending, performing), return_when=asyncio.FIRST_COMPLETED)
    if sending.done():
        sending.result()
    centre = performing.result()
    deadline = perf_counter() + _GRACE_SECONDS
    while open_entries(directory) and perf_counter() < deadline:  # noqa: ASYNC110 - the outbox offers no event
        await asyncio.sleep(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    await sending
    _tell(centre, sink.take_arrivals())


async def _alone(job: Job) -> None:
    """A sender in another process."""
    _tell(await _perform(job), {})


def _tell(centre: Centre, arrivals: Arrivals) -> None:
    line: dict[str, Any] = {
        "due": centre.due,
        "answered": centre.answered_at,
        "failures": dict(centre.failures),
        "waiting_max": centre.waiting_max,
        "arrivals": arrivals,
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run((_together if sys.argv[2:] == ["together"] else _alone)(Job(**json.loads(sys.argv[1]))))
