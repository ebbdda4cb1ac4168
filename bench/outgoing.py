"""The sending end set up for a measurement: a tenant, its token, its endpoints, and an outbox with something in it.

Everything goes through the store's ports, as commands and tracker do it; how fast this file is answers nothing.
What lies in the outbox is counted from outside, with SQL of the benchmark's own.

What does not belong here: what the endpoints do (`sink`), and what is measured (`scenarios`).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

from afterchat.contract.push import SESSION_END_DATA
from afterchat.sender.endpoint_rules import new_endpoint
from afterchat.store.open import Store, open_store
from afterchat.store.ports import Key, Token
from afterchat.store.sending import JournalBatch, NewPush
from bench.contenders.contender import SECRET
from bench.inbox import count_rows
from bench.pushes import SEED, bodies
from bench.running import MeasurementError

__all__ = [
    "DEFAULT_CONCURRENCY",
    "TENANT",
    "TOKEN",
    "fill",
    "fill_outbox",
    "logged_deliveries",
    "open_entries",
    "set_up",
    "set_up_store",
    "settled",
    "store_url",
]

DEFAULT_CONCURRENCY = 8
"""That of `afterchat endpoints add`."""
TENANT = "default"
TOKEN = "act_the-token-of-the-benchmark-0000000001"
_GROUP = 4_000
_STANDSTILL_SECONDS_MAX = 60.0
"""Longer than a lease."""
_LOOK_SECONDS = 0.2
_SESSION = re.compile(rb'"id":([0-9]+)')
_LOGGED = (
    "SELECT count(*) FROM entry WHERE state = 'delivered' AND id IN (SELECT entry_id FROM attempt WHERE error = '')"
)
_OPEN = "SELECT coalesce(sum(entries), 0) FROM entry_count WHERE state IN ('waiting', 'behind', 'leased')"


def set_up(directory: Path, urls: Sequence[str], concurrency: int = DEFAULT_CONCURRENCY) -> None:
    """A store in `directory` whose one tenant pushes every session's record to each of `urls`."""
    asyncio.run(set_up_store(directory, urls, concurrency))


async def set_up_store(directory: Path, urls: Sequence[str], concurrency: int = DEFAULT_CONCURRENCY) -> None:
    """The same within a loop that runs."""
    now = int(time.time() * 1000)
    store = await open_store(store_url(directory), frozenset({"registry"}))
    try:
        await store.registry.put_tenant(TENANT, "both", now)
        token = Token("bench", TENANT, now + 86_400_000, "send")
        await store.registry.add_token(token, sha256(TOKEN.encode()).digest(), now)
        for number, url in enumerate(urls):
            values = {"name": f"e{number}", "url": url, "concurrency_max": concurrency}
            endpoint = new_endpoint(TENANT, values, now)._replace(keys=(Key("bench", SECRET.encode(), 0, None),))
            await store.endpoints.put_endpoint(endpoint)
    finally:
        await store.close()


def fill_outbox(directory: Path, count: int, first: int = 0) -> None:
    """Let `count` more pushes wait for every endpoint."""
    asyncio.run(_fill(directory, count, first))


async def fill(store: Store, count: int, first: int) -> None:
    """The same in a store that is open."""
    endpoint_ids = tuple(endpoint.id for endpoint in await store.endpoints.endpoints(None))
    source = bodies(SEED, first)
    while count:
        group = tuple(_pushes(islice(source, min(_GROUP, count)), endpoint_ids))
        await store.journal.commit(JournalBatch((), group, group[0].created_at))
        count -= len(group)


def logged_deliveries(directory: Path) -> int:
    """Entries that are delivered and have the attempt that did it in their log."""
    return count_rows(directory / "sender.db", _LOGGED)


def open_entries(directory: Path) -> int:
    """Entries that are not settled."""
    return count_rows(directory / "sender.db", _OPEN)


def settled(directory: Path, count_max: int = 0) -> None:
    """Wait until no more than `count_max` entries are open; raises MeasurementError when nothing moves any more."""
    before, moved_at = open_entries(directory), time.monotonic()
    while before > count_max:
        time.sleep(_LOOK_SECONDS)
        left = open_entries(directory)
        moved_at = time.monotonic() if left < before else moved_at
        if time.monotonic() - moved_at > _STANDSTILL_SECONDS_MAX:
            raise MeasurementError(f"the relay stands still, {left} entries are open")
        before = left


def store_url(directory: Path) -> str:
    return f"sqlite:///{directory.resolve()}"


async def _fill(directory: Path, count: int, first: int) -> None:
    store = await open_store(store_url(directory), frozenset({"sender"}))
    try:
        await fill(store, count, first)
    finally:
        await store.close()


def _pushes(source: Iterable[bytes], endpoint_ids: tuple[int, ...]) -> Iterator[NewPush]:
    now = int(time.time() * 1000)
    for body in source:
        found = _SESSION.search(body)
        assert found is not None, "every body of the seed names its session"
        digest = sha256(body).digest()
        yield NewPush(TENANT, int(found[1]), SESSION_END_DATA, body, digest, now, endpoint_ids)
