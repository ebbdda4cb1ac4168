"""The pushes beside the record: SESSION_START, SESSION_END and EVA_INVITATION, as the vendor's guide words them. Pure.

They go to endpoints that subscribe to them; the record itself never waits for them.

    StaffAssigned                   -> SESSION_START
    the end of a session with staff -> SESSION_END
    RatingInvited                   -> EVA_INVITATION

Rules
- Keys are those of the vendor's guide; `contract.push` tells the bodies apart by the same keys.
- The guide says that robot sessions send no start; our choice is that they send no end and no invitation either.
- `staffType` is 1 for a person, by the guide; the record's `interaction` counts the other way round.
- `uid` is the enterprise's own id of the visitor; the platform's id where the visitor is anonymous.
- They tell what was known when the event was taken; an event that comes late does not take one back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from afterchat.contract.vocabulary import EVALUATION_MODELS
from afterchat.engine import (
    Event,
    FromTransfer,
    RatingInvited,
    Session,
    SessionClosed,
    StaffAssigned,
    TakenOver,
    TransferredAway,
)

__all__ = ["ANNOUNCED_TYPES", "announcement"]

ANNOUNCED_TYPES = ("SESSION_START", "SESSION_END", "EVA_INVITATION")

_SERVED_CODE = 200
_PERSON = 1

Body = dict[str, Any]


def announcement(event: Event, session: Session) -> tuple[str, bytes] | None:
    """(event type, body) that a taken event makes, `session` being as it is after it; None for most events."""
    kind = _KINDS.get(type(event))
    staff = session.facts.assigned
    if kind is None or staff is None:
        return None
    event_type, complete = kind
    body: Body = {
        "sessionId": session.id,
        "uid": _visitor(session),
        "staffId": staff.staff_id,
        "staffName": staff.staff_name,
        "staffType": _PERSON,
        "staffIcon": "",
    }
    complete(body, event, session)
    return event_type, msgspec.json.encode(body)


def _visitor(session: Session) -> str:
    identified = session.facts.identified
    if identified is None:
        return ""
    return identified.foreign_id or str(identified.user_id)


def _start(body: Body, _event: Event, session: Session) -> None:
    body["code"] = _SERVED_CODE
    body["message"] = ""
    opened = session.facts.opened
    body["evaluationModel"] = _model(opened.evaluation_type if opened is not None else 0)
    if opened is not None and isinstance(opened.came_from, FromTransfer):
        body["transferFrom"] = opened.came_from.session


def _model(evaluation_type: int) -> Body:
    options = [
        {"name": zh, "value": value} for value, (zh, _) in EVALUATION_MODELS[evaluation_type].labels.items() if value
    ]
    return {"title": "", "note": "", "type": evaluation_type, "list": options}


def _end(body: Body, event: Event, session: Session) -> None:
    body["code"] = _SERVED_CODE
    body["message"] = ""
    record = session.record
    body["closeReason"] = record.close_reason if record is not None else 0
    if isinstance(event, TransferredAway) and event.to_session:
        body["transferTo"] = event.to_session


def _invitation(_body: Body, _event: Event, _session: Session) -> None:
    """The staff and the visitor say it all."""


_KINDS: Mapping[type[Event], tuple[str, Callable[[Body, Event, Session], None]]] = MappingProxyType(
    {
        StaffAssigned: ("SESSION_START", _start),
        SessionClosed: ("SESSION_END", _end),
        TransferredAway: ("SESSION_END", _end),
        TakenOver: ("SESSION_END", _end),
        RatingInvited: ("EVA_INVITATION", _invitation),
    }
)
