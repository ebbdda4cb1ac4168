"""One connection: bytes to the reader, requests inward, answers out, and when to give up.

A request is handed inward only when it is complete; its answer is one write; the next request waits for it.
On the way of a push there is no task, no future and no timer: the server's sweep looks at deadlines.
While an answer is outstanding, early bytes of later requests are kept unread, and the first of them pauses reading.
After a refusal the client may read its answer: what it still sends is thrown away for a short time (`lingering`).
What a request is stands in `reader`, what an answer looks like in `answers`.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from afterchat.edge.answers import CLOSES, CONTINUE, KEEPS_ALIVE, KEEPS_ALIVE_1_0
from afterchat.edge.asgi import Exchange, scope_of
from afterchat.edge.limits import HELD_BYTES_MAX, LINGER_BYTES_MAX, LINGER_SECONDS
from afterchat.edge.message import Answer, Request
from afterchat.edge.outflow import Bell, Outflow
from afterchat.edge.reader import COMPLETE, REFUSED, RequestReader
from afterchat.edge.shared import Shared

__all__ = ["Connection"]

_READING, _ANSWERING, _CLOSING, _LINGERING, _LOST = range(5)
"""Reading or idle; a request is inside; closing once all is written; refused, reading on for manners; gone."""

_FAILED = Answer(500, b"internal error\n", ((b"content-type", b"text/plain; charset=utf-8"),))


_PATH_SHOWN_MAX = 200


class Connection(asyncio.Protocol):
    """One open connection, from `connection_made` to `connection_lost`."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._reader = RequestReader(shared.limits, shared.codings_of)
        self._transport: Any = None
        self._peer = ("", 0)
        self._is_admitted = False
        self._phase = _READING
        self._since = 0.0
        """When the present request, the idle time, or the end began."""
        self._is_idle = False
        """Between two requests; a new connection is not, its first request begins with it."""
        self._is_begun = False
        """The head of the present request was read and counted."""
        self._is_push = False
        self._is_half_closed = False
        """The client sends no more, but may be reading."""
        self._is_reading = False
        self._serial = 0
        """Number of the present request; an answer with another one is late."""
        self._rest = b""
        """Early bytes; while there are any, reading is paused."""
        self._held_bytes = 0
        self._lingering_bytes = 0
        self._outflow = Outflow()
        self._gone = Bell()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it, and refuse it when there are too many."""
        shared = self._shared
        self._transport = transport
        self._peer = _address(transport.get_extra_info("peername")) or self._peer
        self._since = shared.clock.monotonic()
        shared.connections.add(self)
        label = shared.admission.enter(self._peer[0])
        self._is_admitted = not label
        if label and shared.admission.may_explain:
            self._write_refusal(label)
        elif label:
            self._phase = _LINGERING
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read requests, or keep the bytes until their turn, or throw them away."""
        if self._phase == _READING and not self._outflow.is_stuck:
            self._read(data)
        elif self._phase <= _ANSWERING:
            self._keep(data)
        elif self._phase == _LINGERING:
            self._lingering_bytes += len(data)
            if self._lingering_bytes > LINGER_BYTES_MAX:
                self._transport.abort()

    def eof_received(self) -> bool:
        """A client may half-close and still read its answer; it gets no second one."""
        if self._phase != _ANSWERING:
            return False
        self._is_half_closed = True
        self._gone.ring()
        return True

    def pause_writing(self) -> None:
        """The client does not read; the sweep watches for how long."""
        self._outflow.stop(self._shared.clock.monotonic(), self._transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """The client took enough; go on."""
        self._outflow.go_on()
        self._read_rest()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the reason changes nothing
        """Settle every account of this connection."""
        shared = self._shared
        if self._phase == _READING and self._reader.has_begun:
            if self._is_begun:
                shared.counts.abort(is_push=self._is_push)
            else:
                shared.counts.unparsed += 1
        self._phase = _LOST
        self._let_go()
        shared.admission.leave(self._peer[0], was_admitted=self._is_admitted)
        self._outflow.go_on()
        self._gone.ring()
        shared.connections.discard(self)
        if not shared.connections:
            shared.on_empty()

    # What the server calls.

    def look_at_the_time(self, now: float) -> None:
        """End whatever takes too long; called by the sweep for every open connection."""
        limits = self._shared.limits
        age = now - self._since
        if self._phase == _LINGERING:
            if age > LINGER_SECONDS:
                self._transport.abort()
        elif self._phase in (_READING, _ANSWERING) and self._transport.is_closing():
            return
        elif self._outflow.is_stuck:
            if self._outflow.is_too_slow(now, self._transport.get_write_buffer_size(), limits.request_seconds_max):
                self._shared.counts.connections_overdue += 1
                self._transport.abort()
        elif self._phase == _READING:
            if self._is_idle and age > limits.idle_seconds_max:
                self._close()
            elif not self._is_idle and age > limits.request_seconds_max:
                self._end_overdue()
        elif self._phase == _CLOSING and age > limits.request_seconds_max:
            self._transport.abort()

    def begin_drain(self) -> None:
        """Close when nothing is under way; otherwise it closes after the answer, because the server is draining."""
        if self._phase == _READING and not self._reader.has_begun:
            self._close()

    def abort(self) -> bool:
        """Cut it off; says whether a request or an answer was under way."""
        was_under_way = self._phase in (_READING, _ANSWERING, _CLOSING)
        self._transport.abort()
        return was_under_way

    # What an exchange with the application calls (`asgi.Channel`).

    @property
    def is_gone(self) -> bool:
        """Nothing that is written arrives any more."""
        return self._phase == _LOST or bool(self._transport.is_closing())

    def connection_field(self, *, closes: bool) -> bytes:
        """The `connection` line of the answer to the present request."""
        if closes or self._shared.is_draining or self._is_half_closed or not self._reader.keeps_alive:
            return CLOSES
        return KEEPS_ALIVE if self._reader.version == b"1" else KEEPS_ALIVE_1_0

    def write(self, data: bytes) -> None:
        """Send bytes of the answer."""
        if data and not self.is_gone:
            self._transport.write(data)

    async def writable(self) -> None:
        """Wait until the client took enough of what was written, or is gone."""
        while self._outflow.is_stuck and not self.is_gone:
            await self._outflow.moved.heard()

    async def gone(self) -> None:
        """Wait until the client went."""
        if self._phase != _LOST and not self._is_half_closed:
            await self._gone.heard()

    def finish(self, *, closes: bool) -> None:
        """The answer is complete: on to the next request, or close."""
        self._serial += 1
        self._gone.ring()
        if self._phase == _ANSWERING:
            self._after_answer(closes=self.connection_field(closes=closes) is CLOSES)

    # Requests inward.

    def _read(self, data: bytes) -> None:
        """Hand in every request that these bytes complete, each after the answer to the one before.

        A handler that answers at once is called again from this loop, never from inside its own answer.
        """
        reader = self._reader
        self._is_reading = True
        while data:
            state = reader.feed(data)
            if state != COMPLETE:
                self._stop_short(state)
                break
            data = reader.rest
            self._hand_in()
            if self._phase != _READING or self._outflow.is_stuck:
                if data and self._phase <= _ANSWERING:
                    self._keep(data)
                break
        self._is_reading = False

    def _hand_in(self) -> None:
        shared, reader = self._shared, self._reader
        if not self._is_begun:
            self._begin()
        self._is_begun = False
        if self._held_bytes:
            self._hold(0)
        self._phase = _ANSWERING
        shared.counts.requests += 1
        request = Request(reader.method, reader.path, reader.query, tuple(reader.headers), reader.body, self._peer[0])
        if not self._is_push:
            self._run_app(request)
            return
        shared.counts.push_handed += 1
        serial = self._serial
        try:
            shared.push(request, partial(self._respond, serial))
        except Exception as error:  # noqa: BLE001 - a handler promises not to raise; a broken promise is one answer, not an outage
            self._fail(request, serial, error)

    def _run_app(self, request: Request) -> None:
        shared = self._shared
        version = "1.1" if self._reader.version == b"1" else "1.0"
        scope = scope_of(request, version, self._peer, _address(self._transport.get_extra_info("sockname")))
        task = shared.loop.create_task(self._await_app(request, scope, self._serial))
        shared.tasks.add(task)
        task.add_done_callback(shared.tasks.discard)

    async def _await_app(self, request: Request, scope: dict[str, Any], serial: int) -> None:
        exchange = Exchange(self, scope, request.body)
        error = await exchange.run(self._shared.app, scope)
        if error is not None:
            if exchange.has_begun and not exchange.is_complete:
                self._transport.abort()
            self._fail(request, serial, error)

    def _fail(self, request: Request, serial: int, error: Exception) -> None:
        """Log it without the query; answer 500 unless an answer was given or the connection is gone."""
        self._shared.counts.app_failures += 1
        what = f"{request.method.decode()} {request.path[:_PATH_SHOWN_MAX].decode()}"
        self._shared.complaints.failed("could not answer", what, error)
        if serial == self._serial:
            self._respond(serial, _FAILED)

    def _begin(self) -> None:
        """The path of the present request is known: count it."""
        self._is_begun = True
        self._is_push = self._shared.is_push_path(self._reader.path)
        if self._is_push:
            self._shared.counts.push_begun += 1

    def _stop_short(self, state: int) -> None:
        """The bytes ended before the request did, or it is refused."""
        reader = self._reader
        if state == REFUSED:
            self._refuse(reader.refusal)
            return
        if self._is_idle:
            self._is_idle = False
            self._since = self._shared.clock.monotonic()
        if reader.is_in_body and not self._is_begun:
            self._begin()
        self._hold(reader.held_bytes)
        if self._shared.held_bytes > HELD_BYTES_MAX:
            self._refuse("busy")
        elif reader.wants_continue:
            reader.wants_continue = False
            self._transport.write(CONTINUE)

    def _keep(self, data: bytes) -> None:
        """Early bytes: they wait, and no more are read until their turn."""
        self._transport.pause_reading()
        self._rest += data
        self._hold(len(self._rest))
        if self._shared.held_bytes > HELD_BYTES_MAX:
            self._transport.abort()

    def _read_rest(self) -> None:
        """The turn of the early bytes, if it is."""
        is_turn = self._phase == _READING and not self._outflow.is_stuck and not self._is_reading
        if self._rest and is_turn and not self._transport.is_closing():
            data, self._rest = self._rest, b""
            self._hold(0)
            self._transport.resume_reading()
            self._read(data)

    def _hold(self, byte_count: int) -> None:
        """Account for the bytes that this connection keeps in memory."""
        self._shared.held_bytes += byte_count - self._held_bytes
        self._held_bytes = byte_count

    # Answers outward.

    def _respond(self, serial: int, answer: Answer) -> None:
        """The answer of a handler; a second one, and one for a lost connection, are only counted."""
        shared, reader = self._shared, self._reader
        if serial != self._serial:
            shared.counts.answers_repeated += 1
            return
        if self._phase != _ANSWERING or self._transport.is_closing():
            self._serial += 1
            if self._is_push:
                shared.counts.push_answers_undelivered += 1
            return
        field = self.connection_field(closes=False)
        try:
            data = shared.encoder.encode(answer, field, is_head=reader.method == b"HEAD")
        except ValueError as error:
            shared.complaints.failed("answer cannot be sent", reader.path[:_PATH_SHOWN_MAX].decode(), error)
            data = shared.encoder.encode(_FAILED, field)
        self._transport.write(data)
        self._serial += 1
        self._after_answer(closes=field is CLOSES)

    def _after_answer(self, *, closes: bool) -> None:
        if closes:
            self._close()
            return
        self._phase = _READING
        self._is_idle = True
        self._since = self._shared.clock.monotonic()
        if self._rest:
            self._read_rest()

    def _refuse(self, label: str) -> None:
        """Refuse the present request, under its path if that is known, and part."""
        counts = self._shared.counts
        if self._reader.path:
            if not self._is_begun:
                self._begin()
            counts.refuse(label, is_push=self._is_push)
        else:
            counts.unparsed += 1
        self._write_refusal(label)

    def _write_refusal(self, label: str) -> None:
        """Answer, half-close, and go on reading for a while, so that no reset overtakes the answer."""
        shared = self._shared
        is_head = self._reader.method == b"HEAD"
        self._phase = _LINGERING
        self._since = shared.clock.monotonic()
        self._let_go()
        if not self._transport.is_closing():
            self._transport.write(shared.encoder.encode(shared.refusal(label), CLOSES, is_head=is_head))
            self._transport.write_eof()

    def _end_overdue(self) -> None:
        self._shared.counts.connections_overdue += 1
        if self._reader.is_in_body:
            self._refuse("deadline")
        else:
            self._transport.abort()

    def _close(self) -> None:
        """Close once everything written was sent."""
        self._phase = _CLOSING
        self._since = self._shared.clock.monotonic()
        self._transport.close()

    def _let_go(self) -> None:
        """Nothing more will be read as a request: free what was kept for it."""
        self._reader.release()
        self._rest = b""
        self._hold(0)


def _address(name: Any) -> tuple[str, int] | None:
    """Host and port of what a socket calls its name; None for sockets without."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else None
