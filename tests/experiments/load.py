"""Clients that press a server and write every attempt into the ledger.

Rules:
- An attempt is announced, sent and settled in one place (`attempt`), so none can be forgotten.
- The end of a server ends the load: from the first refused connection on, a client sends nothing more.
- What is sent is drawn from one seeded generator: new sessions, revisions, exact duplicates, and re-sent unknowns.

What does not belong here: starting and killing servers, and judging.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from experiments.bodies import Push, revised, session_push
from experiments.client import Connection, NoReplyError, Reply, Verb, judged, push_request
from experiments.ledger import Ledger
from experiments.server import SECRET, Life

__all__ = ["Load", "attempt", "now_seconds", "press", "settle_unknowns"]

SHARE_UNKNOWN_AGAIN = 0.3
SHARE_DUPLICATE = 0.1
SHARE_REVISION = 0.1


@dataclass
class Load:
    """What the clients of one run share."""

    ledger: Ledger
    chance: random.Random
    next_session_id: int = 1
    known: list[Push] = field(default_factory=list)
    """Every push sent so far, for duplicates and revisions."""
    latencies: list[float] = field(default_factory=list)
    """Seconds from announcing an attempt to its `{}`."""
    first_ack_at: float | None = None
    """Monotonic seconds of the first `{}` since it was last set to None."""

    def choose(self) -> Push:
        """The next push to send."""
        draw = self.chance.random()
        if self.known and draw < SHARE_DUPLICATE:
            return self.chance.choice(self.known)
        if draw < SHARE_DUPLICATE + SHARE_UNKNOWN_AGAIN and (unknown := self.ledger.open_push(self.chance)):
            return unknown
        if self.known and draw > 1 - SHARE_REVISION:
            push = revised(self.chance.choice(self.known), self.chance)
        else:
            push = session_push(self.next_session_id, self.chance, now_seconds() * 1000)
            self.next_session_id += 1
        self.known.append(push)
        return push


def now_seconds() -> int:
    """The wall clock, as the wire signs it."""
    return int(time.time())


async def attempt(
    ledger: Ledger,
    life: Life,
    push: Push,
    connection: Connection,
    *,
    signed_at: int | None = None,
    seconds_max: float = 15.0,
) -> tuple[Verb, Reply | None]:
    """Announce, send, settle; what it came to."""
    moment = now_seconds() if signed_at is None else signed_at
    entry = ledger.announce(push, moment, life.nonce)
    try:
        reply = await connection.exchange(push_request(push, SECRET, moment, keep_alive=True), seconds_max)
    except NoReplyError:
        ledger.settle(entry, "unknown", None)
        return "unknown", None
    verb = judged(reply)
    ledger.settle(entry, verb, reply.status)
    return verb, reply


async def press(load: Load, life: Life, client_count: int, over: asyncio.Event) -> None:
    """`client_count` clients, each sending one push after the other until the server is gone or `over` is set."""
    async with asyncio.TaskGroup() as clients:
        for _ in range(client_count):
            clients.create_task(_client(load, life, over))


async def _client(load: Load, life: Life, over: asyncio.Event) -> None:
    async with Connection(life.port) as connection:
        while not over.is_set():
            push, begun_at = load.choose(), time.monotonic()
            verb, _ = await attempt(load.ledger, life, push, connection)
            if verb == "ok":
                load.latencies.append(time.monotonic() - begun_at)
                load.first_ack_at = load.first_ack_at or time.monotonic()
            elif verb == "unknown":
                return


async def settle_unknowns(ledger: Ledger, life: Life, pushes: Sequence[Push]) -> None:
    """Send each of these again, as a retrying platform would; whether they were stored before must not matter."""
    async with Connection(life.port) as connection:
        for push in pushes:
            await attempt(ledger, life, push, connection)
