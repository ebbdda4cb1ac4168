"""Exchange: an ordinary ASGI application sees the scope it expects and is held to the protocol."""

from __future__ import annotations

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from afterchat.edge.asgi import Exchange, scope_of
from afterchat.edge.message import Request

REQUEST = Request(b"POST", b"/%E4%BD%A0%20%FF", b"a=%20", ((b"host", b"a"),), b"body", "10.0.0.1")


class Wire:
    """A channel that remembers what was written."""

    def __init__(self):
        self.written = b""
        self.ends = []
        self.is_gone = False

    def connection_field(self, *, closes):
        return b"connection: close\r\n" if closes else b""

    def write(self, data):
        self.written += data

    async def writable(self):
        return

    async def gone(self):
        self.is_gone = True

    def finish(self, *, closes):
        self.ends.append(closes)


def answer(app, request=REQUEST, version="1.1"):
    wire = Wire()
    scope = scope_of(request, version, ("10.0.0.1", 5), ("10.0.0.2", 80))
    error = asyncio.run(Exchange(wire, scope, request.body).run(app, scope))
    return wire, error


def test_the_scope_is_decoded_as_asgi_says():
    scope = scope_of(REQUEST, "1.1", ("10.0.0.1", 5), None)
    assert scope["path"] == "/你 \ufffd"
    assert scope["raw_path"] == b"/%E4%BD%A0%20%FF"
    assert scope["query_string"] == b"a=%20"
    assert (scope["method"], scope["http_version"], scope["client"]) == ("POST", "1.1", ("10.0.0.1", 5))


def test_the_body_comes_once_and_then_the_end():
    seen = []

    async def app(scope, receive, send):
        seen.extend([await receive(), await receive()])

    _, error = answer(app)
    assert seen == [{"type": "http.request", "body": b"body", "more_body": False}, {"type": "http.disconnect"}]
    assert error is None


@pytest.mark.parametrize(
    ("response", "ending"),
    [
        (lambda: PlainTextResponse("你好"), b"content-length: 6\r\n\r\n\xe4\xbd\xa0\xe5\xa5\xbd"),
        (
            lambda: StreamingResponse(iter(["a", "bc"])),
            b"transfer-encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        ),
    ],
)
def test_starlette_runs(response, ending):
    async def endpoint(request):
        assert await request.body() == b"body"
        return response()

    app = Starlette(routes=[Route("/{name}", endpoint, methods=["POST"])])
    wire, error = answer(app)
    assert error is None
    assert wire.written.startswith(b"HTTP/1.1 200 OK\r\n")
    assert wire.written.endswith(ending)
    assert wire.ends == [False]


def start():
    return {"type": "http.response.start", "status": 200, "headers": []}


def body(data=b"", more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [start()],
        [start(), body(b"a", True)],
        [start(), start()],
        [body()],
        [start(), body(), body()],
        [start(), body(), start()],
        [{"type": "websocket.accept"}],
        [start() | {"headers": [(b"content-length", b"1")]}, body(b"ab")],
        [start() | {"headers": [(b"content-length", b"3")]}, body(b"ab", True), body()],
        [start() | {"headers": [(b"content-length", b"-")]}, body()],
        [start() | {"status": 101}, body()],
    ],
)
def test_a_broken_protocol_is_an_error(messages):
    async def app(scope, receive, send):
        for message in messages:
            await send(message)

    _, error = answer(app)
    assert error is not None


def test_http_1_0_streams_until_the_connection_closes():
    async def app(scope, receive, send):
        for message in (start(), body(b"a", True), body(b"b")):
            await send(message)

    wire, error = answer(app, version="1.0")
    assert error is None
    assert wire.written == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nab"
    assert wire.ends == [True]
