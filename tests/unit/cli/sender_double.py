"""A stand-in for a sender's door: it notes what is handed in, and answers as it is told, else that all was taken."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["TOKEN", "HandedIn", "SenderDouble", "refused", "sender_double", "taken"]

TOKEN = "act_for-the-double"

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class HandedIn:
    """One request."""

    path: str
    token: str
    lines: list[bytes]
    arrived_at: float = field(default_factory=lambda: time.time() * 1000)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@dataclass
class SenderDouble:
    """`replies` are given in turn, each once; after them everything is taken."""

    url: str = ""
    replies: list[Reply] = field(default_factory=list)
    requests: list[HandedIn] = field(default_factory=list)
    closes_kept_connections: bool = False

    @property
    def lines(self) -> list[bytes]:
        return [line for request in self.requests for line in request.lines]


def taken(lines: list[bytes]) -> Reply:
    """What a sender answers that took everything."""
    items = [{"verdict": "taken", "id": "e"} for _ in lines]
    return 200, {}, json.dumps({"taken": len(lines), "items": items}).encode()


def refused(*verdicts: str) -> Reply:
    """An answer with these verdicts, each with its reason in two languages."""
    items = [
        {"verdict": verdict, "id": f"e{number}", "reason": "too_late", "en": "it is too late", "zh": "太晚了"}
        for number, verdict in enumerate(verdicts)
    ]
    return 200, {}, json.dumps({"items": items}).encode()


@contextmanager
def sender_double() -> Iterator[SenderDouble]:
    """A double on a port of its own."""
    state = SenderDouble()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            lines = self.rfile.read(int(self.headers["content-length"])).splitlines()
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            with lock:
                state.requests.append(HandedIn(self.path, token, lines))
                status, headers, answer = state.replies.pop(0) if state.replies else taken(lines)
            if not status:  # a sender that dies before it answers
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            # Without a word of it, as a server does with a connection that was idle for long.
            self.close_connection = state.closes_kept_connections

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
