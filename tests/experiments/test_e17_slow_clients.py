"""E17 in small: clients that are silent, slow or deaf, beside honest load (R12).

Every abuser is closed within the deadline and a second, every honest push is acknowledged,
and open files and memory stay bounded.
`EXPERIMENT_ABUSERS` sets how many of each kind there are (40; 250 in a nightly run).
"""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from experiments.bodies import session_push
from experiments.checker import check
from experiments.client import Connection, request
from experiments.ledger import Ledger
from experiments.load import attempt, now_seconds
from experiments.reading import read_projected
from experiments.results import percentile, publish
from experiments.runs import seed_of_run, size
from experiments.server import Life, Server

DEADLINE_SECONDS = 2.0
SLACK_SECONDS = 1.5
"""One second, and what a busy machine of two cores adds."""
HONEST_PER_SECOND = 50
HONEST_SECONDS = 5.0
EAR_BYTES = 4096
"""A small receive buffer, so that who does not read is noticed before megabytes are on their way."""
RSS_BYTES_MAX = 256 * 1024 * 1024
SETTINGS = {
    "request_seconds_max": str(DEADLINE_SECONDS),
    "idle_seconds_max": str(DEADLINE_SECONDS),
    "dashboard": "process",  # the deaf ask for pages
}

Abuser = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def test_abusers_are_closed_and_honest_clients_are_served(tmp_path: Path) -> None:
    abusers, seed, begun_at = size("ABUSERS", 40), seed_of_run(), time.monotonic()
    with Server(tmp_path, settings=SETTINGS) as server, Ledger(tmp_path / "ledger.jsonl") as ledger:
        life = server.start()
        quiet = asyncio.run(honest(life, ledger, seed, 1_000_000, 1.0))
        closed_after, busy, files, rss = asyncio.run(abuse(life, ledger, abusers, seed))
        snapshot = read_projected(server.store)
        left_open = count_files(life.pid)
        server.stop()
        verdict = check(ledger, snapshot)
    slowest = {kind: max(seconds) for kind, seconds in closed_after.items()}
    p99_quiet, p99_busy = percentile(quiet, 0.99), percentile(busy, 0.99)
    is_closed = all(seconds <= DEADLINE_SECONDS + SLACK_SECONDS for seconds in slowest.values())
    is_good = is_closed and verdict.is_clean and not ledger.open_pushes() and rss <= RSS_BYTES_MAX
    shown = ", ".join(f"{kind} {seconds:.1f} s" for kind, seconds in slowest.items())
    publish(
        "E17",
        f"{abusers} of each kind closed after at most {shown} (deadline {DEADLINE_SECONDS:.0f} s); "
        f"honest {verdict.sentence()}, p99 {p99_quiet * 1000:.0f} ms quiet, {p99_busy * 1000:.0f} ms beside them; "
        f"{files} files open at most, {left_open} after, {rss / 2**20:.0f} MB; seed {seed}",
        "pass" if is_good else "FAIL",
        seed=seed,
        params={"abusers_of_each_kind": abusers, "deadline_seconds": DEADLINE_SECONDS},
        n_faults=abusers * len(ABUSERS),
        **verdict.figures(),
        p99=round(p99_busy, 4),
        wall_s=round(time.monotonic() - begun_at, 1),
    )
    assert [kind for kind, seconds in slowest.items() if seconds > DEADLINE_SECONDS + SLACK_SECONDS] == []
    assert verdict.faults == {}
    assert ledger.open_pushes() == []
    assert rss <= RSS_BYTES_MAX
    assert left_open < files


async def abuse(
    life: Life, ledger: Ledger, abusers: int, seed: int
) -> tuple[dict[str, list[float]], list[float], int, int]:
    """Seconds until each abuser was closed, honest latencies, most open files, resident bytes at the end."""
    async with asyncio.TaskGroup() as tasks:
        waits = {
            kind: [tasks.create_task(closed_within(life.port, abuser)) for _ in range(abusers)]
            for kind, abuser in ABUSERS.items()
        }
        serving = tasks.create_task(honest(life, ledger, seed, 2_000_000, HONEST_SECONDS))
        await asyncio.sleep(DEADLINE_SECONDS / 2)
        files = count_files(life.pid)
    closed_after = {kind: [wait.result() for wait in waiting] for kind, waiting in waits.items()}
    return closed_after, serving.result(), files, resident_bytes(life.pid)


async def honest(life: Life, ledger: Ledger, seed: int, first_id: int, seconds: float) -> list[float]:
    """Honest load, each push over a connection of its own; latencies in seconds."""
    chance = random.Random(seed + first_id)
    latencies: list[float] = []

    async def send(session_id: int) -> None:
        push, begun_at = session_push(session_id, chance, now_seconds() * 1000), time.monotonic()
        async with Connection(life.port) as connection:
            verb, _ = await attempt(ledger, life, push, connection)
        if verb == "ok":
            latencies.append(time.monotonic() - begun_at)

    async with asyncio.TaskGroup() as sending:
        for number in range(int(seconds * HONEST_PER_SECOND)):
            sending.create_task(send(first_id + number))
            await asyncio.sleep(1 / HONEST_PER_SECOND)
    return latencies


async def closed_within(port: int, abuser: Abuser) -> float:
    """Seconds from connecting until the server is rid of this client; far too many when it never is."""
    ear = socket.socket()
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, EAR_BYTES)
    ear.setblocking(False)
    await asyncio.get_running_loop().sock_connect(ear, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=ear, limit=EAR_BYTES)
    begun_at = time.monotonic()
    try:
        async with asyncio.timeout(DEADLINE_SECONDS * 5):
            await abuser(reader, writer)
    except TimeoutError:
        return 1_000.0
    except OSError:
        pass
    finally:
        writer.transport.abort()
    return time.monotonic() - begun_at


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Connects and says nothing."""
    await reader.read(-1)


async def slow_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One byte of a head every tenth of a second."""
    await drip_until_closed(reader, writer, b"POST /push?time=1 HTTP/1.1\r\nhost: a\r\n" + b"x-slow: 1\r\n" * 1_000)


async def slow_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A quick head, then one byte of the body every tenth of a second."""
    head = request("POST", f"/push?time={now_seconds()}&checksum={'0' * 40}", b"x" * 10_000)[:-10_000]
    writer.write(head)
    await drip_until_closed(reader, writer, b"x" * 10_000)


async def missing_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Promises a body and sends none of it."""
    writer.write(request("POST", "/push?time=1&checksum=1", b"x" * 10)[:-10])
    await reader.read(-1)


async def idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One honest request over a kept connection, then nothing."""
    writer.write(request("GET", "/healthz", keep_alive=True))
    await reader.read(-1)


async def deaf(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Asks for large pages without end and reads none of the answers.

    Its receive buffer is full soon; the server is rid of it when writing fails.
    """
    asked = request("GET", "/openapi.json", keep_alive=True) * 50
    while True:
        writer.write(asked)
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, data: bytes) -> None:
    """Send byte by byte until the other side has closed."""
    closing = asyncio.create_task(reader.read(-1))
    try:
        for position in range(len(data)):
            writer.write(data[position : position + 1])
            await writer.drain()
            done, _ = await asyncio.wait((closing,), timeout=0.1)
            if done:
                return
    finally:
        closing.cancel()


ABUSERS: dict[str, Abuser] = {
    "silent": silent,
    "slow head": slow_head,
    "slow body": slow_body,
    "missing body": missing_body,
    "idle": idle,
    "deaf": deaf,
}


def count_files(pid: int) -> int:
    """Open file descriptors of a process."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))
