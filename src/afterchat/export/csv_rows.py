"""CSV: UTF-8 with a byte order mark, CRLF, safe to open in a spreadsheet.

Text is always quoted and formula-safe (`cells`), whole numbers are bare, ids are text that a spreadsheet keeps, moments
stand as epoch ms and, in `_local`, as `2026-01-31 08:00:00` of the zone, which spreadsheets take for a date.
What is none is an empty cell.

What does not belong here: which columns there are (`columns`), how lines are made of cells (`grid`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from afterchat.columns.layout import TEXTS
from afterchat.export.batch import Batch, Coded, numbered
from afterchat.export.cells import BYTE_ORDER_MARK, all_quoted, quoted, quoted_id
from afterchat.export.columns import COLUMNS, Column, Layout, coded_sources, custom_text, label_of, problem_text
from afterchat.export.derived import Numbers
from afterchat.export.grid import CodedCells, GridCells, lines_of, number_letters, only_where
from afterchat.export.moments import WallClock

__all__ = ["CsvRows"]

_NEVER_IN_A_CELL = "\0"

Cells = GridCells | CodedCells
Encode = Callable[[Batch], Cells]


class CsvRows:
    """One CSV file, piece by piece."""

    def __init__(self, layout: Layout) -> None:
        self._head = ",".join(quoted(column.heading(layout)) for column in COLUMNS)
        clock = WallClock(layout.zone)
        self._encoders = [_encoder(column, layout, clock) for column in COLUMNS]

    def begin(self) -> bytes:
        """Byte order mark and head."""
        return BYTE_ORDER_MARK + f"{self._head}\r\n".encode()

    def rows(self, batch: Batch) -> bytes:
        """One line for each session."""
        return lines_of([encode(batch) for encode in self._encoders], len(batch))

    def end(self) -> Iterator[bytes]:
        """Nothing follows."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


def _encoder(column: Column, layout: Layout, clock: WallClock) -> Encode:
    """The function from a batch to the cells of that column."""
    name, kind = column.source, column.kind
    if column.derive is not None:
        derive = column.derive
        return lambda batch: _derived_cells(derive(batch, clock))
    if kind == "local":
        return lambda batch: GridCells(clock.local(batch.moments(name)).letters(b'"'))
    if kind == "label":
        label = label_of(column, layout.language)
        return lambda batch: _coded_cells(coded_sources(batch, column), lambda values: all_quoted(map(label, values)))
    if kind in _AROUND_NUMBERS and name not in TEXTS:
        around = _AROUND_NUMBERS[kind]
        return lambda batch: GridCells(number_letters(batch.numbers(name), *around))
    if kind == "json":
        return lambda batch: CodedCells.each(_encoded(quoted(custom_text(value)) for value in batch.values(name)))
    make = _MAKERS.get(kind) or _problem_maker(layout.language)
    return lambda batch: _coded_cells(batch.coded(name), make)


_AROUND_NUMBERS = {"number": (b"", b""), "moment": (b"", b""), "id": (b"\"'", b'"')}
"""Kinds of columns that are whole numbers, and what stands before and behind one."""

_MAKERS: dict[str, Callable[[Sequence[Any]], Iterable[str]]] = {
    "id": lambda ids: map(quoted_id, ids),
    "text": all_quoted,
    "word": all_quoted,
}


def _problem_maker(language: str) -> Callable[[Sequence[Any]], Iterable[str]]:
    return lambda lists: (quoted(problem_text(one, language)) for one in lists)


def _coded_cells(coded: Coded, make: Callable[[Sequence[Any]], Iterable[str]]) -> Cells:
    return CodedCells(coded.codes, _encoded(make(coded.values)))


def _encoded(cells: Iterable[str]) -> Sequence[bytes]:
    """Every cell as UTF-8, in one go."""
    joined = _NEVER_IN_A_CELL.join(cells)
    return joined.encode("utf-8").split(_NEVER_IN_A_CELL.encode()) if joined else ()


def _derived_cells(values: Numbers | Sequence[str]) -> Cells:
    if not isinstance(values, Numbers):
        return _coded_cells(numbered(values), all_quoted)
    if values.values.dtype == np.int64:
        return GridCells(only_where(number_letters(values.values), values.is_known))
    return CodedCells.each([b"" if value is None else str(value).encode() for value in values.optional()])
