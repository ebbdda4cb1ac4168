"""Pushing a file to a receiver over real HTTP."""

from __future__ import annotations

import socket

import pytest

from afterchat.cli.delivery import read_target
from afterchat.contract.signature import checksum_matches
from afterchat.errors import CallerError

SECRET = "3f2a9c7e51d84b60a1c9e7f203b586d4"


@pytest.fixture
def two_records(tmp_path):
    file = tmp_path / "two.ndjson"
    file.write_bytes('{"id" : 1, "sType":"0","staffName":"小红"}\n{"id":2,"sType":"0"}\n'.encode())
    return file


def test_every_record_arrives_byte_for_byte_with_a_checksum_that_verifies(afterchat, receiver, two_records):
    call = afterchat("push", two_records, "--to", receiver.url, "--concurrency", 1, "--json", AFTERCHAT_SECRET=SECRET)
    assert call.code == 0
    assert [taken.body for taken in receiver.taken] == two_records.read_bytes().splitlines()
    for taken in receiver.taken:
        time, checksum = (taken.parameters[name][0].encode() for name in ("time", "checksum"))
        assert checksum_matches([SECRET.encode()], taken.body, time, checksum) == 0
        assert taken.parameters["eventType"] == ["DATA_ONLINE_SESSION_END"]
        assert taken.content_type == "application/json;charset=utf-8"
    assert (call.document["accepted"], call.document["not_accepted"]) == (2, 0)


def test_one_connection_is_kept(afterchat, receiver, two_records):
    afterchat("push", two_records, "--to", receiver.url, "--concurrency", 1, "--repeat", 5, AFTERCHAT_SECRET=SECRET)
    assert len(receiver.taken) == 10
    assert len({taken.peer for taken in receiver.taken}) == 1


def test_a_refusal_is_counted_with_its_reason_and_ends_in_1(afterchat, receiver, two_records):
    receiver.answers = [(401, {}, '{"code":14002,"message":"校验和不符"}'.encode())]
    call = afterchat("push", two_records, "--to", receiver.url, "--json", AFTERCHAT_SECRET=SECRET)
    assert call.code == 1
    assert call.document["reasons"] == [{"status": 401, "code": "14002", "message": "校验和不符", "count": 2}]


def test_a_success_with_another_body_is_no_success(afterchat, receiver, two_records):
    receiver.answers = [(200, {}, b"<html>proxy</html>")]
    call = afterchat("push", two_records, "--to", receiver.url, AFTERCHAT_SECRET=SECRET)
    assert call.code == 1
    assert "2 x 200 <html>proxy</html>" in call.out


def test_a_503_is_tried_again_and_signed_afresh(afterchat, receiver, two_records):
    receiver.answers = [(503, {"retry-after": "0"}, b'{"code":14500,"message":"busy"}'), (200, {}, b"{}")]
    call = afterchat("push", two_records, "--to", receiver.url, "--concurrency", 1, "--json", AFTERCHAT_SECRET=SECRET)
    assert (call.code, call.document["accepted"], len(receiver.taken)) == (0, 2, 3)


def test_a_redirect_is_not_followed(afterchat, receiver, two_records):
    receiver.answers = [(302, {"location": receiver.url + "/elsewhere"}, b"")]
    call = afterchat("push", two_records, "--to", receiver.url, AFTERCHAT_SECRET=SECRET)
    assert (call.code, len(receiver.taken)) == (1, 2)


def test_a_server_that_is_away_ends_in_3(afterchat, two_records, monkeypatch):
    monkeypatch.setattr("afterchat.cli.delivery.PAUSE_SECONDS_MAX", 0.0)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/push"
        call = afterchat("push", two_records, "--to", url, AFTERCHAT_SECRET=SECRET)
    assert call.code == 3
    assert "cannot be reached" in call.err
    assert call.err.index("Nobody answers") < call.err.index("cannot be reached")
    assert call.err.count("Nobody answers") == 1


def away(afterchat, monkeypatch, *arguments, **given):
    monkeypatch.setattr("afterchat.cli.delivery.PAUSE_SECONDS_MAX", 0.0)
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/push"
        return afterchat("push", *arguments, "--to", url, AFTERCHAT_SECRET=SECRET, **given)


def test_every_body_is_accounted_for_when_the_server_is_away(afterchat, two_records, monkeypatch):
    call = away(afterchat, monkeypatch, two_records, "--repeat", 50, "--concurrency", 3, "--json")
    assert call.document["accepted"] == 0
    assert call.document["not_accepted"] + call.document["not_tried"] == 100
    assert call.document["not_tried"] > 0


def test_what_is_left_in_a_pipe_is_not_counted(afterchat, monkeypatch):
    call = away(afterchat, monkeypatch, "-", "--json", stdin=b'{"id":1}\n' * 50)
    assert call.document["not_tried"] is None


def test_a_server_that_answers_leaves_nothing_untried(afterchat, receiver, two_records):
    call = afterchat("push", two_records, "--to", receiver.url, "--json", AFTERCHAT_SECRET=SECRET)
    assert (call.document["not_tried"], call.err) == (0, "")


def test_standard_input_and_raw_send_one_body(afterchat, receiver):
    body = b'[{"id":1}]\r\n'
    call = afterchat(
        "push", "-", "--raw", "--event-type", "none", "--to", receiver.url, stdin=body, AFTERCHAT_SECRET=SECRET
    )
    assert call.code == 0
    assert [(taken.body, "eventType" in taken.parameters) for taken in receiver.taken] == [(body, False)]


def test_other_events_are_told_by_their_body(afterchat, receiver):
    body = b'{"msgId":"1","msgType":"TEXT","uid":"u"}'
    afterchat("push", "-", "--to", receiver.url, stdin=body, AFTERCHAT_SECRET=SECRET)
    assert receiver.taken[0].parameters["eventType"] == ["MSG"]


def test_without_a_secret_the_operator_must_act(afterchat, two_records):
    call = afterchat("push", two_records, "--to", "http://127.0.0.1:1/push")
    assert call.code == 4
    assert "AFTERCHAT_SECRET" in call.err


def test_neither_secret_nor_checksum_is_printed(afterchat, receiver, two_records):
    receiver.answers = [(401, {}, b'{"code":14002,"message":"no"}')]
    call = afterchat("push", two_records, "--to", receiver.url, AFTERCHAT_SECRET=SECRET)
    shown = call.out + call.err
    assert SECRET not in shown
    assert all(taken.parameters["checksum"][0] not in shown for taken in receiver.taken)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/push",
        "http:///push",
        "push",
        "http://user@host/push",
        "http://host/push?time=1",
        "http://h/ü",
        "http://h:99999/",
    ],
)
def test_a_url_that_cannot_work_is_refused(url):
    with pytest.raises(CallerError):
        read_target(url)


def test_a_url_without_a_path_means_push():
    assert read_target("https://host")[1:4] == ("host", 443, "/push")
