"""Making and changing an endpoint: `afterchat endpoints add`, `change` and `add-key`.

What is not given keeps its default when an endpoint is made, and its value when it is changed.
"""

from __future__ import annotations

import re
import secrets as chance
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Command, command, current_language, option
from afterchat.cli.endpoint_words import endpoint_named, name_argument, owner_option
from afterchat.cli.keys import OVERLAP_MS_MAX, SECRET_BYTES, fingerprint
from afterchat.cli.language import Text
from afterchat.cli.options import Span, config_option, secret_from, settings_from, store_option
from afterchat.cli.output import Column, moment, print_document, remark
from afterchat.cli.taken_up import say_taken_up
from afterchat.cli.tenants import SIGNATURE_MODES, tenant_named
from afterchat.errors import CallerError, KeyRingError

if TYPE_CHECKING:
    from afterchat.settings import Settings
    from afterchat.store.sending import Endpoint

__all__ = ["add", "add_key", "change"]

_NAME = re.compile(r"(?![0-9]+$)[a-z0-9][a-z0-9._-]{0,62}", re.ASCII)
"""Not a number alone, which would be taken for an id."""
_CONCURRENCY = 8
_WAITS_MAX = 50

_MADE = (
    Column("id", Text("id", "编号")),
    Column("tenant", Text("tenant", "租户")),
    Column("name", Text("endpoint", "推送地址")),
    Column("url", Text("url", "URL")),
    Column("key", Text("key", "密钥编号")),
    Column("secret", Text("secret (shown once)", "密钥（仅显示一次）")),
    Column("fingerprint", Text("fingerprint", "指纹")),
)


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


_secret_option = option(
    "--secret-file",
    "secret_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text(
        "File that holds the secret; without it one is made and shown once.",
        "存放密钥的文件；缺省则生成一个并显示一次。",
    ),
)
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


def _shared_options(made: Command) -> Command:
    for declare in reversed(_SHARED):
        made = declare(made)
    return made


@_shared_options
@command("add", Text("Add an endpoint of a tenant.", "新增推送地址。"))
@name_argument
@click.argument("url")
@option("--tenant", default="default", show_default=True, metavar="NAME", text=Text("Whose pushes.", "所属租户。"))
@_secret_option
@option(
    "--paused", "is_paused", is_flag=True, text=Text("Hold everything until it is resumed.", "先暂停，待恢复后投递。")
)
@store_option
@config_option
def add(
    *,
    name: str,
    url: str,
    tenant: str,
    secret_file: Path | None,
    is_paused: bool,
    store: str | None,
    config: Path | None,
    **given: Any,
) -> None:
    """Make it, with its first key."""
    from afterchat.cli.access import run
    from afterchat.contract.push import SESSION_END_DATA
    from afterchat.sender.schedule import DEFAULT_SCHEDULE_SECONDS
    from afterchat.store.sending import Endpoint

    settings = settings_from(config, store=store)
    values = _values(settings, {"name": name, "url": url, **given})
    endpoint = Endpoint(
        id=0,
        tenant=tenant,
        name=name,
        url=url,
        event_types=(SESSION_END_DATA,),
        signature_mode="both",
        success="empty_or_braces",
        keys=(),
        schedule_seconds=DEFAULT_SCHEDULE_SECONDS,
        rate_per_second_max=0,
        concurrency_max=_CONCURRENCY,
        headers=(),
        is_paused=is_paused,
        resumed_at=0,
        created_at=0,
    )._replace(**values)
    secret = _secret(secret_file, settings)
    made = run(_add(settings.store, endpoint, secret))
    _print_made({**made, "tenant": tenant, "name": name, "url": url}, secret, is_shown=secret_file is None)


@_shared_options
@command("change", Text("Change an endpoint; what is not given stays.", "修改推送地址；未给出的保持不变。"))
@name_argument
@owner_option
@option("--name", "new_name", metavar="NAME", text=Text("Its new name.", "新的名称。"))
@option("--url", text=Text("Its new URL.", "新的 URL。"))
@option("--no-headers", is_flag=True, text=Text("Send no headers along any more.", "不再附加请求头。"))
@store_option
@config_option
def change(
    *,
    name: str,
    tenant: str | None,
    new_name: str | None,
    no_headers: bool,
    store: str | None,
    config: Path | None,
    **given: Any,
) -> None:
    """Change what is given."""
    from afterchat.cli.access import run

    settings = settings_from(config, store=store)
    values = _values(settings, {"name": new_name, **given})
    if no_headers:
        values["headers"] = ()
    run(_change(settings.store, name, tenant, values))
    remark(Text("{name} is changed.", "{name} 已修改。"), name=name)
    say_taken_up()


