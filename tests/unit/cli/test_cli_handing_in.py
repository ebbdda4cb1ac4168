"""Handing in over real HTTP: what is tried again, what is final, and what a file with a token may hold."""

from __future__ import annotations

import pytest
from sender_double import TOKEN, refused, sender_double, taken

from afterchat.cli.delivery import read_target
from afterchat.cli.handing_in import Door, token_from
from afterchat.errors import CallerError, OutageError, SettingsError


@pytest.fixture
def double():
    with sender_double() as made:
        yield made


@pytest.fixture
def door(double):
    """A door whose pauses are noted and not waited for."""
    pauses = []

    def pause(seconds):
        pauses.append(seconds)
        return len(pauses) >= door.gives_up_after

    door = Door(read_target(double.url)._replace(path="/v1/events"), TOKEN, pause)
    door.pauses = pauses
    door.gives_up_after = 100
    yield door
    door.close()


def test_a_batch_is_one_request_with_an_item_a_line(double, door):
    answer = door.hand_in([b'{"a":1}', b'{"b":2}'])

    assert 2 == answer["taken"]
    assert [("/v1/events", TOKEN, [b'{"a":1}', b'{"b":2}'])] == [(r.path, r.token, r.lines) for r in double.requests]


@pytest.mark.parametrize("status", [429, 503])
def test_a_sender_that_has_no_room_is_asked_again_when_it_says(double, door, status):
    double.replies = [(status, {"Retry-After": "3"}, b"{}"), (status, {}, b"{}")]

    assert 1 == door.hand_in([b"{}"])["taken"]
    assert [3.0, 2.0] == door.pauses


def test_nobody_waits_longer_than_eight_seconds_between_two_tries(double, door):
    double.replies = [(503, {"Retry-After": "86400"}, b"{}")]

    door.hand_in([b"{}"])
    assert [8.0] == door.pauses


def test_a_sender_that_stays_away_is_given_up_with_the_reason_and_the_remedy(double, door):
    double.replies = [(503, {}, b"{}")] * 5

    with pytest.raises(OutageError, match=r"status 503.*see that it runs"):
        door.hand_in([b"{}"])
    assert [1.0, 2.0, 4.0, 8.0] == door.pauses


def test_whoever_waits_may_give_up_before(double, door):
    double.replies = [(503, {}, b"{}")] * 5
    door.gives_up_after = 1

    with pytest.raises(OutageError):
        door.hand_in([b"{}"])
    assert 1 == len(double.requests)


def test_nobody_at_the_port_is_an_outage_that_says_so():
    with sender_double() as gone:
        url = gone.url
    door = Door(read_target(url), TOKEN, lambda _: True)

    with pytest.raises(OutageError, match="ConnectionRefusedError"):
        door.hand_in([b"{}"])


def test_a_kept_connection_that_was_closed_meanwhile_costs_no_pause(double, door):
    double.closes_kept_connections = True

    assert [1, 1, 1] == [door.hand_in([b"{}"])["taken"] for _ in range(3)]
    assert [] == door.pauses


def test_a_sender_that_dies_in_the_middle_gets_the_same_batch_again(double, door):
    double.replies = [(0, {}, b""), taken([b""])]

    door.hand_in([b'{"id":"a"}'])
    assert [[b'{"id":"a"}']] * 2 == [request.lines for request in double.requests]
    assert [1.0] == door.pauses


def test_a_refusal_of_the_whole_request_is_final_and_says_why(double, door):
    double.replies = [(401, {}, b'{"code":"token","en":"send a token","zh":"x"}')]

    with pytest.raises(CallerError, match="status 401: send a token"):
        door.hand_in([b"{}"])
    assert 1 == len(double.requests)


def test_a_refusal_is_said_in_the_readers_language(double, door, monkeypatch):
    monkeypatch.setenv("AFTERCHAT_LANGUAGE", "zh")
    double.replies = [(401, {}, '{"code":"token","en":"x","zh":"请带上令牌"}'.encode())]

    with pytest.raises(CallerError, match="被拒绝，状态码 401：请带上令牌"):
        door.hand_in([b"{}"])


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, b"<html>"), (200, b"[]"), (200, b"{}"), (200, b'{"items":3}'), (404, b"not here"), (302, b"")],
)
def test_an_answer_that_no_sender_gives_is_no_success(double, door, status, body):
    double.replies = [(status, {"Location": "/elsewhere"}, body)]

    with pytest.raises(CallerError, match="check the URL"):
        door.hand_in([b"{}"])
    assert 1 == len(double.requests)


def test_a_refused_item_is_no_refusal_of_the_request(double, door):
    double.replies = [refused("refused")]

    assert "refused" == door.hand_in([b"{}"])["items"][0]["verdict"]


def test_a_token_is_read_without_its_line_end(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")

    assert TOKEN == token_from(file)


@pytest.mark.parametrize("content", [b"", b"\n", b"a\nb", b"a" * 513, "令牌".encode(), b"\xff\xfe"])
def test_a_file_that_holds_no_token_is_refused_without_showing_what_it_holds(tmp_path, content):
    file = tmp_path / "token"
    file.write_bytes(content)

    with pytest.raises(SettingsError) as failure:
        token_from(file)
    assert str(file) in str(failure.value)
    assert "aaaa" not in str(failure.value)
