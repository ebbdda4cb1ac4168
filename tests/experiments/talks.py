"""What is handed in to a sender: made-up sessions as events, and the record that must come of each.

    step 0  opened, assigned, both wrote    nothing is pushed
    step 1  a remark, and the end           the record
    step 2  a late rating, of some          the record again, changed

Rules:
- The record is written down here by hand, in the order of the wire; nothing of `afterchat` computes it.
- A talk is a function of its number, its moment and whether it is rated, so handing it in again hands in the same.
- A step is one request; what follows from it is expected whole or not at all.

What does not belong here: the requests themselves (`handing.py`), and what a store must hold (`outbox_checker.py`).
"""

from __future__ import annotations

import json
import random
from typing import Any, NamedTuple

from experiments.bodies import encoded, record

__all__ = ["Step", "Talk", "talk"]

STAFF = ("王小明", "李静", "O'Brien", "Zoë 😀")
REMARKS = ("退款已处理", "第一行\n第二行\t制表", "后续回访 {}", "=1+1", "𠮷野家 é")
ASSIGNED, ASKED, ANSWERED, NOTED, CLOSED, RATED = 1_000, 2_000, 5_000, 6_000, 9_000, 19_000
"""Moments of a talk, in ms since it was opened."""

BLANK = {name: type(value)() for name, value in record(1, random.Random(1), 0).items()}
"""Every field in the order of the wire, empty."""
UNTOUCHED = {
    "staffInvitedEvaluateTime": "-1",
    "userJoinEvaluateTime": "-1",
    "sType": "0",
    "status": -1,
    "isStaffInvited": "2",
    "isEvaluationInvited": -1,
    "beginer": 1,
    "ender": 2,
    "isValid": 1,
    "roundNumber": 1,
    "staffMessageCount": 1,
    "userMessageCount": 1,
}
"""What a talk between one visitor and one staff says beside what is told below."""


class Step(NamedTuple):
    """One request, and what must be pushed because of it."""

    body: bytes
    """Events, one a line."""
    event_ids: tuple[str, ...]
    record: bytes
    """Empty when nothing is to be pushed."""


class Talk(NamedTuple):
    """One session from its beginning to its last word."""

    session_id: int
    steps: tuple[Step, ...]

    @property
    def records(self) -> tuple[bytes, ...]:
        """Every record that may ever be pushed of it, in order."""
        return tuple(step.record for step in self.steps if step.record)

    @property
    def in_one_step(self) -> Talk:
        """The same talk handed in as one request; only the last record is pushed."""
        bodies, event_ids, records = zip(*self.steps, strict=True)
        return Talk(self.session_id, (Step(b"\n".join(bodies), sum(event_ids, ()), records[-1]),))


def talk(number: int, opened_at: int, *, is_rated: bool = False) -> Talk:
    """The talk of that number, opened at that moment (epoch ms)."""
    staff, remarks = STAFF[number % len(STAFF)], REMARKS[number % len(REMARKS)]
    ended = {
        **BLANK,
        **UNTOUCHED,
        "id": number,
        "userId": number,
        "staffId": 7,
        "staffName": staff,
        "fromType": "web",
        "evaluationType": 5,
        "remarks": remarks,
        "startTime": opened_at + ASSIGNED,
        "clientFirstMessageTime": opened_at + ASKED,
        "staffFirstReplyTime": opened_at + ANSWERED,
        "firstReplyCost": ANSWERED - ASKED,
        "avgRespDuration": ANSWERED - ASKED,
        "endTime": opened_at + CLOSED,
    }
    rating = {"evaluation": 75, "userJoinEvaluateTime": str(opened_at + RATED), "isEvaluationInvited": 1}

    def event(kind: str, after: int, /, **values: Any) -> dict[str, Any]:
        return {"type": kind, "id": f"{number}-{after}", "session": number, "at": opened_at + after, **values}

    steps = [
        step(
            event("SessionOpened", 0, kind="person", userId=number, fromType="web", evaluationType=5),
            event("StaffAssigned", ASSIGNED, staffId=7, staffName=staff),
            event("VisitorWrote", ASKED),
            event("StaffWrote", ANSWERED),
        ),
        step(
            event("RemarkWritten", NOTED, remarks=remarks),
            event("SessionClosed", CLOSED, closeReason=0),
            record=encoded(ended),
        ),
    ]
    if is_rated:
        steps.append(step(event("VisitorRated", RATED, evaluation=75), record=encoded({**ended, **rating})))
    return Talk(number, tuple(steps))


def step(*events: dict[str, Any], record: bytes = b"") -> Step:
    """One request of these events."""
    lines = [json.dumps(event, ensure_ascii=False) for event in events]
    return Step("\n".join(lines).encode(), tuple(event["id"] for event in events), record)
