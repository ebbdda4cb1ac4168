"""What changed from one revision of a session to the next, field by field.

A session is pushed again when a late fact arrives: a rating, a note, a category.
Each body is decoded on its own and compared with the one before it in the order of their rank, oldest first.

Rules
- A revision that cannot be read is shown as such, and the next one is compared with the last that could be.
- Values are those of the record, so `"1"` and `1` for the same number are no change.

What does not belong here: which revision is the current one, reading the bodies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from afterchat.contract.codec import Undecodable, decode
from afterchat.contract.record import FIELDS, SessionRecord

__all__ = ["FieldChange", "RevisionChanges", "changes_between", "changes_of"]


class FieldChange(NamedTuple):
    """One field before and after."""

    field: str
    before: Any
    after: Any


class RevisionChanges(NamedTuple):
    """What one body says that the one before it did not."""

    inbox_id: int
    changes: tuple[FieldChange, ...]
    """Empty for the first body."""
    unreadable: str = ""
    """Why there is nothing to compare; empty when it could be read."""


def changes_between(before: SessionRecord, after: SessionRecord) -> tuple[FieldChange, ...]:
    """The fields that differ, in the order of FIELDS."""
    pairs = ((field.name, getattr(before, field.name), getattr(after, field.name)) for field in FIELDS)
    return tuple(FieldChange(*pair) for pair in pairs if pair[1] != pair[2])


def changes_of(bodies: Iterable[tuple[int, bytes]]) -> Sequence[RevisionChanges]:
    """One line for each (inbox id, body), in the order given, which is oldest first. Total."""
    lines: list[RevisionChanges] = []
    last: SessionRecord | None = None
    for inbox_id, body in bodies:
        read = decode(body)
        if isinstance(read, Undecodable):
            lines.append(RevisionChanges(inbox_id, (), read.reason))
            continue
        lines.append(RevisionChanges(inbox_id, changes_between(last, read.record) if last is not None else ()))
        last = read.record
    return lines
