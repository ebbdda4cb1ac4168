"""Blanked bodies: nothing personal is left, the session is the same, and blanking again changes nothing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.contract.codec import Decoded, decode, encode
from afterchat.contract.person import Person, event_sighting, sighting
from afterchat.contract.personal import PERSONAL
from afterchat.contract.push import EVENT_TYPES, sniff_event_type
from afterchat.contract.record import FIELDS, CustomField, SessionRecord, blank_record, latest_moment
from afterchat.contract.redaction import erased, erased_event, without_network

PERSONAL_VALUES = {
    "user_id": 777_000_111,
    "foreign_id": "canary-foreign",
    "from_ip": "203.0.113.77",
    "from_page": "https://shop.example/p?canary=1#canary",
    "land_page": "https://shop.example/canary",
    "from_title": "canary title",
    "search_key": "canary words",
    "evaluation_remark": "canary rating",
    "remarks": "canary note",
    "transfer_remarks": "canary transfer",
    "custom_field": (CustomField("1", "phone", "canary phone"),),
}
RECORD = blank_record(id=42, end_time=9, staff_name="Li", s_type="0", category="a/b", **PERSONAL_VALUES)


def record_of(body: bytes) -> SessionRecord:
    decoded = decode(body)
    assert isinstance(decoded, Decoded), decoded
    return decoded.record


def test_an_erased_record_is_the_same_but_for_its_personal_fields() -> None:
    left = record_of(erased(encode(RECORD)))

    assert PERSONAL_VALUES.keys() == PERSONAL.keys()
    blanks = {field.name: field.type() for field in FIELDS if field.name in PERSONAL}
    assert msgspec.structs.replace(RECORD, **blanks) == left
    assert latest_moment(RECORD) == latest_moment(left)
    assert b"canary" not in erased(encode(RECORD))


def test_network_data_goes_and_everything_else_stays() -> None:
    left = record_of(without_network(encode(RECORD)))

    changed = {"from_ip": "", "from_page": "https://shop.example/p"}
    assert msgspec.structs.replace(RECORD, **changed) == left


def test_a_body_without_network_data_keeps_its_very_bytes() -> None:
    body = encode(blank_record(id=1, from_page="https://shop.example/p"))

    assert body is without_network(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"id":42,"sType":0,"interaction":0,"remarks":{"deep":"canary"},"category":["canary"],"extra":"canary"}',
        b'{"id":42,"sType":0,"remarks":"canary","remarks":"canary 2","canary":1}',
        b'{"id":42,"sType":"0","foreignId":"c\\u0061nary","remarks":"\\ud800canary","endTime":1e400}',
        b'{"sessionId":42,"closeReason":1,"uid":"canary","staffName":"Li"}',
        b'{"msgId":"canary","msgType":"text","content":"canary"}',
        b"canary that is no JSON",
        b'["canary"]',
    ],
)
def test_nothing_personal_is_left_of_any_body(body: bytes) -> None:
    left = erased(body)

    assert b"canary" not in left
    assert left == erased(left)
    assert sniff_event_type(body) == sniff_event_type(left)


def test_every_known_event_keeps_its_shape() -> None:
    for event_type in EVENT_TYPES:
        keys = sorted(event_type.has_all | event_type.has_any)
        body = msgspec.json.encode({key: 1 if key != "uid" else "canary" for key in keys})

        assert sniff_event_type(body) == sniff_event_type(erased(body)), event_type.name


@given(st.binary(max_size=60) | st.from_regex(rb'\{"id":[0-9]{1,3}(,"remarks":"[^"\\]{0,9}")?\}', fullmatch=True))
def test_blanking_is_total_and_blanking_twice_is_blanking_once(body: bytes) -> None:
    for blank in (erased, without_network, erased_event):
        assert blank(blank(body)) == blank(body)


def test_an_event_loses_what_names_the_visitor_and_nothing_else() -> None:
    body = b'{"type":"SessionOpened","id":"e1","userId":5,"fromIp":"1.2.3.4","cameFrom":{"transferRemarks":"x"}}'

    assert (
        b'{"type":"SessionOpened","id":"e1","userId":0,"fromIp":"","cameFrom":{"transferRemarks":""}}'
        == erased_event(body)
    )


@pytest.mark.parametrize(
    ("body", "names", "sessions"),
    [
        (encode(RECORD), {"777000111", "canary-foreign"}, {42}),
        (b'{"sessionId":42,"uid":"canary-foreign"}', {"canary-foreign"}, {42}),
        (b'{"sessionId":"42","uid":7', {"7"}, {42}),
        (b"canary-foreign 42 777000111", set(), set()),
        (encode(blank_record(id=43)), set(), {43}),
    ],
)
def test_a_body_says_whose_it_is(body: bytes, names: set[str], sessions: set[int]) -> None:
    seen = sighting(body)

    assert (sessions, names) == (seen.sessions, seen.names)
    assert ("canary-foreign" in names) is seen.is_of(Person(foreign_id="canary-foreign"))
    assert (42 in sessions) is seen.is_of(Person(session_id=42))


def test_an_event_is_of_its_session_whatever_it_says() -> None:
    assert event_sighting(9, b'{"type":"VisitorWrote"}').is_of(Person(session_id=9))
    assert event_sighting(9, b'{"userId":5}').is_of(Person(user_id=5))
