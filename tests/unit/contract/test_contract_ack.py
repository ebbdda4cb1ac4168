"""A refusal can never be taken for a success."""

import json

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
    seconds = retry_after_seconds(reason)
    assert (seconds is not None) == (reason.status == 503)
    assert seconds is None or 1 <= seconds <= 60
