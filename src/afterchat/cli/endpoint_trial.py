"""`afterchat endpoints test`: one signed push, now, through the real transport, and what came of it.

What is sent stands in `server.endpoint_trial`, which the API uses as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import command, current_language
from afterchat.cli.endpoint_words import endpoint_named, name_argument, owner_option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, store_option
from afterchat.cli.output import Column, print_document

if TYPE_CHECKING:
    from afterchat.settings import Settings

__all__ = ["test"]


def _yes_no(value: bool) -> str:
    return (Text("yes", "是") if value else Text("no", "否")).of(current_language())


_LINES = (
    Column("delivered", Text("taken", "已接收"), _yes_no),
    Column("status", Text("status", "状态码"), lambda status: str(status or "-")),
    Column("why", Text("why not", "原因"), lambda why: why or "-"),
    Column("detail", Text("detail", "详情"), lambda detail: detail or "-"),
    Column("duration_ms", Text("milliseconds", "耗时（毫秒）")),
    Column("answer", Text("answer", "应答"), lambda answer: answer or "-"),
)


@command(
    "test",
    Text("Send one test push now and show the answer.", "立即发送一条测试推送并显示应答。"),
    Text(
        "The event type is AFTERCHAT_TEST; an afterchat receiver keeps it as an event of another type.",
        "事件类型为 AFTERCHAT_TEST；afterchat 接收端会把它作为其他类型的事件保存。",
    ),
)
@name_argument
@owner_option
@store_option
@config_option
def test(name: str, tenant: str | None, store: str | None, config: Path | None) -> None:
    """Send and show; exit code 1 when it was not taken."""
    from afterchat.cli.access import run

    document = run(_send(settings_from(config, store=store), name, tenant))
    print_document(_LINES, document)
    if not document["delivered"]:
        click.get_current_context().exit(int(Exit.FINDING))


async def _send(settings: Settings, name: str, tenant: str | None) -> dict[str, Any]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.sender.http_transport import HttpTransport
    from afterchat.sender.verdict import ERRORS
    from afterchat.server.endpoint_trial import try_endpoint
    from afterchat.server.targets import address_rules

    clock = SystemClock()
    async with opened(settings.store) as reached:
        endpoint = await endpoint_named(reached.endpoints, name, tenant)
    transport = HttpTransport(address_rules(settings), clock)
    try:
        tried = await try_endpoint(endpoint, transport, clock, settings.attempt_seconds_max)
    finally:
        await transport.close()
    return {
        "endpoint": endpoint.name,
        "delivered": tried.is_delivered,
        "status": tried.status,
        "error": tried.error,
        "why": Text(*ERRORS[tried.error]).of(current_language()) if tried.error else "",
        "detail": tried.detail,
        "duration_ms": tried.duration_ms,
        "answer": tried.answer,
    }
