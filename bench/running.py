"""Starts a contender or the load generator in a fresh process, and makes sure that it ends.

Nothing is measured here; what goes wrong is a ContenderError that shows the last lines of the process's log.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bench.contenders.contender import Contender

__all__ = ["ContenderError", "MeasurementError", "Server", "fresh_directory", "run_program", "running", "start_load"]

_ROOT = Path(__file__).parent.parent
_START_SECONDS_MAX = 30.0
_STOP_SECONDS_MAX = 60.0
_LOG_LINES = 15


class ContenderError(Exception):
    """A contender did not start, or did not stop; the message ends with its log."""


class MeasurementError(Exception):
    """A measurement went wrong while the contender ran; its log may say why."""


class Server(NamedTuple):
    """A contender that listens."""

    contender: Contender
    directory: Path
    host: str
    port: int
    pid: int


@contextmanager
def running(contender: Contender, directory: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """The contender on `directory`, ready; stopped with SIGTERM at the end, killed when it does not obey."""
    ready_file = directory / "ready.json"
    ready_file.unlink(missing_ok=True)
    log = directory / "server.log"
    command = [sys.executable, *contender.arguments(directory, ready_file)]
    surroundings = {**_environment(), **contender.environment, **(environment or {})}
    with log.open("ab") as output:
        process = subprocess.Popen(command, env=surroundings, cwd=_ROOT, stdout=output, stderr=output)
    try:
        url = urlsplit(_wait_until_ready(process, ready_file, contender.name, log)["url"])
        yield Server(contender, directory, str(url.hostname), int(url.port or 0), process.pid)
    except MeasurementError as error:
        raise ContenderError(f"{contender.name}: {error}\n{_tail(log)}") from error
    finally:
        _stop(process, contender.name, log)


def start_load(server: Server, job: Mapping[str, Any]) -> subprocess.Popen[str]:
    """The load generator against `server`; its standard output is one JSON line a phase."""
    whole = {"host": server.host, "port": server.port, "server_pid": server.pid, **job}
    command = [sys.executable, "-m", "bench.load", json.dumps(whole)]
    return subprocess.Popen(command, env=_environment(), cwd=_ROOT, stdout=subprocess.PIPE, text=True)


def run_program(arguments: list[str]) -> list[str]:
    """Lines that a Python program of the benchmark printed in a fresh process; none when it failed."""
    command = [sys.executable, *arguments]
    program = subprocess.run(command, check=False, env=_environment(), cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    return [] if program.returncode else program.stdout.splitlines()


@contextmanager
def fresh_directory(work: Path, name: str) -> Iterator[Path]:
    """An empty directory that is gone afterwards."""
    directory = work / f"{name}-{os.getpid()}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _environment() -> dict[str, str]:
    """Ours, without settings of an afterchat that happens to run here."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AFTERCHAT_")}
    paths = [str(_ROOT), str(_ROOT / "src"), kept.get("PYTHONPATH", "")]
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def _wait_until_ready(process: subprocess.Popen[bytes], ready_file: Path, name: str, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        try:
            answer: dict[str, Any] = json.loads(ready_file.read_text())
        except (OSError, ValueError):
            time.sleep(0.02)
            continue
        return answer
    raise ContenderError(f"{name} did not start:\n{_tail(log)}")


def _stop(process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise ContenderError(f"{name} did not stop within {_STOP_SECONDS_MAX:.0f} s:\n{_tail(log)}") from None


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LOG_LINES:])
