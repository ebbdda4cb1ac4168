"""XLSX: a workbook whose cells are strings, numbers and dates, and never formulas.

Strings are written as strings, so no sign means anything (`cells.sheet_text` takes out what XML cannot hold).
Ids are strings, and so is a number of more than 15 digits, because a spreadsheet would round it.
`_local` columns are dates of the zone's wall; what is none is no cell.
A sheet that is full is followed by another; each has its head, which stays in view.

A workbook is a ZIP of whole sheets, so it is made in a private folder and handed on when it is done.
The same rows give the same bytes: nothing in the file says when it was made.

Needs the extra `xlsx`.
What does not belong here: which columns there are (`columns`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from afterchat.export.batch import Batch
from afterchat.export.cells import sheet_text
from afterchat.export.columns import COLUMNS, Column, Layout, custom_text, label_of, label_sources, problem_text
from afterchat.export.derived import Numbers
from afterchat.export.extras import required
from afterchat.export.moments import WallClock
from afterchat.export.remembered import Remembered

__all__ = ["SHEET_ROWS_MAX", "XlsxRows"]

SHEET_ROWS_MAX = 1_048_576
"""Of one sheet, its head among them: what a spreadsheet opens."""

_EXACT_MAX = 10**15
"""Beyond it a spreadsheet rounds."""
_PIECE_BYTES = 256 * 1024
_MADE_AT = datetime(2000, 1, 1)  # noqa: DTZ001 - the library wants a bare date and writes it as UTC
_WIDTH_CHARACTERS = 18

Cell = str | int | float | None
"""None and empty text are no cell."""


class XlsxRows:
    """One workbook."""

    def __init__(self, layout: Layout, sheet_rows_max: int = SHEET_ROWS_MAX) -> None:
        library = required("xlsxwriter", "xlsx")
        self._layout = layout
        self._rows_max = sheet_rows_max
        self._folder = Path(tempfile.mkdtemp(prefix="afterchat-export-"))
        self._file = self._folder / "sessions.xlsx"
        self._workbook = library.Workbook(
            str(self._file), {"constant_memory": True, "tmpdir": str(self._folder), "use_zip64": True}
        )
        self._workbook.set_properties({"created": _MADE_AT})
        self._bold = self._workbook.add_format({"bold": True})
        self._date = self._workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        clock = WallClock(layout.zone)
        self._readers = [_reader(column, layout, clock) for column in COLUMNS]
        self._dates = [column.kind == "local" for column in COLUMNS]
        self._sheet_count = 0
        self._next_row = sheet_rows_max

    def begin(self) -> bytes:
        """Nothing can be handed on yet."""
        self._begin_sheet()
        return b""

    def rows(self, batch: Batch) -> bytes:
        """Write a row for each session; nothing can be handed on yet."""
        cells = zip(*(read(batch) for read in self._readers), strict=True)
        for row in cells:
            if self._next_row >= self._rows_max:
                self._begin_sheet()
            self._write(row)
        return b""

    def end(self) -> Iterator[bytes]:
        """The whole workbook."""
        self._workbook.close()
        with self._file.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece

    def close(self) -> None:
        """Remove the private folder, finished or not."""
        for sheet in self._workbook.worksheets():
            sheet._opt_close()  # noqa: SLF001 - the library has no other way to give up a workbook
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin_sheet(self) -> None:
        self._sheet_count += 1
        name = "sessions" if self._sheet_count == 1 else f"sessions {self._sheet_count}"
        self._sheet = self._workbook.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(COLUMNS) - 1, _WIDTH_CHARACTERS)
        for place, column in enumerate(COLUMNS):
            self._sheet.write_string(0, place, column.heading(self._layout), self._bold)
        self._next_row = 1

    def _write(self, row: tuple[Cell, ...]) -> None:
        sheet, number = self._sheet, self._next_row
        for place, value in enumerate(row):
            if value is None or value == "":
                continue
            if isinstance(value, str):
                if value.startswith("<r>") and value.endswith("</r>"):
                    # The library takes such a text for its own mark-up and would not escape it.
                    sheet.write_rich_string(number, place, value[:1], value[1:2], value[2:])
                else:
                    sheet.write_string(number, place, value)
            elif self._dates[place]:
                sheet.write_number(number, place, value, self._date)
            else:
                sheet.write_number(number, place, value)
        self._next_row += 1


def _reader(column: Column, layout: Layout, clock: WallClock) -> Callable[[Batch], Sequence[Cell]]:
    """The function from a batch to the cells of that column."""
    name, kind = column.source, column.kind
    if column.derive is not None:
        derive = column.derive
        return lambda batch: _derived(derive(batch, clock))
    if kind == "local":
        return lambda batch: _dates(batch, name, clock)
    if kind == "label":
        labels = Remembered(label_of(column, layout.language))
        return lambda batch: [sheet_text(labels[value]) for value in label_sources(batch, column)]
    if kind == "list":
        return lambda batch: [sheet_text(problem_text(one, layout.language)) for one in batch.values(name)]
    make = _MAKERS[kind]
    return lambda batch: list(map(make, batch.values(name)))


def _number(value: int) -> Cell:
    return value if -_EXACT_MAX < value < _EXACT_MAX else str(value)


_MAKERS: dict[str, Callable[[Any], Cell]] = {
    "id": lambda value: sheet_text(str(value)),
    "text": sheet_text,
    "word": sheet_text,
    "number": _number,
    "moment": _number,
    "json": lambda value: sheet_text(custom_text(value)),
}


def _derived(values: Numbers | Sequence[str]) -> Sequence[Cell]:
    if not isinstance(values, Numbers):
        return values
    return [value if value is None or isinstance(value, float) else _number(value) for value in values.optional()]


def _dates(batch: Batch, name: str, clock: WallClock) -> Sequence[Cell]:
    local = clock.local(batch.moments(name))
    return Numbers(np.round(local.serials(), 8), local.is_known).optional()
