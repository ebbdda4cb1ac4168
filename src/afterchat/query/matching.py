"""Filters over one row in plain Python: what the columns answer for a million sessions, said once more for one.

Commands that read beside a running server have rows and no columns: the store answers what it can, this the rest.

What does not belong here: reading rows (`scan`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from afterchat.columns.layout import SEARCHED
from afterchat.contract.record import FIELDS, MOMENT, moment_of_text
from afterchat.query.filter_table import FILTER_TABLE, twin_of
from afterchat.query.filters import Condition
from afterchat.store.ports import SessionRow

__all__ = ["is_stored", "matcher"]

_DIGITS_MAX = 19

Matcher = Callable[[SessionRow], bool]


def is_stored(condition: Condition) -> bool:
    """Whether the store's rows answer that condition by themselves (see `SessionQuery`)."""
    column, sign, value = condition
    return sign in {"=", ">=", "<"} and column in _STORED and not isinstance(value, tuple)


def matcher(conditions: Iterable[Condition], search: str | None) -> Matcher:
    """Whether a row satisfies every condition and holds the text."""
    tests = [_test(column, sign, value) for column, sign, value in conditions]
    if search is not None:
        tests.append(_search_test(search))
    return lambda row: all(test(row) for test in tests)


_STORED = frozenset(line.column for line in FILTER_TABLE.values() if line.is_field)


def _of_record(name: str) -> Callable[[SessionRow], Any]:
    return operator.attrgetter(f"record.{name}")


def _twin(name: str) -> Callable[[SessionRow], int]:
    return lambda row: moment_of_text(getattr(row.record, name))


_VALUES: Mapping[str, Callable[[SessionRow], Any]] = MappingProxyType(
    {
        **{field.name: _of_record(field.name) for field in FIELDS if field.type is not tuple},
        **{twin_of(field): _twin(field.name) for field in FIELDS if field.type is str and field.unit == MOMENT},
        "revision_count": operator.attrgetter("revision_count"),
        "has_problems": lambda row: int(bool(row.problems)),
        "arrived_at": operator.attrgetter("arrived_at"),
        "signed_at": operator.attrgetter("signed_at"),
    }
)
"""Column of a condition to its value in a row."""


def _search_test(search: str) -> Matcher:
    """The text somewhere in SEARCHED, or, for digits, the number of the session or the visitor."""
    needle = search.casefold()
    number = int(search) if search.isascii() and search.isdigit() and len(search) <= _DIGITS_MAX else None

    def is_found(row: SessionRow) -> bool:
        record = row.record
        return number in {record.id, record.user_id} or any(
            needle in getattr(record, name).casefold() for name in SEARCHED
        )

    return is_found


def _test(column: str, sign: str, value: Any) -> Matcher:
    read = _VALUES[column]
    if sign in {"=", "!="}:
        values = frozenset(value if isinstance(value, tuple) else (value,))
        return (lambda row: read(row) in values) if sign == "=" else (lambda row: read(row) not in values)
    if sign == "contains":
        needle = value.casefold()
        return lambda row: needle in read(row).casefold()
    return (lambda row: bool(read(row) >= value)) if sign == ">=" else (lambda row: bool(read(row) < value))
