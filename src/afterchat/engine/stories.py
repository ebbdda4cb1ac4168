"""Short sessions written as one line each, and the notation to write them in.

    0 SessionOpened kind=person; 12 StaffAssigned staffId=5 staffName=王小燕; 60 SessionClosed closeReason=0

Each step is its second, its event, and the event's attributes by their names in JSON.
A value is read as JSON where it is JSON, else as text; quotes hold blanks together, a dot leads into an object.
The rules of the fields take their worked examples from here, the reference page prints them, the tests run them.
"""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple

import msgspec

from afterchat.engine.events import Event
from afterchat.engine.wire import Unreadable, event_of
from afterchat.errors import CallerError

__all__ = ["BEGIN", "Story", "events_of"]

BEGIN = 1_800_000_000_000
"""Second 0 of every story: 2027-01-15 08:00 UTC."""


class Story(NamedTuple):
    """One short session."""

    name: str
    en: str
    zh: str
    steps: str
    session: int = 1


def events_of(story: Story) -> list[Event]:
    """The events of a story; raises CallerError for steps that cannot be read."""
    try:
        return [_event(number, step, story.session) for number, step in enumerate(story.steps.split(";"), 1)]
    except (ValueError, TypeError, OverflowError) as error:
        raise CallerError(
            f"the story {story.name!r} cannot be read: {error}; write `second Event name=value; ...`"
        ) from error


def _event(number: int, step: str, session: int) -> Event:
    second, kind, *attributes = shlex.split(step)
    values: dict[str, Any] = {}
    for name, _, value in (one.partition("=") for one in attributes):
        outer, _, inner = name.rpartition(".")
        target = values.setdefault(outer, {}) if outer else values
        target[inner] = _value(value)
    at = BEGIN + round(float(second) * 1000)
    event = event_of({"type": kind, "id": str(number), "session": session, "at": at, **values})
    if isinstance(event, Unreadable):
        raise CallerError(f"step {number} of the story, `{step.strip()}`: {event.en}")
    return event


def _value(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
