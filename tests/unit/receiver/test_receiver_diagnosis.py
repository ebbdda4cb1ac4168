"""Each usual mistake is named as its own cause."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.contract.signature import body_md5, checksum
from afterchat.receiver.diagnosis import Cause, diagnose

SECRET = b"DD0F1F5A3AD04EF49A06547C253F9357"
RETIRED = b"retired-secret-of-old"
TIME = b"1700000000"
NOW_MS = 1_700_000_000_000
BODY = json.dumps({"id": 1, "staffName": "超级管理员", "url": "a/b"}, ensure_ascii=False).encode()


def summed(body=BODY, time=TIME, secret=SECRET):
    return checksum(secret, body_md5(body), time)


def cause(claimed, body=BODY, time=TIME, now_ms=NOW_MS, secrets=(SECRET,)):
    return diagnose(secrets, time, claimed, body, now_ms, retired_secrets=(RETIRED,))


MISTAKES = {
    "the right way": (Cause.AUTHENTIC, summed()),
    "upper case": (Cause.UPPER_CASE, summed().upper()),
    "an old secret": (Cause.OLD_SECRET, summed(secret=RETIRED)),
    "a blank after the secret": (Cause.TRIMMED_SECRET, summed(secret=SECRET + b"\n")),
    "the secret in lower case": (Cause.TRIMMED_SECRET, summed(secret=SECRET.lower())),
    "GBK": (Cause.GBK, summed(BODY.decode().encode("gbk"))),
    "re-encoded, compact": (
        Cause.RE_ENCODED,
        summed(json.dumps(json.loads(BODY), separators=(",", ":"), ensure_ascii=False).encode()),
    ),
    "re-encoded, escaped": (Cause.RE_ENCODED, summed(json.dumps(json.loads(BODY)).encode())),
    "a line end less": (Cause.RE_ENCODED, summed(BODY + b"\n")),
    "empty body": (Cause.EMPTY_BODY, summed(b"")),
    "upper-case md5": (Cause.UPPER_CASE_MD5, checksum(SECRET, body_md5(BODY).upper(), TIME)),
    "another order": (
        Cause.OTHER_ORDER,
        hashlib.sha1(SECRET + TIME + body_md5(BODY)).hexdigest().encode(),
    ),
    "no checksum": (Cause.NO_CHECKSUM, b""),
    "anything else": (Cause.UNKNOWN, b"0" * 40),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_named(mistake):
    expected, claimed = MISTAKES[mistake]

    assert expected is cause(claimed)


def test_milliseconds_are_named_whether_signed_as_such_or_not():
    assert Cause.MILLISECONDS is cause(summed(time=TIME + b"000"), time=TIME + b"000")
    assert Cause.MILLISECONDS is cause(summed(time=TIME), time=TIME + b"000")


def test_a_time_of_another_length_is_named():
    assert Cause.BAD_TIME is cause(summed(time=b"17"), time=b"17")


def test_a_wrong_clock_is_told_from_a_wrong_sum():
    assert Cause.OUTSIDE_WINDOW is cause(summed(), now_ms=NOW_MS + 301_000)


def test_a_tenant_without_any_key_is_told_from_a_wrong_sum():
    assert Cause.NO_KEY is diagnose((), TIME, summed(), BODY, NOW_MS)


def test_every_cause_says_itself_in_both_languages_and_has_a_label_of_its_own():
    assert len({one.wire for one in Cause}) == len(Cause)
    assert all(one.en.endswith(".") and one.zh.endswith("。") for one in Cause)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_bytes_have_a_cause(time, claimed, body):
    assert isinstance(cause(claimed, body, time), Cause)
