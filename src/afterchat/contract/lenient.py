"""A JSON object read as a record, field by field, as far as its meaning is plain.

The slow way of `codec.decode`, for whatever is not in our own form.

Rules
- A field is read by its line in FIELDS; no field has a reader of its own, but for customField, which is an array.
- The answer is a value and, where it could not be read, why; readers raise nothing.
- Notes are bounded: a body of unknown fields only must not become a table of notes.
- Reasons are English, because stores keep them; each has its Chinese in `reasons`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from afterchat.contract.drift import Drift, clean_text, drift_of_codes, note
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN, Field
from afterchat.contract.json_body import JsonObject, LongNumber, NoObject, ReadObject, parse_json, unescape_once
from afterchat.contract.record import FIELDS, CustomField, SessionRecord
from afterchat.contract.vocabulary import CODED_SETS

__all__ = ["Decoded", "Undecodable", "read_record"]

NOTES_MAX = 64
"""More than one for each field of a body in which everything drifted."""

EXACT_FLOAT_MAX = 2.0**53 - 1
"""Up to here a whole number in floating point can only have been meant as itself."""

_WHOLE_NUMBER = re.compile(r"(-?[0-9]{1,19})(?:\.0+)?", re.ASCII)
_REPLACED = "replaced NUL or lone surrogates"


class Decoded(NamedTuple):
    """A body that is a record."""

    record: SessionRecord
    problems: tuple[str, ...]
    """Each `wireName: why`, or `body: why`; empty for most bodies."""
    drift: tuple[Drift, ...]


class Undecodable(NamedTuple):
    """A body that is no record."""

    reason: str


class _Reading(NamedTuple):
    """One value, and why it could not be read ("" when it could)."""

    value: Any
    problem: str = ""
    drift: tuple[Drift, ...] = ()


def read_record(read: ReadObject) -> Decoded | Undecodable:
    """The record of a parsed body. Total."""
    body = read.object
    values: dict[str, Any] = {}
    found = list(read.problems)
    drift = [note("type", "customField", read.printed_fields)] if read.printed_fields else []
    for field in FIELDS:
        value = body.get(field.wire)
        reading = _NONE if value is None else _read(field, value)
        if field.name == "id" and reading.value is None:
            return Undecodable(f"no readable id: {reading.problem or 'absent'}")
        values[field.name] = field.none if reading.value is None else reading.value
        if reading.problem:
            found.append(f"{field.wire}: {reading.problem}")
        drift.extend(reading.drift)
    record = SessionRecord(**values)
    drift.extend(drift_of_codes(record))
    drift.extend(_drift_of_keys(body, _WIRE_NAMES, ""))
    return Decoded(record, tuple(found), tuple(dict.fromkeys(drift))[:NOTES_MAX])


_NONE = _Reading(None)
_WIRE_NAMES = frozenset(field.wire for field in FIELDS)
_CUSTOM_FIELD_NAMES = frozenset(CustomField.__struct_encode_fields__)
_WORDS = {field.name: CODED_SETS[field.coded].words for field in FIELDS if field.coded and field.type is str}


def _read(field: Field, value: Any) -> _Reading:
    if field.name == "id" and isinstance(value, bool):
        # Two sessions would share the id 1, so what is harmless in a flag is not in an identity.
        return _Reading(None, "is true or false")
    reading = _READERS[field.type](value)
    words = _WORDS.get(field.name)
    if words and reading.value is not None:
        reading = reading._replace(value=words.get(reading.value.strip().lower(), reading.value))
    expected = (list if field.type is tuple else field.type, *field.also)
    if _json_type(value) not in expected:
        reading = reading._replace(drift=(*reading.drift, note("type", field.wire, value)))
    return reading


def _json_type(value: Any) -> type:
    return int if isinstance(value, LongNumber) else type(value)


def _read_integer(value: Any) -> _Reading:
    match value:
        case LongNumber():
            return _Reading(None, "wider than 64 bits")
        case str():
            return _read_integer_text(value)
        case bool():
            return _Reading(int(value))
        case int():
            return _within_64_bits(value)
        case float():
            is_exact = value.is_integer() and abs(value) <= EXACT_FLOAT_MAX
            return _Reading(int(value)) if is_exact else _Reading(None, "not a whole number, or not exactly one")
        case _:
            return _Reading(None, f"is {_kind(value)}, not a number")


def _read_integer_text(text: str) -> _Reading:
    stripped = text.strip(" \t\r\n")
    if not stripped:
        return _NONE
    whole = _WHOLE_NUMBER.fullmatch(stripped)
    if whole:
        return _within_64_bits(int(whole[1]))
    return _Reading(None, "text that is not a number of 64 bits")


def _within_64_bits(number: int) -> _Reading:
    if INTEGER_MIN <= number <= INTEGER_MAX:
        return _Reading(number)
    return _Reading(None, "wider than 64 bits")


def _read_text(value: Any) -> _Reading:
    match value:
        case LongNumber():
            return _Reading(str(value))
        case str():
            cleaned = clean_text(value)
            return _Reading(cleaned, "" if cleaned == value else _REPLACED)
        case bool() | int():
            return _Reading(str(int(value)))
        case float():
            is_exact = value.is_integer() and abs(value) <= EXACT_FLOAT_MAX
            if math.isinf(value):
                return _Reading(None, "too great a number")
            return _Reading(str(int(value)) if is_exact else repr(value))
        case _:
            return _Reading(None, f"is {_kind(value)}, not text")


def _read_custom_fields(value: Any) -> _Reading:
    if isinstance(value, str) and not isinstance(value, LongNumber):
        if not value.strip():
            return _NONE
        parsed = parse_json(value)
        value = parse_json(unescape_once(value)) if isinstance(parsed, NoObject) else parsed
        if value is None:
            return _NONE
    if isinstance(value, JsonObject):
        value = [value]
    if not isinstance(value, list):
        return _Reading(None, "neither an array nor JSON text of one")
    return _read_entries(value)


def _read_entries(entries: list[Any]) -> _Reading:
    fields: list[CustomField] = []
    unreadable_count = 0
    replaced_count = 0
    drift: list[Drift] = []
    for entry in entries:
        if not isinstance(entry, JsonObject):
            unreadable_count += 1
            continue
        readings = [_NONE if entry.get(name) is None else _read_text(entry[name]) for name in _ENTRY_NAMES]
        fields.append(CustomField(*("" if reading.value is None else reading.value for reading in readings)))
        replaced_count += any(reading.problem == _REPLACED for reading in readings)
        unreadable_count += any(reading.problem not in {"", _REPLACED} for reading in readings)
        if len(drift) < NOTES_MAX:
            drift.extend(_drift_of_keys(entry, _CUSTOM_FIELD_NAMES, "customField."))
    problems = [
        f"{count} of {len(entries)} entries: {why}"
        for count, why in ((unreadable_count, "unreadable"), (replaced_count, _REPLACED))
        if count
    ]
    return _Reading(tuple(fields), "; ".join(problems), tuple(drift))


_ENTRY_NAMES = CustomField.__struct_encode_fields__
_READERS = {int: _read_integer, str: _read_text, tuple: _read_custom_fields}


def _drift_of_keys(found: JsonObject, known: Iterable[str], prefix: str) -> list[Drift]:
    """Notes of unknown and repeated keys of one object."""
    unknown = [key for key in found if key not in known][:NOTES_MAX]
    notes = [note("field", prefix + key, found[key]) for key in unknown]
    notes.extend(note("duplicate", prefix + key, value) for key, value in found.duplicates[:NOTES_MAX])
    return notes


def _kind(value: Any) -> str:
    return "an array" if isinstance(value, list) else "an object"
