"""A live EdgeServer and clients that mean well: order, keep-alive, early requests, late answers, stopping."""

from __future__ import annotations

import asyncio
import socket

import pytest

from afterchat.edge.message import Answer
from integration.edge_scenes import (
    END,
    GET,
    HOST,
    OK,
    POST,
    PUSH,
    RUNNERS,
    Pushes,
    closing,
    connected,
    exchange,
    head,
    read_end,
    serving,
    status_of,
)

pytestmark = pytest.mark.parametrize("run", RUNNERS.values(), ids=RUNNERS)


def test_pipelined_requests_are_answered_in_order(run):
    async def scene():
        async with serving() as server:
            return await exchange(
                server, b"".join(GET.replace(b"/x", b"/%d" % i) for i in range(40)) + PUSH + closing(GET)
            )

    answers = run(scene()).split(b"HTTP/1.1 200 OK\r\n")[1:]
    assert [answer.partition(b"\r\n\r\n")[2] for answer in answers] == [
        *(b"GET /%d " % i for i in range(40)),
        b"{}",
        b"GET /x ",
    ]


def test_the_next_push_waits_for_the_answer_to_the_one_before(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server, connected(server) as (reader, writer):
            writer.write(PUSH + PUSH.replace(b"hello", b"world"))
            await pushes.until(1)
            await asyncio.sleep(0.05)
            handed = len(pushes.requests)
            pushes.responds[0](Answer(200, b"first"))
            await pushes.until(2)
            pushes.responds[1](Answer(200, b"second"))
            writer.write_eof()
            return handed, await read_end(reader)

    handed, received = run(scene())
    assert handed == 1
    assert received.index(b"first") < received.index(b"second")
    assert [request.body for request in pushes.requests] == [b"hello", b"world"]


def test_thousands_of_early_requests_are_read_only_as_they_are_answered(run):
    async def scene():
        pushes = Pushes()
        async with serving(pushes.take) as server:
            received = await exchange(server, PUSH * 5000 + closing(PUSH))
            return received.count(b"HTTP/1.1 200 OK"), len(pushes.requests)

    assert run(scene()) == (5001, 5001)


def test_early_bytes_are_not_read_beyond_one_turn(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server, connected(server) as (_, writer):
            writer.write(PUSH * 200_000)
            await pushes.until(1)
            for _ in range(50):
                await asyncio.sleep(0.005)
            held_bytes = server._shared.held_bytes
            writer.transport.abort()
            return held_bytes

    assert 0 < run(scene()) < 1_000_000


@pytest.mark.parametrize("target", [b"/push", b"/x"])
@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x\r\nllo\r\n0\r\nTrailer: t\r\n\r\n",
    ],
)
def test_a_request_may_come_byte_by_byte(run, target, body):
    request = b"POST " + target + b" HTTP/1.1\r\nHost: a\r\n" + END + body
    pushes = Pushes()

    async def scene():
        async with serving(pushes.take) as server:
            return await exchange(server, *(request[i : i + 1] for i in range(len(request))))

    received = run(scene())
    assert status_of(received) == 200
    assert received.endswith(b"{}" if target == b"/push" else b"POST /x hello")
    assert [request.body for request in pushes.requests] == ([b"hello"] if target == b"/push" else [])


def test_a_handler_gets_the_request_as_it_was_sent(run):
    pushes = Pushes()

    async def scene():
        async with serving(pushes.take) as server:
            await exchange(server, closing(PUSH.replace(b"/push?", b"/push/%E4%BD%A0?")))

    run(scene())
    assert pushes.requests[0] == (
        b"POST",
        b"/push/%E4%BD%A0",
        b"eventType=A&time=1&checksum=c",
        ((b"host", b"a"), (b"content-length", b"5"), (b"connection", b"close")),
        b"hello",
        "127.0.0.1",
    )


