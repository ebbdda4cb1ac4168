"""The real wire: one signed push to one checked address, and the answer within one deadline.

    URL -> origin (target) -> checked addresses (resolving) -> connection, kept or new -> answer (wire)

Rules
- Nothing is asked of the environment: no proxy, no cookie, no netrc; a redirect is an answer like any other.
- A connection is kept for the endpoint, origin and address it was made for, so that it never outlives a change of any.
- One deadline covers the name, the connection, the handshake and the answer.
- A kept connection may have been closed by the other side just now.
  When not one byte of an answer came on it, the push goes out once more on a new one: receivers know a push by its id.
- Certificates are verified by host name, TLS 1.2 or later; an endpoint may have trust of its own.
- `send` never raises for what the other side does, and leaves nothing open when it is cancelled.

It is written on sockets rather than on a client library.
Those that were tried show nobody the peer's address before the first byte is sent, take answers with heads of hundreds
of kilobytes and interim answers without end, or cost three times as much; the quickest of them costs the same.

What does not belong here: which addresses may be used (`addresses`, `target`), what an answer means (`verdict`).
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

from afterchat.clock import Clock
from afterchat.sender.addresses import AddressRules, Fault
from afterchat.sender.connection import Connection, open_connection
from afterchat.sender.resolving import LookUp, Resolver, system_addresses
from afterchat.sender.target import Origin, read_origin, split_url
from afterchat.sender.transport import Answer, Failure, Request
from afterchat.sender.wire import request_head

__all__ = ["HttpTransport", "WireLimits", "verified_tls"]

_CLOSE_SECONDS_MAX = 2.0


class WireLimits(NamedTuple):
    """What is kept between two pushes."""

    idle_seconds_max: float = 15.0
    """Shorter than servers usually wait, so that a kept connection is seldom found closed."""
    idle_connections_max: int = 128
    origins_max: int = 4096
    """Origins that were read and are remembered."""


class _Route(NamedTuple):
    """What a connection was made for."""

    endpoint_id: int
    origin: Origin
    address: str


def verified_tls(ca_file: str | None = None) -> ssl.SSLContext:
    """TLS as every push has it: verified by the system's authorities, or by those of a PEM file alone."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


