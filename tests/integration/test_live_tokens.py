"""Tokens of the reading side on a live server: made and ended by commands, and each a wall around its tenant."""

from __future__ import annotations

import json

import pytest
from live_scenes import READER, SECRET, detail, push, read, seed, send, session, until
from live_server import LiveServer

ACME, OTHER = "acme-secret-number-one", "other-secret-number-one"
LISTINGS = ("/v1/sessions", "/v1/inbox", "/v1/quarantine", "/v1/unreadable", "/v1/drift")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("tokens")
    seed(directory, {"acme": ("both", (ACME,)), "other": ("both", (OTHER,))})
    running = LiveServer(directory, SECRET)
    for tenant, secret in (("acme", ACME), ("other", OTHER)):
        for body in (session(1, staff_name=f"of {tenant}"), b"not json", b'{"id":2,"sType":"0","unheard":1}'):
            assert push(running, body, tenant=tenant, secret=secret).is_taken
        push(running, session(3), tenant=tenant, secret="nobody-knows-this-one")
        until(lambda tenant=tenant: detail(running, 2, tenant), "the projector")
    until(lambda: len(read(running, "/v1/quarantine")[1]["items"]) == 2, "the quarantine")
    yield running
    running.kill()


def made(server, *arguments):
    return json.loads(server.command("tokens", "add", "--json", *arguments))


def status(server, token):
    return read(server, "/v1/sessions", token)[0]


def test_a_token_opens_its_tenant_and_nothing_else_and_ends_when_revoked_or_expired(server):
    brief = made(server, "--all-tenants", "--expires", "8s")
    until(lambda: status(server, brief["token"]) == 200, "the brief token")
    bound = made(server, "--tenant", "acme")
    until(lambda: status(server, bound["token"]) == 200, "the bound token")

    assert_is_walled(server, bound["token"])

    server.command("tokens", "revoke", bound["id"])
    until(lambda: status(server, bound["token"]) == 401, "the revocation")
    until(lambda: status(server, brief["token"]) == 401, "the expiry")
    assert 200 == status(server, READER)


def assert_is_walled(server, token):
    """Every listing shows one tenant only; the other one's things are as if they did not exist."""
    for listing in LISTINGS:
        code, document = read(server, listing, token)
        assert (200, {"acme"}) == (code, {item["tenant"] for item in document["items"]}), listing
        assert {"acme", "other"} <= {item["tenant"] for item in read(server, listing)[1]["items"]}, listing
        assert read(server, f"{listing}?tenant=other", token) == read(server, f"{listing}?tenant=nobody", token)
    assert "of acme" == read(server, "/v1/sessions/1", token)[1]["session"]["record"]["staff_name"]
    assert (404, 404) == tuple(read(server, f"/v1/sessions/1?tenant={name}", token)[0] for name in ("other", "nobody"))
    for item in read(server, "/v1/inbox?tenant=other")[1]["items"]:
        answer = send(server, "GET", f"/v1/inbox/{item['id']}/body", headers={"authorization": f"Bearer {token}"})
        missing = send(server, "GET", "/v1/inbox/999999/body", headers={"authorization": f"Bearer {token}"})
        assert (404, missing.body) == (answer.status, answer.body)


@pytest.mark.parametrize("header", ["", "Bearer ", "Bearer nobody's", "Basic YTpi", f"Bearer {READER} "[:-2]])
def test_without_a_valid_token_every_listing_is_closed_and_the_refusals_are_all_alike(server, header):
    refusals = {
        send(server, "GET", listing, headers={"authorization": header} if header else {}).body for listing in LISTINGS
    }
    statuses = {
        send(server, "GET", listing, headers={"authorization": header} if header else {}).status for listing in LISTINGS
    }

    assert ({401}, 1) == (statuses, len(refusals))


def test_a_token_in_the_query_opens_nothing(server):
    assert send(server, "GET", f"/v1/sessions?token={READER}&access_token={READER}").status in (400, 401)


def test_the_token_itself_is_nowhere_in_the_store(server):
    token = made(server, "--all-tenants")["token"]
    until(lambda: status(server, token) == 200, "the token")

    held = b"".join(path.read_bytes() for path in server.store.rglob("*") if path.is_file())
    assert token.encode() not in held
    assert token not in server.log()
