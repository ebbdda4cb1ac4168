"""Clients that hand events in to a sender, and the ledger of what they were told.

Rules:
- A step is announced before its first byte leaves; it is acknowledged by a whole 200 that names no event refused.
- The next step of a talk follows only on an acknowledgement, so the steps in a store are always the first ones.
- Whoever was not answered hands the very same step in again; handing in anything again must change nothing.
- Every announcement and outcome is one line on disk, for reading after a failure.

What does not belong here: starting and killing senders, and judging (`outbox_checker.py`).
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from experiments.client import Connection, NoReplyError, request
from experiments.server import Life
from experiments.talks import Talk, talk

__all__ = [
    "Handed",
    "HonestRefusedError",
    "hand_in",
    "hand_in_again",
    "hand_in_all",
    "hand_in_at_once",
    "hand_in_by_many",
    "press_talks",
]

RATED_EVERY = 4
CLIENT_COUNT = 8
TALK_SECONDS = 20
"""So long ago a new talk began; a late rating is in it."""
STEPS_AT_ONCE = 200


class Handed:
    """Every talk of one run, and how far its sender was acknowledged; `token` is the bearer's.

    Talks are numbered from `first` on, so that several runs may share a sink.
    """

    def __init__(self, path: Path, token: str, first: int = 1) -> None:
        self.token = token
        self._first = first
        self.talks: dict[int, Talk] = {}
        self.acknowledged: dict[int, int] = {}
        """Steps of each talk that were answered 200; they are its first ones."""
        self.outcomes: Counter[str] = Counter()
        self.first_ack_at: float | None = None
        """Monotonic seconds of the first acknowledgement since it was last set to None."""
        self._file = path.open("a", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def new_talk(self, *, is_rated: bool | None = None, is_whole: bool = False, clock_offset: int = 0) -> Talk:
        """The next talk, over just now; every fourth is rated unless it is said.

        `clock_offset` is by how many seconds the platform's clock is off.
        """
        number = self._first + len(self.talks)
        rated = number % RATED_EVERY == 0 if is_rated is None else is_rated
        opened_at = time.time_ns() // 1_000_000 + (clock_offset - TALK_SECONDS) * 1000
        made = talk(number, opened_at, is_rated=rated)
        self.talks[number] = made = made.in_one_step if is_whole else made
        self.acknowledged[number] = 0
        return made

    def unfinished(self) -> list[Talk]:
        """Talks with a step that was not acknowledged."""
        return [each for each in self.talks.values() if self.acknowledged[each.session_id] < len(each.steps)]

    def settle(self, session_id: int, step_number: int, outcome: str) -> None:
        """What came of handing a step in: `ok`, `refused` or `unknown`."""
        self.outcomes[outcome] += 1
        if outcome == "ok":
            self.acknowledged[session_id] = max(self.acknowledged[session_id], step_number + 1)
            self.first_ack_at = self.first_ack_at or time.monotonic()
        self.write(session=session_id, step=step_number, outcome=outcome)

    def write(self, **line: object) -> None:
        """One line on disk."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


async def hand_in(handed: Handed, each: Talk, connection: Connection) -> bool:
    """Hand in what is left of a talk; whether all of it was acknowledged."""
    for number in range(handed.acknowledged[each.session_id], len(each.steps)):
        handed.write(session=each.session_id, step=number)
        outcome = await post(connection, handed.token, each.steps[number].body)
        handed.settle(each.session_id, number, outcome)
        if outcome != "ok":
            return False
    return True


class HonestRefusedError(AssertionError):
    """An event that follows from those before it was refused: the sender lost one that it had taken."""


async def post(connection: Connection, token: str, body: bytes) -> str:
    """One request of events; what came of it."""
    raw = request("POST", "/v1/events", body, (f"authorization: Bearer {token}",), keep_alive=True)
    try:
        reply = await connection.exchange(raw)
    except NoReplyError:
        return "unknown"
    if reply.status != 200:
        return "refused"
    told = json.loads(reply.body)
    if told["refused"] or told["unreadable"]:
        raise HonestRefusedError(f"the sender refused an honest event: {reply.body.decode()[:500]}")
    return "ok"


async def press_talks(handed: Handed, life: Life, client_count: int, over: asyncio.Event) -> None:
    """`client_count` clients, each handing in one talk after the other until the sender is gone or `over` is set."""

    async def client() -> None:
        async with Connection(life.port) as connection:
            while not over.is_set():
                if not await hand_in(handed, handed.new_talk(), connection):
                    return

    async with asyncio.TaskGroup() as clients:
        for _ in range(client_count):
            clients.create_task(client())


async def hand_in_by_many(handed: Handed, life: Life, talks: Sequence[Talk]) -> None:
    """Whole talks by a few clients; all must be acknowledged."""
    waiting = list(reversed(talks))

    async def client() -> None:
        async with Connection(life.port) as connection:
            while waiting:
                assert await hand_in(handed, waiting.pop(), connection), handed.outcomes

    async with asyncio.TaskGroup() as clients:
        for _ in range(min(CLIENT_COUNT, len(talks))):
            clients.create_task(client())


async def hand_in_at_once(handed: Handed, life: Life, talks: Sequence[Talk]) -> None:
    """Talks of one step, all of them in one request, which must be acknowledged."""
    body = b"\n".join(step.body for each in talks for step in each.steps)
    async with Connection(life.port) as connection:
        outcome = await post(connection, handed.token, body)
    for each in talks:
        handed.settle(each.session_id, 0, outcome)
    assert outcome == "ok", outcome


async def hand_in_all(handed: Handed, life: Life, talks: Iterable[Talk]) -> None:
    """Hand in what is left of these talks, one after the other."""
    async with Connection(life.port) as connection:
        for each in talks:
            await hand_in(handed, each, connection)


async def hand_in_again(handed: Handed, life: Life) -> None:
    """Hand in every acknowledged step once more, many in a request."""
    steps = [step for each in handed.talks.values() for step in each.steps[: handed.acknowledged[each.session_id]]]
    async with Connection(life.port) as connection:
        for start in range(0, len(steps), STEPS_AT_ONCE):
            body = b"\n".join(step.body for step in steps[start : start + STEPS_AT_ONCE])
            outcome = await post(connection, handed.token, body)
            assert outcome == "ok", f"events that were taken before were not answered: {outcome}"
