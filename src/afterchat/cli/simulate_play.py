"""A simulation as `afterchat simulate` runs it: what is played, printed or handed in, the progress of it, its end.

Rules
- Events have the moments at which they happen in the simulation; a speed alone lays these onto the wall's time.
- Ctrl-C and SIGTERM end a run in order: the request under way has its answer, and the report stands.
- A sender that is away is waited for; one that refuses the whole request ends the run, after the report.
- The bar is for a terminal's stderr; whoever reads a file or a pipe sees none of it.

What does not belong here: options (`cli.simulate`), waiting (`cli.playing`), what the sender said (`cli.verdicts`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice, takewhile
from pathlib import Path
from typing import NamedTuple

import click

from afterchat.cli.command import current_language
from afterchat.cli.delivery import Target
from afterchat.cli.exits import Exit
from afterchat.cli.handing_in import BATCH_ITEMS_MAX, Door, token_from
from afterchat.cli.language import Text
from afterchat.cli.output import Column, print_document, print_raw, remark
from afterchat.cli.playing import ATTEMPTS_MAX, Playing
from afterchat.cli.stopping import stopped_by_signals
from afterchat.cli.verdicts import Verdicts
from afterchat.clock import Clock
from afterchat.engine import Event, SessionOpened, write_event
from afterchat.errors import AfterchatError, OutageError
from afterchat.simulator.centre import Centre
from afterchat.simulator.pacing import Pace, Paced, squeezed

__all__ = ["Plan", "play", "print_events"]

_IDS_PER_MS = 1_000
"""Session ids of runs that begin a second apart are a million apart, so that each run has its own."""

_REPORT = (
    Column("events", Text("events", "事件")),
    Column("sessions", Text("sessions", "会话")),
    Column("duplicate", Text("known already", "重复")),
    Column("refused", Text("refused", "被拒绝")),
    Column("seconds", Text("seconds", "耗时（秒）"), lambda seconds: f"{seconds:.2f}"),
)
_PRINTED = Text(
    "{events} events of {sessions} sessions in {seconds:.2f} s",
    "{sessions} 个会话的 {events} 个事件，用时 {seconds:.2f} 秒",
)
_IN_REAL_TIME = Text("In real time from here on; Ctrl-C ends it.", "此后按真实时间进行；按 Ctrl-C 结束。")
_FASTER = Text("Running {speed} times as fast as real time; Ctrl-C ends it.", "以 {speed} 倍速进行；按 Ctrl-C 结束。")
_AWAY = Text("Waiting for the sender: {why}", "正在等待发送端：{why}")
_BACK = Text("The sender is back.", "发送端已恢复。")
_COUNTS = Text(
    "{task.fields[events]} events, {task.fields[sessions]} sessions",
    "{task.fields[sessions]} 个会话，{task.fields[events]} 个事件",
)


class Plan(NamedTuple):
    """What is played; moments are epoch ms."""

    seed: int
    sessions_per_day: int
    staff_count: int
    begin_at: int
    """By the simulation's time, as is `end_at`."""
    end_at: int | None
    speed: int | None
    """So many times as fast as real time, from `now` on; None leaves every event its own moment."""
    now: int

    @property
    def pace(self) -> Pace:
        """How the simulation's time and the wall's go together."""
        if self.speed is None:
            return Pace(self.begin_at, self.begin_at, self.now)
        return squeezed(self.begin_at, self.now, self.speed)

    @property
    def until(self) -> int | None:
        """When it is over by the wall's time, or in the present; None when it has no past and no end."""
        if self.end_at is not None:
            return self.pace.happens_from + (self.end_at - self.begin_at) // self.pace.speed
        return self.now if self.pace.happens_from < self.now else None

    def events(self) -> Iterator[Event]:
        """What happens, by the simulation's time."""
        centre = Centre(
            self.seed,
            self.begin_at,
            sessions_per_day=self.sessions_per_day,
            staff_count=self.staff_count,
            first_session_id=self.pace.happens_from * _IDS_PER_MS,
        )
        end_at = self.end_at
        events = centre.events()
        return events if end_at is None else takewhile(lambda event: event.at < end_at, events)

    def paced(self) -> Iterator[Paced]:
        """What happens, and when to send it."""
        return self.pace.play(self.events())


