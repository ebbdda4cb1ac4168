"""A live `afterchat sender` for tests: own port and store, ended by its own id; started again on the same store."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

START_SECONDS_MAX = 30


class LiveSender:
    """One sender process on port 0 and the store behind it; loopback is open to it."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.store = directory / "sending"
        self._directory = directory
        self._settings = settings
        self._log = directory / "sender.jsonl"
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        ready = self._directory / "sender.json"
        ready.unlink(missing_ok=True)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AFTERCHAT_")}
        environment |= {"AFTERCHAT_ALLOWED_TARGETS": "127.0.0.1", "AFTERCHAT_ALLOW_HTTP_ENDPOINTS": "yes"}
        environment |= {f"AFTERCHAT_{name.upper()}": value for name, value in self._settings.items()}
        self.environment = environment
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "afterchat", "sender", "--port", "0"),
                    *("--store", f"sqlite:///{self.store}", "--ready-file", str(ready)),
                ],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        for _ in range(START_SECONDS_MAX * 50):
            if ready.exists():
                self.url = json.loads(ready.read_text("utf-8"))["url"]
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        pytest.fail(f"the sender did not start: {self.log()}")

    def log(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def run(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """One command on this store, whatever its exit code."""
        return subprocess.run(
            [sys.executable, "-m", "afterchat", *arguments, "--store", f"sqlite:///{self.store}"],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=60,
            env=self.environment,
        )

    def documents(self, *arguments: str) -> list[dict]:
        """What one command prints as JSON lines."""
        done = self.run(*arguments, "--json")
        assert 0 == done.returncode, done.stderr.decode()
        return [json.loads(line) for line in done.stdout.decode().splitlines()]

    def hand_in(
        self, events: list[bytes], token: str, path: str = "/v1/events", *, packed_as: str = ""
    ) -> tuple[int, dict]:
        """(status, answer) of one request, compressed by gzip if it is packed; raises OSError when nobody answers."""
        body, headers = b"\n".join(events), {"Authorization": f"Bearer {token}"}
        if packed_as:
            body, headers["Content-Encoding"] = gzip.compress(body), packed_as
        request = urllib.request.Request(f"{self.url}{path}", body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path: str, token: str) -> tuple[int, bytes]:
        """(status, body) of one question."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def counts(self) -> dict[str, int]:
        """Entries by state, of the one endpoint."""
        [row] = self.documents("outbox", "counts")
        return {state: count for state, count in row.items() if isinstance(count, int)}

    def kill_9(self) -> None:
        """No time to say anything."""
        self.process.kill()
        self.process.wait()

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
