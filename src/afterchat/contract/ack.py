"""The answers to a push: `{}` for taken, and one named refusal for everything else.

Rules
- Only what is durable is answered with ACCEPTED_BODY; the receiver has one line that does so.
- A refusal is never 2xx, never empty and never `{}`: the platform's guide takes an empty answer for success.
- Codes are those which the platform itself uses for calls into it, so that its people recognise them.
- A refusal tells the peer nothing that helps to forge: the likely cause goes to the operator only.
"""

from __future__ import annotations

import json
from enum import Enum

__all__ = ["ACCEPTED_BODY", "Reason", "refusal_body", "retry_after_seconds"]

ACCEPTED_BODY = b"{}"

DETAIL_CHARS_MAX = 200
"""A detail is a hint for a person, never an echo of what was sent."""


class Reason(Enum):
    """Every refusal: HTTP status, code of the platform, label for metrics, what it says."""

    CHECKSUM = (401, 14002, "checksum", "校验和不符 / the checksum does not match the body")
    TIME = (401, 14003, "window", "时间戳无效或已过期 / the time cannot be read or is outside the window")
    TENANT = (404, 14001, "tenant", "没有这个租户 / there is no such tenant")
    PARAMETER = (400, 14004, "parameter", "参数缺失、重复或无法读取 / a parameter is missing, repeated or unreadable")
    METHOD = (405, 14004, "method", "只接受 POST / only POST is taken here")
    HEAD = (431, 14004, "head", "请求头过大 / the head of the request is too large")
    MALFORMED = (400, 14004, "malformed", "不是合法的 HTTP 请求 / this is not a well-formed request")
    ENCODING = (415, 14004, "encoding", "不接受内容编码 / no content encoding is taken here")
    BODY = (413, 14004, "body", "请求体过大 / the body is too large")
    DEADLINE = (408, 14004, "deadline", "请求超时未完 / the request did not arrive in time")
    BUSY = (503, 14500, "busy", "繁忙，请稍后重试 / busy, try again")
    DISK = (503, 14500, "disk", "磁盘空间不足，请稍后重试 / short of disk space, try again")
    STORE = (503, 14500, "store", "存储暂不可用，请稍后重试 / the store is away, try again")
    STOPPING = (503, 14500, "stopping", "正在停止，请稍后重试 / stopping, try again")

    def __init__(self, status: int, code: int, wire: str, message: str) -> None:
        self.status = status
        self.code = code
        self.wire = wire
        """Label for metrics."""
        self.message = message


_RETRY_AFTER_SECONDS = {Reason.BUSY: 1, Reason.DISK: 60, Reason.STORE: 5, Reason.STOPPING: 5}


def refusal_body(reason: Reason, detail: str = "") -> bytes:
    """JSON `{"code":14002,"message":"..."}`; `detail` is added to the message, cut at 200 characters."""
    message = f"{reason.message}: {detail[:DETAIL_CHARS_MAX]}" if detail else reason.message
    text = json.dumps({"code": reason.code, "message": message}, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def retry_after_seconds(reason: Reason) -> int | None:
    """Whole seconds for `Retry-After`, or None where trying again would not help."""
    return _RETRY_AFTER_SECONDS.get(reason)
