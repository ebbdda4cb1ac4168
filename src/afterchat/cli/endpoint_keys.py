"""The secrets of an endpoint: made here with 32 random bytes and shown once, or taken from a file; added and ended.

Rules
- Ending a key never lengthens its life.
- The last key in force is ended by force only: without one nothing can be signed.
"""

from __future__ import annotations

import secrets as chance
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.audited import note_about
from afterchat.cli.command import command, current_language, option
from afterchat.cli.endpoint_words import endpoint_named, name_argument, owner_option
from afterchat.cli.keys import fingerprint
from afterchat.cli.language import Text
from afterchat.cli.options import Span, config_option, secret_from, settings_from, store_option
from afterchat.cli.output import Column, moment, print_document, remark
from afterchat.cli.taken_up import say_taken_up
from afterchat.contract.endpoint_bounds import KEY_DELAY_SECONDS_MAX, KEY_OVERLAP_SECONDS_MAX
from afterchat.contract.strength import SECRET_BYTES
from afterchat.errors import KeyRingError, NotFoundError

if TYPE_CHECKING:
    from afterchat.settings import Settings

__all__ = ["add_key", "endpoint_secret", "endpoint_secret_option", "new_key_id", "print_made", "retire_key"]

_DAY_SECONDS = 86_400
_OVERLAP_DAYS_MAX = KEY_OVERLAP_SECONDS_MAX // _DAY_SECONDS
_DELAY_DAYS_MAX = KEY_DELAY_SECONDS_MAX // _DAY_SECONDS
_TOO_LONG = Text(
    "an overlap beyond {days}d keeps two secrets in force for long; choose less",
    "重叠期超过 {days}d 会使两个密钥长期同时生效；请缩短",
)
_TOO_LATE = Text("a key begins within {days}d at the latest; choose less", "密钥最迟须在 {days}d 内生效；请缩短")
_KNOWN = Text(
    "this very secret is a key of '{name}' already; see `afterchat endpoints show`",
    "'{name}' 已有相同的密钥；参见 `afterchat endpoints show`",
)
_NO_KEY = Text(
    "endpoint '{name}' has no key '{id}'; see `afterchat endpoints show`",
    "推送地址 '{name}' 没有密钥 '{id}'；参见 `afterchat endpoints show`",
)
_LAST = Text(
    "'{id}' is the last key of '{name}': without it nothing can be signed; add another, or --force",
    "'{id}' 是 '{name}' 最后一个生效的密钥：没有它就无法签名；请先新增密钥，或加 --force",
)

_MADE = (
    Column("id", Text("id", "编号")),
    Column("tenant", Text("tenant", "租户")),
    Column("name", Text("endpoint", "推送地址")),
    Column("url", Text("url", "URL")),
    Column("key", Text("key", "密钥编号")),
    Column("secret", Text("secret (shown once)", "密钥（仅显示一次）")),
    Column("fingerprint", Text("fingerprint", "指纹")),
)


