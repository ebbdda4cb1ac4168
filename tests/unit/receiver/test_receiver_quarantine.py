"""Refused pushes on their way to the quarantine: which are kept, with what, and how few at a time."""

from __future__ import annotations

import asyncio
import json

import pytest

from afterchat.contract.ack import Reason
from afterchat.contract.signature import body_md5, checksum
from afterchat.contract.webhooks import sign_webhook, webhook_key
from afterchat.edge.message import Request
from afterchat.errors import StoreUnavailableError
from afterchat.receiver.counts import ReceiverCounts
from afterchat.receiver.intake import Refused, judge
from afterchat.receiver.quarantine import QuarantineWriter
from afterchat.receiver.rings import rings_in_force
from afterchat.store.ports import Key, Tenant

SECRET = b"DD0F1F5A3AD04EF49A06547C253F9357"
NOW = 1_700_000_000
LATE_MS = (NOW + 4000) * 1000
BODY = '{"id":1,"sType":"0","staffName":"超级管理员"}'.encode()
RINGS = rings_in_force(
    [
        Tenant("default", "both", (Key("k1", SECRET, 0, None), Key("k0", b"retired-secret-0001", 0, 1))),
        Tenant("strict", "hmac_only", (Key("s1", SECRET, 0, None),)),
    ],
    NOW * 1000,
)


class KeptQuarantine:
    """A quarantine that keeps what it is given, or is away."""

    def __init__(self):
        self.batches = []
        self.is_away = False

    async def put_all(self, pushes):
        if self.is_away:
            raise StoreUnavailableError("planted")
        self.batches.append(list(pushes))


class Scene:
    """One writer, and refusals offered to it as the receiver does."""

    def __init__(self, rows_per_second_max=20):
        self.kept = KeptQuarantine()
        self.counts = ReceiverCounts()
        self.writer = QuarantineWriter(
            self.kept, self.counts, rows_per_second_max=rows_per_second_max, window_seconds=300
        )

    def refuse(self, request, now_ms=NOW * 1000):
        verdict = judge(request, RINGS, now_ms, 300)
        assert isinstance(verdict, Refused)
        self.writer.offer(verdict, request, now_ms)
        return verdict

    def write(self):
        asyncio.run(self.writer.write_waiting())

    def row_of(self, request, now_ms=NOW * 1000):
        self.refuse(request, now_ms)
        self.write()
        [[row]] = self.kept.batches
        return row


def query(secret=SECRET, time=b"1700000000", event_type=b"DATA_ONLINE_SESSION_END", body=BODY):
    return b"eventType=" + event_type + b"&time=" + time + b"&checksum=" + checksum(secret, body_md5(body), time)


def request(made_query=None, body=BODY, path=b"/push", method=b"POST", headers=()):
    return Request(method, path, query() if made_query is None else made_query, tuple(headers), body, "127.0.0.1")


def webhook_request(secret=SECRET, path=b"/push", made_query=b""):
    signature = sign_webhook(webhook_key(secret), "msg_1", NOW, BODY).encode()
    headers = (
        (b"webhook-id", b"msg_1"),
        (b"webhook-timestamp", str(NOW).encode()),
        (b"webhook-signature", signature),
    )
    return request(made_query, path=path, headers=headers)


def test_a_late_authentic_push_is_kept_with_everything_that_its_release_needs():
    row = Scene().row_of(request(), LATE_MS)

    assert ("default", LATE_MS, "window", "outside_window", "DATA_ONLINE_SESSION_END", NOW, True, BODY) == (
        row.tenant,
        row.refused_at,
        row.reason,
        row.cause,
        row.event_type,
        row.signed_at,
        row.authentic,
        row.body,
    )


@pytest.mark.parametrize("late_ms", [300_001, 300_999, 301_000])
def test_just_outside_the_window_is_never_explained_as_a_push_that_is_all_right(late_ms):
    assert "outside_window" == Scene().row_of(request(), NOW * 1000 + late_ms).cause


def test_a_late_webhook_is_explained_by_its_time_and_not_by_the_checksum_that_it_does_not_need():
    row = Scene().row_of(webhook_request(), LATE_MS)

    assert ("window", "outside_window", True, NOW) == (row.reason, row.cause, row.authentic, row.signed_at)


