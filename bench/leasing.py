"""How long a relay takes to lease 64 entries when so many wait: fills one outbox step by step and times each step.

`python -m bench.leasing JOB` prints one JSON line for each number of waiting entries.

A lease is timed through the store's port, with its transaction and its commit; what it gave is then given back, due as
it was, outside the clock.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from afterchat.server.loop import new_event_loop
from afterchat.store.open import Store, open_store
from afterchat.store.sending import EntryState, Settlement
from bench.outgoing import fill, store_url

__all__ = ["Job"]

_LEASED = 64
_WARM_UP = 20
_TIMES = 200
_LEASE_MS = 30_000


@dataclass(frozen=True)
class Job:
    """What one process is to measure."""

    directory: str
    steps: tuple[int, ...]
    """Entries that wait at each step, ascending."""


async def _perform(job: Job) -> None:
    store = await open_store(store_url(Path(job.directory)), frozenset({"sender"}))
    endpoints = await store.endpoints.endpoints(None)
    waiting = 0
    for step in job.steps:
        began = perf_counter()
        await fill(store, step - waiting, waiting)
        waiting, filled = step, perf_counter() - began
        gc.collect()
        taken = [await _timed(store, endpoints[0].id) for _ in range(_WARM_UP + _TIMES)][_WARM_UP:]
        line = {
            "waiting": step,
            "lease_ms": round(median(taken) * 1000, 3),
            "lease_max_ms": round(max(taken) * 1000, 3),
            "fill_seconds": round(filled, 1),
            "load_average": round(os.getloadavg()[0], 2),
        }
        print(json.dumps(line), flush=True)
    await store.close()


async def _timed(store: Store, endpoint_id: int) -> float:
    """Seconds for one lease; afterwards everything waits as before."""
    now = int(time.time() * 1000)
    began = perf_counter()
    given = await store.outbox.lease({endpoint_id: _LEASED}, now, now + _LEASE_MS)
    taken = perf_counter() - began
    assert len(given.leases) == _LEASED, "as many were due"
    back = [
        Settlement(lease.entry_id, lease.token, EntryState.WAITING, lease.created_at, None) for lease in given.leases
    ]
    await store.outbox.settle(back, (), now)
    return taken


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_perform(Job(**json.loads(sys.argv[1]))))