endpoint_secret_option = option(
    "--secret-file",
    "secret_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text(
        "File that holds the secret; without it one is made and shown once.",
        "存放密钥的文件；缺省则生成一个并显示一次。",
    ),
)


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
@endpoint_secret_option
@option(
    "--after",
    type=Span(),
    default="0s",
    show_default=True,
    text=Text(
        f"In force in how long; at most {_DELAY_DAYS_MAX}d.",
        f"多久之后生效，最长 {_DELAY_DAYS_MAX}d。",
    ),
)
@option(
    "--overlap",
    type=Span(),
    default="24h",
    show_default=True,
    text=Text(
        f"How long the older key stays in force; at most {_OVERLAP_DAYS_MAX}d.",
        f"旧密钥继续生效的时长，最长 {_OVERLAP_DAYS_MAX}d。",
    ),
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

    for span_ms, seconds_max, text in (
        (overlap, KEY_OVERLAP_SECONDS_MAX, _TOO_LONG),
        (after, KEY_DELAY_SECONDS_MAX, _TOO_LATE),
    ):
        if span_ms > seconds_max * 1000:
            raise KeyRingError(text.say(current_language(), days=seconds_max // _DAY_SECONDS))
    settings = settings_from(config, store=store)
    secret = endpoint_secret(secret_file, settings)
    made = run(_add_key(settings.store, (name, tenant), secret, after, overlap))
    ends_at = made.pop("ends_at")
    print_made(made, secret, is_shown=secret_file is None)
    if ends_at is not None:
        remark(Text("The older key retires at {at}.", "旧密钥将于 {at} 失效。"), at=moment(ends_at))


@command("retire-key", Text("End a key, now or later.", "让密钥失效（立即或稍后）。"))
@name_argument
@click.argument("key_id", metavar="KEY")
@owner_option
@option("--after", type=Span(), default="0s", show_default=True, text=Text("In how long.", "多久之后。"))
@option("--force", is_flag=True, text=Text("Retire the last key in force.", "即使是最后一个生效的密钥也让其失效。"))
@store_option
@config_option
def retire_key(
    *, name: str, key_id: str, tenant: str | None, after: int, force: bool, store: str | None, config: Path | None
) -> None:
    """At once unless it is told otherwise, so that a secret that leaked can be replaced during an overlap, too."""
    from afterchat.cli.access import run, store_url

    at = run(_retire_key(store_url(store, config), (name, tenant), key_id, after, is_forced=force))
    remark(Text("Key {id} retires at {at}.", "密钥 {id} 将于 {at} 失效。"), id=key_id, at=moment(at))
    say_taken_up()


def new_key_id() -> str:
    """Made up; people name it to end it."""
    return f"key_{chance.token_hex(4)}"


def print_made(document: dict[str, Any], secret: bytes, *, is_shown: bool) -> None:
    """What was made; the secret only when it was made here."""
    made = {**document, "fingerprint": fingerprint(secret)}
    if is_shown:
        made["secret"] = secret.decode()
    print_document([line for line in _MADE if line.key in made], made)
    say_taken_up()


def endpoint_secret(secret_file: Path | None, settings: Settings) -> bytes:
    """The secret in the file, or a new one; raises KeyRingError for a weak one."""
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


async def _add_key(
    url: str, named: tuple[str, str | None], secret: bytes, after_ms: int, overlap_ms: int
) -> dict[str, Any]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.store.ports import Key

    key_id = new_key_id()
    async with opened(url, "registry") as reached:
        endpoint = await endpoint_named(reached.endpoints, *named)
        if any(key.secret == secret for key in endpoint.keys):
            raise KeyRingError(_KNOWN.say(current_language(), name=endpoint.name))
        begins_at = SystemClock().now_ms() + after_ms
        ends_at = begins_at + overlap_ms
        await note_about(reached, "endpoint.key", endpoint, key=key_id)
        await reached.endpoints.put_endpoint_key(endpoint.id, Key(key_id, secret, begins_at, None))
        limited = [key for key in endpoint.keys if key.not_after is None or key.not_after > ends_at]
        for key in limited:
            await reached.endpoints.put_endpoint_key(endpoint.id, key._replace(not_after=ends_at))
    return {"id": str(endpoint.id), "name": endpoint.name, "key": key_id, "ends_at": ends_at if limited else None}


async def _retire_key(url: str, named: tuple[str, str | None], key_id: str, after_ms: int, *, is_forced: bool) -> int:
    """When it ends; sooner than asked for where that was decided before."""
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    async with opened(url, "registry") as reached:
        endpoint = await endpoint_named(reached.endpoints, *named)
        key = next((key for key in endpoint.keys if key.id == key_id), None)
        if key is None:
            raise NotFoundError(_NO_KEY.say(current_language(), name=endpoint.name, id=key_id))
        at = SystemClock().now_ms() + after_ms
        if key.not_after is not None and key.not_after <= at:
            return key.not_after
        others = [
            other
            for other in endpoint.keys
            if other.id != key_id and other.not_before <= at and (other.not_after is None or at < other.not_after)
        ]
        if key.not_before <= at and not others and not is_forced:
            raise KeyRingError(_LAST.say(current_language(), id=key_id, name=endpoint.name))
        await note_about(reached, "endpoint.key", endpoint, key=key_id)
        await reached.endpoints.put_endpoint_key(endpoint.id, key._replace(not_after=at))
    return at
