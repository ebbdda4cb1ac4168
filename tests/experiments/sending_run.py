"""One run on the sending side: a sender, the sink it pushes to, and the ledger of what is handed in, set up together.

What does not belong here: faults, and judging.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from experiments.handing import Handed, press_talks
from experiments.outbox_reading import leased_entries, open_entry_count
from experiments.sending_end import SendingEnd
from experiments.server import Life, ServerError
from experiments.sink import WELL, Arrival, Manner, Sink

__all__ = ["PATH", "SendingRun", "press_until_killed", "sending_run", "wait_drained"]

PATH = "/push"
FIRST_ACK_SECONDS_MAX = 10.0


class SendingRun(NamedTuple):
    """What takes part."""

    end: SendingEnd
    sink: Sink
    handed: Handed
    held: set[tuple[int, int]]
    """(entry, token) of every lease that died with its sender."""

    @property
    def excused(self) -> Counter[int]:
        """How often a killed sender held each entry."""
        return Counter(entry_id for entry_id, _ in self.held)


@contextmanager
def sending_run(
    work: Path,
    *,
    store: Path | None = None,
    planted: str = "",
    prefix: Sequence[str] = (),
    manner: Callable[[Arrival], Manner] = lambda _: WELL,
    concurrency: int = 8,
    rate: int = 0,
    settings: Mapping[str, str] | None = None,
) -> Iterator[SendingRun]:
    """A sender that is not started yet, with one endpoint, which is the sink; all is ended at the end."""
    work.mkdir(parents=True, exist_ok=True)
    with Sink(manner) as sink, SendingEnd(work, store, planted=planted, prefix=prefix, settings=settings) as end:
        end.add_endpoint("sink", sink.url + PATH, concurrency=concurrency, rate=rate)
        with Handed(work / "handed.jsonl", end.add_token()) as handed:
            yield SendingRun(end, sink, handed, set())


def press_until_killed(run: SendingRun, life: Life, chance: random.Random, client_count: int, within: float) -> None:
    """Hand talks in, and SIGKILL the sender up to `within` seconds after its first acknowledgement."""
    run.handed.first_ack_at = None

    async def press() -> None:
        pressing = asyncio.create_task(press_talks(run.handed, life, client_count, asyncio.Event()))
        deadline = time.monotonic() + FIRST_ACK_SECONDS_MAX
        while run.handed.first_ack_at is None and time.monotonic() < deadline:
            await asyncio.sleep(0.002)
        await asyncio.sleep(chance.uniform(0, within))
        run.end.kill()
        await pressing

    asyncio.run(press())
    assert run.handed.first_ack_at is not None, f"no step was acknowledged\n{run.end.log_end()}"
    run.held.update(leased_entries(run.end.store))


def wait_drained(run: SendingRun, seconds_max: float) -> None:
    """Until every entry is settled; ServerError when that takes longer."""
    deadline = time.monotonic() + seconds_max
    while count := open_entry_count(run.end.store):
        if time.monotonic() > deadline:
            raise ServerError(f"{count} entries are still open after {seconds_max:.0f} s\n{run.end.log_end()}")
        time.sleep(0.05)
