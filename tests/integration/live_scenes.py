"""A sender's view of a live `afterchat serve`, for the tests `test_live_*` beside this file.

Signatures are computed here from the published recipe and not by the program's own code.
Outcomes are waited for by looking again (`until`); no test measures how long they take.
No test and no promise belongs here.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import http.client
import json
import time
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

from afterchat.contract.codec import encode
from afterchat.contract.record import blank_record
from afterchat.store.open import open_store
from afterchat.store.ports import Key, Token

SECRET = "DD0F1F5A3AD04EF49A06547C253F9357"
SESSION_END = "DATA_ONLINE_SESSION_END"
READER = "act_reader-of-every-tenant"
PATIENCE_SECONDS = 30


class Answer(NamedTuple):
    """What a sender is told."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self):
        return json.loads(self.body)["code"]

    @property
    def is_taken(self):
        return (self.status, self.body) == (200, b"{}")


def now():
    return int(time.time())


def session(session_id, **values):
    """A record's body, as the platform would send it."""
    return encode(blank_record(**{"id": session_id, "s_type": "0", "end_time": 1_769_000_000_000, **values}))


def checksum(body, secret=SECRET, at=None):
    md5 = hashlib.md5(body).hexdigest()
    return hashlib.sha1(f"{secret}{md5}{now() if at is None else at}".encode()).hexdigest()


def query(body, secret=SECRET, at=None, event_type=SESSION_END):
    at = now() if at is None else at
    named = f"eventType={event_type}&" if event_type else ""
    return f"{named}time={at}&checksum={checksum(body, secret, at)}"


def webhook_headers(body, key, message_id="msg_1", at=None):
    """The three headers of Standard Webhooks; `key` is the raw key."""
    at = now() if at is None else at
    digest = hmac.new(key, f"{message_id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": f"v1,{signature}"}


def connect(server):
    return http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=PATIENCE_SECONDS)


def ask(connection, method, target, body=b"", headers=None, **how):
    """One exchange on an open connection."""
    connection.request(method, target, body, headers or {}, **how)
    answer = connection.getresponse()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())


def send(server, method, target, body=b"", headers=None, **how):
    """One exchange on a connection of its own."""
    connection = connect(server)
    try:
        return ask(connection, method, target, body, headers, **how)
    finally:
        connection.close()


def push(server, body, *, tenant="", headers=None, **signed):
    """One push, signed with the checksum."""
    path = f"/push/{tenant}" if tenant else "/push"
    return send(server, "POST", f"{path}?{query(body, **signed)}", body, headers)


def read(server, target, token=READER):
    """(status, document) of the API."""
    answer = send(server, "GET", target, headers={"authorization": f"Bearer {token}"})
    return answer.status, json.loads(answer.body)


def detail(server, session_id, tenant="default"):
    """One session as the API shows it, or None while there is none."""
    status, document = read(server, f"/v1/sessions/{session_id}?tenant={tenant}")
    return document if status == 200 else None


def metrics(server):
    """Name, or name{label value}, to value."""
    text = send(server, "GET", "/metrics").body.decode()
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def until(look, what="the outcome"):
    """The first true value that `look` gives."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} did not come within {PATIENCE_SECONDS} s")


def seed(directory, tenants):
    """Prepare the store of a server that starts later in `directory`: tenants with their keys, and READER.

    `tenants` is name -> (signature mode, secrets).
    """

    async def write():
        store = await open_store(f"sqlite:///{Path(directory) / 'store'}", frozenset({"registry"}))
        try:
            for name, (mode, secrets) in tenants.items():
                await store.registry.put_tenant(name, mode, 0)
                for number, secret in enumerate(secrets):
                    await store.registry.put_key(name, Key(f"{name}-{number}", secret.encode(), 0, None))
            await store.registry.add_token(Token("reader", None, None), sha256(READER.encode()).digest(), 0)
        finally:
            await store.close()

    asyncio.run(write())


def stored(server):
    """Every row of the inbox, in order of arrival, read beside the server or without it."""

    async def look():
        store = await open_store(f"sqlite:///{server.store}", frozenset())
        try:
            return await store.inbox.read_after(0, 100_000)
        finally:
            await store.close()

    return asyncio.run(look())
