"""Each usual mistake is named as its own cause."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterchat.contract.causes import Cause
from afterchat.contract.signature import body_md5, checksum
from afterchat.receiver.diagnosis import diagnose

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


@pytest.mark.parametrize("side", [-1, 1])
def test_a_push_that_the_window_refuses_by_a_millisecond_is_outside_for_the_diagnosis_too(side):
    edge_ms = NOW_MS + side * 300_000
    assert Cause.AUTHENTIC is cause(summed(), now_ms=edge_ms)
    assert Cause.OUTSIDE_WINDOW is cause(summed(), now_ms=edge_ms + side)


def test_the_window_of_the_diagnosis_is_that_of_the_receiver():
    for window_seconds, expected in ((99, Cause.OUTSIDE_WINDOW), (100, Cause.AUTHENTIC)):
        assert expected is diagnose((SECRET,), TIME, summed(), BODY, NOW_MS + 100_000, window_seconds=window_seconds)


def test_keys_without_retired_ones_and_retired_ones_without_keys_are_both_looked_at():
    assert Cause.AUTHENTIC is diagnose((SECRET,), TIME, summed(), BODY, NOW_MS)
    assert Cause.OLD_SECRET is diagnose((), TIME, summed(), BODY, NOW_MS, retired_secrets=(SECRET,))


def test_every_key_in_force_is_looked_at():
    assert Cause.UPPER_CASE_MD5 is cause(MISTAKES["upper-case md5"][1], secrets=(b"another", SECRET))


MD5 = body_md5(BODY)


@pytest.mark.parametrize(
    "joined",
    [SECRET + TIME + MD5, MD5 + SECRET + TIME, MD5 + TIME + SECRET, TIME + SECRET + MD5, TIME + MD5 + SECRET],
    ids=["secret time md5", "md5 secret time", "md5 time secret", "time secret md5", "time md5 secret"],
)
def test_every_other_order_of_the_parts_is_named(joined):
    assert Cause.OTHER_ORDER is cause(hashlib.sha1(joined).hexdigest().encode())


def test_a_machine_that_bars_the_hashes_from_security_gets_its_diagnosis_too(monkeypatch):
    hashed = []

    def note_and_hash(data, *, usedforsecurity=True):
        hashed.append(usedforsecurity)
        return sha1(data, usedforsecurity=False)

    sha1 = hashlib.sha1
    monkeypatch.setattr(hashlib, "sha1", note_and_hash)
    assert Cause.UNKNOWN is cause(b"0" * 40)
    assert {False} == set(hashed)


@pytest.mark.parametrize("misread", [SECRET.lower(), SECRET + b"\n", SECRET + b" "])
def test_a_secret_that_was_copied_badly_is_named(misread):
    assert Cause.TRIMMED_SECRET is cause(summed(secret=misread))


@pytest.mark.parametrize("ours", [b" " + SECRET, SECRET + b"\n", SECRET.lower()])
def test_a_secret_that_we_copied_badly_is_named(ours):
    assert Cause.TRIMMED_SECRET is cause(summed(), secrets=(ours,))


@pytest.mark.parametrize("hashed", [b"", b"{}"])
def test_a_sum_over_no_body_is_named(hashed):
    assert Cause.EMPTY_BODY is cause(summed(hashed))


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_line_ends_that_came_or_went_are_named_even_for_what_is_no_json(line_end):
    assert Cause.RE_ENCODED is cause(summed(b"text" + line_end), body=b"text")
    assert Cause.RE_ENCODED is cause(summed(b"text"), body=b"text" + line_end)


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")], ids=["compact", "spaced"])
@pytest.mark.parametrize("ensure_ascii", [False, True])
@pytest.mark.parametrize("sort_keys", [False, True])
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_the_same_json_written_otherwise_is_named(separators, ensure_ascii, sort_keys, slash):
    document = {"z": "超级管理员", "a": "b/c"}
    sent = json.dumps(document, indent=1).encode()
    text = json.dumps(document, ensure_ascii=ensure_ascii, separators=separators, sort_keys=sort_keys)
    assert Cause.RE_ENCODED is cause(summed(text.replace("/", slash).encode()), body=sent)


def test_utf8_that_was_signed_but_sent_as_gbk_is_named():
    assert Cause.GBK is cause(summed(BODY), body=BODY.decode().encode("gbk"))


def test_a_sum_over_gbk_is_named_even_for_what_is_no_json():
    assert Cause.GBK is cause(summed("消息".encode("gbk")), body="消息".encode())


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff" * 50, b'"\\ud800"', b'{"a":"\\ud800/"}', b""]
)
def test_a_body_that_cannot_be_written_otherwise_stops_no_diagnosis(body):
    assert Cause.UNKNOWN is cause(b"0" * 40, body=body)
    assert Cause.UPPER_CASE_MD5 is cause(checksum(SECRET, body_md5(body).upper(), TIME), body=body)


def test_a_cause_has_the_label_that_metrics_and_commands_know_it_by():
    assert [one.name.lower() for one in Cause] == [one.wire for one in Cause]


def test_every_cause_says_itself_in_both_languages_and_has_a_label_of_its_own():
    assert len({one.wire for one in Cause}) == len(Cause)
    assert all(one.en.endswith(".") and one.zh.endswith("。") for one in Cause)


@given(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_bytes_have_a_cause(time, claimed, body):
    assert isinstance(cause(claimed, body, time), Cause)
