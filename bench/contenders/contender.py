"""What the benchmark knows about a contender without importing it, and what the rivals' programs share.

The rivals share how they listen and how a push is verified, so that they differ only in what is compared.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["SECRET", "Contender", "announce", "is_authentic", "listen", "serve_uvicorn"]

SECRET = "the-secret-of-the-benchmark-0001"
_WINDOW_SECONDS = 300


class Contender(NamedTuple):
    """One line of the comparison."""

    name: str
    label: str
    arguments: Callable[[Path, Path], list[str]]
    """(directory, ready file) -> what follows the name of the Python interpreter."""
    environment: dict[str, str]
    rows: tuple[str, str] | None
    """(database inside the directory, SQL that counts the pushes); None when nothing is stored."""
    rate_expected: float
    """Pushes a second at most, to know how many to make ready; twice what one hopes for."""
    has_projector: bool = False


def is_authentic(secret: str, body: bytes, signed_at: str, claimed: str) -> bool:
    """The checks that every contender makes: a time of ten digits inside the window, and the checksum."""
    if not (len(signed_at) == 10 and signed_at.isdigit() and abs(time.time() - int(signed_at)) <= _WINDOW_SECONDS):
        return False
    md5 = hashlib.md5(body).hexdigest()
    checksum = hashlib.sha1(f"{secret}{md5}{signed_at}".encode()).hexdigest()
    return hmac.compare_digest(checksum.encode(), claimed.encode())


def listen() -> socket.socket:
    """A socket that listens on a free port of 127.0.0.1."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    return listener


def announce(port: int, ready_file: Path) -> None:
    """Tell the benchmark where to push; call it when answers can be given."""
    partial = ready_file.with_suffix(".partial")
    partial.write_text(json.dumps({"url": f"http://127.0.0.1:{port}", "pid": os.getpid()}))
    partial.rename(ready_file)


def serve_uvicorn(make_app: Callable[[Path, str], Any]) -> None:
    """Run an ASGI application on uvicorn as the rivals do: uvloop, httptools, one process, no access log.

    Arguments of the program: directory, ready file; the secret comes from BENCH_SECRET.
    """
    import asyncio

    import uvicorn

    directory, ready_file = Path(sys.argv[1]), Path(sys.argv[2])
    listener = listen()
    config = uvicorn.Config(
        make_app(directory, os.environ["BENCH_SECRET"]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
            await asyncio.sleep(0.01)
        announce(listener.getsockname()[1], ready_file)
        await serving

    import uvloop

    uvloop.run(serve())
