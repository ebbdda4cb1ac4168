"""Options that several commands share, and the settings they add up to.

Settings come from defaults, then the file of `--config`, then the environment, then options of the command line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from afterchat.cli.command import Command, current_language, option
from afterchat.cli.language import Text
from afterchat.contract.strength import SECRET_BYTES_MAX
from afterchat.errors import SettingsError
from afterchat.settings import SETTINGS, Settings, read_settings

__all__ = [
    "EpochMoment",
    "Span",
    "config_option",
    "file_argument",
    "limit_option",
    "read_body",
    "secret_file_option",
    "secret_from",
    "settings_from",
    "settings_options",
    "store_option",
    "tenant_option",
    "until_stdin_ends_option",
]

_BODY_BYTES_MAX = 64 * 1024 * 1024
"""Longest file that `sign` and `verify` read: far above what any receiver takes."""

_SHORT_NAMES = {"sender_port": ("--port",), "dashboard_port": ("--port",)}
_SPAN_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

_NO_SECRET = Text(
    "there is no secret: set AFTERCHAT_SECRET or give --secret-file FILE",
    "没有密钥：请设置 AFTERCHAT_SECRET 或给出 --secret-file FILE",
)
_UNREADABLE = Text("{file}: the secret cannot be read: {why}", "{file}：无法读取密钥：{why}")
_NOT_A_SECRET = Text(
    "{file}: a secret has 1 to {most} bytes, this file has another length",
    "{file}：密钥长度应为 1 到 {most} 字节，该文件长度不符",
)

config_option = option(
    "--config",
    "config",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="AFTERCHAT_CONFIG",
    show_envvar=True,
    text=Text("TOML file of settings.", "TOML 设置文件。"),
)
store_option = option(
    "--store",
    "store",
    metavar="URL",
    text=Text(
        "Where the data lives, such as sqlite:///afterchat-data; otherwise the setting `store`.",
        "数据存放的位置，例如 sqlite:///afterchat-data；缺省取设置 store。",
    ),
)
tenant_option = option("--tenant", "tenant", metavar="NAME", text=Text("Only this tenant.", "只看该租户。"))
limit_option = option(
    "--limit",
    "limit",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    text=Text("Rows at most.", "最多显示的条数。"),
)
secret_file_option = option(
    "--secret-file",
    "secret_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text(
        "File that holds the secret; otherwise AFTERCHAT_SECRET. Never on the command line, where others can see it.",
        "存放密钥的文件；缺省取 AFTERCHAT_SECRET。密钥不写在命令行上，以免旁人看到。",
    ),
)
until_stdin_ends_option = option(
    "--until-stdin-ends",
    "until_stdin_ends",
    is_flag=True,
    text=Text("Stop when standard input ends, too (how demo ends it).", "标准输入结束时也停止（供 demo 使用）。"),
)
file_argument = click.argument("file", type=click.File("rb"), default="-")


class Span(click.ParamType[int]):
    """A length of time such as 90s, 30m, 24h or 7d, in milliseconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"([0-9]{1,6})([smhd])", str(value), re.ASCII)
        if found is None:
            text = Text("write a number and s, m, h or d, such as 24h", "请写数字加 s、m、h 或 d，例如 24h")
            self.fail(text.of(current_language()), param, ctx)
        return int(found[1]) * _SPAN_UNITS_MS[found[2]]


class EpochMoment(click.ParamType[int]):
    """A moment as ISO date, ISO date and time (local unless it says an offset), or epoch milliseconds; epoch ms."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        from datetime import datetime

        if isinstance(value, int):
            return value
        if re.fullmatch(r"[0-9]{11,15}", str(value), re.ASCII):
            return int(value)
        try:
            return int(datetime.fromisoformat(str(value)).astimezone().timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            text = Text(
                "write 2024-05-01, 2024-05-01T08:00 or epoch milliseconds",
                "请写 2024-05-01、2024-05-01T08:00 或毫秒时间戳",
            )
            self.fail(text.of(current_language()), param, ctx)


def settings_options(end: str) -> Callable[[Command], Command]:
    """Give a command one option for each setting that this end heeds and that is not a secret."""

    def decorate(made: Command) -> Command:
        for setting in SETTINGS:
            if end in setting.ends and not setting.is_secret:
                names = [f"--{setting.name.replace('_', '-')}", *_SHORT_NAMES.get(setting.name, ())]
                kind = click.Choice(setting.choices) if setting.choices else setting.type
                made = option(*names, setting.name, type=kind, text=Text(setting.en, setting.zh))(made)
        return made

    return decorate


def settings_from(config: Path | None = None, **overrides: Any) -> Settings:
    """The settings in force for this command; raises SettingsError."""
    return read_settings(os.environ, config, overrides)


def secret_from(secret_file: Path | None, settings: Settings) -> bytes:
    """The secret to sign with: the file's bytes without their line end, else AFTERCHAT_SECRET.

    Raises SettingsError when there is none, or the file cannot be read or holds more than a secret.
    """
    if secret_file is None:
        if not settings.secret:
            raise SettingsError(_NO_SECRET.of(current_language()))
        return settings.secret.encode("utf-8", "surrogateescape")
    try:
        with secret_file.open("rb") as stream:
            secret = stream.read(SECRET_BYTES_MAX + 1)
    except OSError as error:
        said = _UNREADABLE.say(current_language(), file=secret_file, why=error.strerror)
        raise SettingsError(said) from error
    secret = secret.removesuffix(b"\n").removesuffix(b"\r")
    if not secret or len(secret) > SECRET_BYTES_MAX:
        raise SettingsError(_NOT_A_SECRET.say(current_language(), file=secret_file, most=SECRET_BYTES_MAX))
    return secret


def read_body(stream: Any) -> bytes:
    """All bytes of a file or of stdin; a usage error beyond 64 MiB."""
    body = stream.read(_BODY_BYTES_MAX + 1)
    if len(body) > _BODY_BYTES_MAX:
        text = Text("FILE is longer than 64 MiB; no receiver takes that", "FILE 超过 64 MiB，没有接收端会接受")
        raise click.UsageError(text.of(current_language()))
    return bytes(body)
