"""A replay for programs: one JSON object for each event, each record, each line that is no event, each session.

Rules
- `kind` says which of them it is; the other keys are always there, with null for what does not apply.
- Ids are text and records have the names of the API, as everywhere in this program's own JSON.
- Codes are in lower case and stay; `reason` is a sentence in the reader's language and may change.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

import msgspec

from afterchat.cli.command import current_language
from afterchat.cli.event_words import reason_of
from afterchat.cli.language import Text
from afterchat.cli.replay import Course, Step, UnreadableLine
from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.engine import Refused
from afterchat.query.views import record_view

__all__ = ["object_of_course", "object_of_line", "objects_of_step"]


def objects_of_step(step: Step) -> Iterator[dict[str, Any]]:
    """The event and what became of it, then the record if it told one."""
    session, record, refused = str(step.event.session), step.outcome.record, step.outcome.refused
    yield {
        "kind": "event",
        "line": step.line or None,
        "session": session,
        "id": step.event.id,
        "type": type(step.event).__name__,
        "at": step.event.at,
        "is_timed": step.is_timed,
        "is_late": step.is_late,
        "state_before": _code(step.before),
        "state_after": _code(step.after),
        "verdict": _code(step.outcome.verdict),
        "refusal": None if refused is None else _code(refused.refusal),
        "reason": None if refused is None else reason_of(refused, current_language()),
        "is_withdrawn": step.outcome.is_withdrawn,
        "retaken": [event.id for event in step.retaken],
    }
    if record is not None:
        yield {"kind": "record", "session": session, "version": step.version, "record": _view(record)}


def object_of_course(course: Course) -> dict[str, Any]:
    """Where one session stands at the end of the file."""
    due = course.session.due
    return {
        "kind": "session",
        "session": str(course.session.id),
        "state": _code(course.session.state),
        "due": None if due is None else {"at": due.at, "timer": due.timer.name, "type": type(due.event).__name__},
        "refused_count": course.refused_total,
        "refused": [_refused(one) for one in course.refused],
    }


def object_of_line(unreadable: UnreadableLine) -> dict[str, Any]:
    """A line that is no event."""
    why = Text(unreadable.why.en, unreadable.why.zh)
    return {"kind": "unreadable", "line": unreadable.line, "reason": why.of(current_language())}


def _refused(one: Refused) -> dict[str, Any]:
    return {
        "id": one.event.id,
        "type": type(one.event).__name__,
        "refusal": _code(one.refusal),
        "reason": reason_of(one, current_language()),
    }


def _view(record: SessionRecord) -> Any:
    return msgspec.to_builtins(record_view({field.name: getattr(record, field.name) for field in FIELDS}))


def _code(one: Enum) -> str:
    return one.name.lower()
