"""The pushes beside the record: SESSION_START, SESSION_END and EVA_INVITATION, as the vendor's guide words them. Pure.

They go to endpoints that subscribe to them; the record itself never waits for them.

    staff serve                     -> SESSION_START
    RatingInvited                   -> EVA_INVITATION
    the end of a session with staff -> SESSION_END

Rules
- Keys are those of the vendor's guide; `contract.push` tells the bodies apart by the same keys.
- The guide says that robot sessions send no start; our choice is that they send no end and no invitation either.
- `staffType` is 1 for a person, by the guide; the record's `interaction` counts the other way round.
- `uid` is the enterprise's own id of the visitor; the platform's id where the visitor is anonymous.
- They tell what became known with an event, whichever it was: events come out of order.
  What was told is not taken back.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from afterchat.contract.vocabulary import EVALUATION_MODELS
from afterchat.engine import (
    Event,
    FromTransfer,
    RatingInvited,
    Session,
    StaffAssigned,
    TransferredAway,
)

__all__ = ["ANNOUNCED_TYPES", "Seen", "announcements", "seen"]

ANNOUNCED_TYPES = ("SESSION_START", "SESSION_END", "EVA_INVITATION")

_SERVED_CODE = 200
_PERSON = 1

Body = dict[str, Any]


class Seen(NamedTuple):
    """What of a session is announced, as it was before an event."""

    assigned: StaffAssigned | None
    closed: Event | None


def seen(session: Session) -> Seen:
    """What is announced of the session as it is now."""
    return Seen(session.facts.assigned, session.facts.closed)


def announcements(event: Event, before: Seen, session: Session) -> list[tuple[str, bytes]]:
    """(event type, body) of all that became known with a taken event, `session` being as it is after it."""
    staff, closed = seen(session)
    if staff is None:
        return []
    made = []
    if staff != before.assigned:
        made.append(("SESSION_START", _body(staff, session) | _start(session)))
    if isinstance(event, RatingInvited):
        made.append(("EVA_INVITATION", _body(staff, session)))
    if closed is not None and closed != before.closed:
        made.append(("SESSION_END", _body(staff, session) | _end(closed, session)))
    return [(event_type, msgspec.json.encode(body)) for event_type, body in made]


def _body(staff: StaffAssigned, session: Session) -> Body:
    return {
        "sessionId": session.id,
        "uid": _visitor(session),
        "staffId": staff.staff_id,
        "staffName": staff.staff_name,
        "staffType": _PERSON,
        "staffIcon": "",
    }


def _visitor(session: Session) -> str:
    identified = session.facts.identified
    if identified is None:
        return ""
    return identified.foreign_id or str(identified.user_id)


def _start(session: Session) -> Body:
    opened = session.facts.opened
    model = _model(opened.evaluation_type if opened is not None else 0)
    body: Body = {"code": _SERVED_CODE, "message": "", "evaluationModel": model}
    if opened is not None and isinstance(opened.came_from, FromTransfer):
        body["transferFrom"] = opened.came_from.session
    return body


def _model(evaluation_type: int) -> Body:
    options = [
        {"name": zh, "value": value} for value, (zh, _) in EVALUATION_MODELS[evaluation_type].labels.items() if value
    ]
    return {"title": "", "note": "", "type": evaluation_type, "list": options}


def _end(closed: Event, session: Session) -> Body:
    record = session.record
    assert record is not None, "a session that ended has a record"
    body: Body = {"code": _SERVED_CODE, "message": "", "closeReason": record.close_reason}
    if isinstance(closed, TransferredAway) and closed.to_session:
        body["transferTo"] = closed.to_session
    return body