def test_a_tenant_that_takes_webhooks_only_is_not_told_that_its_checksum_is_right():
    assert "webhooks_only" == Scene().row_of(request(path=b"/push/strict")).cause


def test_a_wrong_checksum_is_kept_as_not_authentic_with_its_likely_cause():
    row = Scene().row_of(request(query(secret=b"retired-secret-0001")))

    assert ("checksum", "old_secret", False) == (row.reason, row.cause, row.authentic)


def test_the_event_type_is_kept_as_the_receiver_would_have_read_it():
    row = Scene().row_of(request(query(event_type=b"DATA%5FONLINE%5FSESSION%5FEND")), LATE_MS)

    assert "DATA_ONLINE_SESSION_END" == row.event_type


@pytest.mark.parametrize("name", [b"checksum", b"CheckSum", b"amp;checksum", b"x-checksum"])
def test_the_kept_query_holds_no_checksum_however_its_name_is_spelled(name):
    claimed = checksum(SECRET, body_md5(BODY), b"1700000000")

    row = Scene().row_of(request(b"eventType=MSG&time=1700000000&" + name + b"=" + claimed + b"&a=b"), LATE_MS)

    assert claimed.decode() not in row.query
    assert row.query.startswith("eventType=MSG&time=1700000000&")
    assert row.query.endswith("&a=b")


def test_a_query_of_any_bytes_and_length_is_kept_as_short_printable_text():
    row = Scene().row_of(request(query(secret=b"another-secret-0001") + b"&\xff\x00=" + b"\xfe" * 5000))

    assert len(row.query) == 512
    assert "\\xff" in row.query


@pytest.mark.parametrize(
    "refused",
    [
        request(method=b"GET"),
        request(path=b"/push/nobody"),
        request(query() + b"&time=1"),
        request(query(event_type=b"<x>")),
        request(b"time=1700000000&checksum=" + b"0" * 40, body=b""),
    ],
    ids=["another method", "an unknown tenant", "a parameter twice", "no plain event type", "an empty body"],
)
def test_what_nobody_could_ever_use_is_not_kept(refused):
    scene = Scene()
    scene.refuse(refused)
    scene.write()

    assert [] == scene.kept.batches
    assert (0, 0) == (scene.counts.quarantined, scene.counts.quarantine_dropped)


def test_one_look_writes_no_more_rows_than_allowed_and_the_rest_waits():
    scene = Scene(rows_per_second_max=3)
    for number in range(5):
        scene.refuse(request(body=str(number).encode()))
    scene.write()
    scene.write()
    scene.write()

    assert [3, 2] == [len(batch) for batch in scene.kept.batches]
    assert [b"0", b"1", b"2", b"3", b"4"] == [row.body for batch in scene.kept.batches for row in batch]
    assert 5 == scene.counts.quarantined


def test_a_flood_is_counted_and_not_kept():
    scene = Scene(rows_per_second_max=1000)
    for number in range(1000):
        scene.refuse(request(body=str(number).encode()))
    scene.write()

    [batch] = scene.kept.batches
    assert 1000 == len(batch) + scene.counts.quarantine_dropped
    assert len(batch) < 500


def test_with_no_rows_allowed_nothing_is_written():
    scene = Scene(rows_per_second_max=0)
    scene.refuse(request(body=b"1"))
    scene.write()

    assert [] == scene.kept.batches


def test_a_store_that_is_away_costs_the_rows_and_not_the_loop(caplog):
    scene = Scene()
    scene.refuse(request(body=b"1"))
    scene.kept.is_away = True
    scene.write()
    scene.kept.is_away = False
    scene.refuse(request(body=b"2"))
    scene.write()

    assert [[b"2"]] == [[row.body for row in batch] for batch in scene.kept.batches]
    assert (1, 1) == (scene.counts.quarantined, scene.counts.quarantine_dropped)
    assert SECRET.decode() not in caplog.text


def test_bodies_that_no_diagnosis_expects_are_kept_all_the_same():
    scene = Scene()
    bodies = [b"[" * 100_000, b"\xff\xfe", b'{"a":' + b"9" * 5000 + b"}", json.dumps("\ud800").encode()]
    for body in bodies:
        assert Reason.CHECKSUM is scene.refuse(request(body=body)).reason
    scene.write()

    assert [bodies] == [[row.body for row in batch] for batch in scene.kept.batches]
