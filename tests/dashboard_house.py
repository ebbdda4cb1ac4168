"""The whole dashboard over a store in memory, asked in process as a browser would ask: cookies, origin, forms.

async with dashboard_house() as house:
    await house.log_in("operator", tenant="acme")
    answer = await house.get("/deliveries")
    answer = await house.post("/deliveries/1/redeliver", {"field": "x"})
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from access_house import PASSWORD, QUICK
from afterchat.access.accounts import Accounts
from afterchat.access.gate import Gate
from afterchat.access.identity import LoggedIn
from afterchat.access.passwords import Passwords
from afterchat.columns.table import ColumnTable
from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.dashboard.app import build_dashboard
from afterchat.dashboard.built import Built
from afterchat.dashboard.delivery_orders import Sending
from afterchat.dashboard.routes import PAGE_WORDS
from afterchat.dashboard.shell import Shell
from afterchat.dashboard.visit import PageSources
from afterchat.projector.loop import project_once
from afterchat.server.delivery_orders import RegistryOrders
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Arrival
from afterchat.web.answers import Health
from afterchat.web.app import build_app
from afterchat.web.export_desk import ExportDesk
from afterchat.web.sources import Sources
from asgi_calls import call

__all__ = ["HOST", "NOW", "Answer", "House", "StandingClock", "dashboard_house", "ended_record"]

NOW = 1_769_826_600_000
"""2026-01-31 10:30 in China."""
HOST = "afterchat.example"


class StandingClock:
    """Stands until a test moves it."""

    def __init__(self):
        self.ms = NOW

    def now_ms(self):
        return self.ms

    def monotonic(self):
        return self.ms / 1000


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self):
        return self.body.decode()

    def header(self, name):
        return next((value for key, value in self.headers if key == name), None)

    @property
    def location(self):
        return self.header("location")


class House:
    """The dashboard and whoever looks at it; `cookie` and `csrf` are theirs."""

    def __init__(self, store, passwords, *, is_https, language):
        self.store = store
        self.clock = StandingClock()
        self.passwords = passwords
        self.table = ColumnTable(None)
        self.is_https = is_https
        self.language = language
        self.cookie = ""
        self.csrf = ""
        self.reading = Sources(
            store.records,
            store.inbox,
            store.quarantine,
            lambda: (),
            self.clock,
            self.table.snapshot,
            ExportDesk(),
            Health("ok", "nonce", "1.2.3"),
            store.people.write_note,
        )
        self.sources = self.page_sources()
        self.app = build_dashboard(self.sources, build_app(self.reading, is_metrics_open=True))

    def page_sources(self):
        built = Built.load()
        return PageSources(
            self.reading,
            self.store.registry,
            self.store.people,
            self.store.views,
            Gate(self.store.people, self.clock, self.passwords),
            self.passwords,
            Sending(
                lambda: self.store.has_sender,
                self.store.endpoints,
                self.store.outbox,
                RegistryOrders(self.store, self.clock),
            ),
            Shell(built, PAGE_WORDS),
            built,
            ZoneInfo("Asia/Shanghai"),
            self.is_https,
        )

    async def add_user(self, role, tenant=None, name=None):
        """A user with the password of `access_house`."""
        name = name or f"{role}-{tenant or 'all'}"
        accounts = Accounts(self.store.people, self.clock, self.passwords)
        return await accounts.add(name, role, tenant, PASSWORD)

    async def log_in(self, role, tenant=None, name=None):
        """Make a user of that role, and look as they do."""
        user = await self.add_user(role, tenant, name)
        await self.look_as(user.name)

    async def look_as(self, name):
        """Look as a user who is there."""
        outcome = await self.sources.gate.login(name, PASSWORD, "127.0.0.1")
        assert isinstance(outcome, LoggedIn)
        self.cookie, self.csrf = outcome.cookie, outcome.identity.csrf_token

    async def take(self, *records, tenant="default"):
        """Records arrive, are projected, and stand in the columns."""
        await self.take_body(*(encode(record) for record in records), tenant=tenant)

    async def take_body(self, *bodies, tenant="default"):
        """The same of bodies as they come."""
        arrivals = [
            Arrival(tenant, SESSION_END_DATA, NOW // 1000, NOW, "key", "checksum", sha256(body).digest(), body)
            for body in bodies
        ]
        await self.store.inbox.append_all(arrivals)
        while await project_once(self.store.inbox, self.store.records, self.clock, batch_rows=100) is not None:
            pass
        await self.table.follow(self.store.records)

    async def get(self, target, **headers):
        """A page."""
        return await self.ask("GET", target, **headers)

    async def post(self, target, fields=None, *, csrf=None, **headers):
        """A form, with the token and the origin that a browser sends."""
        token = self.csrf if csrf is None else csrf
        form = {**({"csrf": token} if token else {}), **(fields or {})}
        scheme = "https" if self.is_https else "http"
        sent = {"origin": f"{scheme}://{HOST}", "content-type": "application/x-www-form-urlencoded", **headers}
        return await self.ask("POST", target, urlencode(form).encode(), **sent)

    async def ask(self, method, target, body=b"", **headers):
        """Any request; header names with _ for -; a value of None leaves that header out."""
        name = "__Host-afterchat" if self.is_https else "afterchat"
        sent = {"host": HOST, "accept-language": self.language, "cookie": f"{name}={self.cookie}", **headers}
        pairs = [(key.replace("_", "-").encode(), value.encode()) for key, value in sent.items() if value is not None]
        reply = await call(self.app, method, target, pairs, body, peer="10.1.2.3")
        shown = tuple((key.decode(), value.decode()) for key, value in reply.headers)
        return Answer(reply.status, shown, reply.body)


@asynccontextmanager
async def dashboard_house(*, is_https=False, language="en"):
    """A house with an empty store, closed in the end."""
    passwords = Passwords(QUICK)
    store = await open_store("sqlite://", WRITABLE)
    try:
        yield House(store, passwords, is_https=is_https, language=language)
    finally:
        await store.close()
        passwords.close()


def ended_record(session_id, **values):
    """A session for a person that was received and ended an hour ago."""
    usual = {
        "id": session_id,
        "s_type": "0",
        "interaction": 0,
        "end_time": NOW - 3_600_000,
        "start_time": NOW - 4_000_000,
        "staff_id": 7,
        "staff_name": "李思远",
        "from_group_id": 3,
        "from_group": "售后服务组",
    }
    return blank_record(**{**usual, **values})
