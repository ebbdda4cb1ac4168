"""Runs the real program with one known bug in it: `python planted.py NAME serve ...`, or `sender ...`.

The bugs of the sending end stand in `planted_sending.py`.

A bug is a patch on the loaded program; nothing on disk changes.
Every experiment that claims to find a kind of bug must find its planted one, or its green runs mean nothing.

Rules:
- One function for each bug, named after it; its docstring says what its programmer might have thought.
- The projector that `serve` starts runs with the same bug.
- A bug whose place in the program is gone is an error, so that no run is green for want of its bug.

What does not belong here: the experiments that look for the bugs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
from collections.abc import Callable
from hashlib import md5, sha256
from pathlib import Path
from typing import Any

from planted_sending import SENDING_BUGS
from planting import replace

__all__ = ["BUGS", "main"]

COMMIT_LATER_SECONDS = 0.005
"""So that the answer is out before the commit begins, whichever of two threads the machine lets run first."""


def early_ack() -> None:
    """Answer as soon as the push has arrived; the commit will surely come."""
    from afterchat.receiver import group

    honest = group.GroupCommit.submit

    def submit(self: Any, arrival: Any, respond: Any) -> None:
        respond(group._ACCEPTED)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # E03 plays without one
            honest(self, arrival, lambda _answer: None)
        else:
            loop.call_later(COMMIT_LATER_SECONDS, honest, self, arrival, lambda _answer: None)

    replace(group.GroupCommit, "submit", submit)


def ack_on_commit_failure() -> None:
    """Answer `{}` whatever the commit said; the sender must not be bothered."""
    from afterchat.receiver import group

    def refuse_all(_self: Any, taken: Any) -> None:
        for _, respond in taken:
            respond(group._ACCEPTED)

    replace(group.GroupCommit, "_refuse_all", refuse_all)


def sync_normal() -> None:
    """Let the operating system choose when to write; it is so much faster."""
    open_writers_with("NORMAL")


def sync_off() -> None:
    """Never wait for a disk."""
    open_writers_with("OFF")


def dedup_off() -> None:
    """Keep whatever comes; duplicates are rare."""
    from afterchat.store.sql import push_rows

    replace(push_rows, "locality_of", lambda _body: random.getrandbits(62))


def dedup_by_md5() -> None:
    """The checksum holds an MD5 already; that is identity enough."""
    from afterchat.receiver import intake

    replace(intake, "sha256", lambda body: sha256(md5(body).digest()))


def poison_rolls_back_batch() -> None:
    """Parse while writing; whatever cannot be parsed is an error like any other."""
    from afterchat.store.sql import push_rows

    honest = push_rows.PushWriter.write_all

    def write_all(self: Any, connection: Any, arrivals: Any) -> Any:
        for arrival in arrivals:
            json.loads(arrival.body, parse_constant=int)
        return honest(self, connection, arrivals)

    replace(push_rows.PushWriter, "write_all", write_all)


def poison_kills_projector() -> None:
    """A body that cannot be decoded cannot happen."""
    from afterchat.contract.codec import Undecodable
    from afterchat.projector import projection

    honest: Any = projection.__dict__["decode"]

    def decode(body: bytes) -> Any:
        decoded = honest(body)
        if isinstance(decoded, Undecodable):
            raise SystemExit(decoded.reason)
        return decoded

    replace(projection, "decode", decode)


def cursor_before_rows() -> None:
    """Move the cursor first, so that nothing is ever projected twice; forget every tenth row on the way."""
    from afterchat.projector import loop

    honest: Any = loop.__dict__["project"]

    def project(rows: Any, *arguments: Any, **named: Any) -> Any:
        applied = honest(rows, *arguments, **named)
        return applied._replace(sessions=[each for each in applied.sessions if each.inbox_id % 10])

    replace(loop, "project", project)


def latest_arrival_wins() -> None:
    """Whatever came last is the current revision."""
    from afterchat.projector import loop

    honest: Any = loop.__dict__["project"]

    def project(rows: Any, *arguments: Any, **named: Any) -> Any:
        applied = honest(rows, *arguments, **named)
        return applied._replace(sessions=[each._replace(signed_at=each.inbox_id) for each in applied.sessions])

    replace(loop, "project", project)


def verify_after_parse() -> None:
    """Parse first, then verify what was understood."""
    from afterchat.receiver import intake

    honest: Any = intake.__dict__["checksum_matches"]

    def checksum_matches(secrets: Any, body: bytes, time: bytes, claimed: bytes) -> Any:
        with contextlib.suppress(ValueError):
            body = json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()
        return honest(secrets, body, time, claimed)

    replace(intake, "checksum_matches", checksum_matches)


def replay_409() -> None:
    """A duplicate is a conflict, says HTTP."""
    from afterchat.edge.message import Answer
    from afterchat.receiver import group

    honest, seen = group.GroupCommit.submit, set()

    def submit(self: Any, arrival: Any, respond: Any) -> Any:
        if (arrival.tenant, arrival.sha256) in seen:
            respond(Answer(409, b'{"code":14004,"message":"duplicate"}'))
            return None
        seen.add((arrival.tenant, arrival.sha256))
        return honest(self, arrival, respond)

    replace(group.GroupCommit, "submit", submit)


def window_in_ms() -> None:
    """The window is a number of seconds, and so is a thousandth of everything."""
    from afterchat.receiver import intake

    def is_within_window(signed_at: int, now_ms: int, window_seconds: int) -> bool:
        return abs(now_ms - signed_at * 1000) <= window_seconds * 1_000_000

    replace(intake, "is_within_window", is_within_window)


def lax_time() -> None:
    """`int` knows what a number is."""
    from afterchat.receiver import intake

    def read_time(text: bytes) -> int | None:
        try:
            return int(text)
        except ValueError:
            return None

    replace(intake, "read_time", read_time)


def first_parameter_wins() -> None:
    """Of two parameters of one name, take the first, for nobody would send two."""
    from afterchat.receiver import intake

    def read_parameters(query: bytes) -> Any:
        named: dict[bytes, bytes] = {}
        for pair in query.split(b"&"):
            name, _, value = pair.partition(b"=")
            named.setdefault(name, value)
        return intake.Parameters(named.get(b"time"), named.get(b"checksum"), named.get(b"eventType"))

    replace(intake, "read_parameters", read_parameters)


BUGS: dict[str, Callable[[], None]] = {
    bug.__name__.replace("_", "-"): bug
    for bug in (
        early_ack,
        ack_on_commit_failure,
        sync_normal,
        sync_off,
        dedup_off,
        dedup_by_md5,
        poison_rolls_back_batch,
        poison_kills_projector,
        cursor_before_rows,
        latest_arrival_wins,
        verify_after_parse,
        replay_409,
        window_in_ms,
        lax_time,
        first_parameter_wins,
    )
} | SENDING_BUGS


def open_writers_with(synchronous: str) -> None:
    """Every writing connection of the inbox gets another `synchronous`."""
    import afterchat.store.open
    from afterchat.store.sqlite import backend

    honest = backend.open_writer

    def open_writer(path: str, profile: Any) -> Any:
        connection = honest(path, profile)
        connection.pragma("synchronous", synchronous)
        return connection

    owners = [module for name, module in sys.modules.items() if name.startswith("afterchat.")]
    places = [module for module in owners if getattr(module, "open_writer", None) is honest]
    for module in places:
        replace(module, "open_writer", open_writer)
    assert len(places) > 1, f"nobody uses open_writer any more: {afterchat.store.open}"


def spread_to_children(name: str) -> None:
    """The processes that `serve` starts are started through this file, too."""
    from afterchat.server import child

    honest = child.ChildProcess.__init__

    def init(self: Any, *arguments: Any, **named: Any) -> None:
        honest(self, *arguments, **named)
        python, module_flag, module, *rest = self._arguments
        assert (module_flag, module) == ("-m", "afterchat")
        self._arguments = (python, str(Path(__file__).resolve()), name, *rest)

    replace(child.ChildProcess, "__init__", init)


def main() -> None:
    """Plant the bug, then be `afterchat`."""
    del sys.path[0]
    name = sys.argv.pop(1)
    BUGS[name]()
    spread_to_children(name)
    from afterchat.cli import main as program

    sys.argv[0] = "afterchat"
    program()


if __name__ == "__main__":
    main()
