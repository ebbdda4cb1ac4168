"""One session in a store in memory, and its page as a reader of any role gets it, without the checks at the door."""

from __future__ import annotations

import asyncio
import html
import re
from hashlib import sha256
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from afterchat.access.identity import Identity
from afterchat.access.roles import ROLES
from afterchat.clock import SystemClock
from afterchat.columns.table import ColumnTable
from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.dashboard.built import Built
from afterchat.dashboard.delivery_orders import DeliveryOrders, Sending
from afterchat.dashboard.routes import PAGE_WORDS
from afterchat.dashboard.shell import Shell, View
from afterchat.dashboard.visit import Visit
from afterchat.projector.loop import project_once
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Arrival

NOW = 1_769_826_600_000
NO_ORDERS: DeliveryOrders = SimpleNamespace()
SHELL = Shell(Built.load(), PAGE_WORDS)


def visit_of(role: str = "operator", *, language: str = "en", tenant: str | None = None, **more: Any) -> Visit:
    """A visit of somebody in that role; `more` are the other attributes of Visit."""
    identity = Identity("u1", "wang", role, ROLES[role].rights, tenant, "token")
    view = View(language, zone=ZoneInfo("Asia/Shanghai"), page="sessions")
    return Visit(**{"sources": SimpleNamespace(shell=SHELL), "view": view, "identity": identity, "path": "/", **more})


class SessionHouse:
    """Sessions that were pushed, and the way to their pages."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self.store = self.runner.run(open_store("sqlite://", WRITABLE))
        self.columns = ColumnTable(None)
        self.has_sender = False

    def close(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()

    def push(self, *bodies: bytes, tenant: str = "acme", is_in_columns: bool = True) -> None:
        """Take these bodies a second apart, and read them."""
        arrivals = [
            Arrival(tenant, SESSION_END_DATA, NOW // 1000 + number, NOW, "key", "checksum", sha256(body).digest(), body)
            for number, body in enumerate(bodies)
        ]

        async def take() -> None:
            store = self.store
            await store.inbox.append_all(arrivals)
            while await project_once(store.inbox, store.records, SystemClock(), batch_rows=100) is not None:
                pass
            if is_in_columns:
                await self.columns.follow(store.records)

        self.runner.run(take())

    def answer(self, session_id: object, role: str = "operator", **more: Any) -> Any:
        """What the page's function answers."""
        from afterchat.dashboard.pages.session import show_session

        store = self.store
        sources = SimpleNamespace(
            shell=SHELL,
            reading=SimpleNamespace(
                records=store.records, inbox=store.inbox, columns=self.columns.snapshot, clock=SystemClock()
            ),
            sending=Sending(lambda: self.has_sender, store.endpoints, store.outbox, NO_ORDERS),
        )
        visit = visit_of(role, sources=sources, values={"id": str(session_id)}, **more)
        return self.runner.run(show_session(visit))

    def page(self, session_id: object, role: str = "operator", **more: Any) -> str:
        """The page itself."""
        answer = self.answer(session_id, role, **more)
        view = visit_of(role, language=more.get("language", "en")).view
        return SHELL.render(answer.template, view, **answer.values).decode()


def body_of(session_id: int, **values: Any) -> bytes:
    """What is pushed for a session that lasted ten minutes."""
    started = NOW - 600_000
    return encode(blank_record(**{"id": session_id, "s_type": "0", "start_time": started, "end_time": NOW, **values}))


def words_in(page: str) -> str:
    """What a reader reads: without tags, as one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))
