"""The table of settings: name, type, default, unit and help in two languages, each declared once.

Read once, from a TOML file and then from `AFTERCHAT_*`; command-line options come last and are applied by `cli`.
Nobody but the composition root reads settings: every room gets values as arguments.
A value that cannot be read is a SettingsError that names the setting, the value's shape and where it was set.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from afterchat.errors import SettingsError

__all__ = ["SETTINGS", "Setting", "Settings", "environment_name", "read_settings"]


class Setting(NamedTuple):
    """One line of the table."""

    name: str
    type: type
    default: Any
    en: str
    zh: str
    choices: tuple[str, ...] = ()
    is_secret: bool = False
    ends: tuple[str, ...] = ("receiver", "sender")
    """Which end heeds it."""


_RECEIVER, _SENDER = ("receiver",), ("sender",)

SETTINGS = (
    Setting("host", str, "127.0.0.1", "Address to listen on.", "监听地址。"),
    Setting(
        "port",
        int,
        8000,
        "Port to listen on; 0 takes any free one.",
        "监听端口；0 表示任选一个空闲端口。",
        ends=_RECEIVER,
    ),
    Setting("store", str, "sqlite:///afterchat-data", "Where the data lives.", "数据存放的位置。"),
    Setting(
        "ready_file",
        str,
        "",
        "File that says url, pid and nonce once the server listens.",
        "开始监听后写入 url、pid 与 nonce 的文件。",
    ),
    Setting(
        "log_level", str, "info", "Least severity that is logged.", "日志级别。", ("debug", "info", "warning", "error")
    ),
    Setting(
        "secret",
        str,
        "",
        "App secret of the tenant `default`.",
        "默认租户 default 的 appSecret。",
        (),
        True,
        ends=_RECEIVER,
    ),
    Setting(
        "secret_chars_min",
        int,
        16,
        "Shortest secret that is taken, in characters.",
        "允许的最短密钥长度（字符）。",
        ends=_RECEIVER,
    ),
    Setting(
        "window_seconds",
        int,
        300,
        "How far a push's time may be from ours, either way.",
        "推送时间与本机时间允许相差的秒数（前后皆可）。",
        ends=_RECEIVER,
    ),
    Setting("body_bytes_max", int, 262_144, "Largest body of a request.", "请求体的最大字节数。", ends=_RECEIVER),
    Setting(
        "header_bytes_max",
        int,
        16_384,
        "Largest head of a request: request line and headers.",
        "请求头（含请求行）的最大字节数。",
    ),
    Setting(
        "request_seconds_max",
        float,
        10.0,
        "From a request's first byte to its last.",
        "一次请求从首字节到末字节的最长秒数。",
    ),
    Setting(
        "idle_seconds_max",
        float,
        60.0,
        "How long a connection may stay open without a request.",
        "连接空闲多久后关闭（秒）。",
    ),
    Setting("connections_max", int, 1024, "Open connections in all.", "同时打开的连接总数上限。"),
    Setting(
        "connections_per_peer_max",
        int,
        1024,
        "Open connections from one address; lower it where no proxy stands in front.",
        "单一来源地址的连接上限；前面没有代理时可调低。",
    ),
    Setting(
        "waiting_pushes_max",
        int,
        4096,
        "Pushes waiting for their commit before new ones are answered 503.",
        "等待落盘的推送上限；超过后新推送得到 503。",
        ends=_RECEIVER,
    ),
    Setting(
        "commit_mode",
        str,
        "auto",
        "Where the inbox commits: in the event loop, or in a thread; auto measures the disk.",
        "收件箱在事件循环内提交还是在线程中提交；auto 按磁盘实测选择。",
        ("auto", "inline", "thread"),
    ),
    Setting(
        "disk_free_bytes_min",
        int,
        268_435_456,
        "Free space below which pushes are answered 503.",
        "磁盘剩余空间低于此值时推送得到 503。",
        ends=_RECEIVER,
    ),
    Setting(
        "quarantine_rows_max",
        int,
        10_000,
        "Refused pushes kept for the operator; the oldest leave first.",
        "隔离区保留的条数上限，最旧的先离开。",
        ends=_RECEIVER,
    ),
    Setting(
        "quarantine_rows_per_second_max",
        int,
        20,
        "Refused pushes written a second; the rest is only counted.",
        "隔离区每秒写入条数上限，其余只计数。",
        ends=_RECEIVER,
    ),
    Setting(
        "metrics_access",
        str,
        "open",
        "Whether /metrics needs a token; it holds counters only.",
        "/metrics 是否需要令牌；其中只有计数。",
        ("open", "token"),
    ),
    Setting(
        "projector",
        str,
        "process",
        "Whether serve starts the projector as a process of its own.",
        "serve 是否另起进程运行投影器。",
        ("process", "off"),
        ends=_RECEIVER,
    ),
    Setting(
        "drain_seconds",
        float,
        20.0,
        "How long a stop waits for requests under way.",
        "停止时等待进行中请求的最长秒数。",
    ),
    Setting(
        "sender_port",
        int,
        8001,
        "Port of the sending end; 0 takes any free one.",
        "发送端的监听端口；0 表示任选一个空闲端口。",
        ends=_SENDER,
    ),
    Setting(
        "events_bytes_max",
        int,
        8_388_608,
        "Largest body of a request with events or records.",
        "提交事件或记录时请求体的最大字节数。",
        ends=_SENDER,
    ),
    Setting(
        "waiting_events_max",
        int,
        10_000,
        "Requests with events that wait for their commit before new ones are answered 503.",
        "等待落盘的事件请求上限；超过后新请求得到 503。",
        ends=_SENDER,
    ),
    Setting(
        "sessions_at_hand_max",
        int,
        20_000,
        "Sessions held in memory, each a few kilobytes; others are read when they go on.",
        "内存中保留的会话数上限，每个数 KB；其余在继续时再读取。",
        ends=_SENDER,
    ),
    Setting(
        "attempts_at_once_max",
        int,
        64,
        "Pushes under way at one time, over all endpoints.",
        "所有推送地址合计同时进行的推送数上限。",
        ends=_SENDER,
    ),
    Setting(
        "attempt_seconds_max",
        float,
        10.0,
        "How long one push may take, from the name to the last byte of the answer.",
        "单次推送从解析域名到应答末字节的最长秒数。",
        ends=_SENDER,
    ),
    Setting(
        "retention_days",
        int,
        30,
        "How long delivered and dead entries, their attempts and ended sessions are kept.",
        "已送达与死信条目、其尝试记录以及已结束会话的保留天数。",
        ends=_SENDER,
    ),
    Setting(
        "allow_http_endpoints",
        str,
        "no",
        "Whether pushes may go to http URLs, unencrypted.",
        "是否允许推送到未加密的 http 地址。",
        ("no", "yes"),
        ends=_SENDER,
    ),
    Setting(
        "allowed_targets",
        str,
        "",
        "Private networks, addresses and names that pushes may go to, separated by commas.",
        "允许推送的内网网段、地址与域名，以逗号分隔。",
        ends=_SENDER,
    ),
    Setting(
        "target_ports",
        str,
        "80,443,8080,8443",
        "Ports of public targets that pushes may go to, separated by commas.",
        "允许推送的公网目标端口，以逗号分隔。",
        ends=_SENDER,
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force; one attribute for each line of SETTINGS, which a test compares."""

    host: str
    port: int
    store: str
    ready_file: str
    log_level: str
    secret: str
    secret_chars_min: int
    window_seconds: int
    body_bytes_max: int
    header_bytes_max: int
    request_seconds_max: float
    idle_seconds_max: float
    connections_max: int
    connections_per_peer_max: int
    waiting_pushes_max: int
    commit_mode: str
    disk_free_bytes_min: int
    quarantine_rows_max: int
    quarantine_rows_per_second_max: int
    metrics_access: str
    projector: str
    drain_seconds: float
    sender_port: int
    events_bytes_max: int
    waiting_events_max: int
    sessions_at_hand_max: int
    attempts_at_once_max: int
    attempt_seconds_max: float
    retention_days: int
    allow_http_endpoints: str
    allowed_targets: str
    target_ports: str

    def __repr__(self) -> str:
        """Secrets are never shown."""
        hidden = {setting.name for setting in SETTINGS if setting.is_secret}
        shown = ", ".join(
            f"{field.name}={'***' if field.name in hidden else repr(getattr(self, field.name))}"
            for field in fields(self)
        )
        return f"Settings({shown})"


