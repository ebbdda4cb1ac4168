"""What a field of the record is: the shape of one line of the field table.

`record.py` declares each field once, as an annotation that carries an `About`; FIELDS is read off those annotations.
Nothing here names a particular field.

Rules
- Integers hold 64 bits, signed; a wider number is not a value but a problem of that field.
- A field has exactly one none-value.
  Where 0 is itself a value with a meaning, none is -1, as the platform writes -1 for a moment that does not exist.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import msgspec

__all__ = ["INTEGER_MAX", "INTEGER_MIN", "About", "Field", "Integer", "fields_of", "wire_name"]

INTEGER_MIN = -(2**63)
INTEGER_MAX = 2**63 - 1

Integer = Annotated[int, msgspec.Meta(ge=INTEGER_MIN, le=INTEGER_MAX)]
"""A whole number that fits the 64 bits which every store and every language keeps exactly."""


JsonKind = type[int] | type[str] | type[tuple[Any, ...]]
"""Types of Python that stand for JSON types in the field table; a tuple for an array."""


class About(NamedTuple):
    """What is known of one field beyond its name and type."""

    zh: str
    """Meaning in Chinese."""
    en: str
    """Meaning in English."""
    unit: str = ""
    """`epoch ms`, `ms` (a duration), `count`, or empty."""
    none: int | str | None = None
    """The none-value when it is not the type's own (0, empty text, empty tuple)."""
    coded: str = ""
    """Name of the coded set whose values it takes."""
    also: tuple[JsonKind, ...] = ()
    """JSON types that the vendor's page shows or words besides the one we emit; reading them is no drift."""
    evidence: str = ""
    """Where the reading comes from when the vendor's page does not settle it."""


class Field(NamedTuple):
    """One line of the field table."""

    wire: str
    """Name on the wire."""
    name: str
    """Name in Python: the wire name in snake_case, without exception."""
    type: JsonKind
    """`int`, `str`, or `tuple` for custom_field; also the JSON type that is emitted."""
    unit: str
    none: int | str | tuple[Any, ...]
    zh: str
    en: str
    coded: str
    also: tuple[JsonKind, ...]
    evidence: str


def wire_name(name: str) -> str:
    """`staff_first_reply_time` -> `staffFirstReplyTime`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def fields_of(annotations: dict[str, Any]) -> tuple[Field, ...]:
    """The field table of a record, from its resolved annotations, in their order."""
    return tuple(_field(name, annotation) for name, annotation in annotations.items())


def _field(name: str, annotation: Any) -> Field:
    about = next(part for part in annotation.__metadata__ if isinstance(part, About))
    origin = annotation.__origin__
    kind: JsonKind = origin if origin in (int, str) else tuple
    return Field(
        wire=wire_name(name),
        name=name,
        type=kind,
        unit=about.unit,
        none=kind() if about.none is None else about.none,
        zh=about.zh,
        en=about.en,
        coded=about.coded,
        also=about.also,
        evidence=about.evidence,
    )
