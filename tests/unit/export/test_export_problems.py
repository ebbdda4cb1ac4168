"""Why a field could not be read stands in every table of an export, in its language."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from afterchat.contract.record import blank_record
from afterchat.export.batch import Batch
from afterchat.export.columns import Layout
from afterchat.export.csv_rows import CsvRows
from afterchat.export.parquet_rows import ParquetRows
from afterchat.export.xlsx_rows import XlsxRows
from afterchat.store.ports import SessionRow

PROBLEMS = ("ender: wider than 64 bits", "body: begins with a byte order mark")
ROW = SessionRow("default", 1, 1, 1, 1, PROBLEMS, blank_record(id=1))


def of_csv(data):
    return next(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))["problems"]


def of_xlsx(data):
    head, line = openpyxl.load_workbook(io.BytesIO(data))["sessions"].iter_rows(values_only=True)
    return line[head.index("problems")]


def of_parquet(data):
    return pa.parquet.read_table(io.BytesIO(data))["problems"].to_pylist()[0]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "ender: wider than 64 bits; body: begins with a byte order mark"),
        ("zh", "ender：超出 64 位；请求体：以字节顺序标记开头"),
    ],
)
@pytest.mark.parametrize(
    ("rows", "read"),
    [(CsvRows, of_csv), (XlsxRows, of_xlsx), (ParquetRows, of_parquet)],
    ids=["csv", "xlsx", "parquet"],
)
def test_problems_are_in_the_language_of_the_file(rows, read, language, text):
    writer = rows(Layout(language, ZoneInfo("UTC")))
    try:
        data = b"".join([writer.begin(), writer.rows(Batch.of_rows([ROW])), *writer.end()])
    finally:
        writer.close()

    assert text == read(data)
