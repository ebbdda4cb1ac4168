"""RequestReader: the same requests however the bytes are cut, and none from bytes that can be read in two ways."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.edge.limits import CHUNK_OVERHEAD_BYTES_MAX, Limits
from afterchat.edge.reader import COMPLETE, MORE, REFUSED, RequestReader

LIMITS = Limits(
    body_bytes_max=1000,
    header_bytes_max=500,
    request_seconds_max=10,
    idle_seconds_max=60,
    connections_max=10,
    connections_per_peer_max=10,
)

PIPELINE = (
    b"POST /push?eventType=A&time=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5 \r\nX-One:  two \t\r\n\r\nhello"
    b"GET /healthz HTTP/1.1\r\nhost:\r\n\r\n"
    b"POST /push/t HTTP/1.1\r\nHost: a:80\r\nTransfer-Encoding: Chunked\r\n\r\n"
    b"2;x=y\r\nab\r\n00A\r\n0123456789\r\n0\r\nTrailer: x\r\nX-Sum: 9\r\n\r\n"
    b"\r\nHEAD /x?a?b HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n"
)
REQUESTS = [
    (b"POST", b"/push", b"eventType=A&time=1", 3, b"hello", True),
    (b"GET", b"/healthz", b"", 1, b"", True),
    (b"POST", b"/push/t", b"", 2, b"ab0123456789", True),
    (b"HEAD", b"/x", b"a?b", 2, b"", False),
]


def read_all(pieces):
    """Every request that these pieces carry, and how it ended: MORE or a refusal's label."""
    reader = RequestReader(LIMITS)
    requests = []
    for piece in pieces:
        data = piece
        while data:
            state = reader.feed(data)
            if state == REFUSED:
                return requests, reader.refusal
            if state == MORE:
                break
            requests.append(
                (reader.method, reader.path, reader.query, len(reader.headers), reader.body, reader.keeps_alive)
            )
            data = reader.rest
    return requests, MORE


def refusal_of(data):
    requests, refusal = read_all([data])
    assert requests == []
    assert read_all([bytes([byte]) for byte in data]) == ([], refusal)
    return refusal


def test_a_pipeline_in_one_piece_is_its_requests():
    assert read_all([PIPELINE]) == (REQUESTS, MORE)


def test_a_pipeline_byte_by_byte_is_its_requests():
    assert read_all([PIPELINE[i : i + 1] for i in range(len(PIPELINE))]) == (REQUESTS, MORE)


@given(st.lists(st.integers(0, len(PIPELINE)), max_size=12))
def test_any_split_of_a_pipeline_is_the_same_requests(cuts):
    edges = [0, *sorted(cuts), len(PIPELINE)]
    pieces = [PIPELINE[a:b] for a, b in pairwise(edges)]
    assert read_all(pieces) == (REQUESTS, MORE)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    requests, _ = read_all([data])
    assert requests == []


@given(st.integers(0, len(PIPELINE) - 1), st.binary(min_size=1, max_size=2), st.lists(st.integers(0, 400), max_size=4))
def test_damaged_pipelines_read_the_same_however_they_are_cut(position, damage, cuts):
    data = PIPELINE[:position] + damage + PIPELINE[position + 1 :]
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    whole_requests, whole_end = read_all([data])
    cut_requests, cut_end = read_all(pieces)
    assert cut_requests == whole_requests
    assert cut_end == whole_end


def head(line=b"POST /push HTTP/1.1", *fields):
    return b"\r\n".join((line, *fields, b"", b""))


