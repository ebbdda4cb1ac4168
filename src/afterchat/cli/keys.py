"""`afterchat keys`: the secrets of a tenant, at most two in force at one time so that they can be rotated.

Rules
- A secret is never an argument: others could see it in the list of processes.
  It comes from a file, stdin or a prompt.
- A secret is shown once, when it is made, and then only by its fingerprint.
- Adding a key retires the older one after an overlap, so that both ends need not change in the same second.
"""

from __future__ import annotations

import secrets as chance
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from afterchat.cli.command import Group, command, current_language, option
from afterchat.cli.language import Text
from afterchat.cli.options import (
    Span,
    config_option,
    secret_from,
    settings_from,
    store_option,
    tenant_option,
)
from afterchat.cli.output import Column, moment, print_document, print_rows, remark, short_moment
from afterchat.cli.taken_up import say_taken_up
from afterchat.cli.tenants import tenant_named
from afterchat.contract.strength import SECRET_BYTES, SECRET_BYTES_MAX
from afterchat.errors import KeyRingError, NotFoundError

if TYPE_CHECKING:
    from afterchat.settings import Settings
    from afterchat.store.ports import Key

__all__ = ["KEY_COLUMNS", "fingerprint", "key_row", "keys", "state_of_key"]

_OVERLAP_MS_MAX = 7 * 86_400_000
"""Two secrets in force are twice the chance to guess one; a week is time enough to change the other end."""
FINGERPRINT_DIGITS = 8

_STATES = {
    "in force": Text("in force", "生效"),
    "retired": Text("retired", "已失效"),
    "not yet": Text("not yet", "未生效"),
}
KEY_COLUMNS = (
    Column("id", Text("key", "密钥编号")),
    Column("state", Text("state", "状态"), lambda state: _STATES[state].of(current_language())),
    Column(
        "not_before",
        Text("from", "生效时间"),
        lambda at_ms: moment(at_ms or None),
        show_narrow=lambda at_ms: short_moment(at_ms or None),
    ),
    Column("not_after", Text("until", "失效时间"), moment, show_narrow=short_moment),
    Column("secret_bytes", Text("length", "长度"), is_number=True, is_optional=True),
    Column("fingerprint", Text("fingerprint", "指纹"), is_optional=True),
)
"""Of a key, whoever's it is."""
_COLUMNS = (Column("tenant", Text("tenant", "租户")), *KEY_COLUMNS)
_MADE = (
    Column("tenant", Text("tenant", "租户")),
    Column("id", Text("key", "密钥编号")),
    Column("secret", Text("secret (shown once)", "密钥（仅显示一次）")),
    Column("fingerprint", Text("fingerprint", "指纹")),
)


@click.group("keys", cls=Group, text=Text("The secrets of a tenant.", "管理租户的密钥。"))
def keys() -> None:
    """Keys and their limits in time."""


