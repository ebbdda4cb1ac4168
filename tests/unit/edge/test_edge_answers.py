"""Answers to bytes: framed by the edge alone, one answer each, and the same bytes again for the same answer."""

from __future__ import annotations

import pytest

from afterchat.edge.answers import CLOSES, KEEPS_ALIVE, KEEPS_ALIVE_1_0, AnswerEncoder, encode_head, plain_refusal
from afterchat.edge.message import Answer

LABELS = {"body": 413, "encoding": 415, "head": 431, "malformed": 400, "deadline": 408, "busy": 503, "stopping": 503}


def test_an_acknowledgement_is_these_bytes():
    assert AnswerEncoder().encode(Answer(200, b"{}"), KEEPS_ALIVE) == (
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize("connection", [KEEPS_ALIVE, KEEPS_ALIVE_1_0, CLOSES])
def test_a_prepared_answer_is_kept_apart_by_connection_and_body(connection):
    encoder = AnswerEncoder()
    fresh = [AnswerEncoder().encode(Answer(200, body), connection) for body in (b"a", b"b")]
    for _ in range(2):
        assert [encoder.encode(Answer(200, body), connection) for body in (b"a", b"b")] == fresh
        assert b"connection: x" not in encoder.encode(Answer(200, b"a"), KEEPS_ALIVE)


def test_many_different_answers_do_not_pile_up():
    encoder = AnswerEncoder()
    for number in range(2000):
        assert encoder.encode(Answer(200, b"%d" % number), CLOSES).endswith(b"\r\n\r\n%d" % number)
    assert len(encoder._prepared) <= 256


def test_an_answer_to_head_says_the_length_without_the_body():
    assert AnswerEncoder().encode(Answer(200, b"abc", ()), CLOSES, is_head=True) == (
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\n"
    )


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_body_has_none(status):
    assert AnswerEncoder().encode(Answer(status, b"x", ()), KEEPS_ALIVE).endswith(b"\r\n\r\n")


def test_framing_headers_of_an_answer_are_not_sent():
    headers = ((b"Content-Length", b"9"), (b"Transfer-Encoding", b"chunked"), (b"Connection", b"upgrade"), (b"x", b"y"))
    assert AnswerEncoder().encode(Answer(200, b"a", headers), KEEPS_ALIVE) == (
        b"HTTP/1.1 200 OK\r\nx: y\r\ncontent-length: 1\r\n\r\na"
    )


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, ((b"x", b"a\r\nb: c"),)),
        (200, ((b"x", b"a\nb"),)),
        (200, ((b"x", b"a\0"),)),
        (200, ((b"x: y", b"a"),)),
        (200, ((b"", b"a"),)),
        (100, ()),
        (600, ()),
    ],
)
def test_what_could_pass_for_a_second_answer_is_not_sent(status, headers):
    with pytest.raises(ValueError, match="answer"):
        encode_head(status, headers, KEEPS_ALIVE, b"")


def test_an_unregistered_status_is_sent_without_a_phrase():
    assert encode_head(599, (), KEEPS_ALIVE, b"") == b"HTTP/1.1 599 \r\n\r\n"


@pytest.mark.parametrize(("label", "status"), LABELS.items())
def test_a_plain_refusal_is_never_mistaken_for_an_acknowledgement(label, status):
    answer = plain_refusal(label)
    assert answer.status == status
    assert answer.body not in {b"", b"{}"}
    assert (b"retry-after" in dict(answer.headers)) == (status == 503)
