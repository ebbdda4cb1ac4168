"""Who is told what happened to an endpoint: its tenant's other endpoints and the operator's, where they subscribe."""

from __future__ import annotations

import json

import pytest
from sending_cast import NOW, endpoint

from afterchat.sender.gate import News
from afterchat.sender.operations import OPERATIONS, news_pushes

ALL = tuple(OPERATIONS.values())
FLEET = (
    endpoint(1, tenant="acme", name="crm", event_types=ALL),
    endpoint(2, tenant="acme", name="watch", event_types=ALL),
    endpoint(3, tenant="acme", name="records"),
    endpoint(4, tenant="other", name="spy", event_types=ALL),
    endpoint(5, tenant="ops", name="pager", event_types=(OPERATIONS["disabled"],)),
)


def told(kind="disabled", about=1, operator_tenant="ops"):
    pushes = news_pushes(News(kind, about, NOW, "status_410"), FLEET, operator_tenant)
    return {push.tenant: push.endpoint_ids for push in pushes}


def test_the_tenant_and_the_operator_hear_of_it_and_no_other_tenant():
    assert {"acme": (2,), "ops": (5,)} == told()


@pytest.mark.parametrize("operator_tenant", ["", "acme", "nobody"])
def test_without_an_operator_s_endpoint_only_the_tenant_hears_of_it(operator_tenant):
    assert {"acme": (2,)} == told(operator_tenant=operator_tenant)


def test_an_endpoint_hears_only_what_it_subscribes_to():
    assert {"acme": (2,)} == told("failing")


def test_an_endpoint_that_is_no_more_is_no_news():
    assert {} == told(about=9)


def test_the_push_says_what_happened_to_whom_and_when():
    [push] = news_pushes(News("failing", 1, NOW, "timeout"), FLEET, "")

    assert (0, "AFTERCHAT_ENDPOINT_FAILING", NOW) == (push.session, push.event_type, push.created_at)
    expected = {
        "tenant": "acme", "endpoint": "crm", "url": "https://crm.example.com/hook", "state": "failing", "at": NOW,
        "error": "timeout",
    }  # fmt: skip
    assert expected == json.loads(push.body)


def test_what_can_happen_has_the_event_types_that_the_reference_names():
    expected = {
        "failing": "AFTERCHAT_ENDPOINT_FAILING",
        "recovered": "AFTERCHAT_ENDPOINT_RECOVERED",
        "disabled": "AFTERCHAT_ENDPOINT_DISABLED",
    }
    assert expected == OPERATIONS
