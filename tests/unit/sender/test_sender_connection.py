"""TLS: a receiver that cannot prove its name gets nothing of a push, and one that can gets it under that name."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl

import pytest
import trustme
from receivers import on_both_loops, open_after, push, receiver, wire

from afterchat.sender.http_transport import verified_tls
from afterchat.sender.transport import Answer, Failure

PAST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
OUR_CA = trustme.CA()
OTHER_CA = trustme.CA()
MARK = b"nobody-else-may-read-this"


def server_tls(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def client_tls(authority: trustme.CA = OUR_CA) -> ssl.SSLContext:
    context = verified_tls()
    authority.configure_trust(context)
    return context


UNTRUSTED = {
    "another name": OUR_CA.issue_cert("other.test"),
    "its address alone": OUR_CA.issue_cert("127.0.0.1"),
    "expired": OUR_CA.issue_cert("receiver.test", not_before=PAST, not_after=PAST + dt.timedelta(days=1)),
    "of an unknown authority": OTHER_CA.issue_cert("receiver.test"),
}


@on_both_loops
def test_a_trusted_receiver_is_asked_under_its_name_and_its_connection_kept(play):
    names = []
    context = server_tls(OUR_CA.issue_cert("receiver.test"))
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def main():
        async with receiver(tls=context) as one, wire(tls=client_tls()) as transport:
            outcomes = [await transport.send(push(one.port, scheme="https"), 5) for _ in range(2)]
            return outcomes, one

    outcomes, one = play(main())

    assert [outcome.body for outcome in outcomes] == [b"{}"] * 2
    assert names == ["receiver.test"]
    assert one.connection_count == 1
    assert b"\r\nhost: receiver.test:%d\r\n" % one.port in one.heads[0]


@on_both_loops
@pytest.mark.parametrize("case", UNTRUSTED)
def test_an_untrusted_receiver_gets_nothing_of_the_push(play, case):
    async def main():
        async with receiver(tls=server_tls(UNTRUSTED[case])) as one, wire(tls=client_tls()) as transport:
            outcome = await transport.send(push(one.port, scheme="https", body=MARK), 5)
            return outcome, one.heads, await open_after(transport)

    outcome, heads, open_count = play(main())

    assert isinstance(outcome, Failure)
    assert (outcome.kind, heads, open_count) == ("tls", [], 0)


@on_both_loops
def test_a_receiver_without_tls_sees_no_byte_of_the_push(play):
    seen = bytearray()

    async def listen(reader, writer):
        seen.extend(await reader.read(4096))
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def main():
        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, wire(tls=client_tls()) as transport:
            return await transport.send(push(port, scheme="https", body=MARK), 5)

    outcome = play(main())

    assert isinstance(outcome, Failure)
    assert outcome.kind == "tls"
    assert MARK not in seen
    assert b"POST" not in seen


@on_both_loops
def test_a_handshake_that_never_ends_meets_the_deadline(play):
    gone = []

    async def listen(reader, writer):
        while await reader.read(4096):
            pass
        gone.append(True)
        writer.close()

    async def main():
        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, wire(tls=client_tls()) as transport:
            outcome = await transport.send(push(port, scheme="https"), 0.1)
            while not gone:
                await asyncio.sleep(0.005)
            return outcome, transport.open_count

    outcome, open_count = play(main())

    assert isinstance(outcome, Failure)
    assert (outcome.kind, open_count) == ("timeout", 0)


@on_both_loops
def test_a_connection_that_breaks_in_the_handshake_is_a_failure(play):
    async def listen(reader, writer):
        await reader.read(10)
        writer.transport.abort()

    async def main():
        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, wire(tls=client_tls()) as transport:
            return await transport.send(push(port, scheme="https"), 5)

    outcome = play(main())

    assert isinstance(outcome, Failure)
    assert outcome.kind in {"reset", "tls"}


def test_an_endpoint_may_have_trust_of_its_own():
    own = {2: client_tls(OTHER_CA)}

    async def main():
        tls = server_tls(OTHER_CA.issue_cert("receiver.test"))
        async with receiver(tls=tls) as one, wire(tls=client_tls(), tls_of=own.get) as transport:
            return [
                await transport.send(push(one.port, scheme="https", endpoint_id=endpoint_id), 5)
                for endpoint_id in (1, 2, 1)
            ]

    first, second, third = asyncio.run(main())

    assert isinstance(second, Answer)
    assert [one.kind for one in (first, third)] == ["tls", "tls"]


def test_trust_is_what_it_must_be():
    context = verified_tls()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_trust_in_one_authority_alone_is_read_from_a_file(tmp_path):
    file = tmp_path / "ca.pem"
    OUR_CA.cert_pem.write_to_path(str(file))

    assert len(verified_tls(str(file)).get_ca_certs()) == 1
