"""Which columns there are, and how a row of the change feed becomes their values.

Rules
- Every field of the record is a column under its own name, but for `custom_field`.
- Moments that the wire writes as text have a twin that holds them as numbers, 0 where there is none.
- A row is a flat tuple in the order of `CHANGE_COLUMNS`; columns that are derived from it stand in DERIVED.

What does not belong here: how columns are kept (`segment`), which rows are asked for (`selection`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from afterchat.contract.record import FIELDS, moment_of_text
from afterchat.store.changes import CHANGE_COLUMNS
from afterchat.store.ports import SessionRow

__all__ = ["DERIVED_NUMBERS", "NUMBERS", "SEARCHED", "SORTABLE", "TEXTS", "Order", "change_of", "columns_of"]

SEARCHED = (
    "evaluation_remark",
    "foreign_id",
    "from_staff",
    "from_title",
    "remarks",
    "search_key",
    "staff_name",
    "transfer_from_staff_name",
    "transfer_remarks",
)
"""Texts that a full-text search looks into: remarks and names."""

SORTABLE = (
    "end_time",
    "start_time",
    "first_reply_cost",
    "in_queue_time",
    "avg_resp_duration",
    "round_number",
    "user_message_count",
    "staff_message_count",
    "evaluation",
    "alarm_times",
)
"""Numbers that a list may be in the order of."""


class Order(NamedTuple):
    """A column of SORTABLE, upwards or downwards; the latest end comes first where nobody asks for another."""

    column: str = "end_time"
    is_descending: bool = True

    @property
    def text(self) -> str:
        """As it stands in a query string."""
        return f"-{self.column}" if self.is_descending else self.column


_problems = msgspec.json.Decoder(tuple[str, ...])


def _digit(text: str) -> int:
    return int(text) if len(text) == 1 and text in "0123456789" else -1


def _problem_fields(problems: str | None) -> str:
    """The wire names of the fields that could not be read, with commas between."""
    if problems is None:
        return ""
    return ",".join(problem.partition(":")[0] for problem in _problems.decode(problems))


def _has_problems(problems: str | None) -> int:
    return 0 if problems is None else 1


DERIVED_NUMBERS: MappingProxyType[str, tuple[str, Callable[[Any], int]]] = MappingProxyType(
    {
        "staff_invited_evaluate_moment": ("staff_invited_evaluate_time", moment_of_text),
        "user_join_evaluate_moment": ("user_join_evaluate_time", moment_of_text),
        "s_type_number": ("s_type", _digit),
        "has_problems": ("problems", _has_problems),
    }
)
"""Column to the one it is made from, and how."""
DERIVED_TEXTS: MappingProxyType[str, tuple[str, Callable[[Any], str]]] = MappingProxyType(
    {"problem_fields": ("problems", _problem_fields)}
)

_FIELD_TYPES = {field.name: field.type for field in FIELDS}
_KEPT_TEXTS = tuple(name for name in CHANGE_COLUMNS if name == "tenant" or _FIELD_TYPES.get(name) is str)
_KEPT_NUMBERS = tuple(name for name in CHANGE_COLUMNS if name not in _KEPT_TEXTS and name != "problems")

NUMBERS = frozenset((*_KEPT_NUMBERS, *DERIVED_NUMBERS))
"""Columns of whole numbers of 64 bits."""
TEXTS = frozenset((*_KEPT_TEXTS, *DERIVED_TEXTS))
"""Columns of text."""

_PLACE = {name: place for place, name in enumerate(CHANGE_COLUMNS)}


def columns_of(changes: Sequence[tuple[Any, ...]]) -> tuple[dict[str, Sequence[int]], dict[str, Sequence[str]]]:
    """The numbers and the texts of some rows, column by column."""
    transposed: list[Sequence[Any]] = list(zip(*changes, strict=True)) if changes else [()] * len(CHANGE_COLUMNS)
    numbers = {name: transposed[_PLACE[name]] for name in _KEPT_NUMBERS}
    texts = {name: transposed[_PLACE[name]] for name in _KEPT_TEXTS}
    for name, (source, derive) in DERIVED_NUMBERS.items():
        numbers[name] = [derive(value) for value in transposed[_PLACE[source]]]
    for name, (source, derive_text) in DERIVED_TEXTS.items():
        texts[name] = [derive_text(value) for value in transposed[_PLACE[source]]]
    return numbers, texts


def change_of(row: SessionRow, version: int) -> tuple[Any, ...]:
    """The row of the change feed that a session of the store would have."""
    problems = msgspec.json.encode(row.problems).decode() if row.problems else None
    origin = (version, row.tenant, row.inbox_id, row.signed_at, row.arrived_at, row.revision_count, problems)
    return (*origin, *(getattr(row.record, name) for name in CHANGE_COLUMNS[len(origin) :]))
