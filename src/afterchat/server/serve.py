"""The composition root of a running receiving end: one store, one port, a projector and a dashboard beside it.

    settings -> store -> receiver -> edge (port open) -> ready file -> projector, dashboard -> ... signal ...
    -> drain -> closed

Rules
- Settings are read by `cli` and handed in; nothing further in reads them.
- The port is opened only after the inbox took a canary, so a server that listens can keep its promise.
- Stopping is draining: requests under way get their answers, what waits is committed, then the store closes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.contract.ack import Reason
from afterchat.edge.message import Answer
from afterchat.edge.server import EdgeServer
from afterchat.errors import StoreLockedError
from afterchat.receiver.receiver import Receiver, ReceiverLimits, refusal
from afterchat.receiver.rings import Rings
from afterchat.server.child import Beside, dashboard_process, projector_process
from afterchat.server.erasure import inbox_eraser
from afterchat.server.front import front_application
from afterchat.server.listening import allow_open_files, announce, drain, edge_limits, listen, new_nonce
from afterchat.server.orders import Orders, release_orders
from afterchat.server.registry_watch import RegistryWatch
from afterchat.server.retention import Retention, retention_limits
from afterchat.server.status import StatusSource
from afterchat.server.stopping import stop_asked
from afterchat.settings import Settings
from afterchat.store.erasure import ERASE_INBOX
from afterchat.store.open import Store, open_store
from afterchat.web.front_app import FrontSources, build_front

__all__ = ["Listening", "serve"]


class Listening(NamedTuple):
    """Handed to whoever wants to know that the server is up."""

    url: str
    nonce: str
    tenants_without_key: tuple[str, ...]
    can_log_in: bool
    """Whether there is a user for the dashboard, or none is wanted because it is off."""


async def serve(
    settings: Settings, clock: Clock, on_listening: Callable[[Listening], None], *, until_stdin_ends: bool = False
) -> None:
    """Run until SIGTERM, SIGINT, or standard input's end; raises OperatorError or OutageError when it cannot start."""
    allow_open_files()
    stop = stop_asked(until_stdin_ends=until_stdin_ends)
    store = await open_store(
        settings.store,
        frozenset({"inbox", "registry"}),
        commit_mode=settings.commit_mode,
        quarantine_rows_max=settings.quarantine_rows_max,
    )
    try:
        if not store.has_records:
            await _make_records(settings.store)
        with TemporaryDirectory(prefix="afterchat-") as folder:  # only this user may enter it
            await _serve_on(store, settings, clock, stop, on_listening, socket=Path(folder) / "dashboard.socket")
    finally:
        await store.close()


async def _make_records(store_url: str) -> None:
    """Empty records, so that a reader of a new store finds no sessions instead of no file; a projector may be first."""
    with contextlib.suppress(StoreLockedError):
        made = await open_store(store_url, frozenset({"records"}))
        await made.close()


async def _serve_on(
    store: Store,
    settings: Settings,
    clock: Clock,
    stop: asyncio.Event,
    on_listening: Callable[[Listening], None],
    *,
    socket: Path,
) -> None:
    receiver = Receiver(store.inbox, store.quarantine, clock, _receiver_limits(settings), store.directory)
    watch = RegistryWatch(store.registry, clock, settings.secret, partial(_use, receiver))
    await watch.look()
    projector = projector_process(settings) if settings.projector == "process" else None
    dashboard = dashboard_process(settings, socket) if settings.dashboard == "process" else None
    nonce = new_nonce()
    status = StatusSource(receiver, Beside(projector, dashboard), store.directory, clock, nonce)
    own = build_front(
        FrontSources(store.records, store.inbox, watch.tokens, status.read, clock),
        is_metrics_open=settings.metrics_access == "open",
    )
    limits = edge_limits(settings, settings.body_bytes_max)
    front = front_application(own, socket if dashboard else None)
    edge = EdgeServer(receiver.take, front, limits, clock, refusal=_edge_refusal)
    status.edge = edge.counts
    url = await listen(edge, settings.host, settings.port, "--port")
    announce(settings.ready_file, url, nonce)
    async with asyncio.TaskGroup() as parts:
        receiving = parts.create_task(receiver.run())
        aside = [parts.create_task(watch.run())]
        aside += [parts.create_task(orders.run()) for orders in _orders(store, clock)]
        aside.append(parts.create_task(Retention(store.inbox_redaction, clock, retention_limits(settings)).run()))
        aside += [parts.create_task(child.run()) for child in status.beside if child is not None]
        can_log_in = dashboard is None or bool(await store.people.users(None))
        on_listening(Listening(url, nonce, _without_key(receiver.rings), can_log_in))
        await stop.wait()
        await drain(edge, settings.drain_seconds)
        receiver.stop()
        await receiving
        for task in aside:
            task.cancel()


def _orders(store: Store, clock: Clock) -> tuple[Orders, ...]:
    """What commands may ask of the owner of the inbox."""
    erase = inbox_eraser(store.inbox_redaction, store.registry, clock)
    return release_orders(store.registry, store.quarantine, clock), Orders(store.registry, ERASE_INBOX, erase)


def _without_key(rings: Rings) -> tuple[str, ...]:
    return tuple(ring.tenant for ring in rings.values() if not ring.secrets)


def _use(receiver: Receiver, rings: Rings) -> None:
    receiver.rings = rings


def _receiver_limits(settings: Settings) -> ReceiverLimits:
    return ReceiverLimits(
        window_seconds=settings.window_seconds,
        waiting_pushes_max=settings.waiting_pushes_max,
        quarantine_rows_per_second_max=settings.quarantine_rows_per_second_max,
        disk_free_bytes_min=settings.disk_free_bytes_min,
    )


def _edge_refusal(wire: str) -> Answer:
    """The edge names its refusals by label; the words come from the contract."""
    return refusal(_REASON_BY_WIRE[wire])


_REASON_BY_WIRE = {reason.wire: reason for reason in Reason}
