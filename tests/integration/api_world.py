"""A store in memory with two tenants' tokens, the API over it, and a way to ask it."""

from __future__ import annotations

import asyncio
import json
from hashlib import sha256
from typing import NamedTuple

from afterchat.clock import SystemClock
from afterchat.columns.table import ColumnTable
from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.projector.loop import project_once
from afterchat.store.open import open_store
from afterchat.store.ports import Arrival, Token
from afterchat.web.answers import Health
from afterchat.web.app import build_app
from afterchat.web.export_desk import ExportDesk
from afterchat.web.front_app import OWN_PATHS, FrontSources, build_front
from afterchat.web.sources import Sources
from afterchat.web.status import ServerStatus
from asgi_calls import call

NOW = 1_769_826_600_000
STATUS = ServerStatus("1.2.3", "the-nonce", NOW)
WRITES = frozenset({"inbox", "records", "registry"})
TOKENS = {
    "alpha": (Token("alpha-token", "alpha", None), "alpha-secret"),
    "beta": (Token("beta-token", "beta", None), "beta-secret"),
    "operator": (Token("operator-token", None, None), "operator-secret"),
    "expired": (Token("expired-token", None, NOW), "expired-secret"),
}
READERS = {
    "nobody": None,
    "stranger": "stranger-secret",
    **{name: secret for name, (_, secret) in TOKENS.items()},
}


class Answer(NamedTuple):
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def json(self):
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        return next((value.decode() for key, value in self.headers if key == name.encode()), None)


class World:
    """A store in memory, its two applications, and a way to ask whichever answers a path."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.store = self.runner.run(open_store("sqlite://", WRITES))
        self.tokens = [(token, sha256(secret.encode()).digest()) for token, secret in TOKENS.values()]
        self.status = STATUS
        self.export_of_alpha = ""
        self.table = ColumnTable(None)
        self.sources = Sources(
            self.store.records,
            self.store.inbox,
            self.store.quarantine,
            lambda: self.tokens,
            SystemClock(),
            self.table.snapshot,
            ExportDesk(),
            Health("ok", STATUS.nonce, STATUS.version),
            self.store.people.write_note,
        )
        self.app = build_app(self.sources, is_metrics_open=False)
        self.front = build_front(
            FrontSources(self.store.records, self.store.inbox, lambda: self.tokens, lambda: self.status, SystemClock()),
            is_metrics_open=False,
        )

    def close(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    def take(
        self, tenant: str, body: bytes, *, event_type: str = SESSION_END_DATA, signed_at: int = NOW // 1000
    ) -> None:
        arrival = Arrival(tenant, event_type, signed_at, NOW, "key", "checksum", sha256(body).digest(), body)
        self.runner.run(self.store.inbox.append_all([arrival]))

    def project(self) -> None:
        async def catch_up() -> None:
            while await project_once(self.store.inbox, self.store.records, SystemClock(), batch_rows=100) is not None:
                pass
            await self.table.follow(self.store.records)

        self.runner.run(catch_up())

    def ask(self, target: str, reader: str = "operator", *, method: str = "GET", **headers: str) -> Answer:
        target = target.replace("EXPORT_OF_ALPHA", self.export_of_alpha)
        secret = READERS[reader]
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        if secret is not None:
            sent.append((b"authorization", f"Bearer {secret}".encode()))
        app = self.front if target.partition("?")[0] in OWN_PATHS else self.app
        return Answer(*self.runner.run(call(app, method, target, sent)))


def session_body(session_id: int, **values) -> bytes:
    return encode(blank_record(**{"id": session_id, "s_type": "0", **values}))
