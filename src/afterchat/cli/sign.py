"""`afterchat sign [FILE]`: a checksum by hand, in every form in which somebody may need it.

The body is read as bytes and signed as it is; a line end that an editor added is part of it.
"""

from __future__ import annotations

import secrets
import shlex
from pathlib import Path
from typing import Any, BinaryIO

import click

from afterchat.cli.command import command, option
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
from afterchat.cli.push import event_type_option

__all__ = ["sign"]

_MESSAGE_ID_BYTES = 16

_LINES = (
    Column("time", Text("time", "time")),
    Column("md5", Text("md5", "md5")),
    Column("checksum", Text("checksum", "checksum")),
    Column("query", Text("query", "查询串")),
)
_WEBHOOK_LINES = tuple(
    Column(name, Text(name, name)) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
)
_CURL_LINE = Column("curl", Text("curl", "curl"))


@command(
    "sign",
    Text("Compute a checksum by hand.", "手工计算 checksum。"),
    Text(
        "FILE is the body, byte for byte; - is standard input.\n"
        "checksum = SHA-1(secret + MD5(body) + time), lower-case hex.",
        "FILE 是请求体的原始字节；- 表示标准输入。\nchecksum = SHA-1(密钥 + MD5(请求体) + time)，小写十六进制。",
    ),
)
@file_argument
@option(
    "--time",
    "time",
    type=click.IntRange(1_000_000_000, 9_999_999_999),
    metavar="SECONDS",
    text=Text("Epoch seconds to sign with; now when left out.", "签名所用的 UTC 秒；缺省为当前时间。"),
)
@secret_file_option
@event_type_option
@option("--url", metavar="URL", text=Text("Print a ready curl command for this URL.", "打印发往该地址的 curl 命令。"))
@option(
    "--webhooks", is_flag=True, text=Text("Print Standard Webhooks headers, too.", "同时打印 Standard Webhooks 头。")
)
@option("--message-id", metavar="ID", text=Text("webhook-id; random when left out.", "webhook-id；缺省随机生成。"))
@config_option
def sign(
    *,
    file: BinaryIO,
    time: int | None,
    secret_file: Path | None,
    event_type: str,
    url: str | None,
    webhooks: bool,
    message_id: str | None,
    config: Path | None,
) -> None:
    from afterchat.cli.delivery import event_type_of
    from afterchat.clock import SystemClock
    from afterchat.contract.push import push_query
    from afterchat.contract.signature import body_md5, checksum

    body = read_body(file)
    secret = secret_from(secret_file, settings_from(config))
    signed_at = SystemClock().now_ms() // 1000 if time is None else time
    md5 = body_md5(body)
    claimed = checksum(secret, md5, str(signed_at).encode()).decode()
    query = push_query(event_type_of(body, event_type), signed_at, claimed)
    document: dict[str, Any] = {"time": signed_at, "md5": md5.decode(), "checksum": claimed, "query": query}
    lines: tuple[Column, ...] = _LINES
    if webhooks:
        chosen = message_id or f"msg_{secrets.token_hex(_MESSAGE_ID_BYTES)}"
        document |= _webhook_headers(secret, chosen, signed_at, body)
        lines += _WEBHOOK_LINES
    if url:
        headers = {name: document[name] for name in document if name.startswith("webhook-")}
        document["curl"] = _curl(url, query, getattr(file, "name", "-"), headers)
        lines += (_CURL_LINE,)
    print_document(lines, document)


def _webhook_headers(secret: bytes, message_id: str, signed_at: int, body: bytes) -> dict[str, str]:
    from afterchat.contract.webhooks import sign_webhook, webhook_key

    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(signed_at),
        "webhook-signature": sign_webhook(webhook_key(secret), message_id, signed_at, body),
    }


def _curl(url: str, query: str, file_name: str, headers: dict[str, str]) -> str:
    """One line for a POSIX shell; the file is sent as it is, which `--data` would not do."""
    source = "@-" if file_name in {"-", "<stdin>"} else f"@{file_name}"
    words = ["curl", "--request", "POST", "--header", "Content-Type: application/json;charset=utf-8"]
    for name, value in headers.items():
        words += ["--header", f"{name}: {value}"]
    joiner = "&" if "?" in url else "?"
    return shlex.join([*words, "--data-binary", source, f"{url}{joiner}{query}"])
