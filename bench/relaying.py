"""The relay and its bare rival, each in a fresh process: the same pushes through the same HTTP client.

`python -m bench.relaying FORM JOB` prints one JSON line once the last push was answered (and, by the relay, settled).

Forms
- bare: `HttpTransport` alone, so many loops at once, over requests that were signed before the clock started.
- relay: `Relay` on an outbox on disk that holds the same pushes: lease, sign, send, settle, log the attempt.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from afterchat.clock import SystemClock
from afterchat.contract.push import SESSION_END_DATA
from afterchat.sender.addresses import AddressRules
from afterchat.sender.counts import SenderCounts
from afterchat.sender.http_transport import HttpTransport
from afterchat.sender.relay import Relay, RelayLimits
from afterchat.sender.request import signed_request
from afterchat.sender.target import read_allowed
from afterchat.sender.transport import Answer, Failure, Request
from afterchat.server.loop import new_event_loop
from afterchat.store.open import open_store
from afterchat.store.sending import Endpoint, Lease
from bench.outgoing import TENANT, store_url
from bench.processes import own_cpu_seconds
from bench.pushes import SEED, bodies

__all__ = ["Job"]

_SECONDS_MAX = 10.0
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Job:
    """What one process is to deliver."""

    directory: str
    count: int
    at_once: int


async def _bare(job: Job) -> None:
    """As many loops as may be under way, sharing one list of requests."""
    store = await open_store(store_url(Path(job.directory)), frozenset())
    (endpoint,) = await store.endpoints.endpoints(None)
    await store.close()
    transport = _transport()
    requests = iter(list(_signed(endpoint, job.count)))
    _freeze()
    before = own_cpu_seconds()
    await asyncio.gather(*(_send_all(transport, requests) for _ in range(job.at_once)))
    _tell(before, job.count)
    await transport.close()


async def _relay(job: Job) -> None:
    """The relay as the sender composes it, on entries that are due."""
    store = await open_store(store_url(Path(job.directory)), frozenset({"sender"}))
    endpoints = {endpoint.id: endpoint for endpoint in await store.endpoints.endpoints(None)}
    transport, counts = _transport(), SenderCounts()
    relay = Relay(
        store.outbox,
        transport,
        SystemClock(),
        endpoints=lambda: endpoints,
        chance=Random(SEED),
        limits=RelayLimits(in_flight_max=job.at_once),
        on_news=lambda news: print(news, file=sys.stderr),
        counts=counts,
    )
    _freeze()
    before = own_cpu_seconds()
    running = asyncio.create_task(relay.run())
    while sum(counts.delays) < job.count:  # noqa: ASYNC110 - the relay offers no event to wait for
        await asyncio.sleep(_LOOK_SECONDS)
    _tell(before, job.count)
    relay.stop()
    await running
    await transport.close()
    await store.close()


def _transport() -> HttpTransport:
    allowed = read_allowed(["127.0.0.1"])
    return HttpTransport(AddressRules(is_http_allowed=True, allowed=allowed), SystemClock())


def _signed(endpoint: Endpoint, count: int) -> Iterator[Request]:
    """The requests that the relay would make of the same pushes."""
    now = int(time.time() * 1000)
    for number, body in enumerate(islice(bodies(SEED), count), 1):
        lease = Lease(number, 1, endpoint.id, TENANT, number, number, SESSION_END_DATA, body, 0, now)
        request = signed_request(lease, endpoint, now)
        assert not isinstance(request, Failure), request
        yield request


async def _send_all(transport: HttpTransport, requests: Iterator[Request]) -> None:
    for request in requests:
        answer = await transport.send(request, _SECONDS_MAX)
        if not isinstance(answer, Answer) or answer.status != 200:
            raise SystemExit(f"the sink did not take a push: {answer}")


def _freeze() -> None:
    """What was made before the clock started is not looked at by the collector again."""
    gc.collect()
    gc.freeze()


def _tell(cpu_before: float, count: int) -> None:
    print(json.dumps({"cpu_us": round((own_cpu_seconds() - cpu_before) / count * 1e6, 1)}), flush=True)


_FORMS = {"bare": _bare, "relay": _relay}

if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_FORMS[sys.argv[1]](Job(**json.loads(sys.argv[2]))))
