"""What the judge has seen so far: pushes, their deliveries, leases, requests, endpoints, and what went wrong around.

Rules
- It is filled from the outside only: calls at the store's ports, requests on the wire, and what the world did.
- Moments are seconds of the loop (`*_at`) or epoch ms of the machine's wall clock (`*_wall`), never mixed.
- Something that may legitimately delay or repeat a delivery is noted as a disturbance, with its moment.

What does not belong here: judging (`auditor` and the `judge_*` modules).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from afterchat.store.sending import Endpoint, SessionMark
from simulation.plan import RECORDS, Plan
from simulation.trace import Trace
from virtual_time import EPOCH_MS, VirtualClock

__all__ = ["Book", "Delivery", "Fault", "KnownEndpoint", "LeaseSeen", "ProcessSeen", "PushSeen", "Sending", "read_now"]

_NEVER = -1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A promise that was broken."""

    promise: str
    text: str
    at: float

    def __str__(self) -> str:
        return f"{self.promise} at {self.at:.3f} s: {self.text}"


@dataclass(slots=True)
class PushSeen:
    """A push as it was committed."""

    id: int
    tenant: str
    session: int
    event_type: str
    sha256: bytes
    body: bytes
    at: float


@dataclass(slots=True)
class LeaseSeen:
    """A hold on a delivery that the store gave to a process."""

    token: int
    process: ProcessSeen
    asked_at: float
    until_wall: int
    known_until: float
    """Changes of endpoints before this were known to the process when it asked."""
    follows_wall: int | None = None
    """When the lease before it ended, if nothing was heard of that one."""
    is_settled: bool = False
    is_ended: bool = False
    """Whether somebody asked for leases after its end."""
    is_revoked: bool = False
    """Whether an order or a cancellation may have taken it away."""
    sending: Sending | None = None


@dataclass(slots=True, eq=False)
class Delivery:
    """One push to one endpoint."""

    push: PushSeen
    endpoint_id: int
    entry_id: int = 0
    state: str = "open"
    series: int = 1
    attempts: int = 0
    """Committed in this series."""
    logged: int = 0
    """Committed at all."""
    token: int = 0
    lease: LeaseSeen | None = None
    """The one in force."""
    leases: dict[int, LeaseSeen] = field(default_factory=dict)
    """All that were ever given, by token."""
    due_wall: int | None = None
    """When it is to be tried again, as committed with the last failure of this series."""
    ready_wall: int = 0
    """From when on nothing but its line and the gate held it back."""
    reopened_at: float = _NEVER
    settled_at: float = _NEVER
    settled_wall: int = 0
    written_by: ProcessSeen | None = None
    """Who wrote its last result."""
    message_id: str = ""
    good: Sending | None = None
    """The last request of this series whose sender was told that it was taken."""
    sendings: list[Sending] = field(default_factory=list)
    is_purged: bool = False

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    def __str__(self) -> str:
        push = self.push
        return f"push {push.id} ({push.event_type}, session {push.session}) to endpoint {self.endpoint_id}"


@dataclass(slots=True, eq=False)
class Sending:
    """One request on the wire."""

    delivery: Delivery
    lease: LeaseSeen
    process: ProcessSeen
    at: float
    wall: int
    signed: int
    streak: int
    """Failures in a row before it, as its process was told."""
    is_fenced: bool = True
    """Whether it held the lease in force when it left."""
    is_over: bool = False
    is_good: bool | None = None
    """Whether its sender was told that it was taken; None while it was told nothing."""
    status: int = 0
    told_at: float = _NEVER
    told_wall: int = 0
    retry_after_ms: int | None = None
    taken: int = 0
    """How often the receiver took it."""

    def __str__(self) -> str:
        push, process = self.delivery.push, self.process.number
        return f"ep{self.delivery.endpoint_id} push{push.id} s{push.session} t{self.lease.token} by p{process}"


@dataclass(slots=True)
class KnownEndpoint:
    """An endpoint as its operator left it, and since when."""

    endpoint: Endpoint
    changed_at: float
    created_at: float
    paused_at: float | None = None
    deleted_at: float | None = None


@dataclass(slots=True)
class ProcessSeen:
    """One process of the sender."""

    number: int
    started_at: float
    known_until: float
    looked_at: float | None = None
    has_missed_a_look: bool = False
    is_frozen: bool = False
    died_at: float | None = None
    in_flight: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    streak: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    """Failures in a row that it was told, by endpoint."""
    failing: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    """The same, with what it may have been told by the store when it started."""
    told_at: defaultdict[int, float] = field(default_factory=lambda: defaultdict(float))
    """When it was last told what came of a request, by endpoint."""
    open_until: dict[int, tuple[int, float]] = field(default_factory=dict)
    """Before when no probe may go out, by the wall clock, and since when that holds; by endpoint."""
    gone: dict[int, Sending] = field(default_factory=dict)
    """The last request that was answered 410, by endpoint."""
    bucket: dict[int, tuple[float, float]] = field(default_factory=dict)
    asked: tuple[float, int, float] = (0.0, 0, 0.0)
    """Of its call of `lease`: when, by the wall clock, and until when it knew the endpoints."""
    asked_streaks: dict[int, tuple[int, int]] = field(default_factory=dict)
    """At that moment, by endpoint: failures in a row, requests in flight."""
    redelivering: list[int] = field(default_factory=list)
    """Endpoints of orders under way."""

    @property
    def is_dead(self) -> bool:
        return self.died_at is not None

    def hears_of(self, other: ProcessSeen | None) -> bool:
        """Whether what another one wrote was there when this one started, or is its own."""
        is_own = other is None or other is self
        return is_own or (other.died_at is not None and other.died_at <= self.started_at)


