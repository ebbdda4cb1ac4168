"""`afterchat demo`, which is `make run`: the whole thing on this machine, and what to look at.

    simulated contact centre -> events over HTTP -> sender -> signed push over HTTP -> receiver -> records

Sender and receiver are processes of their own with one store between them; either can be killed and started again.
Without AFTERCHAT_SECRET a secret is made for the default tenant and kept in the store, so that a second run goes on.
Loopback is opened to the sender here and nowhere else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.settings import Settings, read_settings
from afterchat.store.address import shown_url

__all__ = ["demo"]

_TOKEN_LIFE_MS = 24 * 3600 * 1000
_DEMO_ID = "demo"
_SENDING_ID = "demo-send"
_AT_ONCE_MAX = 16
"""Pushes to the receiver beside us at one time: the past goes through quickly."""

_LOOK = Text(
    """
{dashboard}

Have a look, in another terminal:

  {afterchat} records list{store}
  {afterchat} records show 1{store}
  {afterchat} records show 1 --raw{store}
  {afterchat} events tail --follow{store}
  {afterchat} outbox list{store}
  curl -H 'Authorization: Bearer {token}' '{url}/v1/sessions?limit=2'
  {url}/docs        the API
  {url}/metrics     its counters
  {sender}/metrics     the sender's

An outage: end the receiver, watch the outbox grow, start it again, watch it drain, and see that both ends agree:

  kill {pid}
  {afterchat} outbox counts{store}
  {afterchat} endpoints list{store}
  {afterchat} serve --port {port}{store}
  {afterchat} reconcile --wait 3m{store}

Push something yourself:

  export AFTERCHAT_SECRET={secret}
  {afterchat} push examples/record.json --to {url}/push

The README shows the same with curl and openssl, and how to go on from here. The token is good for a day.
Data lies in {directory}. Ctrl-C stops everything; kill -9 it, if you like: what was answered {{}} stays.
""",
    """
{dashboard}

请在另一个终端里查看：

  {afterchat} records list{store}
  {afterchat} records show 1{store}
  {afterchat} records show 1 --raw{store}
  {afterchat} events tail --follow{store}
  {afterchat} outbox list{store}
  curl -H 'Authorization: Bearer {token}' '{url}/v1/sessions?limit=2'
  {url}/docs        接口文档
  {url}/metrics     接收端运行指标
  {sender}/metrics     发送端运行指标

体验一次中断：停掉接收端，看待投递条目增长，再启动它，看条目清空，并核对两端一致：

  kill {pid}
  {afterchat} outbox counts{store}
  {afterchat} endpoints list{store}
  {afterchat} serve --port {port}{store}
  {afterchat} reconcile --wait 3m{store}

也可以自己推送：

  export AFTERCHAT_SECRET={secret}
  {afterchat} push examples/record.json --to {url}/push

