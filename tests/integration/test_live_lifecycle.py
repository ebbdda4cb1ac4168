"""Starting, stopping and dying: what was answered `{}` is there afterwards, and the next server starts at once."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from live_scenes import SECRET, ask, connect, detail, metrics, push, query, seed, session, stored, until

SENDERS = 6
NONE_YET = 1000


class Load:
    """Senders that push without pause until the server will not have them any more."""

    def __init__(self, server):
        self.taken = []
        self.refused = []
        self._server = server
        self._threads = [threading.Thread(target=self._push_on, args=(number,)) for number in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def join(self):
        for thread in self._threads:
            thread.join()

    def _push_on(self, number):
        connection = connect(self._server)
        try:
            for step in range(1_000_000):
                body = session(number * 1_000_000 + step)
                answer = ask(connection, "POST", f"/push?{query(body)}", body)
                if answer.is_taken:
                    self.taken.append(body)
                else:
                    self.refused.append(answer)
        except (http.client.HTTPException, OSError):
            return
        finally:
            connection.close()


def children_of(pid):
    """Process ids of the living children of a process."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(parent) == pid and state not in "ZX":
            found.append(int(stat.parent.name))
    return found


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def child_of(server, part):
    """The process beside the server that runs `afterchat <part>`."""

    def look():
        return [pid for pid in children_of(server.process.pid) if part.encode() in command_line(pid)]

    return until(look, f"the process of the {part}")[0]


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def projector_of(server):
    return child_of(server, "projector")


