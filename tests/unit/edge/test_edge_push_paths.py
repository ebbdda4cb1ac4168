"""Push paths: which requests of a port are the push handler's, and which are the application's."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.clock import SystemClock
from afterchat.edge.admission import Admission
from afterchat.edge.answers import AnswerEncoder
from afterchat.edge.complaints import Complaints
from afterchat.edge.counts import EdgeCounts
from afterchat.edge.limits import Limits
from afterchat.edge.message import Answer
from afterchat.edge.protocol import Connection
from afterchat.edge.server import EdgeServer
from afterchat.edge.shared import Shared

DOORS = (b"/v1/events", b"/v1/records")
LIMITS = Limits(1000, 1000, 10, 60, connections_max=3, connections_per_peer_max=3)


def shared(*push_paths, push=None, app=None, loop=None):
    counts = EdgeCounts()
    return Shared(
        push=push,
        app=app,
        limits=LIMITS,
        clock=SystemClock(),
        refusal=lambda label: Answer(400, label.encode()),
        counts=counts,
        complaints=Complaints(SystemClock(), counts),
        admission=Admission(LIMITS, counts),
        encoder=AnswerEncoder(),
        loop=loop,
        push_paths=push_paths,
        on_empty=lambda: None,
    )


@pytest.mark.parametrize("path", [b"/v1/events", b"/v1/events/", b"/v1/events/x/y", b"/v1/records"])
def test_a_push_path_and_all_below_it_is_the_handler_s(path):
    assert shared(*DOORS).is_push_path(path)


@pytest.mark.parametrize(
    "path", [b"", b"/", b"/v1", b"/v1/event", b"/v1/eventsx", b"/v1/Events", b"/v1%2Fevents", b"//v1/events", b"/push"]
)
def test_everything_else_is_the_application_s(path):
    assert not shared(*DOORS).is_push_path(path)


def test_without_push_paths_the_application_answers_all():
    assert not shared().is_push_path(b"/push")


@given(st.binary(max_size=20))
def test_nothing_beside_a_push_path_is_the_handler_s(tail):
    path = b"/push" + tail

    assert (not tail or tail.startswith(b"/")) == shared(b"/push").is_push_path(path)


def test_only_what_the_handler_answers_may_be_encoded():
    common = shared(*DOORS)
    assert frozenset() == common.codings_of(b"/v1/events")

    common.codings = frozenset({b"gzip"})
    assert {b"gzip"} == common.codings_of(b"/v1/events") == common.codings_of(b"/v1/records/7")
    assert frozenset() == common.codings_of(b"/v1/outbox") == common.codings_of(b"/push")


class Wire(asyncio.Transport):
    """A socket that keeps what is written."""

    def __init__(self):
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = b""

    def write(self, data):
        self.written += bytes(data)

    def writelines(self, pieces):
        self.write(b"".join(pieces))

    def get_write_buffer_size(self):
        return 0

    def set_write_buffer_limits(self, high=None, low=None):
        pass

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass

    def is_closing(self):
        return False

    def close(self):
        pass

    def can_write_eof(self):
        return False

    def abort(self):
        pass


async def echo_app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 202, "headers": []})
    await send({"type": "http.response.body", "body": b"app"})


@pytest.mark.parametrize(
    ("path", "status", "push_begun"), [(b"/v1/events", 200, 1), (b"/v1/records/7", 200, 1), (b"/push", 202, 0)]
)
def test_a_connection_goes_by_the_paths_of_its_server(path, status, push_begun):
    async def scene():
        common = shared(*DOORS, push=lambda request, respond: respond(Answer(200, b"{}")), app=echo_app)
        common.loop = asyncio.get_running_loop()
        connection, wire = Connection(common), Wire()
        connection.connection_made(wire)
        connection.data_received(b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}")
        await asyncio.gather(*common.tasks)
        connection.connection_lost(None)
        return int(wire.written[9:12]), common.counts.push_begun

    assert (status, push_begun) == asyncio.run(scene())


@pytest.mark.parametrize(("path", "bodies", "said"), [(b"/v1/events", [b"zip"], b""), (b"/push", [], b"encoding")])
def test_what_is_encoded_reaches_the_handler_as_it_came_and_nobody_else(path, bodies, said):
    async def scene():
        taken = []
        common = shared(*DOORS, push=lambda request, respond: taken.append(request.body), app=echo_app)
        common.codings = frozenset({b"gzip"})
        common.loop = asyncio.get_running_loop()
        connection, wire = Connection(common), Wire()
        wire.write_eof = lambda: None
        connection.connection_made(wire)
        head = b"POST " + path + b" HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n"
        connection.data_received(head + b"zip")
        connection.connection_lost(None)
        return taken, wire.written.rpartition(b"\r\n")[2]

    assert (bodies, said) == asyncio.run(scene())


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ((b"/push",), frozenset())),
        ({"push_paths": DOORS, "codings": frozenset({b"gzip"})}, (DOORS, frozenset({b"gzip"}))),
    ],
)
def test_a_server_takes_pushes_below_push_as_they_are_unless_it_is_told_otherwise(chosen, expected):
    async def scene():
        server = EdgeServer(None, echo_app, LIMITS, SystemClock(), **chosen)
        await server.start("127.0.0.1", 0)
        taken = server._shared.push_paths, server._shared.codings
        await server.drain(0)
        return taken

    assert expected == asyncio.run(scene())
