"""The size and the seed of a run, from the environment: small in CI, large in a nightly run.

Rules:
- `EXPERIMENT_SEED` repeats a run; without it every run draws a new seed, and prints it with its figure.
- A size that is not set is the CI tier's: all experiments together take less than six minutes on two cores.

What does not belong here: settings of the product; those are passed to `Server`.
"""

from __future__ import annotations

import os
import random

import pytest

from experiments.results import publish

__all__ = ["refuse_or_skip", "seed_of_run", "size"]


def size(name: str, ci: int) -> int:
    """How many, from `EXPERIMENT_<name>`, or the CI tier's number."""
    return int(os.environ.get(f"EXPERIMENT_{name}", ci))


def seed_of_run() -> int:
    """The seed to print and to repeat by."""
    given = os.environ.get("EXPERIMENT_SEED")
    return int(given) if given else random.SystemRandom().randrange(2**32)


def refuse_or_skip(experiment: str, missing: str) -> None:
    """Skip, shown with its reason, where a tool is missing; in CI (`CI=true`) that is a failure. No-op when empty."""
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"{experiment} must run in CI: {missing}")
    if missing:
        publish(experiment, "not run", f"skipped({missing})")
        pytest.skip(missing)
