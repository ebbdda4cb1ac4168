"""The table of filters: every name that narrows a list of sessions, with its column, operator and kind of value.

The API reference, OpenAPI, the filter form of the dashboard and the reading of values all take it from here.
It is made from FIELDS, so a new field can be filtered the day it is declared.

What does not belong here: reading a value (`filter_values`), reading a query string (`filters`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from afterchat.contract.record import FIELDS, MOMENT, Field

__all__ = ["FILTER_TABLE", "SUFFIXES", "Filter", "twin_of"]


class Filter(NamedTuple):
    """One line: `name=value` is the condition `column operator value`."""

    name: str
    column: str
    operator: str
    """`=`, `!=`, `>=`, `<` or `contains`."""
    kind: str
    """`text`, `number`, `moment` (epoch ms), `second` (epoch seconds) or `flag` (0 or 1)."""
    is_field: bool
    """Whether the column is one of FIELDS as the store keeps it, not something beside it."""
    zh: str
    en: str

    @property
    def takes_many(self) -> bool:
        """Whether the name may stand several times: any of, or none of, these values."""
        return self.operator in {"=", "!="} and self.kind != "flag"


class _Subject(NamedTuple):
    """Something that filters look at."""

    name: str
    kind: str
    zh: str
    en: str
    is_field: bool
    bounds: str
    """Column that `_from` and `_until` look at; empty where there is no order."""


_COMPARISONS = (
    ("", "=", "等于（可重复，满足其一）", "Equal to (again: any of them)"),
    ("_not", "!=", "不等于（可重复，均不等于）", "Not equal to (again: none of them)"),
    ("_from", ">=", "大于等于（时间为该时刻或之后）", "At least; of a moment: then or later"),
    ("_until", "<", "小于（时间为该时刻之前）", "Less than; of a moment: before it"),
    ("_contains", "contains", "包含（不分大小写）", "Holds, without regard to case"),
)
SUFFIXES = tuple(suffix for suffix, *_ in _COMPARISONS)
"""What may stand behind the name of a field."""
_FLAG = ("等于：1 是，0 否", "Equal to: 1 yes, 0 no")

_BESIDE = (
    _Subject("revision_count", "number", "版本数", "Revisions", False, "revision_count"),
    _Subject("has_problems", "flag", "是否有无法解读的字段", "Whether a field could not be read", False, ""),
    _Subject("arrived_at", "moment", "推送到达时间", "When its push arrived", False, "arrived_at"),
    _Subject("signed_at", "second", "签名时间（秒）", "When its push was signed, in seconds", False, "signed_at"),
)
"""What the store knows beside the record."""


def twin_of(field: Field) -> str:
    """Numeric column of a moment that the wire writes as text: `..._time` -> `..._moment`."""
    return field.name.removesuffix("_time") + "_moment"


def _subjects() -> Iterator[_Subject]:
    for field in FIELDS:
        if field.type is str:
            bounds = twin_of(field) if field.unit == MOMENT else ""
            yield _Subject(field.name, "text", field.zh, field.en, True, bounds)
        elif field.type is int:
            kind = "moment" if field.unit == MOMENT else "number"
            yield _Subject(field.name, kind, field.zh, field.en, True, field.name)
    yield from _BESIDE


def _lines(subject: _Subject) -> Iterator[Filter]:
    for suffix, operator, zh, en in _COMPARISONS:
        column, kind, is_field = subject.name, subject.kind, subject.is_field
        if subject.kind == "flag":
            if operator != "=":
                continue
            zh, en = _FLAG  # noqa: PLW2901 - a flag has words of its own
        if operator in {">=", "<"}:
            if not subject.bounds:
                continue
            column, is_field = subject.bounds, is_field and subject.bounds == subject.name
            kind = "moment" if kind == "text" else kind
        if operator == "contains" and kind != "text":
            continue
        name = f"{subject.name}{suffix}"
        yield Filter(name, column, operator, kind, is_field, f"{subject.zh}：{zh}", f"{subject.en}: {en}")


def _table() -> dict[str, Filter]:
    table: dict[str, Filter] = {}
    for subject in _subjects():
        for line in _lines(subject):
            assert line.name not in table, f"two filters are called {line.name}"
            table[line.name] = line
    return table


FILTER_TABLE: Mapping[str, Filter] = MappingProxyType(_table())
"""Every filter by name, in canonical order: that of the fields, then of the operators."""
