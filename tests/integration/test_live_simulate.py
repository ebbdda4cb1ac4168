"""A simulated contact centre played into both ends as real processes: each session that ended arrives exactly once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from operator import itemgetter

import pytest
from live_scenes import stored, until
from live_sender import LiveSender

from afterchat.contract.codec import encode
from afterchat.engine import Session, read_event

SECRET = "5ca1ab1e0ddba11c0ffee0badc0de9f1"
CENTRE = ("simulate", "--seed", "3", "--begin", "2026-05-04T00:00+08:00", "--days", "1", "--sessions-per-day", "150")


@pytest.fixture
def sender(tmp_path):
    made = LiveSender(tmp_path)
    yield made
    made.kill()


@pytest.fixture
def token_file(sender, live_server, tmp_path):
    """The sender's one endpoint is a receiver; the token of a platform."""
    sender.receiver = live_server(SECRET)
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    sender.documents("endpoints", "add", "here", f"{sender.receiver.url}/push", "--secret-file", str(secret))
    [token] = sender.documents("tokens", "add", "--scope", "send", "--tenant", "default")
    file = tmp_path / "token"
    file.write_text(token["token"])
    until(lambda: sender.hand_in([b"{}"], token["token"])[0] == 200, "the token")
    return file


def simulate(sender, *arguments):
    """What the command prints; it needs no store."""
    done = subprocess.run(
        [sys.executable, "-m", "afterchat", *CENTRE, *arguments],
        capture_output=True,
        check=False,
        timeout=120,
        env=sender.environment,
    )
    assert 0 == done.returncode, done.stderr.decode()
    return done.stdout


def ended_by_events(lines):
    """Each session's last record as the engine alone has it, of those that need no timer behind their last event.

    The others end when the sender heard nothing of them for minutes; the sender's own tests wait for that.
    """
    sessions = {}
    for event in map(read_event, lines):
        session = sessions.setdefault(event.session, Session(event.session))
        while (due := session.due) is not None and due.at < event.at:
            session.feed(due.event)
        session.feed(event)
    return {number: encode(session.record) for number, session in sessions.items() if session.record is not None}


def drained(sender):
    counts = sender.counts()
    return not any(counts[state] for state in ("waiting", "behind", "leased", "dead"))


def test_a_day_of_the_past_arrives_as_the_engine_computes_it_each_session_once(sender, token_file):
    lines = simulate(sender).splitlines()
    report = json.loads(simulate(sender, "--to", sender.url, "--token-file", str(token_file), "--json"))
    until(lambda: drained(sender), "an empty outbox")

    records = ended_by_events(lines)
    arrived = defaultdict(list)
    for row in sorted(stored(sender.receiver), key=itemgetter(0)):
        arrived[json.loads(row.body)["id"]].append(row.body)
    assert (len(lines), 0, 0) == (report["events"], report["refused"], report["duplicate"])
    assert 50 < len(records)
    assert [] == [session for session, record in records.items() if arrived[session][-1:] != [record]]
    assert [] == [session for session, bodies in arrived.items() if len(bodies) != len(set(bodies))]
    [(repeats,)] = sender.receiver.query("inbox.db", "SELECT repeats FROM tally")
    assert 0 == repeats


def test_played_a_second_time_it_is_known_and_nothing_is_pushed_again(sender, token_file):
    to = ("--to", sender.url, "--token-file", str(token_file), "--json")
    first = json.loads(simulate(sender, *to))
    until(lambda: drained(sender), "an empty outbox")
    records = ended_by_events(simulate(sender).splitlines())
    before = {row.id for row in stored(sender.receiver)}

    second = json.loads(simulate(sender, *to))
    until(lambda: drained(sender), "an empty outbox")
    assert (0, first["events"], first["events"]) == (first["duplicate"], second["duplicate"], second["events"])
    again = {json.loads(row.body)["id"] for row in stored(sender.receiver) if row.id not in before}
    assert set() == again & set(records)
