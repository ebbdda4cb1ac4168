"""The ledger: what the harness sent and what it was told, kept outside the system under test.

Rules:
- Append-only: an attempt is announced before its first byte leaves, and settled once; never settled means `unknown`.
- `ok` needs a complete reply with status 200 and body `{}`, from a server whose nonce was proved (`Life.nonce`).
- Every line names the nonce of the server that was spoken to.
- On disk and synced at every `sync()`, before each judgement; a harness that died judges nothing.

What does not belong here: reading the store, and judging (`checker.py`).
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from experiments.bodies import Push
from experiments.client import Verb

__all__ = ["Entry", "Identity", "Ledger"]

Identity = tuple[str, str]
"""(tenant, sha256 of the bytes in hex)."""


class Entry(NamedTuple):
    """One attempt under way."""

    number: int
    identity: Identity
    signed_at: int


class Ledger:
    """Every attempt of one run, in a file of JSON lines and in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pushes: dict[Identity, Push] = {}
        """Every push that was ever attempted."""
        self.signed: dict[Identity, set[int]] = defaultdict(set)
        """The signed times of every attempt."""
        self.acknowledged: dict[Identity, set[int]] = defaultdict(set)
        """The signed times of the attempts that were answered `{}`."""
        self.attempt_counts: Counter[Identity] = Counter()
        self.acknowledged_counts: Counter[Identity] = Counter()
        self.outcomes: Counter[Verb] = Counter()
        self._unknown: set[Identity] = set()
        self._file = path.open("a", encoding="utf-8")
        self._entry_count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.sync()
        self._file.close()

    @property
    def attempt_count(self) -> int:
        """Attempts announced so far."""
        return self._entry_count

    @property
    def acknowledged_count(self) -> int:
        """Attempts that were answered `{}`."""
        return self.outcomes["ok"]

    def open_pushes(self) -> list[Push]:
        """Pushes that were attempted and never acknowledged, in the order of their first attempt."""
        return [push for identity, push in self.pushes.items() if identity not in self.acknowledged]

    def open_push(self, chance: random.Random) -> Push | None:
        """One of the pushes that were settled as `unknown` and never acknowledged since; None when there is none."""
        identities = sorted(self._unknown)
        return self.pushes[chance.choice(identities)] if identities else None

    def announce(self, push: Push, signed_at: int, nonce: str) -> Entry:
        """Write an attempt down before its first byte leaves."""
        self._entry_count += 1
        entry = Entry(self._entry_count, push.identity, signed_at)
        self.pushes.setdefault(entry.identity, push)
        self.signed[entry.identity].add(signed_at)
        self.attempt_counts[entry.identity] += 1
        tenant, sha256 = entry.identity
        self._write(
            attempt=entry.number,
            tenant=tenant,
            session=push.session_id,
            sha256=sha256,
            signed_at=signed_at,
            nonce=nonce,
        )
        return entry

    def settle(self, entry: Entry, verb: Verb, status: int | None) -> None:
        """Write down what an attempt came to."""
        self.outcomes[verb] += 1
        if verb == "ok":
            self.acknowledged[entry.identity].add(entry.signed_at)
            self.acknowledged_counts[entry.identity] += 1
            self._unknown.discard(entry.identity)
        elif verb == "unknown" and entry.identity not in self.acknowledged:
            self._unknown.add(entry.identity)
        self._write(attempt=entry.number, outcome=verb, status=status)

    def take_over(self, path: Path, pushes: Mapping[Identity, Push]) -> None:
        """Repeat another ledger's lines in this one; `pushes` are those it speaks of."""
        entries: dict[int, Entry] = {}
        for text in path.read_text("utf-8").splitlines():
            line = json.loads(text)
            if "outcome" in line:
                self.settle(entries[line["attempt"]], line["outcome"], line["status"])
            else:
                push = pushes[line["tenant"], line["sha256"]]
                entries[line["attempt"]] = self.announce(push, line["signed_at"], line["nonce"])

    def sync(self) -> None:
        """Everything written so far is on disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, **line: object) -> None:
        self._file.write(json.dumps(line) + "\n")
