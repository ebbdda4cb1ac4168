"""A push without an event type is told by the shape of its body."""

import json
import re

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
        ({"msgId": "1", "msgType": "TEXT"}, "MSG"),
        ({"sessionId": 1, "closeReason": 2}, "SESSION_END"),
        ({"sessionId": 1, "evaluationModel": {}}, "SESSION_START"),
        ({"sessionId": 1, "staffId": 2}, "EVA_INVITATION"),
        ({"sessionId": 1, "staffName": "f"}, "EVA_INVITATION"),
        ({"sessionId": 1, "staffType": 1}, "EVA_INVITATION"),
        ({"closeReason": 2, "staffId": 2}, ""),
        ({"msgId": "1"}, ""),
        ({"sType": "0"}, ""),
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


def test_event_types_are_those_of_the_documents():
    assert [event_type.name for event_type in EVENT_TYPES] == [
        "MSG",
        "DATA_ONLINE_SESSION_END",
        "SESSION_END",
        "SESSION_START",
        "EVA_INVITATION",
        "USER_JOIN_QUEUE",
        "QUEUE_TIMEOUT",
    ]


@pytest.mark.parametrize("event_type", EVENT_TYPES, ids=lambda event_type: event_type.name)
def test_event_type_has_a_meaning_in_both_languages_and_says_who_states_it(event_type):
    assert re.fullmatch("[\u4e00-\u9fff]+", event_type.zh)
    assert re.fullmatch("[a-z ]+", event_type.en)
    assert event_type.evidence in {"vendor's guide", "vendor's page", "third party"}


def test_event_type_without_a_documented_body_is_never_told_by_shape():
    undocumented = [event_type for event_type in EVENT_TYPES if not event_type.has_all]
    assert [event_type.name for event_type in undocumented] == ["USER_JOIN_QUEUE", "QUEUE_TIMEOUT"]
    assert not any(event_type.has_any or event_type.has_none for event_type in undocumented)


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
