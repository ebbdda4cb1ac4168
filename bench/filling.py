"""Fills an inbox through the store's port, in large groups: the same rows as from pushes, without HTTP.

For questions that begin with a store that already holds something; how fast this file is answers none of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path

from afterchat.clock import SystemClock
from afterchat.projector.loop import project_once
from afterchat.store.open import open_store
from afterchat.store.ports import Arrival
from bench.pushes import SEED, bodies

__all__ = ["fill_inbox", "fill_store"]

_GROUP = 4_000


def fill_store(directory: Path, source: Iterator[bytes], rows: int) -> None:
    """Append the next `rows` bodies of `source` and project them all, so that both databases are whole."""
    asyncio.run(_fill_and_project(f"sqlite:///{directory.resolve()}", source, rows))


def fill_inbox(directory: Path, rows: int) -> None:
    """Append the first `rows` bodies of the seed to the inbox in `directory`."""
    asyncio.run(_fill(f"sqlite:///{directory.resolve()}", bodies(SEED), rows))


async def _fill_and_project(url: str, source: Iterator[bytes], rows: int) -> None:
    await _fill(url, source, rows)
    store = await open_store(url, frozenset({"records"}))
    try:
        while await project_once(store.inbox, store.records, SystemClock(), batch_rows=_GROUP) is not None:
            pass
    finally:
        await store.close()


async def _fill(url: str, source: Iterator[bytes], rows: int) -> None:
    store = await open_store(url, frozenset({"inbox"}))
    now = int(time.time())
    left = rows
    try:
        while left:
            group = [
                Arrival(
                    tenant="default",
                    event_type="DATA_ONLINE_SESSION_END",
                    signed_at=now,
                    arrived_at=now * 1000,
                    key_id="environment",
                    scheme="checksum",
                    sha256=sha256(body).digest(),
                    body=body,
                )
                for body in islice(source, min(_GROUP, left))
            ]
            await store.inbox.append_all(group)
            left -= len(group)
    finally:
        await store.close()
