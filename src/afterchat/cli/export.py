"""`afterchat records export`: sessions as JSON lines or CSV, page by page, so that the size does not matter.

    jsonl   one wire record a line, all 59 fields: `afterchat push` takes it as it is
    csv     tenant and the 59 fields, UTF-8 with a byte order mark, safe to open in a spreadsheet

A file is written beside its name and moved there when it is whole, so that nobody reads half of an export.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, store_option
from afterchat.cli.output import remark
from afterchat.cli.records import filter_options, pairs_of
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from afterchat.store.ports import SessionRow

__all__ = ["export"]

PAGE_ROWS = 500


@command(
    "export",
    Text("Write sessions to a file.", "导出会话。"),
    Text(
        "Without --output it goes to standard output. Only current revisions are exported, latest end first.",
        "不给 --output 时写到标准输出。只导出当前版本，最近结束的在前。",
    ),
)
@option(
    "--format",
    "form",
    type=click.Choice(("jsonl", "csv")),
    default="jsonl",
    show_default=True,
    text=Text("jsonl: wire records; csv: for spreadsheets.", "jsonl：线上格式记录；csv：供表格软件使用。"),
)
@option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    text=Text("File to write; it must not exist yet.", "输出文件，须尚不存在。"),
)
@option("--force", is_flag=True, text=Text("Replace the file if it exists.", "文件已存在时替换。"))
@option("--labels", is_flag=True, text=Text("CSV: head the columns with meanings.", "CSV：表头使用字段含义。"))
@filter_options
@store_option
@config_option
def export(
    *,
    form: str,
    output: Path | None,
    force: bool,
    labels: bool,
    tenant: str | None,
    since: int | None,
    until: int | None,
    where: tuple[str, ...],
    store: str | None,
    config: Path | None,
) -> None:
    from afterchat.cli.access import run, store_url

    if output is not None and output.exists() and not force:
        text = Text("{file} exists; choose another name, or --force", "{file} 已存在；请换个名字，或使用 --force")
        raise CallerError(text.say(current_language(), file=output))
    url, pairs = store_url(store, config), pairs_of(since, until, where)
    if output is None:
        run(_write(url, tenant, pairs, sys.stdout.buffer, form, labels=labels))
        return
    beside = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            count = run(_write(url, tenant, pairs, file, form, labels=labels))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(output)
    except OSError as error:
        raise CallerError(f"{output}: cannot be written: {error.strerror}") from error
    finally:
        beside.unlink(missing_ok=True)
    remark(Text("{count} sessions in {file}", "已导出 {count} 个会话到 {file}"), count=count, file=output)


async def _write(
    url: str, tenant: str | None, pairs: list[tuple[str, str]], file: BinaryIO, form: str, *, labels: bool
) -> int:
    from afterchat.cli.access import opened
    from afterchat.query.filters import read_filters
    from afterchat.store.ports import SessionQuery

    query = SessionQuery(tenant, read_filters(pairs), None, PAGE_ROWS)
    head, line = _csv_form(labels=labels) if form == "csv" else (b"", _json_line)
    file.write(head)
    count = 0
    async with opened(url) as reached:
        while page := await reached.records.page(query):
            file.write(b"".join(map(line, page)))
            count += len(page)
            _show_count(count)
            last = page[-1]
            query = query._replace(after=(last.record.end_time, last.tenant, last.record.id))
    file.flush()
    return count


def _show_count(count: int) -> None:
    """How far it is, on a terminal only; the next line overwrites it."""
    if sys.stderr.isatty():
        click.echo(f"\r{count}\r", nl=False, err=True)


def _json_line(row: SessionRow) -> bytes:
    from afterchat.contract.codec import encode

    return encode(row.record) + b"\n"


def _csv_form(*, labels: bool) -> tuple[bytes, Callable[[SessionRow], bytes]]:
    """Head and line of a CSV: a column for each field, customField as JSON text."""
    import msgspec

    from afterchat.cli.spreadsheet import BYTE_ORDER_MARK, line_of_cells
    from afterchat.contract.record import FIELDS

    language = current_language()
    meanings = [field.zh if language == "zh" else field.en for field in FIELDS]
    names = meanings if labels else [field.wire for field in FIELDS]
    first = Text("Tenant", "租户").of(language) if labels else "tenant"

    def line(row: SessionRow) -> bytes:
        values = (getattr(row.record, field.name) for field in FIELDS)
        cells = [msgspec.json.encode(value).decode() if isinstance(value, tuple) else value for value in values]
        return line_of_cells([row.tenant, *cells])

    return BYTE_ORDER_MARK + line_of_cells([first, *names]), line
