"""A push without an event type is told by the shape of its body."""

import json

import pytest

from afterchat.contract.codec import encode
from afterchat.contract.push import EVENT_TYPES, SESSION_END_DATA, push_query, sniff_event_type
from afterchat.contract.record import blank_record

START = {"sessionId": 1, "staffId": 2, "staffName": "f", "staffType": 1, "uid": "u"}


@pytest.mark.parametrize(
    ("body", "event_type"),
    [
        ({"msgId": "1", "msgType": "TEXT", "content": "你好"}, "MSG"),
        ({"id": 1, "sType": "0"}, SESSION_END_DATA),
        ({"id": 1, "sType": 0}, SESSION_END_DATA),
        ({"id": "1", "interaction": 1}, SESSION_END_DATA),
        ({"id": 1, "sType": "0", "msgId": "1", "msgType": "TEXT"}, "MSG"),
        ({"id": 1, "sType": "0", "msgId": "1"}, SESSION_END_DATA),
        ({**START, "closeReason": 2}, "SESSION_END"),
        ({**START, "closeReason": 2, "evaluationModel": {}}, "SESSION_END"),
        ({**START, "evaluationModel": {}}, "SESSION_START"),
        (START, "EVA_INVITATION"),
        ({"sessionId": 1}, ""),
        ({"id": 1}, ""),
        ({}, ""),
        ([1], ""),
    ],
)
def test_body_speaks_for_its_event_type(body, event_type):
    assert sniff_event_type(json.dumps(body).encode()) == event_type


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b'{"id":1,"sType":', b'{"id":1,"x":' + b"[" * 100_000])
def test_body_that_cannot_be_read_speaks_for_none(body):
    assert sniff_event_type(body) == ""


def test_record_of_ours_speaks_for_a_session_end():
    assert sniff_event_type(encode(blank_record(id=1))) == SESSION_END_DATA


def test_names_of_event_types_are_distinct():
    assert len({event_type.name for event_type in EVENT_TYPES}) == len(EVENT_TYPES)


@pytest.mark.parametrize(
    ("event_type", "query"),
    [
        (SESSION_END_DATA, "eventType=DATA_ONLINE_SESSION_END&time=1700000000&checksum=abc"),
        ("", "time=1700000000&checksum=abc"),
        ("a&b", "eventType=a%26b&time=1700000000&checksum=abc"),
    ],
)
def test_query_has_the_order_of_the_vendors_page(event_type, query):
    assert push_query(event_type, 1_700_000_000, "abc") == query
