"""Every example whose tool is on this machine is run against a live receiver; the others say that they were not."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from afterchat.contract.codec import decode

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SECRET = "DD0F1F5A3AD04EF49A06547C253F9357"
START_SECONDS_MAX = 30

SENDERS = {
    "push.sh": (("sh", "curl", "openssl"), ("sh", "push.sh")),
    "push.mjs": (("node",), ("node", "push.mjs")),
    "Push.java": (("java",), ("java", "Push.java")),
    "push.swift": (("swift",), ("swift", "push.swift")),
    "push.py": ((), (sys.executable, "push.py")),
}


def run_sender(command, url, secret=SECRET):
    return subprocess.run(
        [*command, url, "record.json"],
        cwd=EXAMPLES,
        env={**os.environ, "AFTERCHAT_SECRET": secret},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("sender", SENDERS)
def test_a_sender_is_answered_with_an_empty_object_and_its_push_is_stored(sender, live_server):
    tools, command = SENDERS[sender]
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{sender} was not run: {', '.join(missing)} is not on this machine")
    server = live_server(SECRET)

    done = run_sender(command, f"{server.url}/push")

    assert (0, "{}") == (done.returncode, done.stdout.strip()), done.stderr
    assert [EXAMPLES.joinpath("record.json").read_bytes()] == server.stored_bodies()


def test_a_sender_with_the_wrong_secret_is_refused_and_says_so(live_server):
    server = live_server(SECRET)

    done = run_sender(SENDERS["push.py"][1], f"{server.url}/push", "another secret of no use")

    assert done.returncode != 0
    assert "14002" in done.stderr
    assert [] == server.stored_bodies()


def test_the_receiver_of_thirty_lines_takes_a_push_and_refuses_a_forged_one(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, EXAMPLES / "receiver.py", str(port)],
        cwd=tmp_path,
        env={**os.environ, "AFTERCHAT_SECRET": SECRET},
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_port(port)
        taken = run_sender(SENDERS["push.py"][1], f"http://127.0.0.1:{port}/push")
        forged = run_sender(SENDERS["push.py"][1], f"http://127.0.0.1:{port}/push", "another secret")
    finally:
        process.kill()
        process.wait()

    assert "{}" == taken.stdout.strip()
    assert '{"code":14002}' == forged.stderr.strip()


def test_the_engine_example_prints_the_record_of_its_session():
    done = subprocess.run(
        [sys.executable, EXAMPLES / "engine.py"],
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=60,
        check=True,
    )

    decoded = decode(done.stdout)
    record = decoded.record
    assert () == decoded.problems
    assert (102, 0, "张佳怡", 1, 5_000) == (
        record.id,
        record.close_reason,
        record.staff_name,
        record.round_number,
        record.first_reply_cost,
    )


def test_the_embedded_sender_delivers_its_session_and_leaves_a_store_that_commands_read(live_server, tmp_path):
    server = live_server(SECRET)
    tmp_path.joinpath("secret").write_text(SECRET)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AFTERCHAT_")},
        "PYTHONIOENCODING": "utf-8",
    }
    open_here = {"AFTERCHAT_ALLOWED_TARGETS": "127.0.0.1", "AFTERCHAT_ALLOW_HTTP_ENDPOINTS": "yes"}

    def run(*command, **more):
        done = subprocess.run(
            [sys.executable, *command],
            cwd=tmp_path,
            env=environment | more,
            capture_output=True,
            timeout=60,
            check=True,
        )
        return done.stdout.decode()

    url = f"{server.url}/push"
    run("-m", "afterchat", "endpoints", "add", "here", url, "--secret-file", "secret", **open_here)

    assert str(["taken"] * 5) == run(EXAMPLES / "send.py").strip()
    [body] = server.stored_bodies()
    assert (1001, "小林") == (decode(body).record.id, decode(body).record.staff_name)
    [entry] = run("-m", "afterchat", "outbox", "list", "--json").splitlines()
    assert "delivered" == json.loads(entry)["state"]


def test_the_example_record_is_the_vendors_sample_with_all_59_fields():
    assert 59 == len(json.loads(EXAMPLES.joinpath("record.json").read_text("utf-8")))


def wait_for_port(port):
    for _ in range(START_SECONDS_MAX * 20):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"nothing listens on {port} after {START_SECONDS_MAX} s")
