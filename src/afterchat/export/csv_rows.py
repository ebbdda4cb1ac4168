"""CSV: UTF-8 with a byte order mark, CRLF, safe to open in a spreadsheet.

Text is always quoted and formula-safe (`cells`), whole numbers are bare, ids are text that a spreadsheet keeps, moments
stand as epoch ms and, in `_local`, as `2026-01-31 08:00:00` of the zone, which spreadsheets take for a date.
What is none is an empty cell.

What does not belong here: which columns there are (`columns`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from afterchat.contract.record import COUNT, MOMENT
from afterchat.export.batch import Batch
from afterchat.export.cells import BYTE_ORDER_MARK, all_quoted, quoted, quoted_id
from afterchat.export.columns import COLUMNS, Column, Layout, custom_text, label_of, label_sources, problem_text
from afterchat.export.derived import Numbers
from afterchat.export.moments import WallClock
from afterchat.export.remembered import Remembered

__all__ = ["CsvRows"]

_NEVER_IN_A_CELL = "\0"

Encode = Callable[[Batch], Sequence[bytes]]


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
        cells = [encode(batch) for encode in self._encoders]
        lines = list(map(b",".join, zip(*cells, strict=True)))
        return b"\r\n".join([*lines, b""])

    def end(self) -> Iterator[bytes]:
        """Nothing follows."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


def _encoder(column: Column, layout: Layout, clock: WallClock) -> Encode:
    """The function from a batch to the cells of that column."""
    name = column.source
    if column.derive is not None:
        derive, text = column.derive, Remembered(lambda text: quoted(text).encode())
        return lambda batch: _derived_cells(derive(batch, clock), text)
    if column.kind == "local":
        return lambda batch: clock.local(batch.moments(name)).texts(b'"')
    if column.kind == "label":
        label = label_of(column, layout.language)
        labels = Remembered(lambda value: quoted(label(value)).encode())
        return lambda batch: list(map(labels.__getitem__, label_sources(batch, column)))
    if column.kind == "text" and column.unit != MOMENT:
        return lambda batch: _encoded(all_quoted(batch.values(name)))
    make = _MAKERS[column.kind]
    if (column.kind, column.unit) in _REMEMBERED:
        cells = Remembered(lambda value: make(value).encode())
        return lambda batch: list(map(cells.__getitem__, batch.values(name)))
    return lambda batch: _encoded(map(make, batch.values(name)))


_MAKERS: dict[str, Callable[[Any], str]] = {
    "id": quoted_id,
    "text": quoted,
    "word": quoted,
    "number": str,
    "moment": str,
    "json": lambda value: quoted(custom_text(value)),
    "list": lambda value: quoted(problem_text(value)),
}
_REMEMBERED = frozenset({("word", ""), ("number", ""), ("number", COUNT), ("list", ""), ("text", MOMENT)})
"""Kind and unit of columns of which the same value comes again and again."""


def _encoded(cells: Iterable[str]) -> Sequence[bytes]:
    """Every cell as UTF-8, in one go."""
    return _NEVER_IN_A_CELL.join(cells).encode("utf-8").split(_NEVER_IN_A_CELL.encode())


def _derived_cells(values: Numbers | Sequence[str], text: Remembered[bytes]) -> Sequence[bytes]:
    if not isinstance(values, Numbers):
        return list(map(text.__getitem__, values))
    cells = list(map(str, values.values.tolist()))
    for place in np.flatnonzero(~values.is_known).tolist():
        cells[place] = ""
    return _encoded(cells)
