"""Starts, kills and watches one `afterchat sender`, and gives its store endpoints and a token.

Endpoints and token are made by the program's own commands.

Rules:
- Everything of `server.py` holds: port 0, a proved nonce, a process group of its own.
- Endpoints and the token are made before the first start, so that they are in force from its first moment.
- The attempts of the sender under test are short, because what a killed one held is tried again after LEASE_SECONDS.

What does not belong here: handing events in (`handing.py`), receiving (`sink.py`), judging (`outbox_checker.py`).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.server import SECRET, Server, ServerError, afterchat, environment

__all__ = ["ATTEMPT_SECONDS", "LEASE_SECONDS", "PATIENT", "SendingEnd"]

ATTEMPT_SECONDS = 1.0
LEASE_SECONDS = 2 * ATTEMPT_SECONDS + 10
"""How long a lease holds: twice an attempt, and ten seconds for writing the result down."""
PATIENT = ",".join(["1s"] * 50)
"""A schedule that outlives every experiment."""
COMMAND_SECONDS_MAX = 60.0
LOOPBACK = {"allowed_targets": "127.0.0.1", "allow_http_endpoints": "yes", "attempt_seconds_max": str(ATTEMPT_SECONDS)}


class SendingEnd(Server):
    """A sender on one store, started and ended as often as wanted."""

    part = "sender"

    def __init__(
        self,
        work: Path,
        store: Path | None = None,
        *,
        planted: str = "",
        prefix: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        named = {**LOOPBACK, **(settings or {})}
        super().__init__(work, store or work / "sending", planted=planted, prefix=prefix, settings=named)
        self._secret_file = work / "endpoint.secret"

    def add_endpoint(self, name: str, url: str, *, schedule: str = PATIENT, concurrency: int = 8, rate: int = 0) -> int:
        """Have ended sessions pushed to `url`, signed by both schemes with SECRET; the endpoint's id."""
        self._secret_file.write_text(SECRET, "utf-8")
        options = ("--schedule", schedule, "--concurrency", str(concurrency), "--rate", str(rate))
        made = self.run("endpoints", "add", name, url, *options, "--secret-file", str(self._secret_file), "--json")
        return int(json.loads(made)["id"])

    def add_token(self) -> str:
        """A token that hands events in."""
        made = self.run("tokens", "add", "--scope", "send", "--tenant", "default", "--json")
        return str(json.loads(made)["token"])

    def run(self, *arguments: str) -> str:
        """What one command on this store prints; ServerError when it fails."""
        done = self.try_to_run(*arguments)
        if done.returncode:
            raise ServerError(f"{arguments} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def try_to_run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command on this store, whatever it ends with; it runs behind the same prefix as the sender."""
        return subprocess.run(
            [*self.prefix, *afterchat(), *arguments, "--store", f"sqlite:///{self.store}"],
            env=environment(self.settings),
            capture_output=True,
            check=False,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
        )
