"""`afterchat demo`, which is what somebody runs first: it pushes, tells what to look at, and ends when told to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
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

    assert "21 answered {}, 0 refused" in running.said()
    until(lambda: len(read(running, "/v1/sessions?limit=100", token)[1].get("items", ())) == 21, "the records")
    assert push(running, b'{"id":5}', secret=secret).is_taken
    running.process.send_signal(signal.SIGINT)
    assert 0 == running.process.wait(30)
    assert "every answered push is on disk" in running.said()


def test_in_the_middle_of_its_pushes_ctrl_c_ends_it_without_a_traceback(demo):
    running = demo(1_000_000)
    running.process.send_signal(signal.SIGINT)

    assert 0 == running.process.wait(30)
    assert "Traceback" not in running.said()
