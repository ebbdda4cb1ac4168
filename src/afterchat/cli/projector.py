"""`afterchat projector`: turns inbox rows into records, beside a server or alone.

`serve` starts it with a pipe as standard input and lets the pipe's end be the order to stop.
So a projector never outlives its server, however that ended.
Run by hand or by a supervisor it stops with Ctrl-C or SIGTERM, which it leaves to its server otherwise.
"""

from __future__ import annotations

from pathlib import Path

from afterchat.cli.command import command, option
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from

__all__ = ["projector"]


@option("--store", text=Text("Where the data lives.", "数据存放的位置。"))
@option("--log-level", text=Text("Least severity that is logged.", "日志级别。"))
@option(
    "--once",
    is_flag=True,
    text=Text("Stop when the records have caught up.", "追上收件箱后即退出。"),
)
@config_option
@option(
    "--until-stdin-ends",
    is_flag=True,
    text=Text("Stop when standard input ends (how serve ends it).", "标准输入结束时退出（供 serve 使用）。"),
)
@command("projector", Text("Turn inbox rows into records.", "把收件箱投影成会话记录。"))
def projector(config: Path | None, *, once: bool, until_stdin_ends: bool, **given: str | None) -> None:
    """Run until SIGTERM or SIGINT, or as `--once` and `--until-stdin-ends` say."""
    import asyncio

    from afterchat.clock import SystemClock
    from afterchat.logs import start_logging
    from afterchat.server.loop import new_event_loop
    from afterchat.server.project import project_until_stopped

    settings = settings_from(config, **given)
    clock = SystemClock()
    start_logging(settings.log_level, clock)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(project_until_stopped(settings.store, clock, once=once, until_stdin_ends=until_stdin_ends))