HOST = b"Host: a"
MALFORMED = {
    "length and coding": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: 3", b"Transfer-Encoding: chunked"),
    "two lengths": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: 3", b"Content-Length: 3"),
    "length list": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: 3, 3"),
    "negative length": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: -1"),
    "signed length": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: +2"),
    "hexadecimal length": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: 0x2"),
    "empty length": head(b"POST /push HTTP/1.1", HOST, b"Content-Length:"),
    "endless length": head(b"POST /push HTTP/1.1", HOST, b"Content-Length: " + b"9" * 25),
    "bare LF": b"POST /push HTTP/1.1\nHost: a\n\n",
    "one bare LF": b"POST /push HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
    "bare CR": b"POST /push HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
    "folding": head(b"POST /push HTTP/1.1", HOST, b"X: a", b" b"),
    "folded first field": head(b"POST /push HTTP/1.1", b" X: a", HOST),
    "NUL in a value": head(b"POST /push HTTP/1.1", HOST, b"X: a\0b"),
    "control character in a value": head(b"POST /push HTTP/1.1", HOST, b"X: a\x01b"),
    "DEL in a value": head(b"POST /push HTTP/1.1", HOST, b"X: a\x7fb"),
    "space before the colon": head(b"POST /push HTTP/1.1", b"Host : a"),
    "no colon": head(b"POST /push HTTP/1.1", HOST, b"X"),
    "empty name": head(b"POST /push HTTP/1.1", HOST, b": x"),
    "no Host": head(b"POST /push HTTP/1.1"),
    "two Hosts": head(b"POST /push HTTP/1.1", HOST, HOST),
    "two Hosts in one": head(b"POST /push HTTP/1.1", b"Host: a, b"),
    "version 9.9": head(b"POST /push HTTP/9.9", HOST),
    "version 2.0": head(b"PRI * HTTP/2.0"),
    "version 1.2": head(b"POST /push HTTP/1.2", HOST),
    "no version": head(b"POST /push"),
    "absolute form": head(b"POST http://a/push HTTP/1.1", HOST),
    "authority form": head(b"CONNECT a:443 HTTP/1.1", HOST),
    "CONNECT with a path": head(b"CONNECT /push HTTP/1.1", HOST),
    "asterisk form": head(b"OPTIONS * HTTP/1.1", HOST),
    "space in the path": head(b"POST /pu sh HTTP/1.1", HOST),
    "tab in the path": head(b"POST /pu\tsh HTTP/1.1", HOST),
    "two spaces": head(b"POST  /push HTTP/1.1", HOST),
    "fragment": head(b"POST /push#a HTTP/1.1", HOST),
    "high byte in the path": head(b"POST /p\xc3\xa4 HTTP/1.1", HOST),
    "unknown method": head(b"FROB /push HTTP/1.1", HOST),
    "lower-case method": head(b"post /push HTTP/1.1", HOST),
    "upgrade": head(b"GET / HTTP/1.1", HOST, b"Connection: upgrade", b"Upgrade: websocket"),
    "h2c": head(b"GET / HTTP/1.1", HOST, b"Upgrade: h2c"),
    "unknown coding": head(b"POST /push HTTP/1.1", HOST, b"Transfer-Encoding: gzip, chunked"),
    "coding twice": head(b"POST /push HTTP/1.1", HOST, b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    "identity coding": head(b"POST /push HTTP/1.1", HOST, b"Transfer-Encoding: identity"),
    "vertical tab before the coding": head(b"POST /push HTTP/1.1", HOST, b"Transfer-Encoding: \x0bchunked"),
    "chunks in 1.0": head(b"POST /push HTTP/1.0", HOST, b"Transfer-Encoding: chunked"),
    "two empty lines first": b"\r\n\r\n" + head(b"POST /push HTTP/1.1", HOST),
}
CHUNKED = head(b"POST /push HTTP/1.1", HOST, b"Transfer-Encoding: chunked")
MALFORMED_CHUNKS = {
    "bare LF after the size": b"1\nx\r\n0\r\n\r\n",
    "bare LF after the data": b"1\r\nx\n0\r\n\r\n",
    "more data than said": b"1\r\nxy\r\n0\r\n\r\n",
    "no size": b"\r\nx\r\n0\r\n\r\n",
    "signed size": b"+1\r\nx\r\n0\r\n\r\n",
    "0x size": b"0x1\r\nx\r\n0\r\n\r\n",
    "space before the size": b" 1\r\nx\r\n0\r\n\r\n",
    "space after the size": b"1 \r\nx\r\n0\r\n\r\n",
    "size of nine digits": b"000000001\r\nx\r\n0\r\n\r\n",
    "bare LF in an extension": b"1;a\n\r\nx\r\n0\r\n\r\n",
    "NUL in an extension": b"1;\0\r\nx\r\n0\r\n\r\n",
    "endless extension": b"1;" + b"a" * 300 + b"\r\n",
    "folded trailer": b"0\r\nX: a\r\n b\r\n\r\n",
    "length in a trailer": b"0\r\nContent-Length: 9\r\n\r\n",
    "trailer without colon": b"0\r\nX\r\n\r\n",
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_an_ambiguous_head_is_malformed(data):
    assert refusal_of(data) == "malformed"


@pytest.mark.parametrize("data", MALFORMED_CHUNKS.values(), ids=MALFORMED_CHUNKS)
def test_ambiguous_chunks_are_malformed(data):
    assert refusal_of(CHUNKED + data) == "malformed"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((b"Content-Length: 1000",), MORE),
        ((b"Content-Length: 1001",), "body"),
        ((b"Content-Length: 10000000000",), "body"),
        ((b"Content-Encoding: gzip", b"Content-Length: 3"), "encoding"),
        ((b"Content-Encoding: identity", b"Content-Encoding: br"), "encoding"),
        ((b"Content-Encoding: Identity", b"Content-Length: 3"), MORE),
    ],
)
def test_a_body_that_will_not_be_taken_is_refused_before_it_is_read(fields, expected):
    assert refusal_of(head(b"POST /push HTTP/1.1", HOST, *fields)) == expected


