"""`afterchat demo`, which is what somebody runs first: both ends at work, what to look at, and an end when told to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from live_scenes import push, read, until


@pytest.fixture
def demo(tmp_path):
    started = []
    out = tmp_path / "out"

    def start(session_count):
        options = ("--sessions", str(session_count), "--port", "0", "--store", f"sqlite:///{tmp_path / 'store'}")
        with out.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "afterchat", "demo", *options, "--ready-file", str(tmp_path / "ready.json")],
                stdout=log,
                stderr=log,
                env={**os.environ, "AFTERCHAT_LANGUAGE": "en"},
            )
        started.append(process)
        until((tmp_path / "ready.json").exists, "the demo's server")
        url = json.loads((tmp_path / "ready.json").read_text("utf-8"))["url"]
        return SimpleNamespace(process=process, url=url, said=lambda: out.read_text("utf-8"))

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_what_it_tells_people_to_do_works_as_printed(demo):
    running = demo(20)
    until(lambda: "Ctrl-C" in running.said(), "its last line")
    token = re.search(r"Bearer (\S+?)'", running.said())[1]
    secret = re.search(r"AFTERCHAT_SECRET=(\S+)", running.said())[1]
    pushed = int(re.search(r"(\d+) pushes arrived", running.said())[1])
    inbox = read(running, "/v1/inbox?limit=500", token)[1]["items"]

    assert pushed > 10
    assert pushed <= len(inbox)
    until(lambda: read(running, "/v1/sessions/1", token)[0] == 200, "the vendor's sample")
    assert push(running, b'{"id":5}', secret=secret).is_taken
    running.process.send_signal(signal.SIGINT)
    assert 0 == running.process.wait(30)
    assert "every answered push is on disk" in running.said()
    assert "every event that was answered is on disk" in running.said()
    sums = re.search(r"(\d+) sessions ended, (\d+) of (\d+) pushes were delivered, (\d+) sessions", running.said())
    ended, delivered, made, received = map(int, sums.groups())
    assert pushed <= delivered <= made
    assert 0 < ended <= received + made - delivered


def test_it_outlives_its_receiver_and_says_how_to_start_it_again(demo):
    running = demo(0)
    until(lambda: "Ctrl-C" in running.said(), "its last line")
    receiver = int(re.search(r"kill (\d+)", running.said())[1])

    os.kill(receiver, signal.SIGKILL)
    until(lambda: "the receiver ended" in running.said(), "word of it")
    assert None is running.process.poll()
    assert "serve --port" in running.said().split("the receiver ended")[1]
    running.process.send_signal(signal.SIGINT)
    assert 0 == running.process.wait(30)
    assert "Traceback" not in running.said()


def test_in_the_middle_of_its_pushes_ctrl_c_ends_it_without_a_traceback(demo):
    running = demo(50_000)  # in which it would be busy for minutes
    running.process.send_signal(signal.SIGINT)

    assert 0 == running.process.wait(30)
    assert "Traceback" not in running.said()


def test_killed_it_leaves_no_process_behind(demo):
    running = demo(0)
    until(lambda: "Ctrl-C" in running.said(), "its last line")
    servers = children_of(running.process.pid)

    running.process.kill()
    running.process.wait()
    assert 2 <= len(servers)
    until(lambda: not any(is_alive(pid) for pid in servers), "the end of its servers")


def children_of(pid):
    """Processes that this one started."""
    return [
        int(status.parent.name)
        for status in Path("/proc").glob("[0-9]*/stat")
        if (text := text_of(status)) and int(text.rpartition(")")[2].split()[1]) == pid
    ]


def is_alive(pid):
    """Whether it runs; what nobody waited for is dead all the same."""
    text = text_of(Path(f"/proc/{pid}/stat"))
    return bool(text) and text.rpartition(")")[2].split()[0] != "Z"


def text_of(path):
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
