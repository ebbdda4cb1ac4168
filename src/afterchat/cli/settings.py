"""`afterchat settings`: the values in force and where each of them came from; secrets are never shown."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from afterchat.cli.command import command, current_language
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from
from afterchat.cli.output import Column, print_rows
from afterchat.settings import SETTINGS, environment_name
from afterchat.store.address import shown_url

__all__ = ["settings"]

_DEFAULT = Text("default", "默认")
_HIDDEN = Text("(set, hidden)", "（已设置，不显示）")
_UNSET = Text("(not set)", "（未设置）")

_COLUMNS = (
    Column("name", Text("setting", "设置")),
    Column("value", Text("value", "值"), is_flexible=True),
    Column(
        "source",
        Text("from", "来源"),
        lambda source: _DEFAULT.of(current_language()) if source == "default" else source,
    ),
    Column("help", Text("what it is", "说明"), is_flexible=True, is_optional=True),
)


@command(
    "settings",
    Text("Show the settings in force and where they came from.", "显示生效的设置及其来源。"),
    Text(
        "Defaults, then the file of --config, then AFTERCHAT_* in the environment; options of a command come last.",
        "依次为：默认值、--config 文件、环境变量 AFTERCHAT_*，最后是命令自身的选项。",
    ),
)
@config_option
def settings(config: Path | None) -> None:
    in_force = settings_from(config)
    language = current_language()
    in_file = frozenset(tomllib.loads(config.read_text("utf-8"))) if config else frozenset()
    rows = []
    for setting in SETTINGS:
        value = getattr(in_force, setting.name)
        if setting.is_secret:
            value = (_HIDDEN if value else _UNSET).of(language)
        elif setting.name == "store":
            value = shown_url(value)
        help_text = Text(setting.en, setting.zh).of(language)
        source = _source(setting.name, in_file, config)
        rows.append({"name": setting.name, "value": value, "source": source, "help": help_text})
    print_rows(_COLUMNS, rows)


def _source(name: str, in_file: frozenset[str], config: Path | None) -> str:
    if environment_name(name) in os.environ:
        return environment_name(name)
    return str(config) if name in in_file else "default"
