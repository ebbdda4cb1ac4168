"""What an operator may choose for an endpoint: the options of `add` and `change`, read and checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import Span
from afterchat.cli.tenants import SIGNATURE_MODES
from afterchat.errors import CallerError

if TYPE_CHECKING:
    from afterchat.settings import Settings

__all__ = ["endpoint_options", "endpoint_values"]

_NAME = re.compile(r"(?![0-9]+$)[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
"""Not a number alone, which would be taken for an id."""
_WAITS_MAX = 50


class _Waits(click.ParamType[tuple[int, ...]]):
    """Waits such as 5s,30s,2m,1h, in seconds."""

    name = "waits"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        waits = tuple(Span().convert(part.strip(), param, ctx) // 1000 for part in str(value).split(","))
        if len(waits) > _WAITS_MAX:
            text = Text("write at most {count} waits", "最多 {count} 个间隔")
            self.fail(text.say(current_language(), count=_WAITS_MAX), param, ctx)
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
        type=click.IntRange(0, 100_000),
        text=Text("Attempts a second at most; 0 for no limit.", "每秒尝试次数上限；0 表示不限。"),
    ),
    option(
        "--concurrency",
        "concurrency_max",
        type=click.IntRange(1, 1024),
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
    """What was given, as attributes of an endpoint; raises CallerError for what cannot be."""
    is_unchecked, header_file = given.pop("is_unchecked"), given.pop("header_file")
    lines = [*given.pop("headers"), *(header_file.read().splitlines() if header_file else ())]
    values = {name: value for name, value in given.items() if value not in (None, ())}
    if lines:
        values["headers"] = tuple(_header(line) for line in lines if line.strip())
    checks: dict[str, Callable[[Any], None]] = {"name": _check_name, "event_types": _check_event_types}
    if not is_unchecked:
        checks["url"] = lambda url: _check_url(settings, url)
    for name, check in checks.items():
        if name in values:
            check(values[name])
    return values


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        text = Text(
            "NAME: 1 to 63 of a-z, 0-9, dot, dash and underscore, not a number alone",
            "NAME：1 到 63 个字符，限 a-z、0-9、点、短横线与下划线，不能全为数字",
        )
        raise click.UsageError(text.of(current_language()))


def _check_event_types(event_types: tuple[str, ...]) -> None:
    from afterchat.contract.push import SESSION_END_DATA
    from afterchat.sender.announcements import ANNOUNCED_TYPES
    from afterchat.sender.sender import OPERATIONS

    known = (SESSION_END_DATA, *ANNOUNCED_TYPES, *OPERATIONS.values())
    unknown = [event_type for event_type in event_types if event_type not in known]
    if unknown:
        text = Text("{unknown} is never sent; there are {known}", "不会推送 {unknown}；可用的有 {known}")
        raise click.UsageError(text.say(current_language(), unknown=unknown[0], known=", ".join(known)))


def _check_url(settings: Settings, url: str) -> None:
    from afterchat.sender.addresses import Fault
    from afterchat.sender.target import read_url
    from afterchat.server.targets import address_rules

    found = read_url(url, address_rules(settings))
    if isinstance(found, Fault):
        text = Text(
            "{said} (settings allow_http_endpoints, allowed_targets and target_ports)",
            "{said}（设置 allow_http_endpoints、allowed_targets 与 target_ports）",
        )
        language = current_language()
        raise CallerError(text.say(language, said=found.zh if language == "zh" else found.en))


def _header(line: str) -> tuple[str, str]:
    from afterchat.sender.transport import Failure
    from afterchat.sender.wire import request_head

    name, colon, value = line.partition(":")
    header = (name.strip(), value.strip())
    if not colon or isinstance(request_head("host", "/", [header], 0), Failure):
        text = Text(
            "{name} cannot be sent as a header; write 'Name: value'", "{name} 不能作为请求头；请写成 'Name: value'"
        )
        raise click.UsageError(text.say(current_language(), name=header[0]))
    return header
