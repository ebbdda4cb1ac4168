"""`afterchat endpoints test`: one signed push, now, and an honest word on what came of it."""

from __future__ import annotations

import json

import pytest

from afterchat.contract.signature import checksum_matches

SECRET = "5ca1ab1e0ddba11c0ffee0badc0de9f1"
OPEN = {"AFTERCHAT_ALLOWED_TARGETS": "127.0.0.1", "AFTERCHAT_ALLOW_HTTP_ENDPOINTS": "yes"}


@pytest.fixture
def trial(afterchat, receiver, store_url, tmp_path):
    """Call `afterchat endpoints test` on an endpoint that is the receiver; loopback is open unless told otherwise."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    made = afterchat(
        "endpoints", "add", "crm", receiver.url, "--secret-file", secret, "--store", store_url, "--paused", **OPEN
    )
    assert 0 == made.code
    return lambda *arguments, **given: afterchat(
        "endpoints", "test", "crm", "--store", store_url, *arguments, **(given or OPEN)
    )


def test_the_push_is_signed_and_says_what_it_is(trial, receiver):
    call = trial("--json")
    [taken] = receiver.taken

    assert (0, True, 200) == (call.code, call.document["delivered"], call.document["status"])
    assert ["AFTERCHAT_TEST"] == taken.parameters["eventType"]
    time, checksum = (taken.parameters[name][0].encode() for name in ("time", "checksum"))
    assert 0 == checksum_matches([SECRET.encode()], taken.body, time, checksum)
    assert ("AFTERCHAT_TEST", "crm") == tuple(json.loads(taken.body)[key] for key in ("event", "endpoint"))


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (500, b"oops", "status_5xx"),
        (403, b"{}", "status_4xx"),
        (410, b"", "status_410"),
        (302, b"", "status_3xx"),
        (200, b'{"code":"checksum"}', "wrong_body"),
    ],
)
def test_a_push_that_was_not_taken_ends_in_1_with_the_reason(trial, receiver, status, answer, error):
    receiver.answers = [(status, {"location": "http://127.0.0.1:1/"}, answer)]
    call = trial("--json")

    assert (1, False, status, error) == (
        call.code,
        *(call.document[key] for key in ("delivered", "status", "error")),
    )
    assert answer.decode() == call.document["answer"]
    assert 1 == len(receiver.taken)


@pytest.mark.parametrize(("language", "said"), [("en", "the endpoint failed"), ("zh", "对方出错")])
def test_people_are_told_why_in_their_language(trial, receiver, language, said):
    receiver.answers = [(500, {}, b"\x1b[31moops")]
    call = trial("--lang", language)

    assert said in call.out
    assert "\x1b" not in call.out


def test_an_address_that_is_closed_here_is_not_called(trial, receiver):
    call = trial("--json", AFTERCHAT_ALLOWED_TARGETS="10.0.0.0/8", AFTERCHAT_ALLOW_HTTP_ENDPOINTS="yes")

    assert (1, False, 0, []) == (call.code, call.document["delivered"], call.document["status"], receiver.taken)
    assert call.document["why"]


def test_the_secret_is_shown_nowhere(trial, receiver):
    receiver.answers = [(500, {}, b"no")]

    for call in (trial(), trial("--json")):
        assert SECRET not in call.out + call.err


def test_a_long_answer_is_cut_to_a_kibibyte(trial, receiver):
    receiver.answers = [(500, {}, b"x" * 5000)]

    assert 1024 == len(trial("--json").document["answer"])
