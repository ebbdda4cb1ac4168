"""Chance that is the same on every machine and under every Python: everything is made of `Random.random()` alone.

The language promises the same sequence for that one method only.
So nothing here calls the other methods of Random, nor exp, log or pow, whose last digit differs between C libraries:
only comparisons, the four operations and square roots, which every machine rounds alike.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

__all__ = ["NARROW", "STEADY", "WIDE", "Chance", "Weighted"]

Value = TypeVar("Value")
Tail = tuple[float, ...]

_QUANTILES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)

WIDE: Tail = (0.05, 0.098, 0.193, 0.278, 0.431, 0.592, 0.776, 1.0, 1.288, 1.69, 2.32, 3.602, 5.18, 10.24, 21.98, 41.0)
"""Lognormal with sigma 1, in medians at _QUANTILES: one in a hundred is ten times the median."""
NARROW: Tail = tuple(math.sqrt(value) for value in WIDE)
"""Lognormal with sigma 0.5: one in a hundred is three times the median."""
STEADY: Tail = tuple(value * math.sqrt(value) for value in NARROW)
"""Lognormal with sigma 0.75: one in a hundred is six times the median."""


class Chance:
    """One source of chance."""

    __slots__ = ("random",)

    def __init__(self, seed: int) -> None:
        self.random = Random(seed).random  # noqa: S311 # play, not secrecy: the same seed must give the same events

    def happens(self, share: float) -> bool:
        """True in that share of the cases."""
        return self.random() < share

    def between(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        return least + int(self.random() * (most - least + 1))

    def pick(self, choices: Sequence[Value]) -> Value:
        """One of them, each as likely."""
        return choices[int(self.random() * len(choices))]

    def heavy(self, median: int, tail: Tail) -> int:
        """A duration with a heavy tail, half of them below `median`."""
        share = self.random()
        index = bisect(_QUANTILES, share)
        below, above = _QUANTILES[index - 1], _QUANTILES[index]
        factor = tail[index - 1] + (tail[index] - tail[index - 1]) * (share - below) / (above - below)
        return int(median * factor)

    def count(self, more: float) -> int:
        """How often in a row something happens that happens with the chance `more`."""
        times = 0
        while self.random() < more:
            times += 1
        return times

    def exponential(self) -> float:
        """Exponentially distributed with mean 1, by von Neumann's comparisons: no logarithm."""
        whole = 0.0
        while True:
            first = before = self.random()
            is_odd = True
            while (after := self.random()) < before:
                before = after
                is_odd = not is_odd
            if is_odd:
                return whole + first
            whole += 1.0


class Weighted(Generic[Value]):
    """Values and how often each is drawn, in shares of their sum."""

    __slots__ = ("_bounds", "_sum", "values")

    def __init__(self, shares: Mapping[Value, float]) -> None:
        self.values = tuple(shares)
        *bounds, self._sum = accumulate(shares.values())
        self._bounds = bounds

    def draw(self, chance: Chance) -> Value:
        """One of the values."""
        return self.values[bisect(self._bounds, chance.random() * self._sum)]
