"""`afterchat quarantine`: refused pushes, why they were refused, and taking an authentic one after all.

Only the inbox's owner writes the inbox: with a server running, a release is an order to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from afterchat.cli.audited import note
from afterchat.cli.command import Group, command, current_language
from afterchat.cli.inbox import body_document, cursor_option, next_page, raw_option, seconds_moment
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, limit_option, store_option, tenant_option
from afterchat.cli.output import Column, moment, print_document, print_raw, print_rows, short_moment
from afterchat.errors import NotFoundError, StoreLockedError

__all__ = ["quarantine"]

ORDER_SECONDS_MAX = 10.0
"""A running server looks twice a second; beyond this it is not running as it should."""

_REASONS = {
    "checksum": Text("checksum wrong", "校验和不符"),
    "window": Text("time outside the window", "超出时间窗口"),
}
_OUTCOMES = {
    "new": Text("taken into the inbox", "已放入收件箱"),
    "duplicate": Text("was in the inbox already; counted as a repeat", "收件箱中已有，按重复计数"),
}


def _yes_no(value: bool) -> str:
    return (Text("yes", "是") if value else Text("no", "否")).of(current_language())


def _reason(wire: str) -> str:
    return _REASONS[wire].of(current_language()) if wire in _REASONS else wire


def _outcome(wire: str) -> str:
    return _OUTCOMES[wire].of(current_language()) if wire in _OUTCOMES else wire


def _cause(wire: str) -> str:
    """What the diagnosis said; its word is kept in the store, its sentence is told in the reader's language."""
    from afterchat.contract.causes import Cause

    cause = next((cause for cause in Cause if cause.wire == wire), None)
    return wire or "-" if cause is None else Text(cause.en, cause.zh).of(current_language())


_COLUMNS = (
    Column("id", Text("push", "编号"), is_number=True),
    Column("refused_at", Text("refused", "拒绝时间"), moment, show_narrow=short_moment),
    Column("tenant", Text("tenant", "租户")),
    Column("reason", Text("reason", "原因"), _reason, is_flexible=True),
    Column("cause", Text("likely cause", "可能的原因"), _cause, is_flexible=True, is_beneath=True),
    Column("released_at", Text("released", "放行时间"), moment, is_optional=True, show_narrow=short_moment),
)
_LINES = (
    *_COLUMNS,
    Column("authentic", Text("authentic", "签名真实"), _yes_no),
    Column("signed_at", Text("signed", "签名时间"), seconds_moment),
    Column("event_type", Text("event type", "事件类型"), lambda name: name or "-"),
    Column("query", Text("query", "查询串")),
    Column("body_bytes", Text("bytes", "字节")),
    Column("sha256", Text("sha256", "sha256")),
    Column("body", Text("body", "请求体")),
)
_RELEASED = (
    Column("id", Text("push", "编号")),
    Column("outcome", Text("outcome", "结果"), _outcome),
    Column("by", Text("by", "执行者")),
)


@click.group(
    "quarantine", cls=Group, text=Text("Look at refused pushes, and release them.", "查看并放行被拒绝的推送。")
)
def quarantine() -> None:
    """Refused pushes that were kept."""


@command("list", Text("List refused pushes, newest first.", "列出被拒绝的推送，最新的在前。"), group=quarantine)
@tenant_option
@limit_option
@cursor_option
@store_option
@config_option
def list_refused(tenant: str | None, limit: int, cursor: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows, next_cursor = run(_page(store_url(store, config), tenant, cursor, limit))
    print_rows(_COLUMNS, rows, empty=Text("Nothing was refused.", "没有被拒绝的推送。"))
    next_page(next_cursor)


@command("show", Text("Show one refused push and why.", "显示一条被拒绝的推送及原因。"), group=quarantine)
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


@command(
    "release",
    Text("Take an authentic push that came too late after all.", "放行一条真实但超时的推送。"),
    Text(
        "A push whose signature never verified cannot be released: correct the key and have it pushed again.",
        "签名从未通过的推送不能放行：请更正密钥并让对方重新推送。",
    ),
    group=quarantine,
)
@click.argument("push_id", metavar="ID", type=int)
@store_option
@config_option
def release(push_id: int, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    print_document(_RELEASED, run(_release(store_url(store, config), push_id)))


async def _page(
    url: str, tenant: str | None, cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.listings import quarantine_page
    from afterchat.query.paging import read_row_cursor

    before_id = read_row_cursor("quarantine", cursor)
    async with opened(url) as reached:
        page = await quarantine_page(reached.quarantine, tenant, before_id, limit)
    return msgspec.to_builtins(page.items), page.next_cursor


async def _one(url: str, push_id: int) -> tuple[dict[str, Any], bytes]:
    from afterchat.cli.access import opened

    async with opened(url) as reached:
        row = await reached.quarantine.get(push_id)
    if row is None:
        raise NotFoundError(f"the quarantine holds no push {push_id}; see `afterchat quarantine list`")
    document = row.push._asdict()
    body = document.pop("body")
    return {
        "id": str(row.id),
        **document,
        "sha256": row.push.sha256.hex(),
        "body_bytes": len(body),
        "released_at": row.released_at,
        **body_document(body),
    }, body


async def _release(url: str, push_id: int) -> dict[str, Any]:
    """Directly when nobody owns the inbox, by order when a server does."""
    from afterchat.cli.access import opened, order_carried_out
    from afterchat.clock import SystemClock

    clock = SystemClock()
    row, _ = await _one(url, push_id)  # what is not there is said so before anything is opened for writing
    async with opened(url, "registry") as reached:
        await note(reached, "quarantine.release", row["id"], row["tenant"])
    try:
        async with opened(url, "inbox") as reached:
            outcome = (await reached.quarantine.release(push_id, clock.now_ms())).value
            by = "command"
    except StoreLockedError:
        async with opened(url, "registry") as reached:
            order = await order_carried_out(
                reached.registry, clock, "release", str(push_id), wait_seconds=ORDER_SECONDS_MAX
            )
        outcome, by = order.result, "server"
    return {"id": str(push_id), "outcome": outcome, "by": by}
