"""How a figure is made of its pieces: count, share, sum, mean, percentile, ratio of sums.

A measure names the tallies that it needs, and turns them into a value; taking the tallies is `tallies`' matter.
So the mean, the median and the greatest wait are read off one and the same gathering of waits.

Rules
- What is left out of a figure is counted in the figure.
- Every value comes with what was divided by what, whole numbers both.
- Percentiles are by nearest rank: the value at place ceil(p * n / 100) of n values in ascending order.

What does not belong here: which figures there are (`subjects`), words of a definition (`wording`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from afterchat.figures.rows import Bools, PartRows, Population, Quantity

__all__ = [
    "Count",
    "Mean",
    "Measure",
    "Percentile",
    "Product",
    "Ratio",
    "RowCount",
    "Scope",
    "Share",
    "Sum",
    "Tallied",
    "Tally",
    "Total",
    "Value",
    "Values",
    "WeightedMean",
]


class Value(NamedTuple):
    """A figure's number for some sessions."""

    value: int | float | None
    """None when there is nothing to say: no session to divide by."""
    numerator: int
    """Of a count or a sum the number itself, of a percentile its place in ascending order."""
    denominator: int | None
    """What was divided by; of a percentile and a sum, how many sessions have a value; None for a count."""
    left_out: int
    """Sessions of the base about which the figure cannot be told; its definition says which."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The sessions that belong to all of these and of which all of these are known."""

    populations: tuple[Population, ...]
    known: tuple[Quantity, ...] = ()

    def mask(self, rows: PartRows) -> Bools:
        """Which of the rows they are."""
        first, *others = (*(rows.of(one) for one in self.populations), *(rows.known(one) for one in self.known))
        for other in others:
            first = first & other
        return first


@dataclass(frozen=True, slots=True)
class RowCount:
    """How many sessions."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class Total:
    """The exact sum of a quantity."""

    scope: Scope
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Product:
    """The exact sum of the product of two quantities."""

    scope: Scope
    quantity: Quantity
    weight: Quantity


@dataclass(frozen=True, slots=True)
class Values:
    """All values of a quantity, in ascending order."""

    scope: Scope
    quantity: Quantity


Tally = RowCount | Total | Product | Values


class Tallied(Protocol):
    """Tallies of the sessions of one row of a table."""

    def number(self, tally: Tally) -> int:
        """The tally's number; of Values, how many there are."""
        ...

    def place(self, tally: Values, place: int) -> int:
        """The value at that place in ascending order, from 1."""
        ...


class Measure(Protocol):
    """One way of making a figure."""

    @property
    def populations(self) -> tuple[Population, ...]: ...

    @property
    def quantities(self) -> tuple[Quantity, ...]: ...

    @property
    def unit(self) -> str: ...

    @property
    def counted(self) -> Scope:
        """The sessions behind the number: those that it counts, or of which it takes a value."""
        ...

    def tallies(self) -> tuple[Tally, ...]:
        """What must be tallied."""
        ...

    def value(self, tallied: Tallied) -> Value: ...


@dataclass(frozen=True, slots=True)
class _Parts:
    """How many sessions of `base`, of those in `judged`, are in `hit`."""

    base: Population
    hit: Population | None = None
    judged: Population | None = None
    """Of whom it can be told; None for everybody."""

    @property
    def populations(self) -> tuple[Population, ...]:
        return tuple(one for one in (self.base, self.hit, self.judged) if one)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return ()

    @property
    def counted(self) -> Scope:
        return self.tallies()[-1].scope

    def tallies(self) -> tuple[RowCount, RowCount, RowCount]:
        judged = (self.base, self.judged) if self.judged else (self.base,)
        hit = (*judged, self.hit) if self.hit else judged
        return RowCount(Scope((self.base,))), RowCount(Scope(judged)), RowCount(Scope(hit))


@dataclass(frozen=True, slots=True)
class Count(_Parts):
    """Number of sessions."""

    @property
    def unit(self) -> str:
        return "count"

    def value(self, tallied: Tallied) -> Value:
        base, judged, hit = (tallied.number(tally) for tally in self.tallies())
        return Value(hit, hit, None, base - judged)


