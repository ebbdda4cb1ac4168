"""Drift: what the wire carried that the field table does not know.

A note says what was seen, once for each body; counting and first-seen dates are the store's.

Rules
- Drift is never a reason to refuse anything: the value is kept as it came.
- Samples are cut and cleaned, for they are shown to people and go into every store.
"""

from __future__ import annotations

import json
import re
from operator import attrgetter
from typing import Any, NamedTuple

from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.contract.vocabulary import CODED_SETS, knows_evaluation

__all__ = ["Drift", "clean_text", "drift_of_codes", "note"]

SAMPLE_CHARS_MAX = 100
"""Enough to recognise a value, too little to leak a conversation."""

_REPLACED = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Drift(NamedTuple):
    """One note."""

    kind: str
    """`value` (unknown code), `type` (another JSON type), `field` (unknown field), `duplicate` (a key twice)."""
    field: str
    """Wire name, as it came."""
    sample: str
    """What was seen, at most 100 characters; text as it is, anything else as JSON."""


def note(kind: str, field: str, value: Any) -> Drift:
    """A note whose field and sample any store takes."""
    sample = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return Drift(kind, clean_text(field[:SAMPLE_CHARS_MAX]), clean_text(sample[:SAMPLE_CHARS_MAX]))


def clean_text(text: str) -> str:
    """The text with NUL and lone surrogates replaced by U+FFFD; the same object when there are none."""
    return _REPLACED.sub(_REPLACEMENT, text)


def drift_of_codes(record: SessionRecord) -> tuple[Drift, ...]:
    """A note for each coded field whose value its set does not know."""
    values = _coded_values(record)
    notes = [
        note("value", field.wire, value)
        for field, known, value in zip(_CODED_FIELDS, _KNOWN_VALUES, values, strict=True)
        if value not in known and not CODED_SETS[field.coded].knows(value)
    ]
    if not knows_evaluation(record.evaluation_type, record.evaluation):
        notes.append(Drift("value", "evaluation", f"{record.evaluation} in model {record.evaluation_type}"))
    return tuple(notes)


_CODED_FIELDS = tuple(field for field in FIELDS if field.coded and field.coded != "evaluation")
_KNOWN_VALUES = tuple(frozenset(CODED_SETS[field.coded].labels) for field in _CODED_FIELDS)
_coded_values = attrgetter(*(field.name for field in _CODED_FIELDS))
