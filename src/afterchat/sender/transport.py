"""One request and what came of it: the data that crosses the wire's edge, and the port that carries it.

The relay knows this file; `http_transport` is the real wire, the simulation has one of its own.

Rules
- A transport never raises for what the other side does: an Answer came, or a Failure says why none did.
- It follows no redirect, keeps no cookie, asks no proxy of the environment.
- It reads at most ANSWER_BYTES_MAX of an answer and gives up at its deadline, whatever trickles in.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple, Protocol

__all__ = ["ANSWER_BYTES_MAX", "FAILURES", "Answer", "Failure", "Request", "Transport"]

ANSWER_BYTES_MAX = 64 * 1024
"""An acknowledgement is two bytes; whoever sends more than this is no receiver of pushes."""


class Request(NamedTuple):
    """One signed push, ready for the wire; always a POST."""

    endpoint_id: int
    url: str
    """With its query."""
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Answer(NamedTuple):
    """A reply whose head was read in time."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case; the last of several of one name."""
    body: bytes
    """At most ANSWER_BYTES_MAX."""
    is_cut: bool
    """Whether the body is longer than that, or ended before its announced length."""


class Failure(NamedTuple):
    """No reply: the request may or may not have arrived."""

    kind: str
    """A key of FAILURES."""
    detail: str
    """For the operator only: it may name addresses."""


class Transport(Protocol):
    """The wire."""

    async def send(self, request: Request, seconds_max: float) -> Answer | Failure:
        """Send one request and read its answer within `seconds_max` in all."""


FAILURES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bad_header": ("a header cannot be sent", "请求头无法发送"),
        "bad_url": ("the URL cannot be used", "URL 无法使用"),
        "forbidden_address": ("the address is not allowed", "不允许的地址"),
        "dns": ("the name cannot be resolved", "域名无法解析"),
        "connect": ("no connection could be made", "无法建立连接"),
        "tls": ("the certificate is not trusted", "证书不受信任"),
        "timeout": ("no complete answer in time", "未在时限内收到完整应答"),
        "reset": ("the connection broke before the answer was complete", "应答完成前连接中断"),
        "protocol": ("the answer is no HTTP", "应答不是 HTTP"),
        "unsigned": ("the endpoint has no secret in force", "该地址没有生效的密钥"),
    }
)
"""Every kind of failure: what it says in English and in Chinese."""
