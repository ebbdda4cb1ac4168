"""The judge: compares the ledger with what a fresh connection reads from the store.

    R1  lost, stale      an acknowledged push, or its newest acknowledged signed time, is not stored
    R2  alien            a stored push that nobody ever sent
    R3  twice            the same bytes stored twice for one tenant
    R3  view_off         a session row that is not the recount's, is missing, or is one too many
    R6  miscounted       fewer repeats counted than were acknowledged, or more than were sent
    R10 altered          stored bytes whose sha256 is not the one beside them
        damage           what SQLite's own integrity check says

Rules:
- Shares nothing with the product: hashes, ranks and reads bodies by itself.
- The current revision of a session is the greatest by (last signed time, latest moment, sha256), whatever came first.
- `unknown` attempts may be stored or not; which is reported and not judged (R4).

What does not belong here: reading the store (`reading.py`), and deciding what a run should have done.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from experiments.bodies import facts
from experiments.ledger import Ledger
from experiments.reading import Snapshot, StoredPush, StoredSession

__all__ = ["Verdict", "check"]

SHOWN_MAX = 5


class Verdict(NamedTuple):
    """What the judge found; every list is empty in a clean run."""

    acknowledged: int
    """Attempts that were answered `{}`."""
    stored: int
    unknown: int
    """Attempts whose sender cannot know."""
    lost: list[str]
    stale: list[str]
    alien: list[str]
    twice: list[str]
    altered: list[str]
    miscounted: list[str]
    view_off: list[str]
    damage: list[str]

    @property
    def faults(self) -> dict[str, list[str]]:
        """What was found, by kind; empty when clean."""
        names = ("lost", "stale", "alien", "twice", "altered", "miscounted", "view_off", "damage")
        return {name: found[:SHOWN_MAX] for name in names if (found := getattr(self, name))}

    @property
    def is_clean(self) -> bool:
        """Whether every promise was kept."""
        return not self.faults

    def sentence(self) -> str:
        """For the figure line."""
        return (
            f"{self.acknowledged:,} acked, {len(self.lost) + len(self.stale)} lost, {len(self.twice)} twice, "
            f"{len(self.altered) + len(self.alien)} altered, {len(self.view_off)} rows off"
        )

    def figures(self) -> dict[str, int]:
        """For the result line."""
        return {
            "acked": self.acknowledged,
            "stored": self.stored,
            "unknown": self.unknown,
            "lost": len(self.lost) + len(self.stale),
            "dup": len(self.twice) + len(self.miscounted),
            "altered": len(self.altered) + len(self.alien),
            "agg_off": len(self.view_off),
        }


def check(
    ledger: Ledger,
    snapshot: Snapshot,
    *,
    with_view: bool = True,
    ignored_sessions: Collection[int] = (),
    is_wire_exact: bool = True,
) -> Verdict:
    """Judge one store by one ledger.

    `with_view` is False while the projector may lag; `ignored_sessions` are judged by the caller.
    `is_wire_exact` is False when something between may have sent a push more often than the ledger knows.
    """
    ledger.sync()
    stored: dict[tuple[str, str], list[StoredPush]] = defaultdict(list)
    altered = []
    for push in snapshot.pushes:
        sha256 = hashlib.sha256(push.body).hexdigest()
        stored[push.tenant, sha256].append(push)
        if sha256 != push.sha256:
            altered.append(f"push {push.id} is marked {push.sha256[:12]} and hashes to {sha256[:12]}")
    return Verdict(
        acknowledged=ledger.acknowledged_count,
        stored=len(snapshot.pushes),
        unknown=ledger.attempt_count - ledger.outcomes["ok"] - ledger.outcomes["refused"],
        lost=[shown(identity) for identity in ledger.acknowledged if identity not in stored],
        stale=list(stale(ledger, stored)),
        alien=[shown(identity) for identity in stored if identity not in ledger.pushes],
        twice=[shown(identity) for identity, pushes in stored.items() if len(pushes) > 1],
        altered=altered,
        miscounted=list(miscounted(ledger, stored, is_wire_exact=is_wire_exact)),
        view_off=list(view_off(ledger, snapshot, ignored_sessions)) if with_view else [],
        damage=snapshot.damage,
    )


def shown(identity: tuple[str, str]) -> str:
    """Short enough for a message, long enough to find."""
    return f"{identity[0]}/{identity[1][:16]}"


def stale(ledger: Ledger, stored: dict[tuple[str, str], list[StoredPush]]) -> Iterable[str]:
    """Pushes whose newest acknowledged signed time the store does not know, or knows one that was never signed."""
    for identity, pushes in stored.items():
        known = max(push.last_signed_at for push in pushes)
        acknowledged = max(ledger.acknowledged.get(identity, ()), default=0)
        if known < acknowledged or (identity in ledger.pushes and known not in ledger.signed[identity]):
            yield f"{shown(identity)} was last signed at {acknowledged}, the store says {known}"


def miscounted(
    ledger: Ledger, stored: dict[tuple[str, str], list[StoredPush]], *, is_wire_exact: bool
) -> Iterable[str]:
    """Pushes whose count of repeats is not between what was acknowledged and what was sent."""
    for identity, pushes in stored.items():
        count = sum(1 + push.repeat_count for push in pushes)
        least, most = ledger.acknowledged_counts[identity], ledger.attempt_counts[identity]
        if count < least or (is_wire_exact and count > most):
            yield f"{shown(identity)} was acknowledged {least} and sent {most} times, and is counted {count} times"


def view_off(ledger: Ledger, snapshot: Snapshot, ignored_sessions: Collection[int]) -> Iterable[str]:
    """Session rows that differ from the judge's recount over the stored bodies."""
    expected = recount(ledger, snapshot.pushes)
    found = {key: row for key, row in snapshot.sessions.items() if key[1] not in ignored_sessions}
    copies = Counter(snapshot.session_keys)
    yield from (f"{key} has {count} rows" for key, count in copies.items() if count > 1)
    yield from (f"{key} has a row and no push" for key in found.keys() - expected.keys())
    for key, row in expected.items():
        if found.get(key) != row:
            yield f"{key} should be {row} and is {found.get(key)}"


def recount(ledger: Ledger, pushes: Iterable[StoredPush]) -> dict[tuple[str, int], StoredSession]:
    """The session rows that follow from the stored bodies, by the judge's own rule."""
    revisions = defaultdict(list)
    for push in pushes:
        sent = ledger.pushes.get((push.tenant, hashlib.sha256(push.body).hexdigest()))
        if sent is not None and sent.session_id:
            read = facts(push.body)
            rank = push.last_signed_at, read.latest_moment, hashlib.sha256(push.body).digest()
            revisions[push.tenant, read.session_id].append((rank, push, read))
    rows = {}
    for key, ranked in revisions.items():
        (signed_at, *_), push, read = max(ranked)
        rows[key] = StoredSession(
            inbox_id=push.id,
            signed_at=signed_at,
            revision_count=len(ranked),
            end_time=read.end_time,
            evaluation=read.evaluation,
            staff_name=read.staff_name,
            remarks=read.remarks,
        )
    return rows
