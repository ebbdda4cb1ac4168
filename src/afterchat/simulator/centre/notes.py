"""What staff write down about a session: category, solved mark, note, service-record fields; most before the end."""

from __future__ import annotations

from datetime import date
from typing import Any

from afterchat.contract.record import CustomField
from afterchat.engine import CategoryChosen, CustomFieldsFilled, Event, RemarkWritten, StatusMarked
from afterchat.simulator import words
from afterchat.simulator.centre.arrivals import day_of
from afterchat.simulator.centre.draws import Chance, Weighted

__all__ = ["Note", "notes_on"]

Note = tuple[type[Event], dict[str, Any]]

_CATEGORY_SHARE = 0.85
_STATUS_SHARE = 0.75
_REMARK_SHARE = 0.45
_FIELDS_SHARE = 0.35
_STATUSES = Weighted({1: 76, 2: 14, 0: 10})

_EPOCH = date(1970, 1, 1).toordinal()


def notes_on(chance: Chance, topic: int, at: int) -> list[Note]:
    """What is written down about a session on a topic, in this order."""
    path, remarks = chance.pick(words.TROUBLES[topic])
    notes: list[Note] = []
    if chance.happens(_CATEGORY_SHARE):
        notes.append((CategoryChosen, {"category": "/".join(path[:2]), "category_detail": " / ".join(path)}))
    if chance.happens(_FIELDS_SHARE):
        notes.append((CustomFieldsFilled, {"custom_field": _custom_fields(chance, at)}))
    if chance.happens(_REMARK_SHARE):
        notes.append((RemarkWritten, {"remarks": chance.pick(remarks)}))
    if chance.happens(_STATUS_SHARE):
        notes.append((StatusMarked, {"status": _STATUSES.draw(chance)}))
    return notes


def _custom_fields(chance: Chance, at: int) -> tuple[CustomField, ...]:
    ordered_on = date.fromordinal(_EPOCH + day_of(at) - chance.between(0, 12))
    values = (
        f"E{ordered_on:%Y%m%d}{chance.between(0, 999_999):06d}",
        "是" if chance.happens(0.08) else "否",
        f"SKU-{chance.between(10_000, 99_999)}",
    )
    known = zip(words.CUSTOM_FIELDS, values, strict=True)
    return tuple(CustomField(field_id, name, value) for (field_id, name, _), value in known)
