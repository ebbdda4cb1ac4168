"""`afterchat inbox`: the pushes exactly as they arrived, newest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from afterchat.cli.command import Group, command, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, limit_option, store_option, tenant_option
from afterchat.cli.output import Column, moment, print_document, print_raw, print_rows, remark
from afterchat.errors import NotFoundError

__all__ = ["body_document", "cursor_option", "inbox", "next_page", "raw_option", "seconds_moment"]


def seconds_moment(seconds: int) -> str:
    """Epoch seconds as people read them."""
    return moment(seconds * 1000)


cursor_option = option(
    "--cursor", metavar="CURSOR", text=Text("Where the page before ended.", "上一页末尾给出的游标。")
)
raw_option = option(
    "--raw",
    "is_raw",
    is_flag=True,
    text=Text("Print exactly the bytes that arrived, nothing else.", "只输出收到的原始字节。"),
)

_COLUMNS = (
    Column("id", Text("push", "编号"), is_number=True),
    Column("arrived_at", Text("arrived", "到达时间"), moment),
    Column("tenant", Text("tenant", "租户")),
    Column("event_type", Text("event type", "事件类型"), lambda name: name or "-", is_flexible=True),
    Column("body_bytes", Text("bytes", "字节"), is_number=True),
    Column("repeat_count", Text("repeats", "重复"), is_number=True),
    Column("key_id", Text("key", "密钥"), is_optional=True),
    Column("signed_at", Text("signed", "签名时间"), seconds_moment, is_optional=True),
    Column("sha256", Text("sha256", "sha256"), is_flexible=True, is_optional=True),
)
_LINES = (
    *_COLUMNS,
    Column("scheme", Text("scheme", "签名方案")),
    Column("body", Text("body", "请求体")),
)


@click.group("inbox", cls=Group, text=Text("Look at the pushes exactly as they arrived.", "查看原样保存的推送。"))
def inbox() -> None:
    """The log of authentic pushes."""


@command("list", Text("List pushes, newest first.", "列出推送，最新的在前。"), group=inbox)
@tenant_option
@limit_option
@cursor_option
@store_option
@config_option
def list_pushes(tenant: str | None, limit: int, cursor: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows, next_cursor = run(_page(store_url(store, config), tenant, cursor, limit))
    print_rows(_COLUMNS, rows, empty=Text("Nothing has arrived yet.", "还没有收到推送。"))
    next_page(next_cursor)


@command("show", Text("Show one push with its body.", "显示一条推送及其请求体。"), group=inbox)
@click.argument("push_id", metavar="ID", type=int)
@raw_option
@store_option
@config_option
def show(push_id: int, is_raw: bool, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    document, body = run(_one(store_url(store, config), push_id))
    if is_raw:
        print_raw(body)
    else:
        print_document(_LINES, document)


def next_page(cursor: str | None) -> None:
    """Say how the listing goes on, when it does."""
    if cursor:
        remark(Text("More: --cursor {cursor}", "还有更多：--cursor {cursor}"), cursor=cursor)


def body_document(body: bytes) -> dict[str, Any]:
    """The body for people and scripts: as text when it is UTF-8, else as base64 beside what can be read."""
    from base64 import b64encode

    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body": body.decode("utf-8", "backslashreplace"), "body_base64": b64encode(body).decode()}


async def _page(
    url: str, tenant: str | None, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.listings import inbox_page
    from afterchat.query.paging import read_row_cursor

    before_id = read_row_cursor("inbox", cursor)
    async with opened(url) as reached:
        page = await inbox_page(reached.inbox, tenant, before_id, limit)
    return msgspec.to_builtins(page.items), page.next_cursor


async def _one(url: str, push_id: int) -> tuple[dict[str, Any], bytes]:
    from afterchat.cli.access import opened

    async with opened(url) as reached:
        row = await reached.inbox.get(push_id)
    if row is None:
        raise NotFoundError(f"the inbox holds no push {push_id}; see `afterchat inbox list`")
    document = row._asdict()
    body = document.pop("body")
    return {
        **document,
        "id": str(row.id),
        "sha256": row.sha256.hex(),
        "body_bytes": len(body),
        **body_document(body),
    }, body
