"""Some sessions, column by column: what populations, quantities, groupings and contradictions look at.

Rules
- A mask of a population and the values of a quantity are computed once for the same rows.
- The rows of one part of a snapshot and the one row of a single record are looked at through the same methods,
  so that a rule is written once and holds for both.

What does not belong here: what the rules are (`subjects`), which sessions are selected (`columns`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.snapshot import Part

__all__ = ["Bools", "Codes", "Ints", "PartRows", "Population", "Quantity", "Rows", "one_of"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Some of the sessions, by a rule that looks at one session at a time; two are the same only if they are one."""

    id: str
    zh: str
    """A noun with its rule in brackets, in the wire's names."""
    en: str
    fields: tuple[str, ...]
    mask: Callable[[Rows], Bools]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A number that a session has, never below 0 where it is known."""

    id: str
    zh: str
    en: str
    unit: str
    """`count`, `ms` or `points`."""
    fields: tuple[str, ...]
    left_out_zh: str
    """Which sessions have no such number."""
    left_out_en: str
    numbers: Callable[[Rows], Ints]
    is_known: Callable[[Rows], Bools]


class Rows(Protocol):
    """Sessions, column by column."""

    @property
    def row_count(self) -> int: ...

    def numbers(self, name: str) -> Ints:
        """The column of that number."""
        ...

    def is_any(self, name: str, texts: Collection[str]) -> Bools:
        """Where the column of text holds one of these; the words of a part are sorted by their UTF-8 bytes."""
        ...

    def of(self, population: Population) -> Bools:
        """Which of the sessions belong to it."""
        ...

    def was_followed(self) -> Bools:
        """Which robot's sessions a session for a person followed in their journey; see `containment`."""
        ...


@dataclass(slots=True, eq=False)
class PartRows:
    """The selected sessions of one part of a snapshot, with everything that was computed of them."""

    part: Part
    followed: Callable[[Part], Bools] | None = None
    """Says which of the part's sessions were followed by one for a person; None when no figure asks."""
    _masks: dict[Population, Bools] = field(default_factory=dict)
    _known: dict[Quantity, Bools] = field(default_factory=dict)
    _values: dict[Quantity, Ints] = field(default_factory=dict)

    @property
    def row_count(self) -> int:
        return self.part.row_count

    def numbers(self, name: str) -> Ints:
        return self.part.numbers(name)

    def is_any(self, name: str, texts: Collection[str]) -> Bools:
        words = self.part.words(name)
        places = ((text, bisect_left(words, text.encode(), key=str.encode)) for text in texts)
        wanted = [place for text, place in places if place < len(words) and words[place] == text]
        codes = self.part.codes(name)
        found: Bools = codes == wanted[0] if len(wanted) == 1 else np.isin(codes, wanted)
        return found

    def of(self, population: Population) -> Bools:
        found = self._masks.get(population)
        if found is None:
            found = self._masks[population] = population.mask(self)
        return found

    def was_followed(self) -> Bools:
        if self.followed is None:
            return np.zeros(self.row_count, dtype=np.bool_)
        return self.followed(self.part)

    def known(self, quantity: Quantity) -> Bools:
        """Where the quantity is known."""
        found = self._known.get(quantity)
        if found is None:
            found = self._known[quantity] = quantity.is_known(self)
        return found

    def values(self, quantity: Quantity) -> Ints:
        """The quantity; anything where it is not known."""
        found = self._values.get(quantity)
        if found is None:
            found = self._values[quantity] = quantity.numbers(self)
        return found


def one_of(numbers: Ints, *wanted: int) -> Bools:
    """Where a number is one of a few."""
    found: Bools = numbers == wanted[0]
    for number in wanted[1:]:
        found |= numbers == number
    return found
