"""What the pure step of the receiver says of one request."""

from __future__ import annotations

import hashlib

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


def test_a_push_with_a_wrong_checksum_outside_the_window_is_never_taken_for_authentic():
    query = signed_query(secret=OTHER_SECRET)

    said = verdict(request(query), NOW + 4000)

    assert Refused(Reason.TIME, RINGS[b"default"], read_parameters(query), is_authentic=False, signed_at=NOW) == said


def test_a_wrong_checksum_within_the_window_says_when_it_claims_to_be_signed():
    query = signed_query(secret=OTHER_SECRET)

    assert Refused(
        Reason.CHECKSUM, RINGS[b"default"], read_parameters(query), is_authentic=False, signed_at=NOW
    ) == verdict(request(query))


def test_a_refusal_before_the_signature_claims_nothing():
    query = signed_query(event_type=b"<script>")

    assert [
        Refused(Reason.METHOD, None, None, is_authentic=False, signed_at=None),
        Refused(Reason.TENANT, None, None, is_authentic=False, signed_at=None),
        Refused(Reason.PARAMETER, RINGS[b"default"], None, is_authentic=False, signed_at=None),
        Refused(Reason.PARAMETER, RINGS[b"default"], read_parameters(query), is_authentic=False, signed_at=None),
        Refused(Reason.TIME, RINGS[b"default"], read_parameters(b""), is_authentic=False, signed_at=None),
    ] == [
        verdict(request(method=b"PUT")),
        verdict(request(path=b"/push/nobody")),
        verdict(request(b"time=1&time=1")),
        verdict(request(query)),
        verdict(request(b"")),
    ]


def test_a_webhook_outside_the_window_says_when_it_was_signed():
    said = verdict(request(b"", headers=webhook_headers()), NOW - 301)

    assert Refused(Reason.TIME, RINGS[b"default"], read_parameters(b""), is_authentic=True, signed_at=NOW) == said


@pytest.mark.parametrize("missing", range(3))
def test_webhook_headers_that_are_not_all_there_leave_the_checksum_to_decide(missing):
    headers = [header for number, header in enumerate(webhook_headers()) if number != missing]

    assert "checksum" == verdict(request(headers=headers)).scheme
    assert Refused(Reason.CHECKSUM, RINGS[b"strict"], read_parameters(b"")) == verdict(
        request(b"", path=b"/push/strict", headers=headers)
    )


def test_good_webhook_headers_decide_even_where_the_checksum_is_wrong():
    said = verdict(request(signed_query(secret=OTHER_SECRET), headers=webhook_headers()))

    assert ("webhooks", "k1", NOW, "DATA_ONLINE_SESSION_END") == (
        said.scheme,
        said.key_id,
        said.signed_at,
        said.event_type,
    )


def test_headers_beside_those_of_a_webhook_do_not_matter():
    headers = [(b"host", b"x"), *webhook_headers(), (b"webhook-other", b"y")]

    assert "webhooks" == verdict(request(b"", headers=headers)).scheme


def test_an_arrival_carries_the_sha256_of_its_body_and_the_moment_it_came():
    said = verdict(request(), NOW + 7)

    assert (hashlib.sha256(BODY).digest(), (NOW + 7) * 1000) == (said.sha256, said.arrived_at)


def test_the_key_that_matched_is_named():
    keys = (Key("first", OTHER_SECRET, 0, None), Key("second", SECRET, 0, None))
    rings = rings_in_force([Tenant("default", "both", keys)], NOW * 1000)

    for made in (request(), request(b"", headers=webhook_headers())):
        assert "second" == judge(made, rings, NOW * 1000, 300).key_id


@pytest.mark.parametrize("path", [b"/push", b"/push/", b"/push/default"])
def test_without_a_name_it_is_the_default_tenant(path):
    assert "default" == verdict(request(path=path)).tenant


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"", ""),
        (b"A" * 64, "A" * 64),
        (b"DATA%5FONLINE", "DATA_ONLINE"),
        (b"%41" * 64, "A" * 64),
        (b"x.Y-z_0189", "x.Y-z_0189"),
    ],
)
def test_an_event_type_is_read_as_it_was_meant(sent, read):
    assert read == verdict(request(signed_query(event_type=sent))).event_type


@pytest.mark.parametrize("event_type", [b"A+B", b"A%2BB", b"%41" * 65, b"%", b"%4", b"%zz", "消息".encode(), b"A%00"])
def test_an_event_type_that_is_none_after_unquoting_is_refused(event_type):
    assert reason_of(request(signed_query(event_type=event_type))) is Reason.PARAMETER


def test_the_window_is_as_wide_as_it_was_set():
    assert judge(request(), RINGS, (NOW + 300) * 1000, 299).reason is Reason.TIME
    assert isinstance(judge(request(), RINGS, (NOW + 300) * 1000, 300), Arrival)