@dataclass(frozen=True, slots=True)
class Share(_Parts):
    """One number of sessions divided by another."""

    @property
    def unit(self) -> str:
        return "share"

    def value(self, tallied: Tallied) -> Value:
        base, judged, hit = (tallied.number(tally) for tally in self.tallies())
        return Value(_divided(hit, judged), hit, judged, base - judged)


@dataclass(frozen=True, slots=True)
class _OfQuantity:
    base: Population
    quantity: Quantity

    @property
    def populations(self) -> tuple[Population, ...]:
        return (self.base,)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity,)

    @property
    def unit(self) -> str:
        return self.quantity.unit

    @property
    def scope(self) -> Scope:
        return Scope((self.base,), (self.quantity,))

    @property
    def counted(self) -> Scope:
        return self.scope

    def tallies(self) -> tuple[Tally, ...]:
        return RowCount(Scope((self.base,))), RowCount(self.scope), Total(self.scope, self.quantity)


@dataclass(frozen=True, slots=True)
class Sum(_OfQuantity):
    """Sum of a quantity."""

    def value(self, tallied: Tallied) -> Value:
        base, known, total = (tallied.number(tally) for tally in self.tallies())
        return Value(total, total, known, base - known)


@dataclass(frozen=True, slots=True)
class Mean(_OfQuantity):
    """Sum of a quantity divided by the number of sessions that have it."""

    def value(self, tallied: Tallied) -> Value:
        base, known, total = (tallied.number(tally) for tally in self.tallies())
        return Value(_divided(total, known), total, known, base - known)


@dataclass(frozen=True, slots=True)
class Percentile(_OfQuantity):
    """The value that so many percent of the sessions do not exceed; 100 is the greatest."""

    percent: int

    def tallies(self) -> tuple[Tally, ...]:
        return RowCount(Scope((self.base,))), Values(self.scope, self.quantity)

    def value(self, tallied: Tallied) -> Value:
        values = Values(self.scope, self.quantity)
        base, known = tallied.number(RowCount(Scope((self.base,)))), tallied.number(values)
        if not known:
            return Value(None, 0, 0, base)
        place = (self.percent * known + 99) // 100
        return Value(tallied.place(values, place), place, known, base - known)


@dataclass(frozen=True, slots=True)
class _OfTwo:
    base: Population
    quantity: Quantity
    other: Quantity

    @property
    def populations(self) -> tuple[Population, ...]:
        return (self.base,)

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return (self.quantity, self.other)

    @property
    def scope(self) -> Scope:
        return Scope((self.base,), self.quantities)

    @property
    def counted(self) -> Scope:
        return self.scope

    def value(self, tallied: Tallied) -> Value:
        base, known, above, below = (tallied.number(tally) for tally in self.tallies())
        return Value(_divided(above, below), above, below, base - known)

    def tallies(self) -> tuple[Tally, ...]:
        above: Tally = Total(self.scope, self.quantity)
        below: Tally = Total(self.scope, self.other)
        return RowCount(Scope((self.base,))), RowCount(self.scope), above, below


@dataclass(frozen=True, slots=True)
class Ratio(_OfTwo):
    """Sum of one quantity divided by the sum of another."""

    @property
    def unit(self) -> str:
        return "ratio"


@dataclass(frozen=True, slots=True)
class WeightedMean(_OfTwo):
    """Mean of a quantity in which each session counts as often as the other quantity says."""

    @property
    def unit(self) -> str:
        return self.quantity.unit

    def tallies(self) -> tuple[Tally, ...]:
        above = Product(self.scope, self.quantity, self.other)
        return RowCount(Scope((self.base,))), RowCount(self.scope), above, Total(self.scope, self.other)


def _divided(above: int, below: int) -> float | None:
    """Whole numbers of any size, so no rounding but that of the one division."""
    return above / below if below else None
