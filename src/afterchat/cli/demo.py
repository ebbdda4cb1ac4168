"""`afterchat demo`, which is `make run`: a server, made-up sessions pushed to it, and what to look at.

The pushes go over real HTTP with valid signatures, through the same code as `afterchat push`.
Without AFTERCHAT_SECRET a secret is made for the default tenant and kept in the store, so that a second run goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.settings import Settings, read_settings

if TYPE_CHECKING:
    from afterchat.server.serve import Listening

__all__ = ["demo"]

_CONNECTIONS = 8
_TOKEN_LIFE_MS = 24 * 3600 * 1000
_DEMO_ID = "demo"

_PUSHING = Text(
    "pushing the vendor's sample and {count} made-up sessions to {url}/push ...",
    "正在向 {url}/push 推送官方示例与 {count} 条模拟会话……",
)
_PUSHED = Text("{accepted} answered {{}}, {refused} refused", "{accepted} 条得到 {{}}，{refused} 条被拒绝")
_LOOK = Text(
    """
Have a look, in another terminal:

  {afterchat} records list{store}
  {afterchat} records show 1{store}
  {afterchat} records show 1 --raw{store}
  {afterchat} inbox list{store}
  curl -H 'Authorization: Bearer {token}' '{url}/v1/sessions?limit=2'
  {url}/            what this server is
  {url}/docs        the API
  {url}/metrics     its counters

Push something yourself:

  export AFTERCHAT_SECRET={secret}
  {afterchat} push examples/record.json --to {url}/push

The README shows the same with curl and openssl, and how to go on from here. The token is good for a day.
Data lies in {directory}. Ctrl-C stops the server; kill -9 it, if you like: what was answered {{}} stays.""",
    """
请在另一个终端里查看：

  {afterchat} records list{store}
  {afterchat} records show 1{store}
  {afterchat} records show 1 --raw{store}
  {afterchat} inbox list{store}
  curl -H 'Authorization: Bearer {token}' '{url}/v1/sessions?limit=2'
  {url}/            服务首页
  {url}/docs        接口文档
  {url}/metrics     运行指标

也可以自己推送：

  export AFTERCHAT_SECRET={secret}
  {afterchat} push examples/record.json --to {url}/push

README.zh-CN.md 给出了 curl 与 openssl 的写法，以及后续步骤。令牌一天内有效。
数据位于 {directory}。Ctrl-C 停止服务；用 kill -9 也无妨：应答过 {{}} 的都还在。""",
)


class _Scene(NamedTuple):
    """Who pushes what to whom, and what the person may use afterwards."""

    settings: Settings
    url: str
    secret: str
    token: str
    session_count: int


@option(
    "--sessions",
    type=click.IntRange(0, 1_000_000),
    default=300,
    show_default=True,
    text=Text("How many made-up sessions to push.", "推送多少条模拟会话。"),
)
@option("--port", type=int, text=Text("Port to listen on; 0 takes any free one.", "监听端口；0 表示任选一个空闲端口。"))
@option("--store", text=Text("Where the data lives.", "数据存放的位置。"))
@option("--ready-file", text=Text("File that says url, pid and nonce.", "写入 url、pid 与 nonce 的文件。"))
@command("demo", Text("Show it working: a server and made-up sessions pushed to it.", "演示：启动服务并推送模拟会话。"))
def demo(sessions: int, **given: Any) -> None:
    """Run the server until it is stopped; the pushes begin when it listens."""
    from afterchat.cli.serve import run_server

    settings = read_settings(overrides={**given, "log_level": os.environ.get("AFTERCHAT_LOG_LEVEL", "warning")})
    secret, token = asyncio.run(_prepare(settings))
    pushing: list[asyncio.Task[None]] = []

    def when_listening(listening: Listening) -> None:
        pushing.append(asyncio.create_task(_push_and_tell(_Scene(settings, listening.url, secret, token, sessions))))

    run_server(settings, when_listening)


async def _prepare(settings: Settings) -> tuple[str, str]:
    """The secret that the pushes are signed with, and a fresh token that reads everything for a day."""
    import hashlib
    import secrets

    from afterchat.clock import SystemClock
    from afterchat.errors import NotFoundError
    from afterchat.receiver.rings import DEFAULT_TENANT, rings_in_force, with_environment_secret
    from afterchat.store.open import open_store
    from afterchat.store.ports import Key, Token

    now_ms = SystemClock().now_ms()
    store = await open_store(settings.store, frozenset({"registry"}))
    try:
        tenants = with_environment_secret(await store.registry.tenants(), settings.secret)
        in_force = rings_in_force(tenants, now_ms)[DEFAULT_TENANT.encode()].secrets
        secret = in_force[0].decode() if in_force else secrets.token_hex(32)
        if not in_force:
            await store.registry.put_tenant(DEFAULT_TENANT, "both", now_ms)
            await store.registry.put_key(DEFAULT_TENANT, Key(_DEMO_ID, secret.encode(), now_ms, None))
        token = f"act_{secrets.token_urlsafe(32)}"
        with contextlib.suppress(NotFoundError):
            await store.registry.revoke_token(_DEMO_ID)
        digest = hashlib.sha256(token.encode()).digest()
        await store.registry.add_token(Token(_DEMO_ID, None, now_ms + _TOKEN_LIFE_MS), digest, now_ms)
    finally:
        await store.close()
    return secret, token


async def _push_and_tell(scene: _Scene) -> None:
    """Push beside the running server, then say what there is to see."""
    language = current_language()
    click.echo(_PUSHING.say(language, count=scene.session_count, url=scene.url))
    accepted, refused = await asyncio.to_thread(_push_all, scene.url, scene.secret, scene.session_count)
    click.echo(_PUSHED.say(language, accepted=accepted, refused=refused))
    is_default = scene.settings.store == read_settings({}).store
    click.echo(
        _LOOK.say(
            language,
            afterchat=_program(),
            store="" if is_default else f" --store {scene.settings.store}",
            token=scene.token,
            url=scene.url,
            secret=scene.secret,
            directory=scene.settings.store.removeprefix("sqlite:///"),
        )
    )


def _push_all(url: str, secret: str, session_count: int) -> tuple[int, int]:
    """(accepted, refused); runs in a thread, because the sending code waits for its sockets.

    Nothing is tried again: the server is this process, and once it is stopped nobody comes back to wait for.
    """
    from afterchat.cli.delivery import Sending, deliver_all, read_target
    from afterchat.clock import SystemClock
    from afterchat.contract.push import SESSION_END_DATA

    clock = SystemClock()
    sending = Sending(read_target(f"{url}/push"), secret.encode(), SESSION_END_DATA, clock, attempts_max=1)
    tally = deliver_all(_bodies(clock.now_ms(), session_count), sending, _CONNECTIONS, lambda _size, _accepted: None)
    return tally.accepted, sum(tally.refused.values())


def _bodies(now_ms: int, session_count: int) -> Iterator[bytes]:
    """The vendor's sample, then sessions that ended just now; another run makes other ones."""
    from afterchat.contract.codec import encode
    from afterchat.simulator.sample import VENDOR_SAMPLE
    from afterchat.simulator.sessions import made_up_sessions

    yield encode(VENDOR_SAMPLE)
    for record in islice(made_up_sessions(now_ms // 1000, now_ms), session_count):
        yield encode(record)


def _program() -> str:
    """How this program was called, short enough to be typed again."""
    called = Path(sys.argv[0])
    try:
        return str(called.relative_to(Path.cwd()))
    except ValueError:
        return "afterchat" if called.stem != "__main__" else ".venv/bin/afterchat"
