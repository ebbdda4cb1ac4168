"""One life of a sender, from a seed: processes that come and go over one store, a wire, a platform, and the judge.

    plan -> store in memory -> process (the real Sender) -> ... troubles ... -> calm -> the judge's last word

Rules
- Everything runs on one virtual loop; nothing waits for real time, and nothing is drawn but from the plan's chance.
- A process reaches the store, the wire and its callers through doors that the world can close.
- The first broken promise ends the life.

What does not belong here: what goes wrong (`nemesis`), and what is right (`auditor`).
"""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from afterchat.edge.message import Answer, Request
from afterchat.errors import StoreUnavailableError
from afterchat.sender import sender as sender_module
from afterchat.sender import tracker as tracker_module
from afterchat.sender.sender import Sender, SenderLimits
from afterchat.sender.tracker import TrackerLimits
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Token
from simulation.auditor import Auditor
from simulation.book import Book, Fault, read_now
from simulation.nemesis import Nemesis
from simulation.plan import Plan, plan_of
from simulation.platform_client import Platform, token_of
from simulation.ports import FaultyDisk, ProcessStore
from simulation.process_loop import ProcessLoop, Room
from simulation.trace import Trace
from simulation.wire import ProcessWire, Wire
from simulation.workload import scripts_of
from virtual_time import VirtualClock

__all__ = ["Life", "World", "simulate"]

CHECKS = 4
"""Looks at the whole store while a life goes on, beside those at every start."""


@dataclass(frozen=True, slots=True)
class Life:
    """What one run came to."""

    seed: int
    mode: str
    digest: str
    faults: tuple[Fault, ...]
    seconds: float
    """Simulated."""
    counts: dict[str, int]
    judged: dict[str, int]
    """How often each promise had anything to say."""
    lines: tuple[str, ...]


class Process:
    """One process: its room, its doors, and the sender in it."""

    def __init__(self, room: Room, store: ProcessStore) -> None:
        self.room = room
        self.store = store
        self.sender: Sender | None = None
        self.calls: list[asyncio.Future[bool]] = []
        """Connections of callers."""

    @property
    def listens(self) -> bool:
        """Whether callers find it."""
        return self.sender is not None and bool(self.sender.tokens()) and not self.sender.is_stopping


