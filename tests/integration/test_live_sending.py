"""Both ends as real processes: events in over HTTP, records at the receiver, whatever happens in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import msgspec
import pytest
from live_scenes import until
from live_sender import LiveSender

from afterchat.contract.codec import encode
from afterchat.engine import Policy, Session, SessionClosed, SessionOpened, StaffAssigned, StaffWrote, write_event
from afterchat.simulator.sample import VENDOR_SAMPLE

SECRET = "5ca1ab1e0ddba11c0ffee0badc0de9f1"
AT_ONCE = 4
PATIENT = ",".join(["1s"] * 50)
AT = 1_767_225_600_000


@pytest.fixture
def sender(tmp_path):
    """Start a sender with `sender()`; it is ended with the test."""
    started = []

    def start(**settings) -> LiveSender:
        made = LiveSender(tmp_path, **settings)
        started.append(made)
        return made

    yield start
    for one in started:
        one.kill()


def connected(sender, receiver, tmp_path, path="/push", schedule=PATIENT):
    """A token that sends and one that reads; the sender's one endpoint is the receiver."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    options = ("--secret-file", str(secret), "--schedule", schedule, "--concurrency", str(AT_ONCE))
    assert 0 == sender.run("endpoints", "add", "here", f"{receiver.url}{path}", *options).returncode
    [sending] = sender.documents("tokens", "add", "--scope", "send", "--tenant", "default")
    [reading] = sender.documents("tokens", "add", "--all-tenants")
    until(lambda: sender.get("/v1/endpoints", reading["token"])[1].count(b'"here"'), "the endpoint")
    until(lambda: sender.hand_in([b"{}"], sending["token"])[0] == 200, "the token")
    return sending["token"], reading["token"]


def one_session(number):
    """The events of a short session, and its record."""
    session = Session(number, Policy())
    events = [
        SessionOpened(id=f"{number}-1", session=number, at=AT, user_id=number, kind="person"),
        StaffAssigned(id=f"{number}-2", session=number, at=AT + 1000, staff_id=7, staff_name="小林"),
        StaffWrote(id=f"{number}-3", session=number, at=AT + 2000),
        SessionClosed(id=f"{number}-4", session=number, at=AT + 9000, close_reason=0),
    ]
    for event in events:
        session.feed(event)
    return [write_event(event) for event in events], encode(session.record)


