"""Contradictions found: in one record with the values that disagree, or counted over the sessions of a snapshot.

Records that other platforms pushed may contradict themselves: they are kept as they came, and this names what.
Nothing here changes, refuses or hides a record; figures of contradictory records are what their definitions say.

What does not belong here: what contradicts what (`contradiction_table`).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from afterchat.columns.layout import DERIVED_NUMBERS
from afterchat.columns.snapshot import Selection, Snapshot
from afterchat.contract.record import SessionRecord
from afterchat.figures.contradiction_table import CONTRADICTIONS, Contradiction
from afterchat.figures.rows import Bools, Ints, PartRows, Population

__all__ = ["Found", "contradictions_in", "count_contradictions"]


class Found(NamedTuple):
    """A contradiction in one record."""

    contradiction: Contradiction
    values: dict[str, Any]
    """The values that disagree, by field."""


def contradictions_in(record: SessionRecord) -> list[Found]:
    """Everything in the record that cannot be true, in the order of the table."""
    rows = _RecordRows(record)
    return [
        Found(line, {name: getattr(record, name) for name in line.fields})
        for line in CONTRADICTIONS.values()
        if bool(line.mask(rows)[0])
    ]


def count_contradictions(snapshot: Snapshot, selection: Selection) -> dict[str, int]:
    """How many of the selected sessions have each contradiction, 0 too."""
    counts = dict.fromkeys(CONTRADICTIONS, 0)
    for part in snapshot.parts(selection):
        rows = PartRows(part)
        for line in CONTRADICTIONS.values():
            counts[line.id] += int(np.count_nonzero(line.mask(rows)))
    return counts


class _RecordRows:
    """One record as rows."""

    row_count = 1

    def __init__(self, record: SessionRecord) -> None:
        self._record = record

    def numbers(self, name: str) -> Ints:
        source, derive = DERIVED_NUMBERS.get(name, (name, int))
        value = derive(getattr(self._record, source))
        return np.array([value], dtype=np.int64)

    def is_any(self, name: str, texts: Collection[str]) -> Bools:
        return np.array([getattr(self._record, name) in texts], dtype=np.bool_)

    def of(self, population: Population) -> Bools:
        return population.mask(self)

    def was_followed(self) -> Bools:
        return np.zeros(1, dtype=np.bool_)