def codings(path):
    return frozenset({b"gzip"}) if path == b"/v1/events" else frozenset()


@pytest.mark.parametrize(
    ("coding", "state"),
    [
        (b"gzip", COMPLETE),
        (b"GZip", COMPLETE),
        (b" gzip ", COMPLETE),
        (b"identity", COMPLETE),
        (b"", COMPLETE),
        (b"gzip, gzip", REFUSED),
        (b"gzip,", REFUSED),
        (b"gzip\r\nContent-Encoding: gzip", REFUSED),
        (b"identity, gzip", REFUSED),
        (b"gzip;q=1", REFUSED),
        (b"x-gzip", REFUSED),
        (b"br", REFUSED),
    ],
)
def test_a_path_takes_the_codings_it_was_given_one_at_a_time_and_leaves_them_on(coding, state):
    reader = RequestReader(LIMITS, codings)
    request = (
        head(b"POST /v1/events HTTP/1.1", HOST, b"Content-Length: 3", b"Content-Encoding: " + coding) + b"\x1f\x8bz"
    )

    assert (state, "" if state == COMPLETE else "encoding") == (reader.feed(request), reader.refusal)
    assert (b"" if state == REFUSED else b"\x1f\x8bz") == reader.body


def test_a_coding_is_taken_on_no_other_path():
    reader = RequestReader(LIMITS, codings)
    fields = (HOST, b"Content-Length: 0", b"Content-Encoding: gzip")

    assert COMPLETE == reader.feed(head(b"POST /v1/events HTTP/1.1", *fields))
    assert (REFUSED, "encoding") == (reader.feed(head(b"POST /push HTTP/1.1", *fields)), reader.refusal)


@pytest.mark.parametrize(
    ("chunks", "expected"),
    [
        (b"3e8\r\n" + b"x" * 1000 + b"\r\n", MORE),
        (b"3e9\r\n", "body"),
        (b"ffffffff\r\n", "body"),
        (b"1f4\r\n" + b"x" * 500 + b"\r\n1f5\r\n", "body"),
        (b"0\r\n" + b"X: y\r\n" * 100, "head"),
    ],
)
def test_a_chunked_body_is_capped_by_what_its_sizes_say(chunks, expected):
    assert refusal_of(CHUNKED + chunks) == expected


def test_chunk_framing_is_capped_on_the_wire():
    chunk = b"1;" + b"e" * 200 + b"\r\nx\r\n"
    count = (LIMITS.body_bytes_max + CHUNK_OVERHEAD_BYTES_MAX) // len(chunk)
    assert read_all([CHUNKED + chunk * count])[1] == MORE
    assert read_all([CHUNKED + chunk * (count + 1)])[1] == "body"