def test_events_become_a_record_at_the_receiver_byte_for_byte(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, reading = connected(sending, receiver, tmp_path)
    events, record = one_session(42)

    status, answer = sending.hand_in(events, token)
    assert (200, 4) == (status, answer["taken"])
    until(lambda: sending.counts()["delivered"] == 1, "the delivery")
    assert [record] == receiver.stored_bodies()
    [entry] = json.loads(sending.get("/v1/outbox?state=delivered&session=42", reading)[1])["items"]
    detail = json.loads(sending.get(f"/v1/outbox/{entry['id']}", reading)[1])
    assert [200] == [attempt["status"] for attempt in detail["attempts"]]
    assert (200, record) == sending.get(f"/v1/outbox/{entry['id']}/body", reading)
    assert b"afterchat_delivery_delay_seconds_count 1.0" in sending.get("/metrics", reading)[1]


def test_finished_records_and_repeats_are_taken_as_what_they_are(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, _ = connected(sending, receiver, tmp_path)
    record = encode(VENDOR_SAMPLE)

    verdicts = [sending.hand_in([record], token, "/v1/records")[1]["items"][0]["verdict"] for _ in range(2)]
    assert ["taken", "duplicate"] == verdicts
    until(receiver.stored_bodies, "the record")
    assert [record] == receiver.stored_bodies()


def test_compressed_events_are_taken_and_what_is_no_gzip_or_too_much_of_it_is_not(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, _ = connected(sending, receiver, tmp_path)
    events, record = one_session(42)

    status, answer = sending.hand_in(events, token, packed_as="gzip")
    assert (200, 4) == (status, answer["taken"])
    until(receiver.stored_bodies, "the record")
    assert [record] == receiver.stored_bodies()
    for lines, packed_as, refused in (
        (events, "gzip, gzip", (415, "encoding")),
        (events, "br", (415, "encoding")),
        ([b" " * 3_000_000], "gzip", (413, "size")),
        ([b" " * 3_000_000], "", (413, "size")),
        ([b"0"] * 2001, "gzip", (413, "items")),
    ):
        status, answer = sending.hand_in(lines, token, packed_as=packed_as)
        assert refused == (status, answer["code"])


def test_a_record_that_no_receiver_takes_is_told_at_once(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, _ = connected(sending, receiver, tmp_path)

    large = encode(msgspec.structs.replace(VENDOR_SAMPLE, remarks="x" * 262_144))
    status, answer = sending.hand_in([large, encode(VENDOR_SAMPLE)], token, "/v1/records")
    assert (200, ["unreadable", "taken"]) == (status, [item["verdict"] for item in answer["items"]])
    assert "262144" in answer["items"][0]["en"]


@pytest.mark.parametrize("command", ["serve", "sender"])
def test_a_ready_file_that_cannot_be_written_is_one_line_and_no_traceback(tmp_path, command):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "afterchat", command, "--port", "0"),
            *("--store", f"sqlite:///{tmp_path / 'data'}", "--ready-file", str(tmp_path / "nowhere" / "ready.json")),
        ],
        env={key: value for key, value in os.environ.items() if not key.startswith("AFTERCHAT_")},
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert (4, True) == (done.returncode, b"nowhere/ready.json" in done.stderr)
    assert b"Traceback" not in done.stdout + done.stderr


def test_a_token_that_sends_does_not_read_and_one_that_reads_does_not_send(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, reading = connected(sending, receiver, tmp_path)

    assert 403 == sending.get("/v1/outbox", token)[0]
    assert 403 == sending.hand_in([b"{}"], reading)[0]
    assert 401 == sending.get("/v1/outbox", "act_stranger")[0]


def test_while_the_receiver_is_away_the_outbox_grows_and_then_it_drains(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, _ = connected(sending, receiver, tmp_path)
    receiver.stop()
    records = []
    for number in range(1, 21):
        events, record = one_session(number)
        assert 200 == sending.hand_in(events, token)[0]
        records.append(record)

    counts = sending.counts()
    assert (0, 20) == (counts["delivered"], counts["waiting"] + counts["leased"] + counts["behind"])
    again = live_server(SECRET)
    sending.run("endpoints", "change", "here", "--url", f"{again.url}/push")
    until(lambda: sending.counts()["delivered"] == 20, "the drained outbox")
    assert sorted(records) == sorted(again.stored_bodies())


def test_what_was_given_up_is_sent_again_by_order(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender()
    token, _ = connected(sending, receiver, tmp_path, path="/nowhere", schedule="1s")
    events, record = one_session(1)
    sending.hand_in(events, token)
    until(lambda: sending.counts()["dead"] == 1, "the dead letter")

    sending.run("endpoints", "change", "here", "--url", f"{receiver.url}/push")
    assert [{"count": 1, "by": "sender"}] == sending.documents(
        "outbox", "redeliver", "--endpoint", "here", "--all-dead"
    )
    until(lambda: sending.counts()["delivered"] == 1, "the delivery")
    assert [record] == receiver.stored_bodies()


def test_killed_in_the_middle_it_delivers_every_session_that_was_answered(sender, live_server, tmp_path):
    receiver, sending = live_server(SECRET), sender(attempt_seconds_max="1")
    token, _ = connected(sending, receiver, tmp_path)
    answered, stop = {}, threading.Event()

    def hand_in_on():
        for number in range(1, 100_000):
            if stop.is_set():
                return
            events, record = one_session(number)
            try:
                if sending.hand_in(events, token)[0] == 200:
                    answered[number] = record
            except (OSError, ValueError):
                return

    crashes = 2
    for crash in range(crashes):
        wanted = 40 * (crash + 1)
        feeding = threading.Thread(target=hand_in_on)
        feeding.start()
        until(lambda wanted=wanted: len(answered) >= wanted, "some sessions")
        sending.kill_9()
        stop.set()
        feeding.join()
        stop.clear()
        sending.start()
    until(lambda: not any(sending.counts()[state] for state in ("waiting", "leased", "behind")), "an empty outbox")

    arrived = receiver.stored_bodies()
    assert [] == [number for number, record in answered.items() if record not in arrived]
    assert len(arrived) == len(set(arrived))
    attempts = sum(one["attempt_count"] for one in sending.documents("outbox", "list", "--limit", "10000"))
    assert len(arrived) <= attempts
    [(repeats,)] = receiver.query("inbox.db", "SELECT repeats FROM tally")
    assert repeats <= crashes * AT_ONCE
