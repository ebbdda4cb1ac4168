"""`afterchat serve`: the receiving end on one store, until it is told to stop.

Every setting but the secret is an option here; the secret comes from AFTERCHAT_SECRET or the registry, never from the
command line, where every user of the machine could read it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import command, current_language
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, settings_options, until_stdin_ends_option
from afterchat.cli.strength import weakness
from afterchat.errors import KeyRingError
from afterchat.settings import Settings
from afterchat.store.address import shown_url

if TYPE_CHECKING:
    from afterchat.server.serve import Listening

__all__ = ["serve"]

_LISTENING = Text("afterchat listens on {url}, data in {store}", "afterchat 正在监听 {url}，数据位于 {store}")
_NO_KEY = Text(
    "tenant '{tenant}' has no key: every push of it is refused until `afterchat keys add {tenant}`",
    "租户 '{tenant}' 没有密钥：在执行 `afterchat keys add {tenant}` 之前，它的推送都会被拒绝",
)
_NO_USER = Text(
    "nobody can log in to the dashboard until `afterchat users add NAME --role admin --all-tenants`",
    "看板还没有用户：请执行 `afterchat users add NAME --role admin --all-tenants`",
)
_STOPPED = Text("stopped: every answered push is on disk", "已停止：所有应答过的推送都已落盘")


@settings_options("receiver")
@until_stdin_ends_option
@config_option
@command("serve", Text("Run the receiving end.", "运行接收端。"))
def serve(config: Path | None, *, until_stdin_ends: bool, **given: Any) -> None:
    """Run until SIGTERM or SIGINT, then drain."""
    _run_server(settings_from(config, **given), until_stdin_ends=until_stdin_ends)


def _run_server(settings: Settings, *, until_stdin_ends: bool) -> None:
    """Run the server in an event loop of its own until it is stopped."""
    import asyncio

    from afterchat.clock import SystemClock
    from afterchat.logs import start_logging
    from afterchat.server.loop import new_event_loop
    from afterchat.server.serve import serve as serve_until_stopped

    _refuse_weak_secret(settings)
    clock = SystemClock()
    start_logging(settings.log_level, clock)
    language = current_language()

    def say(listening: Listening) -> None:
        click.echo(_LISTENING.say(language, url=listening.url, store=shown_url(settings.store)))
        for tenant in listening.tenants_without_key:
            click.echo(_NO_KEY.say(language, tenant=tenant), err=True)
        if not listening.can_log_in:
            click.echo(_NO_USER.say(language), err=True)

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve_until_stopped(settings, clock, say, until_stdin_ends=until_stdin_ends))
    click.echo(_STOPPED.say(language))


def _refuse_weak_secret(settings: Settings) -> None:
    """A captured push lets anybody try secrets at billions a second; `--secret-chars-min 0` takes any."""
    if not settings.secret or not settings.secret_chars_min:
        return
    why = weakness(settings.secret.encode(), settings.secret_chars_min)
    if why is not None:
        raise KeyRingError(
            f"AFTERCHAT_SECRET is weak: {why.en}; reset it on the platform, or set secret_chars_min to 0"
        )