class _Counts:
    """How much was played."""

    def __init__(self) -> None:
        self.events = 0
        self.sessions = 0

    def note(self, batch: Sequence[Event]) -> None:
        self.events += len(batch)
        self.sessions += sum(isinstance(event, SessionOpened) for event in batch)


def print_events(plan: Plan, clock: Clock) -> None:
    """Every event as a line, until the days are over or somebody stops it."""
    begun = clock.monotonic()
    counts = _Counts()
    with stopped_by_signals() as stop, _progress(plan, is_wanted=not sys.stdout.isatty()) as show:
        for batch in _batches(plan.events()):
            if stop.is_set():
                break
            print_raw(b"".join(write_event(event) + b"\n" for event in batch))
            counts.note(batch)
            show(batch[-1].at, counts)
    remark(_PRINTED, events=counts.events, sessions=counts.sessions, seconds=clock.monotonic() - begun)


def play(plan: Plan, target: Target, token_file: Path, clock: Clock) -> None:
    """Hand everything in, until the days are over or somebody stops it; then say what became of it."""
    begun = clock.monotonic()
    token = token_from(token_file)
    verdicts, counts = Verdicts(), _Counts()
    try:
        with stopped_by_signals() as stop, _progress(plan, is_wanted=True) as show:
            playing = Playing(clock, stop, _say_trouble, OutageError)
            with closing(Door(target, token, stop.wait, attempts_max=ATTEMPTS_MAX)) as door:
                for batch in playing.batches(plan.paced(), _once(lambda: _say_pace(plan))):
                    answer = playing.hand_in(door, [write_event(paced.event) for paced in batch])
                    if answer is not None:
                        verdicts.note(answer)
                        counts.note([paced.event for paced in batch])
                        show(batch[-1].event.at, counts)
    except AfterchatError:
        if counts.events:
            _report(counts, verdicts, clock.monotonic() - begun)
        raise
    _report(counts, verdicts, clock.monotonic() - begun)
    if verdicts.has_refusals:
        click.get_current_context().exit(int(Exit.FINDING))


def _batches(events: Iterator[Event]) -> Iterator[list[Event]]:
    while batch := list(islice(events, BATCH_ITEMS_MAX)):
        yield batch


def _report(counts: _Counts, verdicts: Verdicts, seconds: float) -> None:
    said = verdicts.counts
    document = {
        "events": counts.events,
        "sessions": counts.sessions,
        "duplicate": said["duplicate"],
        "refused": said["refused"] + said["unreadable"],
        "seconds": round(seconds, 3),
    }
    print_document(_REPORT, document)


def _say_trouble(why: str) -> None:
    remark(_AWAY if why else _BACK, why=why)


def _say_pace(plan: Plan) -> None:
    remark(_IN_REAL_TIME if plan.pace.speed == 1 else _FASTER, speed=plan.pace.speed)


def _once(say: Callable[[], None]) -> Callable[[], None]:
    left = [say]
    return lambda: left.pop()() if left else None


@contextmanager
def _progress(plan: Plan, *, is_wanted: bool) -> Iterator[Callable[[int, _Counts], None]]:
    """A bar on a terminal's stderr, silence elsewhere; it is told the moment that was reached, and the counts."""
    if not is_wanted or not sys.stderr.isatty():
        yield lambda _at, _counts: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn(_COUNTS.of(current_language())), TimeElapsedColumn())
    begin, until = plan.pace.happens_from, plan.until
    # What is printed goes to stdout as it is: the bar must not take that for its own.
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("", total=until and until - begin, events=0, sessions=0)

        def show(at: int, counts: _Counts) -> None:
            if plan.end_at is None and until is not None and at >= until:
                progress.update(task, total=None)
            progress.update(task, completed=at - begin, events=counts.events, sessions=counts.sessions)

        yield show
