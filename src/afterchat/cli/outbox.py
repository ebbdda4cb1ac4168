"""`afterchat outbox`: what is on its way, what arrived, what was given up, and sending again.

Reading opens the sender's file read-only, beside a running sender.
How a redelivery is asked for stands in `redeliver`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Group, command, current_language, is_json_wanted, option
from afterchat.cli.endpoint_words import endpoint_named
from afterchat.cli.inbox import body_document, cursor_option, next_page
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, limit_option, store_option, tenant_option
from afterchat.cli.output import Column, moment, print_document, print_raw, print_rows, short_moment
from afterchat.cli.redeliver import ENTRY_ID, no_entry, redeliver
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN

if TYPE_CHECKING:
    from afterchat.store.open import Store

__all__ = ["outbox"]

_SESSION_ID = click.IntRange(INTEGER_MIN, INTEGER_MAX)

_STATES = {
    "waiting": Text("waiting", "等待"),
    "behind": Text("behind an earlier one", "排在前一条之后"),
    "leased": Text("under way", "投递中"),
    "delivered": Text("delivered", "已送达"),
    "dead": Text("dead", "死信"),
    "cancelled": Text("cancelled", "已取消"),
}


def _state(state: str) -> str:
    return _STATES[state].of(current_language())


def _error(kind: str) -> str:
    """What an attempt met, in the reader's language; its word is kept in the store."""
    from afterchat.sender.verdict import ERRORS

    return Text(*ERRORS[kind]).of(current_language()) if kind in ERRORS else kind or "-"


def _status(status: int) -> str:
    return str(status or "-")


_COLUMNS = (
    Column("id", Text("entry", "编号"), is_number=True),
    Column("created_at", Text("made", "生成时间"), moment, show_narrow=short_moment),
    Column("endpoint", Text("endpoint", "推送地址")),
    Column("session", Text("session", "会话"), is_number=True),
    Column("state", Text("state", "状态"), _state),
    Column("attempt_count", Text("attempts", "尝试"), is_number=True),
    Column("due_at", Text("due", "下次投递"), moment, is_optional=True, show_narrow=short_moment),
    Column("last_status", Text("status", "状态码"), _status, is_optional=True),
    Column("last_error", Text("last error", "最近错误"), _error, is_flexible=True, is_beneath=True),
)
_LINES = (
    *_COLUMNS,
    Column("tenant", Text("tenant", "租户")),
    Column("event_type", Text("event type", "事件类型")),
    Column("push_id", Text("push", "推送编号")),
    Column("series", Text("series", "投递轮次")),
    Column("settled_at", Text("settled", "完成时间"), moment),
    Column("body_bytes", Text("bytes", "字节")),
    Column("sha256", Text("sha256", "sha256")),
    Column("body", Text("body", "请求体")),
)
_ATTEMPTS = (
    Column("begun_at", Text("tried", "尝试时间"), moment),
    Column("duration_ms", Text("ms", "毫秒"), is_number=True),
    Column("status", Text("status", "状态码"), _status, is_number=True),
    Column("error", Text("reason", "原因"), lambda kind: _error(kind) if kind else _state("delivered")),
    Column("answer", Text("answer", "应答"), is_flexible=True, is_beneath=True),
)
_HEADINGS = {
    "waiting": Text("waiting", "等待"),
    "behind": Text("behind", "排队"),
    "leased": Text("under way", "投递中"),
    "delivered": Text("delivered", "已送达"),
    "dead": Text("dead", "死信"),
    "cancelled": Text("cancelled", "已取消"),
}
"""Short, so that six columns of numbers leave room for names."""
_COUNTS = (
    Column("endpoint", Text("endpoint", "推送地址"), is_flexible=True),
    Column("tenant", Text("tenant", "租户"), is_flexible=True),
    *(Column(state, words, is_number=True) for state, words in _HEADINGS.items()),
)


_endpoint_option = option(
    "--endpoint", "endpoint", metavar="NAME", text=Text("Only this endpoint.", "只看该推送地址。")
)
_raw_option = option(
    "--raw", "is_raw", is_flag=True, text=Text("Print exactly the bytes that are sent.", "只输出所推送的原始字节。")
)


@click.group("outbox", cls=Group, text=Text("Look at deliveries, and send them again.", "查看投递情况，并重新投递。"))
def outbox() -> None:
    """Entries and attempts."""


@command("list", Text("List deliveries, newest first.", "列出投递条目，最新的在前。"), group=outbox)
@tenant_option
@_endpoint_option
@option("--session", type=_SESSION_ID, metavar="ID", text=Text("Only this session.", "只看该会话。"))
@option("--state", type=click.Choice(list(_STATES)), text=Text("Only this state.", "只看该状态。"))
@limit_option
@cursor_option
@store_option
@config_option
def list_entries(*, limit: int, cursor: str | None, store: str | None, config: Path | None, **chosen: Any) -> None:
    _list(store, config, chosen, limit=limit, cursor=cursor)


