"""The OpenAPI document: complete, exact, and its references lead somewhere."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from afterchat.contract.ack import Reason
from afterchat.contract.record import FIELDS
from afterchat.query.filter_table import FILTER_TABLE
from afterchat.query.views import ID_FIELDS, SessionDetail, SessionPage
from afterchat.web.app import route_table
from afterchat.web.auth import Access
from afterchat.web.front_app import FRONT_ROUTES
from afterchat.web.openapi import openapi_document
from afterchat.web.routes import ROUTES
from afterchat.web.sending_app import SENDING_ROUTES
from afterchat.web.sending_openapi import sending_document

SENDING = sending_document(SENDING_ROUTES, "1.2.3")
RECEIVING_ROUTES = (*FRONT_ROUTES, *ROUTES)
DOCUMENT = openapi_document(RECEIVING_ROUTES, "1.2.3")


def test_every_route_of_the_table_is_described_and_nothing_else_but_the_push_paths():
    assert set(DOCUMENT["paths"]) == {route.path for route in RECEIVING_ROUTES} | {"/push", "/push/{tenant}"}


def test_every_reference_leads_to_a_schema():
    text = json.dumps(DOCUMENT)
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', text)) <= set(DOCUMENT["components"]["schemas"])


def test_bounds_of_64_bit_numbers_are_exact():
    end_time = DOCUMENT["components"]["schemas"]["Record"]["properties"]["end_time"]
    assert (end_time["minimum"], end_time["maximum"]) == (-9223372036854775808, 9223372036854775807)
    assert "e+" not in msgspec.json.encode(DOCUMENT).decode()


def test_the_record_has_every_field_and_ids_are_text():
    properties = DOCUMENT["components"]["schemas"]["Record"]["properties"]
    assert list(properties) == [field.name for field in FIELDS]
    assert {name for name in ID_FIELDS if properties[name]["type"] == "string"} == ID_FIELDS
    assert all(field.zh in properties[field.name]["description"] for field in FIELDS)


def test_every_filter_is_a_parameter_of_the_session_list():
    parameters = {parameter["name"] for parameter in DOCUMENT["paths"]["/v1/sessions"]["get"]["parameters"]}
    assert parameters == set(FILTER_TABLE) | {"tenant", "cursor", "limit", "sort", "q", "span", "zone", "counted"}


@pytest.mark.parametrize("route", RECEIVING_ROUTES, ids=[route.name for route in RECEIVING_ROUTES])
def test_a_route_that_needs_a_token_says_so(route):
    operation = DOCUMENT["paths"][route.path]["get"]
    assert ("security" in operation) == (route.access is not Access.OPEN)
    assert ("401" in operation["responses"]) == (route.access is not Access.OPEN)


def test_the_push_names_every_refusal():
    responses = DOCUMENT["paths"]["/push"]["post"]["responses"]
    for reason in Reason:
        assert f"`{reason.wire}`" in responses[str(reason.status)]["description"]


@pytest.mark.parametrize(("path", "answer"), [("/v1/sessions", SessionPage), ("/v1/sessions/{id}", SessionDetail)])
def test_an_example_has_the_shape_of_its_schema(path, answer):
    example = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    assert msgspec.to_builtins(msgspec.convert(example, answer, strict=True)) == example


def test_metrics_may_be_opened_and_are_closed_otherwise():
    access = {
        is_open: next(route.access for route in route_table("1", is_metrics_open=is_open) if route.name == "metrics")
        for is_open in (True, False)
    }
    assert access == {True: Access.OPEN, False: Access.OPERATOR}


def test_every_route_of_the_sending_end_is_described_with_its_method_and_so_are_its_doors():
    described = {(path, method) for path, methods in SENDING["paths"].items() for method in methods}

    assert described == {(route.path, route.method.lower()) for route in SENDING_ROUTES} | {
        ("/v1/events", "post"),
        ("/v1/records", "post"),
    }
    names = [operation["operationId"] for methods in SENDING["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))


def test_every_reference_of_the_sending_end_leads_to_a_schema():
    found = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(SENDING)))

    assert found <= set(SENDING["components"]["schemas"])


@pytest.mark.parametrize("route", [one for one in SENDING_ROUTES if one.body], ids=lambda route: route.name)
def test_a_body_is_described_field_by_field_and_closed(route):
    body = SENDING["paths"][route.path][route.method.lower()]["requestBody"]
    schema = body["content"]["application/json"]["schema"]

    assert list(schema["properties"]) == [field.name for field in route.body]
    assert schema["required"] == [field.name for field in route.body if field.is_required]
    assert (schema["additionalProperties"], body["required"]) == (False, bool(schema["required"]))
    assert all(field.zh in schema["properties"][field.name]["description"] for field in route.body)


@pytest.mark.parametrize("route", SENDING_ROUTES, ids=lambda route: route.name)
def test_a_route_that_changes_something_says_who_may_not_and_what_it_gives(route):
    operation = SENDING["paths"][route.path][route.method.lower()]
    is_changing = route.access is Access.CHANGER

    assert ("This token changes nothing" in operation["responses"].get("403", {}).get("description", "")) == is_changing
    assert {str(status) for status in route.statuses} <= set(operation["responses"])
