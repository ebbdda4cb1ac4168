"""One request to an ASGI application, in process: no socket, no client library, every header as it is."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

__all__ = ["Reply", "call"]


class Reply(NamedTuple):
    """What the application sent."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


async def call(app, method, target, headers=(), body=b"", *, peer="127.0.0.1"):
    """The reply to one request; `target` is path and query, `headers` are pairs of bytes."""
    path, _, query = target.partition("?")
    scope = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1"}
    scope |= {"method": method, "scheme": "http", "path": path, "raw_path": quote(path).encode(), "root_path": ""}
    scope |= {
        "query_string": query.encode(),
        "headers": list(headers),
        "client": (peer, 1),
        "server": ("127.0.0.1", 80),
    }
    messages = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        messages.append(message)

    await app(scope, receive, send)
    start, *parts = messages
    return Reply(start["status"], tuple(start["headers"]), b"".join(part.get("body", b"") for part in parts))
