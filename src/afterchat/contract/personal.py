"""Which fields of the record are about the visitor as a person: one table, read by whoever blanks or hides them.

Rules
- A field that is not listed is about the service: its staff, its counts, its moments. It outlives an erasure, so that
  no figure that needs no person changes when a person asks to be forgotten.
- The session's own number stays: links between sessions and counts rest on it, and alone it names nobody.

What does not belong here: what is done to a field (`redaction`), and who may see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from afterchat.contract.record import FIELDS

__all__ = ["PERSONAL", "PERSONAL_WIRE", "Personal"]


class Personal(Enum):
    """What a personal field tells of its visitor."""

    IDENTITY = "identity"
    """Who it is."""
    ADDRESS = "address"
    """Where on the network they were."""
    PAGE = "page"
    """Which pages they saw; what stands behind `?` or `#` may name them."""
    WORDS = "words"
    """What was written by them or about them."""


PERSONAL: Mapping[str, Personal] = {
    "user_id": Personal.IDENTITY,
    "foreign_id": Personal.IDENTITY,
    "from_ip": Personal.ADDRESS,
    "from_page": Personal.PAGE,
    "land_page": Personal.PAGE,
    "from_title": Personal.WORDS,
    "search_key": Personal.WORDS,
    "evaluation_remark": Personal.WORDS,
    "remarks": Personal.WORDS,
    "transfer_remarks": Personal.WORDS,
    "custom_field": Personal.WORDS,
}
"""The personal fields by their Python names."""

PERSONAL_WIRE: Mapping[str, Personal] = {field.wire: PERSONAL[field.name] for field in FIELDS if field.name in PERSONAL}
"""The same by their names on the wire."""
