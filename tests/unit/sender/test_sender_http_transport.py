"""The real wire against receivers of every manner: one outcome each, in time, and nothing left open."""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct

import pytest
from receivers import OK, StillClock, on_both_loops, open_after, push, receiver, says, wire, wire_under

from afterchat.sender import connection as connection_module
from afterchat.sender.addresses import AddressRules
from afterchat.sender.http_transport import WireLimits
from afterchat.sender.resolving import PIN_SECONDS_MAX
from afterchat.sender.target import read_allowed
from afterchat.sender.transport import ANSWER_BYTES_MAX, Answer, Failure

HEAD = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(b"{" + b" " * 20_000_000 + b"}")

GOOD = {
    "braces": (OK, b"{}"),
    "chunks": (HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"{}"),
    "nothing": (HEAD + b"content-length: 0\r\n\r\n", b""),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "interim first": (b"HTTP/1.1 102 Processing\r\n\r\n" + OK, b"{}"),
}


@on_both_loops
@pytest.mark.parametrize("case", GOOD)
def test_a_good_answer_is_taken_and_its_connection_used_again(play, case):
    data, body = GOOD[case]

    async def main():
        async with receiver(says(data)) as one, wire() as transport:
            answers = [await transport.send(push(one.port), 5) for _ in range(3)]
            return answers, one.connection_count, one.bodies

    answers, connection_count, bodies = play(main())

    assert [(answer.body, answer.is_cut) for answer in answers] == [(body, False)] * 3
    assert connection_count == 1
    assert bodies == [b'{"id":1}'] * 3


def test_the_request_is_on_the_wire_as_it_was_signed():
    async def main():
        async with receiver() as one, wire() as transport:
            await transport.send(push(one.port, body="{\n 客服}".encode()), 5)
            return one

    one = asyncio.run(main())

    assert one.heads[0].split(b"\r\n")[:2] == [
        b"POST /push?time=1 HTTP/1.1",
        b"host: receiver.test:%d" % one.port,
    ]
    assert one.bodies == ["{\n 客服}".encode()]
    assert b"cookie" not in one.heads[0].lower()


CUT = {
    "longer than may be": HEAD + b"content-length: 1000000\r\n\r\n" + b"x" * 1_000_000,
    "ten gigabytes": HEAD + b"content-length: 10000000000\r\n\r\n" + b"x" * 200_000,
    "chunks without end": HEAD + b"transfer-encoding: chunked\r\n\r\n" + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 50,
}


@on_both_loops
@pytest.mark.parametrize("case", CUT)
def test_answers_without_end_are_cut_and_their_connection_closed(play, case):
    async def main():
        async with receiver(says(CUT[case])) as one, wire() as transport:
            outcome = await transport.send(push(one.port), 5)
            await asyncio.wait_for(one.all_closed.wait(), 5)
            one.answer = says(OK)
            return outcome, await transport.send(push(one.port), 5)

    outcome, after = play(main())

    assert isinstance(outcome, Answer)
    assert (outcome.status, outcome.is_cut, len(outcome.body)) == (200, True, ANSWER_BYTES_MAX)
    assert isinstance(after, Answer)
    assert after.body == b"{}"


def test_a_compressed_bomb_is_not_unpacked():
    async def main():
        head = HEAD + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(BOMB)
        async with receiver(says(head + BOMB)) as one, wire() as transport:
            return await transport.send(push(one.port), 5), one.heads

    outcome, heads = asyncio.run(main())

    assert outcome.body == BOMB[:ANSWER_BYTES_MAX]
    assert b"accept-encoding: identity\r\n" in heads[0]


@on_both_loops
@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\ncont", "reset"),
        (b"SSH-2.0-x\r\n", "protocol"),
        (HEAD + b"x: " + b"a" * 20_000 + b"\r\n\r\n", "protocol"),
        (HEAD + b"x: y\r\n" * 5_000, "protocol"),
        (HEAD + b"content-length: 9\r\n\r\n{}", 200),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n5\r\n{}", 200),
    ],
    ids=["nothing", "half a head", "garbage", "a huge field", "many fields", "half a body", "half a chunk"],
)
def test_what_is_no_whole_answer_says_how_far_it_came(play, data, expected):
    async def main():
        async with receiver(says(data, then_closes=True)) as one, wire() as transport:
            return await transport.send(push(one.port), 5), await open_after(transport)

    outcome, open_count = play(main())

    if isinstance(outcome, Answer):
        assert (outcome.status, outcome.is_cut) == (expected, True)
    else:
        assert outcome.kind == expected
    assert open_count == 0


@on_both_loops
def test_a_reset_in_the_midst_is_a_failure(play):
    async def reset(writer):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def main():
        async with receiver(reset) as one, wire() as transport:
            return await transport.send(push(one.port), 5)

    outcome = play(main())

    assert isinstance(outcome, Failure)
    assert outcome.kind == "reset"


