"""A visitor erased from live servers beside a load: nothing of them in any file, nothing of others touched (R15)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from hashlib import sha256
from pathlib import Path

import apsw
import pytest
import zstandard
from live_scenes import SECRET, now, push, session, until
from live_sender import LiveSender

from afterchat.contract.record import CustomField
from afterchat.engine import RemarkWritten, SessionOpened, VisitorIdentified, write_event

AT = 1_767_225_600_000
USER_ID = 777_000_111_222
WORDS = {
    "foreign_id": "canary-foreign",
    "from_ip": "203.0.113.77",
    "from_page": "https://shop.example/canary?c=1",
    "land_page": "https://shop.example/canary-landing",
    "from_title": "canary title",
    "search_key": "canary words",
    "evaluation_remark": "canary rating",
    "remarks": "canary note 金丝雀",
    "transfer_remarks": "canary transfer",
    "custom_field": (CustomField("1", "phone", "canary phone"),),
}
TRACES = (b"canary", "金丝雀".encode(), b"203.0.113.77", str(USER_ID).encode(), USER_ID.to_bytes(6, "big"))


def contents(store: Path) -> dict[str, bytes]:
    """Every file of a store as it lies there, and every body in it, unpacked."""
    found = {file.name: file.read_bytes() for file in store.rglob("*") if file.is_file()}
    for database, tables in (("inbox.db", ("push", "quarantine")), ("sender.db", ("push",))):
        if not (store / database).exists():
            continue
        connection = apsw.Connection(str(store / database), flags=apsw.SQLITE_OPEN_READONLY)
        dictionaries = {
            id_: zstandard.ZstdDecompressor(zstandard.ZstdCompressionDict(text))
            for id_, text in connection.execute("SELECT id, bytes FROM dictionary")
        }
        for table in tables:
            for id_, number, stored in connection.execute(f"SELECT id, dictionary_id, body FROM {table}"):
                found[f"{database} {table} {id_}"] = dictionaries[number].decompress(stored) if number else stored
        connection.close()
    return found


def traces(store: Path) -> list[str]:
    """Where something of the person is."""
    return [f"{name}: {trace!r}" for name, text in contents(store).items() for trace in TRACES if trace in text]


class Load:
    """Strangers' sessions pushed until it is told to stop; all of them must be taken."""

    def __init__(self, server):
        self._server = server
        self._is_over = threading.Event()
        self.sent = {}
        self.refused = []
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def _run(self):
        number = 100
        while not self._is_over.is_set():
            number += 1
            body = session(number, user_id=number, remarks=f"stranger {number}")
            answer = push(self._server, body)
            self.sent[number] = body
            if not answer.is_taken:
                self.refused.append(answer)


def person_bodies():
    """What the person left: revisions before and after they were known, other events, and what nobody can read."""
    return [
        session(7, remarks="canary before anybody knew", end_time=AT),
        session(7, user_id=USER_ID, category="a", end_time=AT + 1, **WORDS),
        session(8, user_id=5, end_time=AT, **{**WORDS, "from_ip": "203.0.113.77"}),
        json.dumps({"sessionId": 7, "closeReason": 1, "uid": "canary-foreign"}).encode(),
        b'{"id":7,"sType":"0","interaction":0,"foreignId":"canary-foreign","extraKey":"canary","remarks":77.5}',
        b'{"id":7,"foreignId":"canary-foreign","remarks":"canary torn',
    ]


def push_all(server):
    bodies = person_bodies()
    for position, body in enumerate(bodies):
        assert push(server, body, event_type="" if b'closeReason": 1' in body else "DATA_ONLINE_SESSION_END",
                    at=now() - 9 + position).is_taken  # fmt: skip
    forged = session(9, **WORDS)
    assert 401 == push(server, forged, secret="another-secret-of-32-characters!").status
    assert 401 == push(server, session(10, **WORDS), at=now() - 4000).status
    return bodies


def counts(server):
    [[*kept]] = server.query("records.db", "SELECT sessions, superseded, unreadable, other_events FROM progress")
    return kept


def erase(server, *arguments):
    done = server.run("records", "erase", *arguments, "--yes", "--json")
    assert 0 == done.returncode, done.stderr.decode()
    return json.loads(done.stdout)


def is_projected(server):
    [[cursor]] = server.query("records.db", "SELECT inbox_cursor FROM progress")
    return cursor == server.query("inbox.db", "SELECT max(id) FROM push")[0][0]


