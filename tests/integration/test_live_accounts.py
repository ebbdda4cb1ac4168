"""After traffic of every kind the numbers add up to the last push (R16), and no secret is in a log (X07)."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
from collections import Counter
from urllib.parse import urlsplit

import pytest
from live_scenes import SECRET, checksum, metrics, now, push, query, seed, send, session, stored, until
from live_scenes import webhook_headers as webhook
from live_server import LiveServer

ACME, STRICT = "acme-secret-number-one", "strict-secret-number-one"
BODY_BYTES_MAX = 20_000
SENDERS, ROUNDS = 6, 5


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("accounts")
    seed(directory, {"acme": ("both", (ACME,)), "strict": ("hmac_only", (STRICT,))})
    running = LiveServer(
        directory,
        SECRET,
        body_bytes_max=str(BODY_BYTES_MAX),
        request_seconds_max="1.0",
        log_level="debug",
        quarantine_rows_per_second_max="1000",
    )
    yield running
    running.kill()


class Sender:
    """One client that does everything a client can do, and remembers what became of it."""

    def __init__(self, server, number):
        self.told = Counter()
        """How often each answer came: `taken`, or the status and code of a refusal."""
        self.begun = 0
        self.aborted = 0
        self.checksums = set()
        self._server = server
        self._number = number

    def work(self):
        for step in range(ROUNDS):
            body = session(self._number * 1000 + step, staff_name="张三")
            for method, target, sent, headers in self.requests(body):
                self.begun += 1
                answer = send(self._server, method, target, sent, headers)
                self.told["taken" if answer.is_taken else (answer.status, answer.code)] += 1
            self.abort(body, f"/push?{self.signed(body)}", is_reset=step % 2 == 0)
        self.be_slow()

    def requests(self, body):
        """Good, again, as a revision, by webhook, of another tenant, and each refusal."""
        good = f"/push?{self.signed(body)}"
        yield "POST", good, body, {}
        yield "POST", good, body, {}
        yield "POST", f"/push?{self.signed(body + b' ')}", body + b" ", {}
        yield "POST", f"/push/acme?{self.signed(body, ACME)}", body, {}
        yield "POST", "/push/strict", body, webhook(body, STRICT.encode(), f"msg_{self._number}")
        yield "POST", f"/push?{self.signed(b'nonsense')}", b"nonsense", {}
        yield "POST", f"/push?{self.signed(body, 'nobody-knows-this-one')}", body, {}
        yield "POST", f"/push?{self.signed(body, at=now() - 400)}", body, {}
        yield "POST", f"/push?{self.signed(body, at='abc')}", body, {}
        yield "POST", f"{good.replace('/push', '/push/nobody')}", body, {}
        yield "POST", f"{good}&time={now()}", body, {}
        yield "POST", good, gzip.compress(body), {"content-encoding": "gzip"}
        yield "POST", good, b"x" * (BODY_BYTES_MAX + 1), {}
        yield "GET", good, b"", {}
        yield "POST", good, body, {"x-long": "x" * 20_000}

    def signed(self, body, secret=SECRET, at=None):
        at = now() if at is None else at
        self.checksums.add(checksum(body, secret, at))
        return query(body, secret, at)

    def abort(self, body, target, *, is_reset):
        """Half a body, and the line is dead."""
        self.begun += 1
        self.aborted += 1
        with self.connected() as line:
            line.sendall(self.head(target, len(body)) + body[:10])
            until_read(self._server, self)
            if is_reset:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def be_slow(self):
        """Half a body and patience: the deadline ends it."""
        self.begun += 1
        with self.connected() as line:
            line.sendall(self.head(f"/push?{self.signed(b'slow')}", 4) + b"sl")
            received = b""
            while piece := line.recv(65536):
                received += piece
        self.told["deadline" if received.startswith(b"HTTP/1.1 408 ") else received] += 1

    def connected(self):
        host, _, port = urlsplit(self._server.url).netloc.partition(":")
        return socket.create_connection((host, int(port)), timeout=30)

    @staticmethod
    def head(target, body_bytes):
        return f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {body_bytes}\r\n\r\n".encode()


def until_read(server, sender):
    """The server has begun to read this push: it is in flight with those of the other senders."""
    until(lambda: metrics(server)["afterchat_pushes_in_flight"] >= 1, f"the push of {sender}")


def explained(seen):
    """Pushes that some counter explains."""
    names = ("afterchat_pushes_accepted_total", "afterchat_pushes_refused_total", "afterchat_pushes_aborted_total")
    return seen["afterchat_pushes_in_flight"] + sum(value for name, value in seen.items() if name.startswith(names))


def test_every_push_is_accounted_for_and_nothing_secret_was_said(server):
    senders = [Sender(server, number) for number in range(1, SENDERS + 1)]
    threads = [threading.Thread(target=sender.work) for sender in senders]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        seen = metrics(server)
        assert seen["afterchat_pushes_begun_total"] == explained(seen)
        threads[0].join(0.05)
    for thread in threads:
        thread.join()
    seen = until(lambda: (now_seen := metrics(server))["afterchat_pushes_in_flight"] == 0 and now_seen, "quiet")

    assert_as_the_senders_saw_it(seen, senders)
    assert_nothing_leaked(server, senders)


def assert_as_the_senders_saw_it(seen, senders):
    """Each counter says what the senders were told, and together they are all pushes."""
    told = sum((sender.told for sender in senders), Counter())
    rounds = SENDERS * ROUNDS
    accepted = {outcome: seen[f"afterchat_pushes_accepted_total{{{outcome}}}"] for outcome in ("new", "duplicate")}
    refused = {
        reason: seen[f"afterchat_pushes_refused_total{{{reason}}}"]
        for reason in ("checksum", "window", "tenant", "parameter", "method", "encoding", "body", "head", "deadline")
    }

    assert {"new": 4 * rounds + 1, "duplicate": 2 * rounds - 1} == accepted
    assert 6 * rounds == told["taken"]
    assert {
        "checksum": told[401, 14002],
        "window": told[401, 14003],
        "tenant": told[404, 14001],
        "parameter": told[400, 14004],
        "method": told[405, 14004],
        "encoding": told[415, 14004],
        "body": told[413, 14004],
        "head": told[431, 14004],
        "deadline": told["deadline"],
    } == refused
    assert (rounds, 2 * rounds, SENDERS) == (refused["checksum"], refused["window"], refused["deadline"])
    assert sum(sender.aborted for sender in senders) == seen["afterchat_pushes_aborted_total"]
    assert sum(sender.begun for sender in senders) == seen["afterchat_pushes_begun_total"]
    assert seen["afterchat_pushes_begun_total"] == explained(seen)
    assert seen["afterchat_commit_pushes_sum"] == sum(accepted.values())
    assert (accepted["new"], accepted["duplicate"]) == (
        seen["afterchat_inbox_pushes"],
        seen["afterchat_inbox_repeats"],
    )


def assert_nothing_leaked(server, senders):
    """Neither a secret nor the value of a checksum is in what the server wrote, but for keys in the registry."""
    push(server, session(1), secret="nobody-knows-this-one")
    until(lambda: metrics(server)["afterchat_quarantine_pushes"] > 0, "the quarantine")
    assert 0 == server.stop()
    checksums = set().union(*(sender.checksums for sender in senders))
    assert len(checksums) > SENDERS * ROUNDS
    canaries = [value.encode() for value in (SECRET, ACME, STRICT, "nobody-knows-this-one", *sorted(checksums))]
    written = {"log": server.log().encode()}
    written |= {
        path.name: path.read_bytes()
        for path in server.store.rglob("*")
        if path.is_file() and path.name != "registry.db"
    }

    assert {"inbox.db", "records.db"} < written.keys()
    assert b"afterchat listens" in written["log"]
    assert [] == [(name, canary) for name, held in written.items() for canary in canaries if canary in held]
    assert ACME.encode() in (server.store / "registry.db").read_bytes()
    assert len(stored(server)) == 4 * SENDERS * ROUNDS + 1
