"""Bytes of HTTP/1.1: requests that cannot be bent, answers that are read whole, bounded, or refused."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.sender.transport import ANSWER_BYTES_MAX, Answer, Failure
from afterchat.sender.wire import HEAD_BYTES_MAX, AnswerReader, request_head

OK = b"HTTP/1.1 200 OK\r\n"
PLAIN = OK + b"content-length: 2\r\n\r\n{}"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n1;note=x\r\n{\r\n1\r\n}\r\n0\r\nstatus: 500\r\n\r\n"

WHOLE = {
    "plain": (PLAIN, 200, b"{}", True),
    "chunks": (CHUNKED, 200, b"{}", True),
    "empty": (OK + b"content-length: 0\r\n\r\n", 200, b"", True),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", 304, b"", True),
    "it closes": (OK + b"connection: close\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", False),
    "1.0": (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", False),
    "no reason": (b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}", 200, b"{}", True),
    "after interim answers": (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\n" + PLAIN,
        200,
        b"{}",
        True,
    ),
    "an upgrade": (b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n", 101, b"", False),
    "as long as may be": (
        OK + b"content-length: %d\r\n\r\n" % ANSWER_BYTES_MAX + b"x" * ANSWER_BYTES_MAX,
        200,
        b"x" * ANSWER_BYTES_MAX,
        True,
    ),
}

NO_ANSWER = {
    "garbage": b"SSH-2.0-OpenSSH_9.6\r\n",
    "noise": b"\x00\xff\x15\x03\x01",
    "HTTP/0.9": b"<html>",
    "HTTP/2": b"HTTP/2 200 OK\r\n\r\n",
    "bare LF": b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
    "length and chunks": OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "negative length": OK + b"content-length: -2\r\n\r\n{}",
    "bad chunk size": OK + b"transfer-encoding: chunked\r\n\r\nxyz\r\n{}",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a long field": OK + b"x: " + b"a" * HEAD_BYTES_MAX + b"\r\n\r\n",
    "many fields": OK + b"x: a\r\n" * 3000 + b"\r\n",
    "a head without end": OK + b"x: " + b"a" * HEAD_BYTES_MAX,
    "interim answers without end": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000,
}

CUT = {
    "longer than may be": OK + b"content-length: 70000\r\n\r\n" + b"x" * 70000,
    "ten gigabytes": OK + b"content-length: 10000000000\r\n\r\n" + b"x" * 70000,
    "chunks without end": OK + b"transfer-encoding: chunked\r\n\r\n" + (b"1000\r\n" + b"x" * 4096 + b"\r\n") * 20,
    "until it closes": OK + b"\r\n" + b"x" * 70000,
    "chunk extensions without end": OK + b"transfer-encoding: chunked\r\n\r\n1;" + b"x" * 200_000,
    "trailers without end": OK + b"transfer-encoding: chunked\r\n\r\n0\r\n" + b"x: y\r\n" * 40_000,
}


def read_pieces(data: bytes, size: int) -> tuple[Answer | Failure | None, AnswerReader]:
    """Feed it in pieces until an outcome is there."""
    reader = AnswerReader()
    for start in range(0, len(data), size):
        outcome = reader.feed(data[start : start + size])
        if outcome is not None:
            return outcome, reader
    return None, reader


@pytest.mark.parametrize("size", [1, 7, 1_000_000])
@pytest.mark.parametrize("case", WHOLE)
def test_whole_answers_are_read_in_any_pieces(case, size):
    data, status, body, keeps_alive = WHOLE[case]
    answer, reader = read_pieces(data, size)

    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.is_cut) == (status, body, False)
    assert reader.keeps_alive == keeps_alive


@pytest.mark.parametrize("size", [1, 1_000_000])
@pytest.mark.parametrize("case", NO_ANSWER)
def test_what_is_no_answer_is_a_failure_of_the_protocol(case, size):
    failure, reader = read_pieces(NO_ANSWER[case], size)

    assert isinstance(failure, Failure)
    assert failure.kind == "protocol"
    assert not reader.keeps_alive


@pytest.mark.parametrize("size", [1000, 1_000_000])
@pytest.mark.parametrize("case", CUT)
def test_answers_without_end_are_cut(case, size):
    answer, reader = read_pieces(CUT[case], size)

    assert isinstance(answer, Answer)
    assert answer.is_cut
    assert len(answer.body) <= ANSWER_BYTES_MAX
    assert not reader.keeps_alive


def test_a_compressed_bomb_stays_the_few_bytes_that_it_is():
    bomb = gzip.compress(b"{" + b" " * 10_000_000 + b"}")
    head = OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    answer, _ = read_pieces(head + bomb, 1000)

    assert isinstance(answer, Answer)
    assert (answer.body, answer.is_cut) == (bomb, False)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "reset"),
        (b"HTTP/1.1 200 OK\r\ncontent", "reset"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "reset"),
        (PLAIN[:-1], True),
        (CHUNKED[:-2], True),
        (OK + b"\r\n{}", False),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", False),
    ],
)
def test_where_the_connection_ends_decides_whether_the_answer_is_whole(data, expected):
    _, reader = read_pieces(data, 5)
    outcome = reader.end()

    assert expected == (outcome.is_cut if isinstance(outcome, Answer) else outcome.kind)


def test_names_of_fields_are_lower_case_and_the_last_of_several_counts():
    answer, _ = read_pieces(OK + b"Retry-After: 1\r\nX: a\r\nretry-after: 7\r\nContent-Length: 0\r\n\r\n", 9)

    assert isinstance(answer, Answer)
    assert answer.headers == {"retry-after": "7", "x": "a", "content-length": "0"}


@pytest.mark.parametrize("size", [1, 10_000])
@pytest.mark.parametrize("first", [PLAIN, CHUNKED, b"HTTP/1.1 204 No Content\r\n\r\n"])
def test_a_second_answer_for_which_nobody_asked_changes_nothing_and_ends_the_connection(first, size):
    reader = AnswerReader()
    outcomes = [reader.feed(first), reader.feed(b"HTTP/1.1 500 No\r\ncontent-length: 3\r\nx: y\r\n\r\nabc")]
    together, both = read_pieces(first + b"HTTP/1.1 500 No\r\ncontent-length: 3\r\n\r\nabc", 10_000)

    assert together == outcomes[0] == outcomes[1]
    assert not reader.keeps_alive
    assert not both.keeps_alive


@given(st.binary(max_size=200), st.integers(1, 50), st.sampled_from([b"", b"HTTP/1.1 ", OK, PLAIN[:-3], CHUNKED[:50]]))
def test_any_bytes_give_an_outcome_and_never_an_exception(noise, size, beginning):
    outcome, reader = read_pieces(beginning + noise, size)

    assert isinstance(outcome or reader.end(), Answer | Failure)


def test_a_request_frames_itself_and_carries_the_endpoints_own_fields():
    head = request_head("a.com:8443", "/push?x=1", (("content-type", "application/json"), ("X-Name", "客服")), 5)

    assert (
        head
        == (
            "POST /push?x=1 HTTP/1.1\r\nhost: a.com:8443\r\ncontent-type: application/json\r\nX-Name: 客服\r\n"
            "user-agent: afterchat\r\naccept-encoding: identity\r\ncontent-length: 5\r\n\r\n"
        ).encode()
    )


def test_an_endpoint_may_name_its_own_user_agent():
    head = request_head("a.com", "/", (("User-Agent", "mine"),), 0)

    assert isinstance(head, bytes)
    assert head.lower().count(b"user-agent") == 1


@pytest.mark.parametrize(
    "field",
    [
        ("Host", "b.com"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "close"),
        ("Expect", "100-continue"),
        ("Proxy-Authorization", "x"),
        ("", "x"),
        ("a b", "x"),
        ("a:b", "x"),
        ("x\r\ny", "x"),
        ("名", "x"),
        ("x", "a\r\nb: c"),
        ("x", "a\nb"),
        ("x", "a\0"),
        ("x", "\ud800"),
    ],
)
def test_a_field_that_would_bend_the_request_is_refused(field):
    failure = request_head("a.com", "/", (field,), 0)

    assert isinstance(failure, Failure)
    assert failure.kind == "bad_header"
