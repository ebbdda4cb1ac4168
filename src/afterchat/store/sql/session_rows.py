"""Rows of `session`: how a record becomes one, and how one becomes a record again.

The columns are those of `migrations/records`: where the row came from, then the 59 fields in the order of FIELDS.
`custom_field` is JSON with the wire's names, `problems` a JSON list of texts or NULL.

What does not belong here: which revision is the current one (`projection_rows`), and which rows are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec

from afterchat.contract.record import FIELDS, CustomField, SessionRecord
from afterchat.store.changes import Remainder
from afterchat.store.ports import Projected, SessionRow

__all__ = ["COLUMN_COUNT", "FIELD_NAMES", "session_columns", "to_remainder", "to_session_row"]

FIELD_NAMES = tuple(field.name for field in FIELDS)

_ORIGIN_COLUMN_COUNT = 8
_FIELDS_END = _ORIGIN_COLUMN_COUNT + 1 + len(FIELD_NAMES)
COLUMN_COUNT = _ORIGIN_COLUMN_COUNT + len(FIELD_NAMES) + 1
"""Behind the fields stands the version, the number of the last change."""

_CUSTOM_FIELD = FIELD_NAMES.index("custom_field")
_NO_CUSTOM_FIELD = "[]"
_field_values = attrgetter(*FIELD_NAMES)
_custom_fields = msgspec.json.Decoder(tuple[CustomField, ...])
_problems = msgspec.json.Decoder(tuple[str, ...])


def session_columns(
    projected: Projected, tenant_id: int, signed_at: int, revision_count: int, version: int
) -> tuple[Any, ...]:
    """All columns of the row, in order."""
    values = _field_values(projected.record)
    custom_field = values[_CUSTOM_FIELD]
    return (
        projected.inbox_id,
        tenant_id,
        signed_at,
        projected.arrived_at,
        projected.latest_moment,
        revision_count,
        projected.sha256,
        msgspec.json.encode(projected.problems).decode() if projected.problems else None,
        *values[:_CUSTOM_FIELD],
        msgspec.json.encode(custom_field).decode() if custom_field else _NO_CUSTOM_FIELD,
        *values[_CUSTOM_FIELD + 1 :],
        version,
    )


def to_session_row(columns: Sequence[Any]) -> SessionRow:
    """A row from a tenant's name and all columns; raises msgspec.DecodeError when a JSON column is damaged."""
    tenant, inbox_id, _, signed_at, arrived_at, _, revision_count, _, problems = columns[: _ORIGIN_COLUMN_COUNT + 1]
    values = dict(zip(FIELD_NAMES, columns[_ORIGIN_COLUMN_COUNT + 1 : _FIELDS_END], strict=True))
    values["custom_field"] = _read_custom_field(values["custom_field"])
    return SessionRow(
        tenant=tenant,
        inbox_id=inbox_id,
        signed_at=signed_at,
        arrived_at=arrived_at,
        revision_count=revision_count,
        problems=_read_problems(problems),
        record=SessionRecord(**values),
    )


def to_remainder(version: int, problems: str | None, custom_field: str) -> Remainder:
    """What the columns of the feed leave out; raises msgspec.DecodeError when a JSON column is damaged."""
    return Remainder(version, _read_problems(problems), _read_custom_field(custom_field))


def _read_problems(problems: str | None) -> tuple[str, ...]:
    return () if problems is None else _problems.decode(problems)


def _read_custom_field(custom_field: str) -> tuple[CustomField, ...]:
    return () if custom_field == _NO_CUSTOM_FIELD else _custom_fields.decode(custom_field)
