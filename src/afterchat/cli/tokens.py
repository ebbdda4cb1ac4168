"""`afterchat tokens`: who may read, who may hand in events, and who may operate the sending end.

A token is shown once; only its sha256 is kept.
Making and revoking one leave a line in the audit, which says `cli`.
One that sends belongs to one tenant: it says whose events they are.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Group, command, current_language, is_json_wanted, option
from afterchat.cli.language import Text
from afterchat.cli.options import Span, config_option, store_option
from afterchat.cli.output import Column, moment, print_document, print_rows, remark
from afterchat.cli.taken_up import say_taken_up
from afterchat.cli.tenants import no_tenant

if TYPE_CHECKING:
    from afterchat.access.tokens import Tokens
    from afterchat.store.open import Store

__all__ = ["tokens"]

_ALL = Text("all tenants", "全部租户")
_SCOPES = {
    "read": Text("read", "读取"),
    "send": Text("send", "提交事件"),
    "operate": Text("read and operate", "读取与运维"),
}
_TENANT = Column("tenant", Text("tenant", "租户"), lambda tenant: tenant or _ALL.of(current_language()))
_SCOPE = Column("scope", Text("may", "权限"), lambda scope: _SCOPES[scope].of(current_language()))
_STATES = {"valid": Text("valid", "有效"), "expired": Text("expired", "已过期")}
_COLUMNS = (
    Column("id", Text("token", "令牌编号")),
    _TENANT,
    _SCOPE,
    Column("expires_at", Text("until", "失效时间"), moment),
    Column("state", Text("state", "状态"), lambda state: _STATES[state].of(current_language())),
)
_MADE = (
    Column("id", Text("id", "令牌编号")),
    Column("token", Text("token (shown once)", "令牌（仅显示一次）")),
    _TENANT,
    _SCOPE,
    Column("expires_at", Text("until", "失效时间"), moment),
)


@click.group("tokens", cls=Group, text=Text("Who may read, and who may hand in events.", "管理读取与提交事件的令牌。"))
def tokens() -> None:
    """Bearer tokens of both ends."""


@command("list", Text("List tokens; they themselves are never shown.", "列出令牌；不显示令牌本身。"), group=tokens)
@store_option
@config_option
def list_tokens(store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows = run(_read(store_url(store, config)))
    print_rows(_COLUMNS, rows, empty=Text("There is no token.", "没有令牌。"))


@command("add", Text("Make a token and show it once.", "生成令牌并显示一次。"), group=tokens)
@option("--tenant", metavar="NAME", text=Text("The tenant it is for.", "该令牌所属的租户。"))
@option("--all-tenants", is_flag=True, text=Text("It is for every tenant.", "该令牌适用于全部租户。"))
@option(
    "--scope",
    type=click.Choice(list(_SCOPES)),
    default="read",
    show_default=True,
    text=Text(
        "read: what there is; send: hand in events; operate: read, change endpoints, redeliver.",
        "read：读取数据；send：提交事件；operate：读取、修改推送地址、重新投递。",
    ),
)
@option(
    "--expires",
    type=Span(),
    text=Text("How long it is valid, such as 90d; for ever when left out.", "有效时长，例如 90d；缺省为长期有效。"),
)
@store_option
@config_option
def add(
    *,
    tenant: str | None,
    all_tenants: bool,
    scope: str,
    expires: int | None,
    store: str | None,
    config: Path | None,
) -> None:
    from afterchat.cli.access import run, store_url

    if (tenant is None) != all_tenants:
        text = Text("give either --tenant NAME or --all-tenants", "请给出 --tenant NAME 或 --all-tenants 其中之一")
        raise click.UsageError(text.of(current_language()))
    if scope == "send" and all_tenants:
        text = Text(
            "a token that sends is for one tenant: --tenant NAME", "提交事件的令牌只能属于一个租户：--tenant NAME"
        )
        raise click.UsageError(text.of(current_language()))
    made = run(_add(store_url(store, config), tenant, scope, expires))
    print_document(_MADE, made if is_json_wanted() else {**made, "tenant": made["tenant"] or ""})
    say_taken_up()


@command("revoke", Text("End a token at once.", "立即吊销令牌。"), group=tokens)
@click.argument("token_id", metavar="ID")
@store_option
@config_option
def revoke(token_id: str, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    run(_revoke(store_url(store, config), token_id))
    remark(Text("Token {id} is revoked.", "令牌 {id} 已吊销。"), id=token_id)


async def _read(url: str) -> list[dict[str, Any]]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    now_ms = SystemClock().now_ms()
    async with opened(url) as reached:
        known = await reached.registry.tokens()
    return [
        {
            "id": token.id,
            "tenant": token.tenant or "",
            "scope": token.scope,
            "expires_at": token.expires_at,
            "state": "valid" if token.expires_at is None or token.expires_at > now_ms else "expired",
        }
        for token, _ in known
    ]


async def _add(url: str, tenant: str | None, scope: str, expires_ms: int | None) -> dict[str, Any]:
    from afterchat.contract.push import DEFAULT_TENANT

    async with _managed(url) as (reached, ours):
        known = {None, DEFAULT_TENANT, *(known.name for known in await reached.registry.tenants())}
        if tenant not in known:
            raise no_tenant(tenant or "")
        made = await ours.add(tenant, scope, expires_ms)
    token = made.token
    expires_at = token.expires_at
    return {"id": token.id, "token": made.text, "tenant": tenant, "scope": scope, "expires_at": expires_at}


async def _revoke(url: str, token_id: str) -> None:
    async with _managed(url) as (_, ours):
        await ours.revoke(token_id)


@asynccontextmanager
async def _managed(url: str) -> AsyncIterator[tuple[Store, Tokens]]:
    """The store opened for writing, and its tokens as the command line manages them."""
    from afterchat.access.tokens import Tokens
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    async with opened(url, "registry") as reached:
        yield reached, Tokens(reached.registry, reached.people, SystemClock())
