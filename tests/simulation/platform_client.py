"""The platform that hands its sessions in: over and over until it has an answer, or, for small things, gives up.

Rules
- It never knows more than an HTTP client would: an answer, a refusal, or nothing.
- What got no answer is sent again as it is; what was refused with 503 was not kept and is sent again.
- Versions of a finished record follow one another; each waits for the answer to the one before.

What does not belong here: what it says (`workload`), and who answers (`world`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any

import msgspec

from afterchat.contract.codec import encode
from afterchat.edge.message import Answer, Request
from afterchat.engine import write_event
from simulation.auditor import Auditor, Told
from simulation.plan import Plan
from simulation.trace import Trace
from simulation.workload import SOFT, HandedIn

__all__ = ["Platform", "token_of"]

_SENT_TOO_EARLY = "future"
"""The sender's clock is far behind: nothing was kept, and it has to be sent again."""

_PUT_OFF_SECONDS = 60.0

HandIn = Callable[[Request, Callable[[Answer], None]], "asyncio.Future[bool] | None"]
"""Gives a request to the sender; the future is set when the connection ends, None when there is none to be had."""


def token_of(tenant: str) -> str:
    """The bearer token of a tenant."""
    return f"token-of-{tenant}"


class _Outcome(Enum):
    """What the platform knows after a try."""

    ANSWERED = "answered"
    PUT_OFF = "put off"
    NO_ANSWER = "no answer"


class Platform:
    """The platforms of all tenants; `hand_in` is the way to the sender."""

    def __init__(self, plan: Plan, auditor: Auditor, trace: Trace, hand_in: HandIn) -> None:
        self._auditor = auditor
        self._trace = trace
        self._hand_in = hand_in
        self._chance = plan.random("platform")
        self._patience = max(2.0, plan.scale.down_max / 5)
        self._wait_max = max(4.0, plan.scale.down_max / 3)

    def begin(self) -> list[asyncio.Task[None]]:
        """Start telling every session."""
        create = asyncio.get_running_loop().create_task
        tasks = []
        for told in self._auditor.told.values():
            if told.script.records:
                tasks.append(create(self._tell_in_turn(told)))
            else:
                tasks += [create(self._tell(told, request)) for request in told.script.requests]
        return tasks

    async def _tell_in_turn(self, told: Told) -> None:
        for request in told.script.requests:
            await self._tell(told, request)

    async def _tell(self, told: Told, request: HandedIn) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, request.at - loop.time()))
        self._trace.counts["events"] += len(request.items)
        wait = 0.7
        while (outcome := await self._try_once(told, request.items)) is not _Outcome.ANSWERED:
            may_give_up = told.script.kind == "served" and all(isinstance(item, SOFT) for item in request.items)
            is_small = len(told.unknown) + len(request.items) <= 4
            if may_give_up and is_small and self._chance.random() < 0.1:
                told.unknown.update(item.id for item in request.items)
                self._trace.note("cl", "gives up", told.script.tenant, f"s{told.script.session}")
                break
            wait = _PUT_OFF_SECONDS if outcome is _Outcome.PUT_OFF else wait
            await asyncio.sleep(wait * self._chance.uniform(0.8, 1.2))
            wait = min(2 * wait, self._wait_max, _PUT_OFF_SECONDS)
        told.pending -= 1

    async def _try_once(self, told: Told, items: Sequence[Any]) -> _Outcome:
        """Hand it in, and wait for the answer."""
        script = told.script
        heard: list[_Outcome] = []
        is_heard = self._chance.random() >= 0.03

        def respond(answer: Answer) -> None:
            verdicts = _verdicts(answer)
            self._auditor.answered(script.tenant, items, verdicts)
            self._trace.note("cl", "answered", script.tenant, f"s{script.session}", answer.status, *verdicts)
            if is_heard and verdicts:
                heard.append(_Outcome.PUT_OFF if _SENT_TOO_EARLY in verdicts else _Outcome.ANSWERED)

        ended = self._hand_in(_request(script.tenant, items, is_record=bool(script.records)), respond)
        if ended is None:
            return _Outcome.NO_ANSWER
        for item in items:
            if not script.records:
                told.tried[item.id] += 1
        await asyncio.wait((ended,), timeout=self._patience)
        if heard:
            return heard[0]
        self._trace.note("cl", "no answer", script.tenant, f"s{script.session}")
        return _Outcome.NO_ANSWER


def _verdicts(answer: Answer) -> list[str]:
    """On each item, in order; none when the whole request was refused."""
    if answer.status != 200:
        return []
    items = msgspec.json.decode(answer.body)["items"]
    return [_SENT_TOO_EARLY if item.get("reason") == _SENT_TOO_EARLY else item["verdict"] for item in items]


def _request(tenant: str, items: Sequence[Any], *, is_record: bool) -> Request:
    bodies = [encode(item) if is_record else write_event(item) for item in items]
    authorization = (b"authorization", b"Bearer " + token_of(tenant).encode("ascii"))
    path = b"/v1/records" if is_record else b"/v1/events"
    return Request(b"POST", path, b"", (authorization,), b"[" + b",".join(bodies) + b"]", "192.0.2.1")
