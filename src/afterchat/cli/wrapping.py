"""Breaking text into lines by the cells it takes on a terminal.

A Chinese character takes two cells and may be followed by a line break without any space; click counts characters and
looks for spaces, so its help would run over the edge.
What does not belong here: tables of data (`cli.output`); this file is needed by `--help` and so imports nothing heavy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

__all__ = ["cells", "wrapped"]

_WIDE = "⺀-鿿豈-﫿＀-｠"
_CLOSING = "，。；：、！？）》」』”’％"
"""Characters that never begin a line: they stay with what they follow."""
_PIECES = re.compile(rf"\s+|[{_WIDE}][{_CLOSING}]*|[^\s{_WIDE}]+[{_CLOSING}]*")
"""White space, one wide character, or a run of narrow ones."""


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` cells; line breaks of the text are kept, longer words are left whole."""
    return [line for paragraph in text.split("\n") for line in _lines(paragraph, width)]


def _lines(paragraph: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _PIECES.findall(paragraph):
        if line and cells(line) + cells(piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += piece if line or not piece.isspace() else ""
    yield line.rstrip()
