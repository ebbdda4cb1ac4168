"""A live `afterchat serve` for tests that meet the outside world: own port, store and nonce, ended by its own id."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from afterchat.cli import root

START_SECONDS_MAX = 30


class LiveServer:
    """One server process on port 0 and the store behind it."""

    def __init__(self, directory: Path, secret: str, **settings: str) -> None:
        self.store = directory / "store"
        self._ready = directory / "ready.json"
        self._log = directory / "log.jsonl"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AFTERCHAT_")}
        environment |= {"AFTERCHAT_SECRET": secret}
        environment |= {f"AFTERCHAT_{name.upper()}": value for name, value in settings.items()}
        self._ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "afterchat", "serve", "--port", "0"),
                    *("--store", f"sqlite:///{self.store}", "--ready-file", str(self._ready)),
                ],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        said = self._wait_until_ready()
        self.url = said["url"]
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer:
            assert said["nonce"] == json.load(answer)["nonce"], "this is a stranger's server"

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def stored_bodies(self) -> list[bytes]:
        """What the inbox holds, in order of arrival, read by the program's own command, called in this process."""
        listed = self._called("inbox", "list", "--json", "--limit", "10000")
        ids = sorted(json.loads(line)["id"] for line in listed.splitlines())
        return [self._called("inbox", "show", str(number), "--raw") for number in ids]

    def command(self, *arguments: str, text: bool = True):
        done = subprocess.run(
            [sys.executable, "-m", "afterchat", *arguments, "--store", f"sqlite:///{self.store}"],
            capture_output=True,
            check=True,
            timeout=60,
        )
        return done.stdout.decode() if text else done.stdout

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """One command on this store, whatever its exit code."""
        return subprocess.run(
            [sys.executable, "-m", "afterchat", *arguments, "--store", f"sqlite:///{self.store}"],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
        )

    def _called(self, *arguments: str) -> bytes:
        """What a command on this store prints, without a process for each of a hundred calls."""
        done = CliRunner().invoke(root, [*arguments, "--store", f"sqlite:///{self.store}"], catch_exceptions=False)
        assert 0 == done.exit_code, done.stderr
        return done.stdout_bytes

    def query(self, file: str, sql: str):
        """Ask one database file directly, without our own code."""
        connection = sqlite3.connect(f"file:{self.store / file}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def stop(self) -> int:
        """SIGTERM, which drains; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def kill(self) -> None:
        """SIGKILL to what is left of the whole process group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def _wait_until_ready(self):
        for _ in range(START_SECONDS_MAX * 50):
            if self._ready.exists():
                return json.loads(self._ready.read_text("utf-8"))
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        pytest.fail(f"the server did not start: {self.log()}")