@command("dead", Text("List what was given up, newest first.", "列出死信，最新的在前。"), group=outbox)
@tenant_option
@_endpoint_option
@limit_option
@cursor_option
@store_option
@config_option
def dead(*, limit: int, cursor: str | None, store: str | None, config: Path | None, **chosen: Any) -> None:
    _list(store, config, {**chosen, "session": None, "state": "dead"}, limit=limit, cursor=cursor)


@command("show", Text("Show one delivery with every attempt.", "显示一个条目及其全部尝试。"), group=outbox)
@click.argument("entry_id", metavar="ID", type=ENTRY_ID)
@_raw_option
@store_option
@config_option
def show(entry_id: int, is_raw: bool, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    document, body = run(_one(store_url(store, config), entry_id))
    if is_raw:
        print_raw(body)
    else:
        print_document(_LINES, document)
        _print_attempts(document["attempts"])


@command("counts", Text("How many entries are in which state.", "各状态的条目数。"), group=outbox)
@tenant_option
@store_option
@config_option
def counts(tenant: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows = run(_counts(store_url(store, config), tenant))
    print_rows(_COUNTS, rows, empty=Text("There is no endpoint.", "没有推送地址。"))


outbox.add_command(redeliver)


def _print_attempts(attempts: list[dict[str, Any]]) -> None:
    """One a line for people; without an answer, why there is none stands in its place. JSON has them already."""
    if attempts and not is_json_wanted():
        click.echo()
        print_rows(_ATTEMPTS, attempts)


def _list(store: str | None, config: Path | None, chosen: dict[str, Any], *, limit: int, cursor: str | None) -> None:
    from afterchat.cli.access import run, store_url

    rows, next_cursor = run(_page(store_url(store, config), chosen, cursor, limit))
    print_rows(_COLUMNS, rows, empty=Text("There is no such entry.", "没有符合条件的条目。"))
    next_page(next_cursor)


async def _page(
    url: str, chosen: dict[str, Any], cursor: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.outbox import OUTBOX, entry_page
    from afterchat.query.paging import read_row_cursor
    from afterchat.store.sending import EntryQuery, EntryState

    before_id = read_row_cursor(OUTBOX, cursor)
    tenant, state = chosen["tenant"], chosen["state"]
    async with opened(url) as reached:
        endpoint_id = None
        if chosen["endpoint"] is not None:
            endpoint_id = (await endpoint_named(reached.endpoints, chosen["endpoint"], tenant)).id
        query = EntryQuery(
            tenant, endpoint_id, chosen["session"], None if state is None else EntryState(state), before_id
        )
        page = await entry_page(reached.outbox, query, limit)
        names = await _names(reached)
    rows = msgspec.to_builtins(page.items)
    return [_named(row, names) for row in rows], page.next_cursor


async def _one(url: str, entry_id: int) -> tuple[dict[str, Any], bytes]:
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.outbox import entry_and_push, entry_detail

    async with opened(url) as reached:
        found = await entry_and_push(reached.outbox, None, entry_id)
        if found is None:
            raise no_entry(entry_id)
        entry, push = found
        detail = msgspec.to_builtins(await entry_detail(reached.outbox, entry, push))
        names = await _names(reached)
    return {
        **_named(detail["entry"], names),
        "sha256": detail["push"]["sha256"],
        "body_bytes": detail["push"]["body_bytes"],
        "attempts": detail["attempts"],
        **body_document(push.body),
    }, push.body


async def _counts(url: str, tenant: str | None) -> list[dict[str, Any]]:
    """A row for each endpoint, and one for those that are gone but left entries."""
    from afterchat.cli.access import opened

    async with opened(url) as reached:
        _, entries, _ = await reached.outbox.health()
        known = {endpoint.id: endpoint for endpoint in await reached.endpoints.endpoints(tenant)}
    ids = [*known, *sorted({endpoint_id for endpoint_id, _ in entries} - set(known) if tenant is None else ())]
    return [
        {
            "endpoint": known[endpoint_id].name if endpoint_id in known else f"#{endpoint_id}",
            "tenant": known[endpoint_id].tenant if endpoint_id in known else "",
            **{state: entries.get((endpoint_id, state), 0) for state in _STATES},
        }
        for endpoint_id in ids
    ]


async def _names(reached: Store) -> dict[str, str]:
    return {str(endpoint.id): endpoint.name for endpoint in await reached.endpoints.endpoints(None)}


def _named(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The row with the name of its endpoint; its number where the endpoint is gone."""
    return {**row, "endpoint": names.get(row["endpoint_id"], f"#{row['endpoint_id']}")}
