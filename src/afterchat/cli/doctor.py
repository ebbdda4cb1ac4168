"""`afterchat doctor`: what is wrong here, and the remedy, one line each.

Exit code 1 when anything fails.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from afterchat.cli.command import command, current_language
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import config_option, settings_from, store_option
from afterchat.cli.output import Column, print_rows

__all__ = ["doctor"]

_LEVELS = {"ok": Text("ok", "正常"), "warn": Text("warn", "注意"), "fail": Text("FAIL", "异常")}
_CHECKS = {
    "python": Text("Python", "Python"),
    "sqlite": Text("SQLite", "SQLite"),
    "clock": Text("clock", "时钟"),
    "disk": Text("disk", "磁盘空间"),
    "medium": Text("file system", "文件系统"),
    "sync": Text("fdatasync", "落盘耗时"),
    "permissions": Text("permissions", "文件权限"),
    "port": Text("port", "端口"),
    "encoding": Text("encoding", "编码"),
    "variables": Text("environment", "环境变量"),
    "server": Text("PostgreSQL", "PostgreSQL"),
    "store": Text("store", "数据"),
    "schema": Text("schema", "数据版本"),
    "secrets": Text("secrets", "密钥"),
    "projector": Text("projector", "投影器"),
    "unreadable": Text("unreadable", "无法解读"),
}
_COLUMNS = (
    Column("level", Text("", ""), lambda level: _LEVELS[level].of(current_language())),
    Column("check", Text("check", "检查项"), lambda check: _CHECKS[check].of(current_language())),
    Column("said", Text("found", "结果"), is_flexible=True),
    Column("remedy", Text("remedy", "办法"), is_flexible=True, is_beneath=True),
)


@command(
    "doctor",
    Text("Find out what is wrong, with the remedy.", "体检：找出问题并给出办法。"),
    Text(
        "Nothing is changed; a few kilobytes are written beside the store and removed, to measure the disk.",
        "不改动任何数据；为测量磁盘会在数据旁写入并删除几千字节。",
    ),
)
@store_option
@config_option
def doctor(store: str | None, config: Path | None) -> None:
    from afterchat.cli.access import run, store_folder
    from afterchat.cli.checkup import FOLDER_CHECKS, MACHINE_CHECKS, Patient
    from afterchat.cli.checkup_store import store_findings
    from afterchat.clock import SystemClock
    from afterchat.store.open import is_shared

    settings = settings_from(config, store=store)
    patient = Patient(settings, run(store_folder(settings.store)), config, os.environ, SystemClock())
    checks = MACHINE_CHECKS if is_shared(settings.store) else (*MACHINE_CHECKS, *FOLDER_CHECKS)
    findings = [finding for check in checks for finding in check(patient)]
    findings += run(store_findings(patient))
    language = current_language()
    rows: list[dict[str, Any]] = [
        {
            "check": finding.check,
            "level": finding.level,
            "said": finding.said.of(language),
            "remedy": finding.remedy.of(language),
        }
        for finding in findings
    ]
    print_rows(_COLUMNS, rows)
    if any(finding.level == "fail" for finding in findings):
        click.get_current_context().exit(int(Exit.FINDING))
