"""`afterchat records rebuild`: make the records again from the inbox, for history that a new release reads better.

With a server running, its projector does it, asked by an order; otherwise this process does.
Readers see the old records until the new ones are complete.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import Span, config_option, store_option
from afterchat.cli.output import Column, print_document
from afterchat.errors import StoreLockedError

if TYPE_CHECKING:
    from afterchat.store.open import Store

__all__ = ["rebuild"]

BATCH_ROWS = 1000

_LINES = (
    Column("by", Text("rebuilt by", "执行者")),
    Column("sessions", Text("sessions", "会话")),
    Column("revisions", Text("revisions", "版本")),
    Column("unreadable", Text("unreadable", "无法解读")),
    Column("with_problems", Text("with problems", "有问题的会话")),
    Column("seconds", Text("seconds", "耗时（秒）")),
)


@command(
    "rebuild",
    Text("Make the records again from the inbox.", "由收件箱重建会话记录。"),
    Text(
        "Works beside a running server and without one; readers see the old records until the new ones are complete.",
        "服务运行与否都可执行；重建完成之前读到的仍是旧记录。",
    ),
)
@option(
    "--wait",
    type=Span(),
    default="1h",
    show_default=True,
    text=Text("How long to wait for a running server.", "等待运行中服务完成的时长。"),
)
@store_option
@config_option
def rebuild(wait: int, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    print_document(_LINES, run(_rebuild(store_url(store, config), wait / 1000)))


async def _rebuild(url: str, wait_seconds: float) -> dict[str, Any]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    clock = SystemClock()
    begun = clock.monotonic()
    async with opened(url) as reached:
        await reached.inbox.counts()  # a store that is not there is not made by rebuilding it
    try:
        async with opened(url, "records") as reached:
            await _rebuild_here(reached)
            by, counts = "command", await reached.records.counts()
    except StoreLockedError:
        async with opened(url, "registry") as reached:
            await _rebuild_there(reached, wait_seconds)
            by, counts = "server", await reached.records.counts()
    return {"by": by, **counts, "seconds": round(clock.monotonic() - begun, 2)}


async def _rebuild_here(store: Store) -> None:
    from afterchat.clock import SystemClock
    from afterchat.projector.loop import project_once

    last = (await store.inbox.counts())["last_inbox_id"]
    records = await store.begin_rebuild()
    with _progress(last) as on_reached:
        while await project_once(store.inbox, records, SystemClock(), batch_rows=BATCH_ROWS) is not None:
            on_reached((await records.cursors())[0])
    await store.finish_rebuild()


async def _rebuild_there(store: Store, wait_seconds: float) -> None:
    """The new records are filled beside the old ones, so all that can be seen from here is that time passes."""
    from afterchat.cli.access import order_carried_out
    from afterchat.clock import SystemClock

    text = Text("the running server rebuilds the records ...", "运行中的服务正在重建会话记录……")
    if sys.stderr.isatty():
        click.echo(text.of(current_language()), err=True)
    await order_carried_out(store.registry, SystemClock(), "rebuild", "", wait_seconds=wait_seconds)


@contextmanager
def _progress(last_inbox_id: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal's stderr, silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _inbox_id: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task("", total=last_inbox_id)
        yield lambda inbox_id: progress.update(task, completed=inbox_id)