class World:
    """Everything of one life."""

    def __init__(self, plan: Plan, trace: Trace) -> None:
        self.plan = plan
        self.trace = trace
        self.clock = VirtualClock()
        self.chance = plan.random("world")
        self.processes: list[Process] = []
        self.current: Process | None = None
        """The one that callers find."""
        self.is_calm = False
        self._is_over = False
        self._outside = contextvars.copy_context()
        self._tripped: asyncio.Event

    async def live(self) -> Life:
        """Live it."""
        loop = self._loop = asyncio.get_running_loop()
        self._tripped = asyncio.Event()
        self.store = await open_store("sqlite://", WRITABLE)
        self.book = Book(self.plan, self.clock, self.trace, self._tripped.set)
        self.auditor = Auditor(self.book, self.store, scripts_of(self.plan))
        self.disk = FaultyDisk(self.plan.random("disk"), self.trace, self.plan.store_error_share)
        self.wire = Wire(self.plan, self.clock, self.auditor.wire, self.trace, self.later)
        self.nemesis = Nemesis(self)
        await self._furnish()
        self.start()
        telling = Platform(self.plan, self.auditor, self.trace, self.hand_in).begin()
        try:
            await self._go_on()
        finally:
            seconds = loop.time()
            await self._end(telling)
        return Life(
            self.plan.seed,
            self.plan.mode,
            self.trace.digest(),
            tuple(self.book.faults),
            seconds,
            dict(self.trace.counts),
            dict(self.book.judged),
            tuple(self.trace.lines),
        )

    async def _go_on(self) -> None:
        """From the first session to the judge's last word."""
        self.nemesis.begin()
        calm_at = self.plan.scale.calm_at
        for part in range(1, CHECKS + 1):
            self.later(calm_at * part / (CHECKS + 1), self.check)
        await self._until(calm_at)
        if self.plan.mode == "liveness" and not self.book.faults:
            self.calm_down()
            await self._until_settled()
        if not self.book.faults:
            self.auditor.final()

    async def _end(self, telling: list[asyncio.Task[None]]) -> None:
        """Let nothing of it run any more."""
        self._is_over = True
        for process in self.processes:
            process.store.is_over = True
        for task in telling:
            task.cancel()
        await self._loop.bury([process.room for process in self.processes])
        await self.store.close()

    # Processes

    def start(self) -> None:
        """Start a sender; it becomes the one that callers find."""
        if self._is_over or (self.current is not None and not self.current.room.is_dead):
            return
        self.check()
        room = Room(len(self.processes) + 1, lambda: self.book.fault("S9", "a process runs on and on without waiting"))
        store = ProcessStore(self.store, room, self.disk, self.auditor.observe, self.kill)
        self.current = Process(room, store)
        self.processes.append(self.current)
        self.auditor.started(room)
        self.trace.note(f"p{room.number}", "starts")
        self._loop.call_soon(self._boot, self.current, context=room.context)

    def kill(self, room: Room, *, down: float | None = None) -> None:
        """End a process at once; if callers found it, another one is started after `down` seconds, soon by default."""
        if room.is_dead or self._is_over:
            return
        room.kill()
        self.trace.note(f"p{room.number}", "dies")
        self.trace.counts["faults"] += 1
        self._gone(room, down)

    def freeze(self, process: Process) -> None:
        """Stop a process where it is."""
        process.room.freeze()
        self.trace.note(f"p{process.room.number}", "freezes")
        self.trace.counts["faults"] += 1
        self.auditor.frozen(process.room, is_frozen=True)

    def thaw(self, process: Process) -> None:
        """Let it go on."""
        if process.room.is_dead or not process.room.is_frozen or self._is_over:
            return
        self.trace.note(f"p{process.room.number}", "goes on")
        self.auditor.frozen(process.room, is_frozen=False)
        self._loop.thaw(process.room)

    def inside(self, process: Process, call: Callable[..., Any], *arguments: Any) -> None:
        """Let a process do something of its own, as soon as it can."""
        self._loop.call_soon(call, *arguments, context=process.room.context)

    def later(self, seconds: float, call: Callable[..., Any], *arguments: Any) -> None:
        """Call outside of every process."""
        self._loop.call_later(max(seconds, 0.0), call, *arguments, context=self._outside)

    def check(self) -> None:
        """Let the judge look at the store."""
        if not self._is_over and not self.book.faults:
            self.auditor.check()

    def _boot(self, process: Process) -> None:
        number = process.room.number
        process.sender = Sender(
            process.store,
            ProcessWire(self.wire, process.room),
            self.clock,
            chance=self.plan.random(f"process {number}"),
            policy_of=lambda _tenant: self.plan.policy,
            limits=SenderLimits(
                retention_ms=self.plan.retention_seconds * 1000,
                tracker=TrackerLimits(sessions_max=self.plan.sessions_at_hand_max, group_max=4),
                relay=self.plan.limits,
            ),
        )
        self._loop.create_task(self._run(process, process.sender))

    async def _run(self, process: Process, sender: Sender) -> None:
        try:
            await sender.run()
            how = "stopped"
        except StoreUnavailableError:
            how = "could not begin"
        except Exception as error:  # noqa: BLE001 - whatever ends a sender is what the judge must hear of
            if not self._is_over:
                self.book.fault("defect", "".join(traceback.format_exception(error)))
            return
        self._loop.call_soon(self._ended, process, how, context=self._outside)

    def _ended(self, process: Process, how: str) -> None:
        if process.room.is_dead or self._is_over:
            return
        process.room.kill()
        self.trace.note(f"p{process.room.number}", how)
        self._gone(process.room, 0.5)

    def _gone(self, room: Room, down: float | None) -> None:
        self.auditor.died(room)
        process = self.processes[room.number - 1]
        for call in process.calls:
            if not call.done():
                call.set_result(False)
        if self.current is process:
            self.current = None
            seconds = self.chance.uniform(0.1, 2.0) if down is None else down
            self.later(seconds, self.start)

    # Callers

    def hand_in(self, request: Request, respond: Callable[[Answer], None]) -> asyncio.Future[bool] | None:
        """A request of a platform's; None when nobody listens."""
        process = self.current
        if process is None or not process.listens:
            return None
        ended: asyncio.Future[bool] = self._loop.create_future()
        process.calls.append(ended)

        def answer(given: Answer) -> None:
            respond(given)
            if not ended.done():
                ended.set_result(True)

        self.inside(process, self._take, process, request, answer)
        return ended

    @staticmethod
    def _take(process: Process, request: Request, answer: Callable[[Answer], None]) -> None:
        assert process.sender is not None, "who listens has a sender"
        process.sender.take(request, answer)

    # Beginning and end

    async def _furnish(self) -> None:
        """Tenants, tokens and endpoints, as commands would set them up."""
        tenants = sorted({endpoint.tenant for endpoint in self.plan.endpoints})
        for tenant in tenants:
            await self.store.registry.put_tenant(tenant, "legacy", 0)
            digest = hashlib.sha256(token_of(tenant).encode("ascii")).digest()
            await self.store.registry.add_token(Token(f"t-{tenant}", tenant, None, "send"), digest, 0)
        for endpoint in self.plan.endpoints:
            self.nemesis.put_new(endpoint)

    def calm_down(self) -> None:
        """From now on everything works."""
        self.is_calm = True
        self.trace.note("op", "calm")
        self.nemesis.calm_down()
        for process in self.processes:
            process.store.death = None
            if process.store.is_zombie:
                self.kill(process.room)
            self.thaw(process)
        self.start()

    async def _until(self, at: float) -> None:
        """Until then, or until a promise was broken."""
        try:
            async with asyncio.timeout_at(at):
                await self._tripped.wait()
        except TimeoutError:
            return

    async def _until_settled(self) -> None:
        """Until nothing is open any more, or everything must have been settled long ago."""
        calm_at = self._loop.time()
        end = calm_at + self._liveness_seconds()
        step = max(self.plan.scale.turn, 1.0)
        while self._loop.time() < end and not self.book.faults and not self._is_settled():
            await self._until(self._loop.time() + step)
            step = min(step * 1.3, 600.0)

    def _is_settled(self) -> bool:
        if any(told.pending for told in self.auditor.told.values()):
            return False
        if any(delivery.is_open for delivery in self.book.deliveries.values()):
            return False
        return read_now(self.store.journal.next_due_at()) is None

    def _liveness_seconds(self) -> float:
        """S4: the longest wait of all that may lie before the last delivery."""
        plan = self.plan
        schedules = max(max(endpoint.schedule) for endpoint in plan.endpoints)
        retry_after = 10 * max(endpoint.schedule[0] for endpoint in plan.endpoints)
        timers = plan.policy.session_idle_seconds + 60 * plan.policy.rating_window_minutes
        waits = max(1.2 * schedules, retry_after) + 60 + plan.limits.lease_seconds + plan.limits.attempt_seconds_max
        line = 3.0 * len(self.book.deliveries)
        return waits + timers + 2 * 3600 * plan.has_jumps + line + 2 * plan.scale.turn + 4 * plan.scale.down_max + 300


def simulate(seed: int, mode: str, *, focus: Sequence[str] = (), is_shown: bool = False) -> Life:
    """Live the life of a seed; the same seed, mode and focus give the same life."""
    plan = plan_of(seed, mode, focus)
    with _set_up(plan), asyncio.Runner(loop_factory=ProcessLoop) as runner:
        return runner.run(World(plan, Trace(is_shown=is_shown)).live())


@contextmanager
def _set_up(plan: Plan) -> Iterator[None]:
    """The paces of a sender that are no settings, for lives of minutes and of days; and no log lines."""
    paces = (
        (sender_module, "_LOOK_SECONDS", float(plan.scale.look)),
        (sender_module, "_TIDY_SECONDS", float(plan.scale.tidy)),
        (tracker_module, "_IDLE_SECONDS_MAX", float(plan.scale.idle)),
    )
    before = [getattr(module, name) for module, name, _ in paces]
    log = logging.getLogger("afterchat")
    level = log.level
    log.setLevel(logging.CRITICAL + 1)
    for module, name, value in paces:
        setattr(module, name, value)
    try:
        yield
    finally:
        log.setLevel(level)
        for (module, name, _), value in zip(paces, before, strict=True):
            setattr(module, name, value)
