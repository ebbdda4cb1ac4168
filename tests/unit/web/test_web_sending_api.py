"""The sending end's API over ASGI, on SQLite in memory: who may read what, and what is read."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from hashlib import sha256
from typing import NamedTuple

import pytest
from prometheus_client.parser import text_string_to_metric_families

from afterchat.errors import StoreUnavailableError
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.ports import Token
from afterchat.web.headers import SECURITY_HEADERS
from afterchat.web.sending_app import SENDING_ROUTES, build_sending_app
from afterchat.web.sending_status import SendingStatus
from asgi_calls import call
from outbox_scenes import HEADER_VALUE, NOW, SECRET, body_of, fill

READERS = {
    "acme": Token("acme-token", "acme", None, "read"),
    "default": Token("default-token", "default", None, "read"),
    "operator": Token("operator-token", None, None, "read"),
    "sender": Token("sender-token", "acme", None, "send"),
    "expired": Token("expired-token", None, NOW, "read"),
}
PATHS = {
    "sender_health": "/healthz",
    "sender_readiness": "/readyz",
    "sender_metrics": "/metrics",
    "endpoints": "/v1/endpoints",
    "endpoint": "/v1/endpoints/1",
    "outbox": "/v1/outbox",
    "outbox_entry": "/v1/outbox/1",
    "outbox_body": "/v1/outbox/1/body",
}
OPEN = {"sender_health", "sender_readiness"}
CLOSED = sorted(set(PATHS) - OPEN)
READ_BY_TENANTS = sorted(set(CLOSED) - {"sender_metrics"})


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Clock:
    """One moment."""

    def now_ms(self):
        return NOW + 5_000

    def monotonic(self):
        return 0.0


class Away:
    """A port that is away for everything."""

    def __getattr__(self, name):
        async def fail(*_):
            raise StoreUnavailableError("planted, with a secret path")

        return fail


class World:
    """A filled store in memory, its application, and a way to ask it."""

    def __init__(self):
        self.runner = asyncio.Runner()
        self.store = self.runner.run(open_store("sqlite://", WRITABLE))
        self.runner.run(fill(self.store))
        self.status = SendingStatus("1.2.3", "the-nonce", NOW)
        self.build()

    def build(self, *, is_metrics_open=False, is_away=False):
        away = Away()
        tokens = [(token, sha256(name.encode()).digest()) for name, token in READERS.items()]
        self.app = build_sending_app(
            journal=away if is_away else self.store.journal,
            outbox=away if is_away else self.store.outbox,
            endpoints=away if is_away else self.store.endpoints,
            tokens=lambda: tokens,
            status=lambda: self.status,
            clock=Clock(),
            operations=None,
            write_note=self.store.people.write_note,
            is_metrics_open=is_metrics_open,
        )

    def close(self):
        self.runner.run(self.store.close())
        self.runner.close()

    def ask(self, target, reader="operator", *, method="GET", **headers):
        sent = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
        if reader is not None:
            sent.append((b"authorization", f"Bearer {reader}".encode()))
        reply = self.runner.run(call(self.app, method, target, sent))
        return Answer(reply.status, {name.decode(): value.decode() for name, value in reply.headers}, reply.body)


@pytest.fixture
def world():
    made = World()
    yield made
    made.close()


def ids(answer):
    return [item["id"] for item in answer.json["items"]]


def test_every_path_of_the_table_is_asked_here():
    assert {route.name for route in SENDING_ROUTES if route.method == "GET"} == set(PATHS)


@pytest.mark.parametrize("name", sorted(OPEN))
def test_health_and_readiness_are_for_everybody(world, name):
    assert 200 == world.ask(PATHS[name], None).status


@pytest.mark.parametrize("reader", [None, "stranger", "expired", "operato", ""])
@pytest.mark.parametrize("name", CLOSED)
def test_without_a_token_that_is_good_nothing_is_read(world, name, reader):
    answer = world.ask(PATHS[name], reader)

    assert (401, 'Bearer realm="afterchat"') == (answer.status, answer.headers["www-authenticate"])
    assert b"crm" not in answer.body


@pytest.mark.parametrize("name", CLOSED)
def test_a_token_that_sends_reads_nothing(world, name):
    answer = world.ask(PATHS[name], "sender")

    assert (403, "no-store") == (answer.status, answer.headers["cache-control"])
    assert b"crm" not in answer.body


def test_metrics_are_for_operators_unless_they_were_opened(world):
    assert (403, 200) == tuple(world.ask("/metrics", reader).status for reader in ("acme", "operator"))
    world.build(is_metrics_open=True)
    assert 200 == world.ask("/metrics", None).status


def test_a_tenant_reads_its_own_entries_and_no_others(world):
    assert ["4", "3", "2", "1"] == ids(world.ask("/v1/outbox", "acme"))
    assert ["5"] == ids(world.ask("/v1/outbox", "default"))
    assert ["5", "4", "3", "2", "1"] == ids(world.ask("/v1/outbox"))
    assert ["acme"] == [item["tenant"] for item in world.ask("/v1/endpoints", "acme").json["items"]]


@pytest.mark.parametrize(
    "path",
    ["/v1/outbox/1", "/v1/outbox/1/body", "/v1/endpoints/1", "/v1/outbox?tenant=acme", "/v1/endpoints?tenant=acme"],
)
def test_what_belongs_to_another_tenant_is_not_there(world, path):
    foreign, missing = world.ask(path, "default"), world.ask("/v1/outbox/77", "default")

    assert (404, missing.body) == (foreign.status, foreign.body)


def test_another_tenants_endpoint_or_session_lists_nothing(world):
    assert [] == ids(world.ask("/v1/outbox?endpoint=1", "default"))
    assert [] == ids(world.ask("/v1/outbox?session=1", "default"))


def test_an_operator_may_read_one_tenant(world):
    assert ["5"] == ids(world.ask("/v1/outbox?tenant=default"))
    assert [] == ids(world.ask("/v1/outbox?tenant=nobody"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=dead", ["2"]),
        ("state=behind", ["4"]),
        ("session=3", ["4", "3"]),
        ("endpoint=2", ["5"]),
        ("session=3&state=waiting&endpoint=1", ["3"]),
        ("session=-9223372036854775808", []),
        ("session=9223372036854775807", []),
    ],
)
def test_a_listing_is_narrowed_by_what_is_asked(world, query, expected):
    assert expected == ids(world.ask(f"/v1/outbox?{query}"))


def test_pages_follow_each_other_without_gap_or_overlap(world):
    seen, cursor = [], ""
    for _ in range(3):
        answer = world.ask(f"/v1/outbox?limit=2{cursor}")
        seen += ids(answer)
        cursor = f"&cursor={answer.json['next_cursor']}"
    assert (["5", "4", "3", "2", "1"], None) == (seen, answer.json["next_cursor"])


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("state=lost", "state"),
        ("session=x", "session"),
        ("session=9223372036854775808", "session"),
        ("session=1e3", "session"),
        ("endpoint=", "endpoint"),
        ("endpoint=%D9%A1", "endpoint"),
        ("limit=0", "limit"),
        ("limit=100000", "limit"),
        ("cursor=nonsense", "cursor"),
        ("color=red", "state"),
        ("state=dead&state=dead", "state"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_parameter_that_cannot_be_read_is_named_in_the_readers_language(world, query, name, language):
    answer = world.ask(f"/v1/outbox?{query}", accept_language=language)

    assert (400, language) == (answer.status, answer.headers["content-language"])
    assert "application/problem+json" == answer.headers["content-type"]
    assert name in answer.json["detail"]


def test_one_delivery_has_every_attempt_oldest_first(world):
    detail = world.ask("/v1/outbox/1", "acme").json

    assert [(500, "status_5xx", "oops"), (200, "", "{}")] == [
        (attempt["status"], attempt["error"], attempt["answer"]) for attempt in detail["attempts"]
    ]
    assert (sha256(body_of(1)).hexdigest(), len(body_of(1))) == (
        detail["push"]["sha256"],
        detail["push"]["body_bytes"],
    )
    assert ("delivered", "1", "acme") == tuple(detail["entry"][key] for key in ("state", "session", "tenant"))


def test_bytes_that_are_no_text_are_shown_as_escapes(world):
    assert "\x1b[31m不行\\xff" == world.ask("/v1/outbox/2").json["attempts"][0]["answer"]


def test_the_body_is_what_is_sent_byte_for_byte_with_its_digest(world):
    answer = world.ask("/v1/outbox/4/body")
    body = body_of(3, version=2)

    assert body == answer.body
    assert f"sha-256=:{b64encode(sha256(body).digest()).decode()}:" == answer.headers["repr-digest"]
    assert "application/octet-stream" == answer.headers["content-type"]
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("entry_id", ["77", "0", "-1", "01", "+1", "1.0", "x", str(2**63 - 1), str(2**63), "9" * 40])
def test_an_id_that_is_none_does_not_exist(world, entry_id):
    assert {404} == {world.ask(f"/v1/outbox/{entry_id}{tail}").status for tail in ("", "/body")}


def test_no_secret_and_no_value_of_a_header_is_read_by_anybody(world):
    for path in PATHS.values():
        body = world.ask(path).body
        assert SECRET not in body, path
        assert HEADER_VALUE.encode() not in body, path
    [first, _] = world.ask("/v1/endpoints").json["items"]
    assert ["Authorization"] == first["header_names"]
    assert [{"id": "key_acme", "not_before": 0, "not_after": None}] == first["keys"]


def test_each_endpoint_tells_how_many_entries_are_in_every_state(world):
    first, second = world.ask("/v1/endpoints").json["items"]

    assert {"waiting": 1, "behind": 1, "leased": 0, "delivered": 1, "dead": 1, "cancelled": 0} == first["entries"]
    assert 1 == sum(second["entries"].values())


@pytest.mark.parametrize("name", READ_BY_TENANTS)
def test_a_store_that_is_away_is_a_503_that_tells_nothing_of_it(world, name):
    world.build(is_away=True)
    answer = world.ask(PATHS[name])

    assert (503, "5") == (answer.status, answer.headers["retry-after"])
    assert b"secret path" not in answer.body


def test_while_the_store_is_away_the_process_is_healthy_and_not_ready(world):
    world.build(is_away=True)

    assert 200 == world.ask("/healthz", None).status
    answer = world.ask("/readyz", None)
    assert (503, "not_ready") == (answer.status, answer.json["status"])
    assert ["store"] == [reason["code"] for reason in answer.json["reasons"]]


def test_whoever_stops_is_not_ready_and_says_so_in_both_languages(world):
    world.status = world.status._replace(not_ready=("stopping",))
    [reason] = world.ask("/readyz", None).json["reasons"]

    assert "stopping" == reason["code"]
    assert reason["zh"] != reason["en"]


def test_health_tells_the_nonce_and_the_version(world):
    assert {"status": "ok", "nonce": "the-nonce", "version": "1.2.3"} == world.ask("/healthz", None).json


def test_metrics_are_told_without_the_stores_figures_while_it_is_away(world):
    def names(answer):
        families = text_string_to_metric_families(answer.body.decode())
        return {family.name for family in families if family.samples}

    whole = names(world.ask("/metrics"))
    world.build(is_away=True)
    away = world.ask("/metrics")
    assert (200, {"afterchat_outbox_entries", "afterchat_journal_events"}) == (
        away.status,
        (whole - names(away)) & {"afterchat_outbox_entries", "afterchat_journal_events"},
    )
    assert b"afterchat_store_up 0" in away.body


def test_a_fault_of_ours_is_a_problem_that_quotes_nothing(world, caplog):
    world.status = None  # the metrics stumble over it
    answer = world.ask("/metrics?quoted=canary")

    assert (500, "fault") == (answer.status, answer.json["code"])
    assert "AttributeError at" in caplog.text
    assert "canary" not in answer.body.decode() + caplog.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_is_written_here(world, method):
    answer = world.ask("/v1/outbox", method=method)

    assert (405, "GET, HEAD") == (answer.status, answer.headers["allow"])


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/outbox/", "/v1/sessions", "/v1/outbox/1/attempts"])
def test_a_path_of_the_other_end_is_none_here(world, path):
    assert 404 == world.ask(path).status


@pytest.mark.parametrize("path", [*PATHS.values(), "/nowhere"])
def test_every_answer_keeps_browsers_out(world, path):
    headers = world.ask(path).headers

    assert {name.decode(): value.decode() for name, value in SECURITY_HEADERS}.items() <= headers.items()


def test_head_is_get_without_the_body(world):
    get, head = world.ask("/v1/outbox"), world.ask("/v1/outbox", method="HEAD")

    assert (200, b"", get.headers["content-length"]) == (head.status, head.body, head.headers["content-length"])
