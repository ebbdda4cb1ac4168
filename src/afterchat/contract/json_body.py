"""Bytes to one JSON object, or the reason why not; total for any bytes.

The only place that parses a body whose shape is not yet known, so there is one opinion about what it says.

Rules
- Strict UTF-8; a byte order mark is tolerated and reported.
- Depth is counted before parsing, so no body can exhaust the stack.
- NaN, Infinity and trailing data are not JSON.
- Of a key that comes twice the last value wins, and the earlier ones are reported.
- A number with more digits than 64 bits can hold stays text of class `LongNumber`; whoever reads the field decides.
- Text is handed on as it is: NUL and lone surrogates are the reader's business.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple, NoReturn

__all__ = ["JsonObject", "LongNumber", "NoObject", "ReadObject", "parse_json", "read_object", "unescape_once"]

DEPTH_MAX = 64
"""A record is three deep; 64 leaves room for anything sane and is far below every parser's own limit."""

NUMBER_CHARS_MAX = 20
"""A sign and the 19 digits of the greatest 64-bit number."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_STRING_OR_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]', re.DOTALL)
_ESCAPED_FIELDS_BEGIN = re.compile(r'"customField"\s*:\s*(?=\[\s*\{\s*\\")')
_ESCAPED_CHARACTER = re.compile(r'\\(["\\])')
_ESCAPED_FIELDS_END = re.compile(r"\}\s*\]")


class JsonObject(dict[str, Any]):
    """An object of the body; `duplicates` holds the values that a later value of the same key replaced."""

    __slots__ = ("duplicates",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.duplicates: tuple[tuple[str, Any], ...] = ()
        if len(self) != len(pairs):
            last = {key: position for position, (key, _) in enumerate(pairs)}
            self.duplicates = tuple(pair for position, pair in enumerate(pairs) if last[pair[0]] != position)


class LongNumber(str):
    """The digits of a whole number that is too long to be one of 64 bits."""

    __slots__ = ()


class NoObject(NamedTuple):
    """Why the bytes are not one JSON object."""

    reason: str


class ReadObject(NamedTuple):
    """The object and what had to be tolerated to read it."""

    object: JsonObject
    problems: tuple[str, ...]
    printed_fields: str
    """The array of customField as the vendor's page prints it, when it came that way; else empty."""


def read_object(body: bytes) -> ReadObject | NoObject:
    """The one JSON object that `body` holds. Total."""
    problems: list[str] = []
    if body.startswith(_BYTE_ORDER_MARK):
        body = body[len(_BYTE_ORDER_MARK) :]
        problems.append("body: begins with a byte order mark")
    try:
        text = body.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        return NoObject(f"not UTF-8 at byte {error.start}")
    if not text.strip(" \t\r\n"):
        return NoObject("empty")
    printed_fields = ""
    value = parse_json(text)
    if isinstance(value, NoObject):
        refused = value
        value, printed_fields = _parse_as_printed(text)
        if isinstance(value, NoObject):
            return refused
    if not isinstance(value, JsonObject):
        return NoObject("JSON, but not an object")
    return ReadObject(value, tuple(problems), printed_fields)


def parse_json(text: str) -> Any | NoObject:
    """The JSON value of a text: objects as JsonObject, long whole numbers as LongNumber. Total."""
    if _is_too_deep(text):
        return NoObject(f"nested deeper than {DEPTH_MAX}")
    try:
        return json.loads(text, object_pairs_hook=JsonObject, parse_int=_parse_integer, parse_constant=_refuse_constant)
    except _ConstantError as error:
        return NoObject(f"not JSON: {error}")
    except json.JSONDecodeError as error:
        return NoObject(f"not JSON at character {error.pos}: {error.msg}")
    except (ValueError, RecursionError):
        # No input is known that comes here; the promise to be total does not rest on a list of known inputs.
        return NoObject("not JSON")


def unescape_once(text: str) -> str:
    """Take away one level of JSON escaping from text that was escaped without being quoted."""
    return _ESCAPED_CHARACTER.sub(r"\1", text)


def _is_too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= DEPTH_MAX:
        return False
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        first = text[match.start()]
        if first in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif first in "]}":
            depth -= 1
    return False


def _parse_integer(digits: str) -> int | LongNumber:
    return int(digits) if len(digits) <= NUMBER_CHARS_MAX else LongNumber(digits)


class _ConstantError(Exception):
    """NaN or Infinity, which Python's parser would take."""


def _refuse_constant(name: str) -> NoReturn:
    raise _ConstantError(f"{name} is no number")


def _parse_as_printed(text: str) -> tuple[Any | NoObject, str]:
    """The vendor's page prints the array of customField with its quotes escaped; read it with one level taken away."""
    begin = _ESCAPED_FIELDS_BEGIN.search(text)
    end = _ESCAPED_FIELDS_END.search(text, begin.end()) if begin else None
    if begin is None or end is None:
        return NoObject("not JSON"), ""
    printed = text[begin.end() : end.end()]
    return parse_json(text[: begin.end()] + unescape_once(printed) + text[end.end() :]), printed
