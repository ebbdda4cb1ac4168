"""What a push says besides its record: its event type and the query it is sent with.

One URL takes every kind of push of an enterprise, and `eventType` is optional on the wire.
A push without it is told by the shape of its body.

Rules
- The event type is unsigned: it sorts pushes, it never decides whether one is authentic.
- An unknown shape is the empty event type, never a guess.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from afterchat.contract.json_body import NoObject, read_object

__all__ = [
    "DEFAULT_TENANT",
    "EVENT_TYPES",
    "PUSH_PARAMETERS",
    "SESSION_END_DATA",
    "EventType",
    "push_query",
    "sniff_event_type",
]

DEFAULT_TENANT = "default"
"""The tenant behind the push URL without a name."""
SESSION_END_DATA = "DATA_ONLINE_SESSION_END"
PUSH_PARAMETERS = ("eventType", "time", "checksum")
"""Names in the query of a push; a URL that has one of its own could not be told from a signed one."""


class EventType(NamedTuple):
    """One kind of push and how its body can be told from the others."""

    name: str
    zh: str
    en: str
    has_all: frozenset[str]
    """Keys that its body has; empty when the body is not documented, and then it is never told by shape."""
    has_any: frozenset[str]
    """At least one of these, when there are any."""
    has_none: frozenset[str]
    evidence: str


EVENT_TYPES: tuple[EventType, ...] = (
    EventType(
        "MSG",
        "消息",
        "message",
        frozenset({"msgId", "msgType"}),
        frozenset(),
        frozenset(),
        "vendor's guide",
    ),
    EventType(
        SESSION_END_DATA,
        "会话结束推送会话数据",
        "record of an ended session",
        frozenset({"id"}),
        frozenset({"sType", "interaction"}),
        frozenset(),
        "vendor's page",
    ),
    EventType(
        "SESSION_END",
        "会话结束",
        "session ended",
        frozenset({"sessionId", "closeReason"}),
        frozenset(),
        frozenset(),
        "vendor's guide",
    ),
    EventType(
        "SESSION_START",
        "会话开始",
        "session started",
        frozenset({"sessionId", "evaluationModel"}),
        frozenset(),
        frozenset({"closeReason"}),
        "vendor's guide",
    ),
    EventType(
        "EVA_INVITATION",
        "邀请评价",
        "asked for a rating",
        frozenset({"sessionId"}),
        frozenset({"staffId", "staffName", "staffType"}),
        frozenset({"closeReason", "evaluationModel"}),
        "vendor's guide",
    ),
    EventType("USER_JOIN_QUEUE", "进入排队", "joined the queue", frozenset(), frozenset(), frozenset(), "third party"),
    EventType("QUEUE_TIMEOUT", "排队超时", "queue timed out", frozenset(), frozenset(), frozenset(), "third party"),
)
"""Known kinds of push; the first whose shape fits names a body without an event type."""

_TOLD_BY_SHAPE = tuple(event_type for event_type in EVENT_TYPES if event_type.has_all)


class _RecordShape(msgspec.Struct, gc=False):
    """Enough of a canonical record to tell it apart without building it."""

    id: int
    sType: str | int  # noqa: N815  # wire name, read straight off the body
    msgId: msgspec.UnsetType | msgspec.Raw = msgspec.UNSET  # noqa: N815  # wire name


_RECORD_SHAPE = msgspec.json.Decoder(_RecordShape)


def sniff_event_type(body: bytes) -> str:
    """The event type that the body's keys speak for; empty when none does. Total."""
    try:
        shape = _RECORD_SHAPE.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return _sniff_keys(body)
    return SESSION_END_DATA if shape.msgId is msgspec.UNSET else _sniff_keys(body)


def _sniff_keys(body: bytes) -> str:
    read = read_object(body)
    if isinstance(read, NoObject):
        return ""
    keys = read.object.keys()
    for event_type in _TOLD_BY_SHAPE:
        is_shape = keys >= event_type.has_all and not keys & event_type.has_none
        if is_shape and (not event_type.has_any or keys & event_type.has_any):
            return event_type.name
    return ""


def push_query(event_type: str, time: int, checksum: str) -> str:
    """The query of a push, without `?`: eventType, time and checksum, in the order of the vendor's page.

    `time` in epoch seconds; an empty event type is left out, as the wire allows.
    """
    signed = {"time": str(time), "checksum": checksum}
    return urlencode({"eventType": event_type, **signed} if event_type else signed)
