"""`afterchat tenants`: who may push here.

A tenant is one path, `/push/NAME`, and one ring of keys.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Group, command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, store_option
from afterchat.cli.output import Column, print_rows, remark
from afterchat.contract.signature import SIGNATURE_MODES
from afterchat.errors import CallerError, NotFoundError

if TYPE_CHECKING:
    from afterchat.store.ports import Registry, Tenant

__all__ = ["no_tenant", "tenant_named", "tenants"]

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
"""What a path holds without escapes; the receiver compares raw bytes."""

_NOBODY = Text(
    "there is no tenant '{name}'; add it with `afterchat tenants add {name}`",
    "没有租户 '{name}'；请用 `afterchat tenants add {name}` 添加",
)
_NOT_LISTED = Text(
    "there is no tenant '{name}'; see `afterchat tenants list`",
    "没有租户 '{name}'；参见 `afterchat tenants list`",
)
_KNOWN = Text(
    "tenant '{name}' exists; change it with `afterchat tenants set {name}`",
    "租户 '{name}' 已存在；请用 `afterchat tenants set {name}` 修改",
)
_COLUMNS = (
    Column("name", Text("tenant", "租户")),
    Column("signature_mode", Text("signatures", "签名方式")),
    Column("keys_in_force", Text("keys in force", "生效密钥数"), is_number=True),
    Column("keys", Text("keys", "密钥总数"), is_number=True),
    Column("path", Text("path", "推送路径")),
)
_mode_option = option(
    "--signature-mode",
    "signature_mode",
    type=click.Choice(SIGNATURE_MODES),
    required=True,
    text=Text(
        "legacy: the platform's checksum; hmac_only: Standard Webhooks; both: either.",
        "legacy：平台 checksum；hmac_only：Standard Webhooks；both：二者皆可。",
    ),
)


@click.group("tenants", cls=Group, text=Text("Who may push here.", "管理可以推送的租户。"))
def tenants() -> None:
    """Tenants and how they sign."""


@command("list", Text("List the tenants.", "列出租户。"), group=tenants)
@store_option
@config_option
def list_tenants(store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run

    print_rows(_COLUMNS, run(_read(store, config)), empty=Text("There is no tenant yet.", "还没有租户。"))


@command("add", Text("Add a tenant.", "新增租户。"), group=tenants)
@click.argument("name")
@option(
    "--signature-mode",
    "signature_mode",
    type=click.Choice(SIGNATURE_MODES),
    default="both",
    show_default=True,
    text=Text("Which signatures are taken.", "接受的签名方式。"),
)
@store_option
@config_option
def add(name: str, signature_mode: str, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run

    if not _NAME.fullmatch(name):
        text = Text(
            "NAME: 1 to 63 of a-z, 0-9, dot, dash and underscore, beginning with a letter or digit",
            "NAME：1 到 63 个字符，限 a-z、0-9、点、短横线与下划线，以字母或数字开头",
        )
        raise click.UsageError(text.of(current_language()))
    run(_put(name, signature_mode, store, config, is_new=True))
    remark(
        Text(
            "Tenant {name} pushes to /push/{name}; now `afterchat keys add {name}`.",
            "租户 {name} 的推送路径为 /push/{name}；接下来执行 `afterchat keys add {name}`。",
        ),
        name=name,
    )


@command("set", Text("Change how a tenant signs.", "修改租户的签名方式。"), group=tenants)
@click.argument("name")
@_mode_option
@store_option
@config_option
def change(name: str, signature_mode: str, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run

    run(_put(name, signature_mode, store, config, is_new=False))
    remark(Text("Tenant {name} now takes: {mode}.", "租户 {name} 现在接受：{mode}。"), name=name, mode=signature_mode)


def no_tenant(name: str) -> NotFoundError:
    """The error of a name that no tenant has."""
    return NotFoundError(_NOT_LISTED.say(current_language(), name=name))


async def tenant_named(registry: Registry, name: str, now_ms: int) -> Tenant:
    """The tenant of that name; the default one exists for every server and is made when it is first written."""
    from afterchat.contract.push import DEFAULT_TENANT

    known = {tenant.name: tenant for tenant in await registry.tenants()}
    if name == DEFAULT_TENANT and name not in known:
        await registry.put_tenant(name, "both", now_ms)
        known = {tenant.name: tenant for tenant in await registry.tenants()}
    if name not in known:
        raise NotFoundError(_NOBODY.say(current_language(), name=name))
    return known[name]


async def _read(store: str | None, config: Path | None) -> list[dict[str, Any]]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.contract.push import DEFAULT_TENANT
    from afterchat.receiver.rings import rings_in_force, with_environment_secret

    settings = settings_from(config, store=store)
    async with opened(settings.store) as reached:
        known = with_environment_secret(await reached.registry.tenants(), settings.secret)
    rings = rings_in_force(known, SystemClock().now_ms())
    return [
        {
            "name": tenant.name,
            "signature_mode": tenant.signature_mode,
            "keys_in_force": len(rings[tenant.name.encode()].secrets),
            "keys": len(tenant.keys),
            "path": "/push" if tenant.name == DEFAULT_TENANT else f"/push/{tenant.name}",
        }
        for tenant in known
    ]


async def _put(name: str, signature_mode: str, store: str | None, config: Path | None, *, is_new: bool) -> None:
    from afterchat.cli.access import opened, store_url
    from afterchat.clock import SystemClock
    from afterchat.contract.push import DEFAULT_TENANT

    async with opened(store_url(store, config), "registry") as reached:
        is_known = any(tenant.name == name for tenant in await reached.registry.tenants())
        is_known = is_known or name == DEFAULT_TENANT  # every server has it, whether it was ever written or not
        if is_new and is_known:
            raise CallerError(_KNOWN.say(current_language(), name=name))
        if not is_new and not is_known:
            raise no_tenant(name)
        await reached.registry.put_tenant(name, signature_mode, SystemClock().now_ms())
