"""A live dashboard for browsers: a real `afterchat serve`, filled through its receiver, with users who are logged in.

    tenant    what is in it                                         users
    default   made-up sessions of the last days                     operator
    acme      the sending end of `outbox_scenes`                    sender
    hostile   sessions, refused pushes and an endpoint of `payloads`   victim
    (all)                                                           admin

Cookies are made beside the server, because proving a password takes long on purpose; the login has a test of its own.
What does not belong here: browsers (`browsing`), promises (the tests).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import NamedTuple

from access_house import PASSWORD, QUICK
from afterchat.access.accounts import Accounts
from afterchat.access.gate import Gate
from afterchat.access.identity import LoggedIn
from afterchat.access.passwords import Passwords
from afterchat.clock import SystemClock
from afterchat.contract.codec import encode
from afterchat.store.open import WRITABLE, Store
from afterchat.store.ports import Key, Token
from browser.made_up_sessions import made_up_sessions
from browser.payloads import hostile_bodies, hostile_endpoint, hostile_refusals
from integration.live_scenes import ask, connect, query, send, until
from integration.live_server import LiveServer
from outbox_scenes import CRM, fill, in_store

__all__ = ["PASSWORD", "SECRET", "USERS", "Site"]

SECRET = "live-dashboard-secret-of-tests"
SESSIONS = 240
SEED = 11
USERS = {
    "operator": ("operator", "default"),
    "sender": ("operator", "acme"),
    "victim": ("admin", "hostile"),
    "admin": ("admin", None),
    "newcomer": ("analyst", "default"),
}
"""Name -> role and tenant; nobody is logged in as the newcomer yet."""


class Site(NamedTuple):
    """The server, and the session cookie of each user."""

    server: LiveServer
    cookies: dict[str, str]

    @classmethod
    def start(cls, folder: Path) -> Site:
        """Fill a store in that folder and serve it; returns once every push can be seen on a page."""
        cookies = in_store(f"sqlite:///{folder / 'store'}", _prepare, *WRITABLE)
        site = cls(LiveServer(folder, SECRET, dashboard_zone="Asia/Shanghai"), cookies)
        records = made_up_sessions(SESSIONS, SystemClock().now_ms(), Random(SEED))
        site.push(encode(record) for record in records)
        bodies = hostile_bodies(SystemClock().now_ms())
        site.push(bodies, tenant="hostile")
        for event_type, body, is_signed in hostile_refusals():
            signed = query(body, SECRET if is_signed else "not-the-secret", event_type=event_type)
            send(site.server, "POST", f"/push/hostile?{signed}", body)
        site.wait_for("operator", records[-1].id)
        site.wait_for("victim", json.loads(bodies[-1])["id"])
        return site

    def push(self, bodies: Iterable[bytes], tenant: str = "default") -> None:
        """Push to the receiver, one after the other; each is taken."""
        connection = connect(self.server)
        try:
            for body in bodies:
                answer = ask(connection, "POST", f"/push/{tenant}?{query(body, SECRET)}", body)
                assert answer.is_taken, answer
        finally:
            connection.close()

    def wait_for(self, user: str, session_id: int) -> None:
        """Until that user's list shows the session."""
        until(lambda: f">{session_id}</code>" in self.page(user, "/sessions"), f"session {session_id} on the list")

    def page(self, user: str, target: str) -> str:
        """A page as text; nothing of a page where the answer is none."""
        answer = send(self.server, "GET", target, headers={"cookie": f"afterchat={self.cookies[user]}"})
        return answer.body.decode() if answer.status == 200 else ""

    def stop(self) -> None:
        """End the server and what it started."""
        self.server.kill()


async def _prepare(store: Store) -> dict[str, str]:
    """Tenants, their keys, users with a session, tokens, the sending end; the cookies."""
    now = SystemClock().now_ms()
    await fill(store)
    await store.registry.put_tenant("hostile", "both", now)
    for tenant in ("default", "hostile"):
        await store.registry.put_key(tenant, Key(f"key-{tenant}", SECRET.encode(), 0, None))
    await store.registry.add_token(Token("reader", None, None), sha256(b"reader").digest(), now)
    await hostile_endpoint(store, CRM, now)
    passwords = Passwords(QUICK)
    try:
        accounts = Accounts(store.people, SystemClock(), passwords)
        gate = Gate(store.people, SystemClock(), passwords)
        return {name: await _logged_in(accounts, gate, name) for name in USERS}
    finally:
        passwords.close()


async def _logged_in(accounts: Accounts, gate: Gate, name: str) -> str:
    role, tenant = USERS[name]
    await accounts.add(name, role, tenant, PASSWORD)
    outcome = await gate.login(name, PASSWORD, "127.0.0.1")
    assert isinstance(outcome, LoggedIn)
    return outcome.cookie
