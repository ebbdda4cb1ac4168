"""A refusal can never be taken for a success."""

import json
import re

import pytest

from afterchat.contract.ack import ACCEPTED_BODY, Reason, refusal_body, retry_after_seconds

TABLE = {
    "CHECKSUM": (401, 14002, "checksum"),
    "TIME": (401, 14003, "window"),
    "TENANT": (404, 14001, "tenant"),
    "PARAMETER": (400, 14004, "parameter"),
    "METHOD": (405, 14004, "method"),
    "HEAD": (431, 14004, "head"),
    "MALFORMED": (400, 14004, "malformed"),
    "ENCODING": (415, 14004, "encoding"),
    "BODY": (413, 14004, "body"),
    "DEADLINE": (408, 14004, "deadline"),
    "BUSY": (503, 14500, "busy"),
    "DISK": (503, 14500, "disk"),
    "STORE": (503, 14500, "store"),
    "STOPPING": (503, 14500, "stopping"),
}


def test_reasons_are_those_of_the_design():
    assert {reason.name: (reason.status, reason.code, reason.wire) for reason in Reason} == TABLE


@pytest.mark.parametrize("reason", Reason)
def test_refusal_is_a_json_object_with_its_code_and_never_looks_like_success(reason):
    body = refusal_body(reason)
    assert json.loads(body)["code"] == reason.code
    assert json.loads(body)["message"] == reason.message
    assert body.startswith(b'{"code":')
    assert body.strip() not in {b"", ACCEPTED_BODY}
    assert not 200 <= reason.status < 300


def test_detail_is_added_and_cut():
    assert json.loads(refusal_body(Reason.BODY, "x" * 999))["message"] == f"{Reason.BODY.message}: {'x' * 200}"


def test_detail_that_is_no_unicode_does_not_raise():
    assert json.loads(refusal_body(Reason.BODY, "\ud800"))["code"] == 14004


@pytest.mark.parametrize("reason", Reason)
def test_exactly_the_503s_say_when_to_come_back(reason):
    waits = {"BUSY": 1, "DISK": 60, "STORE": 5, "STOPPING": 5}
    assert retry_after_seconds(reason) == waits.get(reason.name)
    assert (retry_after_seconds(reason) is not None) == (reason.status == 503)


def test_accepted_is_an_empty_object_and_nothing_else():
    assert ACCEPTED_BODY == b"{}"


@pytest.mark.parametrize("reason", Reason)
def test_message_is_chinese_then_english_and_stands_in_the_body_as_compact_utf8(reason):
    zh, _, en = reason.message.partition(" / ")
    assert re.search("[\u4e00-\u9fff]", zh)
    assert re.fullmatch("[A-Za-z ,-]{8,}", en)
    assert refusal_body(reason) == f'{{"code":{reason.code},"message":"{reason.message}"}}'.encode()


def test_no_two_reasons_say_the_same():
    assert len({reason.message for reason in Reason}) == len({reason.wire for reason in Reason}) == len(Reason)


def test_detail_of_just_200_characters_is_whole():
    assert json.loads(refusal_body(Reason.BODY, "x" * 200))["message"].endswith(": " + "x" * 200)
