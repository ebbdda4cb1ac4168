"""The selected rows of one segment, column by column.

What is asked for is computed once for the same rows and kept with them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.segment import Segment

__all__ = ["Part"]


class Part:
    """Rows of one segment; `rows` is None for all of them."""

    def __init__(self, segment: Segment, rows: NDArray[np.intp] | None) -> None:
        self.segment = segment
        self._rows = rows
        self._numbers: dict[str, NDArray[np.int64]] = {}
        self._codes: dict[str, NDArray[np.int32]] = {}
        self.row_count = segment.row_count if rows is None else len(rows)

    @property
    def rows(self) -> NDArray[np.intp]:
        """Which rows of the segment these are, ascending."""
        return np.arange(self.row_count) if self._rows is None else self._rows

    def numbers(self, name: str) -> NDArray[np.int64]:
        """The column of that number; raises KeyError for a name that is none."""
        kept = self._numbers.get(name)
        if kept is None:
            values = self.segment.numbers[name].values
            kept = self._numbers[name] = (values if self._rows is None else values[self._rows]).astype(np.int64)
        return kept

    def codes(self, name: str) -> NDArray[np.int32]:
        """The numbers of the texts of that column; raises KeyError for a name that is none."""
        kept = self._codes.get(name)
        if kept is None:
            codes = self.segment.texts[name].codes
            kept = self._codes[name] = (codes if self._rows is None else codes[self._rows]).astype(np.int32)
        return kept

    def words(self, name: str) -> Sequence[str]:
        """The texts by their number; they are those of the whole segment, so some may be nobody's."""
        return self.segment.texts[name].words
