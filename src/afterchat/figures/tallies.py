"""Taking the tallies: exact counts, sums and ordered values of many sessions, in several divisions at once.

Rules
- Parts come one by one and are not kept: what is kept is a number for each tally and group, and the values that
  percentiles need.
- Sums are exact whole numbers whatever a record holds: a sum in floating point is exact below 2^53, and the few values
  that could lead beyond it are added one by one.
- Values in ascending order within each group come from one sort of (group, value) packed into 64 bits,
  or from two keys where they do not fit.

What does not belong here: which tallies a figure needs (`measures`), which groups there are (`evaluation`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from afterchat.figures.measures import Product, RowCount, Scope, Tally, Values
from afterchat.figures.rows import Codes, Ints, PartRows

__all__ = ["Tallies", "TalliesOfGroup", "exact_sums"]

FLOAT_EXACT_MAX = 2**53
PACKED_BITS_MAX = 63


class Tallies:
    """Tallies of some divisions; a division is (number of groups), and its codes come with each part."""

    def __init__(self, tallies: Iterable[Tally], group_counts: Sequence[int]) -> None:
        self._by_scope: dict[Scope, list[Tally]] = {}
        for tally in dict.fromkeys(tallies):
            self._by_scope.setdefault(tally.scope, []).append(tally)
        self._group_counts = tuple(group_counts)
        self._numbers: list[dict[Tally, list[int]]] = [{} for _ in group_counts]
        self._chunks: dict[Values, list[Ints]] = {}
        self._code_chunks: dict[Scope, list[Sequence[Codes]]] = {}
        self._ordered: dict[tuple[Values, int], tuple[Ints, Ints]] = {}

    def add(self, rows: PartRows, divisions: Sequence[Codes]) -> None:
        """One part; for each division the group of each row."""
        for scope, tallies in self._by_scope.items():
            chosen = _rows_of(rows, scope)
            codes = divisions if chosen is None else self._chosen_codes(chosen, divisions)
            for tally in tallies:
                self._add(tally, rows, chosen, codes)
            if any(isinstance(tally, Values) for tally in tallies):
                self._code_chunks.setdefault(scope, []).append(codes)

    def _chosen_codes(self, chosen: Codes, divisions: Sequence[Codes]) -> list[Codes]:
        """The groups of some of the rows; where there is but one group, any are as good."""
        return [
            codes[: chosen.size] if group_count == 1 else codes.take(chosen)
            for group_count, codes in zip(self._group_counts, divisions, strict=True)
        ]

    def of_group(self, division: int, group: int) -> TalliesOfGroup:
        """The tallies of one group, once all parts were added."""
        return TalliesOfGroup(self, division, group)

    def number(self, tally: Tally, division: int, group: int) -> int:
        """One tally of one group; of Values, how many there are."""
        if isinstance(tally, Values):
            _, bounds = self._in_order(tally, division)
            return int(bounds[group + 1] - bounds[group])
        found = self._numbers[division].get(tally)
        return found[group] if found else 0

    def place(self, tally: Values, place: int, division: int, group: int) -> int:
        """The value at a place, from 1, in ascending order of one group."""
        values, bounds = self._in_order(tally, division)
        return int(values[bounds[group] + place - 1])

    def _add(self, tally: Tally, rows: PartRows, chosen: Codes | None, divisions: Sequence[Codes]) -> None:
        if isinstance(tally, RowCount):
            for division, codes in enumerate(divisions):
                group_count = self._group_counts[division]
                counts = [codes.size] if group_count == 1 else np.bincount(codes, minlength=group_count).tolist()
                self._join(tally, division, counts)
            return
        values = _chosen(rows.values(tally.quantity), chosen)
        if isinstance(tally, Values):
            self._chunks.setdefault(tally, []).append(values)
            return
        weights = _chosen(rows.values(tally.weight), chosen) if isinstance(tally, Product) else None
        small = _small_products(values, weights)
        for division, codes in enumerate(divisions):
            group_count = self._group_counts[division]
            if small is None:
                sums = exact_sums(codes, values, group_count, weights)
            elif group_count == 1:
                sums = [int(small.sum())]
            else:
                sums = [int(one) for one in np.bincount(codes, small, group_count).tolist()]
            self._join(tally, division, sums)

    def _join(self, tally: Tally, division: int, numbers: list[int]) -> None:
        kept = self._numbers[division]
        before = kept.get(tally)
        kept[tally] = numbers if before is None else [one + more for one, more in zip(before, numbers, strict=True)]

    def _in_order(self, tally: Values, division: int) -> tuple[Ints, Ints]:
        """(values by group and size, where each group begins)."""
        found = self._ordered.get((tally, division))
        if found is None:
            values = _joined(self._chunks.get(tally, []))
            codes = _joined([one[division] for one in self._code_chunks.get(tally.scope, [])])
            found = self._ordered[tally, division] = _ordered(codes, values, self._group_counts[division])
        return found


class TalliesOfGroup:
    """What a measure sees: the tallies of one group."""

    def __init__(self, tallies: Tallies, division: int, group: int) -> None:
        self._tallies, self._division, self._group = tallies, division, group

    def number(self, tally: Tally) -> int:
        return self._tallies.number(tally, self._division, self._group)

    def place(self, tally: Values, place: int) -> int:
        return self._tallies.place(tally, place, self._division, self._group)


def exact_sums(codes: Codes, values: Ints, group_count: int, weights: Ints | None = None) -> list[int]:
    """The sum of values (each times its weight) for each group; no value and no weight is negative."""
    small = _small_products(values, weights)
    if small is not None:
        return [int(one) for one in np.bincount(codes, small, group_count).tolist()]
    is_small = _sizes(values, weights) <= _small_bound(values)
    is_great = ~is_small
    sums = exact_sums(codes[is_small], values[is_small], group_count, None if weights is None else weights[is_small])
    factors = [1] * int(is_great.sum()) if weights is None else weights[is_great].tolist()
    for code, value, factor in zip(codes[is_great].tolist(), values[is_great].tolist(), factors, strict=True):
        sums[code] += value * factor
    return sums


def _small_products(values: Ints, weights: Ints | None) -> NDArray[np.float64] | None:
    """The products, if every sum of some of them is exact in floating point; else None."""
    if not values.size:
        return np.zeros(0)
    sizes = _sizes(values, weights)
    if sizes.max() > _small_bound(values):
        return None
    return sizes


def _sizes(values: Ints, weights: Ints | None) -> NDArray[np.float64]:
    """The products in floating point: exact where they are small, of about the right size where they are not."""
    sizes = values.astype(np.float64)
    return sizes if weights is None else sizes * weights.astype(np.float64)


def _small_bound(values: Ints) -> int:
    """So many values of this size stay exact when they are added up."""
    return FLOAT_EXACT_MAX // (2 * values.size)


def _rows_of(rows: PartRows, scope: Scope) -> Codes | None:
    """Places of the rows in that scope; None for all of them."""
    mask = scope.mask(rows)
    return None if mask.all() else np.flatnonzero(mask)


def _chosen(values: Ints, chosen: Codes | None) -> Ints:
    return values if chosen is None else values.take(chosen)


def _joined(chunks: list[Ints]) -> Ints:
    return np.concatenate(chunks) if chunks else np.zeros(0, dtype=np.int64)


def _ordered(codes: Ints, values: Ints, group_count: int) -> tuple[Ints, Ints]:
    if group_count == 1:
        return np.sort(values), np.array([0, values.size], dtype=np.int64)
    groups = np.arange(group_count + 1)
    bits = int(values.max()).bit_length() if values.size else 0
    if bits + group_count.bit_length() <= PACKED_BITS_MAX:
        packed = (codes << bits) | values
        packed.sort()
        return packed & ((1 << bits) - 1), np.searchsorted(packed, groups << bits)
    order = np.lexsort((values, codes))
    return values[order], np.searchsorted(codes[order], groups)
