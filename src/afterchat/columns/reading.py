"""Some rows of a snapshot, in an order, read back column by column.

    numbers   an array of 64 bits
    coded     the number of a value for each row, and the values: few are looked at, whatever a row costs

Rows of an order may lie in several segments; what each of them gives is put where it belongs.
Of a column with many texts only those of these rows are decoded, and nothing is remembered: memory stays flat however
many rows are read.

What does not belong here: which rows, and in which order (`ordering`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.ordering import Found, Key
from afterchat.columns.segment import Segment
from afterchat.columns.words import FEW_WORDS, Words

__all__ = ["Coded", "ReadRows"]


class Coded(NamedTuple):
    """A column as numbers of values; a value may be there twice, or for no row."""

    codes: NDArray[np.intp]
    values: Sequence[Any]

    def each(self) -> list[Any]:
        """The value of each row."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]


class _Share(NamedTuple):
    """What one segment has of the rows."""

    segment: Segment
    rows: NDArray[np.intp]
    places: NDArray[np.intp]
    """Where they stand among all of them."""


class ReadRows:
    """See above; `found` are the rows in their order."""

    def __init__(self, found: Sequence[Found]) -> None:
        self.keys: list[Key] = [one.key for one in found]
        self._shares = _shares(found)

    def __len__(self) -> int:
        return len(self.keys)

    def numbers(self, name: str) -> NDArray[np.int64]:
        """The column of that number; raises KeyError for a name that is none."""
        numbers = np.empty(len(self), np.int64)
        for share in self._shares:
            numbers[share.places] = share.segment.numbers[name].values[share.rows]
        return numbers

    def texts(self, name: str) -> Coded:
        """The column of that text; raises KeyError for a name that is none."""
        codes = np.empty(len(self), np.intp)
        values: list[str] = []
        for share in self._shares:
            column = share.segment.texts[name]
            of_share = _texts(column.words, column.codes[share.rows])
            codes[share.places] = of_share.codes + len(values)
            values.extend(of_share.values)
        return Coded(codes, values)


def _shares(found: Sequence[Found]) -> list[_Share]:
    places: dict[int, tuple[Segment, list[int], list[int]]] = {}
    for place, one in enumerate(found):
        _, rows, of_rows = places.setdefault(id(one.segment), (one.segment, [], []))
        rows.append(one.row)
        of_rows.append(place)
    return [
        _Share(segment, np.array(rows, np.intp), np.array(of_rows, np.intp))
        for segment, rows, of_rows in places.values()
    ]


def _texts(words: Words, codes: NDArray[Any]) -> Coded:
    if len(words) <= FEW_WORDS:
        return Coded(codes.astype(np.intp), words.texts)
    used, numbers = np.unique(codes, return_inverse=True)
    begins = words.begins()
    spans = zip(begins[used].tolist(), begins[used.astype(np.intp) + 1].tolist(), strict=True)
    return Coded(numbers, [words.text_between(begin, end) for begin, end in spans])
