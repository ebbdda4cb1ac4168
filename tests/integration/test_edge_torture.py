"""A live EdgeServer under what the internet does to servers: each row of the hazards table, deadlines and caps.

Deadlines are made short; what is asserted is the outcome, never how long it took.
"""

from __future__ import annotations

import asyncio
import socket

import pytest

from afterchat.edge.limits import REFUSED_OPEN_MAX
from integration.edge_scenes import (
    GET,
    HOST,
    OK,
    POST,
    PUSH,
    RUNNERS,
    Pushes,
    balance,
    closing,
    connected,
    exchange,
    head,
    read_end,
    serving,
    status_of,
)

pytestmark = pytest.mark.parametrize("run", RUNNERS.values(), ids=RUNNERS)

ROWS = {
    "length and coding": (head(POST, HOST, b"Content-Length: 3", b"Transfer-Encoding: chunked"), 400, "malformed"),
    "two lengths": (head(POST, HOST, b"Content-Length: 3", b"Content-Length: 4") + b"abc", 400, "malformed"),
    "negative length": (head(POST, HOST, b"Content-Length: -1"), 400, "malformed"),
    "signed length": (head(POST, HOST, b"Content-Length: +2") + b"ab", 400, "malformed"),
    "bare LF": (b"POST /push HTTP/1.1\nHost: a\n\n", 400, None),
    "bare LF in the head": (b"POST /push HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", 400, "malformed"),
    "no Host": (head(POST), 400, "malformed"),
    "two Hosts": (head(POST, HOST, HOST), 400, "malformed"),
    "HTTP/9.9": (head(b"POST /push HTTP/9.9", HOST), 400, None),
    "long header": (head(POST, HOST, b"X: " + b"y" * 65536), 431, "head"),
    "many headers": (head(POST, HOST, *[b"a:"] * 20_000), 431, "head"),
    "long target": (head(b"GET /" + b"a" * 65536 + b" HTTP/1.1", HOST), 431, None),
    "body over the cap": (head(POST, HOST, b"Content-Length: 5000000") + b"x" * 5_000_000, 413, "body"),
    "announced 10 GB": (head(POST, HOST, b"Content-Length: 10000000000") + b"x" * 1000, 413, "body"),
    "chunked over the cap": (
        head(POST, HOST, b"Transfer-Encoding: chunked")
        + b"400\r\n"
        + b"x" * 1024
        + (b"\r\n400\r\n" + b"x" * 1024) * 2000,
        413,
        "body",
    ),
    "gzip": (head(POST, HOST, b"Content-Encoding: gzip", b"Content-Length: 200000") + b"\x1f\x8b" * 9, 415, "encoding"),
    "websocket": (head(b"GET /push HTTP/1.1", HOST, b"Connection: upgrade", b"Upgrade: websocket"), 400, "malformed"),
    "CONNECT": (head(b"CONNECT a:443 HTTP/1.1", HOST), 400, None),
    "TLS to a plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n\r\n", 400, None),
}


@pytest.mark.parametrize(("request_bytes", "status", "label"), ROWS.values(), ids=ROWS)
def test_a_hazard_is_refused_counted_and_the_client_reads_why(run, request_bytes, status, label):
    pushes = Pushes()

    async def scene():
        async with serving(pushes.take) as server:
            received = await exchange(server, request_bytes + PUSH)
            return received, server.counts

    received, counts = run(scene())
    assert status_of(received) == status
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"connection: close\r\n" in received
    assert pushes.requests == []
    assert counts.push_refused == ({label: 1} if label else {})
    assert counts.unparsed + sum(counts.app_refused.values()) == (0 if label else 1)
    assert balance(counts) == 0


@pytest.mark.parametrize(
    "request_bytes",
    [
        head(b"POST /x HTTP/1.1", HOST, b"Content-Length: 5000000"),
        head(b"POST /x HTTP/1.1", HOST, b"Content-Encoding: br", b"Content-Length: 5"),
    ],
)
def test_the_application_has_the_same_caps(run, request_bytes):
    async def scene():
        async with serving() as server:
            return await exchange(server, request_bytes), server.counts

    received, counts = run(scene())
    assert status_of(received) in {413, 415}
    assert sum(counts.app_refused.values()) == 1
    assert counts.push_begun == 0


SLOW = {
    "silent": ([], None, 0, {}),
    "half a request line": ([b"POST /pu"], None, 1, {}),
    "half a head": ([b"POST /push HTTP/1.1\r\nHost"], None, 1, {}),
    "no body": ([head(POST, HOST, b"Content-Length: 5")], 408, 0, {"deadline": 1}),
    "half a body": ([head(POST, HOST, b"Content-Length: 5") + b"he"], 408, 0, {"deadline": 1}),
    "half a chunk": ([head(POST, HOST, b"Transfer-Encoding: chunked") + b"5\r\nhe"], 408, 0, {"deadline": 1}),
    "slow head": ([b"POST /push HTTP/1.1\r\n", *[b"a"] * 900], None, 1, {}),
    "slow body": ([head(POST, HOST, b"Content-Length: 900"), *[b"a"] * 899], 408, 0, {"deadline": 1}),
}