README.zh-CN.md 给出了 curl 与 openssl 的写法，以及后续步骤。令牌一天内有效。
数据位于 {directory}。Ctrl-C 停止全部进程；用 kill -9 也无妨：应答过 {{}} 的都还在。
""",
)


_DASHBOARD = Text("Dashboard: {url}/", "看板：{url}/")
_FIRST_LOGIN = Text(
    "Log in as {name} with the password {password}; it is shown this once.",
    "用户名 {name}，密码 {password}；密码只显示这一次。",
)
_LOGIN_AGAIN = Text(
    "Log in as before; 'afterchat users passwd admin' makes another password.",
    "用户名与密码同前；忘记密码时可用 'afterchat users passwd admin' 重设。",
)


_SUMS = Text(
    "{ended} sessions ended, {delivered} of {made} pushes were delivered, {received} sessions were received",
    "已结束会话 {ended} 个，推送 {made} 条，已送达 {delivered} 条，收到会话 {received} 个",
)


class _Access(NamedTuple):
    """What the parts of the demonstration and the person may use."""

    secret: str
    reading: str
    sending: str
    login: tuple[str, str] | None
    """Name and password of the user that was just made; None when there was one."""


@option(
    "--sessions",
    type=click.IntRange(0, 1_000_000),
    default=600,
    show_default=True,
    text=Text("About how many sessions lie in the past when it begins.", "开始时大约已有多少条会话。"),
)
@option(
    "--port", type=int, text=Text("Port of the receiver; 0 takes any free one.", "接收端端口；0 表示任选一个空闲端口。")
)
@option(
    "--sender-port",
    type=int,
    text=Text("Port of the sender; any free one when --port is 0.", "发送端端口；--port 为 0 时任选空闲端口。"),
)
@option("--store", text=Text("Where the data lives.", "数据存放的位置。"))
@option("--ready-file", text=Text("File that says url, pid and nonce.", "写入 url、pid 与 nonce 的文件。"))
@command(
    "demo",
    Text("Show it working: both ends and a made-up contact centre.", "演示：同时启动两端并模拟一个客服中心。"),
)
def demo(sessions: int, port: int | None, sender_port: int | None, **given: Any) -> None:
    """Run receiver, sender and contact centre until it is stopped."""
    if port == 0 and sender_port is None:
        sender_port = 0
    level = os.environ.get("AFTERCHAT_LOG_LEVEL", "error")
    settings = read_settings(overrides={**given, "port": port, "sender_port": sender_port, "log_level": level})
    asyncio.run(_run(settings, sessions))


async def _run(settings: Settings, session_count: int) -> None:
    from afterchat.cli.demo_processes import LOOPBACK, started
    from afterchat.cli.demo_show import Show
    from afterchat.cli.reconcile import read_sums
    from afterchat.server.stopping import stop_asked
    from afterchat.store.open import open_store

    stop = stop_asked(until_stdin_ends=False)
    access = await _prepare(settings)
    shared = ("--log-level", settings.log_level, "--host", settings.host)
    async with contextlib.AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="afterchat-demo-")))
        receiver_file = Path(settings.ready_file) if settings.ready_file else folder / "receiver.json"
        receiver = await started("serve", (*shared, "--port", str(settings.port)), receiver_file, settings.store)
        stack.push_async_callback(receiver.stop)
        await _point_endpoint(settings, f"{receiver.url}/push", access.secret)
        options = (*shared, "--port", str(settings.sender_port), *LOOPBACK)
        sender = await started("sender", options, folder / "sender.json", settings.store)
        stack.push_async_callback(sender.stop)
        store = await open_store(settings.store, frozenset())
        stack.push_async_callback(store.close)
        is_found = settings.store == read_settings().store  # by commands that are told nothing
        named = "" if is_found else f" --store {shown_url(settings.store)}"
        show = Show(receiver, sender, store, f"{_program()} {{command}} --port {{port}}{named}")
        look = _LOOK.say(
            current_language(),
            dashboard=_dashboard(receiver.url, access.login),
            afterchat=_program(),
            store=named,
            token=access.reading,
            url=receiver.url,
            sender=sender.url,
            pid=receiver.process.pid,
            port=receiver.url.rpartition(":")[2],
            secret=access.secret,
            directory=shown_url(settings.store).removeprefix("sqlite:///"),
        )
        await show.run(access.sending, session_count, look, stop)
    sums = await read_sums(settings.store)
    click.echo(_SUMS.say(current_language(), **sums._asdict()))


async def _prepare(settings: Settings) -> _Access:
    """The secret that pushes are signed with, and fresh tokens, one that reads everything and one that sends."""
    import hashlib
    import secrets

    from afterchat.access.accounts import first_admin
    from afterchat.clock import SystemClock
    from afterchat.contract.push import DEFAULT_TENANT
    from afterchat.errors import NotFoundError
    from afterchat.receiver.rings import rings_in_force, with_environment_secret
    from afterchat.store.open import open_store
    from afterchat.store.ports import Key, Token

    now_ms = SystemClock().now_ms()
    store = await open_store(settings.store, frozenset({"registry"}))
    try:
        login = await first_admin(store.people, SystemClock())
        access = _Access("", f"act_{secrets.token_urlsafe(32)}", f"act_{secrets.token_urlsafe(32)}", login)
        known = await store.registry.tenants()
        if DEFAULT_TENANT not in (tenant.name for tenant in known):
            await store.registry.put_tenant(DEFAULT_TENANT, "both", now_ms)
        in_force = rings_in_force(with_environment_secret(known, settings.secret), now_ms)[
            DEFAULT_TENANT.encode()
        ].secrets
        secret = in_force[0].decode() if in_force else secrets.token_hex(32)
        if not in_force:
            await store.registry.put_key(DEFAULT_TENANT, Key(_DEMO_ID, secret.encode(), now_ms, None))
        for token_id, token, tenant, scope in (
            (_DEMO_ID, access.reading, None, "read"),
            (_SENDING_ID, access.sending, DEFAULT_TENANT, "send"),
        ):
            with contextlib.suppress(NotFoundError):
                await store.registry.revoke_token(token_id)
            digest = hashlib.sha256(token.encode()).digest()
            await store.registry.add_token(Token(token_id, tenant, now_ms + _TOKEN_LIFE_MS, scope), digest, now_ms)
    finally:
        await store.close()
    return access._replace(secret=secret)


def _dashboard(url: str, login: tuple[str, str] | None) -> str:
    """Where to look with a browser, and as whom."""
    language = current_language()
    again = _LOGIN_AGAIN.say(language)
    who = again if login is None else _FIRST_LOGIN.say(language, name=login[0], password=login[1])
    return f"{_DASHBOARD.say(language, url=url)}\n{who}"


async def _point_endpoint(settings: Settings, url: str, secret: str) -> None:
    """The endpoint of the demonstration, at the receiver of this run; what an earlier run left goes there, too."""
    from afterchat.clock import SystemClock
    from afterchat.contract.push import DEFAULT_TENANT
    from afterchat.sender.endpoint_rules import new_endpoint
    from afterchat.store.open import open_store
    from afterchat.store.ports import Key

    now_ms = SystemClock().now_ms()
    store = await open_store(settings.store, frozenset({"registry"}))
    try:
        known = {one.name: one.id for one in await store.endpoints.endpoints(DEFAULT_TENANT)}
        endpoint = new_endpoint(DEFAULT_TENANT, {"name": _DEMO_ID, "url": url, "concurrency_max": _AT_ONCE_MAX}, now_ms)
        endpoint_id = await store.endpoints.put_endpoint(endpoint._replace(id=known.get(_DEMO_ID, 0)))
        await store.endpoints.put_endpoint_key(endpoint_id, Key(_DEMO_ID, secret.encode(), 0, None))
    finally:
        await store.close()


def _program() -> str:
    """How this program was called, short enough to be typed again."""
    called = Path(sys.argv[0])
    if called.stem == "__main__":
        return ".venv/bin/afterchat"
    try:
        return str(called.relative_to(Path.cwd()))
    except ValueError:
        return "afterchat"
