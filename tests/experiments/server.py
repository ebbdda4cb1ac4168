"""Starts, kills and watches one `afterchat serve` from outside; `sending_end.py` does so for the sender.

Rules:
- The server binds port 0 and says in its ready file who it is; nobody is believed whose `/healthz` has another nonce.
- A server and its projector live in a process group of their own; only that group, or the server's pid, is killed.
- Orphans may stay zombies (PID 1 of a container reaps nothing), so a group is dead when none of its members is alive.

What does not belong here: load, faults, judging.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import NamedTuple, Self

__all__ = ["SECRET", "Life", "Server", "ServerError", "afterchat", "alive_in_group", "environment"]

ROOT = Path(__file__).resolve().parents[2]
SECRET = "an-experiment-secret-0123456789"
START_SECONDS_MAX = 30.0
DEATH_SECONDS_MAX = 15.0


class ServerError(Exception):
    """The server did not start, or is not the one that was started; carries the end of its log."""


class Life(NamedTuple):
    """One run of the server, from its start to its end."""

    port: int
    pid: int
    nonce: str
    started_at: float
    """Monotonic seconds when the process was created."""
    ready_at: float
    """Monotonic seconds when it had proved its nonce."""


class Server:
    """A server on one store, started and ended as often as wanted.

    `planted` names a bug of `planted.py`; `prefix` is put before the command (strace and its options).
    """

    part = "serve"
    """The command of the program that is run."""

    def __init__(
        self,
        work: Path,
        store: Path | None = None,
        *,
        planted: str = "",
        prefix: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.store = store or work / "store"
        self.planted = planted
        self.prefix = tuple(prefix)
        self.settings = {"dashboard": "off", **(settings or {})}  # what is attacked here takes pushes
        self._ready_file = work / f"{self.part}.json"
        self._log = work / f"{self.part}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._life: Life | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> Life:
        """Start it and wait until it listens and has proved its nonce."""
        if self._process is not None:
            raise ServerError("the server before this one was not ended")
        self._ready_file.unlink(missing_ok=True)
        started_at = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.prefix, *self._command()],
                env=environment(self.settings),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ready = self._wait_ready()
        port = int(ready["url"].rsplit(":", 1)[1].rstrip("/"))
        self._life = Life(port, int(ready["pid"]), str(ready["nonce"]), started_at, time.monotonic())
        return self._life

    @property
    def life(self) -> Life:
        """The run that is under way."""
        if self._life is None:
            raise ServerError("the server is not running")
        return self._life

    def is_alive(self) -> bool:
        """Whether the process that was started is still there."""
        return self._process is not None and self._process.poll() is None

    def wait_end(self, seconds_max: float) -> bool:
        """Wait for the server to end by itself; whether it did."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds_max)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self, *, whole_group: bool = True) -> None:
        """SIGKILL the group; or the server alone, as a kernel short of memory does, leaving its projector behind."""
        if self._process is None:
            return
        if whole_group or self._life is None:
            self._signal_group(signal.SIGKILL)
        elif self._process.poll() is None:
            os.kill(self._life.pid, signal.SIGKILL)
        self._process.wait()
        self._forget()

    def kill_remains(self, group: int) -> None:
        """SIGKILL what is left of a group of an earlier life, and wait until nothing of it is alive."""
        deadline = time.monotonic() + DEATH_SECONDS_MAX
        while alive_in_group(group):
            try:
                os.killpg(group, signal.SIGKILL)
            except ProcessLookupError:
                return
            if time.monotonic() > deadline:
                raise ServerError(f"process group {group} does not die")
            time.sleep(0.01)

    @property
    def group(self) -> int:
        """The process group of the run under way."""
        if self._process is None:
            raise ServerError("the server is not running")
        return self._process.pid

    def stop(self) -> int:
        """SIGTERM, wait, and give the exit status."""
        process, group = self._process, self.group
        if process is None:
            raise ServerError("the server is not running")
        os.kill(self.life.pid, signal.SIGTERM)
        try:
            status = process.wait(DEATH_SECONDS_MAX * 2)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ServerError(f"SIGTERM did not end the server\n{self.log_end()}") from None
        self._forget()
        self.kill_remains(group)
        return status

    def log_end(self, character_count: int = 3000) -> str:
        """The end of what the server wrote to its outputs."""
        return self._log.read_text("utf-8", "replace")[-character_count:] if self._log.exists() else ""

    def _command(self) -> list[str]:
        command = afterchat(planted=self.planted)
        options = ("--host", "127.0.0.1", "--port", "0", "--store", f"sqlite:///{self.store}")
        return [*command, self.part, *options, "--ready-file", str(self._ready_file)]

    def _wait_ready(self) -> dict[str, str]:
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            try:
                ready: dict[str, str] = json.loads(self._ready_file.read_text("utf-8"))
                port = int(ready["url"].rsplit(":", 1)[1].rstrip("/"))
                if ask_nonce(port) == ready["nonce"]:
                    return ready
            except (OSError, ValueError, KeyError):
                pass
            time.sleep(0.01)
        if self._process is not None:
            self._signal_group(signal.SIGKILL)
            self._process.wait()
            self._forget()
        raise ServerError(f"the server did not become ready\n{self.log_end()}")

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        group = self._process.pid
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return
        self._process.wait()
        self.kill_remains(group)

    def _forget(self) -> None:
        self._process = self._life = None


def afterchat(*, planted: str = "") -> list[str]:
    """The command line of the program under test, up to its first argument."""
    if planted:
        return [sys.executable, str(Path(__file__).with_name("planted.py")), planted]
    return [sys.executable, "-m", "afterchat"]


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of the program under test: no `AFTERCHAT_*` of the caller's but the secret and `settings`."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AFTERCHAT_")}
    path = os.pathsep.join(part for part in (str(ROOT / "src"), os.environ.get("PYTHONPATH", "")) if part)
    named = {f"AFTERCHAT_{name.upper()}": value for name, value in (settings or {}).items()}
    return {**inherited, "PYTHONPATH": path, "AFTERCHAT_SECRET": SECRET, **named}


def ask_nonce(port: int) -> str:
    """The nonce in `/healthz` of whoever listens; empty when nobody answers in time."""
    connection = HTTPConnection("127.0.0.1", port, timeout=2.0)
    try:
        connection.request("GET", "/healthz")
        return str(json.loads(connection.getresponse().read())["nonce"])
    except (OSError, HTTPException, ValueError, KeyError):
        return ""
    finally:
        connection.close()


def alive_in_group(group: int) -> list[int]:
    """The pids of a process group that are neither dead nor zombies."""
    alive = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, pgrp, *_ = stat.read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        if int(pgrp) == group and state not in "ZX":
            alive.append(int(stat.parent.name))
    return alive
