"""What the tests of the commands share: calling them in this process, a receiver, a store with something in it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from click.testing import CliRunner, Result

from afterchat.cli import root
from afterchat.clock import SystemClock
from afterchat.contract.codec import encode
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import SessionRecord, blank_record
from afterchat.projector.loop import project_once
from afterchat.store.ports import Arrival, Quarantining


@dataclass
class Call:
    """What one command did."""

    code: int
    out: str
    err: str
    raw: bytes

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[Any]:
        """The NDJSON on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


class Afterchat:
    """Calls commands in this process; `environment` is all the environment they see."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.environment = {"LANG": "C.UTF-8"}
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: object, stdin: bytes | str = b"", **environment: str) -> Call:
        with self._monkeypatch.context() as patched:
            for name in _LANGUAGE_VARIABLES:
                patched.delenv(name, raising=False)
            result: Result = CliRunner().invoke(
                root,
                [str(argument) for argument in arguments],
                input=stdin,
                env={**self.environment, **environment},
                prog_name="afterchat",
            )
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Call(result.exit_code, result.stdout, result.stderr, result.stdout_bytes)


_LANGUAGE_VARIABLES = ("AFTERCHAT_LANGUAGE", "AFTERCHAT_SECRET", "LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS")


@pytest.fixture
def afterchat(monkeypatch: pytest.MonkeyPatch) -> Afterchat:
    return Afterchat(monkeypatch)


@dataclass
class Taken:
    """One request that the receiver saw."""

    parameters: dict[str, list[str]]
    content_type: str
    body: bytes
    peer: tuple[str, int]


@dataclass
class Receiver:
    """Answers `answers` in turn, the last one for ever: (status, headers, body)."""

    url: str = ""
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {}, b"{}")])
    taken: list[Taken] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with state.lock:
                parameters = parse_qs(urlsplit(self.path).query)
                state.taken.append(Taken(parameters, self.headers["content-type"], body, self.client_address))
                status, headers, answer = state.answers[0] if len(state.answers) == 1 else state.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}/push"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


NOW_MS = 1_760_000_000_000


@pytest.fixture
def store_url(tmp_path: Path) -> str:
    """A store that does not exist yet."""
    return f"sqlite:///{tmp_path / 'data'}"


@pytest.fixture
def stocked(store_url: str) -> str:
    """Three sessions of two tenants, one of them revised, one push nobody can read, two refused pushes."""
    asyncio.run(_stock(store_url))
    return store_url


async def _stock(url: str) -> None:
    from afterchat.store.open import open_store

    def arrival(tenant: str, body: bytes, signed_at: int) -> Arrival:
        return Arrival(
            tenant, SESSION_END_DATA, signed_at, signed_at * 1000, "key_1", "checksum", sha256(body).digest(), body
        )

    def refused(reason: str, cause: str, body: bytes, *, authentic: bool) -> Quarantining:
        digest = sha256(body).digest()
        return Quarantining("default", NOW_MS, reason, cause, "time=1", "", 1_760_000_000, authentic, digest, body)

    store = await open_store(url, frozenset({"inbox", "records", "registry"}))
    try:
        await store.registry.put_tenant("acme", "both", NOW_MS)
        first = session(1, staff_name="小红", end_time=NOW_MS, evaluation_type=5, evaluation=100)
        bodies = [
            arrival("default", encode(first), 1_760_000_001),
            arrival("default", encode(session(2, remarks="=1+1\x1b[31m", end_time=NOW_MS + 1)), 1_760_000_002),
            arrival("acme", encode(session(3, close_reason=77, end_time=NOW_MS + 2)), 1_760_000_003),
            arrival("default", encode(msgspec.structs.replace(first, evaluation=1)), 1_760_000_004),
            arrival("default", b"\xffnot json", 1_760_000_005),
        ]
        await store.inbox.append_all(bodies)
        await store.quarantine.put_all(
            [
                refused("checksum", "gbk", b'{"id":8}', authentic=False),
                refused("window", "outside_window", encode(session(9)), authentic=True),
            ]
        )
        while await project_once(store.inbox, store.records, SystemClock(), batch_rows=100) is not None:
            pass
    finally:
        await store.close()


def session(session_id: int, **values: Any) -> SessionRecord:
    """A record with little in it."""
    return blank_record(id=session_id, s_type="0", interaction=0, **values)
