"""Data from strangers made fit for a terminal and for JSON: nothing in it can move the cursor or turn the line round.

Visitors write names, remarks and page titles; all of them end on an operator's screen (reliability X33).
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

__all__ = ["json_line", "visible"]

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control, format (bidi overrides among them), surrogate, line and paragraph separators."""
_JOINERS = frozenset("\u200c\u200d")
"""Format characters that emoji and some scripts are spelt with; they move nothing."""
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """`text` on one line, every control, bidi and separator character as an escape one can read."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(character) if _is_hidden(character) else character for character in text)


def json_line(value: Any, *, is_ascii: bool = False) -> str:
    """`value` as compact JSON on one line that is safe to show; reading it gives exactly `value`."""
    text = json.dumps(value, ensure_ascii=is_ascii, separators=(",", ":"))
    if text.isascii() and text.isprintable():
        return text
    return "".join(_json_escaped(character) if _is_hidden(character) else character for character in text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN_CATEGORIES and character not in _JOINERS


def _json_escaped(character: str) -> str:
    """JSON escapes UTF-16 units: a character beyond the first plane takes two."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _escaped(character: str) -> str:
    return _SHORT_ESCAPES.get(character) or f"\\u{{{ord(character):x}}}"
