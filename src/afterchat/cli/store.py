"""`afterchat store`: looking after the data: damage, schema, copies."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from afterchat.cli.command import Group, command, current_language, is_json_wanted
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, store_option
from afterchat.cli.output import Column, print_document, print_rows, remark
from afterchat.errors import NotFoundError

__all__ = ["store"]

_PLACES = (
    ("quarantined push ", Text("quarantined push ", "隔离的推送 ")),
    ("push ", Text("push ", "推送 ")),
    ("entry ", Text("entry ", "条目 ")),
    ("endpoint ", Text("endpoint ", "推送地址 ")),
    ("dictionary ", Text("dictionary ", "压缩字典 ")),
    ("repeats", Text("repeats", "重复推送")),
    ("revisions of sessions", Text("revisions of sessions", "会话的版本")),
    ("sessions", Text("sessions", "会话")),
)
"""How places begin; others are names of columns and stay."""


def _where(where: str) -> str:
    for start, text in _PLACES:
        if where.startswith(start):
            return text.of(current_language()) + where.removeprefix(start)
    return where or "-"


_NO_STORE = Text(
    "there is no store in {folder}; `afterchat serve` and `afterchat sender` make one",
    "{folder} 中没有数据；`afterchat serve` 与 `afterchat sender` 会建立",
)
_FINDINGS = (
    Column("file", Text("file", "文件")),
    Column("where", Text("where", "位置"), _where),
    Column("what", Text("what", "问题"), is_flexible=True, is_beneath=True),
)
_MIGRATED = (
    Column("database", Text("database", "数据库")),
    Column("version", Text("version", "版本")),
)
_COPIED = (
    Column("folder", Text("copied to", "已复制到")),
    Column("bytes", Text("bytes", "字节")),
)


@click.group("store", cls=Group, text=Text("Look after the data.", "维护数据。"))
def store() -> None:
    """The databases as files: registry, inbox, records, sender."""


@command(
    "check",
    Text("Look for damage; exit code 1 when any is found.", "检查数据是否损坏；发现问题时退出码为 1。"),
    Text(
        "Every stored byte is compared with its hash, every record with its push, every count with a recount; "
        "a running server is not held up.",
        "逐字节核对哈希，逐条比对会话记录与推送原文，并重新计数；不影响正在运行的服务。",
    ),
    group=store,
)
@store_option
@config_option
def check(**given: Any) -> None:
    from afterchat.store.sqlite.check import CheckProgress, check_folder

    language = current_language()
    folder = _folder(given["store"], given["config"])
    findings: list[dict[str, Any]] = []
    with _counter() as on_progress:
        for report in check_folder(folder):
            if isinstance(report, CheckProgress):
                on_progress(report.part, report.done, report.total)
            else:
                what = report.what if is_json_wanted() else Text(report.what, report.what_zh).of(language)
                findings.append({"file": report.file, "where": report.where, "what": what})
    print_rows(_FINDINGS, findings, empty=Text("No damage.", "未发现损坏。"))
    if findings:
        click.get_current_context().exit(int(Exit.FINDING))


@command(
    "migrate",
    Text("Bring the store to this version's schema.", "把数据升级到本版本的结构。"),
    Text("No server may run on the store meanwhile.", "执行期间不能有服务在使用该数据。"),
    group=store,
)
@store_option
@config_option
def migrate(**given: Any) -> None:
    from afterchat.cli.access import run, store_url
    from afterchat.store.open import is_shared

    url = store_url(given["store"], given["config"])
    if is_shared(url):
        print_rows(_MIGRATED, run(_migrate_shared(url)))
        return
    folder = _folder(given["store"], given["config"])
    if not folder.is_dir():
        raise NotFoundError(_NO_STORE.say(current_language(), folder=folder))
    print_rows(_MIGRATED, run(_migrate(url, folder)))


@command(
    "backup",
    Text("Copy the store into a folder while everything runs.", "在服务运行时把数据复制到目录。"),
    Text(
        "Each database is copied as of one moment; the folder is a store like any other. It holds the secrets, too.",
        "每个数据库都是某一时刻的完整副本；该目录本身就是可用的数据，也包含密钥。",
    ),
    group=store,
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@store_option
@config_option
def backup(folder: Path, **given: Any) -> None:
    from afterchat.cli.access import run, store_url

    run(_backup(store_url(given["store"], given["config"]), folder))
    size = sum(file.stat().st_size for file in folder.iterdir())
    print_document(_COPIED, {"folder": str(folder), "bytes": size})
    remark(Text("It holds secrets: keep it as private as the store.", "副本包含密钥：请像保护原数据一样保护它。"))


def _folder(url: str | None, config: Path | None) -> Path:
    from afterchat.cli.access import run, store_folder, store_url

    folder = run(store_folder(store_url(url, config)))
    if folder is None:
        text = Text(
            "this store has no files; a PostgreSQL server checks and copies its own: pg_amcheck, pg_dump",
            "该数据没有文件；PostgreSQL 请用服务器自带的 pg_amcheck 与 pg_dump 检查和备份",
        )
        raise click.UsageError(text.of(current_language()))
    return folder


async def _migrate(url: str, folder: Path) -> list[dict[str, Any]]:
    """Those that the store has: migrating one end makes nothing of the other."""
    from afterchat.cli.access import opened
    from afterchat.store.sqlite.folder import databases_of
    from afterchat.store.sqlite.schema import known_migrations

    names = sorted(databases_of(folder))
    async with opened(url, *names):
        return [{"database": name, "version": known_migrations(name)[-1].name} for name in names]


async def _migrate_shared(url: str) -> list[dict[str, Any]]:
    """Opening for writing migrates every schema; processes of the version before go on meanwhile."""
    from afterchat.cli.access import opened
    from afterchat.store.postgresql.schema import LOCK_KEYS, known_migrations

    async with opened(url, "registry"):
        return [{"database": name, "version": known_migrations(name)[-1].name} for name in sorted(LOCK_KEYS)]


async def _backup(url: str, folder: Path) -> None:
    from afterchat.cli.access import opened

    with _counter() as on_progress:
        async with opened(url) as reached:
            await reached.backup(folder, on_progress)


@contextmanager
def _counter() -> Iterator[Callable[[str, int, int], None]]:
    """Says how far it is on a terminal's stderr, on one line; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _part, _done, _total: None
        return
    yield lambda part, done, total: click.echo(f"\r\x1b[K{part} {done}/{total}", nl=False, err=True)
    click.echo("\r\x1b[K", nl=False, err=True)
