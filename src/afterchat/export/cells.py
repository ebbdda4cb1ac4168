"""Text that a spreadsheet shows and never computes: the one place where the rule of formula-safe cells stands.

Visitors write into these cells.

Rules of CSV (reliability X32)
- A text of which any line begins with a sign that starts a formula gets an apostrophe before it, white space and byte
  order marks in front of the sign not counting; so does a text that begins with an apostrophe, tab or line end.
  Taking one leading apostrophe away therefore gives every original back: `original_text`.
- Text is always quoted, NUL and lone surrogates become U+FFFD.
- An id gets an apostrophe whatever it holds, because spreadsheets keep 15 digits of a number and ids have up to 19.
- Whole numbers of typed columns are never text and stay as they are: `-1` is a number there and no formula.

Rules of XLSX
- Cells are written as strings, so no sign means anything; what XML cannot hold is left out, and what is too long for a
  cell is cut with a mark.

What does not belong here: columns, files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = [
    "BYTE_ORDER_MARK",
    "CUT_MARK",
    "XLSX_CHARACTERS_MAX",
    "all_quoted",
    "original_text",
    "quoted",
    "quoted_id",
    "safe_text",
    "sheet_text",
]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

XLSX_CHARACTERS_MAX = 32_767
"""Of a cell, in UTF-16 units: what Excel opens."""
CUT_MARK = "… [cut]"

_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
"""What a spreadsheet computes, the full-width signs among them; for a character class."""
_LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_UNWRITABLE = "\0\ud800-\udfff"

_QUOTE, _QUOTES = '"', '""'

_RISKY = re.compile(f"\\A['\t\r\n]|(?:\\A|[{_LINE_ENDS}])(?:[\\s\ufeff]*[{_SIGNS}]|\t)")
_REPLACED = re.compile(f"[{_UNWRITABLE}]")
_is_tame = re.compile(f"(?!['\t]|[\\s\ufeff]*[{_SIGNS}])[^{_LINE_ENDS}{_UNWRITABLE}]*").fullmatch
"""Whether a text is safe as it is, which nearly all are: found in one look."""
_STRIPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def safe_text(text: str) -> str:
    """`text` such that no spreadsheet computes it; NUL and lone surrogates become U+FFFD."""
    text = _REPLACED.sub("\ufffd", text)
    return f"'{text}" if _RISKY.search(text) else text


def original_text(cell: str) -> str:
    """The text that `safe_text` made this cell of, but for what no file holds."""
    return cell.removeprefix("'")


def quoted(text: str) -> str:
    """The CSV cell of a text."""
    escaped = (text if _is_tame(text) else safe_text(text)).replace('"', '""')
    return f'"{escaped}"'


def all_quoted(texts: Iterable[str]) -> list[str]:
    """`quoted` of each, for columns of many different texts: most are empty or tame."""
    return [
        (f'"{text.replace(_QUOTE, _QUOTES)}"' if _is_tame(text) else quoted(text)) if text else '""' for text in texts
    ]


def quoted_id(value: int | str) -> str:
    """The CSV cell of an id: text, whatever it looks like; an empty one stays empty."""
    if isinstance(value, int):
        return f'"\'{value}"'
    text = _REPLACED.sub("\ufffd", value).replace('"', '""')
    return f'"\'{text}"' if text else '""'


def sheet_text(text: str) -> str:
    """`text` as an XLSX cell can hold it: without control characters but tab and line feed, at most 32,767 units."""
    if len(text) * 2 > XLSX_CHARACTERS_MAX:
        text = _cut(text)
    return _STRIPPED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(text: str) -> str:
    """At most XLSX_CHARACTERS_MAX units of UTF-16, with a mark where something is missing."""
    if len(text) + len(_ASTRAL.findall(text)) <= XLSX_CHARACTERS_MAX:
        return text
    left = XLSX_CHARACTERS_MAX - len(CUT_MARK)
    units = text[:left].encode("utf-16-le", "surrogatepass")[: 2 * left]
    return units.decode("utf-16-le", "ignore") + CUT_MARK
