"""A live EdgeServer hosting ASGI applications: framing, failures, clients that go, and what is logged of it."""

from __future__ import annotations

import asyncio
import logging

import pytest

from afterchat.edge.message import Answer
from integration.edge_scenes import GET, PUSH, RUNNERS, closing, connected, exchange, read_end, serving, status_of

pytestmark = pytest.mark.parametrize("run", RUNNERS.values(), ids=RUNNERS)


def start(status=200, *headers):
    return {"type": "http.response.start", "status": status, "headers": headers}


def body(data=b"", more=False):
    return {"type": "http.response.body", "body": data, "more_body": more}


STREAMS = {
    "chunked": ([start(), body(b"ab", True), body(b"", True), body(b"c")], GET, b"2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
    "chunked, empty end": ([start(), body(b"ab", True), body()], GET, b"2\r\nab\r\n0\r\n\r\n"),
    "given length": (
        [start(200, (b"content-length", b"3")), body(b"ab", True), body(b"c")],
        GET,
        b"content-length: 3\r\nconnection: close\r\n\r\nabc",
    ),
    "until the end in 1.0": ([start(), body(b"ab", True), body(b"c")], GET.replace(b"1.1", b"1.0"), b"\r\n\r\nabc"),
    "HEAD": ([start(), body(b"abc")], GET.replace(b"GET", b"HEAD"), b"content-length: 3\r\nconnection: close\r\n\r\n"),
    "HEAD with a length of its own": (
        [start(200, (b"Content-Length", b"7")), body()],
        GET.replace(b"GET", b"HEAD"),
        b"content-length: 7\r\nconnection: close\r\n\r\n",
    ),
    "HEAD of a stream": (
        [start(), body(b"ab", True), body(b"c")],
        GET.replace(b"GET", b"HEAD"),
        b"transfer-encoding: chunked\r\n\r\n",
    ),
    "204": ([start(204), body()], GET, b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"),
}


@pytest.mark.parametrize(("messages", "request_bytes", "expected"), STREAMS.values(), ids=STREAMS)
def test_an_answer_of_the_application_is_framed(run, messages, request_bytes, expected):
    async def app(scope, receive, send):
        for message in messages:
            await send(message)

    async def scene():
        async with serving(app=app) as server:
            return await exchange(server, closing(request_bytes)), server.counts.app_failures

    received, failures = run(scene())
    if b"content-length" in expected:
        head_end = received.index(b"\r\n\r\n")
        lines = set(received[:head_end].split(b"\r\n"))
        wanted, _, tail = expected.partition(b"\r\n\r\n")
        assert set(wanted.split(b"\r\n")) <= lines
        assert received[head_end + 4 :] == tail
    else:
        assert received.endswith(expected)
    assert failures == 0


def test_a_slow_reader_gets_the_whole_stream(run):
    async def app(scope, receive, send):
        await send(start())
        for _ in range(80):
            await send(body(b"x" * 100_000, more=True))
        await send(body())

    async def scene():
        async with serving(app=app) as server, connected(server) as (reader, writer):
            writer.write(closing(GET))
            await asyncio.sleep(0.05)
            return (await read_end(reader)).count(b"x" * 100_000)

    assert run(scene()) == 80


async def raises(scope, receive, send):
    raise ValueError(scope["query_string"].decode())


async def says_nothing(scope, receive, send):
    return


async def wrong_order(scope, receive, send):
    await send(body(b"x"))


async def splits_the_answer(scope, receive, send):
    await send(start(200, (b"x", b"a\r\nset-cookie: b")))
    await send(body())


async def wrong_length(scope, receive, send):
    await send(start(200, (b"content-length", b"9")))
    await send(body(b"x"))


@pytest.mark.parametrize("app", [raises, says_nothing, wrong_order, splits_the_answer, wrong_length])
def test_a_failing_application_is_a_500_and_a_line_without_the_query(run, app, caplog):
    async def scene():
        async with serving(app=app) as server:
            received = await exchange(server, GET.replace(b"/x", b"/x?checksum=hush") + closing(GET))
            return received.count(b"HTTP/1.1 500 "), server.counts.app_failures

    with caplog.at_level(logging.DEBUG):
        assert run(scene()) == (2, 2)
    assert "GET /x" in caplog.text
    assert "hush" not in caplog.text


def test_an_application_that_breaks_off_does_not_pass_half_an_answer_for_a_whole(run):
    async def app(scope, receive, send):
        await send(start())
        await send(body(b"half", True))
        raise ValueError

    async def scene():
        async with serving(app=app) as server:
            return await exchange(server, GET)

    received = run(scene())
    assert received.count(b"HTTP/1.1 ") <= 1
    assert b"0\r\n\r\n" not in received


def test_the_application_hears_when_the_client_goes(run):
    heard = []

    async def app(scope, receive, send):
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])
        try:
            while True:
                await send(start()) if len(heard) == 2 else None
                heard.append("sent")
                await send(body(b"x", True))
                await asyncio.sleep(0.01)
        except OSError:
            heard.append("refused")

    async def scene():
        async with serving(app=app) as server:
            async with connected(server) as (_, writer):
                writer.write(GET)
                while not heard:
                    await asyncio.sleep(0.005)
            while heard[-1] != "refused":
                await asyncio.sleep(0.005)
            return server.counts.app_failures

    assert run(scene()) == 0
    assert heard[:2] == ["http.request", "http.disconnect"]


def test_a_handler_that_raises_is_a_500_and_a_line_without_the_query(run, caplog):
    def push(request, respond):
        raise ValueError(request.query.decode())

    async def scene():
        async with serving(push) as server:
            return status_of(await exchange(server, closing(PUSH)))

    with caplog.at_level(logging.DEBUG):
        assert run(scene()) == 500
    assert "POST /push" in caplog.text
    assert "checksum" not in caplog.text


def test_a_flood_of_failures_is_not_a_flood_of_lines(run, caplog):
    async def scene():
        async with serving(app=raises) as server:
            await exchange(server, GET * 100 + closing(GET))
            return server.counts.app_failures, server.counts.log_lines_suppressed

    failures, suppressed = run(scene())
    assert failures == 101
    assert len(caplog.records) + suppressed == 101
    assert suppressed > 0


def test_a_drain_ends_the_application_that_does_not_answer(run):
    ended = []

    async def stuck(scope, receive, send):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def scene():
        async with serving(app=stuck) as server:
            waiting = asyncio.create_task(exchange(server, GET))
            while not server.counts.requests:
                await asyncio.sleep(0.005)
            return await server.drain(0.05), await waiting

    assert run(scene()) == (1, b"")
    assert ended == [True]


def test_an_answer_that_could_pass_for_two_is_a_500(run, caplog):
    async def scene():
        async with serving(lambda request, respond: respond(Answer(200, b"{}", ((b"x", b"a\r\n\r\nb"),)))) as server:
            return await exchange(server, closing(PUSH))

    assert run(scene()).startswith(b"HTTP/1.1 500 ")
    assert "cannot be sent: /push: ValueError" in caplog.text