def test_nothing_of_an_erased_visitor_is_in_any_file_and_nobody_else_is_touched(live_server, tmp_path):
    server = live_server(SECRET)
    bodies = push_all(server)
    until(lambda: server.query("inbox.db", "SELECT count(*) FROM quarantine") == [(2,)], "the quarantine")
    until(lambda: is_projected(server), "the records")
    assert len(TRACES[:4]) == len(
        {trace for trace in TRACES[:4] for text in contents(server.store).values() if trace in text}
    )
    before = counts(server)
    receipt = tmp_path / "receipt.json"

    with Load(server) as load:
        until(lambda: len(load.sent) > 50, "the load")
        said = erase(server, "--foreign-id", "canary-foreign", "--receipt", str(receipt))
    assert [] == load.refused
    until(lambda: is_projected(server), "the records")

    assert [] == traces(server.store)
    assert [] == [trace for trace in TRACES if trace in server.log().encode()]
    assert 0 == server.run("store", "check").returncode
    after = counts(server)
    assert [before[0] + len(load.sent), *before[1:]] == after
    written = json.loads(receipt.read_text("utf-8"))
    assert written == said
    assert (sha256(b"foreign_id:canary-foreign").hexdigest(), 6, 2) == (
        written["person_sha256"], written["pushes"], written["quarantined"]
    )  # fmt: skip
    assert not [trace for trace in TRACES if trace in receipt.read_bytes()]

    for number, body in list(load.sent.items())[:: len(load.sent) // 20 or 1]:
        [[id_]] = server.query("records.db", f"SELECT inbox_id FROM session WHERE id = {number}")
        assert body == server.command("inbox", "show", str(id_), "--raw", text=False)
    for body in bodies:
        assert push(server, body).is_taken
    until(lambda: server.query("inbox.db", "SELECT repeats FROM tally") == [(len(bodies),)], "the repeats")
    assert [] == traces(server.store)

    server.command("records", "rebuild")
    until(lambda: is_projected(server), "the records")
    assert after == counts(server)
    assert [("", "", 0, "")] == server.query(
        "records.db", "SELECT foreign_id, remarks, user_id, from_ip FROM session WHERE id = 7"
    )
    assert [] == traces(server.store)
    assert 0 == server.run("store", "check").returncode
    assert 0 == server.stop()
    assert [] == traces(server.store)
    again = server.run("records", "erase", "--foreign-id", "canary-foreign", "--yes")
    assert b"nothing in this store names that visitor" in again.stderr


def test_without_a_server_the_command_erases_by_itself_and_asks_before(live_server):
    server = live_server(SECRET)
    push_all(server)
    until(lambda: server.query("inbox.db", "SELECT count(*) FROM quarantine") == [(2,)], "the quarantine")
    until(lambda: is_projected(server), "the records")
    assert 0 == server.stop()

    refused = server.run("records", "erase", "--foreign-id", "canary-foreign", stdin=b"n\n")
    assert b"4 sessions of default" in refused.stderr
    assert [] != traces(server.store)
    erase(server, "--foreign-id", "canary-foreign")
    assert [] == traces(server.store)
    assert 0 == server.run("store", "check").returncode


def test_an_erasure_whose_server_and_command_are_killed_is_finished_by_the_next_server(live_server):
    server = live_server(SECRET)
    push_all(server)
    until(lambda: server.query("inbox.db", "SELECT count(*) FROM quarantine") == [(2,)], "the quarantine")
    until(lambda: is_projected(server), "the records")
    command = subprocess.Popen(
        [sys.executable, "-m", "afterchat", "records", "erase", "--foreign-id", "canary-foreign", "--yes",
         "--store", f"sqlite:///{server.store}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: server.query("registry.db", "SELECT count(*) FROM operator_order") != [(0,)], "the order")
    command.kill()
    command.wait()
    server.kill()

    again = live_server(SECRET)
    kinds = "SELECT kind FROM operator_order WHERE state = 'done'"
    until(lambda: ("erase_records",) in again.query("registry.db", kinds), "the erasure")
    assert [] == traces(again.store)
    assert 0 == again.run("store", "check").returncode


@pytest.fixture
def sender(tmp_path):
    made = LiveSender(tmp_path)
    yield made
    made.kill()


def test_the_sending_end_forgets_too_and_goes_on_with_what_it_has(sender, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    assert (
        0 == sender.run("endpoints", "add", "here", "http://127.0.0.1:9/push", "--secret-file", str(secret)).returncode
    )
    [sending] = sender.documents("tokens", "add", "--scope", "send", "--tenant", "default")
    token = sending["token"]
    until(lambda: sender.hand_in([b"{}"], token)[0] == 200, "the token")
    page = {"from_page": WORDS["from_page"], "from_ip": WORDS["from_ip"], "search_key": "canary words"}
    events = [
        SessionOpened(id="1", session=7, at=AT, kind="person", **page),
        VisitorIdentified(id="2", session=7, at=AT + 1, user_id=USER_ID, foreign_id="canary-foreign"),
        RemarkWritten(id="3", session=7, at=AT + 2, remarks="canary note"),
        SessionOpened(id="4", session=9, at=AT, user_id=9, kind="person"),
    ]
    assert 4 == sender.hand_in([write_event(event) for event in events], token)[1]["taken"]
    assert 1 == sender.hand_in([session(8, user_id=USER_ID, **WORDS)], token, "/v1/records")[1]["taken"]
    assert [] != traces(sender.store)

    erase(sender, "--user-id", str(USER_ID))
    assert [] == traces(sender.store)
    assert 0 == sender.run("store", "check").returncode
    closed = {"type": "SessionClosed", "id": "5", "session": 7, "at": AT + 9000, "closeReason": 0}
    assert 1 == sender.hand_in([json.dumps(closed).encode()], token)[1]["taken"]
    until(lambda: sender.documents("outbox", "list", "--session", "7"), "the record of what is left")
    assert [] == traces(sender.store)