@command(
    "add-key",
    Text("Add a key; the older one retires after the overlap.", "新增密钥；旧密钥在重叠期后失效。"),
    Text(
        "The newest key in force signs the checksum; HMAC signatures are made with every key in force.\n"
        "With --after the receiver can learn the new secret before it is used.",
        "checksum 使用最新生效的密钥；HMAC 签名使用全部生效的密钥。\n"
        "使用 --after 可以让接收方先配置新密钥，再由发送端启用。",
    ),
)
@name_argument
@owner_option
@_secret_option
@option("--after", type=Span(), default="0s", show_default=True, text=Text("In force in how long.", "多久之后生效。"))
@option(
    "--overlap",
    type=Span(),
    default="24h",
    show_default=True,
    text=Text("How long the older key stays in force; at most 7d.", "旧密钥继续生效的时长，最长 7d。"),
)
@store_option
@config_option
def add_key(
    *,
    name: str,
    tenant: str | None,
    secret_file: Path | None,
    after: int,
    overlap: int,
    store: str | None,
    config: Path | None,
) -> None:
    """Add first, then limit the older key."""
    from afterchat.cli.access import run

    if overlap > OVERLAP_MS_MAX:
        raise KeyRingError("an overlap beyond 7d keeps two secrets in force for long; choose less")
    settings = settings_from(config, store=store)
    secret = _secret(secret_file, settings)
    made = run(_add_key(settings.store, (name, tenant), secret, after, overlap))
    ends_at = made.pop("ends_at")
    _print_made(made, secret, is_shown=secret_file is None)
    if ends_at is not None:
        remark(Text("The older key retires at {at}.", "旧密钥将于 {at} 失效。"), at=moment(ends_at))


def _print_made(document: dict[str, Any], secret: bytes, *, is_shown: bool) -> None:
    made = {**document, "fingerprint": fingerprint(secret)}
    if is_shown:
        made["secret"] = secret.decode()
    print_document([line for line in _MADE if line.key in made], made)
    say_taken_up()


def _secret(secret_file: Path | None, settings: Settings) -> bytes:
    from afterchat.cli.strength import weakness

    if secret_file is None:
        return chance.token_hex(SECRET_BYTES).encode()
    secret = secret_from(secret_file, settings)
    why = weakness(secret, settings.secret_chars_min)
    if why is not None:
        text = Text(
            "the secret is weak: {why}; leave --secret-file out to have one made",
            "密钥过弱：{why}；去掉 --secret-file 可自动生成",
        )
        raise KeyRingError(text.say(current_language(), why=why.of(current_language())))
    return secret


def _values(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
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


async def _add(url: str, endpoint: Endpoint, secret: bytes) -> dict[str, Any]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.store.ports import Key

    now_ms = SystemClock().now_ms()
    key_id = f"key_{chance.token_hex(4)}"
    async with opened(url, "registry") as reached:
        await tenant_named(reached.registry, endpoint.tenant, now_ms)
        endpoint_id = await reached.endpoints.put_endpoint(endpoint._replace(resumed_at=now_ms, created_at=now_ms))
        await reached.endpoints.put_endpoint_key(endpoint_id, Key(key_id, secret, now_ms, None))
    return {"id": str(endpoint_id), "key": key_id}


async def _change(url: str, name: str, tenant: str | None, values: dict[str, Any]) -> None:
    from afterchat.cli.access import opened

    async with opened(url, "registry") as reached:
        endpoint = await endpoint_named(reached.endpoints, name, tenant)
        await reached.endpoints.put_endpoint(endpoint._replace(**values))


async def _add_key(
    url: str, named: tuple[str, str | None], secret: bytes, after_ms: int, overlap_ms: int
) -> dict[str, Any]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.store.ports import Key

    key_id = f"key_{chance.token_hex(4)}"
    async with opened(url, "registry") as reached:
        endpoint = await endpoint_named(reached.endpoints, *named)
        if any(key.secret == secret for key in endpoint.keys):
            raise KeyRingError(f"this very secret is a key of '{endpoint.name}' already")
        begins_at = SystemClock().now_ms() + after_ms
        ends_at = begins_at + overlap_ms
        await reached.endpoints.put_endpoint_key(endpoint.id, Key(key_id, secret, begins_at, None))
        limited = [key for key in endpoint.keys if key.not_after is None or key.not_after > ends_at]
        for key in limited:
            await reached.endpoints.put_endpoint_key(endpoint.id, key._replace(not_after=ends_at))
    return {"id": str(endpoint.id), "name": endpoint.name, "key": key_id, "ends_at": ends_at if limited else None}
