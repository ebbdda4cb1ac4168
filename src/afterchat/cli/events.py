"""`afterchat events`: handing events in from a file, and watching the journal.

The token is never on the command line, where others could see it: it comes from a file.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from afterchat.cli.command import Group, command, is_json_wanted, option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, file_argument, store_option, tenant_option
from afterchat.cli.output import Column, Growing, moment, print_document, remark
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from afterchat.store.sending import JournalEvent

__all__ = ["events"]

FOLLOW_SECONDS = 0.5
_FOLLOW_ROWS_MAX = 10_000
_PAGE_ROWS = 200
"""Following looks twice a second; mostly there is little to read."""

_COLUMNS = (
    Column("number", Text("number", "序号"), is_number=True),
    Column("at", Text("happened", "发生时间"), moment),
    Column("tenant", Text("tenant", "租户")),
    Column("session", Text("session", "会话"), is_number=True),
    Column("type", Text("event", "事件")),
    Column("id", Text("id", "编号"), is_optional=True),
)


@click.group("events", cls=Group, text=Text("Hand in events, and watch them.", "提交并查看事件。"))
def events() -> None:
    """The journal's events."""


@command("tail", Text("Show the newest events of the journal.", "显示最新的事件。"), group=events)
@tenant_option
@option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    text=Text("How many to begin with.", "起始显示的条数。"),
)
@option(
    "--follow", is_flag=True, text=Text("Go on with what comes, until Ctrl-C.", "持续显示新事件，直到按下 Ctrl-C。")
)
@store_option
@config_option
def tail(*, tenant: str | None, limit: int, follow: bool, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url
    from afterchat.cli.stopping import stopped_by_signals

    url = store_url(store, config)
    rows = run(_latest(url, tenant, 0, limit))
    listing = Growing(_COLUMNS)
    listing.print_rows(rows)
    if not rows and not is_json_wanted():
        remark(Text("There is no event yet.", "还没有事件。"))
    last = rows[-1]["number"] if rows else 0
    if not follow:
        return
    with stopped_by_signals() as stop:
        while not stop.wait(FOLLOW_SECONDS):
            rows = run(_latest(url, tenant, last, _FOLLOW_ROWS_MAX))
            if rows:
                listing.print_rows(rows)
                last = rows[-1]["number"]


@command(
    "send",
    Text("Hand in events and show the verdicts.", "提交事件并显示结果。"),
    Text(
        "FILE holds one JSON event, an array of them, or one a line (NDJSON); - is standard input.\n"
        "Exit code 1 when any was refused or could not be read.",
        "FILE 可以是单个 JSON 事件、JSON 数组，或每行一个（NDJSON）；- 表示标准输入。\n"
        "有事件被拒绝或无法读取时，退出码为 1。",
    ),
    group=events,
)
@file_argument
@option("--to", "url", required=True, metavar="URL", text=Text("The sender's URL.", "发送端地址。"))
@option(
    "--token-file",
    "token_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text("File that holds a token of scope send.", "存放 send 权限令牌的文件。"),
)
@option("--records", "are_records", is_flag=True, text=Text("They are finished records.", "内容为成品记录。"))
def send(*, file: BinaryIO, url: str, token_file: Path, are_records: bool) -> None:
    from afterchat.cli.bodies import bodies_of
    from afterchat.cli.delivery import read_target
    from afterchat.cli.handing_in import Door, token_from
    from afterchat.cli.verdicts import VERDICT_COLUMNS, Verdicts

    try:
        target = read_target(url)
    except CallerError as error:
        raise click.UsageError(f"--to: {error}") from None
    path = "/v1/records" if are_records else "/v1/events"
    door = Door(target._replace(path=path), token_from(token_file), threading.Event().wait)
    verdicts = Verdicts()
    try:
        for batch in _batches(bodies_of(file)):
            verdicts.note(door.hand_in(batch))
    finally:
        door.close()
    print_document(VERDICT_COLUMNS, verdicts.counts)
    if verdicts.has_refusals:
        click.get_current_context().exit(int(Exit.FINDING))


def _batches(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Items in batches that a sender takes; an item that was printed over several lines becomes one line."""
    from afterchat.cli.handing_in import BATCH_BYTES_MAX, BATCH_ITEMS_MAX

    batch: list[bytes] = []
    size = 0
    for item in items:
        line = item.replace(b"\n", b" ").replace(b"\r", b" ")
        if batch and (len(batch) >= BATCH_ITEMS_MAX or size + len(line) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line)
    if batch:
        yield batch


async def _latest(url: str, tenant: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """The newest events with a greater number, oldest first."""
    import msgspec

    from afterchat.cli.access import opened

    found: list[tuple[int, str, int, JournalEvent]] = []
    before = None
    async with opened(url) as reached:
        while len(found) < limit:
            page = await reached.journal.latest(tenant, before, min(limit - len(found), _PAGE_ROWS))
            fresh = [row for row in page if row[0] > after]
            found += fresh
            if not page or len(fresh) < len(page):
                break
            before = page[-1][0]
    rows = []
    for number, owner, session, event in reversed(found):
        body = msgspec.json.decode(event.body)
        named = {"number": number, "at": event.at, "tenant": owner, "session": str(session)}
        rows.append({**named, "type": body.get("type", ""), "id": event.event_id, "event": body})
    return rows
