"""The table of settings: name, type, default, bounds and help in two languages, each declared once.

Rules
- Every number has a least and a most, so that nothing that is taken here can end the program later.
- A bound that is not plain has its reason beside it.

What does not belong here: where a value comes from (`reading`), and what it does (whoever is handed it).
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["SETTINGS", "Setting"]


class Setting(NamedTuple):
    """One line of the table."""

    name: str
    type: type
    default: Any
    en: str
    zh: str
    choices: tuple[str, ...] = ()
    is_secret: bool = False
    ends: tuple[str, ...] = ("receiver", "sender", "dashboard")
    """Which server heeds it."""
    bounds: tuple[float, float] | None = None
    """The least and the most that a number may be, both included; every number has them."""


_RECEIVER, _SENDER = ("receiver",), ("sender",)

_ATTEMPT_SECONDS_MAX = 20
"""A lease is twice that and ten seconds: what a killed sender had leased is tried again within a minute."""
_RECORD_BYTES = 262_144
"""The largest body that the receiving end takes by default; the sending end's door must let one such record in."""
_HELD_BYTES_MAX = 67_108_864
"""What the edge holds of all incomplete bodies together, and the largest body that the store takes."""

SETTINGS = (
    Setting("host", str, "127.0.0.1", "Address to listen on.", "监听地址。"),
    Setting(
        "port",
        int,
        8000,
        "Port to listen on; 0 takes any free one.",
        "监听端口；0 表示任选一个空闲端口。",
        ends=_RECEIVER,
        bounds=(0, 65_535),
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
        bounds=(1, 1024),
    ),
    Setting(
        "window_seconds",
        int,
        300,
        "How far a push's time may be from ours, either way.",
        "推送时间与本机时间允许相差的秒数（前后皆可）。",
        ends=_RECEIVER,
        bounds=(1, 86_400),
    ),
    Setting(
        "body_bytes_max",
        int,
        _RECORD_BYTES,
        "Largest body of a request.",
        "请求体的最大字节数。",
        ends=_RECEIVER,
        bounds=(1024, _HELD_BYTES_MAX),
    ),
    Setting(
        "header_bytes_max",
        int,
        16_384,
        "Largest head of a request: request line and headers.",
        "请求头（含请求行）的最大字节数。",
        bounds=(1024, 1_048_576),
    ),
    Setting(
        "request_seconds_max",
        float,
        10.0,
        "From a request's first byte to its last.",
        "一次请求从首字节到末字节的最长秒数。",
        bounds=(0.1, 3600),
    ),
    Setting(
        "idle_seconds_max",
        float,
        60.0,
        "How long a connection may stay open without a request.",
        "连接空闲多久后关闭（秒）。",
        bounds=(0.1, 86_400),
    ),
    Setting(
        "connections_max", int, 1024, "Open connections in all.", "同时打开的连接总数上限。", bounds=(1, 1_000_000)
    ),
    Setting(
        "connections_per_peer_max",
        int,
        1024,
        "Open connections from one address; lower it where no proxy stands in front.",
        "单一来源地址的连接上限；前面没有代理时可调低。",
        bounds=(1, 1_000_000),
    ),
    Setting(
        "waiting_pushes_max",
        int,
        4096,
        "Pushes waiting for their commit before new ones are answered 503.",
        "等待落盘的推送上限；超过后新推送得到 503。",
        ends=_RECEIVER,
        bounds=(0, 1_000_000),
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
        bounds=(0, 2**62),
    ),
    Setting(
        "quarantine_rows_max",
        int,
        10_000,
        "Refused pushes kept for the operator; the oldest leave first.",
        "隔离区保留的条数上限，最旧的先离开。",
        ends=_RECEIVER,
        bounds=(0, 100_000_000),
    ),
    Setting(
        "quarantine_rows_per_second_max",
        int,
        20,
        "Refused pushes written a second; the rest is only counted.",
        "隔离区每秒写入条数上限，其余只计数。",
        ends=_RECEIVER,
        bounds=(0, 1_000_000),
    ),
    Setting(
        "network_retention_days",
        int,
        180,
        "How long visitors' addresses and the queries of pages are kept; 0 keeps them for ever.",
        "访客 IP 与页面地址查询串的保留天数；0 表示永久保留。",
        ends=_RECEIVER,
        bounds=(0, 36_500),
    ),
    Setting(
        "personal_retention_days",
        int,
        0,
        "How long anything personal of a visitor is kept; sessions and their counts stay; 0 keeps it for ever.",
        "访客个人信息的保留天数，到期后清空，会话与计数不变；0 表示永久保留。",
        ends=_RECEIVER,
        bounds=(0, 36_500),
    ),
    Setting(
        "quarantine_retention_days",
        int,
        30,
        "How long refused pushes are kept; 0 keeps them until the bound of rows.",
        "隔离区推送的保留天数；0 表示只受条数上限约束。",
        ends=_RECEIVER,
        bounds=(0, 36_500),
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
        "dashboard",
        str,
        "process",
        "Whether serve starts the dashboard and its API as a process of its own.",
        "serve 是否另起进程运行看板及其接口。",
        ("process", "off"),
        ends=_RECEIVER,
    ),
    Setting(
        "dashboard_port",
        int,
        8002,
        "Port of a dashboard that runs alone; 0 takes any free one.",
        "看板单独运行时的监听端口；0 表示任选一个空闲端口。",
        ends=("dashboard",),
        bounds=(0, 65_535),
    ),
    Setting(
        "dashboard_https",
        str,
        "off",
        "Whether browsers reach the dashboard over https, through a proxy: its cookies are then for https alone.",
        "浏览器是否经反向代理以 https 访问看板；on 时登录 cookie 仅限 https。",
        ("off", "on"),
        ends=("receiver", "dashboard"),
    ),
    Setting(
        "dashboard_zone",
        str,
        "auto",
        "Time zone of pages for readers who chose none, such as Asia/Shanghai; auto is this machine's.",
        "未自选时区的读者所用的时区，例如 Asia/Shanghai；auto 为本机时区。",
        ends=("receiver", "dashboard"),
    ),
    Setting(
        "drain_seconds",
        float,
        20.0,
        "How long a stop waits for requests under way.",
        "停止时等待进行中请求的最长秒数。",
        bounds=(0, 3600),
    ),
    Setting(
        "sender_port",
        int,
        8001,
        "Port of the sending end; 0 takes any free one.",
        "发送端的监听端口；0 表示任选一个空闲端口。",
        ends=_SENDER,
        bounds=(0, 65_535),
    ),
    Setting(
        "events_bytes_max",
        int,
        2_097_152,
        "Largest body of a request with events or records, sent or unpacked.",
        "提交事件或记录时请求体的最大字节数（解压前后均适用）。",
        ends=_SENDER,
        bounds=(_RECORD_BYTES, _HELD_BYTES_MAX // 2),
    ),
    Setting(
        "waiting_events_max",
        int,
        10_000,
        "Requests with events that wait for their commit before new ones are answered 503.",
        "等待落盘的事件请求上限；超过后新请求得到 503。",
        ends=_SENDER,
        bounds=(1, 1_000_000),
    ),
    Setting(
        "sessions_at_hand_max",
        int,
        20_000,
        "Sessions held in memory, each a few kilobytes; others are read when they go on.",
        "内存中保留的会话数上限，每个数 KB；其余在继续时再读取。",
        ends=_SENDER,
        bounds=(1, 10_000_000),
    ),
    Setting(
        "attempts_at_once_max",
        int,
        64,
        "Pushes under way at one time, over all endpoints.",
        "所有推送地址合计同时进行的推送数上限。",
        ends=_SENDER,
        bounds=(1, 10_000),
    ),
    Setting(
        "attempt_seconds_max",
        float,
        10.0,
        "How long one push may take, from the name to the last byte of the answer.",
        "单次推送从解析域名到应答末字节的最长秒数。",
        ends=_SENDER,
        bounds=(0.1, _ATTEMPT_SECONDS_MAX),
    ),
    Setting(
        "retention_days",
        int,
        30,
        "How long delivered and dead entries, their attempts and ended sessions are kept.",
        "已送达与死信条目、其尝试记录以及已结束会话的保留天数。",
        ends=_SENDER,
        bounds=(1, 36_500),
    ),
    Setting(
        "operator_tenant",
        str,
        "",
        "Tenant whose endpoints may subscribe to what happens to the endpoints of every tenant.",
        "该租户的推送地址可订阅所有租户推送地址的运行事件。",
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
