"""A signed request: fresh at every attempt, over the very same bytes, readable by every receiver of ours."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import KEY, NOW, RECORDS, endpoint, lease

from afterchat.contract.signature import checksum_matches
from afterchat.contract.webhooks import webhook_key, webhook_matches
from afterchat.sender.request import signed_request
from afterchat.sender.transport import Failure
from afterchat.store.ports import Key

OLD = Key("old", b"old secret of sixteen", 0, NOW + 1000)
NEW = Key("new", b"new secret of sixteen", NOW - 1000, None)
FUTURE = Key("future", b"future secret of 16", NOW + 1, None)
CONTENT_TYPE = ("content-type", "application/json;charset=utf-8")


def sent(now=NOW, held=None, **values):
    return signed_request(held or lease(), endpoint(**values), now)


def query_of(request):
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def headers_of(request):
    return dict(request.headers)


def test_the_url_carries_event_type_time_and_checksum_and_the_body_is_that_of_the_push():
    request = sent()

    assert ["eventType", "time", "checksum"] == [name for name, _ in query_of(request)]
    assert (1, "https://crm.example.com/hook", lease().body) == (
        request.endpoint_id,
        request.url.partition("?")[0],
        request.body,
    )
    assert RECORDS == dict(query_of(request))["eventType"]
    assert (CONTENT_TYPE,) == request.headers


@pytest.mark.parametrize("now", [NOW, NOW + 1, NOW + 999])
def test_the_time_is_the_second_of_the_attempt(now):
    assert str(NOW // 1000) == dict(query_of(sent(now)))["time"]
    assert str(NOW // 1000 + 1) == dict(query_of(sent(now + 1000)))["time"]


@given(st.binary(max_size=300), st.binary(min_size=1, max_size=64), st.integers(1_000_000_000_000, 9_999_999_999_999))
def test_the_checksum_is_verified_over_the_very_bytes(body, secret, now):
    request = sent(now, lease(body=body), keys=(KEY._replace(secret=secret),), signature_mode="both")
    query, headers = dict(query_of(request)), headers_of(request)
    time = query["time"].encode()

    assert body == request.body
    assert 0 == checksum_matches([secret], request.body, time, query["checksum"].encode())
    signature = headers["webhook-signature"].encode()
    assert time == headers["webhook-timestamp"].encode()
    assert 0 == webhook_matches([webhook_key(secret)], headers["webhook-id"].encode(), time, signature, request.body)


@pytest.mark.parametrize(
    ("mode", "has_checksum", "has_hmac"), [("legacy", True, False), ("both", True, True), ("hmac_only", False, True)]
)
def test_an_endpoint_gets_the_signatures_it_chose(mode, has_checksum, has_hmac):
    request = sent(signature_mode=mode)

    assert has_checksum == ("checksum" in dict(query_of(request)))
    expected = {"webhook-id", "webhook-timestamp", "webhook-signature"} if has_hmac else set()
    assert expected == {name for name in headers_of(request) if name.startswith("webhook-")}
    assert RECORDS == dict(query_of(request))["eventType"]


def test_attempts_of_one_push_differ_in_their_time_only():
    first, second = sent(signature_mode="both"), sent(NOW + 3_600_000, lease(token=5), signature_mode="both")

    assert first.body == second.body
    assert "push-7" == headers_of(first)["webhook-id"] == headers_of(second)["webhook-id"]
    assert headers_of(first)["webhook-timestamp"] != headers_of(second)["webhook-timestamp"]
    assert headers_of(first)["webhook-signature"] != headers_of(second)["webhook-signature"]
    assert dict(query_of(first))["checksum"] != dict(query_of(second))["checksum"]


def test_the_newest_key_in_force_makes_the_checksum_and_every_key_in_force_an_hmac():
    request = sent(keys=(OLD, FUTURE, NEW), signature_mode="both")
    query, headers = dict(query_of(request)), headers_of(request)
    time, signature = query["time"].encode(), headers["webhook-signature"].encode()

    assert 0 == checksum_matches([NEW.secret], request.body, time, query["checksum"].encode())
    assert 2 == len(signature.split(b" "))
    matching = [webhook_matches([key.secret], b"push-7", time, signature, request.body) for key in (NEW, OLD, FUTURE)]
    assert [0, 0, -1] == matching


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NEW.not_before - 1, OLD),
        (NEW.not_before, NEW),
        (FUTURE.not_before - 1, NEW),
        (FUTURE.not_before, FUTURE),
    ],
)
def test_a_key_is_in_force_from_its_first_moment_until_before_its_last(now, expected):
    request = sent(now, keys=(OLD, NEW, FUTURE))
    query = dict(query_of(request))

    assert 0 == checksum_matches([expected.secret], request.body, query["time"].encode(), query["checksum"].encode())


def test_a_key_that_is_over_signs_nothing_any_more():
    last = sent(OLD.not_after - 1, keys=(OLD, NEW), signature_mode="hmac_only")
    after = sent(OLD.not_after, keys=(OLD, NEW), signature_mode="hmac_only")

    assert 2 == len(headers_of(last)["webhook-signature"].split(" "))
    assert 1 == len(headers_of(after)["webhook-signature"].split(" "))


def test_of_two_keys_that_began_together_the_later_id_counts_as_the_newer():
    twins = (Key("a", b"secret of key a, 16", 0, None), Key("b", b"secret of key b, 16", 0, None))
    for keys in (twins, twins[::-1]):
        query = dict(query_of(sent(keys=keys)))
        assert 0 == checksum_matches(
            [twins[1].secret], lease().body, query["time"].encode(), query["checksum"].encode()
        )


@pytest.mark.parametrize("keys", [(), (FUTURE,), (OLD._replace(not_after=NOW),)])
def test_without_a_key_in_force_nothing_is_sent(keys):
    failure = sent(keys=keys)

    assert Failure("unsigned", "endpoint endpoint 1 has no key in force; add one") == failure


def test_a_url_that_is_none_is_a_failure_and_no_defect():
    failure = sent(url="https://[broken/hook")

    assert isinstance(failure, Failure)
    assert "bad_url" == failure.kind


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", "https://a.example/?eventType="),
        ("https://a.example/", "https://a.example/?eventType="),
        ("https://a.example:8443/in?k=v&k=w", "https://a.example:8443/in?k=v&k=w&eventType="),
        ("https://a.example/in?", "https://a.example/in?eventType="),
        ("https://a.example/in#part", "https://a.example/in?eventType="),
        ("https://a.example/钩子", "https://a.example/钩子?eventType="),
    ],
)
def test_the_parameters_of_the_endpoint_s_own_url_stay_and_come_first(url, expected):
    assert sent(url=url).url.startswith(expected + RECORDS + "&time=")
    assert "#" not in sent(url=url).url


def test_an_event_type_is_quoted():
    request = sent(held=lease(event_type="A&time=1 b"))

    assert "A&time=1 b" == dict(query_of(request))["eventType"]
    assert ["eventType", "time", "checksum"] == [name for name, _ in query_of(request)]


def test_headers_of_the_endpoint_go_along_as_they_are():
    own = (("X-Team", "客服"), ("x-empty", ""))

    assert (CONTENT_TYPE, *own) == sent(headers=own).headers
    assert (CONTENT_TYPE, *own) == sent(headers=own, signature_mode="both").headers[:3]
