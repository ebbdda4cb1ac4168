"""The judge objects to each kind of fault, one at a time, and to nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from experiments.bodies import Push, facts, revised, session_push
from experiments.checker import Verdict, check
from experiments.client import Reply, Verb, checksum, judged
from experiments.forgery import extend_checksum
from experiments.ledger import Ledger
from experiments.reading import Snapshot, StoredPush, StoredSession

CHANCE = random.Random(1)
FIRST = session_push(1, CHANCE, 1_700_000_000_000)
SECOND = session_push(2, CHANCE, 1_700_000_000_000)
CHANGED = revised(FIRST, CHANCE)
NONE = Snapshot([], {}, [], {}, {}, set(), 0, [])


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """FIRST acknowledged at 100, SECOND at 100 and again at 200, CHANGED unknown at 150."""
    with Ledger(tmp_path / "ledger.jsonl") as written:
        for push, signed_at, verb in ((FIRST, 100, "ok"), (SECOND, 100, "ok"), (SECOND, 200, "ok")):
            written.settle(written.announce(push, signed_at, "nonce"), verb, 200)
        written.settle(written.announce(CHANGED, 150, "nonce"), "unknown", None)
        yield written


def stored(number: int, push: Push, signed_at: int, last_signed_at: int, repeats: int = 0) -> StoredPush:
    return StoredPush(
        number, push.tenant, "", signed_at, last_signed_at, push.identity[1], body=push.body, repeat_count=repeats
    )


def row(number: int, push: Push, signed_at: int, revisions: int = 1) -> StoredSession:
    read = facts(push.body)
    return StoredSession(number, signed_at, revisions, read.end_time, read.evaluation, read.staff_name, read.remarks)


def snapshot(pushes: list[StoredPush], sessions: dict[int, StoredSession]) -> Snapshot:
    keyed = {("default", session_id): session for session_id, session in sessions.items()}
    return NONE._replace(pushes=pushes, sessions=keyed, session_keys=list(keyed))


GOOD_PUSHES = [stored(1, FIRST, 100, 100), stored(2, SECOND, 100, 200, 1)]
GOOD_ROWS = {1: row(1, FIRST, 100), 2: row(2, SECOND, 200)}
GOOD = snapshot(GOOD_PUSHES, GOOD_ROWS)
ALIEN = session_push(3, CHANCE, 1_700_000_000_000)


def test_a_good_store_is_clean_whether_the_unknown_push_was_kept_or_not(ledger: Ledger) -> None:
    kept = snapshot([*GOOD_PUSHES, stored(3, CHANGED, 150, 150)], {**GOOD_ROWS, 1: row(3, CHANGED, 150, 2)})
    assert check(ledger, GOOD).faults == {}
    assert check(ledger, kept).faults == {}


FAULTS: dict[str, Snapshot] = {
    "lost": snapshot(GOOD_PUSHES[:1], {1: GOOD_ROWS[1]}),
    "stale": snapshot([GOOD_PUSHES[0], stored(2, SECOND, 100, 100, 1)], {**GOOD_ROWS, 2: row(2, SECOND, 100)}),
    "alien": snapshot([*GOOD_PUSHES, stored(3, ALIEN, 100, 100)], GOOD_ROWS),
    "twice": snapshot([*GOOD_PUSHES, stored(3, FIRST, 100, 100)], {**GOOD_ROWS, 1: row(3, FIRST, 100, 2)}),
    "altered": snapshot([GOOD_PUSHES[0]._replace(sha256="0" * 64), GOOD_PUSHES[1]], GOOD_ROWS),
    "miscounted": snapshot([GOOD_PUSHES[0], stored(2, SECOND, 100, 200, 0)], GOOD_ROWS),
    "view_off": snapshot(GOOD_PUSHES, {**GOOD_ROWS, 1: row(1, FIRST, 100, 2)}),
    "damage": GOOD._replace(damage=["row 1 missing from index"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named(ledger: Ledger, fault: str) -> None:
    found = set(check(ledger, FAULTS[fault]).faults)
    assert fault in found
    assert found <= {fault, *ALSO.get(fault, ())}


ALSO: dict[str, tuple[str, ...]] = {"twice": ("miscounted",), "alien": ("miscounted",)}
"""A push that is stored twice, or was never sent, is also counted once too often."""

WRONG_VIEWS: dict[str, Callable[[], Snapshot]] = {
    "a row is missing": lambda: snapshot(GOOD_PUSHES, {1: GOOD_ROWS[1]}),
    "a row too many": lambda: snapshot(GOOD_PUSHES, {**GOOD_ROWS, 9: GOOD_ROWS[1]}),
    "two rows for a session": lambda: GOOD._replace(session_keys=[*GOOD.session_keys, ("default", 1)]),
    "the older revision is shown": lambda: snapshot(
        [*GOOD_PUSHES, stored(3, CHANGED, 150, 150)], {**GOOD_ROWS, 1: row(1, FIRST, 100, 2)}
    ),
}


@pytest.mark.parametrize("wrong", WRONG_VIEWS)
def test_a_wrong_view_is_seen(ledger: Ledger, wrong: str) -> None:
    verdict: Verdict = check(ledger, WRONG_VIEWS[wrong]())
    assert set(verdict.faults) == {"view_off"}


@pytest.mark.parametrize(
    ("reply", "verb"),
    [
        (Reply(200, {}, b"{}"), "ok"),
        (Reply(200, {}, b""), "unknown"),
        (Reply(200, {}, b"{} "), "unknown"),
        (Reply(204, {}, b"{}"), "unknown"),
        (Reply(503, {}, b"{}"), "refused"),
        (None, "unknown"),
    ],
)
def test_only_200_with_empty_braces_is_an_acknowledgement(reply: Reply | None, verb: Verb) -> None:
    assert judged(reply) == verb


def test_the_forged_checksum_is_the_true_one_of_the_longer_time() -> None:
    secret, body = "a-secret-of-any-length", b"{}"
    forged = extend_checksum(checksum(secret, body, b"1700000000"), len(secret), b"1700000000", b"1999999999")
    assert forged.time.startswith(b"1700000000\x80")
    assert forged.checksum == checksum(secret, body, forged.time)