def environment_name(setting_name: str) -> str:
    """`window_seconds` -> `AFTERCHAT_WINDOW_SECONDS`."""
    return f"AFTERCHAT_{setting_name.upper()}"


def read_settings(
    environment: Mapping[str, str] = os.environ,
    file: Path | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """Defaults, then the TOML file, then the environment, then `overrides` that are not None.

    Raises SettingsError for an unknown name in the file and for a value of the wrong shape.
    """
    values = {setting.name: setting.default for setting in SETTINGS}
    by_name = {setting.name: setting for setting in SETTINGS}
    if file is not None:
        for name, value in _read_file(file).items():
            if name not in by_name:
                raise SettingsError(f"{file}: there is no setting '{name}'; see docs/reference/settings.md")
            values[name] = _parse(by_name[name], value, f"{file}")
    for setting in SETTINGS:
        variable = environment_name(setting.name)
        if variable in environment:
            values[setting.name] = _parse(setting, environment[variable], variable)
    for name, value in (overrides or {}).items():
        if value is not None:
            values[name] = _parse(by_name[name], value, f"--{name.replace('_', '-')}")
    return Settings(**values)


def _read_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file}: cannot be read as TOML: {error}") from error


def _parse(setting: Setting, value: Any, where: str) -> Any:
    try:
        parsed = setting.type(str(value) if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        shape = {int: "a whole number", float: "a number"}.get(setting.type, "text")
        raise SettingsError(f"{where}: '{setting.name}' must be {shape}, not {value!r}") from None
    if setting.choices and parsed not in setting.choices:
        raise SettingsError(f"{where}: '{setting.name}' must be one of {', '.join(setting.choices)}, not {value!r}")
    if setting.type in (int, float) and parsed < 0:
        raise SettingsError(f"{where}: '{setting.name}' must not be negative, not {value!r}")
    return parsed
