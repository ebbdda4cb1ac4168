"""An ASGI application that lives in another process, as the server sees it.

Each request is passed on whole and its answer streamed back, no faster than the client reads.
Pages, figures and exports cost the server that acknowledges pushes only this copying.

Rules
- While the other process is away (starting, or started again) a request waits for it, then gets `away`.
- A client that goes away closes the connection, and with it the work of the other side.
- An answer that breaks off is broken off here too: half an answer must not look whole.
"""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import msgspec

from afterchat.edge.asgi import Application, Message, Receive, Send
from afterchat.edge.frames import BODY, END, REQUEST, START, Head, Passed, frame, packed, read_frame

__all__ = ["remote_application"]

_LOOK_SECONDS = 0.05
_HEADS = msgspec.msgpack.Decoder(Head)


def remote_application(socket: Path, away: Application, *, wait_seconds_max: float) -> Application:
    """The application behind `socket`; `away` answers when it cannot be reached in time."""

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        request = await receive()
        streams = await _reached(socket, wait_seconds_max)
        if streams is None:
            await away(scope, receive, send)
            return
        reader, writer = streams
        try:
            writer.write(frame(REQUEST, packed(_passed(scope, request["body"]))))
            relaying = asyncio.ensure_future(_relay(reader, send))
            leaving = asyncio.ensure_future(receive())
            await asyncio.wait((relaying, leaving), return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()
            if not relaying.done():
                relaying.cancel()
                return
            relaying.result()
        finally:
            writer.close()

    return answer


async def _reached(socket: Path, seconds: float) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
    """A connection to the other process, which may be given so long to come up."""
    for _ in range(max(1, int(seconds / _LOOK_SECONDS))):
        with contextlib.suppress(OSError):
            return await asyncio.open_unix_connection(str(socket))
        await asyncio.sleep(_LOOK_SECONDS)
    return None


def _passed(scope: Message, body: bytes) -> Passed:
    return Passed(
        scope["method"],
        scope["raw_path"],
        scope["query_string"],
        scope["http_version"],
        tuple(scope["headers"]),
        body,
        scope["client"],
        scope["server"],
    )


async def _relay(reader: asyncio.StreamReader, send: Send) -> None:
    """Frames to ASGI messages; raises EOFError when the answer breaks off."""
    while True:
        kind, content = await read_frame(reader)
        if kind == START:
            head = _HEADS.decode(content)
            await send({"type": "http.response.start", "status": head.status, "headers": head.headers})
        elif kind == BODY:
            await send({"type": "http.response.body", "body": content, "more_body": True})
        elif kind == END:
            await send({"type": "http.response.body", "body": content, "more_body": False})
            return
        else:
            raise ValueError("an unexpected frame; both processes must be of one version")
