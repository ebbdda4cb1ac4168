"""Who may change what: every changing route with every scope, at an endpoint of one's own, another's, and none."""

from __future__ import annotations

import pytest

from afterchat.web.auth import Access
from afterchat.web.operating_routes import OPERATING_ROUTES
from afterchat.web.sending_app import SENDING_ROUTES
from operating_scenes import ACME, DEFAULT, NEW, TOKENS, World

MISSING = 77
ENTRY_OF = {ACME: 2, DEFAULT: 5, MISSING: 77}


def asked(name, endpoint_id):
    """(target, document) of a request to the route of this name about that endpoint."""
    at = f"/v1/endpoints/{endpoint_id}"
    return {
        "create_endpoint": (
            "/v1/endpoints",
            {**NEW, "tenant": {ACME: "acme", DEFAULT: "default"}.get(endpoint_id, "no")},
        ),
        "change_endpoint": (at, {"name": "renamed"}),
        "delete_endpoint": (f"{at}?force=yes", None),
        "pause_endpoint": (f"{at}/pause", None),
        "resume_endpoint": (f"{at}/resume", None),
        "test_endpoint": (f"{at}/test", None),
        "add_endpoint_key": (f"{at}/keys", {"overlap_seconds": 0}),
        "redeliver": ("/v1/outbox/redeliver", {"entry_ids": [str(ENTRY_OF[endpoint_id])]}),
    }[name]


METHOD_OF = {route.name: route.method for route in OPERATING_ROUTES}
OWN = {"create_endpoint": 201, "delete_endpoint": 204, "add_endpoint_key": 201}
"""Statuses of success that are not 200."""


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def ask(world, name, endpoint_id, reader):
    return world.ask(METHOD_OF[name], *asked(name, endpoint_id), reader)


def test_every_route_that_changes_something_is_one_for_tokens_that_operate():
    changing = {route.name for route in SENDING_ROUTES if route.method != "GET"}

    assert changing == {route.name for route in SENDING_ROUTES if route.access is Access.CHANGER} == set(METHOD_OF)


@pytest.mark.parametrize("name", METHOD_OF)
@pytest.mark.parametrize("endpoint_id", [ACME, DEFAULT, MISSING])
@pytest.mark.parametrize("reader", [name for name in TOKENS if not name.startswith(("operate", "expired"))])
def test_a_token_that_reads_or_sends_changes_nothing_whosever_it_is(world, name, endpoint_id, reader):
    before = world.everything()
    answer = ask(world, name, endpoint_id, reader)

    assert (403, "change", before) == (answer.status, answer.json["code"], world.everything())
    assert [] == world.wire.sent


@pytest.mark.parametrize("name", METHOD_OF)
@pytest.mark.parametrize("reader", [None, "stranger", "expired", ""])
def test_without_a_token_that_is_good_nothing_is_changed(world, name, reader):
    before = world.everything()

    assert (401, before, []) == (ask(world, name, ACME, reader).status, world.everything(), world.wire.sent)


@pytest.mark.parametrize("name", METHOD_OF)
@pytest.mark.parametrize(("reader", "endpoint_id"), [("operate-acme", DEFAULT), ("operate-default", ACME)])
def test_what_is_another_tenants_is_missing_exactly_like_what_does_not_exist(world, name, reader, endpoint_id):
    before = world.everything()
    foreign, missing = ask(world, name, endpoint_id, reader), ask(world, name, MISSING, reader)

    assert (404, missing) == (foreign.status, foreign)
    assert (before, []) == (world.everything(), world.wire.sent)


@pytest.mark.parametrize("name", METHOD_OF)
@pytest.mark.parametrize(
    ("reader", "endpoint_id"), [("operate-acme", ACME), ("operate-default", DEFAULT), ("operate-all", DEFAULT)]
)
def test_whoever_operates_may_do_it_to_what_is_theirs(world, name, reader, endpoint_id):
    assert OWN.get(name, 200) == ask(world, name, endpoint_id, reader).status


@pytest.mark.parametrize("name", METHOD_OF)
def test_what_does_not_exist_is_missing_for_a_token_of_all_tenants_too(world, name):
    assert 404 == ask(world, name, MISSING, "operate-all").status


@pytest.mark.parametrize("name", sorted(set(METHOD_OF) - {"create_endpoint", "redeliver"}))
@pytest.mark.parametrize("endpoint_id", ["01", "x", "-1", "0", "9223372036854775808", "9" * 40])
def test_an_id_that_is_none_is_missing(world, name, endpoint_id):
    target, document = asked(name, MISSING)

    assert 404 == world.ask(METHOD_OF[name], target.replace(str(MISSING), endpoint_id), document).status


@pytest.mark.parametrize(
    "path", ["/v1/endpoints", "/v1/endpoints/1", "/v1/outbox", "/v1/outbox/1", "/v1/outbox/1/body"]
)
@pytest.mark.parametrize(("reader", "status"), [("operate-acme", 200), ("read-acme", 200), ("send-acme", 403)])
def test_a_token_that_operates_reads_and_one_that_sends_does_not(world, path, reader, status):
    assert status == world.ask("GET", path, reader=reader).status


def test_a_token_of_one_tenant_that_operates_reads_nothing_of_another_and_no_metrics(world):
    assert [404, 403] == [
        world.ask("GET", path, reader="operate-acme").status for path in (f"/v1/endpoints/{DEFAULT}", "/metrics")
    ]
    assert 200 == world.ask("GET", "/metrics", reader="operate-all").status


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/v1/endpoints", "GET, HEAD, POST"),
        ("/v1/endpoints/1", "DELETE, GET, HEAD, PATCH"),
        ("/v1/endpoints/1/pause", "POST"),
        ("/v1/outbox/1", "GET, HEAD"),
        ("/v1/outbox/redeliver", "GET, HEAD, POST"),
    ],
)
def test_a_method_that_no_route_takes_is_told_which_do(world, path, allowed):
    answer = world.ask("PUT", path, {})

    assert (405, allowed) == (answer.status, answer.headers["allow"])
