"""Whom a body is about: the person that is to be found, and what a body says of session and visitor. Pure and total.

    sighting(body) -> which session it is of, and by which names it calls its visitor

Rules
- Every kind of body counts: records, the vendor's other events, and bytes that nobody can read.
- In bytes that nobody can read, a name counts only behind its key or in quotes, so that a number that happens to be
  there makes nobody's push someone else's.

What does not belong here: what is done to a body that was found (`redaction`).
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from afterchat.contract.codec import Decoded, decode
from afterchat.contract.json_body import NoObject, read_object

__all__ = ["Person", "Sighting", "event_sighting", "sighting"]

_SESSION_KEYS = ("id", "sessionId", "session")
_KEYS_OF_OTHER_EVENTS = (b'"sessionId"', b'"uid"')
_SESSION = re.compile(rb'"(?:id|sessionId|session)"\s*:\s*"?(-?[0-9]{1,19})')
_USER = re.compile(rb'"(?:userId|uid)"\s*:\s*"?([0-9]{1,19})')
_FOREIGN = re.compile(rb'"(?:foreignId|uid)"\s*:\s*"([^"\\]{1,400})"')


class Person(NamedTuple):
    """How a person is named; exactly one of these says something."""

    user_id: int = 0
    foreign_id: str = ""
    session_id: int | None = None

    @property
    def name(self) -> str:
        """Kind and value in one text, for the digest in a receipt."""
        if self.session_id is not None:
            return f"session:{self.session_id}"
        return f"user_id:{self.user_id}" if self.user_id else f"foreign_id:{self.foreign_id}"


class Sighting(NamedTuple):
    """What one body says."""

    sessions: frozenset[int]
    """Nearly always one."""
    names: frozenset[str]
    """Of the visitor: the platform's id in digits, the enterprise's own id."""

    def is_of(self, person: Person) -> bool:
        """Whether the body itself names that person."""
        if person.session_id is not None:
            return person.session_id in self.sessions
        return (str(person.user_id) if person.user_id else person.foreign_id) in self.names


def sighting(body: bytes) -> Sighting:
    """Session and visitor of a push's body."""
    decoded = decode(body)
    if isinstance(decoded, Decoded):
        record = decoded.record
        names = {str(record.user_id)} if record.user_id else set()
        of_record = Sighting(frozenset({record.id}), frozenset(names | ({record.foreign_id} - {""})))
        if not any(key in body for key in _KEYS_OF_OTHER_EVENTS):
            return of_record
    else:
        of_record = Sighting(frozenset(), frozenset())
    read = read_object(body)
    if isinstance(read, NoObject):
        sessions = {int(digits) for digits in _SESSION.findall(body)}
        found = [digits.decode() for digits in _USER.findall(body)]
        found += [text.decode("utf-8", "replace") for text in _FOREIGN.findall(body)]
        return Sighting(frozenset(sessions), frozenset(found))
    other = _of_object(read.object)
    return Sighting(of_record.sessions | other.sessions, of_record.names | other.names)


def event_sighting(session: int, body: bytes) -> Sighting:
    """Visitor of an event of the engine, whose session is known."""
    read = read_object(body)
    names = frozenset() if isinstance(read, NoObject) else _of_object(read.object).names
    return Sighting(frozenset({session}), names)


def _of_object(values: dict[str, Any]) -> Sighting:
    sessions = {number for key in _SESSION_KEYS if (number := _number(values.get(key))) is not None}
    names = {str(values[key]) for key in ("userId", "foreignId", "uid") if type(values.get(key)) in (int, str)}
    return Sighting(frozenset(sessions), frozenset(names - {"", "0"}))


def _number(value: Any) -> int | None:
    if type(value) is int:
        return value
    return int(value) if type(value) is str and re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII) else None
