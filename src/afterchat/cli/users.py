"""`afterchat users`: who may log in to the dashboard, and in which role.

Rules
- A password is never an argument: others could see it in the list of processes.
  It comes from standard input or a prompt, or is made here and shown once.
- Whoever can write the store may do all this; the audit says `cli`.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Group, command, current_language, is_json_wanted, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, store_option
from afterchat.cli.output import Column, moment, print_document, print_rows, remark, short_moment
from afterchat.cli.tenants import no_tenant
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from afterchat.access.accounts import Accounts
    from afterchat.store.open import Store

__all__ = ["users"]

_PASSWORD_LINE_BYTES_MAX = 4_096
"""Of standard input: more than any password may have, so that one that is too long is told so."""

_ROLES = {
    "viewer": Text("viewer", "查看者"),
    "analyst": Text("analyst", "分析员"),
    "operator": Text("operator", "运维"),
    "admin": Text("administrator", "管理员"),
}
_ALL = Text("all tenants", "全部租户")
_STATES = {"active": Text("active", "正常"), "disabled": Text("disabled", "已停用")}
_ROLE_WORDS = Text(
    "viewer: sees, masked; analyst: exports, masked; operator: sees all, redelivers; admin: users and tokens too.",
    "viewer：查看（遮盖）；analyst：可导出（遮盖）；operator：查看全部并运维；admin：另可管理用户与令牌。",
)
_NAME = Column("name", Text("user", "用户"))
_ROLE = Column(
    "role", Text("role", "角色"), lambda role: _ROLES[role].of(current_language()) if role in _ROLES else role
)
_TENANT = Column("tenant", Text("tenant", "租户"), lambda tenant: tenant or _ALL.of(current_language()))
_COLUMNS = (
    _NAME,
    _ROLE,
    _TENANT,
    Column("state", Text("state", "状态"), lambda state: _STATES[state].of(current_language())),
    Column("last_login_at", Text("last login", "最近登录"), moment, show_narrow=short_moment),
    Column("password_set_at", Text("password since", "密码设置于"), moment, show_narrow=short_moment, is_optional=True),
    Column("id", Text("id", "编号"), is_optional=True),
)
_PASSWORD = Column("password", Text("password (shown once)", "密码（仅显示一次）"))
_generate_option = option(
    "--generate",
    is_flag=True,
    text=Text("Make a random password and show it once.", "生成随机密码并显示一次。"),
)


@click.group("users", cls=Group, text=Text("Who may log in to the dashboard.", "管理可以登录看板的用户。"))
def users() -> None:
    """People, their passwords and roles."""


@command("list", Text("List users.", "列出用户。"), group=users)
@store_option
@config_option
def list_users(store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    rows = run(_read(store_url(store, config)))
    print_rows(_COLUMNS, rows, empty=Text("There is no user: nobody can log in.", "没有用户：无人可以登录。"))


@command(
    "add",
    Text("Add a user.", "新增用户。"),
    Text(
        "The password comes from --generate, from standard input, or is asked for.",
        "密码来自 --generate、标准输入，或交互输入。",
    ),
    group=users,
)
@click.argument("name")
@option("--role", type=click.Choice(list(_ROLES)), required=True, text=_ROLE_WORDS)
@option("--tenant", metavar="NAME", text=Text("The only tenant whose data is seen.", "只能查看该租户的数据。"))
@option("--all-tenants", is_flag=True, text=Text("Sees the data of every tenant.", "可以查看全部租户的数据。"))
@_generate_option
@store_option
@config_option
def add(
    *,
    name: str,
    role: str,
    tenant: str | None,
    all_tenants: bool,
    generate: bool,
    store: str | None,
    config: Path | None,
) -> None:
    if (tenant is None) != all_tenants:
        text = Text("give either --tenant NAME or --all-tenants", "请给出 --tenant NAME 或 --all-tenants 其中之一")
        raise click.UsageError(text.of(current_language()))
    password, made = _chosen_password(generate=generate)

    async def work(reached: Store, accounts: Accounts) -> dict[str, Any]:
        await _refuse_unknown_tenant(reached, tenant)
        user = await accounts.add(name, role, tenant, password)
        return {"id": user.id, "name": user.name, "role": user.role, "tenant": user.tenant}

    document = {**_managed(work, store, config), **made}
    lines = (_NAME, _ROLE, _TENANT, *([_PASSWORD] if made else []))
    print_document(lines, document if is_json_wanted() else {**document, "tenant": document["tenant"] or ""})


@command(
    "passwd",
    Text("Give a user another password; it ends their sessions.", "重设用户密码；其已登录的会话随即失效。"),
    Text(
        "The password comes from --generate, from standard input, or is asked for.",
        "密码来自 --generate、标准输入，或交互输入。",
    ),
    group=users,
)
@click.argument("name")
@_generate_option
@store_option
@config_option
def passwd(*, name: str, generate: bool, store: str | None, config: Path | None) -> None:
    password, made = _chosen_password(generate=generate)
    _managed(lambda _store, accounts: accounts.set_password(name, password), store, config)
    if made:
        print_document((_NAME, _PASSWORD), {"name": name, **made})
    else:
        remark(Text("User {name} has another password.", "用户 {name} 的密码已更改。"), name=name)


@command("role", Text("Give a user another role.", "修改用户角色。"), _ROLE_WORDS, group=users)
@click.argument("name")
@click.argument("role", type=click.Choice(list(_ROLES)))
@store_option
@config_option
def change_role(name: str, role: str, store: str | None, config: Path | None) -> None:
    _managed(lambda _store, accounts: accounts.set_role(name, role), store, config)
    remark(Text("User {name} is now {role}.", "用户 {name} 现在的角色是 {role}。"), name=name, role=role)


@command("disable", Text("Let a user in no more, from now on.", "立即停用用户。"), group=users)
@click.argument("name")
@store_option
@config_option
def disable(name: str, store: str | None, config: Path | None) -> None:
    _managed(lambda _store, accounts: accounts.disable(name), store, config)
    remark(Text("User {name} is disabled.", "用户 {name} 已停用。"), name=name)


@command("enable", Text("Let a user in again.", "重新启用用户。"), group=users)
@click.argument("name")
@store_option
@config_option
def enable(name: str, store: str | None, config: Path | None) -> None:
    _managed(lambda _store, accounts: accounts.enable(name), store, config)
    remark(Text("User {name} may log in again.", "用户 {name} 可以重新登录。"), name=name)


@command("remove", Text("Forget a user; the audit keeps their id.", "删除用户；审计记录仍保留其编号。"), group=users)
@click.argument("name")
@store_option
@config_option
def remove(name: str, store: str | None, config: Path | None) -> None:
    _managed(lambda _store, accounts: accounts.remove(name), store, config)
    remark(Text("User {name} is removed.", "用户 {name} 已删除。"), name=name)


def _chosen_password(*, generate: bool) -> tuple[str, dict[str, str]]:
    """The password, and what of it is to be shown."""
    from afterchat.access.passwords import readable_password

    if generate:
        password = readable_password()
        return password, {"password": password}
    if sys.stdin.isatty():
        prompt = Text("Password", "密码").of(current_language())
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True)), {}
    line = sys.stdin.buffer.read(_PASSWORD_LINE_BYTES_MAX).removesuffix(b"\n").removesuffix(b"\r")
    try:
        return line.decode(), {}
    except UnicodeDecodeError:
        text = Text("standard input is not UTF-8", "标准输入不是 UTF-8 编码")
        raise CallerError(text.of(current_language())) from None


def _managed(work: Callable[[Store, Accounts], Awaitable[Any]], store: str | None, config: Path | None) -> Any:
    """What `work` gives, over the store opened for writing."""
    from afterchat.cli.access import run, store_url

    async def worked() -> Any:
        async with _accounts(store_url(store, config)) as (reached, accounts):
            return await work(reached, accounts)

    return run(worked())


@asynccontextmanager
async def _accounts(url: str) -> AsyncIterator[tuple[Store, Accounts]]:
    from afterchat.access.accounts import Accounts
    from afterchat.access.passwords import Passwords
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    passwords = Passwords()
    try:
        async with opened(url, "registry") as reached:
            yield reached, Accounts(reached.people, SystemClock(), passwords)
    finally:
        passwords.close()


async def _refuse_unknown_tenant(reached: Store, tenant: str | None) -> None:
    from afterchat.contract.push import DEFAULT_TENANT

    known = {None, DEFAULT_TENANT, *(known.name for known in await reached.registry.tenants())}
    if tenant not in known:
        raise no_tenant(tenant or "")


async def _read(url: str) -> list[dict[str, Any]]:
    from afterchat.cli.access import opened

    async with opened(url) as reached:
        known = await reached.people.users(None)
    return [
        {
            "id": user.id,
            "name": user.name,
            "role": user.role,
            "tenant": user.tenant or "",
            "state": "active" if user.disabled_at is None else "disabled",
            "last_login_at": user.last_login_at,
            "password_set_at": user.password_set_at,
        }
        for user in known
    ]
