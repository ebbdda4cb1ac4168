"""Bodies without what they say of a person: erased, or without their network data. Pure and total over any bytes.

    erased(body)           every personal field blank, everything unknown left out
    without_network(body)  no address, and of pages what stands before `?` and `#`

Rules
- What is blanked is read again as the same session with the same moments: identity and rank of a revision stay.
- Blanking twice is blanking once: who is interrupted begins again.
- Of a body that is no JSON object nothing is known, so nothing of it is left.
- A key that nobody knows may hold anything: it goes when a person is erased, and stays when only network data does.
- A container where a plain value belongs may hold anything, too.

What does not belong here: which fields are personal (`personal`), whose body it is (`person`).
"""

from __future__ import annotations

import json
import math
from typing import Any

from afterchat.contract.json_body import JsonObject, LongNumber, NoObject, read_object
from afterchat.contract.personal import PERSONAL_WIRE, Personal
from afterchat.contract.record import FIELDS

__all__ = ["erased", "erased_event", "without_network"]

_KNOWN = frozenset(field.wire for field in FIELDS)
_SERVICE_KEYS = frozenset({
    "sessionId", "closeReason", "code", "staffId", "staffName", "staffType", "evaluationModel", "transferFrom",
    "transferTo", "msgType",
})  # fmt: skip
"""Keys of the vendor's other events that speak of the service."""
_SHAPE_KEYS = frozenset({"msgId", "uid"})
"""Keys of theirs that may name a person; the key tells the event apart and stays, its value goes."""
_BLANKS: dict[str, Any] = {field.wire: [] if field.type is tuple else field.type() for field in FIELDS}
_NOTHING = b""
_DIGITS_MAX = 4000
"""Python writes no longer number out; a longer one stays as text."""


def erased(body: bytes) -> bytes:
    """`body` without anything personal; empty when it is no JSON object."""
    read = read_object(body)
    if isinstance(read, NoObject):
        return _NOTHING
    kept: dict[str, Any] = {}
    for key, value in read.object.items():
        if key in PERSONAL_WIRE:
            kept[key] = _BLANKS[key]
        elif key in _KNOWN or key in _SERVICE_KEYS:
            kept[key] = _service_value(key, value)
        elif key in _SHAPE_KEYS:
            kept[key] = ""
    return _written(kept)


def without_network(body: bytes) -> bytes:
    """`body` without addresses and queries of pages; the very same bytes when it has none, or is no JSON object."""
    read = read_object(body)
    if isinstance(read, NoObject):
        return body
    kept: dict[str, Any] = dict(read.object)
    for wire, personal in PERSONAL_WIRE.items():
        value = kept.get(wire)
        if personal is Personal.ADDRESS and value not in (None, ""):
            kept[wire] = ""
        elif personal is Personal.PAGE and value is not None:
            kept[wire] = _page(value)
    had = any(key in PERSONAL_WIRE for key, _ in read.object.duplicates)
    return _written(kept) if had or kept != read.object else body


def erased_event(body: bytes) -> bytes:
    """An event of the engine without anything personal; the same bytes when it has nothing, or is no JSON object."""
    read = read_object(body)
    if isinstance(read, NoObject):
        return body
    kept = _without_personal(read.object)
    return _written(kept) if kept != read.object else body


def _without_personal(values: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in values.items():
        if key in PERSONAL_WIRE:
            kept[key] = _BLANKS[key]
        else:
            kept[key] = _without_personal(value) if isinstance(value, dict) else value
    return kept


def _page(value: Any) -> Any:
    """A page's address up to its query; what is no text is no page."""
    return value.partition("?")[0].partition("#")[0] if type(value) is str else ""


def _service_value(key: str, value: Any) -> Any:
    """A value of the service: plain, or nothing."""
    if key == "evaluationModel" and isinstance(value, JsonObject):
        return {name: plain for name, plain in value.items() if type(plain) is int}
    return None if isinstance(value, dict | list) else value


def _written(values: dict[str, Any]) -> bytes:
    """JSON of values that were read from JSON; what JSON cannot say is null."""
    return json.dumps(_plain(values), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {_text(key): _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case float():
            return value if math.isfinite(value) else None
        case LongNumber():
            return int(value) if len(value) <= _DIGITS_MAX else str(value)
        case str():
            return _text(value)
        case _:
            return value


def _text(text: str) -> str:
    """Text that UTF-8 can say; lone surrogates become U+FFFD, as they do in the record."""
    return text.encode("utf-8", "replace").decode("utf-8")
