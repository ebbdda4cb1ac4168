"""Running a file of events through the engine, as a platform would have: one Session for each session of the file.

A file is NDJSON, one event a line, in the order in which the events reached the platform.
Each step says what became of one event; what a line that is no event lacks is said as well, and the rest goes on.

Rules
- Every session has a clock of its own, the time of its newest event: files told one session after another work.
- Timers, where they are wanted, happen before the first event that is later than they are due.
- A file is read line by line; what is kept is the sessions and their first events, whatever the file's length.

What does not belong here: words (`cli.event_words`), what is printed (`cli.replay_page`), options (`cli.engine`).
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from typing import BinaryIO, NamedTuple

import msgspec

from afterchat.cli.bodies import LINE_BYTES_MAX
from afterchat.cli.command import current_language
from afterchat.cli.language import Text
from afterchat.engine import (
    Event,
    Policy,
    Refusal,
    Refused,
    Session,
    SessionOpened,
    State,
    Unreadable,
    Verdict,
    read_event,
)
from afterchat.engine.policy import DAY_SECONDS
from afterchat.engine.verdict import Outcome
from afterchat.errors import CallerError

__all__ = ["EVENTS_KEPT_MAX", "REFUSED_LISTED_MAX", "SESSIONS_MAX", "Course", "Replay", "Step", "UnreadableLine"]

SESSIONS_MAX = 100_000
"""Sessions of one file, all of which stay in memory because any of them may still get an event."""
EVENTS_KEPT_MAX = 1_000
"""Events of one session that are kept to tell which of them stand refused; of later ones the engine alone knows."""
REFUSED_LISTED_MAX = 100
"""Refused events of one session that are listed; the others are counted."""

_BLANKS = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_TOO_LONG = Unreadable(
    f"longer than {LINE_BYTES_MAX} bytes; write one event a line",
    f"超过 {LINE_BYTES_MAX} 字节，请每行只写一个事件",
)
_NEVER_KEPT = frozenset({Refusal.ID_REUSED, Refusal.TOO_LATE, Refusal.TOO_MANY})
"""Refusals that are final at once: the session does not keep the event to judge it again."""


class Step(NamedTuple):
    """One event that was fed, and what became of it."""

    event: Event
    line: int
    """Where it stands in the file, from 1; 0 when a timer made it."""
    before: State
    after: State
    outcome: Outcome
    is_late: bool
    """Whether a newer event of its session was there already."""
    version: int
    """Number of the outcome's record among those of its session, from 1; 0 without one."""
    retaken: tuple[Event, ...]
    """Events that had been refused and are taken now, because this one explains them."""

    @property
    def is_timed(self) -> bool:
        return not self.line


class UnreadableLine(NamedTuple):
    """A line that is no event."""

    line: int
    why: Unreadable


