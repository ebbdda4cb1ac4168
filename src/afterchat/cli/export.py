"""`afterchat records export`: sessions of any filter as a file, batch by batch, so that the size does not matter.

A file is written beside its name and moved there when it is whole and on disk, so that nobody reads half of an export.
What was written is said afterwards: sessions, bytes and the sha256 by which a copy can be checked.

What does not belong here: what the formats look like (`afterchat.export`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import click

from afterchat.cli.command import command, current_language, is_json_wanted, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, store_option
from afterchat.cli.output import Column, print_document, remark
from afterchat.cli.records import filter_options, pairs_of
from afterchat.errors import CallerError, StoreUnavailableError

if TYPE_CHECKING:
    from afterchat.export.columns import Layout
    from afterchat.export.formats import Format
    from afterchat.export.job import ExportJob, Outcome
    from afterchat.query.filters import Condition
    from afterchat.query.question import Question

__all__ = ["export"]

_DEFAULT = "jsonl"
_BATCH_ROWS = 500
_FORMATS = ("csv", "xlsx", "jsonl", "parquet", "wire")
_OUTCOME = (
    Column("file", Text("file", "文件")),
    Column("sessions", Text("sessions", "会话数")),
    Column("bytes", Text("bytes", "字节数")),
    Column("sha256", Text("sha256", "sha256")),
)


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
    type=click.Choice(_FORMATS),
    text=Text(
        "csv, xlsx: for spreadsheets; jsonl: as the API shows sessions; parquet: for analysis; wire: records that push "
        "takes. Without it, what the name of the file says, else jsonl.",
        "csv、xlsx：供表格软件使用；jsonl：与接口一致；parquet：供分析；wire：可用 push 再推送的记录。"
        "缺省按文件扩展名，否则为 jsonl。",
    ),
)
@option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    text=Text("File to write; it must not exist yet.", "输出文件，须尚不存在。"),
)
@option("--force", is_flag=True, text=Text("Replace the file if it exists.", "文件已存在时替换。"))
@option("--labels", is_flag=True, text=Text("Head the columns with meanings.", "表头使用字段含义。"))
@option(
    "--zone",
    metavar="ZONE",
    text=Text(
        "Time zone of days and local times, such as Asia/Shanghai; otherwise this machine's.",
        "日期与本地时间所用的时区，例如 Asia/Shanghai；缺省为本机时区。",
    ),
)
@filter_options
@store_option
@config_option
def export(
    *,
    form: str | None,
    output: Path | None,
    force: bool,
    labels: bool,
    zone: str | None,
    tenant: str | None,
    since: int | None,
    until: int | None,
    where: tuple[str, ...],
    store: str | None,
    config: Path | None,
) -> None:
    from afterchat.cli.access import run, store_url
    from afterchat.export.columns import Layout
    from afterchat.query.question import read_question
    from afterchat.query.scan import refuse_counted
    from afterchat.query.spans import read_zone
    from afterchat.server.machine_zone import machine_zone

    question = read_question(pairs_of(since, until, where))
    refuse_counted(question)
    chosen = read_zone(zone) if zone is not None else question.zone or machine_zone()
    layout = Layout(current_language(), chosen, is_headed_with_meanings=labels)
    chosen_form = _format(form, output)
    url = store_url(store, config)
    if output is None:
        run(_write(url, _Wanted(tenant, question, chosen_form, layout), sys.stdout.buffer))
        return
    if output.exists() and not force:
        text = Text("{file} exists; choose another name, or --force", "{file} 已存在；请换个名字，或使用 --force")
        raise CallerError(text.say(current_language(), file=output))
    with _moved_when_whole(output) as file:
        outcome = run(_write(url, _Wanted(tenant, question, chosen_form, layout), file))
    _say(output, outcome)


def _say(output: Path, outcome: Outcome) -> None:
    if is_json_wanted():
        count, size, digest = outcome
        print_document(_OUTCOME, {"file": str(output), "sessions": count, "bytes": size, "sha256": digest})
        return
    text = Text("{count} sessions in {file}, sha256 {digest}", "已导出 {count} 个会话到 {file}，sha256 {digest}")
    remark(text, count=outcome.row_count, file=output, digest=outcome.sha256)


def _format(name: str | None, output: Path | None) -> Format:
    """The format that was named, else that of the file's extension; a binary one does not go to a terminal."""
    from afterchat.export.formats import FORMATS

    extension = output.suffix.removeprefix(".") if output is not None else ""
    form = FORMATS[name or (extension if extension in FORMATS else _DEFAULT)]
    if output is None and not form.is_text and sys.stdout.isatty():
        text = Text("{name} is not for a terminal: give --output FILE", "{name} 不能显示在终端上：请给出 --output FILE")
        raise click.UsageError(text.say(current_language(), name=form.name))
    return form


@contextmanager
def _moved_when_whole(output: Path) -> Iterator[BinaryIO]:
    """A file beside `output` that takes its name once it is whole and on disk; nothing is left of half a file."""
    beside = output.with_name(f".{output.name}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(output)
    except OSError as error:
        text = Text("{file}: cannot be written: {why}", "{file}：无法写入：{why}")
        raise CallerError(text.say(current_language(), file=output, why=error.strerror)) from error
    finally:
        beside.unlink(missing_ok=True)


class _Wanted(NamedTuple):
    """Which sessions, and how they are to look."""

    tenant: str | None
    question: Question
    form: Format
    layout: Layout


async def _write(url: str, wanted: _Wanted, file: BinaryIO) -> Outcome:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.export.job import ExportJob
    from afterchat.export.source import batches_of_rows
    from afterchat.query.scan import row_batches

    tenant, question, form, layout = wanted
    conditions = question.conditions_at(SystemClock().now_ms(), layout.zone)
    async with opened(url) as reached:
        if reached.has_records:  # what is not there is not made
            await _leave_note(url, wanted, conditions)
        is_everything = tenant is None and not conditions and question.search is None
        total = (await reached.records.counts())["sessions"] if is_everything else None
        rows = row_batches(reached.records, tenant, conditions, question.search, page_rows=_BATCH_ROWS)
        job = ExportJob(form, layout, batches_of_rows(rows), total)
        with _progress(job) as show:
            async for piece in job.pieces():
                file.write(piece)
                show()
    file.flush()
    assert job.outcome is not None, "the last piece was taken"
    return job.outcome


async def _leave_note(url: str, wanted: _Wanted, conditions: Sequence[Condition]) -> None:
    """A line of the audit; who may only read the files leaves none, and would need no command to copy them."""
    from afterchat.access.audit import COMMAND_LINE, unmasked_export
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    note = unmasked_export(
        COMMAND_LINE,
        SystemClock().now_ms(),
        wanted.form.name,
        tenant=wanted.tenant,
        conditions=conditions,
        session_count=None,
    )
    with suppress(StoreUnavailableError):
        async with opened(url, "registry") as reached:
            await reached.people.write_note(note)


@contextmanager
def _progress(job: ExportJob) -> Iterator[Callable[[], None]]:
    """A progress bar on a terminal's stderr, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    words = Text("{task.completed:.0f} sessions", "{task.completed:.0f} 个会话")
    columns = (BarColumn(), TextColumn(words.of(current_language())), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=job.progress.row_count_total)
        yield lambda: progress.update(task, completed=job.progress.row_count)
