"""The judge of a sender finds every kind of fault, and none where there is none; no sender is started here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from experiments.client import checksum
from experiments.handing import Handed
from experiments.outbox_checker import KINDS, Judgement, judge_sending, webhook_signature
from experiments.outbox_reading import Outbox, StoredEntry, StoredPush, StoredTalk
from experiments.server import SECRET
from experiments.sink import Arrival

SIGNED_AT = 1_767_225_600
PATH = "/push"


class Scene(NamedTuple):
    """What was handed in, what is stored, what arrived: one talk of two records, both delivered."""

    handed: Handed
    outbox: Outbox
    arrivals: list[Arrival]

    def judged(self) -> Judgement:
        return judge_sending(self.handed, self.outbox, self.arrivals)

    def change_entry(self, **values: object) -> None:
        self.outbox.entries[0] = self.outbox.entries[0]._replace(**values)

    def change_talk(self, **values: object) -> None:
        self.outbox.talks[1] = self.outbox.talks[1]._replace(**values)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Handed(tmp_path / "handed.jsonl", "token") as handed:
        each = handed.new_talk(is_rated=True)
        for number in range(len(each.steps)):
            handed.settle(1, number, "ok")
        ids = frozenset(event_id for step in each.steps for event_id in step.event_ids)
        pushes = {n: StoredPush(1, sha256(body), body) for n, body in enumerate(each.records, 1)}
        yield Scene(
            handed,
            Outbox(
                talks={1: StoredTalk(9, len(pushes), ids)},
                pushes=pushes,
                entries=[StoredEntry(n, 1, n, "delivered", 0, 9, 1, 1, 1, 200, "") for n in pushes],
                attempts={n: [(0, 200, "")] for n in pushes},
                endpoint_paths={1: PATH},
                counts={(1, "delivered"): len(pushes)},
                totals={"sessions": 1, "open": 0, "events": len(ids), "pushes": 2, "created": 2, "purged": 0},
                damage=[],
            ),
            [arrival(n, push.body, SIGNED_AT + n) for n, push in pushes.items()],
        )


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def arrival(push_id: int, body: bytes, signed_at: int) -> Arrival:
    """One push that came in its second, rightly signed."""
    time, name = str(signed_at), f"push-{push_id}"
    headers = {
        "webhook-id": name,
        "webhook-timestamp": time,
        "webhook-signature": webhook_signature(name, time, body),
    }
    query = {"time": time, "checksum": checksum(SECRET, body, signed_at)}
    return Arrival(PATH, query, headers, body, signed_at * 1000, float(signed_at), told=200)


FAULTS: dict[str, list[Callable[[Scene], object]]] = {
    "lost": [
        lambda scene: scene.outbox.talks.clear(),
        lambda scene: scene.change_talk(event_ids=frozenset(list(scene.outbox.talks[1].event_ids)[:1])),
    ],
    "half_born": [
        lambda scene: scene.change_talk(ended_at=None),
        lambda scene: scene.outbox.entries.pop(),
        lambda scene: scene.outbox.pushes.pop(2),
        lambda scene: scene.change_talk(push_count=1),
        lambda scene: scene.change_talk(event_ids=scene.outbox.talks[1].event_ids | {"1-77"}),
    ],
    "unbalanced": [
        lambda scene: scene.outbox.counts.update({(1, "waiting"): 1}),
        lambda scene: scene.outbox.totals.update(created=3),
    ],
    "dishonest": [
        lambda scene: scene.arrivals.pop(),
        lambda scene: setattr(scene.arrivals[0], "told", 500),
    ],
    "undelivered": [lambda scene: scene.change_entry(state="waiting", settled_at=None)],
    "excess": [
        lambda scene: scene.arrivals.insert(0, scene.arrivals[0]),
        lambda scene: scene.outbox.attempts.pop(1),
    ],
    "misdated": [
        lambda scene: setattr(scene.arrivals[0], "at_ms", scene.arrivals[0].at_ms + 3_000),
        lambda scene: scene.arrivals[0].query.update(checksum="0" * 40),
        lambda scene: scene.arrivals[0].headers.update({"webhook-signature": "v1,no"}),
    ],
    "alien": [
        lambda scene: scene.arrivals.append(arrival(3, b"{}", SIGNED_AT + 9)),
        lambda scene: scene.outbox.talks.update({2: StoredTalk(None, 0, frozenset())}),
    ],
    "altered": [
        lambda scene: scene.outbox.pushes.update({1: scene.outbox.pushes[1]._replace(sha256="0" * 64)}),
        lambda scene: scene.arrivals[1].headers.update({"webhook-id": "push-1"}),
    ],
    "disordered": [
        lambda scene: scene.arrivals.reverse(),
        lambda scene: scene.arrivals[1].query.update(time=str(SIGNED_AT + 1)),
    ],
    "damage": [lambda scene: scene.outbox.damage.append("a page is missing")],
}
"""By kind, what must be found as such; it may be found as others as well."""


def test_a_clean_run_has_no_faults(scene: Scene) -> None:
    assert {} == scene.judged().faults


def test_there_is_a_fault_of_every_kind() -> None:
    assert KINDS == tuple(FAULTS)


@pytest.mark.parametrize(("kind", "spoil"), [(kind, spoil) for kind, spoils in FAULTS.items() for spoil in spoils])
def test_a_fault_is_found_as_what_it_is(scene: Scene, kind: str, spoil: Callable[[Scene], object]) -> None:
    spoil(scene)
    assert kind in scene.judged().faults


def test_a_crash_excuses_one_arrival_more_of_what_it_held(scene: Scene) -> None:
    scene.arrivals.insert(0, scene.arrivals[0])
    assert {} == judge_sending(scene.handed, scene.outbox, scene.arrivals, excused={1: 1}).faults


def test_what_nobody_acknowledged_may_be_absent(scene: Scene) -> None:
    absent = scene.handed.new_talk()
    assert absent.session_id not in scene.outbox.talks
    assert {} == scene.judged().faults


def test_signatures_may_follow_a_clock_that_is_off(scene: Scene) -> None:
    for each in scene.arrivals:
        each.at_ms -= 3_600_000
    assert "misdated" in scene.judged().faults
    judged = judge_sending(scene.handed, scene.outbox, scene.arrivals, offsets=lambda _: (0.0, 3600.0))
    assert {} == judged.faults
