"""Every row of the table in the design's section on the receiver, over HTTP against a live server."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from live_scenes import SECRET, SESSION_END, checksum, metrics, now, push, query, seed, send, session, stored
from live_scenes import webhook_headers as webhook
from live_server import LiveServer

ACME_1, ACME_2 = "acme-secret-number-one", "acme-secret-number-two"
OLD_1, OLD_2 = "old-secret-number-one-1", "old-secret-number-two-2"
RAW_KEY = bytes(range(32))
STRICT = "whsec_" + base64.b64encode(RAW_KEY).decode()
STRICT_2 = "strict-secret-number-two"

CHECKSUM, TIME, TENANT, PARAMETER = (401, 14002), (401, 14003), (404, 14001), (400, 14004)
BODY_BYTES_MAX, HEADER_BYTES_MAX = 20_000, 4_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("answers")
    seed(
        directory,
        {
            "acme": ("both", (ACME_1, ACME_2)),
            "old": ("legacy", (OLD_1, OLD_2)),
            "strict": ("hmac_only", (STRICT, STRICT_2)),
            "keyless": ("both", ()),
        },
    )
    running = LiveServer(directory, SECRET, body_bytes_max=str(BODY_BYTES_MAX), header_bytes_max=str(HEADER_BYTES_MAX))
    yield running
    running.kill()


@pytest.mark.parametrize(
    ("tenant", "secret"),
    [("", SECRET), ("default", SECRET), ("acme", ACME_1), ("acme", ACME_2), ("old", OLD_1), ("old", OLD_2)],
)
def test_a_good_push_its_repeat_and_its_revision_are_each_answered_braces(server, tenant, secret):
    body = session(1, staff_name=f"小红 {tenant} {secret}")
    revision = session(1, staff_name=f"小明 {tenant} {secret}")
    known = {row.body: row for row in stored(server)}
    assert known.keys().isdisjoint({body, revision})

    answers = [push(server, sent, tenant=tenant, secret=secret) for sent in (body, body, revision)]

    assert [True] * 3 == [answer.is_taken for answer in answers]
    assert {"application/json"} == {answer.headers["content-type"] for answer in answers}
    rows = {row.body: row for row in stored(server)}
    assert (tenant or "default", 1, 0) == (
        rows[body].tenant,
        rows[body].repeat_count,
        rows[revision].repeat_count,
    )


@pytest.mark.parametrize(
    ("tenant", "key"),
    [
        ("acme", ACME_1.encode()),
        ("acme", ACME_2.encode()),
        ("strict", RAW_KEY),
        ("strict", STRICT_2.encode()),
    ],
)
def test_standard_webhooks_headers_are_enough(server, tenant, key):
    body = session(2, remarks=f"{tenant} {key!r}")

    answer = send(server, "POST", f"/push/{tenant}", body, webhook(body, key))

    assert answer.is_taken
    assert [(tenant, "webhooks", "")] == [
        (row.tenant, row.scheme, row.event_type) for row in stored(server) if row.body == body
    ]


OTHER_EVENTS = {
    "MSG": b'{"msgId":"m1","msgType":"TEXT","content":"\xe4\xbd\xa0\xe5\xa5\xbd"}',
    "SESSION_START": b'{"sessionId":7,"evaluationModel":2}',
    "SESSION_END": b'{"sessionId":7,"closeReason":2}',
    "EVA_INVITATION": b'{"sessionId":7,"staffId":4}',
    "SOMETHING_NEW": b'{"any":"thing"}',
}


@pytest.mark.parametrize("event_type", OTHER_EVENTS)
def test_every_other_event_type_comes_in_by_the_same_door(server, event_type):
    body = OTHER_EVENTS[event_type]

    assert push(server, body, event_type=event_type).is_taken
    assert event_type in [row.event_type for row in stored(server) if row.body == body]


@pytest.mark.parametrize("body", [b"not json", b"{}", b'{"sType":"0"}', b"[1]", b"\xff\xfe", b"\0", b"null"])
def test_what_is_authentic_and_no_record_is_taken_because_sending_it_again_would_not_mend_it(server, body):
    assert push(server, body).is_taken
    assert body in [row.body for row in stored(server)]


def test_an_empty_body_is_bytes_like_any_other(server):
    assert push(server, b"").is_taken
    assert b"" in [row.body for row in stored(server)]


def test_chunked_bodies_and_identity_encoding_are_taken(server):
    chunked, identity = session(3, remarks="chunked"), session(3, remarks="identity")

    assert send(
        server, "POST", f"/push?{query(chunked)}", iter([chunked[:50], chunked[50:]]), encode_chunked=True
    ).is_taken
    assert push(server, identity, headers={"content-encoding": "identity"}).is_taken
    assert {chunked, identity} <= {row.body for row in stored(server)}


BODY = session(666)


def signed(**how):
    return f"/push?{query(BODY, **how)}"


def unsigned(time_text, claimed=None):
    """A query whose checksum is right for the very bytes of its time."""
    return f"/push?eventType={SESSION_END}&time={time_text}&checksum={claimed or checksum(BODY, at=time_text)}"


REFUSALS = {
    "no query": (lambda: ("POST", "/push", BODY, {}), TIME),
    "checksum missing": (lambda: ("POST", f"/push?time={now()}", BODY, {}), CHECKSUM),
    "checksum empty": (lambda: ("POST", f"/push?time={now()}&checksum=", BODY, {}), CHECKSUM),
    "checksum wrong": (lambda: ("POST", unsigned(now(), "0" * 40), BODY, {}), CHECKSUM),
    "checksum upper case": (lambda: ("POST", unsigned(now(), checksum(BODY).upper()), BODY, {}), CHECKSUM),
    "checksum of 3 kB": (lambda: ("POST", unsigned(now(), "a" * 3000), BODY, {}), CHECKSUM),
    "body changed": (lambda: ("POST", signed(), BODY + b" ", {}), CHECKSUM),
    "another tenant's secret": (lambda: ("POST", signed(secret=ACME_1), BODY, {}), CHECKSUM),
    "another tenant's path": (lambda: ("POST", signed().replace("/push", "/push/acme"), BODY, {}), CHECKSUM),
    "no key in force": (lambda: ("POST", signed().replace("/push", "/push/keyless"), BODY, {}), CHECKSUM),
    "hmac_only with a checksum": (
        lambda: ("POST", signed(secret=STRICT_2).replace("/push", "/push/strict"), BODY, {}),
        CHECKSUM,
    ),
    "hmac_only with nothing": (lambda: ("POST", "/push/strict", BODY, {}), CHECKSUM),
    "hmac_only with a wrong key": (lambda: ("POST", "/push/strict", BODY, webhook(BODY, b"another key")), CHECKSUM),
    "hmac_only with a dot in the id": (
        lambda: ("POST", "/push/strict", BODY, webhook(BODY, RAW_KEY, "msg.1")),
        CHECKSUM,
    ),
    "hmac_only, late": (lambda: ("POST", "/push/strict", BODY, webhook(BODY, RAW_KEY, at=now() - 400)), TIME),
    "legacy with webhooks": (lambda: ("POST", "/push/old", BODY, webhook(BODY, OLD_1.encode())), TIME),
    "time missing": (lambda: ("POST", f"/push?checksum={checksum(BODY)}", BODY, {}), TIME),
    "time in ms": (lambda: ("POST", unsigned(f"{now()}000"), BODY, {}), TIME),
    "time with a sign": (lambda: ("POST", unsigned(f"+{now()}"), BODY, {}), TIME),
    "time with a fraction": (lambda: ("POST", unsigned(f"{now()}.0"), BODY, {}), TIME),
    "too late": (lambda: ("POST", signed(at=now() - 310), BODY, {}), TIME),
    "too early": (lambda: ("POST", signed(at=now() + 310), BODY, {}), TIME),
    "tenant unknown": (lambda: ("POST", signed().replace("/push", "/push/nobody"), BODY, {}), TENANT),
    "tenant escaped": (lambda: ("POST", signed(secret=ACME_1).replace("/push", "/push/%61cme"), BODY, {}), TENANT),
    "tenant with a slash": (lambda: ("POST", signed().replace("/push", "/push/default/"), BODY, {}), TENANT),
    "time twice": (lambda: ("POST", f"{signed()}&time={now()}", BODY, {}), PARAMETER),
    "checksum twice": (lambda: ("POST", f"{signed()}&checksum={checksum(BODY)}", BODY, {}), PARAMETER),
    "eventType twice": (lambda: ("POST", f"{signed()}&eventType={SESSION_END}", BODY, {}), PARAMETER),
    "eventType is no name": (lambda: ("POST", signed(event_type="%3Cb%3E"), BODY, {}), PARAMETER),
    "compressed": (lambda: ("POST", signed(), gzip.compress(BODY), {"content-encoding": "gzip"}), (415, 14004)),
    "body over the cap": (lambda: ("POST", signed(), b"x" * (BODY_BYTES_MAX + 1), {}), (413, 14004)),
    "head over the cap": (lambda: ("POST", signed(), BODY, {"x-long": "x" * HEADER_BYTES_MAX}), (431, 14004)),
    "another method": (lambda: ("GET", signed(), b"", {}), (405, 14004)),
    "PUT": (lambda: ("PUT", signed(), BODY, {}), (405, 14004)),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_has_its_status_and_code_and_can_never_be_taken_for_success(server, case):
    make, expected = REFUSALS[case]
    row_count = len(stored(server))

    answer = send(server, *make())

    assert expected == (answer.status, answer.code)
    assert "application/json;charset=utf-8" == answer.headers["content-type"]
    assert {"code", "message"} == json.loads(answer.body).keys()
    assert ("retry-after" in answer.headers, answer.headers.get("allow")) == (
        False,
        "POST" if answer.status == 405 else None,
    )
    assert row_count == len(stored(server))


def test_a_stranger_is_told_nothing_that_helps_him(server):
    answers = {
        case: send(server, *REFUSALS[case][0]()).body
        for case in ("checksum missing", "checksum wrong", "body changed", "no key in force", "hmac_only with nothing")
    }

    assert 1 == len(set(answers.values()))


def test_a_chunked_body_over_the_cap_is_refused_while_it_is_read(server):
    pieces = [b"x" * 5000] * 10

    answer = send(server, "POST", signed(), iter(pieces), encode_chunked=True)

    assert (413, 14004) == (answer.status, answer.code)


def test_a_captured_push_sent_again_and_again_is_one_row(server):
    body, at = session(4), now()

    answers = [push(server, body, at=at) for _ in range(20)]

    assert all(answer.is_taken for answer in answers)
    assert [19] == [row.repeat_count for row in stored(server) if row.body == body]


def test_the_same_bytes_of_two_tenants_are_two_pushes(server):
    body = session(5)
    push(server, body)
    push(server, body, tenant="acme", secret=ACME_2)

    assert ["acme", "default"] == sorted(row.tenant for row in stored(server) if row.body == body)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"waiting_pushes_max": "0"}, "busy"), ({"disk_free_bytes_min": str(2**62)}, "disk")],
    ids=["the queue is full", "the disk is under its watermark"],
)
def test_what_cannot_be_durable_now_is_answered_503_with_a_time_to_come_again(live_server, settings, reason):
    server = live_server(SECRET, projector="off", **settings)

    answer = push(server, BODY)

    assert (503, 14500) == (answer.status, answer.code)
    assert int(answer.headers["retry-after"]) > 0
    assert [] == stored(server)
    assert 1 == metrics(server)[f"afterchat_pushes_refused_total{{{reason}}}"]
    ready = send(server, "GET", "/readyz")
    if reason == "disk":
        [said] = json.loads(ready.body)["reasons"]
        assert (503, "disk") == (ready.status, said["code"])
        assert "disk_free_bytes_min" in said["en"]
        assert 0 == metrics(server)["afterchat_ready"]
    assert 200 == send(server, "GET", "/healthz").status
    assert 0 == server.stop()
