"""`afterchat verify [FILE]`: whether a push is authentic, and if not, which mistake would explain it.

The same question as the receiver's, asked by hand, with the likely cause that a stranger is never told.
Exit code 0 when a receiver would take it, 1 when it would refuse it.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from afterchat.cli.command import command, current_language, option
from afterchat.cli.exits import Exit
from afterchat.cli.language import Text
from afterchat.cli.options import (
    config_option,
    file_argument,
    read_body,
    secret_file_option,
    secret_from,
    settings_from,
)
from afterchat.cli.output import Column, print_document

__all__ = ["verify"]

_AUTHENTIC = Text("authentic", "真实")
_REFUSED = Text("refused", "被拒")


def _verdict_text(verdict: str) -> str:
    return (_AUTHENTIC if verdict == "authentic" else _REFUSED).of(current_language())


_LINES = (
    Column("verdict", Text("verdict", "结论"), _verdict_text),
    Column("because", Text("because", "原因")),
    Column("skew_seconds", Text("signed before now (s)", "签名早于现在（秒）")),
)


@command(
    "verify",
    Text("Check a checksum, and explain why it is refused.", "核对 checksum，并说明被拒的原因。"),
    Text(
        "FILE is the body exactly as it arrived; - is standard input.\n"
        "Usual mistakes are tried on purpose: milliseconds, an old secret, a body written again, GBK, upper case.",
        "FILE 是收到的请求体原始字节；- 表示标准输入。\n"
        "会逐一试验常见错误：毫秒当作秒、旧密钥、请求体被重新编码、GBK、大写等。",
    ),
)
@file_argument
@option(
    "--time", "time", required=True, text=Text("`time` of the query, as it stands there.", "查询串中的 time 原文。")
)
@option("--checksum", "claimed", required=True, text=Text("`checksum` of the query.", "查询串中的 checksum。"))
@option(
    "--now",
    type=click.IntRange(0, 9_999_999_999),
    metavar="SECONDS",
    text=Text("Judge as if it were this moment; the clock when left out.", "按该时刻判断；缺省为当前时间。"),
)
@secret_file_option
@option(
    "--old-secret-file",
    "old_secret_files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    text=Text("A former secret to recognise; may stand several times.", "用于识别的旧密钥文件，可多次给出。"),
)
@config_option
def verify(
    *,
    file: BinaryIO,
    time: str,
    claimed: str,
    now: int | None,
    secret_file: Path | None,
    old_secret_files: tuple[Path, ...],
    config: Path | None,
) -> None:
    from afterchat.clock import SystemClock
    from afterchat.contract.signature import checksum_matches, is_within_window, read_time
    from afterchat.receiver.diagnosis import diagnose

    settings = settings_from(config)
    body, secrets = read_body(file), [secret_from(secret_file, settings)]
    retired = [secret_from(path, settings) for path in old_secret_files]
    now_ms = SystemClock().now_ms() if now is None else now * 1000
    time_bytes, claimed_bytes = (text.encode("utf-8", "surrogateescape") for text in (time, claimed))
    signed_at = read_time(time_bytes)
    is_taken = (
        signed_at is not None
        and checksum_matches(secrets, body, time_bytes, claimed_bytes) >= 0
        and is_within_window(signed_at, now_ms, settings.window_seconds)
    )
    cause = diagnose(
        secrets,
        time_bytes,
        claimed_bytes,
        body,
        now_ms,
        retired_secrets=retired,
        window_seconds=settings.window_seconds,
    )
    print_document(
        _LINES,
        {
            "verdict": "authentic" if is_taken else "refused",
            "cause": cause.wire,
            "because": Text(cause.en, cause.zh).of(current_language()),
            "skew_seconds": None if signed_at is None else now_ms // 1000 - signed_at,
        },
    )
    if not is_taken:
        click.get_current_context().exit(int(Exit.FINDING))
