"""The formats of an export: what a file is called, what a browser is told, who writes it.

A writer is used by one export alone, in this order, from one thread at a time:

    begin() -> bytes              once, first
    rows(batch) -> bytes          for each batch; may be empty while the format gathers
    end() -> pieces of bytes      once, last: what is left, or the whole of it for a format that cannot be streamed
    close()                       always, also after a failure: gives back what is held

What does not belong here: where sessions come from and where bytes go (`job`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import NamedTuple, Protocol

from afterchat.export.batch import Batch
from afterchat.export.columns import Layout
from afterchat.export.csv_rows import CsvRows
from afterchat.export.jsonl_rows import JsonRows, WireRows
from afterchat.export.parquet_rows import ParquetRows
from afterchat.export.xlsx_rows import XlsxRows
from afterchat.query.errors import BilingualFilterError

__all__ = ["FORMATS", "Format", "Writer", "file_name", "format_of"]


class Writer(Protocol):
    """Writes one file; see above."""

    def begin(self) -> bytes: ...
    def rows(self, batch: Batch) -> bytes: ...
    def end(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class Format(NamedTuple):
    """One format."""

    name: str
    extension: str
    media_type: str
    writer: Callable[[Layout], Writer]
    zh: str
    en: str
    is_text: bool = False
    """Whether it may be shown on a terminal."""
    reads_columns: bool = False
    """Whether columns can give all that it writes: texts in them hold no NUL and no lone surrogate."""


_FORMATS = (
    Format(
        "csv",
        "csv",
        "text/csv; charset=utf-8",
        CsvRows,
        "供表格软件使用",
        "for spreadsheets",
        is_text=True,
        reads_columns=True,
    ),
    Format(
        "xlsx",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        XlsxRows,
        "Excel 工作簿",
        "an Excel workbook",
    ),
    Format(
        "jsonl",
        "jsonl",
        "application/x-ndjson",
        JsonRows,
        "与接口一致的 JSON",
        "JSON as the API shows it",
        is_text=True,
    ),
    Format(
        "parquet",
        "parquet",
        "application/vnd.apache.parquet",
        ParquetRows,
        "带类型的列，供分析工具使用",
        "typed columns for analysis",
    ),
    Format(
        "wire",
        "jsonl",
        "application/x-ndjson",
        WireRows,
        "线上格式记录，可再推送",
        "wire records, to push",
        is_text=True,
    ),
)

FORMATS: Mapping[str, Format] = MappingProxyType({form.name: form for form in _FORMATS})
"""Every format by name."""


def format_of(name: str) -> Format:
    """The format of that name; raises FilterError naming those there are."""
    form = FORMATS.get(name)
    if form is None:
        names = ", ".join(FORMATS)
        raise BilingualFilterError(
            zh=f"没有这种格式，请选择：{names}。", en=f"there is no such format; choose one of: {names}"
        )
    return form


def file_name(form: Format, now_ms: int) -> str:
    """What a downloaded file is called: nothing that a caller wrote is part of it."""
    return f"sessions-{datetime.fromtimestamp(now_ms / 1000, UTC):%Y%m%dT%H%M%SZ}.{form.extension}"
