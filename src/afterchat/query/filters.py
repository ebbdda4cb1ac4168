"""Filters: plain strings from a query string or a command line, read into typed conditions.

A filter is `name=value`: equal to that value, for every field of FIELDS but `custom_field`.
Beside them stand `end_time_from` (that moment or later) and `end_time_until` (before it): spans meet without a gap.
Moments are epoch milliseconds or ISO 8601 with a zone; a moment without a zone would mean another one on every machine.
Conditions are ANDed; a name that stands twice is refused, because either reading would surprise somebody.

What does not belong here: page size and cursor (`paging`), the tenant (whoever asks decides which it may read).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.record import FIELDS, Field
from afterchat.query.errors import BilingualFilterError

__all__ = ["FILTERS", "VALUE_CHARACTERS_MAX", "Condition", "read_filters"]

Condition = tuple[str, str, object]
"""(Python field name, operator, value), as SessionQuery takes it."""

VALUE_CHARACTERS_MAX = 1000
"""Longer than any text worth comparing for equality."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_filters(pairs: Iterable[tuple[str, str]]) -> tuple[Condition, ...]:
    """Typed conditions in the order given.

    Raises FilterError for an unknown name, a repeated one and a value that cannot be read, naming the remedy.
    """
    conditions: dict[str, Condition] = {}
    for name, text in pairs:
        read = FILTERS.get(name)
        if read is None:
            raise _unknown(name)
        if name in conditions:
            raise BilingualFilterError(
                zh=f"过滤条件 {name} 出现了两次：请只保留一个。", en=f"`{name}` stands twice: keep one of them."
            )
        if len(text) > VALUE_CHARACTERS_MAX or "\0" in text:
            raise BilingualFilterError(
                zh=f"{name} 的值过长或含有空字符：最多 {VALUE_CHARACTERS_MAX} 个字符。",
                en=f"The value of `{name}` is too long or holds a NUL: at most {VALUE_CHARACTERS_MAX} characters.",
            )
        conditions[name] = read(name, text)
    return tuple(conditions.values())


def _equal_text(name: str, text: str) -> Condition:
    return name, "=", text.encode("utf-8", "replace").decode("utf-8")


def _equal_number(name: str, text: str) -> Condition:
    return name, "=", _whole_number(name, text)


def _equal_moment(name: str, text: str) -> Condition:
    return name, "=", _moment(name, text)


def _end_time_from(name: str, text: str) -> Condition:
    return "end_time", ">=", _moment(name, text)


def _end_time_until(name: str, text: str) -> Condition:
    return "end_time", "<", _moment(name, text)


def _reader(field: Field) -> Callable[[str, str], Condition]:
    """How a value of that field is read; the type decides, and the unit where it is a moment."""
    if field.type is str:
        return _equal_text
    return _equal_moment if field.unit == "epoch ms" else _equal_number


FILTERS: dict[str, Callable[[str, str], Condition]] = {
    **{field.name: _reader(field) for field in FIELDS if field.type is not tuple},
    "end_time_from": _end_time_from,
    "end_time_until": _end_time_until,
}
"""Every filter there is, by name; the API reference and OpenAPI are drawn from it."""


def _whole_number(name: str, text: str) -> int:
    if _WHOLE_NUMBER.fullmatch(text) and INTEGER_MIN <= int(text) <= INTEGER_MAX:
        return int(text)
    raise BilingualFilterError(
        zh=f"{name} 应为 64 位以内的整数，例如 {name}=1。",
        en=f"`{name}` must be a whole number of at most 64 bits, for example {name}=1.",
    )


def _moment(name: str, text: str) -> int:
    """Epoch ms of a whole number or of ISO 8601 with a zone.

    A blank before the zone is read as `+`: that is what an unescaped `+` becomes in a query string.
    """
    if _WHOLE_NUMBER.fullmatch(text):
        return _whole_number(name, text)
    try:
        moment = datetime.fromisoformat(re.sub(r" (?=[0-9]{2}:?[0-9]{2}$)", "+", text) if "T" in text else text)
        if moment.tzinfo is not None:
            return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        pass
    raise BilingualFilterError(
        zh=f"{name} 应为毫秒时间戳，或带时区的 ISO 8601 时间，例如 2026-01-31T00:00:00%2B08:00。",
        en=f"`{name}` must be epoch milliseconds or ISO 8601 with a zone, for example 2026-01-31T00:00:00%2B08:00.",
    )


def _unknown(name: str) -> BilingualFilterError:
    """Names the nearest filter; what was asked is shown only if it looks like a name."""
    shown = name if re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) else "?"
    near = get_close_matches(shown, FILTERS, n=1)
    zh_near, en_near = (f"是否想用 {near[0]}？", f"did you mean `{near[0]}`? ") if near else ("", "")
    return BilingualFilterError(
        zh=f"没有名为 {shown} 的过滤条件：{zh_near}可用的名称见 /docs。",
        en=f"There is no filter `{shown}`: {en_near}See /docs for the names.",
    )
