"""Filters: plain strings from a query string or a command line, read into typed conditions, and back.

For every field of FIELDS but `custom_field`, and for what the store knows beside the record:

    name=value           equal; the name again means any of these values
    name_not=value       not equal; the name again means none of these
    name_from=value      that number or moment, or a greater one      (whole numbers and moments)
    name_until=value     less than it, so that spans meet without a gap
    name_contains=value  text that holds it, without regard to case   (text)

Everything is ANDed.
Moments are epoch milliseconds or ISO 8601 with a zone; a moment without a zone would mean another one on every machine.
A bound or a part of a text that stands twice is refused, because either reading would surprise somebody.
Two rating moments are text on the wire: their bounds look at the numeric twin, 0 where the text is none.

A condition is (column, operator, value); the value of `=` and `!=` is a tuple only when there are several.
Conditions come in one canonical order, so that the same filters are the same address whatever order they were given in.

What does not belong here: span of time, full text and order (`question`), page size and cursor (`paging`),
the tenant (whoever asks decides which it may read).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from afterchat.query.errors import BilingualFilterError
from afterchat.query.filter_table import FILTER_TABLE, Filter
from afterchat.query.filter_values import VALUE_CHARACTERS_MAX, Value, read_value

__all__ = [
    "VALUES_MAX",
    "VALUE_CHARACTERS_MAX",
    "Condition",
    "filter_pairs",
    "read_conditions",
    "unknown_name",
]

Condition = tuple[str, str, object]
"""(column, operator, value), as a Selection of columns takes it."""

VALUES_MAX = 50
"""Values of one name: more than anybody picks from a list by hand, few enough for an address."""


def read_conditions(pairs: Iterable[tuple[str, str]]) -> tuple[Condition, ...]:
    """Typed conditions of any filter, in canonical order.

    Raises FilterError for an unknown name, a name that stands too often and a value that cannot be read,
    naming the remedy.
    """
    found: dict[str, set[Value]] = {}
    for name, text in pairs:
        line = FILTER_TABLE.get(name)
        if line is None:
            raise unknown_name(name, FILTER_TABLE)
        values = found.setdefault(name, set())
        if values and not line.takes_many:
            raise _twice(name)
        values.add(read_value(line, text))
        if len(values) > VALUES_MAX:
            raise BilingualFilterError(
                zh=f"{name} 的值过多：最多 {VALUES_MAX} 个，请减少。",
                en=f"`{name}` has too many values: give at most {VALUES_MAX}.",
            )
    return tuple(_condition(line, found[name]) for name, line in FILTER_TABLE.items() if name in found)


def filter_pairs(conditions: Iterable[Condition]) -> list[tuple[str, str]]:
    """The inverse of `read_conditions`: (name, value) pairs in canonical order, moments as epoch numbers.

    Raises KeyError for a condition that no filter stands for.
    """
    values = {
        _NAMES[column, operator]: value if isinstance(value, tuple) else (value,)
        for column, operator, value in conditions
    }
    return [(name, str(one)) for name in FILTER_TABLE for one in values.get(name, ())]


def unknown_name(name: str, known: Iterable[str]) -> BilingualFilterError:
    """The refusal that names the nearest known name; what was asked is shown only if it looks like a name."""
    shown = name if re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) else "?"
    near = get_close_matches(shown, known, n=1)
    zh_near, en_near = (f"是否想用 {near[0]}？", f"did you mean `{near[0]}`? ") if near else ("", "")
    return BilingualFilterError(
        zh=f"没有名为 {shown} 的过滤条件：{zh_near}可用的名称见 /docs。",
        en=f"There is no filter `{shown}`: {en_near}See /docs for the names.",
    )


_NAMES = {(line.column, line.operator): name for name, line in FILTER_TABLE.items()}


def _condition(line: Filter, values: set[Value]) -> Condition:
    ordered = tuple(sorted(values))
    return line.column, line.operator, ordered[0] if len(ordered) == 1 else ordered


def _twice(name: str) -> BilingualFilterError:
    return BilingualFilterError(
        zh=f"过滤条件 {name} 出现了两次：请只保留一个。", en=f"`{name}` stands twice: keep one of them."
    )