async def drip(writer):
    """A head, and then a byte now and then, for ever."""
    writer.write(HEAD + b"content-length: 60000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


silent = says(b"")


async def drip_head(writer):
    writer.write(HEAD)
    while True:
        writer.write(b"x: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


@on_both_loops
@pytest.mark.parametrize("manner", [drip, drip_head, silent], ids=["body", "head", "silent"])
def test_one_deadline_ends_it_whatever_trickles_in(play, manner):
    async def main():
        async with receiver(manner) as one, wire() as transport:
            outcome = await transport.send(push(one.port), 0.2)
            await asyncio.wait_for(one.all_closed.wait(), 5)
            return outcome, transport.open_count

    outcome, open_count = play(main())

    assert isinstance(outcome, Failure)
    assert outcome.kind == "timeout"
    assert open_count == 0


@on_both_loops
def test_a_name_server_that_never_answers_meets_the_same_deadline(play):
    async def never(_host):
        await asyncio.Event().wait()

    async def main():
        async with wire(look_up=never) as transport:
            return await transport.send(push(80), 0.05)

    assert play(main()).kind == "timeout"


@on_both_loops
@pytest.mark.parametrize("manner", [silent, drip], ids=["silent", "body"])
def test_a_cancelled_send_leaves_nothing_open(play, manner):
    async def main():
        async with receiver(manner) as one, wire() as transport:
            sending = asyncio.create_task(transport.send(push(one.port), 60))
            while not one.bodies:
                await asyncio.sleep(0.005)
            sending.cancel()
            ended = await asyncio.gather(sending, return_exceptions=True)
            await asyncio.wait_for(one.all_closed.wait(), 5)
            return ended[0], transport.open_count

    ended, open_count = play(main())

    assert isinstance(ended, asyncio.CancelledError)
    assert open_count == 0


@on_both_loops
def test_sends_cancelled_at_any_of_their_steps_leave_nothing_open(play):
    async def give_up(sending, steps):
        for _ in range(steps):
            await asyncio.sleep(0)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)

    async def main():
        async with receiver(silent) as one, wire() as transport:
            for _ in range(5):
                sends = [asyncio.create_task(transport.send(push(one.port), 60)) for _ in range(40)]
                await asyncio.gather(*(give_up(sending, steps) for steps, sending in enumerate(sends)))
            await asyncio.wait_for(one.all_closed.wait(), 5)
            return await open_after(transport), one.connection_count

    open_count, connection_count = play(main())

    assert open_count == 0
    assert connection_count > 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_nobody_goes_there(status):
    async def main():
        async with receiver() as canary, receiver() as one, wire() as transport:
            place = f"http://receiver.test:{canary.port}/"
            one.answer = says(f"HTTP/1.1 {status} No\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n".encode())
            return await transport.send(push(one.port), 5), canary.connection_count

    outcome, canary_count = asyncio.run(main())

    assert (outcome.status, canary_count) == (status, 0)


def test_proxies_of_the_environment_are_not_asked(monkeypatch):
    async def main():
        async with receiver() as canary, receiver() as one, wire() as transport:
            for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
            return await transport.send(push(one.port), 5), canary.connection_count

    outcome, canary_count = asyncio.run(main())

    assert (outcome.status, canary_count) == (200, 0)


def test_no_cookie_is_kept():
    async def main():
        data = HEAD + b"set-cookie: a=b; Path=/\r\ncontent-length: 2\r\n\r\n{}"
        async with receiver(says(data)) as one, wire() as transport:
            for _ in range(2):
                await transport.send(push(one.port), 5)
            return one.heads

    heads = asyncio.run(main())

    assert heads[0] == heads[1]


@on_both_loops
def test_a_kept_connection_that_was_closed_meanwhile_costs_nothing(play):
    async def main():
        async with receiver() as one, wire() as transport:
            first = await transport.send(push(one.port), 5)
            answers = iter((says(b"", then_closes=True), says(OK)))

            async def close_once(writer):
                await next(answers)(writer)

            one.answer = close_once
            return first, await transport.send(push(one.port), 5), one.connection_count, len(one.bodies)

    first, second, connection_count, body_count = play(main())

    assert (first.status, second.status) == (200, 200)
    assert (connection_count, body_count) == (2, 3)


def test_a_new_connection_that_is_closed_without_answer_is_not_tried_again():
    async def main():
        async with receiver(says(b"", then_closes=True)) as one, wire() as transport:
            return await transport.send(push(one.port), 5), one.connection_count

    outcome, connection_count = asyncio.run(main())

    assert (outcome.kind, connection_count) == ("reset", 1)


@on_both_loops
def test_bytes_for_which_nobody_asked_end_a_kept_connection(play):
    async def main():
        async with receiver(says(OK + OK)) as one, wire() as transport:
            await transport.send(push(one.port), 5)
            await asyncio.wait_for(one.all_closed.wait(), 5)
            return transport.open_count

    assert play(main()) == 0


def test_connections_are_kept_apart_by_endpoint():
    async def main():
        async with receiver() as one, wire() as transport:
            for endpoint_id in (1, 2, 1, 2):
                await transport.send(push(one.port, endpoint_id=endpoint_id), 5)
            return one.connection_count

    assert asyncio.run(main()) == 2


def test_a_connection_that_waited_too_long_is_not_used_again():
    async def main():
        clock = StillClock()
        async with receiver() as one, wire(clock=clock) as transport:
            await transport.send(push(one.port), 5)
            clock.seconds = WireLimits().idle_seconds_max
            await transport.send(push(one.port), 5)
            return one.connection_count

    assert asyncio.run(main()) == 2


def test_what_waits_too_long_is_closed_by_itself():
    async def main():
        clock = StillClock()
        async with receiver() as one, wire(clock=clock, limits=WireLimits(idle_seconds_max=0.02)) as transport:
            await transport.send(push(one.port), 5)
            await asyncio.sleep(0.05)
            kept = transport.open_count
            clock.seconds = 1
            await asyncio.wait_for(one.all_closed.wait(), 5)
            return kept, transport.open_count

    assert asyncio.run(main()) == (1, 0)


def test_only_so_many_connections_are_kept():
    async def main():
        async with receiver() as one, wire(limits=WireLimits(idle_connections_max=3)) as transport:
            answers = await asyncio.gather(*(transport.send(push(one.port), 5) for _ in range(10)))
            return {answer.status for answer in answers}, transport.open_count

    statuses, open_count = asyncio.run(main())

    assert statuses == {200}
    assert open_count <= 3


def test_a_closed_port_is_a_failure_and_the_next_address_is_tried():
    async def first_dead(_host):
        return ("::1", "127.0.0.1")

    async def main():
        async with receiver() as one:
            async with wire(look_up=first_dead) as transport:
                through = await transport.send(push(one.port), 5)
            port = one.port
        async with wire() as transport:
            return through, await transport.send(push(port), 5)

    through, refused = asyncio.run(main())

    assert through.status == 200
    assert isinstance(refused, Failure)
    assert refused.kind == "connect"


def test_a_name_that_leads_elsewhere_later_is_never_connected_to(monkeypatch):
    connected = []
    honest = connection_module.open_connection

    async def noting(address, *args, **options):
        connected.append(address[0])
        return await honest(address, *args, **options)

    monkeypatch.setattr("afterchat.sender.http_transport.open_connection", noting)
    answers = iter((["127.0.0.1"], ["169.254.169.254"], ["127.0.0.1", "10.0.0.1"]))

    async def rebinding(_host):
        return next(answers)

    async def main():
        clock = StillClock()
        outcomes = []
        rules = AddressRules(is_http_allowed=True, allowed=read_allowed(["127.0.0.1"]))
        async with receiver() as one:
            rules = rules._replace(ports=frozenset({one.port}))
            async with wire_under(rules, clock=clock, look_up=rebinding) as transport:
                for seconds in (0, PIN_SECONDS_MAX - 1, PIN_SECONDS_MAX, PIN_SECONDS_MAX + 1):
                    clock.seconds = seconds
                    request = push(0, url=f"http://receiver.example.com:{one.port}/")
                    outcomes.append(await transport.send(request, 5))
        return [outcome.status if isinstance(outcome, Answer) else outcome.kind for outcome in outcomes]

    outcomes = asyncio.run(main())

    assert outcomes == [200, 200, "forbidden_address", "forbidden_address"]
    assert set(connected) == {"127.0.0.1"}


def test_what_cannot_be_sent_is_said_without_a_connection():
    async def main():
        async with receiver() as one, wire_under(AddressRules()) as transport:
            kinds = [
                (await transport.send(push(one.port), 5)).kind,
                (await transport.send(push(0, url="https://receiver.example.com:443/\r\nx: y"), 5)).kind,
                (await transport.send(push(0, url="https://receiver.example.com/"), 5)).kind,
                (await transport.send(push(0, url="https://localhost/"), 5)).kind,
            ]
            bad_header = push(0, url="https://receiver.example.com/")._replace(headers=(("host", "x"),))
            return [*kinds, (await transport.send(bad_header, 5)).kind], one.connection_count

    assert asyncio.run(main()) == (
        ["bad_url", "bad_url", "forbidden_address", "forbidden_address", "bad_header"],
        0,
    )


def test_this_machine_itself_is_no_public_target(monkeypatch):
    monkeypatch.setattr("afterchat.sender.resolving.address_fault", lambda *_: None)

    async def main():
        rules = AddressRules(is_http_allowed=True)
        async with receiver() as one, wire_under(rules._replace(ports=frozenset({one.port}))) as transport:
            outcome = await transport.send(push(0, url=f"http://receiver.example.com:{one.port}/"), 5)
            return outcome, one.bodies

    outcome, bodies = asyncio.run(main())

    assert isinstance(outcome, Failure)
    assert (outcome.kind, bodies) == ("forbidden_address", [])


def test_closing_ends_what_is_under_way():
    async def main():
        async with receiver(silent) as one, wire() as transport:
            sending = asyncio.create_task(transport.send(push(one.port), 60))
            while not one.bodies:
                await asyncio.sleep(0.005)
            await transport.close()
            return await sending

    outcome = asyncio.run(main())

    assert isinstance(outcome, Failure)
    assert outcome.kind == "reset"
