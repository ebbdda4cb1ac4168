"""What the pure step of the receiver says of one request."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.contract.ack import Reason
from afterchat.contract.signature import body_md5, checksum
from afterchat.contract.webhooks import sign_webhook, webhook_key
from afterchat.edge.message import Request
from afterchat.receiver.intake import Refused, judge, read_parameters
from afterchat.receiver.rings import rings_in_force
from afterchat.store.ports import Arrival, Key, Tenant

SECRET = b"DD0F1F5A3AD04EF49A06547C253F9357"
OTHER_SECRET = b"0123456789abcdef0123456789abcdef"
NOW = 1_700_000_000
BODY = '{"id":1,"sType":"0","staffName":"超级管理员"}'.encode()
RINGS = rings_in_force(
    [
        Tenant("default", "both", (Key("k1", SECRET, 0, None),)),
        Tenant("strict", "hmac_only", (Key("s1", SECRET, 0, None),)),
        Tenant("old", "legacy", (Key("o1", SECRET, 0, None),)),
        Tenant("second", "both", (Key("t1", OTHER_SECRET, 0, None),)),
        Tenant("empty", "both", ()),
    ],
    NOW * 1000,
)


def signed_query(body=BODY, time=b"1700000000", secret=SECRET, event_type=b"DATA_ONLINE_SESSION_END"):
    return b"eventType=" + event_type + b"&time=" + time + b"&checksum=" + checksum(secret, body_md5(body), time)


def request(query=None, body=BODY, path=b"/push", method=b"POST", headers=()):
    return Request(method, path, signed_query() if query is None else query, tuple(headers), body, "127.0.0.1")


def verdict(made, now=NOW):
    return judge(made, RINGS, now * 1000, 300)


def reason_of(made, now=NOW):
    said = verdict(made, now)
    assert isinstance(said, Refused)
    return said.reason


def webhook_headers(body=BODY, time=NOW, secret=SECRET, message_id="msg_1"):
    return (
        (b"webhook-id", message_id.encode()),
        (b"webhook-timestamp", str(time).encode()),
        (b"webhook-signature", sign_webhook(webhook_key(secret), message_id, time, body).encode()),
    )


def test_a_well_signed_push_is_an_arrival_with_its_bytes_untouched():
    said = verdict(request())

    assert isinstance(said, Arrival)
    assert ("default", "DATA_ONLINE_SESSION_END", NOW, "k1", "checksum", BODY) == (
        said.tenant,
        said.event_type,
        said.signed_at,
        said.key_id,
        said.scheme,
        said.body,
    )


def test_the_path_names_the_tenant():
    assert reason_of(request(path=b"/push/second")) is Reason.CHECKSUM
    assert verdict(request(signed_query(secret=OTHER_SECRET), path=b"/push/second")).tenant == "second"


def test_an_unknown_tenant_is_told_so():
    assert reason_of(request(path=b"/push/nobody")) is Reason.TENANT


def test_a_tenant_without_key_refuses_every_push():
    assert reason_of(request(path=b"/push/empty")) is Reason.CHECKSUM


def test_only_post_is_taken():
    assert reason_of(request(method=b"GET")) is Reason.METHOD


@pytest.mark.parametrize("name", [b"time", b"checksum", b"eventType"])
def test_a_parameter_twice_is_refused(name):
    assert reason_of(request(signed_query() + b"&" + name + b"=1700000000")) is Reason.PARAMETER


@pytest.mark.parametrize(
    "time",
    [
        b"",
        b"170000000",
        b"17000000000",
        b"1700000000000",
        b" 1700000000",
        b"1700000000 ",
        b"+1700000000",
        b"-170000000",
        b"1700000000\n",
        b"1_700_000_0",
        b"1700000000.0",
        "１７００００００００".encode(),
        b"%31700000000",
    ],
)
def test_a_time_that_is_not_ten_ascii_digits_is_refused_even_when_the_checksum_fits(time):
    assert reason_of(request(signed_query(time=time))) is Reason.TIME


@pytest.mark.parametrize(("shift", "is_taken"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_the_window_is_300_seconds_either_way_edges_inside(shift, is_taken):
    assert isinstance(verdict(request(), NOW + shift), Arrival) is is_taken


def test_a_push_outside_the_window_is_known_to_be_authentic_so_that_it_can_be_released():
    said = verdict(request(), NOW + 4000)

    assert said == Refused(Reason.TIME, RINGS[b"default"], read_parameters(signed_query()), True, NOW)


def test_one_changed_byte_in_the_body_is_refused():
    assert reason_of(request(body=BODY.replace(b"1", b"2"))) is Reason.CHECKSUM


def test_the_same_text_as_gbk_is_refused():
    assert reason_of(request(body=BODY.decode().encode("gbk"))) is Reason.CHECKSUM


@pytest.mark.parametrize("claimed", [b"", b"x" * 10_000, "校验".encode(), b"\xff\xfe", b"0" * 40])
def test_any_bytes_as_checksum_are_refused_without_a_stumble(claimed):
    assert reason_of(request(b"time=1700000000&checksum=" + claimed)) is Reason.CHECKSUM


def test_the_event_type_may_be_absent():
    query = signed_query().split(b"&", 1)[1]

    assert verdict(request(query)).event_type == ""


@pytest.mark.parametrize("event_type", [b"A" * 65, b"A%20B", b"<script>", b"%FF"])
def test_an_event_type_that_is_no_plain_name_is_refused(event_type):
    assert reason_of(request(signed_query(event_type=event_type))) is Reason.PARAMETER


def test_names_are_compared_as_sent():
    assert reason_of(request(signed_query().replace(b"time=", b"Time="))) is Reason.TIME


def test_webhook_headers_alone_are_enough_for_both_and_hmac_only():
    for path in (b"/push", b"/push/strict"):
        said = verdict(request(b"", path=path, headers=webhook_headers()))
        assert isinstance(said, Arrival)
        assert said.scheme == "webhooks"


def test_hmac_only_cannot_be_talked_down_to_the_checksum():
    assert reason_of(request(path=b"/push/strict")) is Reason.CHECKSUM


def test_a_legacy_tenant_does_not_look_at_webhook_headers():
    assert reason_of(request(b"", path=b"/push/old", headers=webhook_headers())) is Reason.TIME


def test_a_wrong_webhook_signature_leaves_the_checksum_to_decide_only_where_there_is_one():
    wrong = webhook_headers(secret=OTHER_SECRET)

    assert isinstance(verdict(request(headers=wrong)), Arrival)
    assert reason_of(request(b"", headers=wrong)) is Reason.CHECKSUM


def test_a_webhook_outside_the_window_is_refused_as_authentic():
    said = verdict(request(b"", headers=webhook_headers()), NOW + 301)

    assert (Reason.TIME, True) == (said.reason, said.is_authentic)


@given(query=st.binary(max_size=200), body=st.binary(max_size=50), path=st.binary(max_size=30))
@settings(max_examples=300, deadline=None)
def test_a_strangers_bytes_are_always_a_refusal(query, body, path):
    assert isinstance(verdict(request(query, body, b"/push" + path)), Refused)
