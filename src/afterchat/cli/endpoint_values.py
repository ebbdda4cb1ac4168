"""What an operator may choose for an endpoint: the options of `add` and `change`, and how they are read.

What they may be is `sender.endpoint_rules`, by which the API judges as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import Span
from afterchat.contract.endpoint_bounds import CONCURRENCY_MAX, RATE_PER_SECOND_MAX, WAITS_MAX
from afterchat.contract.signature import SIGNATURE_MODES
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from afterchat.settings import Settings

__all__ = ["endpoint_options", "endpoint_values"]


class _Waits(click.ParamType[tuple[int, ...]]):
    """Waits such as 5s,30s,2m,1h, in seconds."""

    name = "waits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        waits = tuple(Span().convert(part.strip(), param, ctx) // 1000 for part in str(value).split(","))
        if len(waits) > WAITS_MAX:
            text = Text("write at most {count} waits", "最多 {count} 个间隔")
            self.fail(text.say(current_language(), count=WAITS_MAX), param, ctx)
        return waits


_SHARED = (
    option(
        "--event-type",
        "event_types",
        multiple=True,
        metavar="TYPE",
        text=Text("What to send there; may be repeated.", "推送的事件类型，可多次给出。"),
    ),
    option(
        "--signature-mode",
        "signature_mode",
        type=click.Choice(SIGNATURE_MODES),
        text=Text(
            "legacy: the platform's checksum; hmac_only: Standard Webhooks; both: both.",
            "legacy：平台 checksum；hmac_only：Standard Webhooks；both：两者都带。",
        ),
    ),
    option(
        "--success",
        type=click.Choice(["empty_or_braces", "any_2xx"]),
        text=Text("When a push counts as taken.", "何种应答视为已接收。"),
    ),
    option(
        "--schedule",
        "schedule_seconds",
        type=_Waits(),
        metavar="WAITS",
        text=Text("Waits between attempts, such as 5s,30s,2m,1h.", "各次重试的间隔，例如 5s,30s,2m,1h。"),
    ),
    option(
        "--rate",
        "rate_per_second_max",
        type=click.IntRange(0, RATE_PER_SECOND_MAX),
        text=Text("Attempts a second at most; 0 for no limit.", "每秒尝试次数上限；0 表示不限。"),
    ),
    option(
        "--concurrency",
        "concurrency_max",
        type=click.IntRange(1, CONCURRENCY_MAX),
        text=Text("Attempts at one time.", "同时进行的尝试数上限。"),
    ),
    option(
        "--header",
        "headers",
        multiple=True,
        metavar="'NAME: VALUE'",
        text=Text(
            "A header to send along; may be repeated. Secret ones go into --header-file.",
            "附加的请求头，可多次给出；敏感内容请用 --header-file。",
        ),
    ),
    option(
        "--header-file",
        "header_file",
        type=click.File("r", encoding="utf-8"),
        text=Text("File with one header a line.", "每行一个请求头的文件。"),
    ),
    option(
        "--unchecked",
        "is_unchecked",
        is_flag=True,
        text=Text(
            "Take a URL that the settings here forbid; the sender judges it by its own.",
            "即使此处的设置不允许该 URL 也接受；由发送端按其设置判断。",
        ),
    ),
)


def endpoint_options(made: Command) -> Command:
    """Give a command all of them."""
    for declare in reversed(_SHARED):
        made = declare(made)
    return made


def endpoint_values(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    """What was given, as attributes of an endpoint; raises UsageError, or CallerError for a URL, when it cannot be.

    Unchecked, a URL may lead where the settings here do not allow it; it must be one all the same.
    """
    from afterchat.sender.endpoint_rules import value_fault
    from afterchat.server.targets import address_rules

    is_unchecked, header_file = given.pop("is_unchecked"), given.pop("header_file")
    lines = [*given.pop("headers"), *(header_file.read().splitlines() if header_file else ())]
    values = {name: value for name, value in given.items() if value not in (None, ())}
    if lines:
        values["headers"] = tuple(_header(line) for line in lines if line.strip())
    fault = value_fault(values, None)
    if fault is not None:
        said = Text(fault.en, fault.zh).of(current_language())
        if fault.field == "url":
            raise CallerError(said)
        named = _SHOWN.get(fault.field)
        raise click.UsageError(_NAMED.say(current_language(), named=named, said=said) if named else said)
    is_judged = "url" in values and not is_unchecked
    forbidden = value_fault(values, address_rules(settings)) if is_judged else None
    if forbidden is not None:
        said = Text(forbidden.en, forbidden.zh).of(current_language())
        raise CallerError(_FORBIDDEN.say(current_language(), said=said))
    return values


_FORBIDDEN = Text(
    "{said} (settings allow_http_endpoints, allowed_targets and target_ports)",
    "{said}（设置 allow_http_endpoints、allowed_targets 与 target_ports）",
)
_NAMED = Text("{named}: {said}", "{named}：{said}")
_SHOWN = {"name": "NAME", "schedule_seconds": "--schedule"}
"""Attribute -> how it is called here, where the fault alone does not say."""


def _header(line: str) -> tuple[str, str]:
    from afterchat.sender.endpoint_rules import header_fault

    name, colon, value = line.partition(":")
    header = (name.strip(), value.strip())
    if not colon or header_fault(*header) is not None:
        text = Text(
            "{name} cannot be sent as a header; write 'Name: value'", "{name} 不能作为请求头；请写成 'Name: value'"
        )
        raise click.UsageError(text.say(current_language(), name=header[0]))
    return header