@pytest.mark.parametrize(("pieces", "status", "unparsed", "refused"), SLOW.values(), ids=SLOW)
def test_a_request_that_takes_too_long_is_ended(run, pieces, status, unparsed, refused):
    async def scene():
        async with serving(request_seconds_max=0.15) as server:
            return status_of(await exchange(server, *pieces)), server.counts

    received_status, counts = run(scene())
    assert received_status == status
    assert counts.push_refused == refused
    assert counts.unparsed == unparsed
    assert counts.connections_overdue == 1
    assert balance(counts) == 0


def test_an_idle_connection_is_closed_after_its_answer(run):
    async def scene():
        async with serving(idle_seconds_max=0.1) as server:
            return await exchange(server, PUSH), server.counts

    received, counts = run(scene())
    assert received.endswith(b"\r\n\r\n{}")
    assert counts.connections_overdue == 0


def test_the_deadline_of_a_later_request_begins_with_its_own_first_byte(run):
    async def scene():
        async with serving(request_seconds_max=0.3) as server, connected(server) as (reader, writer):
            for _ in range(4):
                await asyncio.sleep(0.12)
                writer.write(PUSH)
                await reader.readuntil(b"{}")
            writer.write(PUSH[:-1])
            return status_of(await read_end(reader))

    assert run(scene()) == 408


def test_a_slow_handler_is_not_the_fault_of_the_client(run):
    pushes = Pushes(answers_at_once=False)

    async def scene():
        async with serving(pushes.take, request_seconds_max=0.05, idle_seconds_max=0.05) as server:
            answer = asyncio.create_task(exchange(server, PUSH))
            await pushes.until(1)
            await asyncio.sleep(0.2)
            pushes.responds[0](OK)
            return status_of(await answer)

    assert run(scene()) == 200


def test_a_client_that_does_not_read_is_cut_off(run):
    async def large(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

    async def scene():
        async with serving(app=large, request_seconds_max=0.2) as server:
            client = socket.create_connection(("127.0.0.1", server.port))
            try:
                client.sendall(GET)
                while not server.counts.connections_overdue:
                    await asyncio.sleep(0.01)
                while server.counts.connections_open:
                    await asyncio.sleep(0.01)
            finally:
                client.close()
            return server.counts.app_failures

    assert run(scene()) == 0


def test_a_push_cut_off_in_its_body_is_counted_as_aborted(run):
    async def scene():
        async with serving() as server:
            async with connected(server) as (_, writer):
                writer.write(PUSH[:-1])
                while not server.counts.push_begun:
                    await asyncio.sleep(0.005)
            while server.counts.connections_open:
                await asyncio.sleep(0.005)
            return server.counts.push_aborted, server.counts.push_handed, balance(server.counts)

    assert run(scene()) == (1, 0, 0)


def test_connections_over_the_cap_are_told_so_and_leave_room_again(run):
    async def scene():
        async with serving(connections_max=2) as server:
            async with connected(server) as first, connected(server):
                first[1].write(PUSH)
                await first[0].readuntil(b"{}")
                refused = await exchange(server, PUSH)
                opened = server.counts.connections_open
            while server.counts.connections_open:
                await asyncio.sleep(0.005)
            return refused, opened, status_of(await exchange(server, closing(PUSH))), server.counts.connections_refused

    refused, opened, status, refused_count = run(scene())
    assert status_of(refused) == 503
    assert b"retry-after: " in refused
    assert (opened, status, refused_count) == (2, 200, 1)


def test_connections_of_one_address_are_capped(run):
    async def scene():
        async with serving(connections_per_peer_max=1) as server, connected(server) as (reader, writer):
            writer.write(PUSH)
            await reader.readuntil(b"{}")
            return status_of(await exchange(server, PUSH))

    assert run(scene()) == 503


def test_incomplete_bodies_of_all_connections_together_are_capped(run, monkeypatch):
    monkeypatch.setattr("afterchat.edge.protocol.HELD_BYTES_MAX", 1500)
    half = head(POST, HOST, b"Content-Length: 2000") + b"x" * 1000

    async def scene():
        async with serving() as server:
            async with connected(server) as (_, writer):
                writer.write(half)
                while not server.counts.push_begun:
                    await asyncio.sleep(0.005)
                refused = status_of(await exchange(server, half))
            while server.counts.connections_open:
                await asyncio.sleep(0.005)
            held = server._shared.held_bytes
            return refused, held, server.counts.push_refused, balance(server.counts)

    assert run(scene()) == (503, 0, {"busy": 1}, 0)


def test_of_a_crowd_over_the_cap_only_some_are_told_why(run):
    async def scene():
        async with serving(connections_max=0) as server:
            clients = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(REFUSED_OPEN_MAX + 8)]
            received = [await read_end(reader) for reader, _ in clients]
            for _, writer in clients:
                writer.close()
            return sorted({status_of(answer) or 0 for answer in received}), server.counts

    statuses, counts = run(scene())
    assert statuses == [0, 503]
    assert (counts.connections_refused, counts.connections_open) == (REFUSED_OPEN_MAX + 8, 0)