def start_and_fail(store, *options):
    """A server that cannot start: its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "afterchat", "serve", "--store", f"sqlite:///{store}", *options],
        env={**os.environ, "AFTERCHAT_SECRET": SECRET},
        capture_output=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode().splitlines()


def sessions_listed(server):
    return server.command("records", "list", "--json", "--limit", "1000")


def test_sigterm_in_the_middle_of_load_loses_no_answered_push(live_server):
    server = live_server(SECRET)
    load = Load(server)
    until(lambda: len(load.taken) > 300, "load")
    code = server.stop()
    load.join()

    assert 0 == code
    held = {row.body for row in stored(server)}
    assert [] == [body for body in load.taken if body not in held]
    assert {503} >= {answer.status for answer in load.refused}
    assert "every answered push is on disk" in server.log()
    assert "error" not in server.log().lower()
    assert [] == children_of(server.process.pid)


def test_a_push_whose_body_is_still_coming_when_the_server_is_told_to_stop_is_taken(live_server):
    server = live_server(SECRET, projector="off")
    with pushing_slowly(server, session(1)) as finish:
        server.process.send_signal(signal.SIGTERM)
        until(lambda: is_refusing(server), "the closed door")
        received = finish()

    assert received.startswith(b"HTTP/1.1 200 ")
    assert received.endswith(b"\r\n\r\n{}")
    assert 0 == server.stop()
    assert [session(1)] == [row.body for row in stored(server)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "a supervisor's SIGTERM"])
def test_a_signal_that_reaches_both_processes_is_obeyed_by_the_server_and_drains_quietly(live_server, tmp_path, number):
    seed(tmp_path, {})
    server = live_server(SECRET)
    projector = projector_of(server)
    assert push(server, session(0)).is_taken
    until(lambda: detail(server, 0), "a projector that is up")
    with pushing_slowly(server, session(1)) as finish_first, pushing_slowly(server, session(2)) as finish_second:
        os.killpg(server.process.pid, number)
        until(lambda: is_refusing(server), "the closed door")
        first = finish_first()
        until(lambda: len(sessions_listed(server).splitlines()) == 2, "a record that was read after the signal")
        second = finish_second()

    assert [b"{}", b"{}"] == [received[-2:] for received in (first, second)]
    assert 0 == server.process.wait(30)
    assert '"level": "error"' not in server.log()
    assert not is_alive(projector)


@contextmanager
def pushing_slowly(server, body):
    """Send half of a push; what is given sends the rest and reads the answer."""
    before = metrics(server)["afterchat_pushes_in_flight"]
    with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=30) as line:
        head = f"POST /push?{query(body)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        line.sendall(head.encode() + body[:9])
        until(lambda: metrics(server)["afterchat_pushes_in_flight"] == before + 1, "its start")

        def finish():
            line.sendall(body[9:])
            received = b""
            while piece := line.recv(65536):
                received += piece
            return received

        yield finish


def is_refusing(server):
    try:
        metrics(server)
    except (http.client.HTTPException, OSError, ValueError):  # a request just before the door closes is told so
        return True
    return False


def test_a_second_server_on_the_same_store_is_refused_in_one_line_and_the_first_goes_on(live_server):
    server = live_server(SECRET, projector="off")

    code, out, lines = start_and_fail(server.store, "--port", "0")

    assert (4, "", 1) == (code, out, len(lines))
    assert str(server.store) in lines[0]
    assert push(server, session(1)).is_taken


def test_a_port_in_use_is_said_in_one_line_that_names_the_remedy(live_server, tmp_path):
    server = live_server(SECRET, projector="off")
    port = server.url.rpartition(":")[2]

    code, out, lines = start_and_fail(tmp_path / "another", "--port", port)

    assert (4, "", 1) == (code, out, len(lines))
    assert f"127.0.0.1:{port}" in lines[0]
    assert "--port" in lines[0]


def test_a_projector_that_is_killed_comes_back_and_catches_up(live_server, tmp_path):
    seed(tmp_path, {})
    server = live_server(SECRET)
    assert push(server, session(1)).is_taken
    until(lambda: detail(server, 1), "the first session")
    os.kill(projector_of(server), signal.SIGKILL)
    for number in range(2, 30):
        assert push(server, session(number)).is_taken

    assert until(lambda: detail(server, 29), "the projector's return")["session"]["revision_count"] == 1
    assert (1, 1) == (
        metrics(server)["afterchat_projector_alive"],
        metrics(server)["afterchat_projector_restarts_total"],
    )
    assert 29 == metrics(server)["afterchat_records_sessions"]


def test_a_killed_server_leaves_no_projector_behind_and_the_next_one_goes_on_at_once(live_server, tmp_path):
    seed(tmp_path, {})
    server = live_server(SECRET)
    projector = projector_of(server)
    load = Load(server)
    until(lambda: len(load.taken) > 100, "load")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    load.join()

    following = live_server(SECRET)
    held = {row.body for row in stored(following)}
    assert [] == [body for body in load.taken if body not in held]
    assert push(following, session(77_000_000)).is_taken
    until(lambda: detail(following, 77_000_000), "the next projector")
    assert len(stored(following)) == metrics(following)["afterchat_records_sessions"]
    until(lambda: not is_alive(projector), "the end of the orphan")


def test_a_rebuild_gives_the_same_records_beside_a_running_server_and_without_one(live_server, tmp_path):
    seed(tmp_path, {})
    server = live_server(SECRET)
    for number in range(20):
        assert push(server, session(number, staff_name="小红", evaluation=0)).is_taken
        if number % 3 == 0:
            assert push(server, session(number, staff_name="小红", evaluation=100)).is_taken
    assert push(server, b"not json").is_taken
    assert push(server, b'{"msgId":"1"}', event_type="MSG").is_taken
    assert push(server, session(NONE_YET)).is_taken
    until(lambda: detail(server, NONE_YET), "the projector")
    before = sessions_listed(server)

    beside = server.command("records", "rebuild", "--json")
    assert before == sessions_listed(server)
    assert push(server, session(NONE_YET + 1)).is_taken
    until(lambda: detail(server, NONE_YET + 1), "the projector after the rebuild")
    after = sessions_listed(server)
    assert 0 == server.stop()
    alone = server.command("records", "rebuild", "--json")

    assert ('"by": "server"' in beside or '"by":"server"' in beside, '"by":"command"' in alone.replace(" ", "")) == (
        True,
        True,
    )
    assert after == sessions_listed(server)
    assert 22 == len(after.splitlines())


def test_a_dashboard_that_dies_is_started_again_and_costs_no_push(live_server, tmp_path):
    seed(tmp_path, {})
    server = live_server(SECRET, log_level="error")
    push(server, session(1))
    until(lambda: detail(server, 1), "the first session")
    killed = child_of(server, "dashboard")

    os.kill(killed, signal.SIGKILL)
    assert push(server, session(2)).is_taken
    assert killed != child_of(server, "dashboard")
    until(lambda: detail(server, 2), "the second session, read through a new dashboard")
    assert 1.0 == metrics(server)["afterchat_dashboard_restarts_total"]
