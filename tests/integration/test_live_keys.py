"""Tenants and keys are changed by commands while the server runs, and no push is lost over it."""

from __future__ import annotations

import json
import threading

import pytest
from live_scenes import SECRET, ask, connect, push, query, seed, send, session, stored, until, webhook_headers
from live_server import LiveServer

FIRST, SECOND = "acme-secret-number-one", "acme-secret-number-two"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("keys")
    seed(directory, {})
    running = LiveServer(directory, SECRET, projector="off")
    yield running
    running.kill()


def succeeds(server, *arguments, stdin=b""):
    done = server.run(*arguments, stdin=stdin)
    assert (0, b"") == (done.returncode, b"" if done.returncode == 0 else done.stderr)
    return done


class Traffic:
    """Steady pushes of one tenant on one connection, each a session of its own, until told to stop."""

    def __init__(self, server, tenant, secret):
        self.secret = secret
        self.answers = []
        self._server = server
        self._tenant = tenant
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._push_on)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def _push_on(self):
        connection = connect(self._server)
        try:
            while not self._is_over.wait(0.005):
                body = session(1_000_000 + len(self.answers))
                target = f"/push/{self._tenant}?{query(body, secret=self.secret)}"
                self.answers.append(ask(connection, "POST", target, body))
        finally:
            connection.close()


def test_a_tenant_and_its_keys_come_change_and_go_under_traffic_without_one_refusal(server):
    assert 404 == push(server, session(1), tenant="acme", secret=FIRST).status
    succeeds(server, "tenants", "add", "acme")
    until(lambda: push(server, session(1), tenant="acme", secret=FIRST).status == 401, "the new tenant")
    succeeds(server, "keys", "add", "acme", "--id", "first", stdin=FIRST.encode())
    until(lambda: push(server, session(1), tenant="acme", secret=FIRST).is_taken, "the first key")

    with Traffic(server, "acme", FIRST) as traffic:
        until(lambda: traffic.answers)
        succeeds(server, "keys", "add", "acme", "--id", "second", "--overlap", "1h", stdin=SECOND.encode())
        until(lambda: push(server, session(2), tenant="acme", secret=SECOND).is_taken, "the second key")
        assert push(server, session(3), tenant="acme", secret=FIRST).is_taken
        traffic.secret = SECOND
        seen = len(traffic.answers)
        until(lambda: len(traffic.answers) > seen + 1)
        succeeds(server, "keys", "retire", "acme", "first")
        until(lambda: push(server, session(4), tenant="acme", secret=FIRST).status == 401, "the first key's end")
        seen = len(traffic.answers)
        until(lambda: len(traffic.answers) > seen)

    assert [] == [answer for answer in traffic.answers if not answer.is_taken]
    assert {"first", "second"} == {row.key_id for row in stored(server) if row.tenant == "acme"}


def test_a_generated_key_works_as_it_was_shown(server):
    succeeds(server, "tenants", "add", "fresh")
    made = json.loads(succeeds(server, "keys", "add", "fresh", "--generate", "--json").stdout)

    until(lambda: push(server, session(1), tenant="fresh", secret=made["secret"]).is_taken, "the generated key")


def test_the_signature_mode_of_a_tenant_is_changed_while_it_pushes(server):
    secret = "changing-secret-of-ours"
    succeeds(server, "tenants", "add", "changing", "--signature-mode", "legacy")
    succeeds(server, "keys", "add", "changing", stdin=secret.encode())
    until(lambda: push(server, session(1), tenant="changing", secret=secret).is_taken, "the key")
    succeeds(server, "tenants", "set", "changing", "--signature-mode", "hmac_only")

    until(lambda: push(server, session(1), tenant="changing", secret=secret).status == 401, "the new mode")
    body = session(2)
    assert send(server, "POST", "/push/changing", body, webhook_headers(body, secret.encode())).is_taken


def test_the_secret_of_the_environment_stays_in_force_beside_keys_of_the_store(server):
    secret = "another-secret-for-default"
    succeeds(server, "keys", "add", "default", stdin=secret.encode())

    until(lambda: push(server, session(1), secret=secret).is_taken, "the key in the store")
    assert push(server, session(2)).is_taken