class Course:
    """One session of the file and what happened in it so far."""

    def __init__(self, session_id: int, policy: Policy) -> None:
        self.session = Session(session_id, policy)
        self.opened: SessionOpened | None = None
        self.newest_at = 0
        """Time of the newest event that the session took or keeps to judge it again."""
        self.refused_count = 0
        """Events whose refusal is final; those that may still be judged again stand in the session."""
        self._kept: dict[str, Event] = {}
        self._final: list[Refused] = []
        self._standing: dict[str, Refused] = {}
        self._version = 0

    @property
    def refused(self) -> tuple[Refused, ...]:
        """The events that stand refused, in the order of their own time; not more than REFUSED_LISTED_MAX."""
        listed = [*self._final, *self.session.refused][:REFUSED_LISTED_MAX]
        return tuple(sorted(listed, key=lambda one: one.event.at))

    @property
    def refused_total(self) -> int:
        return self.refused_count + len(self.session.refused)

    def feed(self, event: Event, line: int = 0) -> Step:
        """Feed one event; `line` 0 says that a timer made it."""
        before = self.session.state
        outcome = self.session.feed(event)
        is_late = event.at < self.newest_at and outcome.verdict is not Verdict.DUPLICATE
        if outcome.refused is not None and outcome.refusal in _NEVER_KEPT:
            self._finally(outcome.refused)
        else:
            self._keep(event)
        retaken = self._note_standing()
        for one in (event, *retaken) if outcome.verdict is Verdict.TAKEN else ():
            self.opened = one if isinstance(one, SessionOpened) else self.opened
        self._version += outcome.record is not None
        version = self._version if outcome.record is not None else 0
        return Step(event, line, before, self.session.state, outcome, is_late, version, retaken)

    def run_timers(self, before: int | None) -> Iterator[Step]:
        """Let happen what is due before that moment, epoch ms; None runs until nothing is due."""
        while (due := self.session.due) is not None and (before is None or due.at < before):
            step = self.feed(due.event)
            yield step
            if step.outcome.verdict is not Verdict.TAKEN:
                return

    def _keep(self, event: Event) -> None:
        self.newest_at = max(self.newest_at, event.at)
        if len(self._kept) < EVENTS_KEPT_MAX:
            self._kept[event.id] = event

    def _note_standing(self) -> tuple[Event, ...]:
        """See which events stand refused now; the ones that stood and are taken after all are given back."""
        standing = {one.event.id: one for one in self.session.refused}
        gone = [one for event_id, one in self._standing.items() if event_id not in standing]
        self._standing = standing
        forgotten = [one for one in gone if self.session.feed(one.event).refusal is Refusal.TOO_LATE]
        """Fed again, an event that the session settled is too late, any other is known; neither changes anything."""
        judged = self._judge_again() if forgotten else {}
        final = {one.event.id for one in forgotten if one.event.id in judged or one.event.id not in self._kept}
        for one in forgotten:
            if one.event.id in final:
                self._finally(judged.get(one.event.id, one))
        return tuple(one.event for one in gone if one.event.id not in final)

    def _judge_again(self) -> dict[str, Refused]:
        """The events that stand refused, by id, when all that is known now is known from the beginning."""
        tolerant = msgspec.structs.replace(self.session.policy, tolerance_seconds=DAY_SECONDS)
        session = Session(self.session.id, tolerant)
        for event in sorted(self._kept.values(), key=attrgetter("at")):
            session.feed(event)
        return {one.event.id: one for one in session.refused}

    def _finally(self, refused: Refused) -> None:
        self.refused_count += 1
        if len(self._final) < REFUSED_LISTED_MAX:
            self._final.append(refused)


class Replay:
    """All sessions of one file."""

    def __init__(self, policy: Policy, *, has_timers: bool) -> None:
        self.courses: dict[int, Course] = {}
        """Session id to its course, in the order in which the file names them."""
        self.unreadable_count = 0
        self._policy = policy
        self._has_timers = has_timers

    def run(self, stream: BinaryIO) -> Iterator[Step | UnreadableLine]:
        """Feed every line in turn; raises CallerError when the file holds more than SESSIONS_MAX sessions."""
        for number, line in _numbered_lines(stream):
            found = _TOO_LONG if line is None else read_event(line)
            if isinstance(found, Unreadable):
                self.unreadable_count += 1
                yield UnreadableLine(number, found)
                continue
            course = self._course(found.session)
            if self._has_timers:
                yield from course.run_timers(found.at)
            yield course.feed(found, number)
        if self._has_timers:
            for course in self.courses.values():
                yield from course.run_timers(None)

    def _course(self, session_id: int) -> Course:
        course = self.courses.get(session_id)
        if course is None:
            if len(self.courses) >= SESSIONS_MAX:
                text = Text(
                    "the file holds more than {count} sessions; split it, each session whole in one part",
                    "文件中的会话超过 {count} 个；请拆分文件，同一会话保持在同一份中",
                )
                raise CallerError(text.say(current_language(), count=SESSIONS_MAX))
            course = self.courses[session_id] = Course(session_id, self._policy)
        return course


def _numbered_lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(number from 1, line) of the lines that are not blank; None stands for one that is too long."""
    number = 0
    while line := stream.readline(LINE_BYTES_MAX + 1):
        number += 1
        if number == 1:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if len(line) > LINE_BYTES_MAX:
            rest = line
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(LINE_BYTES_MAX)
            yield number, None
        elif line.strip(_BLANKS):
            yield number, line