@command("list", Text("List keys; secrets are never shown.", "列出密钥；不显示密钥本身。"), group=keys)
@tenant_option
@store_option
@config_option
def list_keys(tenant: str | None, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run

    rows = run(_read(tenant, settings_from(config, store=store)))
    print_rows(_COLUMNS, rows, empty=Text("There is no key: every push is refused.", "没有密钥：所有推送都会被拒绝。"))


@command(
    "add",
    Text("Add a key; the older one retires after the overlap.", "新增密钥；旧密钥在重叠期后失效。"),
    Text(
        "The secret comes from --secret-file, from --generate, from standard input, or is asked for.",
        "密钥来自 --secret-file、--generate、标准输入，或交互输入。",
    ),
    group=keys,
)
@click.argument("tenant")
@option(
    "--generate",
    is_flag=True,
    text=Text("Make a secret of 32 random bytes and show it once.", "生成 32 字节随机密钥并显示一次。"),
)
@option(
    "--secret-file",
    "secret_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text("File that holds the secret.", "存放密钥的文件。"),
)
@option(
    "--id", "key_id", metavar="ID", text=Text("Name of the key; made up when left out.", "密钥编号；缺省自动生成。")
)
@option(
    "--overlap",
    type=Span(),
    default="24h",
    show_default=True,
    text=Text("How long the older key stays in force; at most 7d.", "旧密钥继续生效的时长，最长 7d。"),
)
@option("--force", is_flag=True, text=Text("Allow an overlap beyond 7 days.", "允许超过 7 天的重叠期。"))
@option("--allow-weak", is_flag=True, text=Text("Take a weak secret.", "接受弱密钥。"))
@store_option
@config_option
def add(
    *,
    tenant: str,
    generate: bool,
    secret_file: Path | None,
    key_id: str | None,
    overlap: int,
    force: bool,
    allow_weak: bool,
    store: str | None,
    config: Path | None,
) -> None:
    from afterchat.cli.access import run

    settings = settings_from(config, store=store)
    if generate and secret_file:
        text = Text("--generate and --secret-file exclude each other", "--generate 与 --secret-file 不能同时使用")
        raise click.UsageError(text.of(current_language()))
    if overlap > _OVERLAP_MS_MAX and not force:
        raise KeyRingError("an overlap beyond 7d keeps two secrets in force for long; choose less, or add --force")
    secret = chance.token_hex(SECRET_BYTES).encode() if generate else _given_secret(secret_file, settings)
    _refuse_weak(secret, settings, is_allowed=allow_weak)
    chosen = key_id or f"key_{chance.token_hex(4)}"
    retired = run(_add(settings.store, tenant, chosen, secret, overlap))
    made = {"tenant": tenant, "id": chosen, "fingerprint": fingerprint(secret), "retired": retired}
    if generate:
        print_document(_MADE, {**made, "secret": secret.decode()})
    else:
        print_document([line for line in _MADE if line.key != "secret"], made)
    for key in retired:
        remark(
            Text("Key {id} retires at {at}.", "密钥 {id} 将于 {at} 失效。"), id=key["id"], at=moment(key["not_after"])
        )
    say_taken_up()


@command("retire", Text("End a key, now or later.", "让密钥失效（立即或稍后）。"), group=keys)
@click.argument("tenant")
@click.argument("key_id", metavar="KEY")
@option("--after", type=Span(), default="0s", show_default=True, text=Text("In how long.", "多久之后。"))
@option("--force", is_flag=True, text=Text("Retire the last key in force.", "即使是最后一个生效的密钥也让其失效。"))
@store_option
@config_option
def retire(*, tenant: str, key_id: str, after: int, force: bool, store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_url

    at = run(_retire(store_url(store, config), tenant, key_id, after, is_forced=force))
    remark(Text("Key {id} retires at {at}.", "密钥 {id} 将于 {at} 失效。"), id=key_id, at=moment(at))


def _given_secret(secret_file: Path | None, settings: Settings) -> bytes:
    if secret_file is not None:
        return secret_from(secret_file, settings)
    if sys.stdin.isatty():
        prompt = Text("Secret", "密钥").of(current_language())
        return str(click.prompt(prompt, hide_input=True, confirmation_prompt=True)).encode()
    secret = sys.stdin.buffer.read(SECRET_BYTES_MAX + 1).removesuffix(b"\n").removesuffix(b"\r")
    if not secret or len(secret) > SECRET_BYTES_MAX:
        raise KeyRingError("standard input holds no secret: pipe one in, or use --generate or --secret-file")
    return secret


def _refuse_weak(secret: bytes, settings: Settings, *, is_allowed: bool) -> None:
    from afterchat.cli.strength import weakness

    why = weakness(secret, settings.secret_chars_min)
    if why is None:
        return
    if not is_allowed:
        text = Text(
            "the secret is weak: {why}; take one with --generate, or insist with --allow-weak",
            "密钥过弱：{why}；请用 --generate 生成，或用 --allow-weak 坚持使用",
        )
        raise KeyRingError(text.say(current_language(), why=why.of(current_language())))
    remark(Text("Warning: the secret is weak: {why}.", "警告：密钥过弱：{why}。"), why=why.of(current_language()))


async def _read(tenant: str | None, settings: Settings) -> list[dict[str, Any]]:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.receiver.rings import with_environment_secret

    async with opened(settings.store) as reached:
        known = with_environment_secret(await reached.registry.tenants(), settings.secret)
    now_ms = SystemClock().now_ms()
    return [
        {"tenant": one.name, **key_row(key, now_ms)} for one in known for key in one.keys if tenant in (None, one.name)
    ]


async def _add(url: str, tenant_name: str, key_id: str, secret: bytes, overlap_ms: int) -> list[dict[str, Any]]:
    """Add first, then limit the older key: a crash in between leaves two keys in force, never none."""
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock
    from afterchat.store.ports import Key

    async with opened(url, "registry") as reached:
        now_ms = SystemClock().now_ms()
        tenant = await tenant_named(reached.registry, tenant_name, now_ms)
        if any(key.id == key_id for key in tenant.keys):
            raise KeyRingError(f"tenant '{tenant_name}' has a key '{key_id}'; choose another --id")
        if any(key.secret == secret for key in tenant.keys):
            raise KeyRingError(f"this very secret is on the ring of '{tenant_name}' already; see `afterchat keys list`")
        ends_at = now_ms + overlap_ms
        await reached.registry.put_key(tenant_name, Key(key_id, secret, now_ms, None))
        limited = [
            key._replace(not_after=ends_at) for key in tenant.keys if key.not_after is None or key.not_after > ends_at
        ]
        for key in limited:
            await reached.registry.put_key(tenant_name, key)
    return [{"id": key.id, "not_after": key.not_after} for key in limited]


async def _retire(url: str, tenant_name: str, key_id: str, after_ms: int, *, is_forced: bool) -> int:
    from afterchat.cli.access import opened
    from afterchat.clock import SystemClock

    async with opened(url, "registry") as reached:
        now_ms = SystemClock().now_ms()
        tenant = await tenant_named(reached.registry, tenant_name, now_ms)
        key = next((key for key in tenant.keys if key.id == key_id), None)
        if key is None:
            raise NotFoundError(f"tenant '{tenant_name}' has no key '{key_id}'; see `afterchat keys list`")
        at = now_ms + after_ms
        if key.not_after is not None and key.not_after <= at:
            return key.not_after
        others = [
            other for other in tenant.keys if other.id != key_id and (other.not_after is None or other.not_after > at)
        ]
        if not others and not is_forced:
            raise KeyRingError(
                f"'{key_id}' is the last key of '{tenant_name}': without it every push is refused; "
                "add another, or --force"
            )
        await reached.registry.put_key(tenant_name, key._replace(not_after=at))
    return at


def state_of_key(key: Key, now_ms: int) -> str:
    """`in force`, `not yet` or `retired`; one that was ended before it began is retired."""
    if key.not_after is not None and key.not_after <= now_ms:
        return "retired"
    return "not yet" if key.not_before > now_ms else "in force"


def key_row(key: Key, now_ms: int) -> dict[str, Any]:
    """A key without its secret, for `KEY_COLUMNS`."""
    return {
        "id": key.id,
        "state": state_of_key(key, now_ms),
        "not_before": key.not_before,
        "not_after": key.not_after,
        "secret_bytes": len(key.secret),
        "fingerprint": fingerprint(key.secret),
    }


def fingerprint(secret: bytes) -> str:
    """Enough to see that both ends mean the same secret."""
    return sha256(secret).hexdigest()[:FINGERPRINT_DIGITS]
