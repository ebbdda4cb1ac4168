"""Kills a process at its n-th durable system call, for every n, by `strace` fault injection.

Rules:
- A point is (stage, system call, n): the process whose thread makes its n-th such call in that stage dies before it.
- strace counts each thread by itself, so a server that commits in a thread is a stage of its own.
- Every point plays the same script; a point that nothing reached is told, not counted.
- Serving ends with SIGTERM, so the system calls of an orderly stop are points as well.

What does not belong here: judging (`checker.py`), power cuts, and the choice of points (`test_e06_crash_points.py`).
"""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from experiments.bodies import Push, revised, session_push
from experiments.checker import Verdict, check
from experiments.client import Connection
from experiments.ledger import Ledger
from experiments.load import attempt, settle_unknowns
from experiments.reading import read_projected
from experiments.server import Life, Server, ServerError, afterchat, environment

__all__ = [
    "STAGES",
    "Played",
    "Point",
    "Survived",
    "calls_made",
    "count_calls",
    "die_at",
    "kill_at",
    "prepare",
    "strace",
    "under_trace",
    "was_killed",
]

STAGES = ("start", "serve inline", "serve in a thread", "project")
"""Starting on no store; serving, with the commit in the loop or in a thread; projecting an inbox that is at rest."""

COMMIT_MODES = {"serve inline": "inline", "serve in a thread": "thread"}
ENDED_AT_MS = 1_700_000_000_000
"""Fixed, so that the script is a function of its seed."""
KILLED = "killed by SIGKILL"
ATTACH_SECONDS_MAX = 10.0


class Point(NamedTuple):
    """Die at the n-th call of this name."""

    stage: str
    call: str
    number: int


class Played(NamedTuple):
    """What every point of a run plays."""

    seed: int
    """Of the script."""
    prepared: Path
    """A store whose inbox holds the script and was never projected; its ledger lies beside it."""


class Survived(NamedTuple):
    """What one point came to."""

    point: Point
    was_reached: bool
    verdict: Verdict


def script(seed: int) -> list[Push]:
    """Eight pushes: new ones, exact repeats, and a revision that is repeated."""
    chance = random.Random(seed)
    first, second, third, fourth = (session_push(number, chance, ENDED_AT_MS) for number in (1, 2, 3, 4))
    changed = revised(first, chance)
    return [first, second, first, changed, third, changed, fourth, second]


def prepare(work: Path, seed: int) -> Played:
    """Push the script to a server without a projector, and stop it."""
    work.mkdir(parents=True)
    with Server(work, settings={"projector": "off"}) as server, Ledger(work / "ledger.jsonl") as ledger:
        asyncio.run(push_all(server.start(), ledger, script(seed)))
        server.stop()
        return Played(seed, server.store)


def count_calls(work: Path, stage: str, calls: Sequence[str], played: Played) -> Counter[str]:
    """How often the busiest thread of a stage makes each call while nothing is killed."""
    work.mkdir(parents=True)
    with Ledger(work / "ledger.jsonl") as ledger:
        play(work, stage, ("-e", f"trace={','.join(calls)}"), ledger, played)
    return calls_made(work, calls)


def calls_made(work: Path, calls: Sequence[str]) -> Counter[str]:
    """How often the busiest thread made each call, as strace wrote it down."""
    made = Counter(re.findall(r"^(\d+)\s+(\w+)\(", trace_of(work), re.MULTILINE))
    return Counter({call: max((made[key] for key in made if key[1] == call), default=0) for call in calls})


def die_at(work: Path, point: Point, played: Played, *, planted: str = "") -> Survived:
    """Play the stage up to the point's death, start again, send the unknowns again, and judge."""
    work.mkdir(parents=True)
    kill = kill_at(point)
    with Ledger(work / "ledger.jsonl") as ledger:
        play(work, point.stage, kill, ledger, played, planted=planted)
        was_reached = was_killed(work)
        with Server(work, planted=planted) as again:
            life = again.start()
            asyncio.run(settle_unknowns(ledger, life, ledger.open_pushes()))
            snapshot = read_projected(again.store)
        return Survived(point, was_reached, check(ledger, snapshot))


def kill_at(point: Point) -> tuple[str, ...]:
    """The options with which strace kills at a point."""
    return "-e", f"trace={point.call}", "-e", f"inject={point.call}:signal=KILL:when={point.number}"


def play(
    work: Path,
    stage: str,
    options: Sequence[str],
    ledger: Ledger,
    played: Played,
    *,
    planted: str = "",
) -> None:
    """One stage under strace; wherever the process dies, that is the end."""
    trace = strace(work, options)
    if stage == "project":
        project(work, trace, ledger, played)
    elif stage == "start":
        with Server(work, prefix=trace, settings={"projector": "off"}) as server:
            try:
                server.start()
            except ServerError:
                return
    else:
        settings = {"projector": "off", "commit_mode": COMMIT_MODES[stage]}
        with Server(work, planted=planted, settings=settings) as server:
            serve(server, trace, ledger, script(played.seed))


def serve(server: Server, trace: Sequence[str], ledger: Ledger, pushes: Sequence[Push]) -> None:
    """Start, attach strace, push one after the other, stop."""
    life = server.start()
    under_trace(server, trace, lambda: asyncio.run(push_all(life, ledger, pushes)))


def under_trace(server: Server, trace: Sequence[str], drive: Callable[[], bool]) -> None:
    """Attach strace, drive, and stop when all of it was driven; wherever the process dies, that is the end."""
    life = server.life
    tracing = subprocess.Popen([*trace, "-p", str(life.pid)], stderr=subprocess.DEVNULL)
    try:
        wait_attached(life.pid)
        if drive():
            server.stop()
    except (ServerError, ProcessLookupError):
        pass
    finally:
        server.kill()
        tracing.wait(ATTACH_SECONDS_MAX)


def project(work: Path, trace: Sequence[str], ledger: Ledger, played: Played) -> None:
    """Copy the prepared inbox, note in the ledger what it acknowledged, and run the projector once over it."""
    store = shutil.copytree(played.prepared, work / "store")
    ledger.take_over(played.prepared.parent / "ledger.jsonl", {push.identity: push for push in script(played.seed)})
    command = (*trace, *afterchat(), "projector", "--store", f"sqlite:///{store}", "--once")
    subprocess.run(command, env=environment(), check=False, capture_output=True, timeout=60)


def strace(work: Path, options: Sequence[str]) -> tuple[str, ...]:
    """The command that traces into the folder of a point."""
    return ("strace", "-f", "-q", "-o", str(work / "trace.log"), *options)


def was_killed(work: Path) -> bool:
    """Whether strace killed anything there."""
    return KILLED in trace_of(work)


def trace_of(work: Path) -> str:
    """What strace wrote down."""
    return (work / "trace.log").read_text("utf-8", "replace")


def wait_attached(pid: int) -> None:
    """Until every thread of a process is traced."""
    deadline = time.monotonic() + ATTACH_SECONDS_MAX
    while any("TracerPid:\t0" in status.read_text() for status in Path(f"/proc/{pid}/task").glob("*/status")):
        if time.monotonic() > deadline:
            raise ServerError(f"strace does not attach to {pid}")
        time.sleep(0.01)


async def push_all(life: Life, ledger: Ledger, pushes: Sequence[Push]) -> bool:
    """Whether every push got a whole reply."""
    async with Connection(life.port) as connection:
        for push in pushes:
            verb, _ = await attempt(ledger, life, push, connection)
            if verb == "unknown":
                return False
    return True
