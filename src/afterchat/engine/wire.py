"""Events to JSON and back: one object each, `type` first, attributes in camelCase.

`read_event` is total: any bytes give an Event or an Unreadable that says what is wrong and what to do.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Union

import msgspec

from afterchat.engine.events import EVENTS, Event
from afterchat.errors import EventError

__all__ = ["Unreadable", "event_of", "read_event", "write_event"]

_ANY_EVENT: Any = Union[EVENTS]  # noqa: UP007 # the table of events is the one list of them
_DECODER = msgspec.json.Decoder(_ANY_EVENT)
_ENCODER = msgspec.json.Encoder()


class Unreadable(NamedTuple):
    """Why something is no event."""

    en: str
    zh: str


def read_event(body: bytes) -> Event | Unreadable:
    """The event that `body` holds. Total."""
    try:
        event: Event = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        return _unreadable(error)
    return event


def event_of(values: dict[str, Any]) -> Event | Unreadable:
    """The event that JSON's `values` stand for. Total."""
    try:
        event: Event = msgspec.convert(values, _ANY_EVENT)
    except (msgspec.ValidationError, UnicodeError, RecursionError) as error:
        return _unreadable(error)
    return event


def write_event(event: Event) -> bytes:
    """`event` as one line of JSON, without its end."""
    return _ENCODER.encode(event)


def _unreadable(error: Exception) -> Unreadable:
    cause = error.__cause__
    if isinstance(cause, EventError):
        place = f"{cause.event}.{cause.field}"
        return Unreadable(f"{place}: {cause.en}", f"{place}：{cause.zh}")
    return Unreadable(f"no event: {error}", f"不是事件：{error}")
