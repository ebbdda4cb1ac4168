"""Sends to every forbidden and allowed target in one process and prints what came of it: `python ssrf_run.py [BUG]`.

    127.0.0.1  the canary: no connection may ever arrive there, and proxies of the environment point to it
    127.0.0.2  stands for the public internet: the rules allow this very address
    127.0.0.3  allowed, and nobody listens

All three share one port, because a name that leads elsewhere keeps its port.
The real transport runs; only the name server is ours, so nothing leaves the machine.

Rules:
- One function for each bug, named after it; its docstring says what its programmer might have thought.
- With a bug, only targets on this machine are tried, so that the bug stays here too.

What does not belong here: judging (`test_e09_ssrf`), and watching system calls.
"""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import trustme

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from afterchat.clock import SystemClock
from afterchat.sender import http_transport, resolving
from afterchat.sender.addresses import AddressRules, address_fault
from afterchat.sender.http_transport import HttpTransport, verified_tls
from afterchat.sender.target import Origin, read_allowed
from afterchat.sender.transport import Answer, Failure, Request
from targets import FORBIDDEN_ANSWERS, FORBIDDEN_URLS, PORT

__all__ = ["BUGS", "main"]

CANARY, PUBLIC, DEAD = "127.0.0.1", "127.0.0.2", "127.0.0.3"
SECONDS_MAX = 5.0
REDIRECTS = (301, 302, 303, 307, 308)
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class World:
    """The listeners, what they saw, and the name server's answers."""

    def __init__(self) -> None:
        self.port = 0
        self.other_port = 0
        self.canary_hits = 0
        self.other_hits = 0
        self.bodies_untrusted = 0
        self.answer = OK
        self.names: dict[str, Sequence[Sequence[str]]] = {}
        self.asked: list[str] = []

    async def look_up(self, host: str) -> Sequence[str]:
        """One answer after the other, the last one for ever; an unknown name leads to the canary."""
        answers = self.names.get(host, [(CANARY,)])
        self.asked.append(host)
        return answers[min(self.asked.count(host), len(answers)) - 1]

    async def be_canary(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.canary_hits += 1
        writer.close()

    async def be_other(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.other_hits += 1
        await self.be_public(reader, writer)

    async def be_public(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(self.answer)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    async def be_untrusted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.bodies_untrusted += bool(await reader.read(1))
        writer.close()

    @asynccontextmanager
    async def listening(self) -> Any:
        """The canary and the public stand-in on one port, another receiver on a second one."""
        servers = [await asyncio.start_server(self.be_canary, CANARY, 0)]
        self.port = servers[0].sockets[0].getsockname()[1]
        servers.append(await asyncio.start_server(self.be_public, PUBLIC, self.port))
        servers.append(await asyncio.start_server(self.be_other, PUBLIC, 0))
        self.other_port = servers[2].sockets[0].getsockname()[1]
        os.environ |= {f"{scheme}_proxy": f"http://{CANARY}:{self.port}" for scheme in ("http", "https", "all")}
        try:
            yield self
        finally:
            for server in servers:
                server.close()

    def transport(self, *allowed: str, clock: Any = None, tls: ssl.SSLContext | None = None) -> HttpTransport:
        """Under rules that allow the stand-in and the port, so that a case fails for its own reason alone."""
        rules = AddressRules(
            is_http_allowed=True,
            ports=frozenset({self.port, self.other_port}),
            allowed=read_allowed([PUBLIC, DEAD, *allowed]),
        )
        return HttpTransport(rules, clock or SystemClock(), look_up=self.look_up, tls=tls)


class MovedClock(SystemClock):
    """A clock that can be set on."""

    ahead = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self.ahead


async def send(transport: HttpTransport, url: str) -> str:
    """What came of it: a status or the kind of a failure."""
    outcome = await transport.send(Request(1, url, (), b"body"), SECONDS_MAX)
    return outcome.kind if isinstance(outcome, Failure) else str(outcome.status)


async def try_urls(world: World) -> dict[str, str]:
    """URLs that must be refused before anything is looked up."""
    transport = world.transport()
    outcomes = {url: await send(transport, url.replace(PORT, str(world.port))) for url in FORBIDDEN_URLS}
    await transport.close()
    return outcomes


async def try_answers(world: World, answers: Sequence[Sequence[str]]) -> dict[str, str]:
    """Public names of which at least one address is forbidden."""
    transport, outcomes = world.transport(), {}
    for number, answer in enumerate((*answers, (PUBLIC, CANARY), (DEAD, CANARY), (CANARY, PUBLIC))):
        host = f"h{number}.example.com"
        world.names[host] = [answer]
        outcomes[" ".join(answer)] = await send(transport, f"http://{host}:{world.port}/")
    await transport.close()
    return outcomes


async def try_rebinding(world: World) -> dict[str, str]:
    """Names that lead to a public address first and to the canary ever after."""
    clock = MovedClock()
    transport, outcomes = world.transport(clock=clock), {}
    for number in range(5):
        host = f"rebind{number}.example.com"
        world.names[host] = [(PUBLIC,), (CANARY,)]
        outcomes[f"{host} first"] = await send(transport, f"http://{host}:{world.port}/")
        outcomes[f"{host} again"] = await send(transport, f"http://{host}:{world.port}/")
        clock.ahead += resolving.PIN_SECONDS_MAX
        outcomes[f"{host} later"] = await send(transport, f"http://{host}:{world.port}/")
    await transport.close()
    return outcomes


async def try_redirects(world: World) -> dict[str, str]:
    """Answers that want to lead to the canary, and to another receiver that is even allowed."""
    transport, outcomes = world.transport(), {}
    world.names |= {"other.example.com": [(PUBLIC,)], "a.example.com": [(PUBLIC,)]}
    for status in REDIRECTS:
        for place in (f"{CANARY}:{world.port}", f"other.example.com:{world.other_port}"):
            world.answer = f"HTTP/1.1 {status} x\r\nlocation: http://{place}/\r\ncontent-length: 0\r\n\r\n".encode()
            outcomes[f"{status} to {place}"] = await send(transport, f"http://a.example.com:{world.port}/")
    world.answer = OK
    await transport.close()
    return outcomes


async def try_certificates(world: World, authority: trustme.CA) -> dict[str, str]:
    """Receivers that cannot prove their name."""
    outcomes = {}
    for name, issuer, host in (
        ("another name", authority, "b.example.com"),
        ("its address alone", authority, PUBLIC),
        ("of an unknown authority", trustme.CA(), "tls.example.com"),
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue_cert(host).configure_cert(context)
        outcomes[name] = await send_tls(world, world.be_untrusted, context, authority)
    return outcomes


async def send_tls(world: World, serve: Any, context: ssl.SSLContext, authority: trustme.CA) -> str:
    server = await asyncio.start_server(serve, PUBLIC, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    world.names["tls.example.com"] = [(PUBLIC,)]
    trust = verified_tls()
    authority.configure_trust(trust)
    transport = world.transport("tls.example.com", tls=trust)
    outcome = await send(transport, f"https://tls.example.com:{port}/")
    await transport.close()
    server.close()
    return outcome


async def try_allowed(world: World, authority: trustme.CA) -> dict[str, str]:
    """Targets that must work."""
    transport = world.transport("intranet", "localhost")
    public = ("receiver.example.com", "xn--r8jz45g.example.com", "intranet", "localhost")
    world.names |= {host: [(PUBLIC,)] for host in public}
    world.names["several.example.com"] = [(DEAD, PUBLIC)]
    urls = (
        f"http://{PUBLIC}:{{}}/",
        "http://receiver.example.com:{}/",
        "HTTP://RECEIVER.EXAMPLE.COM.:{}/push?a=1",
        "http://ｒｅｃｅｉｖｅｒ.example.com:{}/",
        "http://receiver。example。com:{}/",
        "http://receiver.example.com:{}/推送?名=值",
        "http://例え.example.com:{}/",
        "http://intranet:{}/",
        "http://LocalHost.:{}/",
        "http://several.example.com:{}/",
    )
    outcomes = {url: await send(transport, url.format(world.port)) for url in urls}
    await transport.close()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("tls.example.com").configure_cert(context)
    outcomes["https"] = await send_tls(world, world.be_public, context, authority)
    return outcomes


# Bugs.


def no_pinning() -> None:
    """The name was checked a moment ago; the connection may ask again."""
    honest = resolving.Resolver.addresses

    async def addresses(self: Any, origin: Origin) -> Any:
        found = await honest(self, origin)
        return found if isinstance(found, Failure) or origin.is_address else tuple(await self._look_up(origin.host))

    replace(resolving.Resolver, "addresses", addresses)


def redirect_followed() -> None:
    """The receiver has moved; surely it wants its pushes there."""
    honest = HttpTransport.send

    async def send_on(self: Any, request: Request, seconds_max: float) -> Any:
        outcome = await honest(self, request, seconds_max)
        if isinstance(outcome, Answer) and outcome.status // 100 == 3:
            return await honest(self, request._replace(url=outcome.headers["location"]), seconds_max)
        return outcome

    replace(HttpTransport, "send", send_on)


def checks_before_normalising() -> None:
    """Look at the URL first, tidy it up afterwards."""
    honest = http_transport.read_origin

    def read_origin(text: str, rules: AddressRules) -> Any:
        tidy = unicodedata.normalize("NFKC", text)
        fault = honest(text, rules) if text == tidy else None
        host, _, port = tidy.partition("://")[2].partition(":")
        return fault or Origin("http", host, int(port) if port.isdigit() else 80, is_address=False)

    replace(http_transport, "read_origin", read_origin)


def names_only() -> None:
    """The URL was checked; what the name server says is its own business."""
    replace(resolving, "address_fault", lambda *_: None)


def first_address_only() -> None:
    """The first address is the one that is used."""

    def checked(self: Any, host: str, addresses: tuple[str, ...]) -> Any:
        fault = address_fault(addresses[0], host, self._rules)
        return addresses if fault is None else Failure(fault.kind, fault.en)

    replace(resolving.Resolver, "_checked", checked)


def replace(owner: Any, name: str, bug: Any) -> None:
    """Put the bug in; an error when its place is gone."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner} has no {name}; plant the bug elsewhere")
    setattr(owner, name, bug)


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__.replace("_", "-"): bug
    for bug in (no_pinning, redirect_followed, checks_before_normalising, names_only, first_address_only)
}


async def run(answers: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Everything, in one process."""
    authority = trustme.CA()
    async with World().listening() as world:
        urls = await try_urls(world)
        asked = list(world.asked)
        return {
            "urls": urls,
            "asked": asked,
            "answers": await try_answers(world, answers),
            "rebinding": await try_rebinding(world),
            "redirects": await try_redirects(world),
            "certificates": await try_certificates(world, authority),
            "canary_hits": world.canary_hits,
            "other_hits": world.other_hits,
            "bodies_untrusted": world.bodies_untrusted,
            "allowed": await try_allowed(world, authority),
        }


def main() -> None:
    answers: Sequence[Sequence[str]] = FORBIDDEN_ANSWERS
    if sys.argv[1:]:
        BUGS[sys.argv[1]]()
        answers = ((CANARY,), ("::ffff:127.0.0.1",))
    json.dump(asyncio.run(run(answers)), sys.stdout)


if __name__ == "__main__":
    main()
