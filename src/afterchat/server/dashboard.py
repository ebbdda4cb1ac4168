"""The composition root of the dashboard's process: pages, the JSON API and exports over one store.

    store, registry, columns -> application -> a socket of the server in front | a port of its own

It writes nothing but the registry and its own columns, so it may be ended and started again at any time.
Beside a server the end of standard input is the only order to stop (`child`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from starlette.types import ASGIApp

from afterchat import __version__
from afterchat.access.gate import Gate
from afterchat.access.passwords import Passwords
from afterchat.clock import Clock
from afterchat.columns.table import ColumnTable
from afterchat.dashboard.app import build_dashboard
from afterchat.dashboard.built import Built
from afterchat.dashboard.delivery_orders import Sending
from afterchat.dashboard.routes import PAGE_WORDS
from afterchat.dashboard.shell import Shell
from afterchat.dashboard.visit import PageSources
from afterchat.edge.message import Answer, Request, Respond
from afterchat.edge.remote_server import RemoteServer
from afterchat.edge.server import EdgeServer
from afterchat.server.column_follower import follow_forever
from afterchat.server.delivery_orders import RegistryOrders
from afterchat.server.listening import announce, drain, edge_limits, listen, new_nonce
from afterchat.server.machine_zone import zone_named
from afterchat.server.registry_watch import TokenWatch
from afterchat.server.stopping import stop_asked
from afterchat.settings import Settings
from afterchat.store.open import open_store
from afterchat.web.answers import Health
from afterchat.web.app import build_app
from afterchat.web.export_desk import ExportDesk
from afterchat.web.sources import Sources

__all__ = ["dashboard_alone", "dashboard_behind"]

_NICENESS = 5
"""Behind a server that acknowledges pushes, pages are what waits when the machine is full."""


async def dashboard_behind(settings: Settings, clock: Clock, socket: Path) -> None:
    """Answer what a server passes on through `socket`, until standard input ends."""
    stop = stop_asked(until_stdin_ends=True, heeds_signals=False)
    with contextlib.suppress(OSError):
        os.nice(_NICENESS)
    async with _application(settings, clock, new_nonce()) as app:
        server = RemoteServer(app)
        await server.start(socket)
        await stop.wait()
        await server.drain(settings.drain_seconds)


async def dashboard_alone(
    settings: Settings, clock: Clock, on_listening: Callable[[str], None], *, until_stdin_ends: bool = False
) -> None:
    """Answer on a port of its own until SIGTERM, SIGINT, or standard input's end.

    Raises OperatorError or OutageError when it cannot start.
    """
    stop = stop_asked(until_stdin_ends=until_stdin_ends)
    nonce = new_nonce()
    async with _application(settings, clock, nonce) as app:
        edge = EdgeServer(_no_push, app, edge_limits(settings, settings.body_bytes_max), clock, push_paths=())
        url = await listen(edge, settings.host, settings.dashboard_port, "--port")
        announce(settings.ready_file, url, nonce)
        on_listening(url)
        await stop.wait()
        await drain(edge, settings.drain_seconds)


@contextlib.asynccontextmanager
async def _application(settings: Settings, clock: Clock, nonce: str) -> AsyncIterator[ASGIApp]:
    """The application and what keeps it up to date."""
    store = await open_store(settings.store, frozenset({"registry"}))
    try:
        watch = TokenWatch(store.registry)
        await watch.look()
        table = ColumnTable(store.directory / "columns" if store.directory else None)
        passwords, built = Passwords(), Built.load()
        async with asyncio.TaskGroup() as parts:
            aside = [parts.create_task(watch.run()), parts.create_task(follow_forever(table, store.records))]
            try:
                reading = Sources(
                    store.records,
                    store.inbox,
                    store.quarantine,
                    watch.tokens,
                    clock,
                    table.snapshot,
                    ExportDesk(),
                    Health("ok", nonce, __version__),
                    store.people.write_note,
                )
                pages = PageSources(
                    reading,
                    store.registry,
                    store.people,
                    store.views,
                    Gate(store.people, clock, passwords),
                    passwords,
                    Sending(lambda: store.has_sender, store.endpoints, store.outbox, RegistryOrders(store, clock)),
                    Shell(built, PAGE_WORDS),
                    built,
                    zone_named(settings.dashboard_zone),
                    settings.dashboard_https == "on",
                )
                yield build_dashboard(pages, build_app(reading, is_metrics_open=settings.metrics_access == "open"))
            finally:
                for task in aside:
                    task.cancel()
                table.close()
                passwords.close()
    finally:
        await store.close()


def _no_push(_request: Request, respond: Respond) -> None:
    """No path is a push path here; the receiving end takes pushes."""
    respond(Answer(404, b""))