class HttpTransport:
    """The wire of one process; `tls_of` gives the trust of an endpoint that has its own, else None."""

    def __init__(
        self,
        rules: AddressRules,
        clock: Clock,
        *,
        look_up: LookUp = system_addresses,
        tls: ssl.SSLContext | None = None,
        tls_of: Callable[[int], ssl.SSLContext | None] = lambda _: None,
        limits: WireLimits | None = None,
    ) -> None:
        self._rules = rules
        self._clock = clock
        self._resolver = Resolver(rules, clock, look_up)
        self._tls = tls or verified_tls()
        self._tls_of = tls_of
        self._limits = limits or WireLimits()
        self._origins: dict[str, Origin | Fault] = {}
        self._idle: dict[_Route, list[Connection]] = {}
        self._idle_count = 0
        self._open: dict[Connection, _Route] = {}
        self._sweep: asyncio.TimerHandle | None = None
        self._all_lost = asyncio.Event()

    @property
    def open_count(self) -> int:
        """Connections that are open, idle ones among them."""
        return len(self._open)

    async def send(self, request: Request, seconds_max: float) -> Answer | Failure:
        """Send one request and read its answer within `seconds_max` in all."""
        parts = split_url(request.url)
        if isinstance(parts, Fault):
            return Failure(parts.kind, parts.en)
        origin = self._origin(parts[0])
        if isinstance(origin, Fault):
            return Failure(origin.kind, origin.en)
        head = request_head(origin.authority, parts[1], request.headers, len(request.body))
        if isinstance(head, Failure):
            return head
        try:
            async with asyncio.timeout(seconds_max):
                return await self._deliver(request, origin, head)
        except TimeoutError:
            return Failure("timeout", f"no complete answer within {seconds_max:g} s")

    async def close(self) -> None:
        """Close every connection; sends under way fail."""
        if self._sweep is not None:
            self._sweep.cancel()
            self._sweep = None
        await self._resolver.close()
        for connection in tuple(self._open):
            connection.abort()
        if self._open:
            self._all_lost.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_lost.wait(), _CLOSE_SECONDS_MAX)

    def _origin(self, text: str) -> Origin | Fault:
        """The origin, read once; the rules never change in the life of a transport."""
        origin = self._origins.get(text)
        if origin is None:
            origin = read_origin(text, self._rules)
            while len(self._origins) >= self._limits.origins_max:
                del self._origins[next(iter(self._origins))]
            self._origins[text] = origin
        return origin

    async def _deliver(self, request: Request, origin: Origin, head: bytes) -> Answer | Failure:
        """On a kept connection, and on a new one if that was stale."""
        addresses = await self._resolver.addresses(origin)
        if isinstance(addresses, Failure):
            return addresses
        for address in addresses:
            connection = self._take(_Route(request.endpoint_id, origin, address))
            if connection is not None:
                outcome, has_begun = await self._exchange(connection, head, request.body)
                if has_begun or isinstance(outcome, Answer):
                    return outcome
        failure = Failure("connect", "there is no address")
        for address in addresses:
            opened = await self._connect(_Route(request.endpoint_id, origin, address))
            if isinstance(opened, Connection):
                outcome, _ = await self._exchange(opened, head, request.body)
                return outcome
            failure = opened
            if failure.kind != "connect":
                break
        return failure

    async def _exchange(self, connection: Connection, head: bytes, body: bytes) -> tuple[Answer | Failure, bool]:
        is_kept = False
        try:
            found = await connection.exchange(head, body)
            is_kept = connection.is_reusable and self._keep(connection)
            return found
        finally:
            if not is_kept:
                connection.abort()

    async def _connect(self, route: _Route) -> Connection | Failure:
        origin, address = route.origin, route.address
        tls = None
        if origin.scheme == "https":
            tls = (self._tls_of(route.endpoint_id) or self._tls, origin.host)
        is_reached = False
        try:
            opened = await open_connection(
                (address, origin.port),
                tls,
                lambda: Connection(self._lost),
                may_be_self=any(ip_address(address) in network for network in self._rules.allowed.networks)
                or origin.host in self._rules.allowed.hosts,
            )
            is_reached = isinstance(opened, Connection)
        finally:
            if not is_reached:
                self._resolver.failed(origin.host, address)
        if isinstance(opened, Connection) and not opened.is_lost:
            self._open[opened] = route
        return opened

    # Connections that wait for their next push.

    def _take(self, route: _Route) -> Connection | None:
        """The one that was used last."""
        kept = self._idle.get(route)
        while kept:
            connection = kept.pop()
            self._idle_count -= 1
            if not kept:
                del self._idle[route]
            if connection.is_reusable and not self._is_old(connection):
                return connection
            connection.abort()
        return None

    def _keep(self, connection: Connection) -> bool:
        route = self._open.get(connection)
        if route is None or self._idle_count >= self._limits.idle_connections_max:
            return False
        connection.idle_since = self._clock.monotonic()
        self._idle.setdefault(route, []).append(connection)
        self._idle_count += 1
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(self._limits.idle_seconds_max, self._sweep_idle)
        return True

    def _is_old(self, connection: Connection) -> bool:
        return self._clock.monotonic() - connection.idle_since >= self._limits.idle_seconds_max

    def _sweep_idle(self) -> None:
        """Close what waited too long; looks again as long as any waits."""
        self._sweep = None
        for kept in tuple(self._idle.values()):
            for connection in tuple(kept):
                if self._is_old(connection):
                    connection.abort()
        if self._idle_count:
            self._sweep = asyncio.get_running_loop().call_later(self._limits.idle_seconds_max, self._sweep_idle)

    def _lost(self, connection: Connection) -> None:
        route = self._open.pop(connection, None)
        if not self._open:
            self._all_lost.set()
        kept = self._idle.get(route) if route is not None else None
        if route is not None and kept is not None and connection in kept:
            kept.remove(connection)
            self._idle_count -= 1
            if not kept:
                del self._idle[route]
