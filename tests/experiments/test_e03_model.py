"""E03: any order of pushes, repeats, revisions, rotations, projections, crashes and rebuilds (R3, R6, R7, R9).

`EXPERIMENT_STATE_EXAMPLES` sets the number of runs in memory (60 in CI, 500 in a nightly run) of 30 steps each;
a quarter as many are made on files, where a crash is an image of the folder.
"""

from __future__ import annotations

import contextlib
import io
import time
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from afterchat.projector import loop
from afterchat.receiver import group, intake
from afterchat.store.sql import push_rows
from experiments import planted
from experiments.machine import FileWorld, MemoryWorld
from experiments.results import publish
from experiments.runs import seed_of_run, size

STEPS = 30
PLANTED: tuple[tuple[str, ModuleType | type, str], ...] = (
    ("latest-arrival-wins", loop, "project"),
    ("cursor-before-rows", loop, "project"),
    ("early-ack", group.GroupCommit, "submit"),
    ("replay-409", group.GroupCommit, "submit"),
    ("dedup-by-md5", intake, "sha256"),
    ("window-in-ms", intake, "is_within_window"),
    ("dedup-off", push_rows, "locality_of"),
)
"""A bug of `planted.py` and the one thing that it replaces."""


@pytest.mark.parametrize(("world", "share"), [(MemoryWorld, 1.0), (FileWorld, 0.25)])
def test_store_and_records_are_what_the_model_says(world: type[MemoryWorld], share: float) -> None:
    examples, seed, begun_at = int(size("STATE_EXAMPLES", 60) * share), seed_of_run(), time.monotonic()
    bounds = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    verdict = "FAIL"
    try:
        run_state_machine_as_test(seeded(seed)(world), settings=bounds)
        verdict = "pass"
    finally:
        publish(
            "E03",
            f"{world.__name__}: {examples} runs of at most {STEPS} steps, 0 violations expected; seed {seed}",
            verdict,
            seed=seed,
            params={"runs": examples, "steps": STEPS, "world": world.__name__},
            wall_s=round(time.monotonic() - begun_at, 1),
        )
    assert verdict == "pass"


def test_planted_bugs_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    seed = seed_of_run()
    found = []
    for name, owner, attribute in PLANTED:
        with monkeypatch.context() as patch:
            patch.setattr(owner, attribute, getattr(owner, attribute))  # put back at the end of the block
            planted.BUGS[name]()
            if violates(MemoryWorld, seed):
                found.append(name)
    publish(
        "E03",
        f"planted {len(found)} of {len(PLANTED)} caught ({', '.join(found)}); seed {seed}",
        "pass" if len(found) == len(PLANTED) else "FAIL",
        seed=seed,
        planted_found=found,
    )
    assert found == [name for name, _, _ in PLANTED]


def violates(world: type[MemoryWorld], seed: int) -> bool:
    """Whether the model objects within a few runs; the smallest run is not looked for."""
    bounds = settings(
        max_examples=200,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            run_state_machine_as_test(seeded(seed)(world), settings=bounds)
        except (AssertionError, ValueError, Flaky):
            return True
    return False
