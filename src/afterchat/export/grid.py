"""Lines of a text table, made all at once: every column is letters in a grid, and what is no letter is taken out.

    numbers    letters computed for all rows at once
    values     the cells of few values, and which of them each row has
    whatever   one cell a row

A cell is bytes without NUL, which stands in the grid where a cell is shorter than its column is wide.
A grid is bounded: where one very long cell would make it large, the rows are halved until it is not.

What does not belong here: what stands in a cell (`csv_rows`, `cells`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["GRID_BYTES_MAX", "CodedCells", "GridCells", "lines_of", "number_letters", "only_where"]

GRID_BYTES_MAX = 8 * 2**20

_NONE = b"\0"
_COMMA, _RETURN, _FEED = b",\r\n"
(_MINUS,) = b"-"

Letters = NDArray[np.uint8]

_CHUNK = 10_000
_CHUNK_DIGITS = 4
_WORD = np.uint32
"""Four letters at a time."""
_DIGITS = np.array([b"%04d" % number for number in range(_CHUNK)], f"S{_CHUNK_DIGITS}").view(_WORD)
"""The four digits of each number below ten thousand."""
_SHORT = np.array([b"%d" % number for number in range(_CHUNK)], f"S{_CHUNK_DIGITS}").view(_WORD)
"""The same without leading zeros: what most numbers of a session are."""
_POWERS = np.array([10**power for power in range(1, 20)], np.uint64)


class GridCells:
    """A column as letters: one row of them for each line."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def width(self, begin: int, end: int) -> int:
        """Letters of the widest cell of these rows, or more."""
        del begin, end
        return len(self._letters[0])

    def put(self, grid: Letters, begin: int, end: int) -> None:
        """Write these rows."""
        grid[:] = self._letters[begin:end]


class CodedCells:
    """A column as cells and the number of one for each line."""

    def __init__(self, codes: NDArray[np.intp], cells: Sequence[bytes]) -> None:
        self._codes = codes
        self._cells = cells
        self._lengths = np.fromiter(map(len, cells), np.int64, len(cells))

    @classmethod
    def each(cls, cells: Sequence[bytes]) -> CodedCells:
        """One cell a line."""
        return cls(np.arange(len(cells)), cells)

    def width(self, begin: int, end: int) -> int:
        """Letters of the widest cell of these rows."""
        return int(self._lengths[self._codes[begin:end]].max())

    def put(self, grid: Letters, begin: int, end: int) -> None:
        """Write these rows."""
        width = grid.shape[1]
        if not width:
            return
        codes = self._codes[begin:end]
        if len(self._cells) > len(codes):
            cells = [self._cells[code] for code in codes.tolist()]
            grid[:] = _letters(cells, width)
        else:
            grid[:] = _letters(self._cells, width)[codes]


def _letters(cells: Sequence[bytes], width: int) -> Letters:
    """The cells as letters; a longer one, which no row has, is cut."""
    return np.array(cells, dtype=f"S{width}").view(np.uint8).reshape(len(cells), width)


def number_letters(numbers: NDArray[np.int64], before: bytes = b"", after: bytes = b"") -> Letters:
    """Whole numbers in ASCII between two texts."""
    if not before and not after and len(numbers) and numbers.min() >= 0 and numbers.max() < _CHUNK:
        return _SHORT[numbers].view(np.uint8).reshape(-1, _CHUNK_DIGITS)
    digits = _digits(np.abs(numbers).view(np.uint64))
    begin, end = len(before) + 1, len(before) + 1 + digits.shape[1]
    letters = np.empty((len(numbers), end + len(after)), np.uint8)
    letters[:, : begin - 1] = np.frombuffer(before, np.uint8)
    letters[:, begin - 1] = np.where(numbers < 0, _MINUS, 0)
    letters[:, begin:end] = digits
    letters[:, end:] = np.frombuffer(after, np.uint8)
    return letters


def _digits(magnitudes: NDArray[np.uint64]) -> Letters:
    """Digits with NULs where zeros would lead."""
    digit_counts = np.searchsorted(_POWERS, magnitudes, side="right") + 1
    chunk_count = -(-int(digit_counts.max(initial=1)) // _CHUNK_DIGITS)
    chunks = np.empty((len(magnitudes), chunk_count), _WORD)
    for place in range(chunk_count - 1, -1, -1):
        higher = magnitudes // _CHUNK
        chunks[:, place] = _DIGITS[magnitudes - higher * _CHUNK]
        magnitudes = higher
    digits = chunks.view(np.uint8)
    width = chunk_count * _CHUNK_DIGITS
    digits *= np.arange(width) >= (width - digit_counts)[:, None]
    return digits


def only_where(letters: Letters, is_there: NDArray[np.bool_]) -> Letters:
    """The same with empty cells elsewhere; changes what it is given."""
    letters[~is_there] = 0
    return letters


def lines_of(columns: Sequence[GridCells | CodedCells], row_count: int) -> bytes:
    """Every row as cells with commas between and CRLF behind."""
    return b"".join(_pieces(columns, 0, row_count)) if row_count else b""


def _pieces(columns: Sequence[GridCells | CodedCells], begin: int, end: int) -> list[bytes]:
    widths = [column.width(begin, end) for column in columns]
    whole = sum(widths) + len(widths) + 1
    if end - begin > 1 and whole * (end - begin) > GRID_BYTES_MAX:
        middle = (begin + end) // 2
        return [*_pieces(columns, begin, middle), *_pieces(columns, middle, end)]
    grid = np.empty((end - begin, whole), np.uint8)
    place = 0
    for column, width in zip(columns, widths, strict=True):
        column.put(grid[:, place : place + width], begin, end)
        grid[:, place + width] = _COMMA
        place += width + 1
    grid[:, -2], grid[:, -1] = _RETURN, _FEED
    return [grid.tobytes().translate(None, _NONE)]
