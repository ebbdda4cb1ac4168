"""The composition root of a running sending end: one store, one port, one relay behind it.

    settings -> store -> sender -> edge (port open) -> ready file -> ... signal ... -> drain -> closed

Rules
- Settings are read by `cli` and handed in; nothing further in reads them.
- The port is opened only after the journal took a canary, so a sender that listens can keep its promise.
- Stopping is draining: requests under way get their answers, attempts under way end, the rest is given back.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from random import Random
from typing import NamedTuple

import msgspec

from afterchat.clock import Clock
from afterchat.contract.ack import Reason, retry_after_seconds
from afterchat.edge.message import Answer
from afterchat.edge.server import EdgeServer
from afterchat.engine import Policy
from afterchat.sender.http_transport import HttpTransport
from afterchat.sender.intake import DOORS
from afterchat.sender.relay import RelayLimits
from afterchat.sender.sender import Sender, SenderLimits
from afterchat.sender.tracker import TrackerLimits
from afterchat.server.listening import allow_open_files, announce, drain, edge_limits, listen, new_nonce
from afterchat.server.orders import Orders
from afterchat.server.redelivery import REDELIVER, redeliverer
from afterchat.server.sending_status import SendingStatusSource
from afterchat.server.stopping import stop_asked
from afterchat.server.targets import address_rules
from afterchat.settings import Settings
from afterchat.store.open import Store, open_store
from afterchat.web.sending_app import build_sending_app

__all__ = ["Sending", "send_until_stopped"]

_DAY_MS = 86_400_000
_SEED_BITS = 128
_LEASE_SECONDS_SPARE = 10.0
"""For writing the result down; after a kill, leased entries are tried again when their lease ends."""


class Sending(NamedTuple):
    """Handed to whoever wants to know that the sender is up."""

    url: str
    nonce: str


async def send_until_stopped(
    settings: Settings, clock: Clock, on_listening: Callable[[Sending], None], *, until_stdin_ends: bool = False
) -> None:
    """Run until SIGTERM, SIGINT, or standard input's end; raises OperatorError or OutageError when it cannot start."""
    rules = address_rules(settings)
    allow_open_files()
    stop = stop_asked(until_stdin_ends=until_stdin_ends)
    store = await open_store(settings.store, frozenset({"sender", "registry"}), commit_mode=settings.commit_mode)
    try:
        transport = HttpTransport(rules, clock)
        try:
            await _send_on(store, transport, settings, clock, stop=stop, on_listening=on_listening)
        finally:
            await transport.close()
    finally:
        await store.close()


async def _send_on(
    store: Store,
    transport: HttpTransport,
    settings: Settings,
    clock: Clock,
    *,
    stop: asyncio.Event,
    on_listening: Callable[[Sending], None],
) -> None:
    sender = Sender(
        store,
        transport,
        clock,
        chance=Random(secrets.randbits(_SEED_BITS)),  # noqa: S311 - it spreads retries, it guards nothing
        policy_of=_policy_of,
        limits=_limits(settings),
    )
    await sender.look()
    nonce = new_nonce()
    status = SendingStatusSource(sender, clock, nonce)
    app = build_sending_app(
        journal=store.journal,
        outbox=store.outbox,
        endpoints=store.endpoints,
        tokens=sender.tokens,
        status=status.read,
        clock=clock,
        is_metrics_open=settings.metrics_access == "open",
    )
    limits = edge_limits(settings, settings.events_bytes_max)
    edge = EdgeServer(sender.take, app, limits, clock, refusal=_edge_refusal, push_paths=tuple(DOORS))
    status.edge = edge.counts
    url = await listen(edge, settings.host, settings.sender_port, "--port")
    orders = Orders(store.registry, REDELIVER, redeliverer(sender, store.endpoints, store.outbox, clock))
    async with asyncio.TaskGroup() as parts:
        sending = parts.create_task(sender.run())
        ordering = parts.create_task(orders.run())
        announce(settings.ready_file, url, nonce)
        on_listening(Sending(url, nonce))
        await stop.wait()
        await drain(edge, settings.drain_seconds)
        await sender.stop()
        await sending
        ordering.cancel()


def _policy_of(_tenant: str) -> Policy:
    """Every tenant's engine waits as long as the platform's does by default."""
    return Policy()


def _limits(settings: Settings) -> SenderLimits:
    relay = RelayLimits(
        in_flight_max=settings.attempts_at_once_max,
        attempt_seconds_max=settings.attempt_seconds_max,
        lease_seconds=2 * settings.attempt_seconds_max + _LEASE_SECONDS_SPARE,
        drain_seconds=min(settings.drain_seconds, settings.attempt_seconds_max + 1),
    )
    tracker = TrackerLimits(sessions_max=settings.sessions_at_hand_max, waiting_max=settings.waiting_events_max)
    return SenderLimits(retention_ms=settings.retention_days * _DAY_MS, tracker=tracker, relay=relay)


def _edge_refusal(wire: str) -> Answer:
    """The edge names its refusals by label; here they look like those of the door behind it."""
    reason = _REASON_BY_WIRE[wire]
    zh, _, en = reason.message.partition(" / ")
    headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),)
    seconds = retry_after_seconds(reason)
    if seconds is not None:
        headers += ((b"retry-after", str(seconds).encode("ascii")),)
    return Answer(reason.status, msgspec.json.encode({"code": wire, "en": en, "zh": zh}), headers)


_REASON_BY_WIRE = {reason.wire: reason for reason in Reason}
