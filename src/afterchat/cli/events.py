"""`afterchat events`: handing events in from a file, and watching the journal.

The token is never on the command line, where others could see it: it comes from a file.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from afterchat.cli.command import Group, command, current_language, option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, file_argument, store_option, tenant_option
from afterchat.cli.output import Column, moment, print_document, print_rows, remark
from afterchat.errors import CallerError, SettingsError

__all__ = ["events"]

FOLLOW_SECONDS = 0.5
TOKEN_BYTES_MAX = 512
_FOLLOW_ROWS_MAX = 10_000
_SHOWN_REFUSALS_MAX = 20

_COLUMNS = (
    Column("number", Text("number", "序号"), is_number=True),
    Column("at", Text("happened", "发生时间"), moment),
    Column("tenant", Text("tenant", "租户")),
    Column("session", Text("session", "会话"), is_number=True),
    Column("type", Text("event", "事件")),
    Column("id", Text("id", "编号"), is_optional=True),
)
_VERDICTS = (
    Column("taken", Text("taken", "已接收")),
    Column("duplicate", Text("known already", "重复")),
    Column("refused", Text("refused", "被拒绝")),
    Column("unreadable", Text("unreadable", "无法读取")),
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

    url = store_url(store, config)
    rows = run(_latest(url, tenant, 0, limit))
    print_rows(_COLUMNS, rows, empty=Text("There is no event yet.", "还没有事件。"))
    last = rows[-1]["number"] if rows else 0
    pause = threading.Event()
    while follow and not pause.wait(FOLLOW_SECONDS):
        rows = run(_latest(url, tenant, last, _FOLLOW_ROWS_MAX))
        if rows:
            print_rows(_COLUMNS, rows)
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
    from afterchat.cli.handing_in import Door

    try:
        target = read_target(url)
    except CallerError as error:
        raise click.UsageError(f"--to: {error}") from None
    path = "/v1/records" if are_records else "/v1/events"
    door = Door(target._replace(path=path), _token(token_file), threading.Event().wait)
    tally: Counter[str] = Counter()
    shown = 0
    try:
        for batch in _batches(bodies_of(file)):
            answer = door.hand_in(batch)
            for item in answer["items"]:
                tally[item["verdict"]] += 1
                if item["verdict"] in ("refused", "unreadable") and shown < _SHOWN_REFUSALS_MAX:
                    shown += 1
                    said = item.get(current_language(), item.get("reason", ""))
                    remark(Text("{id}: {said}", "{id}：{said}"), id=item.get("id") or "-", said=said)
    finally:
        door.close()
    print_document(_VERDICTS, {column.key: tally[column.key] for column in _VERDICTS})
    if tally["refused"] or tally["unreadable"]:
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


def _token(token_file: Path) -> str:
    try:
        token = token_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{token_file}: the token cannot be read: {error}") from error
    if not token or len(token) > TOKEN_BYTES_MAX or not token.isascii() or not token.isprintable():
        raise SettingsError(f"{token_file}: holds no token; make one with `afterchat tokens add --scope send`")
    return token


async def _latest(url: str, tenant: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Events with a greater number, oldest first."""
    import msgspec

    from afterchat.cli.access import opened

    async with opened(url) as reached:
        found = await reached.journal.latest(tenant, None, limit)
    rows = []
    for number, owner, session, event in reversed(found):
        if number > after:
            body = msgspec.json.decode(event.body)
            named = {"number": number, "at": event.at, "tenant": owner, "session": str(session)}
            rows.append({**named, "type": body.get("type", ""), "id": event.event_id, "event": body})
    return rows
