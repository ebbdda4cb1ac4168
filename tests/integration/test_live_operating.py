"""A sender that is operated over HTTP alone: an endpoint is made, fed, paused, resumed, rotated and fed again."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest
from live_scenes import until
from live_sender import LiveSender

from afterchat.contract.codec import encode
from afterchat.engine import Policy, Session, SessionClosed, SessionOpened, write_event

AT = 1_767_225_600_000
SECRET = "5ca1ab1e0ddba11c0ffee0badc0de9f1"


@pytest.fixture
def sender(tmp_path):
    made = LiveSender(tmp_path)
    yield made
    made.kill()


class Operator:
    """Whoever holds a token that operates."""

    def __init__(self, sender, token):
        self._sender = sender
        self._token = token

    def ask(self, method, path, document=None):
        """Status and JSON of the answer."""
        request = urllib.request.Request(
            f"{self._sender.url}{path}",
            None if document is None else json.dumps(document).encode(),
            {"Authorization": f"Bearer {self._token}"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def entries(self, state):
        return self.ask("GET", f"/v1/outbox?state={state}")[1]["items"]


def operated(sender):
    """An operator and a token that sends, of the default tenant."""
    [operating] = sender.documents("tokens", "add", "--scope", "operate", "--tenant", "default")
    [sending] = sender.documents("tokens", "add", "--scope", "send", "--tenant", "default")
    operator = Operator(sender, operating["token"])
    until(lambda: operator.ask("GET", "/v1/endpoints")[0] == 200, "the token")
    until(lambda: sender.hand_in([b"{}"], sending["token"])[0] == 200, "the other token")
    return operator, sending["token"]


def one_session(number):
    session = Session(number, Policy())
    events = [
        SessionOpened(id=f"{number}-1", session=number, at=AT, user_id=number, kind="person"),
        SessionClosed(id=f"{number}-2", session=number, at=AT + 9000, close_reason=0),
    ]
    for event in events:
        session.feed(event)
    return [write_event(event) for event in events], encode(session.record)


def test_an_endpoint_lives_its_life_over_http(sender, live_server):
    receiver = live_server(SECRET)
    operator, token = operated(sender)
    (first, first_record), (second, second_record), (third, third_record) = (one_session(one) for one in (1, 2, 3))

    status, made = operator.ask(
        "POST", "/v1/endpoints", {"name": "here", "url": f"{receiver.url}/push", "secret": SECRET}
    )
    assert (201, None) == (status, made["secret"])
    at = f"/v1/endpoints/{made['id']}"
    status, tried = operator.ask("POST", f"{at}/test")
    assert (200, True) == (status, tried["delivered"])

    assert 200 == sender.hand_in(first, token)[0]
    until(lambda: len(operator.entries("delivered")) == 1, "the first delivery")
    assert first_record in receiver.stored_bodies()

    status, paused = operator.ask("POST", f"{at}/pause")
    assert (200, "paused") == (status, paused["state"])
    assert 200 == sender.hand_in(second, token)[0]
    assert 1 == len(operator.entries("waiting"))
    assert 200 == operator.ask("POST", f"{at}/resume")[0]
    until(lambda: len(operator.entries("delivered")) == 2, "what had to wait")
    assert second_record in receiver.stored_bodies()

    status, rotated = operator.ask("POST", f"{at}/keys", {"overlap_seconds": 0})
    assert 201 == status
    receiver.run("keys", "add", "default", "--overlap", "1h", stdin=rotated["secret"].encode())
    until(lambda: operator.ask("POST", f"{at}/test")[1]["delivered"], "the new key at the receiver")
    assert 200 == sender.hand_in(third, token)[0]
    until(lambda: len(operator.entries("delivered")) == 3, "what the new key signed")
    assert third_record in receiver.stored_bodies()


def test_a_change_is_in_force_at_once_and_what_was_given_up_goes_out_again(sender, live_server):
    receiver = live_server(SECRET)
    operator, token = operated(sender)
    given = {"name": "here", "url": f"{receiver.url}/nowhere", "secret": SECRET, "schedule_seconds": [0]}
    at = f"/v1/endpoints/{operator.ask('POST', '/v1/endpoints', given)[1]['id']}"
    events, record = one_session(1)
    sender.hand_in(events, token)
    until(lambda: len(operator.entries("dead")) == 1, "the dead letter")

    assert 200 == operator.ask("PATCH", at, {"url": f"{receiver.url}/push"})[0]
    assert (200, {"count": 1}) == operator.ask(
        "POST", "/v1/outbox/redeliver", {"endpoint": at.rpartition("/")[2], "all_dead": True}
    )
    until(lambda: len(operator.entries("delivered")) == 1, "the delivery")
    assert [record] == receiver.stored_bodies()

    assert (204, None) == operator.ask("DELETE", at)
    assert (404, []) == (operator.ask("GET", at)[0], operator.ask("GET", "/v1/endpoints")[1]["items"])


def test_the_senders_own_rules_judge_a_url_and_its_log_holds_no_secret(sender):
    operator, _ = operated(sender)
    refused = operator.ask("POST", "/v1/endpoints", {"name": "here", "url": "https://10.0.0.1/", "secret": SECRET})
    status, made = operator.ask("POST", "/v1/endpoints", {"name": "here", "url": "http://127.0.0.1:9/"})

    assert (400, 201) == (refused[0], status)
    assert "`url`" in refused[1]["detail"]
    assert [False, False] == [secret in sender.log() for secret in (SECRET, made["secret"])]


def test_a_body_of_more_than_64_kibibytes_is_refused_over_the_wire(sender):
    operator, _ = operated(sender)

    status, problem = operator.ask("POST", "/v1/endpoints", {"name": "x" * 70_000})
    assert (413, "size") == (status, problem["code"])


def test_the_description_of_the_api_is_served_with_every_route_and_both_doors(sender):
    operator, _ = operated(sender)
    status, document = operator.ask("GET", "/openapi.json")

    assert 200 == status
    assert {"post"} <= set(document["paths"]["/v1/events"])
    assert {"get", "patch", "delete"} == set(document["paths"]["/v1/endpoints/{id}"])
