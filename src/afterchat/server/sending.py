"""The composition root of a running sending end: one store, one port, one relay behind it.

    settings -> store -> sender -> edge (port open) -> ready file -> ... signal ... -> drain -> closed

Rules
- Settings are read by `cli` and handed in; nothing further in reads them.
- The port is opened only after the journal took a canary, so a sender that listens can keep its promise.
- Stopping is draining: requests under way get their answers, attempts under way end, the rest is given back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from afterchat.clock import Clock
from afterchat.contract.ack import Reason, retry_after_seconds
from afterchat.edge.message import Answer
from afterchat.edge.server import EdgeServer
from afterchat.sender.intake import CODINGS, DOORS, refusal
from afterchat.server.listening import allow_open_files, announce, drain, edge_limits, listen, new_nonce
from afterchat.server.operations import OperatingLimits, SenderOperations
from afterchat.server.sending_end import SendingEnd, opened_sender, running_sender_of
from afterchat.server.sending_status import SendingStatusSource
from afterchat.server.stopping import stop_asked
from afterchat.settings import Settings
from afterchat.web.sending_app import build_sending_app

__all__ = ["Sending", "send_until_stopped"]


class Sending(NamedTuple):
    """Handed to whoever wants to know that the sender is up."""

    url: str
    nonce: str


async def send_until_stopped(
    settings: Settings, clock: Clock, on_listening: Callable[[Sending], None], *, until_stdin_ends: bool = False
) -> None:
    """Run until SIGTERM, SIGINT, or standard input's end; raises OperatorError or OutageError when it cannot start."""
    allow_open_files()
    stop = stop_asked(until_stdin_ends=until_stdin_ends)
    async with opened_sender(settings, clock, stop) as end:
        await _send_on(end, settings, clock, stop=stop, on_listening=on_listening)


async def _send_on(
    end: SendingEnd,
    settings: Settings,
    clock: Clock,
    *,
    stop: asyncio.Event,
    on_listening: Callable[[Sending], None],
) -> None:
    store, sender = end.store, end.sender
    nonce = new_nonce()
    status = SendingStatusSource(sender, clock, nonce)
    limits = OperatingLimits(end.rules, settings.secret_chars_min, settings.attempt_seconds_max)
    app = build_sending_app(
        journal=store.journal,
        outbox=store.outbox,
        endpoints=store.endpoints,
        tokens=sender.tokens,
        status=status.read,
        clock=clock,
        operations=SenderOperations(store, sender, end.transport, clock, limits),
        write_note=store.people.write_note,
        is_metrics_open=settings.metrics_access == "open",
    )
    edge = EdgeServer(
        sender.take,
        app,
        edge_limits(settings, settings.events_bytes_max),
        clock,
        refusal=_edge_refusal,
        push_paths=tuple(DOORS),
        codings=CODINGS,
    )
    status.edge = edge.counts
    url = await listen(edge, settings.host, settings.sender_port, "--port")
    announce(settings.ready_file, url, nonce)
    async with running_sender_of(end, clock):
        on_listening(Sending(url, nonce))
        await stop.wait()
        await drain(edge, settings.drain_seconds)


def _edge_refusal(wire: str) -> Answer:
    """The edge names its refusals by label; here they look like those of the door behind it."""
    if wire in _DOOR_CODES:
        return refusal(_DOOR_CODES[wire])
    reason = _REASON_BY_WIRE[wire]
    zh, _, en = reason.message.partition(" / ")
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),)
    seconds = retry_after_seconds(reason)
    if seconds is not None:
        headers += ((b"retry-after", str(seconds).encode("ascii")),)
    return Answer(reason.status, msgspec.json.encode({"code": wire, "en": en, "zh": zh}), headers)


_DOOR_CODES = {"body": "size", "encoding": "encoding"}
"""What the edge and the door behind it both refuse, each before it is too late; the door's words fit its callers."""
_REASON_BY_WIRE = {reason.wire: reason for reason in Reason}
