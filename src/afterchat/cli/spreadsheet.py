"""CSV that a spreadsheet opens as it is: UTF-8 with a byte order mark, and no cell that is taken for a formula.

Visitors write into these cells.
A cell of which any line begins with a sign that starts a formula gets an apostrophe before it, and so does a cell that
begins with an apostrophe, so that taking one leading apostrophe away gives every original back.
Text is always quoted; whole numbers are never text here and stay numbers (reliability X32).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

__all__ = ["BYTE_ORDER_MARK", "line_of_cells", "safe_text"]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_FORMULA_SIGNS = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet computes or cuts at, the full-width signs among them."""
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


def line_of_cells(cells: Sequence[str | int]) -> bytes:
    """One line of CSV with its line end."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([cell if isinstance(cell, int) else safe_text(cell) for cell in cells])
    return buffer.getvalue().encode("utf-8")


def safe_text(text: str) -> str:
    """`text` such that no spreadsheet computes it; NUL and lone surrogates become U+FFFD."""
    text = _UNWRITABLE.sub("\ufffd", text)
    is_risky = text.startswith(("'", "\t", "\r", "\n")) or any(map(_begins_formula, text.splitlines()))
    return f"'{text}" if is_risky else text


def _begins_formula(line: str) -> bool:
    """Whether the first character is a sign, before or after the white space in front of it."""
    return line[:1] in _FORMULA_SIGNS or line.lstrip().lstrip("\ufeff")[:1] in _FORMULA_SIGNS
