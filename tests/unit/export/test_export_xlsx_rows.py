"""XLSX, read again by another library: no formula, nothing lost that a sheet can hold."""

from __future__ import annotations

import io
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings

from afterchat.contract.record import FIELDS, blank_record
from afterchat.errors import OperatorError
from afterchat.export.batch import Batch
from afterchat.export.cells import sheet_text
from afterchat.export.columns import COLUMNS, Layout, custom_text
from afterchat.export.extras import required
from afterchat.export.xlsx_rows import XlsxRows
from afterchat.store.ports import SessionRow
from export_rows import BATCHES

LAYOUT = Layout("en", ZoneInfo("Asia/Shanghai"))
EXACT_MAX = 10**15


def exported(rows, **bounds):
    writer = XlsxRows(LAYOUT, **bounds)
    try:
        data = b"".join([writer.begin(), writer.rows(Batch.of_rows(rows)), *writer.end()])
    finally:
        writer.close()
    return openpyxl.load_workbook(io.BytesIO(data))


def shown(value):
    """What a sheet holds of a value."""
    if isinstance(value, int):
        return value if abs(value) < EXACT_MAX else str(value)
    text = custom_text(value) if isinstance(value, tuple) else value
    return sheet_text(text) or None


@given(BATCHES)
@settings(max_examples=40)
def test_read_again_there_is_no_formula_and_every_field_is_what_it_was(rows):
    sheet = exported(rows)["sessions"]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n", "d", "inlineStr"}
    head, *lines = sheet.iter_rows(values_only=True)
    assert head == tuple(column.name for column in COLUMNS)
    assert len(lines) == len(rows)
    ids = {column.name for column in COLUMNS if column.kind == "id"}
    for line, row in zip(lines, rows, strict=True):
        for field, cell in zip(FIELDS, line, strict=False):
            value = getattr(row.record, field.name)
            assert cell == shown(str(value) if field.name in ids else value)


def test_what_looks_like_mark_up_of_the_library_is_text():
    marked = "<r><t>=1+1</t><f>1</f></r>"
    row = SessionRow("default", 1, 1, 1, 1, (), blank_record(remarks=marked))
    sheet = exported([row])["sessions"]
    cells = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert cells["remarks"] == marked


def test_a_moment_of_the_zone_is_a_date():
    row = SessionRow("default", 1, 1, 1, 1, (), blank_record(end_time=1_760_000_000_000))
    sheet = exported([row])["sessions"]
    cells = {head.value: cell.value for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (cells["end_time"], cells["start_time_local"]) == (1_760_000_000_000, None)
    assert cells["end_time_local"] == datetime(2025, 10, 9, 16, 53, 20)  # noqa: DTZ001 - a sheet's date has no zone


def test_a_full_sheet_is_followed_by_another_with_a_head_that_stays_in_view():
    rows = [SessionRow("default", number, 1, 1, 1, (), blank_record(id=number)) for number in range(5)]
    book = exported(rows, sheet_rows_max=3)
    assert [(sheet.title, sheet.max_row, sheet.freeze_panes) for sheet in book] == [
        ("sessions", 3, "A2"),
        ("sessions 2", 3, "A2"),
        ("sessions 3", 2, "A2"),
    ]


def test_the_private_folder_is_gone_whether_the_workbook_was_finished_or_not(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    writer = XlsxRows(LAYOUT)
    writer.begin()
    (folder,) = tmp_path.iterdir()
    mode = folder.stat().st_mode & 0o777
    writer.close()
    assert (mode, list(tmp_path.iterdir())) == (0o700, [])


def test_a_library_that_is_missing_is_named_by_its_extra():
    with pytest.raises(OperatorError, match=r"pip install 'afterchat\[xlsx\]'"):
        required("no_such_library_at_all", "xlsx")
