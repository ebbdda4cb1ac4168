"""`afterchat endpoints`: where a tenant's pushes are sent to, how, and how each endpoint does.

Rules
- An endpoint is named by its name within a tenant, or by its number.
- Secrets are made here with 32 random bytes and shown once, or come from a file; never from the command line.
- A URL is judged when it is written, by the same rules as when it is called.

How an endpoint is made and changed stands in `endpoint_setup`, its keys in `endpoint_keys`, its test push in
`endpoint_trial`, the words for how it does in `endpoint_words`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from afterchat.cli.audited import note, note_about
from afterchat.cli.command import Group, command, current_language, is_json_wanted, option
from afterchat.cli.endpoint_keys import add_key, retire_key
from afterchat.cli.endpoint_setup import add, change
from afterchat.cli.endpoint_trial import test
from afterchat.cli.endpoint_words import endpoint_named, name_argument, owner_option, state_words, trouble
from afterchat.cli.keys import KEY_COLUMNS, key_row
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, store_option, tenant_option
from afterchat.cli.output import Column, moment, print_document, print_rows, remark
from afterchat.cli.taken_up import say_taken_up
from afterchat.errors import CallerError

__all__ = ["endpoints"]

_OPEN_STATES = ("waiting", "behind", "leased")


def _joined(values: list[str]) -> str:
    return ", ".join(values) or "-"


_ID = Column("id", Text("id", "编号"), is_number=True)
_NAME = Column("name", Text("endpoint", "推送地址"))
_TENANT = Column("tenant", Text("tenant", "租户"))
_STATE = Column("state", Text("state", "状态"), state_words)
_URL = Column("url", Text("url", "URL"), is_flexible=True)
_COLUMNS = (
    _ID,
    _TENANT,
    _NAME,
    _STATE,
    Column("open", Text("to deliver", "待投递"), is_number=True),
    Column("delivered", Text("delivered", "已送达"), is_number=True),
    Column("dead", Text("dead", "死信"), is_number=True),
    _URL,
    Column("trouble", Text("trouble", "异常"), is_flexible=True, is_beneath=True),
)
_LINES = (
    _ID,
    _TENANT,
    _NAME,
    _STATE,
    _URL,
    Column("event_types", Text("event types", "事件类型"), _joined),
    Column("signature_mode", Text("signatures", "签名方式")),
    Column("success", Text("taken when", "成功条件")),
    Column("schedule_seconds", Text("waits (seconds)", "重试间隔（秒）"), lambda waits: " ".join(map(str, waits))),
    Column("rate_per_second_max", Text("a second", "每秒上限"), lambda rate: str(rate or "-")),
    Column("concurrency_max", Text("at once", "并发上限")),
    Column("header_names", Text("headers", "请求头"), _joined),
    Column("failing_since", Text("failing since", "失败起始时间"), moment),
    Column("failures_in_a_row", Text("failures in a row", "连续失败次数")),
    Column("open_until", Text("held until", "暂停投递至"), moment),
    Column("disabled_at", Text("given up at", "停用时间"), moment),
    Column("open", Text("to deliver", "待投递")),
    Column("delivered", Text("delivered", "已送达")),
    Column("dead", Text("dead", "死信")),
    Column("created_at", Text("created", "创建时间"), moment),
)


@click.group("endpoints", cls=Group, text=Text("Where pushes are sent to.", "管理推送地址。"))
def endpoints() -> None:
    """Endpoints, their keys and how they do."""


@command("list", Text("List the endpoints and how they do.", "列出推送地址及其状况。"), group=endpoints)
@tenant_option
@store_option
@config_option
def list_endpoints(tenant: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url
    from afterchat.clock import SystemClock

    rows = run(_read(store_url(store, config), tenant))
    if not is_json_wanted():
        now_ms = SystemClock().now_ms()
        rows = [{**row, "trouble": trouble(row, now_ms)} for row in rows]
    empty = Text("There is no endpoint: nothing is sent anywhere.", "没有推送地址：不会向任何地方推送。")
    print_rows(_COLUMNS, rows, empty=empty)


@command("show", Text("Show one endpoint; secrets are never shown.", "显示一个推送地址；不显示密钥。"), group=endpoints)
@name_argument
@owner_option
@store_option
@config_option
def show(name: str, tenant: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    document = run(_one(store_url(store, config), name, tenant))
    print_document(_LINES, document)
    if not is_json_wanted() and document["keys"]:
        click.echo()
        print_rows(KEY_COLUMNS, document["keys"])


@command(
    "pause",
    Text("Hold what is to be delivered; nothing is dropped.", "暂停投递；条目保留，不会丢弃。"),
    group=endpoints,
)
@name_argument
@owner_option
@store_option
@config_option
def pause(name: str, tenant: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    run(_set_paused(store_url(store, config), name, tenant, is_paused=True))
    remark(Text("{name} is paused.", "{name} 已暂停。"), name=name)


@command(
    "resume",
    Text("Deliver again, also after the relay gave up.", "恢复投递；因持续失败被停用时也用它。"),
    group=endpoints,
)
@name_argument
@owner_option
@store_option
@config_option
def resume(name: str, tenant: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    run(_set_paused(store_url(store, config), name, tenant, is_paused=False))
    remark(Text("{name} is delivered to again.", "{name} 已恢复投递。"), name=name)


@command(
    "delete",
    Text("Forget an endpoint; what it did not get is cancelled.", "删除推送地址；未送达的条目将被取消。"),
    group=endpoints,
)
@name_argument
@owner_option
@option("--force", is_flag=True, text=Text("Even when something is to be delivered.", "即使尚有待投递的条目。"))
@store_option
@config_option
def delete(*, name: str, tenant: str | None, force: bool, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    run(_delete(store_url(store, config), name, tenant, is_forced=force))
    remark(Text("{name} is deleted.", "{name} 已删除。"), name=name)
    say_taken_up()


for _made in (add, change, add_key, retire_key, test):
    endpoints.add_command(_made)


async def _read(url: str, tenant: str | None) -> list[dict[str, Any]]:
    """Every endpoint with its health; before a sender ever ran there is none of that to read."""
    import msgspec

    from afterchat.cli.access import opened
    from afterchat.query.outbox import endpoint_page, endpoints_alone

    async with opened(url) as reached:
        if reached.has_sender:
            page = await endpoint_page(reached.endpoints, reached.outbox, tenant)
        else:
            page = await endpoints_alone(reached.endpoints, tenant)
    return [_flat(msgspec.to_builtins(item)) for item in page.items]


def _flat(view: dict[str, Any]) -> dict[str, Any]:
    entries, health = view.pop("entries"), view.pop("health")
    return {
        **view,
        **health,
        "open": sum(entries[state] for state in _OPEN_STATES),
        "delivered": entries["delivered"],
        "dead": entries["dead"],
        "entries": entries,
    }


async def _one(url: str, name: str, tenant: str | None) -> dict[str, Any]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    async with opened(url) as reached:
        endpoint = await endpoint_named(reached.endpoints, name, tenant)
    now_ms = SystemClock().now_ms()
    row = next(row for row in await _read(url, endpoint.tenant) if row["id"] == str(endpoint.id))
    return {**row, "keys": [key_row(key, now_ms) for key in endpoint.keys]}


async def _set_paused(url: str, name: str, tenant: str | None, *, is_paused: bool) -> None:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.sender.endpoint_rules import pausing

    async with opened(url, "registry") as reached:
        endpoint = await endpoint_named(reached.endpoints, name, tenant)
        healths = (await reached.outbox.health())[0] if reached.has_sender else ()
        disabled_at = next((health.disabled_at for health in healths if health.endpoint_id == endpoint.id), None)
        values = pausing(is_paused=is_paused, now_ms=SystemClock().now_ms(), disabled_at=disabled_at)
        await note_about(reached, "endpoint.pause" if is_paused else "endpoint.resume", endpoint)
        await reached.endpoints.change_endpoint(endpoint.id, values)


async def _delete(url: str, name: str, tenant: str | None, *, is_forced: bool) -> None:
    from afterchat.cli.access import opened

    row = await _one(url, name, tenant)
    if row["open"] and not is_forced:
        text = Text(
            "{count} entries are still to be delivered and would be cancelled; insist with --force",
            "尚有 {count} 个条目待投递，删除后会被取消；如确需删除，请加 --force",
        )
        raise CallerError(text.say(current_language(), count=row["open"]))
    async with opened(url, "registry") as reached:
        await note(reached, "endpoint.delete", row["id"], row["tenant"], name=row["name"])
        await reached.endpoints.delete_endpoint(int(row["id"]))
