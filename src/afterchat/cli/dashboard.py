"""`afterchat dashboard`: pages, API and exports of one store, beside a server or alone.

`serve` starts it with `--socket` and a pipe as standard input, and lets the pipe's end be the order to stop.
Alone it listens on a port of its own, on the same store as a receiver, a sender and a projector elsewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, settings_options, until_stdin_ends_option
from afterchat.store.address import shown_url

__all__ = ["dashboard"]

_LISTENING = Text("the dashboard listens on {url}, data in {store}", "看板正在监听 {url}，数据位于 {store}")


@settings_options("dashboard")
@option(
    "--socket",
    type=click.Path(path_type=Path),
    text=Text(
        "Answer behind a server through this socket (how serve starts it).",
        "经由该套接字在服务之后应答（供 serve 使用）。",
    ),
)
@until_stdin_ends_option
@config_option
@command("dashboard", Text("Run the dashboard and its API alone.", "单独运行看板及其接口。"))
def dashboard(config: Path | None, socket: Path | None, *, until_stdin_ends: bool, **given: Any) -> None:
    """Run until SIGTERM or SIGINT, then drain; with `--socket` until standard input ends."""
    import asyncio

    from afterchat.clock import SystemClock
    from afterchat.logs import start_logging
    from afterchat.server.dashboard import dashboard_alone, dashboard_behind
    from afterchat.server.loop import new_event_loop

    settings = settings_from(config, **given)
    clock = SystemClock()
    start_logging(settings.log_level, clock)

    def say(url: str) -> None:
        click.echo(_LISTENING.say(current_language(), url=url, store=shown_url(settings.store)))

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        if socket is not None:
            runner.run(dashboard_behind(settings, clock, socket))
        else:
            runner.run(dashboard_alone(settings, clock, say, until_stdin_ends=until_stdin_ends))