def test_a_continue_is_sent_only_for_a_body_that_will_be_read(run):
    async def scene():
        async with serving() as server:
            async with connected(server) as (reader, writer):
                writer.write(head(POST, HOST, b"Content-Length: 5", b"Expect: 100-continue"))
                first = await reader.readuntil(b"\r\n\r\n")
                writer.write(b"hello")
                second = await reader.readuntil(b"{}")
            refused = await exchange(server, head(POST, HOST, b"Content-Length: 99999", b"Expect: 100-continue"))
            at_once = await exchange(server, closing(PUSH.replace(HOST, HOST + b"\r\nExpect: 100-continue")))
            return first, status_of(second), status_of(refused), status_of(at_once)

    assert run(scene()) == (b"HTTP/1.1 100 Continue\r\n\r\n", 200, 413, 200)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [(b"", b"connection: close\r\n"), (b"Connection: keep-alive\r\n", b"connection: keep-alive\r\n")],
)
def test_http_1_0_closes_unless_it_asks_to_stay(run, fields, expected):
    async def scene():
        async with serving(idle_seconds_max=0.1) as server:
            return await exchange(server, b"POST /push HTTP/1.0\r\n" + fields + b"Content-Length: 2\r\n\r\nhi")

    received = run(scene())
    assert expected in received
    assert received.endswith(b"{}")


def test_a_client_that_half_closes_still_gets_its_answer(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server, connected(server) as (reader, writer):
            writer.write(PUSH)
            writer.write_eof()
            await pushes.until(1)
            await asyncio.sleep(0.05)
            pushes.responds[0](OK)
            return await read_end(reader)

    received = run(scene())
    assert received.endswith(b"{}")
    assert b"connection: close\r\n" in received


def test_answers_to_lost_connections_and_second_answers_are_only_counted(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server:
            client = socket.create_connection(("127.0.0.1", server.port))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            client.sendall(PUSH)
            await pushes.until(1)
            client.close()
            while server.counts.connections_open:
                await asyncio.sleep(0.005)
            pushes.responds[0](OK)
            pushes.responds[0](OK)
            return server.counts.push_answers_undelivered, server.counts.answers_repeated, server.counts.push_handed

    assert run(scene()) == (1, 1, 1)


def test_a_second_answer_never_answers_the_next_request(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server, connected(server) as (reader, writer):
            writer.write(PUSH + closing(PUSH))
            await pushes.until(1)
            pushes.responds[0](Answer(200, b"one"))
            await pushes.until(2)
            pushes.responds[0](Answer(200, b"wrong"))
            pushes.responds[1](Answer(200, b"two"))
            return await read_end(reader), server.counts.answers_repeated

    received, repeated = run(scene())
    assert (received.count(b"HTTP/1.1 200"), b"wrong" in received, repeated) == (2, False, 1)


def test_small_packets_are_not_delayed(run):
    seen = []

    async def scene():
        async with serving() as server:

            def push(request, respond):
                for connection in server._shared.connections:
                    sock = connection._transport.get_extra_info("socket")
                    seen.append(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                respond(OK)

            server._shared.push = push
            await exchange(server, closing(PUSH))

    run(scene())
    assert [value != 0 for value in seen] == [True]


def test_a_drain_answers_what_is_under_way_and_closes_the_rest(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server, connected(server) as idle:
            idle_end = asyncio.create_task(read_end(idle[0]))
            waiting = asyncio.create_task(exchange(server, PUSH))
            async with connected(server) as (reader, writer):
                writer.write(PUSH[:-2])
                while server.counts.push_begun < 2:
                    await asyncio.sleep(0.005)
                drained = asyncio.create_task(server.drain(5))
                closed = await idle_end
                writer.write(PUSH[-2:])
                await pushes.until(2)
                for respond in pushes.responds:
                    respond(OK)
                answers = await waiting, await read_end(reader)
                return closed, answers, await drained, server.counts.connections_open

    closed, answers, aborted, opened = run(scene())
    assert closed == b""
    for answer in answers:
        assert answer.endswith(b"{}")
        assert b"connection: close\r\n" in answer
    assert (aborted, opened) == (0, 0)


def test_a_drain_cuts_off_what_is_too_slow_and_says_how_many(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take) as server:
            slow = [asyncio.create_task(exchange(server, PUSH)), asyncio.create_task(exchange(server, PUSH[:-1]))]
            while server.counts.push_begun < 2:
                await asyncio.sleep(0.005)
            aborted = await server.drain(0.05)
            received = [await task for task in slow]
            pushes.responds[0](OK)
            return aborted, received, server.counts.push_aborted, server.counts.push_answers_undelivered

    assert run(scene()) == (2, [b"", b""], 1, 1)


def test_nobody_can_connect_after_a_drain(run):
    async def scene():
        async with serving() as server:
            await server.drain(0)
            with pytest.raises(ConnectionError):
                await asyncio.open_connection("127.0.0.1", server.port)

    run(scene())
