"""The verdict: only a complete and agreed answer is a delivery, and everything else says how to go on."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.sender.transport import FAILURES, Answer, Failure
from afterchat.sender.verdict import ERRORS, SUCCESS_RULES, Verdict, judge

NOW = 1_792_000_000_500
"""2026-10-14 17:46:40.5 UTC."""
STRICT, LENIENT = "empty_or_braces", "any_2xx"
DELIVERED = Verdict("delivered", "", None)


def answer(status=200, body=b"{}", retry_after=None, is_cut=False):
    headers = {} if retry_after is None else {"retry-after": retry_after}
    return Answer(status, headers, body, is_cut)


def wait_of(retry_after, status=503):
    return judge(answer(status, retry_after=retry_after), STRICT, NOW).retry_after_ms


@pytest.mark.parametrize("body", [b"", b"{}", b" {} \r\n", b"\n"])
@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_a_complete_2xx_with_an_agreed_body_is_delivered(status, body):
    assert judge(answer(status, body), STRICT, NOW) == DELIVERED
    assert judge(answer(status, body), LENIENT, NOW) == DELIVERED


@pytest.mark.parametrize("body", [b"ok", b"{ }", b'{"code":14002}', b"null", b"{}{}", "成功".encode()])
def test_another_body_is_a_refusal_unless_any_2xx_will_do(body):
    assert Verdict("retry", "wrong_body") == judge(answer(body=body), "empty_or_braces", NOW)
    assert judge(answer(body=body), "any_2xx", NOW) == DELIVERED


@pytest.mark.parametrize("rule", SUCCESS_RULES)
def test_an_answer_that_broke_off_is_no_delivery_by_any_rule(rule):
    assert Verdict("retry", "cut_answer") == judge(answer(is_cut=True), rule, NOW)


@pytest.mark.parametrize("kind", FAILURES)
def test_no_answer_is_tried_again_and_named_as_it_failed(kind):
    assert Verdict("retry", kind, None) == judge(Failure(kind, "10.0.0.7"), LENIENT, NOW)


@pytest.mark.parametrize("rule", SUCCESS_RULES)
@pytest.mark.parametrize("status", [0, 100, 199, 300, 301, 307, 400, 404, 429, 499, 500, 599, 700])
def test_every_other_status_is_tried_again_whatever_its_body(status, rule):
    assert "retry" == judge(answer(status), rule, NOW).kind


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (0, "status_1xx"),
        (100, "status_1xx"),
        (199, "status_1xx"),
        (300, "status_3xx"),
        (308, "status_3xx"),
        (400, "status_4xx"),
        (409, "status_4xx"),
        (411, "status_4xx"),
        (428, "status_4xx"),
        (429, "status_429"),
        (430, "status_4xx"),
        (499, "status_4xx"),
        (500, "status_5xx"),
        (599, "status_5xx"),
        (999, "status_5xx"),
    ],
)
def test_a_refusal_is_named_by_its_status(status, error):
    assert error == judge(answer(status), STRICT, NOW).error


@pytest.mark.parametrize("rule", SUCCESS_RULES)
def test_410_says_that_the_endpoint_is_gone_and_asks_for_no_wait(rule):
    assert Verdict("gone", "status_410", None) == judge(answer(410, retry_after="5"), rule, NOW)


@pytest.mark.parametrize("status", [301, 400, 429, 500, 503])
def test_any_refusal_may_say_when_to_come_again(status):
    assert 7_000 == wait_of("7", status)
    assert wait_of(None, status) is None


@pytest.mark.parametrize(
    ("text", "wait_ms"),
    [
        ("0", 0),
        (" 120 ", 120_000),
        ("999999999", 999_999_999_000),
        ("1000000000", None),
        ("-5", None),
        ("+5", None),
        ("1.5", None),
        ("٣", None),
        ("５", None),
        ("", None),
        ("soon", None),
        ("Wed, 14 Oct 2026 17:46:50 GMT", 9_500),
        ("Thu, 15 Oct 2026 01:46:50 +0800", 9_500),
        ("Wed, 14 Oct 2026 17:46:50 -0000", 9_500),
        ("Wed, 14 Oct 2026 17:46:50", 9_500),
        ("Wed, 14 Oct 2026 17:46:40 GMT", None),
        ("Wed, 14 Oct 2026 17:46:41 GMT", 500),
        ("Wed, 14 Oct 2020 17:46:50 GMT", None),
        ("Wed, 32 Oct 2026 17:46:50 GMT", None),
        ("Wed, 14 Oct 99999 17:46:50 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251_610_300_798_500),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date_ahead(text, wait_ms):
    assert wait_ms == wait_of(text)


def test_a_date_that_is_now_is_no_wait():
    assert judge(answer(503, retry_after="Wed, 14 Oct 2026 17:46:41 GMT"), STRICT, NOW + 500).retry_after_ms is None


@given(
    st.integers(-1, 1100),
    st.binary(max_size=9),
    st.text(max_size=40),
    st.booleans(),
    st.sampled_from(sorted(SUCCESS_RULES)),
)
def test_any_answer_has_a_verdict_that_the_tables_know(status, body, retry_after, is_cut, rule):
    verdict = judge(answer(status, body, retry_after, is_cut), rule, NOW)

    assert verdict.kind in {"delivered", "retry", "gone"}
    assert verdict == DELIVERED if verdict.kind == "delivered" else verdict.error in ERRORS
    assert verdict.retry_after_ms is None or verdict.retry_after_ms >= 0


@pytest.fixture
def in_shanghai(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("in_shanghai")
def test_a_date_without_a_zone_is_of_greenwich_wherever_the_sender_stands():
    assert 9_500 == wait_of("Wed, 14 Oct 2026 17:46:50") == wait_of("Wed, 14 Oct 2026 17:46:50 GMT")


def test_the_tables_name_what_a_verdict_and_the_store_can_say():
    statuses = {"status_1xx", "status_3xx", "status_4xx", "status_410", "status_429", "status_5xx"}
    assert {*FAILURES, *statuses, "wrong_body", "cut_answer", "damaged_body"} == set(ERRORS)
    assert {STRICT, LENIENT} == set(SUCCESS_RULES)


@pytest.mark.parametrize(("name", "said"), [*ERRORS.items(), *SUCCESS_RULES.items()])
def test_every_error_and_every_rule_is_said_in_both_languages(name, said):
    en, zh = said
    assert en.isascii()
    assert en.strip()
    assert any("一" <= letter <= "鿿" for letter in zh), name
