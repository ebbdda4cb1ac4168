"""One value of a filter: plain text, read as the kind that its line of the table says.

Every refusal names the remedy in Chinese and in English; no text whatsoever raises anything but FilterError.

What does not belong here: which names there are (`filter_table`), what several values of a name mean (`filters`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filter_table import Filter

__all__ = ["VALUE_CHARACTERS_MAX", "Value", "read_value"]

Value = int | str

VALUE_CHARACTERS_MAX = 1000
"""Longer than any text worth comparing for equality."""

_WHOLE_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS_PER_SECOND = 1000


def read_value(line: Filter, text: str) -> Value:
    """The typed value of `line.name=text`; raises FilterError."""
    if len(text) > VALUE_CHARACTERS_MAX or "\0" in text:
        raise BilingualFilterError(
            zh=f"{line.name} 的值过长或含有空字符：最多 {VALUE_CHARACTERS_MAX} 个字符。",
            en=f"The value of `{line.name}` is too long or holds a NUL: at most {VALUE_CHARACTERS_MAX} characters.",
        )
    return _READERS[line.kind](line, text)


def _text(line: Filter, text: str) -> str:
    if not text and line.operator == "contains":
        raise BilingualFilterError(
            zh=f"{line.name} 不能为空：任何文本都包含空文本。",
            en=f"`{line.name}` must not be empty: every text holds the empty one.",
        )
    return text.encode("utf-8", "replace").decode("utf-8")


def _number(line: Filter, text: str) -> int:
    if _WHOLE_NUMBER.fullmatch(text) and INTEGER_MIN <= int(text) <= INTEGER_MAX:
        return int(text)
    raise BilingualFilterError(
        zh=f"{line.name} 应为 64 位以内的整数，例如 {line.name}=1。",
        en=f"`{line.name}` must be a whole number of at most 64 bits, for example {line.name}=1.",
    )


def _flag(line: Filter, text: str) -> int:
    if text in {"0", "1"}:
        return int(text)
    raise BilingualFilterError(
        zh=f"{line.name} 应为 0（否）或 1（是）。", en=f"`{line.name}` must be 0 (no) or 1 (yes)."
    )


def _moment(line: Filter, text: str) -> int:
    """Epoch ms of a whole number or of ISO 8601 with a zone.

    A blank before the zone is read as `+`: that is what an unescaped `+` becomes in a query string.
    """
    if _WHOLE_NUMBER.fullmatch(text):
        return _number(line, text)
    try:
        moment = datetime.fromisoformat(re.sub(r" (?=[0-9]{2}:?[0-9]{2}$)", "+", text) if "T" in text else text)
        if moment.tzinfo is not None:
            return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        pass
    unit_zh, unit_en = ("秒", "seconds") if line.kind == "second" else ("毫秒", "milliseconds")
    raise BilingualFilterError(
        zh=f"{line.name} 应为{unit_zh}时间戳，或带时区的 ISO 8601 时间，例如 2026-01-31T00:00:00%2B08:00。",
        en=f"`{line.name}` must be epoch {unit_en} or ISO 8601 with a zone, for example 2026-01-31T00:00:00%2B08:00.",
    )


def _second(line: Filter, text: str) -> int:
    """Epoch seconds; a calendar moment must be a whole second."""
    if _WHOLE_NUMBER.fullmatch(text):
        return _number(line, text)
    seconds, rest_ms = divmod(_moment(line, text), _MS_PER_SECOND)
    if rest_ms:
        raise BilingualFilterError(
            zh=f"{line.name} 只精确到秒：请去掉秒的小数部分。",
            en=f"`{line.name}` counts whole seconds: leave the fraction of a second out.",
        )
    return seconds


_READERS: dict[str, Callable[[Filter, str], Value]] = {
    "text": _text,
    "number": _number,
    "flag": _flag,
    "moment": _moment,
    "second": _second,
}
