"""The sessions behind a number, as a selection: exactly those that a figure counts, or of which it takes a value.

A list that is selected so has as many rows as the number says, because both ask the same populations.

    Count, Share        the sessions counted; of a share, its numerator
    Mean, Percentile    the sessions whose value is known
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from afterchat.columns.part import Part
from afterchat.columns.selection import Mask, PartSource, Selection
from afterchat.figures.containment import followed_sessions
from afterchat.figures.rows import PartRows
from afterchat.figures.table import FIGURES

__all__ = ["CountedBy"]


@dataclass(frozen=True, slots=True)
class CountedBy:
    """A `Counting` of `columns`; raises KeyError when it is asked for a figure that is not in FIGURES."""

    figure_id: str

    def judge(self, source: PartSource, selection: Selection) -> Callable[[Part], Mask]:
        figure = FIGURES[self.figure_id]
        followed = followed_sessions(source, selection).mask if figure.asks_journeys() else None
        scope = figure.measure.counted

        return lambda part: scope.mask(PartRows(part, followed))
