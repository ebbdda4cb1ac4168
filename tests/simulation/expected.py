"""What must come of a session of the workload: the judge's own model of the few fields that it can know. Pure.

It shares nothing with the engine: it counts, and knows the one timer that ends each kind of session.

Rules
- What was handed in is a set: the order of arrival must not matter.
- An event of which nobody knows whether it arrived may have, or may not: then there are several right records.

What does not belong here: whether a record was pushed, and to whom (`auditor`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain, combinations
from typing import NamedTuple

from afterchat.contract.record import SessionRecord
from afterchat.engine import Policy, RemarkWritten, SessionClosed, StaffWrote, VisitorRated, VisitorWrote
from simulation.workload import Script

__all__ = ["Ending", "ending_of", "endings"]

_VISITOR_SILENT = 2
_UNROUTED = 16


class Ending(NamedTuple):
    """What is known of a session's record."""

    id: int
    end_time: int
    close_reason: int
    user_messages: int
    staff_messages: int
    evaluation: int
    remarks: str


def ending_of(record: SessionRecord) -> Ending:
    """The same fields of a record that was pushed."""
    return Ending(
        record.id,
        record.end_time,
        record.close_reason,
        record.user_message_count,
        record.staff_message_count,
        record.evaluation,
        record.remarks,
    )


def endings(script: Script, kept: Collection[str], unknown: Collection[str], policy: Policy) -> list[Ending]:
    """Every right ending, if the events `kept` count and of those `unknown` any may."""
    return [_ending(script, {*kept, *some}, policy) for some in _subsets(sorted(unknown))]


def _subsets(ids: list[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(ids, count) for count in range(len(ids) + 1))


def _ending(script: Script, counted: Collection[str], policy: Policy) -> Ending:
    events = [event for event in script.events if event.id in counted]
    end_time, close_reason = _end(script, policy)
    rated = [event for event in events if isinstance(event, VisitorRated)]
    remarks = [event.remarks for event in events if isinstance(event, RemarkWritten)]
    return Ending(
        script.session,
        end_time,
        close_reason,
        sum(isinstance(event, VisitorWrote) for event in events),
        sum(isinstance(event, StaffWrote) for event in events),
        rated[-1].evaluation if rated else 0,
        remarks[-1] if remarks else "",
    )


def _end(script: Script, policy: Policy) -> tuple[int, int]:
    """When it ends and why; what says so is never given up by the platform."""
    for event in script.events:
        if isinstance(event, SessionClosed):
            return event.at, event.close_reason
    last_at = script.events[-1].at
    if script.kind == "unrouted":
        return last_at + policy.unrouted_seconds * 1000, _UNROUTED
    return last_at + policy.visitor_silent_seconds * 1000, _VISITOR_SILENT
