"""Which rows are asked for: conditions on columns and a full-text search, answered as a mask over one segment.

    (column, "=" | "!=", value or a tuple of values: any of them, none of them)
    (column, ">=" | "<", number)        (column, "contains", text)

Rules
- Conditions are ANDed.
- A number's bounds in the segment are looked at first: most segments of a long history are skipped by their time.
- What is computed of rows (`Counting`) is asked last, of the rows that are left.
- A condition that the column's type cannot answer selects nothing and is a fault of the caller: FilterError.

What does not belong here: reading conditions from text (`query.filters`), order and pages (`ordering`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.layout import NUMBERS, SEARCHED, TEXTS
from afterchat.columns.part import Part
from afterchat.columns.segment import NumberColumn, Segment, TextColumn
from afterchat.errors import FilterError

__all__ = ["Condition", "Counting", "Made", "Mask", "PartSource", "Selection", "mask_of"]

Condition = tuple[str, str, Any]
Mask = NDArray[np.bool_]
Made = TypeVar("Made")

_ID_FIELDS = ("id", "user_id")
"""Numbers that a search for digits looks into, too."""
_DIGITS_MAX = 19


class Selection(NamedTuple):
    """Some sessions."""

    tenant: str | None = None
    """None for those of all tenants."""
    conditions: tuple[Condition, ...] = ()
    search: str | None = None
    counting: Counting | None = None
    """Of those, the ones that it counts."""


class PartSource(Protocol):
    """Whatever holds rows: a snapshot."""

    def parts(self, selection: Selection) -> Iterator[Part]: ...

    def remembered(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` gives, made once and kept as long as the rows are; `key` says what it is."""
        ...


class Counting(Protocol):
    """Something beyond conditions by which rows are chosen; a higher room computes it of the rows themselves."""

    def judge(self, source: PartSource, selection: Selection) -> Callable[[Part], Mask]:
        """Says of the rows of a part which are counted; `selection` is all of it but this."""
        ...


def mask_of(segment: Segment, living: Mask | None, selection: Selection) -> Mask | None:
    """Which rows of the segment are selected: None for all of them, an array without any True for none.

    Raises FilterError for a condition that no column can answer.
    """
    mask = living
    conditions = selection.conditions
    if selection.tenant is not None:
        conditions = (("tenant", "=", selection.tenant), *conditions)
    for condition in conditions:
        one = _mask_of_condition(segment, condition)
        if one is True:
            continue
        if one is False:
            return np.zeros(segment.row_count, dtype=np.bool_)
        mask = one if mask is None else mask & one
    if selection.search is not None:
        found = _mask_of_search(segment, selection.search)
        mask = found if mask is None else mask & found
    return mask


def _mask_of_condition(segment: Segment, condition: Condition) -> Mask | bool:
    """The mask, or whether all rows or none satisfy it."""
    name, operator, value = condition
    if name in NUMBERS:
        return _mask_of_number(segment.numbers[name], operator, value, name)
    if name in TEXTS:
        return _mask_of_text(segment.texts[name], operator, value, name)
    raise FilterError(f"there is no column '{name}'; see docs/reference/api.md for the fields")


def _mask_of_number(column: NumberColumn, operator: str, value: Any, name: str) -> Mask | bool:
    values = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(one, int) for one in values):
        raise FilterError(f"'{name}' holds whole numbers; compare it with one")
    if operator in {"=", "!="}:
        inside = [one for one in values if column.least <= one <= column.greatest]
        if not inside:
            return operator == "!="
        found = column.values == inside[0] if len(inside) == 1 else np.isin(column.values, inside)
        return found if operator == "=" else ~found
    if operator == ">=":
        if value <= column.least:
            return True
        return False if value > column.greatest else column.values >= value
    if operator == "<":
        if value > column.greatest:
            return True
        return False if value <= column.least else column.values < value
    raise FilterError(f"'{name}' holds numbers and has no condition '{operator}'")


def _mask_of_text(column: TextColumn, operator: str, value: Any, name: str) -> Mask | bool:
    values = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(one, str) for one in values):
        raise FilterError(f"'{name}' holds text; compare it with text")
    if operator in {"=", "!="}:
        numbers = [number for one in values if (number := column.words.number_of(one)) is not None]
        found = _rows_with(column, numbers)
        if operator == "=":
            return found
        return not found if isinstance(found, bool) else ~found
    if operator == "contains":
        return _rows_with(column, column.words.containing(value))
    raise FilterError(f"'{name}' holds text and has no condition '{operator}'")


def _rows_with(column: TextColumn, numbers: Iterable[int]) -> Mask | bool:
    """Rows whose text has one of these numbers."""
    wanted = list(numbers)
    if not wanted:
        return False
    if len(wanted) == len(column.words):
        return True
    if len(wanted) == 1:
        only: Mask = column.codes == wanted[0]
        return only
    is_wanted = np.zeros(len(column.words), dtype=np.bool_)
    is_wanted[wanted] = True
    found: Mask = is_wanted[column.codes]
    return found


def _mask_of_search(segment: Segment, search: str) -> Mask:
    mask = np.zeros(segment.row_count, dtype=np.bool_)
    for name in SEARCHED:
        column = segment.texts[name]
        found = _rows_with(column, column.words.containing(search))
        if found is True:
            return np.ones(segment.row_count, dtype=np.bool_)
        if found is not False:
            mask |= found
    if search.isascii() and search.isdigit() and len(search) <= _DIGITS_MAX:
        for name in _ID_FIELDS:
            found = _mask_of_number(segment.numbers[name], "=", int(search), name)
            mask |= found
    return mask
