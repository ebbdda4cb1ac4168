"""An application in another process answers as if it were here: both halves over a real socket, in one loop."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from afterchat.edge.asgi import scope_of
from afterchat.edge.frames import FRAME_BYTES_MAX, frame, read_frame
from afterchat.edge.message import Request
from afterchat.edge.remote import remote_application
from afterchat.edge.remote_server import RemoteServer

PIECE = bytes(range(256)) * 1024


async def away(scope, receive, send):
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b"away"})


class Client:
    """The server's side of one request: what it sent, and what came back."""

    def __init__(self, request):
        self.scope = scope_of(request, "1.1", ("10.0.0.1", 5), ("10.0.0.2", 80))
        self._body = request.body
        self._has_left = asyncio.Event()
        self.messages = []
        self.may_go_on = asyncio.Event()
        self.may_go_on.set()

    async def receive(self):
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._has_left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        await self.may_go_on.wait()
        self.messages.append(message)

    def leave(self):
        self._has_left.set()

    def answer(self):
        start, *bodies = self.messages
        assert [True] * (len(bodies) - 1) + [False] == [body["more_body"] for body in bodies]
        return start["status"], dict(start["headers"]), b"".join(body["body"] for body in bodies)


def play(app, body, *, wait_seconds_max=5.0):
    """Run `body(call, server)` with the application behind a socket."""

    async def main():
        with TemporaryDirectory() as folder:
            socket = Path(folder) / "s"
            server = RemoteServer(app)
            front = remote_application(socket, away, wait_seconds_max=wait_seconds_max)

            async def call(client):
                await front(client.scope, client.receive, client.send)

            async def start():
                await server.start(socket)

            async with asyncio.timeout(20):
                await body(call, server, start)
                await server.drain(5)

    asyncio.run(main())


def request(method=b"POST", body=b"sent"):
    return Request(method, b"/%E4%BD%A0/x", b"a=%20", ((b"host", b"a"), (b"x-two", b"\xff")), body, "10.0.0.1")


def test_the_application_sees_the_request_as_it_came_and_its_answer_goes_back_as_it_is():
    seen = []

    async def app(scope, receive, send):
        seen.append((scope, await receive()))
        await send({"type": "http.response.start", "status": 207, "headers": [(b"x-a", b"1")]})
        await send({"type": "http.response.body", "body": b"first, ", "more_body": True})
        await send({"type": "http.response.body", "body": b"last"})

    async def body(call, _server, start):
        await start()
        client = Client(request())
        await call(client)
        assert (207, {b"x-a": b"1"}, b"first, last") == client.answer()
        scope, message = seen[0]
        assert {"type": "http.request", "body": b"sent", "more_body": False} == message
        assert {**client.scope, "headers": ((b"host", b"a"), (b"x-two", b"\xff"))} == scope

    play(app, body)


def test_a_request_waits_for_an_application_that_is_starting_and_is_told_when_it_does_not_come():
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})

    async def early(call, _server, start):
        client = Client(request())
        waiting = asyncio.create_task(call(client))
        await asyncio.sleep(0.1)
        assert [] == client.messages
        await start()
        await waiting
        assert (200, {}, b"here") == client.answer()

    async def never(call, _server, _start):
        client = Client(request())
        await call(client)
        assert 503 == client.messages[0]["status"]

    play(app, early)
    play(app, never, wait_seconds_max=0.1)


def test_a_client_that_leaves_ends_the_work_for_it():
    ended = asyncio.Event()

    async def app(_scope, receive, _send):
        await receive()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def body(call, _server, start):
        await start()
        client = Client(request())
        calling = asyncio.create_task(call(client))
        await asyncio.sleep(0.05)
        client.leave()
        await calling
        await ended.wait()
        assert [] == client.messages

    play(app, body)


def test_an_answer_that_breaks_off_is_broken_off_here_too():
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError

    async def body(call, _server, start):
        await start()
        client = Client(request())
        with pytest.raises(EOFError):
            await call(client)
        assert all(message.get("more_body", True) for message in client.messages)

    play(app, body)


def test_a_client_that_does_not_read_holds_the_application_back():
    sent = []

    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(200):
            sent.append(number)
            await send({"type": "http.response.body", "body": PIECE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def body(call, _server, start):
        await start()
        client = Client(request())
        client.may_go_on.clear()
        calling = asyncio.create_task(call(client))
        await asyncio.sleep(0.3)
        assert 0 < len(sent) < 50, "52 MB were taken from the application for a client that reads nothing"
        client.may_go_on.set()
        await calling
        assert 200 * PIECE == client.answer()[2]

    play(app, body)


def test_a_frame_longer_than_any_is_refused_before_it_is_read():
    async def main():
        reader = asyncio.StreamReader()
        reader.feed_data(frame(66, b"")[:1] + (FRAME_BYTES_MAX + 1).to_bytes(4, "big"))
        with pytest.raises(ValueError, match="longer"):
            await read_frame(reader)

    asyncio.run(main())
