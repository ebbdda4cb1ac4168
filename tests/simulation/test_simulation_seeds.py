"""E04: lives of the sending end on a virtual clock, each lived twice; every promise holds, and both runs are equal.

`make sim` lives thousands; SIMULATION_SEEDS sets how many are lived here, half of them in each mode.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from all_cores import blocks_asked, on_all_cores
from experiments.results import publish
from simulation.__main__ import command_of
from simulation.plan import MODES
from simulation.world import simulate

SEEDS = int(os.environ.get("SIMULATION_SEEDS", "200"))
SHARES = 4
"""Tests that the seeds are dealt out to, so that a failure is seen before all are through."""
MUST_BE_JUDGED = {
    "safety": ("S1", "S2", "S3", "S5 early", "S5 late", "S5 window", "S6", "S7", "S9", "S9 probe", "S10", "order"),
    "liveness": ("S4", "S10", "order at receivers", "records"),
}
"""What a few dozen lives must have had to say, or a green run means nothing."""


class Lived(NamedTuple):
    """What a share of the lives came to, up to the first that broke a promise."""

    faults: list[tuple[str, object]]
    """The command that shows it again, and what it was."""
    total: Counter[str]
    judged: Counter[str]


def live(block: tuple[str, int]) -> Lived:
    """A share of the lives in one mode, each of them twice."""
    mode, share = block
    lived = Lived([], Counter(), Counter())
    for seed in range(MODES.index(mode) + len(MODES) * share, SEEDS, len(MODES) * SHARES):
        life, again = simulate(seed, mode), simulate(seed, mode)
        if life.faults or life.digest != again.digest:
            lived.faults.append((command_of(seed, mode), life.faults or "the second run of this life was another one"))
            return lived
        lived.total.update(seeds=1, seconds=round(life.seconds), **life.counts)
        lived.judged.update(life.judged)
    return lived


@pytest.fixture(scope="module", name="lived")
def _lived(request: pytest.FixtureRequest) -> Iterator[Callable[[tuple[str, int]], Lived]]:
    with on_all_cores(live, blocks_asked(request, "mode", "share")) as lived:
        yield lived


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("mode", MODES)
def test_every_promise_holds_in_every_life_and_each_life_can_be_repeated(
    mode: str, share: int, lived: Callable[[tuple[str, int]], Lived]
) -> None:
    faults, total, judged = lived((mode, share))

    assert faults == []
    assert [promise for promise in MUST_BE_JUDGED[mode] if not judged[promise]] == []
    days = total["seconds"] / 86_400
    figure = f"{total['seeds']} seeds, {total['attempts']} attempts, {days:.1f} simulated days"
    publish("E04", f"{mode} {share + 1}/{SHARES}: {figure}", "pass", mode=mode, **total)
