"""The example sessions go all the way: replayed, pushed to a live server by the program itself, and read again.

Versions of one record are signed in different seconds, as a sender that follows a session for minutes would sign them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import pytest
from live_scenes import SECRET, now, until
from live_server import LiveServer

from afterchat.contract.codec import decode

EXAMPLES = sorted(Path(__file__).resolve().parents[2].joinpath("examples", "sessions").glob("*.ndjson"))
TIMED = {"27-only-timers"}
"""Sessions that end by timers alone."""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = LiveServer(tmp_path_factory.mktemp("sessions"), SECRET)
    yield running
    running.kill()


@pytest.fixture(scope="module")
def told():
    """Name of an example to the bodies that a sender would push, in the order in which they were told."""
    return {path.stem: replayed(path).splitlines() for path in EXAMPLES}


@pytest.fixture(scope="module")
def pushed(server, told):
    """Session id to the body of its last version, in the order of the pushes, all of which were taken."""
    last = {}
    for wave in zip_longest(*told.values()):
        bodies = [body for body in wave if body is not None]
        push(server, bodies)
        for body in bodies:
            session_id = json.loads(body)["id"]
            last.pop(session_id, None)
            last[session_id] = body
    return last


def replayed(path):
    options = ["--timers"] if path.stem in TIMED else []
    done = subprocess.run(
        [sys.executable, "-m", "afterchat", "engine", "replay", path, "--raw", *options],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert b"" == done.stderr
    return done.stdout


def push(server, bodies):
    """Push with the program's own command; what is pushed next is signed in a later second."""
    done = subprocess.run(
        [*(sys.executable, "-m", "afterchat", "push", "-"), "--to", f"{server.url}/push", "--concurrency", "1"],
        input=b"".join(body + b"\n" for body in bodies),
        env={**os.environ, "AFTERCHAT_SECRET": SECRET},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    signed_at = now()
    until(lambda: now() > signed_at, "the next second")


def is_current(server, session_id, body):
    """Whether the current revision of a session is that body, byte for byte."""
    return server.run("records", "show", str(session_id), "--raw").stdout == body


def test_the_last_version_of_every_example_is_read_again_byte_for_byte(server, pushed):
    assert len(pushed) >= len(EXAMPLES) - 1
    for session_id, body in pushed.items():
        until(lambda one=session_id, sent=body: is_current(server, one, sent), f"the record of session {session_id}")


def test_every_version_of_every_example_is_read_without_a_problem(server, told, pushed):
    read = [decode(body) for bodies in told.values() for body in bodies]
    assert [] == [one for one in read if one.problems or one.drift]
    until(lambda: is_current(server, *list(pushed.items())[-1]), "the record that was pushed last")
    assert b"" == server.command("records", "unreadable", "--json", text=False)
    assert b"" == server.command("records", "drift", "--json", text=False)


def test_a_rating_that_was_changed_is_kept_as_three_revisions(server, told, pushed):
    bodies = told["23-late-rating"]
    session_id = json.loads(bodies[0])["id"]
    until(lambda: is_current(server, session_id, pushed[session_id]), "the last rating")
    shown = json.loads(server.command("records", "show", str(session_id), "--json"))
    assert 3 == len(bodies) == len(shown["revisions"])
    assert 25 == shown["session"]["record"]["evaluation"]
