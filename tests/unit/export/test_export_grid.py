"""Lines made all at once are those that would be made one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from afterchat.export import grid
from afterchat.export.grid import CodedCells, GridCells, lines_of, number_letters, only_where
from export_rows import INT64

CELLS = st.binary(max_size=9).map(lambda cell: cell.replace(b"\0", b"."))
EDGES = [(b"", b""), (b"\"'", b'"')]


@given(st.lists(INT64 | st.integers(-12_000, 12_000), min_size=1, max_size=9), st.sampled_from(EDGES))
@example([0, -(2**63), 2**63 - 1, 9_999, 10_000, -9_999, 99_999_999, 100_000_000], EDGES[1])
@example([0], EDGES[0])
def test_numbers_are_written_as_python_writes_them(numbers, around):
    before, after = around
    letters = GridCells(number_letters(np.array(numbers, np.int64), before, after))
    expected = b"".join(b"%s%d%s,x\r\n" % (before, number, after) for number in numbers)
    assert expected == lines_of([letters, CodedCells.each([b"x"] * len(numbers))], len(numbers))


def test_a_number_that_is_not_there_leaves_its_cell_empty():
    letters = only_where(number_letters(np.array([1, 22, 3], np.int64)), np.array([True, False, True]))
    assert lines_of([GridCells(letters)], 3) == b"1\r\n\r\n3\r\n"


@given(st.lists(CELLS, min_size=1, max_size=5), st.data())
def test_a_line_is_its_cells_with_commas_between(cells, data):
    codes = data.draw(st.lists(st.integers(0, len(cells) - 1), min_size=1, max_size=8))
    apart = data.draw(st.lists(CELLS, min_size=len(codes), max_size=len(codes)))
    expected = b"".join(cells[code] + b"," + cell + b"\r\n" for code, cell in zip(codes, apart, strict=True))
    columns = [CodedCells(np.array(codes, np.intp), cells), CodedCells.each(apart)]
    assert expected == lines_of(columns, len(codes))


def test_no_rows_are_no_lines():
    assert lines_of([CodedCells.each([])], 0) == b""


def test_one_very_long_cell_does_not_make_every_line_as_wide(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(grid, "GRID_BYTES_MAX", 4_096)
    sizes = []
    put = CodedCells.put

    def watched(self, letters, begin, end):
        sizes.append(letters.size)
        put(self, letters, begin, end)

    monkeypatch.setattr(CodedCells, "put", watched)
    cells = [b"x" * 3_000 if number == 37 else b"y" for number in range(64)]
    assert b"".join(cell + b"\r\n" for cell in cells) == lines_of([CodedCells(np.arange(64), cells)], 64)
    assert max(sizes) <= 4_096
