"""The wire and what stands at its other end: receivers that take, refuse, hang, lose their answers or vanish.

    send -> fate of this request -> arrives, or not -> an answer, or a failure, or silence until the deadline

Rules
- The fate of a request is drawn whole when it is sent; what happens to its sender afterwards changes no later draw.
- The network is no process: what is under way arrives although its sender is frozen, and may although it is dead.
- After `calm_at` in liveness mode every receiver takes everything.

What does not belong here: judging requests (`auditor`), and the sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, NamedTuple, Protocol

from afterchat.sender.transport import Answer, Failure, Request
from simulation.plan import EndpointPlan, Plan
from simulation.process_loop import Room
from simulation.trace import Trace
from virtual_time import VirtualClock

__all__ = ["FATES", "Observer", "ProcessWire", "Wire"]

_NEVER = 1e9
_GOOD = Answer(200, {}, b"{}", is_cut=False)
_EMPTY = Answer(204, {}, b"", is_cut=False)
_TALKATIVE = Answer(200, {}, b'{"ok":true}', is_cut=False)
_TORN = Answer(200, {}, b"{}", is_cut=True)
_SICK = Answer(500, {}, b"no", is_cut=False)
_MOVED = Answer(302, {"location": "https://elsewhere.example.com/"}, b"", is_cut=False)
_FORBIDDEN = Answer(403, {}, b"", is_cut=False)
_GONE = Answer(410, {}, b"", is_cut=False)
_BUSY = Answer(429, {}, b"", is_cut=False)
_AWAY = Answer(503, {}, b"", is_cut=False)
_RESET = Failure("reset", "")
_REFUSED = Failure("connect", "")
_TIMEOUT = Failure("timeout", "")


class Fate(NamedTuple):
    """What becomes of a request; seconds are drawn between two bounds."""

    outcome: Answer | Failure | None
    """What the sender is told; None for an exception out of the transport."""
    is_taken: bool
    """Whether the receiver takes it for delivered when it arrives."""
    arrives: tuple[float, float] | None
    """Seconds until it arrives; None when it never does."""
    told: tuple[float, float]
    """Seconds until the sender is told."""
    with_retry_after: bool = False


FATES = {
    "good": Fate(_GOOD, True, (0.002, 0.04), (0.004, 0.15)),
    "empty": Fate(_EMPTY, True, (0.002, 0.04), (0.004, 0.15)),
    "slow": Fate(_GOOD, True, (0.01, 2.0), (0.5, 2.9)),
    "twice": Fate(_GOOD, True, (0.002, 0.04), (0.004, 0.15)),
    "lost": Fate(_RESET, True, (0.002, 0.1), (0.004, 0.2)),
    "overdue": Fate(_GOOD, True, (0.01, 14.0), (11.0, 30.0)),
    "dropped": Fate(_TIMEOUT, False, None, (_NEVER, _NEVER)),
    "refused": Fate(_REFUSED, False, None, (0.001, 0.02)),
    "sick": Fate(_SICK, False, (0.002, 0.04), (0.004, 0.3)),
    "away": Fate(_AWAY, False, (0.002, 0.04), (0.004, 0.3), True),
    "busy": Fate(_BUSY, False, (0.002, 0.04), (0.004, 0.1), True),
    "forbidden": Fate(_FORBIDDEN, False, (0.002, 0.04), (0.004, 0.1)),
    "moved": Fate(_MOVED, False, (0.002, 0.04), (0.004, 0.1)),
    "talkative": Fate(_TALKATIVE, True, (0.002, 0.04), (0.004, 0.1)),
    "torn": Fate(_TORN, True, (0.002, 0.04), (0.004, 0.1)),
    "gone": Fate(_GONE, False, (0.002, 0.04), (0.004, 0.1)),
    "defect": Fate(None, False, None, (0.0, 0.01)),
}
"""Every fate by its name."""

_MOODS = {
    "steady": {"good": 40, "empty": 3, "twice": 1},
    "flaky": {"good": 50, "empty": 5, "slow": 6, "twice": 5, "lost": 9, "overdue": 4, "dropped": 4, "refused": 5,
              "sick": 6, "away": 4, "busy": 4, "forbidden": 2, "moved": 1, "talkative": 3, "torn": 2, "defect": 1},
    "sick": {"sick": 70, "lost": 10, "refused": 10, "good": 10},
    "deaf": {"dropped": 80, "overdue": 10, "good": 10},
    "slow": {"slow": 80, "overdue": 10, "good": 10},
    "grumpy": {"busy": 45, "away": 10, "good": 45},
}  # fmt: skip
_OUT = {"refused": 60, "dropped": 25, "away": 15}
"""While a receiver is away."""
_CALM = {"good": 9, "empty": 1}


class Observer(Protocol):
    """Who is told what happens on the wire."""

    def sent(self, room: Room, request: Request) -> Any: ...
    def arrived(self, sending: Any, *, is_taken: bool) -> None: ...
    def told(self, sending: Any, outcome: Answer | Failure | None) -> None: ...
    def cut_short(self, sending: Any) -> None: ...
    def defect(self, error: Exception) -> None: ...


class Wire:
    """The wire of one life; `later(seconds, call, ...)` calls outside of every process."""

    def __init__(
        self,
        plan: Plan,
        clock: VirtualClock,
        observer: Observer,
        trace: Trace,
        later: Callable[..., Any],
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._observer = observer
        self._trace = trace
        self._later = later
        self._chance = plan.random("wire")
        self.moods: dict[int, EndpointPlan] = {}
        """How each endpoint behaves, by its id."""
        self.down: set[int] = set()
        """Receivers that are stopped for now."""

    async def send(self, room: Room, request: Request, seconds_max: float) -> Answer | Failure:
        """One request and its answer, as the transport's port promises; `room` is the process that sends."""
        sending = self._hear(self._observer.sent, room, request)
        name = self._fate_of(request.endpoint_id)
        fate, chance = FATES[name], self._chance
        arrives = None if fate.arrives is None else chance.uniform(*fate.arrives)
        told_after = min(chance.uniform(*fate.told), seconds_max)
        survives, again = chance.random() < 0.5, chance.uniform(0.001, 20)
        outcome = _with_retry_after(fate, self._retry_after(request.endpoint_id))
        if told_after == seconds_max:
            outcome = _TIMEOUT
        elif arrives is not None:
            arrives = min(arrives, told_after)
        self._trace.note("wire", name, sending)
        if name not in _CALM:
            self._trace.counts["faults"] += 1
        if arrives is not None:
            self._later(arrives, self._arrive, room, sending, survives, fate.is_taken)
            if name == "twice":
                self._later(arrives + again, self._arrive, room, sending, survives, fate.is_taken)
        answer = asyncio.get_running_loop().create_future()
        self._later(told_after, self._tell, answer)
        try:
            await answer
        except asyncio.CancelledError:
            self._observer.cut_short(sending)
            raise
        self._hear(self._observer.told, sending, outcome)
        if outcome is None:
            raise RuntimeError("a defect of the transport, by the plan")
        return outcome

    def _hear(self, judge: Callable[..., Any], *arguments: Any) -> Any:
        """Tell the judge; the sender would take a defect of the judge's for one of the wire's."""
        try:
            return judge(*arguments)
        except Exception as error:
            self._observer.defect(error)
            raise

    def _arrive(self, room: Room, sending: Any, survives: bool, is_taken: bool) -> None:
        if survives or not room.is_dead:
            self._observer.arrived(sending, is_taken=is_taken)

    @staticmethod
    def _tell(answer: asyncio.Future[None]) -> None:
        if not answer.done():
            answer.set_result(None)

    def _fate_of(self, endpoint_id: int) -> str:
        endpoint = self.moods[endpoint_id]
        seconds = asyncio.get_running_loop().time()
        weights = _MOODS[endpoint.mood]
        if self._plan.mode == "liveness" and seconds >= self._plan.scale.calm_at:
            weights = _CALM
        elif endpoint.gone_at is not None and seconds >= endpoint.gone_at:
            weights = {"gone": 1}
        elif endpoint_id in self.down or any(begin <= seconds < end for begin, end in endpoint.outages):
            weights = _OUT
        return self._chance.choices(tuple(weights), tuple(weights.values()))[0]

    def _retry_after(self, endpoint_id: int) -> str:
        """Seconds, or a date; mostly longer than the schedule's first wait, sometimes nothing to be read."""
        first = self.moods[endpoint_id].schedule[0]
        seconds = round(first * self._chance.choice((0, 0.5, 2, 3, 10)))
        kind = self._chance.random()
        if kind < 0.7:
            return str(seconds)
        if kind < 0.9:
            at = datetime.fromtimestamp(self._clock.now_ms() // 1000 + seconds, UTC)
            return format_datetime(at, usegmt=True)
        return "soon"


class ProcessWire:
    """The wire as one process sees it: a transport."""

    def __init__(self, wire: Wire, room: Room) -> None:
        self._wire = wire
        self._room = room

    async def send(self, request: Request, seconds_max: float) -> Answer | Failure:
        return await self._wire.send(self._room, request, seconds_max)


def _with_retry_after(fate: Fate, value: str) -> Answer | Failure | None:
    if fate.with_retry_after and isinstance(fate.outcome, Answer):
        return fate.outcome._replace(headers={"retry-after": value})
    return fate.outcome
