"""E09: whatever a URL, a name server or a receiver says, no connection goes where none may go (X20 to X25).

One process sends to every forbidden target and to some allowed ones (`ssrf_run`).
Two witnesses that share nothing with the program say where it connected: strace, and a canary that listens.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from experiments.results import publish
from experiments.runs import refuse_or_skip
from experiments.ssrf_run import BUGS, DEAD, PUBLIC, REDIRECTS
from targets import FORBIDDEN_ANSWERS, FORBIDDEN_URLS

PROGRAM = Path(__file__).with_name("ssrf_run.py")
CONNECT = re.compile(r'connect\(\d+, \{sa_family=AF_INET6?, .*?(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"')
OURS = {PUBLIC, DEAD}
"""Where connections may go."""
CASES_MIN = 120
ALLOWED_MIN = 10
RUN_SECONDS_MAX = 120
REFUSALS = {"bad_url", "forbidden_address"}


@pytest.fixture(autouse=True)
def _needs_more_than_one_loopback_address() -> None:
    with socket.socket() as one:
        try:
            one.bind((PUBLIC, 0))
        except OSError as error:
            refuse_or_skip("E09", f"{PUBLIC} cannot be bound: {error}")


class Run(NamedTuple):
    """What the process said, and what strace saw."""

    said: dict[str, Any]
    connected: Sequence[str] | None
    """Every address that was connected to; None without strace."""


def test_no_connection_goes_where_none_may_go_and_the_allowed_ones_work(tmp_path: Path) -> None:
    begun_at = time.monotonic()
    run = send_everywhere(tmp_path)
    faults = faults_of(run)
    said = run.said
    case_count = sum(len(said[kind]) for kind in ("urls", "answers", "rebinding", "redirects", "certificates"))
    strays = [one for one in run.connected or () if one not in OURS]
    works = sum(outcome == "200" for outcome in said["allowed"].values())
    seen = "not traced: strace is missing" if run.connected is None else f"{len(run.connected)} connects seen by strace"
    is_good = not faults and case_count >= CASES_MIN and works == len(said["allowed"]) >= ALLOWED_MIN
    publish(
        "E09",
        f"{len(strays)} forbidden connects of {case_count} cases, canary {said['canary_hits']} hits; "
        f"{works}/{len(said['allowed'])} allowed cases work; {seen}",
        "pass" if is_good else "FAIL",
        n_cases=case_count,
        n_faults=len(faults),
        forbidden_connects=len(strays),
        canary_hits=said["canary_hits"],
        allowed=works,
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert faults == []
    assert case_count >= CASES_MIN
    assert len(said["urls"]) == len(FORBIDDEN_URLS)
    assert len(said["answers"]) > len(FORBIDDEN_ANSWERS)
    assert works == len(said["allowed"]) >= ALLOWED_MIN
    assert run.connected is None or PUBLIC in run.connected


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_caught(tmp_path: Path, bug: str) -> None:
    faults = faults_of(send_everywhere(tmp_path, bug))
    publish("E09", f"planted {bug}: {faults[0] if faults else 'not found'}", "pass" if faults else "FAIL", planted=bug)
    assert faults


def send_everywhere(work: Path, bug: str = "") -> Run:
    """The process, under strace where there is one."""
    trace = work / "trace.log"
    tracing = ("strace", "-f", "-q", "-e", "trace=connect", "-o", str(trace)) if shutil.which("strace") else ()
    command = (*tracing, sys.executable, str(PROGRAM), *([bug] if bug else []))
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RUN_SECONDS_MAX)
    assert done.returncode == 0, done.stderr
    return Run(json.loads(done.stdout), CONNECT.findall(trace.read_text("utf-8")) if tracing else None)


def faults_of(run: Run) -> list[str]:
    """Everything that went where it must not, or was not refused."""
    said = run.said
    faults = [f"connected to {address}" for address in run.connected or () if address not in OURS]
    faults += [f"{said[count]} {count}" for count in ("canary_hits", "other_hits", "bodies_untrusted") if said[count]]
    faults += [f"looked up {name!r}" for name in said["asked"]]
    expected = {
        "urls": lambda _case: REFUSALS,
        "answers": lambda _case: {"forbidden_address"},
        "rebinding": lambda case: {"forbidden_address"} if case.endswith("later") else {"200"},
        "redirects": lambda case: {str(status) for status in REDIRECTS if case.startswith(str(status))},
        "certificates": lambda _case: {"tls"},
    }
    for kind, wanted in expected.items():
        faults += [f"{kind} {case}: {got}" for case, got in said[kind].items() if got not in wanted(case)]
    return faults