@pytest.mark.parametrize("filler", [b"a:\r\n", b"X: " + b"y" * 90 + b"\r\n", b"a:" + b" " * 60 + b"b\r\n"])
def test_a_head_may_be_as_long_as_the_limit_and_not_a_byte_longer(filler):
    start = b"GET /push HTTP/1.1\r\nHost: a\r\n"
    fields = filler * ((LIMITS.header_bytes_max - len(start) - 6) // len(filler))
    last = b"z:" + b" " * (LIMITS.header_bytes_max - len(start) - len(fields) - 6) + b"\r\n\r\n"
    assert read_all([start + fields + last])[1] == MORE
    assert len(read_all([start + fields + last])[0]) == 1
    assert refusal_of(start + fields + b" " + last) in {"malformed", "head"}
    assert refusal_of(start + fields + last.replace(b"z:", b"zz:")) == "head"


@pytest.mark.parametrize("data", [b"GET /push/" + b"a" * 600, b"X" * 501])
def test_a_head_without_end_is_refused_once_it_is_too_long(data):
    assert refusal_of(data) == "head"


def test_the_path_of_a_refused_head_is_known_when_its_first_line_can_be_read():
    reader = RequestReader(LIMITS)
    assert reader.feed(b"POST /push/t?time=1 HTTP/1.1\r\nHost: a\r\nX: a\0\r\n\r\n") == REFUSED
    assert (reader.method, reader.path) == (b"POST", b"/push/t")


def test_the_path_of_an_earlier_request_is_not_taken_for_that_of_a_refused_one():
    reader = RequestReader(LIMITS)
    assert reader.feed(b"GET /push HTTP/1.1\r\nHost: a\r\n\r\n") == COMPLETE
    assert reader.feed(b"\x16\x03\x01\n") == REFUSED
    assert reader.path == b""


def test_bodies_of_one_connection_do_not_run_together():
    request = head(b"POST /push HTTP/1.1", HOST, b"Content-Length: 3")
    assert [found[4] for found in read_all([request + b"abc" + request + b"def"])[0]] == [b"abc", b"def"]
    assert [found[4] for found in read_all([request + b"a", b"bc" + request + b"d", b"ef"])[0]] == [b"abc", b"def"]


def test_a_continue_is_wanted_only_while_the_body_is_missing():
    reader = RequestReader(LIMITS)
    expecting = head(b"POST /push HTTP/1.1", HOST, b"Content-Length: 3", b"Expect: 100-Continue")
    assert (reader.feed(expecting), reader.wants_continue) == (MORE, True)
    assert (reader.feed(b"abc"), reader.wants_continue) == (COMPLETE, False)
    assert (reader.feed(expecting + b"abc"), reader.wants_continue) == (COMPLETE, False)
    assert (reader.feed(expecting.replace(b"1.1", b"1.0")), reader.wants_continue) == (MORE, False)


@pytest.mark.parametrize(
    ("version", "fields", "expected"),
    [
        (b"1.1", (), True),
        (b"1.1", (b"Connection: close",), False),
        (b"1.1", (b"Connection: keep-alive", b"Connection: x,CLOSE"), False),
        (b"1.0", (), False),
        (b"1.0", (b"Connection: Keep-Alive",), True),
        (b"1.0", (b"Connection: keep-alive, close",), False),
    ],
)
def test_a_connection_stays_when_both_ends_want_it(version, fields, expected):
    reader = RequestReader(LIMITS)
    assert reader.feed(head(b"GET / HTTP/" + version, HOST, *fields)) == COMPLETE
    assert reader.keeps_alive == expected


def test_what_is_held_in_memory_is_told():
    reader = RequestReader(LIMITS)
    reader.feed(b"POST /push HTTP/1.1\r\n")
    assert reader.held_bytes == 21
    reader.feed(b"Host: a\r\nContent-Length: 5\r\n\r\nab")
    assert reader.held_bytes == 2
    reader.feed(b"cde")
    assert reader.held_bytes == 0
