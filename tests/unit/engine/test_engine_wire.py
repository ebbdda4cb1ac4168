"""Events to JSON and back: each as it was, and whatever is no event with what is wrong."""

from __future__ import annotations

import json
import re

import pytest
from engine_cast import SESSION, event, moment
from hypothesis import example, given
from hypothesis import strategies as st

from afterchat.engine.events import EVENTS, Event, Pinned, SessionOpened
from afterchat.engine.origins import FromHistory, FromRobot, FromTakeOver, FromTransfer
from afterchat.engine.wire import Unreadable, event_of, read_event, write_event

HAN = re.compile("[一-鿿]")
PINNED = {"type": "Pinned", "id": "a", "session": SESSION, "at": moment(0)}
ORIGINS = [
    FromRobot(session=9, transfer_rg_type="图片转人工"),
    FromHistory(session=9),
    FromTransfer(session=9, transfer_from_staff_name="张佳怡", is_silent=True),
    FromTakeOver(session=9),
]
UNREADABLE = [
    ("an unknown attribute", {**PINNED, "colour": 1}, "no event: Object contains unknown field `colour`"),
    ("an unknown type", {**PINNED, "type": "Tea"}, "no event: Invalid value 'Tea' - at `$.type`"),
    ("no type", {"id": "a"}, "no event: Object missing required field `type`"),
    ("no moment", {"type": "Pinned", "id": "a", "session": 1}, "no event: Object missing required field `at`"),
    ("another JSON type", {**PINNED, "id": 7}, "no event: Expected `str`, got `int` - at `$.id`"),
    ("an impossible value", {**PINNED, "at": 7}, "Pinned.at: 7 is no moment; give epoch milliseconds"),
    ("an impossible origin", {**PINNED, "type": "SessionOpened", "kind": "person",
                              "cameFrom": {"type": "FromHistory", "session": 0}},
     "FromHistory.session: 0 is not allowed; give a whole number from 1 to 9223372036854775807"),
]  # fmt: skip
DEEP = 100_000

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(sorted({name for kind in EVENTS for name in kind.__struct_encode_fields__}))
near_events = st.builds(
    lambda kind, given: {"type": kind.__name__, "id": "a", "session": 1, "at": moment(0), **given},
    st.sampled_from(EVENTS),
    st.dictionaries(names, json_values, max_size=3),
)
"""What is nearly an event: any value for any attribute."""


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_of_every_type_comes_back_as_it_was(kind):
    made = event(1.5, kind, sequence=3)
    body = write_event(made)

    assert (made, kind) == (read_event(body), type(read_event(body)))
    assert made == event_of(json.loads(body))
    assert kind.__name__ == json.loads(body)["type"]
    assert b'{"type":"' == body[:9]


@pytest.mark.parametrize("origin", ORIGINS, ids=lambda origin: type(origin).__name__)
def test_an_origin_comes_back_as_it_was(origin):
    made = event(0, SessionOpened, came_from=origin)

    assert made == read_event(write_event(made))
    assert type(origin).__name__ == json.loads(write_event(made))["cameFrom"]["type"]


def test_an_event_is_one_line_of_camel_case_without_what_it_does_not_say():
    made = event(0, SessionOpened, id="a", from_title="一\n二", vip_level=2)

    assert (
        f'{{"type":"SessionOpened","id":"a","session":1,"at":{moment(0)},'
        '"kind":"person","fromTitle":"一\\n二","vipLevel":2}'.encode()
        == write_event(made)
    )


@pytest.mark.parametrize(("values", "said"), [pytest.param(*one[1:], id=one[0]) for one in UNREADABLE])
def test_what_is_no_event_says_what_is_wrong_in_both_languages(values, said):
    unreadable = event_of(values)

    assert said == unreadable.en
    assert HAN.search(unreadable.zh)
    assert unreadable == read_event(json.dumps(values).encode())


@pytest.mark.parametrize(
    ("values", "zh"),
    [
        ({**PINNED, "at": 7}, "Pinned.at：7 不是毫秒时间戳"),
        ({**PINNED, "colour": 1}, "不是事件：Object contains unknown field `colour`"),
    ],
)
def test_what_is_wrong_is_said_in_chinese_with_the_same_place(values, zh):
    assert zh == event_of(values).zh


@given(st.binary(max_size=60))
@example(b"")
@example(b"\xff")
@example(b'{"type":"Pinned","id":"\xff"}')
@example(b"[" * DEEP)
@example(b'{"type":' * DEEP)
@example(b'{"type":"StatusMarked","id":"a","session":1,"at":1800000000000,"status":' + b"9" * 5000 + b"}")
def test_any_bytes_are_an_event_or_say_why_not(body):
    found = read_event(body)

    assert isinstance(found, Unreadable)
    assert ("no event: ", True) == (found.en[:10], bool(HAN.search(found.zh)))


@given(near_events)
@example({**PINNED, "at": 10**5000})
@example({1: 2})
@example({"type": "\ud800"})
@example({**PINNED, "\ud800": 1})
@example({})
def test_any_values_are_an_event_or_say_why_not(values):
    found = event_of(values)

    assert isinstance(found, Event | Unreadable)
    assert isinstance(found, Event) or (found.en and HAN.search(found.zh))


@given(near_events)
def test_bytes_and_values_are_read_alike(values):
    try:
        body = json.dumps(values, allow_nan=False).encode()
        body.decode()
    except ValueError:
        return
    found = read_event(body)

    assert isinstance(found, Event) == isinstance(event_of(json.loads(body)), Event)
    assert not isinstance(found, Event) or found == read_event(write_event(found))


def test_values_that_lead_into_themselves_are_no_event():
    values = dict(PINNED)
    values["id"] = [values]

    assert isinstance(event_of(values), Unreadable)
    assert isinstance(event_of(PINNED), Pinned)
