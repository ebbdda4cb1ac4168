"""What the values of an event may be: one Check for each kind of value, attached to the attribute it guards.

An event is valid from the moment it exists: whether Python code made it or JSON was read, the same checks ran.

Rules
- A check is total: it takes any object and gives a Fault or None.
- A fault names its remedy, in both languages.
- Whole numbers are `int` and nothing else: True is no count.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, get_type_hints

import msgspec

from afterchat.contract.field import INTEGER_MAX, wire_name
from afterchat.errors import EventError

__all__ = [
    "MOMENT_MAX",
    "MOMENT_MIN",
    "Check",
    "Checked",
    "Fault",
    "checks_of",
    "flag",
    "many",
    "moment",
    "nested",
    "number",
    "one_of",
    "optional_moment",
    "text",
    "word",
]

MOMENT_MIN = 100_000_000_000
"""1973 in milliseconds; a smaller number is seconds."""
MOMENT_MAX = 100_000_000_000_000
"""The year 5138 in milliseconds; a greater number is microseconds."""

SHOWN_CHARS_MAX = 40
"""A fault shows what it met, cut to this length."""

_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: JSON, SQLite and PostgreSQL do not all take them."""


class Fault(NamedTuple):
    """What is wrong with one value, and what to do about it."""

    en: str
    zh: str


class Check(NamedTuple):
    """What one attribute may hold."""

    find_fault: Callable[[Any], Fault | None]
    en: str
    """The limit in words, for the reference page."""
    zh: str


def moment() -> Check:
    """Epoch milliseconds."""

    def find_fault(value: Any) -> Fault | None:
        if type(value) is int and MOMENT_MIN <= value <= MOMENT_MAX:
            return None
        if type(value) is int and MOMENT_MIN <= value * 1000 <= MOMENT_MAX:
            return Fault(f"{value} looks like seconds; give milliseconds", f"{value} 像是秒，请给毫秒")
        return Fault(f"{_shown(value)} is no moment; give epoch milliseconds", f"{_shown(value)} 不是毫秒时间戳")

    return Check(find_fault, "epoch ms", "毫秒时间戳")


def optional_moment() -> Check:
    """Epoch milliseconds, or 0 for none."""
    inner = moment()

    def find_fault(value: Any) -> Fault | None:
        return None if type(value) is int and value == 0 else inner.find_fault(value)

    return Check(find_fault, "epoch ms; 0 none", "毫秒时间戳，0 表示无")


def number(least: int, most: int = INTEGER_MAX) -> Check:
    """A whole number between the two, both included."""

    def find_fault(value: Any) -> Fault | None:
        if type(value) is int and least <= value <= most:
            return None
        return Fault(
            f"{_shown(value)} is not allowed; give a whole number from {least} to {most}",
            f"不允许 {_shown(value)}，请给 {least} 至 {most} 的整数",
        )

    limits = f"{least}..{'2^63-1' if most == INTEGER_MAX else most}"
    return Check(find_fault, limits, limits)


def text(chars_max: int) -> Check:
    """Text of at most so many characters that every store can hold."""

    def find_fault(value: Any) -> Fault | None:
        if type(value) is not str:
            return Fault(f"{_shown(value)} is no text", f"{_shown(value)} 不是文本")
        if len(value) > chars_max:
            return Fault(
                f"{len(value)} characters; shorten to {chars_max}", f"共 {len(value)} 个字符，请缩短到 {chars_max} 个"
            )
        if not value.isprintable() and _NO_TEXT.search(value):
            return Fault("holds NUL or a lone surrogate; remove it", "含有 NUL 或孤立代理字符，请去除")
        return None

    return Check(find_fault, f"text, {chars_max} characters", f"文本，最多 {chars_max} 个字符")


def word(chars_max: int) -> Check:
    """Text that is not empty."""
    inner = text(chars_max)

    def find_fault(value: Any) -> Fault | None:
        return Fault("is empty", "不能为空") if value == "" else inner.find_fault(value)

    return Check(find_fault, f"text, 1..{chars_max} characters", f"文本，1 至 {chars_max} 个字符")


def one_of(*allowed: int | str, remedy: Fault | None = None) -> Check:
    """One of the listed values; `remedy` says more about what is not among them."""
    listed = ", ".join(str(one) for one in allowed)
    more = remedy or Fault("", "")

    def find_fault(value: Any) -> Fault | None:
        if type(value) in (int, str) and value in allowed:
            return None
        return Fault(
            f"{_shown(value)} is not one of {listed}{more.en and '; ' + more.en}",
            f"{_shown(value)} 不在 {listed} 之中{more.zh and '；' + more.zh}",
        )

    return Check(find_fault, listed, listed)


def flag() -> Check:
    """True or false."""

    def find_fault(value: Any) -> Fault | None:
        return None if type(value) is bool else Fault(f"{_shown(value)} is not true or false", "只能是 true 或 false")

    return Check(find_fault, "true, false", "true 或 false")


def nested(*kinds: type) -> Check:
    """None or one object of the listed kinds."""
    names = ", ".join(kind.__name__ for kind in kinds)

    def find_fault(value: Any) -> Fault | None:
        return None if value is None or type(value) in kinds else Fault(f"give {names}", f"请给 {names}")

    return Check(find_fault, names, names)


def many(kind: type[msgspec.Struct], count_max: int, inner: Check) -> Check:
    """A tuple of at most so many objects of one kind, each of whose attributes passes `inner`."""
    limits = (f"at most {count_max} {kind.__name__}", f"最多 {count_max} 个 {kind.__name__}")

    def find_fault(value: Any) -> Fault | None:
        if type(value) is not tuple or len(value) > count_max or any(type(one) is not kind for one in value):
            return Fault(f"give a tuple of {limits[0]}", f"请给元组，{limits[1]}")
        faults = (inner.find_fault(text) for one in value for text in msgspec.structs.astuple(one))
        return next((fault for fault in faults if fault is not None), None)

    return Check(find_fault, f"{limits[0]}, each {inner.en}", f"{limits[1]}，各为{inner.zh}")


class Checked(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    rename="camel",
    tag_field="type",
    tag=True,
    omit_defaults=True,
    repr_omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Frozen data whose attributes were checked before anybody saw it; in JSON its `type` is the class."""

    def __post_init__(self) -> None:
        for name, check in checks_of(type(self)):
            fault = check.find_fault(getattr(self, name))
            if fault is not None:
                raise EventError(type(self).__name__, wire_name(name), fault.en, fault.zh)


@cache
def checks_of(kind: type) -> tuple[tuple[str, Check], ...]:
    """(attribute, check) of a class whose annotations carry checks, in their order."""
    return tuple(
        (name, part)
        for name, annotation in get_type_hints(kind, include_extras=True).items()
        for part in getattr(annotation, "__metadata__", ())
        if isinstance(part, Check)
    )


def _shown(value: Any) -> str:
    if type(value) is int and value.bit_length() > INTEGER_MAX.bit_length():
        return "a number beyond 64 bits"  # Python refuses to write out a very long one
    return ascii(value)[:SHOWN_CHARS_MAX]
