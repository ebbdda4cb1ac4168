"""A sending end as its parts, opened and running: for the process with a port and for a program that embeds one.

    settings -> store, wire -> sender          `opened_sender`
    sender and orders at work -> stopped       `running_sender_of`

Rules
- Leaving either puts everything back: attempts under way end, the rest is given back, files and connections are closed.
- What the body raises comes out as it is; what a part of the sender raises ends the body.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.engine import Policy
from afterchat.sender.addresses import AddressRules
from afterchat.sender.http_transport import HttpTransport
from afterchat.sender.relay import RelayLimits
from afterchat.sender.sender import Sender, SenderLimits
from afterchat.sender.tracker import TrackerLimits
from afterchat.server.erasure import sender_eraser
from afterchat.server.orders import Orders
from afterchat.server.redelivery import REDELIVER, redeliverer
from afterchat.server.standing_by import open_in_turn
from afterchat.server.targets import address_rules
from afterchat.settings import Settings
from afterchat.store.erasure import ERASE_SENDER
from afterchat.store.open import Store, open_store

__all__ = ["SendingEnd", "opened_sender", "running_sender_of"]

_DAY_MS = 86_400_000
_SEED_BITS = 128
_LEASE_SECONDS_SPARE = 10.0
"""For writing the result down; after a kill, leased entries are tried again when their lease ends."""


class SendingEnd(NamedTuple):
    """The parts of one sending end."""

    store: Store
    rules: AddressRules
    transport: HttpTransport
    sender: Sender


@asynccontextmanager
async def opened_sender(settings: Settings, clock: Clock, stop: asyncio.Event | None) -> AsyncIterator[SendingEnd]:
    """The parts on the store of the settings, of which one process at a time sends; nothing runs yet.

    Another one that sends is waited for until `stop`; with None it is a StoreLockedError at once.

    Raises OperatorError or OutageError when they cannot be had.
    """
    rules = address_rules(settings)
    writes = frozenset({"sender", "registry"})
    if stop is None:
        store = await open_store(settings.store, writes, commit_mode=settings.commit_mode)
    else:
        store = await open_in_turn(settings.store, writes, clock, stop, commit_mode=settings.commit_mode)
    try:
        transport = HttpTransport(rules, clock)
        try:
            sender = Sender(
                store,
                transport,
                clock,
                chance=Random(secrets.randbits(_SEED_BITS)),  # noqa: S311 - it spreads retries, it guards nothing
                policy_of=_policy_of,
                limits=_limits(settings),
            )
            await sender.look()
            yield SendingEnd(store, rules, transport, sender)
        finally:
            await transport.close()
    finally:
        await store.close()


@asynccontextmanager
async def running_sender_of(end: SendingEnd, clock: Clock) -> AsyncIterator[None]:
    """The sender tracks, relays and takes orders until the body ends, and then stops in order."""
    store, sender = end.store, end.sender
    orders = Orders(store.registry, REDELIVER, redeliverer(sender, store.endpoints, store.outbox, clock))
    erasures = Orders(
        store.registry,
        ERASE_SENDER,
        sender_eraser(store.sender_redaction, sender.tracker, store.registry, clock),
    )
    raised: BaseException | None = None
    async with asyncio.TaskGroup() as parts:
        sending = parts.create_task(sender.run())
        ordering = [parts.create_task(one.run()) for one in (orders, erasures)]
        try:
            yield
        except (Exception, asyncio.CancelledError) as error:
            if sending.done() or any(task.done() for task in ordering):
                raise  # a part failed and ended the body: the group says which
            raised = error
        await sender.stop()
        await sending
        for task in ordering:
            task.cancel()
    if raised is not None:
        raise raised


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
    return SenderLimits(
        retention_ms=settings.retention_days * _DAY_MS,
        body_bytes_max=settings.events_bytes_max,
        operator_tenant=settings.operator_tenant,
        tracker=tracker,
        relay=relay,
    )
