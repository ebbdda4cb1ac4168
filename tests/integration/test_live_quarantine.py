"""A refused push on a live server: kept with its cause, released when it was authentic, never when it was not."""

from __future__ import annotations

import json
import sqlite3
from hashlib import sha256

import pytest
from live_scenes import SECRET, detail, now, push, query, read, seed, send, session, stored, until, webhook_headers
from live_server import LiveServer

STRICT = "strict-secret-number-one"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    directory = tmp_path_factory.mktemp("quarantine")
    seed(directory, {"strict": ("hmac_only", (STRICT,))})
    running = LiveServer(directory, SECRET)
    yield running
    running.kill()


def kept(server, body):
    """The quarantine's row of these bytes; None while it was not written."""
    _, document = read(server, "/v1/quarantine")
    return next((row for row in document["items"] if row["sha256"] == sha256(body).hexdigest()), None)


def test_a_late_push_is_refused_kept_with_its_cause_released_by_the_running_server_and_becomes_a_session(server):
    body = session(9_007_199_254_740_993, staff_name="超级管理员")
    signed_at = now() - 4000

    refused = push(server, body, at=signed_at)
    row = until(lambda: kept(server, body), "the quarantined push")
    assert (401, 14003) == (refused.status, refused.code)
    assert ("window", "outside_window", True, signed_at) == (
        row["reason"],
        row["cause"],
        row["authentic"],
        row["signed_at"],
    )
    assert query(body, at=signed_at).rpartition("=")[2] not in row["query"]
    [listed] = [json.loads(line) for line in server.command("quarantine", "list", "--json").splitlines()]
    assert (row["id"], "outside_window") == (listed["id"], listed["cause"])
    assert detail(server, 9_007_199_254_740_993) is None

    released = json.loads(server.command("quarantine", "release", row["id"], "--json"))

    assert {"id": row["id"], "outcome": "new", "by": "server"} == released
    assert [(body, signed_at)] == [(push.body, push.signed_at) for push in stored(server)]
    found = until(lambda: detail(server, 9_007_199_254_740_993), "the session")
    assert "超级管理员" == found["session"]["record"]["staff_name"]
    assert kept(server, body)["released_at"] is not None
    again = json.loads(server.command("quarantine", "release", row["id"], "--json"))
    assert "duplicate" == again["outcome"]
    assert 1 == len(stored(server))


def test_a_push_whose_checksum_is_wrong_is_explained_and_cannot_be_released(server):
    body = session(2)

    assert 401 == push(server, body, secret=SECRET.lower()).status
    row = until(lambda: kept(server, body), "the quarantined push")
    done = server.run("quarantine", "release", row["id"])

    assert ("checksum", "trimmed_secret", False) == (row["reason"], row["cause"], row["authentic"])
    assert 1 == done.returncode
    [line] = done.stderr.decode().splitlines()
    assert "signature never verified" in line
    assert body not in [push.body for push in stored(server)]


def test_a_late_webhook_is_released_like_any_other(server):
    body = session(4)

    refused = send(server, "POST", "/push/strict", body, webhook_headers(body, STRICT.encode(), at=now() - 4000))
    row = until(lambda: kept(server, body), "the quarantined push")
    server.command("quarantine", "release", row["id"])

    assert (401, 14003, "outside_window") == (refused.status, refused.code, row["cause"])
    assert ["strict"] == [push.tenant for push in stored(server) if push.body == body]
    found = until(lambda: detail(server, 4, "strict"), "the session")
    assert "strict" == found["session"]["tenant"]


@pytest.mark.parametrize("quarantine_id", ["77", str(10**30), "-1"])
def test_a_push_that_is_not_there_is_said_so_in_one_line(server, quarantine_id):
    done = server.run("quarantine", "release", "--", quarantine_id)

    assert done.returncode in (1, 2)
    assert 1 == len(done.stderr.decode().splitlines())
    assert push(server, session(5)).is_taken


def test_a_flood_of_forgeries_leaves_a_bounded_number_of_rows(live_server):
    server = live_server(SECRET, projector="off", quarantine_rows_max="7")
    for number in range(60):
        push(server, session(number), secret="nobody-knows-this-one")
    assert 0 == server.stop()

    with sqlite3.connect(server.store / "inbox.db") as connection:
        [[count]] = connection.execute("select count(*) from quarantine").fetchall()
    connection.close()
    assert 7 == count
