"""`afterchat sender`: the sending end on one store, until it is told to stop.

Events come in at `/v1/events`, finished records at `/v1/records`; signed pushes go out to the endpoints.
Secrets and endpoints are no settings: `afterchat endpoints` keeps them in the registry.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import command, current_language
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, settings_options, until_stdin_ends_option
from afterchat.store.address import shown_url

if TYPE_CHECKING:
    from afterchat.server.sending import Sending

__all__ = ["sender"]

_LISTENING = Text(
    "afterchat sender takes events at {url}/v1/events, data in {store}",
    "afterchat 发送端在 {url}/v1/events 接收事件，数据位于 {store}",
)
_STOPPED = Text(
    "stopped: every event that was answered is on disk, and so is every push that is still to be delivered",
    "已停止：所有应答过的事件以及尚待送达的推送都已落盘",
)


@settings_options("sender")
@until_stdin_ends_option
@config_option
@command("sender", Text("Run the sending end.", "运行发送端。"))
def sender(config: Path | None, *, until_stdin_ends: bool, **given: Any) -> None:
    """Run until SIGTERM or SIGINT, then drain."""
    import asyncio

    from afterchat.clock import SystemClock
    from afterchat.logs import start_logging
    from afterchat.server.loop import new_event_loop
    from afterchat.server.sending import send_until_stopped

    settings = settings_from(config, **given)
    clock = SystemClock()
    start_logging(settings.log_level, clock)
    language = current_language()

    def say(sending: Sending) -> None:
        click.echo(_LISTENING.say(language, url=sending.url, store=shown_url(settings.store)))

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(send_until_stopped(settings, clock, say, until_stdin_ends=until_stdin_ends))
    click.echo(_STOPPED.say(language))