class Book:
    """Everything seen in one life; `on_fault` is called at the first broken promise."""

    def __init__(self, plan: Plan, clock: VirtualClock, trace: Trace, on_fault: Callable[[], None]) -> None:
        self.plan = plan
        self.trace = trace
        self.faults: list[Fault] = []
        self._clock = clock
        self._on_fault = on_fault
        self.pushes: dict[int, PushSeen] = {}
        self.deliveries: dict[tuple[int, int], Delivery] = {}
        """By endpoint and push."""
        self.by_entry: dict[int, Delivery] = {}
        self.lines: defaultdict[tuple[int, int, bool], list[Delivery]] = defaultdict(list)
        """By endpoint, session, and whether they are records, in the order of their pushes."""
        self.awaited: defaultdict[tuple[int, int, str, bytes], deque[tuple[Delivery, LeaseSeen]]] = defaultdict(deque)
        """Leases whose request is still to come, by process, endpoint, event type and bytes."""
        self.held: dict[int, LeaseSeen] = {}
        """Leases that are neither settled nor ended, by entry."""
        self.failing: defaultdict[int, int] = defaultdict(int)
        """Failures since the last success that was written down, by endpoint: what a breaker remembers, at most."""
        self.said_to_fail: defaultdict[int, int] = defaultdict(int)
        """Failures in a row that the last of all processes wrote down; with a zombie about, it may be anybody's."""
        self.created_count = 0
        self.marks: dict[tuple[str, int], SessionMark] = {}
        self.record_pushes: defaultdict[tuple[str, int], list[PushSeen]] = defaultdict(list)
        self.endpoints: dict[int, KnownEndpoint] = {}
        self.processes: dict[int, ProcessSeen] = {}
        self.purged_before = 0
        """The latest moment before which anything was ever ordered to be forgotten, epoch ms."""
        self.judged: defaultdict[str, int] = defaultdict(int)
        """How often each promise had anything to say."""
        self.unsettled_at = _NEVER
        """When last something happened that may end a lease early, or lose a result."""
        self.jumped_at = _NEVER
        self.jumped_back_at = _NEVER
        self._quiet_since: defaultdict[int, float] = defaultdict(float)

    def now(self) -> float:
        """Seconds of the loop."""
        return asyncio.get_running_loop().time()

    def wall(self) -> int:
        """Epoch ms of the machine's clock, which may be wrong."""
        return self._clock.now_ms()

    def at_of(self, wall: int) -> float:
        """When the machine's clock, as it is set now, shows `wall`."""
        return (wall - EPOCH_MS - self._clock.skew_ms) / 1000

    def fault(self, promise: str, text: str) -> None:
        """A promise was broken."""
        found = Fault(promise, text, self.now())
        self.faults.append(found)
        self.trace.note("au", "FAULT", found)
        self._on_fault()

    def disturb(self, *, until: float = 0.0) -> None:
        """Everything may be late from now on, or from `until` on."""
        self._quiet_since[0] = max(self._quiet_since[0], self.now(), until)

    def disturb_endpoint(self, endpoint_id: int, *, until: float = 0.0) -> None:
        """The same for one endpoint."""
        self._quiet_since[endpoint_id] = max(self._quiet_since[endpoint_id], self.now(), until)

    def unsettle(self) -> None:
        """Leases may end early and results may be lost, and everything may be late."""
        self.unsettled_at = self.now()
        self.disturb()

    def quiet_since(self, endpoint_id: int) -> float:
        """Since when nothing but the schedule held back what goes to an endpoint."""
        return max(self._quiet_since[0], self._quiet_since[endpoint_id])

    def add_delivery(self, push: PushSeen, endpoint_id: int) -> Delivery:
        """A push is to go to an endpoint."""
        delivery = Delivery(push, endpoint_id, ready_wall=self.wall())
        self.deliveries[endpoint_id, push.id] = delivery
        line = self.line_of(delivery)
        line.append(delivery)
        line.sort(key=lambda one: one.push.id)
        return delivery

    def line_of(self, delivery: Delivery) -> list[Delivery]:
        """Those that must not overtake one another: the records of a session make a line, its other pushes another."""
        push = delivery.push
        return self.lines[delivery.endpoint_id, push.session, push.event_type == RECORDS]

    def reopen(self, delivery: Delivery) -> None:
        """It is to go again, as a new series."""
        delivery.state = "open"
        delivery.series += 1
        delivery.attempts = 0
        delivery.due_wall = None
        delivery.good = None
        delivery.reopened_at, delivery.ready_wall = self.now(), self.wall()
        self.disturb_endpoint(delivery.endpoint_id)
        for later in self.line_of(delivery):
            if later.lease is not None:
                later.lease.is_revoked = True


def read_now(reading: Coroutine[Any, Any, Any]) -> Any:
    """The result of a read of the store in memory, which never waits for anything."""
    try:
        reading.send(None)
    except StopIteration as end:
        return end.value
    reading.close()
    raise AssertionError("a read of the store in memory had to wait")
