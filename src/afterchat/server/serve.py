"""The composition root of a running receiving end: one store, one port, one projector beside it.

    settings -> store -> receiver -> edge (port open) -> projector -> ready file -> ... signal ... -> drain -> closed

Rules
- Settings are read by `cli` and handed in; nothing further in reads them.
- The port is opened only after the inbox took a canary, so a server that listens can keep its promise.
- Stopping is draining: requests under way get their answers, what waits is committed, then the store closes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import secrets
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.contract.ack import Reason
from afterchat.edge.limits import Limits
from afterchat.edge.message import Answer
from afterchat.edge.server import EdgeServer
from afterchat.errors import SettingsError, StoreLockedError
from afterchat.receiver.receiver import Receiver, ReceiverLimits, refusal
from afterchat.receiver.rings import Rings
from afterchat.server.child import ProjectorProcess
from afterchat.server.orders import ReleaseOrders
from afterchat.server.ready import write_ready_file
from afterchat.server.registry_watch import RegistryWatch
from afterchat.server.status import StatusSource
from afterchat.settings import Settings
from afterchat.store.open import Store, open_store
from afterchat.web.app import build_app

__all__ = ["Listening", "serve"]

_LOG = logging.getLogger(__name__)

_NONCE_BYTES = 16


class Listening(NamedTuple):
    """Handed to whoever wants to know that the server is up."""

    url: str
    nonce: str
    tenants_without_key: tuple[str, ...]


async def serve(settings: Settings, clock: Clock, on_listening: Callable[[Listening], None]) -> None:
    """Run until SIGTERM or SIGINT; raises OperatorError or OutageError when it cannot start."""
    _allow_open_files()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    store = await open_store(
        settings.store,
        frozenset({"inbox", "registry"}),
        commit_mode=settings.commit_mode,
        quarantine_rows_max=settings.quarantine_rows_max,
    )
    try:
        if not store.has_records:
            await _make_records(settings.store)
        await _serve_on(store, settings, clock, stop, on_listening)
    finally:
        await store.close()


async def _make_records(store_url: str) -> None:
    """Empty records, so that a reader of a new store finds no sessions instead of no file; a projector may be first."""
    with contextlib.suppress(StoreLockedError):
        made = await open_store(store_url, frozenset({"records"}))
        await made.close()


async def _serve_on(
    store: Store, settings: Settings, clock: Clock, stop: asyncio.Event, on_listening: Callable[[Listening], None]
) -> None:
    receiver = Receiver(store.inbox, store.quarantine, clock, _receiver_limits(settings), store.directory)
    watch = RegistryWatch(store.registry, clock, settings.secret, partial(_use, receiver))
    await watch.look()
    projector = ProjectorProcess(settings.store, settings.log_level) if settings.projector == "process" else None
    nonce = secrets.token_hex(_NONCE_BYTES)
    status = StatusSource(receiver, projector, store.directory, clock, nonce)
    app = build_app(
        records=store.records,
        inbox=store.inbox,
        quarantine=store.quarantine,
        tokens=watch.tokens,
        status=status.read,
        clock=clock,
        is_metrics_open=settings.metrics_access == "open",
    )
    edge = EdgeServer(receiver.take, app, _edge_limits(settings), clock, refusal=_edge_refusal)
    status.edge = edge.counts
    port = await _listen(edge, settings)
    async with asyncio.TaskGroup() as parts:
        receiving = parts.create_task(receiver.run())
        aside = [parts.create_task(watch.run())]
        aside.append(parts.create_task(ReleaseOrders(store.registry, store.quarantine, clock).run()))
        if projector is not None:
            aside.append(parts.create_task(projector.run()))
        _announce(settings, f"http://{_authority(settings.host, port)}", nonce, receiver.rings, on_listening)
        await stop.wait()
        await _drain(edge, settings.drain_seconds)
        receiver.stop()
        await receiving
        for task in aside:
            task.cancel()


async def _listen(edge: EdgeServer, settings: Settings) -> int:
    try:
        return await edge.start(settings.host, settings.port)
    except OSError as error:
        raise SettingsError(
            f"cannot listen on {_authority(settings.host, settings.port)} ({error.strerror or error}): "
            "end what uses that port, or choose another with --port"
        ) from error


def _announce(
    settings: Settings, url: str, nonce: str, rings: Rings, on_listening: Callable[[Listening], None]
) -> None:
    if settings.ready_file:
        write_ready_file(Path(settings.ready_file), url, nonce)
    on_listening(Listening(url, nonce, tuple(ring.tenant for ring in rings.values() if not ring.secrets)))


async def _drain(edge: EdgeServer, seconds: float) -> None:
    aborted = await edge.drain(seconds)
    if aborted:
        _LOG.warning("%d requests were still under way after %.0f s and were cut", aborted, seconds)


def _allow_open_files() -> None:
    """Raise the soft limit to the hard one: every connection is an open file, and the usual soft limit is 1024."""
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _use(receiver: Receiver, rings: Rings) -> None:
    receiver.rings = rings


def _receiver_limits(settings: Settings) -> ReceiverLimits:
    return ReceiverLimits(
        window_seconds=settings.window_seconds,
        waiting_pushes_max=settings.waiting_pushes_max,
        quarantine_rows_per_second_max=settings.quarantine_rows_per_second_max,
        disk_free_bytes_min=settings.disk_free_bytes_min,
    )


def _edge_limits(settings: Settings) -> Limits:
    return Limits(
        body_bytes_max=settings.body_bytes_max,
        header_bytes_max=settings.header_bytes_max,
        request_seconds_max=settings.request_seconds_max,
        idle_seconds_max=settings.idle_seconds_max,
        connections_max=settings.connections_max,
        connections_per_peer_max=settings.connections_per_peer_max,
    )


def _edge_refusal(wire: str) -> Answer:
    """The edge names its refusals by label; the words come from the contract."""
    return refusal(_REASON_BY_WIRE[wire])


_REASON_BY_WIRE = {reason.wire: reason for reason in Reason}


def _authority(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
