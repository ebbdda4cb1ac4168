"""The door: any request becomes a submission or an answer that says what is wrong."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from hashlib import sha256

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import NOW, opened

from afterchat.contract.codec import encode
from afterchat.contract.record import blank_record
from afterchat.edge.message import Answer, Request
from afterchat.engine import Unreadable, VisitorWrote, write_event
from afterchat.sender.intake import BODY_BYTES_MAX, DOORS, ITEMS_MAX, REFUSALS, answer_of, read_request, refusal
from afterchat.sender.submission import DUPLICATE, TAKEN, ItemVerdict, Submission
from afterchat.settings import SETTINGS
from afterchat.store.ports import Token

SENDER = Token("erp", "acme", None, "send")
READER = Token("bi", "acme", None, "read")
OPERATOR = Token("ops", None, None, "send")
EXPIRED = Token("old", "acme", NOW, "send")
TOKENS = [(token, sha256(token.id.encode()).digest()) for token in (SENDER, READER, OPERATOR, EXPIRED)]

WROTE = VisitorWrote(id="wrote", session=102, at=NOW)
ONE, TWO = write_event(opened()), write_event(WROTE)
PACKED = gzip.compress(ONE, mtime=0)  # the names of tests are made of it
RECORD = blank_record(id=102)


def request(body=ONE, path=b"/v1/events", method=b"POST", token=b"erp", **headers):
    given_headers = tuple((name.replace("_", "-").encode(), value) for name, value in headers.items())
    authorization = () if token is None else ((b"authorization", b"Bearer " + token),)
    return Request(method, path, b"", authorization + given_headers, body, "127.0.0.1")


def read(*arguments, **values):
    return read_request(request(*arguments, **values), TOKENS, NOW)


def items(*arguments, **values):
    submission = read(*arguments, **values)
    assert isinstance(submission, Submission), submission
    return submission.items


def code_of(answer):
    assert isinstance(answer, Answer)
    return json.loads(answer.body)["code"]


# --- what is taken


def test_an_event_becomes_a_submission_of_the_token_s_tenant():
    assert Submission("acme", [opened()]) == read()


def test_a_record_is_handed_in_at_the_other_door():
    assert Submission("acme", [RECORD]) == read(encode(RECORD), b"/v1/records")
    assert {b"/v1/events", b"/v1/records"} == set(DOORS)


@pytest.mark.parametrize(
    "body",
    [
        b"[" + ONE + b"," + TWO + b"]",
        b" [\n" + ONE + b" ,\n" + TWO + b"\n]\n",
        b"\xef\xbb\xbf[" + ONE + b"," + TWO + b"]",
        ONE + b"\n" + TWO,
        b"\r\n" + ONE + b"\r\n\r\n \t\n" + TWO + b"\r\n",
        b"\xef\xbb\xbf" + ONE + b"\n" + TWO + b"\n",
    ],
)
def test_many_come_as_an_array_or_one_a_line_in_their_order(body):
    assert [opened(), WROTE] == items(body)


def test_one_object_may_be_printed_over_several_lines():
    printed = msgspec.json.format(ONE, indent=2)

    assert b"\n" in printed
    assert [opened()] == items(printed)
    assert [opened()] == items(b"\xef\xbb\xbf\n" + printed + b"\n")


@pytest.mark.parametrize("body", [b"[" + ONE + b',{"type":1},' + TWO + b"]", ONE + b"\n{\n" + TWO])
def test_one_bad_item_costs_only_itself(body):
    first, bad, last = items(body)

    assert (opened(), WROTE) == (first, last)
    assert isinstance(bad, Unreadable)


@pytest.mark.parametrize(
    "body", [b"{", b"nothing", b"1", b"{\n1", b"\xff\xfe", b"{" * 100_000, b'{"a":' * 100_000 + b"\n1"]
)
def test_what_is_no_event_is_an_unreadable_item(body):
    [item] = items(body)
    assert isinstance(item, Unreadable)


@pytest.mark.parametrize(
    "body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"[", b"[]", b"[" + ONE, b"[" * 100_000, b"[1,]", b"[]x"]
)
def test_a_body_that_is_not_even_a_list_is_refused(body):
    assert "body" == code_of(read(body))


def test_so_many_items_and_no_more_come_in_one_request():
    assert 2000 == ITEMS_MAX == len(items(b"1\n" * ITEMS_MAX))
    assert "items" == code_of(read(b"1\n" * (ITEMS_MAX + 1)))
    assert ITEMS_MAX == len(items(b"[1" + b",1" * (ITEMS_MAX - 1) + b"]"))
    assert "items" == code_of(read(b"[1" + b",1" * ITEMS_MAX + b"]"))


@pytest.mark.parametrize("count", [1, ITEMS_MAX // 3, ITEMS_MAX // 3 + 1, ITEMS_MAX - 1, ITEMS_MAX])
def test_commas_inside_of_items_are_no_items(count):
    events = [ONE if number % 2 else TWO for number in range(count)]
    expected = [opened() if number % 2 else WROTE for number in range(count)]

    assert expected == items(b"[" + b" , ".join(events) + b"]") == items(b"\n".join(events))


def test_one_object_printed_over_more_lines_than_there_may_be_items_is_one_item():
    printed = b"{\n" + b",\n".join(b'"x%d": 0' % number for number in range(2 * ITEMS_MAX)) + b"\n}"

    assert 1 == len(items(printed))


def body_of(beginning, repeated, end=b""):
    """As large a body as is let in."""
    times = (BODY_BYTES_MAX - len(beginning) - len(end)) // len(repeated)
    return beginning + repeated * times + end


COSTLY = {
    "noughts": (body_of(b"[0", b",0", b"]"), "items"),
    "empty lists": (body_of(b"[[]", b",[]", b"]"), "items"),
    "noughts, a line each": (body_of(b"0", b"\n0"), "items"),
    "blank lines": (body_of(b"0", b"\n", b"0"), None),
    "blanks, then a line": (body_of(b"0\n", b" ", b"0"), None),
    "commas in one text": (body_of(b'["', b",", b'"]'), None),
    "no end": (body_of(b"[0", b",0"), "items"),
    "commas alone": (body_of(b"[", b","), "body"),
    "brackets alone": (body_of(b"", b"["), "body"),
}


@pytest.mark.parametrize("case", COSTLY)
def test_whatever_a_body_is_made_of_it_costs_a_few_times_its_length(case):
    body, code = COSTLY[case]
    asked = request(body)
    tracemalloc.start()
    try:
        answer = read_request(asked, TOKENS, NOW)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert code == (None if isinstance(answer, Submission) else code_of(answer))
    assert peak_bytes < 3 * BODY_BYTES_MAX


# --- who may send


def test_any_path_but_the_two_doors_is_not_found():
    assert "path" == code_of(read(path=b"/v1/event"))
    assert "path" == code_of(read(path=b"/v1/events/", token=None))
    assert "path" == code_of(read(path=b"/v1/other", method=b"GET"))


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"post", b""])
def test_only_post_is_taken(method):
    answer = read(method=method)

    assert ("method", 405) == (code_of(answer), answer.status)
    assert (b"allow", b"POST") in answer.headers


@pytest.mark.parametrize("token", [None, b"", b"nobody", b"old"])
def test_without_a_token_in_force_nothing_is_taken(token):
    answer = read(token=token)

    assert ("token", 401) == (code_of(answer), answer.status)
    assert (b"www-authenticate", b'Bearer realm="afterchat"') in answer.headers


def test_a_token_ends_at_its_moment():
    assert isinstance(read_request(request(token=b"old"), TOKENS, NOW - 1), Submission)


@pytest.mark.parametrize("token", [b"bi", b"ops"])
def test_a_token_that_only_reads_or_is_of_no_tenant_may_not_send(token):
    assert "scope" == code_of(read(token=token))


def test_whose_events_they_are_is_never_asked_of_the_body():
    assert "acme" == read(b'{"tenant":"other"}').tenant


# --- content encodings


@pytest.mark.parametrize("encoding", [b"gzip", b" GZIP "])
def test_gzip_is_taken(encoding):
    assert [opened()] == items(gzip.compress(ONE), content_encoding=encoding)


def test_identity_is_no_encoding():
    assert [opened()] == items(content_encoding=b"Identity")


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"gzip, gzip", b""])
def test_other_encodings_are_refused(encoding):
    assert "encoding" == code_of(read(gzip.compress(ONE), content_encoding=encoding))


def test_two_encodings_are_refused():
    headers = ((b"content-encoding", b"gzip"), (b"content-encoding", b"gzip"))
    twice = request()._replace(body=gzip.compress(ONE))
    assert "encoding" == code_of(read_request(twice._replace(headers=twice.headers + headers), TOKENS, NOW))


@pytest.mark.parametrize("body", [ONE, b"", PACKED[:-1], PACKED[:10], zlib.compress(ONE), PACKED[:-8]])
def test_what_is_no_whole_gzip_is_refused(body):
    assert "encoding" == code_of(read(body, content_encoding=b"gzip"))


def test_a_bomb_is_never_unpacked_beyond_the_bound():
    exact, beyond = (gzip.compress(b" " * size, 9) for size in (BODY_BYTES_MAX, BODY_BYTES_MAX + 1))

    assert "body" == code_of(read(exact, content_encoding=b"gzip"))
    assert "size" == code_of(read(beyond, content_encoding=b"gzip"))


def test_how_large_a_body_may_be_unpacked_is_chosen():
    asked = request(gzip.compress(ONE), content_encoding=b"gzip")

    assert isinstance(read_request(asked, TOKENS, NOW, len(ONE)), Submission)
    assert "size" == code_of(read_request(asked, TOKENS, NOW, len(ONE) - 1))
    assert {BODY_BYTES_MAX} == {setting.default for setting in SETTINGS if setting.name == "events_bytes_max"}


# --- answers


def test_an_answer_says_what_became_of_each_in_the_order_in_which_they_came():
    submission = Submission("acme", [opened(), opened(), WROTE, Unreadable("no", "否"), RECORD])
    refused = ItemVerdict("refused", "not_allowed", "cannot", "不能")
    unreadable = ItemVerdict("unreadable", "unreadable", "no", "否")
    answer = answer_of(submission, [TAKEN, DUPLICATE, refused, unreadable, TAKEN])

    assert (200, ((b"content-type", b"application/json"),)) == (answer.status, answer.headers)
    assert {
        "taken": 2,
        "duplicate": 1,
        "refused": 1,
        "unreadable": 1,
        "items": [
            {"verdict": "taken", "id": "opened"},
            {"verdict": "duplicate", "id": "opened"},
            {"verdict": "refused", "id": "wrote", "reason": "not_allowed", "en": "cannot", "zh": "不能"},
            {"verdict": "unreadable", "reason": "unreadable", "en": "no", "zh": "否"},
            {"verdict": "taken", "id": "102"},
        ],
    } == json.loads(answer.body)


def test_counts_are_there_when_they_are_nought():
    body = json.loads(answer_of(Submission("acme", []), []).body)

    assert {"taken": 0, "duplicate": 0, "refused": 0, "unreadable": 0, "items": []} == body


def test_an_answer_has_a_verdict_for_every_item():
    with pytest.raises(ValueError, match="shorter"):
        answer_of(Submission("acme", [opened(), WROTE]), [TAKEN])


STATUSES = {
    "path": 404,
    "method": 405,
    "token": 401,
    "scope": 403,
    "encoding": 415,
    "size": 413,
    "items": 413,
    "body": 400,
    "store": 503,
    "stopping": 503,
}


@pytest.mark.parametrize(("code", "status"), STATUSES.items())
def test_every_refusal_names_itself_in_both_languages(code, status):
    answer = refusal(code)
    body = json.loads(answer.body)

    assert (status, code, ["code", "en", "zh"]) == (answer.status, body["code"], list(body))
    assert (b"content-type", b"application/json") == answer.headers[0]
    assert body["en"].isascii()
    assert not body["zh"].isascii()
    assert STATUSES.keys() == REFUSALS.keys()


REMEDIES = {
    "path": ("/v1/events", "/v1/records"),
    "method": ("POST", "POST"),
    "token": ("afterchat tokens add --scope send", "afterchat tokens add --scope send"),
    "scope": ("--scope send --tenant", "--scope send --tenant"),
    "encoding": ("gzip", "gzip"),
    "size": ("send it in pieces", "请分批发送"),
    "items": ("more than 2000 items; send them in pieces", "超过 2000 条，请分批发送"),
    "body": ("one object a line", "每行一个对象"),
    "store": ("send it again", "请重新发送"),
    "stopping": ("send it again", "请重新发送"),
}


@pytest.mark.parametrize(("code", "remedy"), REMEDIES.items())
def test_every_refusal_says_what_to_do(code, remedy):
    body = json.loads(refusal(code).body)

    assert (True, True) == (remedy[0] in body["en"], remedy[1] in body["zh"])
    assert REMEDIES.keys() == REFUSALS.keys()


@pytest.mark.parametrize("code", REFUSALS)
def test_only_what_passes_says_when_to_come_again(code):
    seconds = {"store": b"1", "stopping": b"2"}.get(code)

    assert seconds == dict(refusal(code).headers).get(b"retry-after")
    assert (code == "token") == (b"www-authenticate" in dict(refusal(code).headers))
    assert (code == "method") == (b"allow" in dict(refusal(code).headers))


@given(st.binary(max_size=200), st.sampled_from([b"/v1/events", b"/v1/records"]), st.sampled_from([None, b"gzip"]))
def test_any_body_is_a_submission_or_an_answer(body, path, encoding):
    headers = {} if encoding is None else {"content_encoding": encoding}

    assert isinstance(read(body, path, **headers), Submission | Answer)
