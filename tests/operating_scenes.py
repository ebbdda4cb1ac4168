"""The sending end's API with its operations over the store of `outbox_scenes`, asked in process; nothing is sent.

Readers are named by scope and tenant: `operate-acme` may operate for acme, `operate-all` for every tenant.
"""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from types import SimpleNamespace
from typing import NamedTuple

from afterchat.errors import StoreUnavailableError
from afterchat.sender.addresses import AddressRules
from afterchat.sender.transport import Answer as Reply
from afterchat.server.operations import OperatingLimits, SenderOperations
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Token
from afterchat.web.sending_app import build_sending_app
from afterchat.web.sending_status import SendingStatus
from asgi_calls import call
from outbox_scenes import NOW, fill

__all__ = ["ACME", "DEFAULT", "LATER", "NEW", "TOKENS", "URL", "Answer", "World"]

ACME, DEFAULT = 1, 2
"""Ids of the endpoints of these tenants."""
LATER = NOW + 10_000
URL = "https://new.example.com/push"
NEW = {"name": "erp", "url": URL}
TOKENS = {
    f"{scope}-{tenant or 'all'}": Token(f"{scope}-{tenant or 'all'}", tenant, None, scope)
    for scope in ("read", "send", "operate")
    for tenant in ("acme", "default", None)
} | {"expired": Token("expired", None, NOW, "operate")}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Wire:
    """Takes every push; what was sent stands in `sent`."""

    def __init__(self):
        self.sent = []
        self.reply = Reply(200, {}, b"{}", is_cut=False)

    async def send(self, request, seconds_max):
        self.sent.append((request, seconds_max))
        await asyncio.sleep(0)
        return self.reply


class SenderDouble:
    """Notes what it is told; `is_away` makes it unable to look."""

    def __init__(self):
        self.looks = 0
        self.woken = []
        self.is_away = False
        self.relay = SimpleNamespace(wake=self.woken.extend)

    async def look(self):
        if self.is_away:
            raise StoreUnavailableError("planted")
        self.looks += 1


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = LATER

    def now_ms(self):
        return self.now

    def monotonic(self):
        return self.now / 1000


class World:
    """A filled store in memory, the application over it, and a way to ask it."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self.store = self.runner.run(open_store("sqlite://", WRITABLE))
        self.runner.run(fill(self.store))
        self.sender, self.wire, self.clock = SenderDouble(), Wire(), Clock()
        limits = OperatingLimits(AddressRules(), 16, 7.0)
        self.operations = SenderOperations(self.store, self.sender, self.wire, self.clock, limits)
        hashes = [(token, sha256(name.encode()).digest()) for name, token in TOKENS.items()]
        self.app = build_sending_app(
            journal=self.store.journal,
            outbox=self.store.outbox,
            endpoints=self.store.endpoints,
            tokens=lambda: hashes,
            status=lambda: SendingStatus("1.2.3", "the-nonce", NOW),
            clock=self.clock,
            operations=self.operations,
            write_note=self.store.people.write_note,
            is_metrics_open=False,
        )

    def close(self):
        self.runner.run(self.store.close())
        self.runner.close()

    def run(self, work):
        return self.runner.run(work)

    def endpoint(self, endpoint_id):
        """As the store holds it, or None."""
        known = self.run(self.store.endpoints.endpoints(None))
        return next((one for one in known if one.id == endpoint_id), None)

    def everything(self):
        """All that the API can change."""
        from afterchat.store.sending import EntryQuery

        return self.run(self.store.endpoints.endpoints(None)), self.run(self.store.outbox.entries(EntryQuery(), 100))

    def ask(self, method, target, document=None, reader="operate-all", *, body=None, language="en"):
        """The answer to one request; `document` is sent as JSON, `body` as it is."""
        sent = body if body is not None else b"" if document is None else json.dumps(document).encode()
        headers = [(b"accept-language", language.encode())]
        if reader is not None:
            headers.append((b"authorization", f"Bearer {reader}".encode()))
        reply = self.run(call(self.app, method, target, headers, sent))
        return Answer(reply.status, {name.decode(): value.decode() for name, value in reply.headers}, reply.body)
