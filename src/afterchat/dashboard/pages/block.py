"""What every part of a page of figures says and gives: the base of `blocks`, `group_blocks`, `spread` and `flow`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

from afterchat.dashboard.charts import Chart
from afterchat.dashboard.pages.figure_parts import Shown
from afterchat.dashboard.parts import Card, Table
from afterchat.figures.evaluation import FigureQuestion, FigureTable

__all__ = ["Answers", "Block", "Shaped", "Sortable"]


class Answers(NamedTuple):
    """Tables by question, of the period and of the one before."""

    now: Mapping[FigureQuestion, FigureTable]
    before: Mapping[FigureQuestion, FigureTable]


class Shaped(NamedTuple):
    """A part of a page, and how the template shows it."""

    kind: str
    """`cards`, `chart` or `table`."""
    part: tuple[Card, ...] | Chart | Table
    size: str = ""
    """`wide` for the whole width."""
    needs: tuple[str, ...] = ()
    """Parts of the charts' scripts beside the base; fetched at once with the page."""
    table: Table | None = None
    """The data of a chart in the order that was asked for; None where the chart's own table does."""
    is_open: bool = False
    """Whether the data of a chart are looked at: somebody asked for an order of them."""


class Sortable(NamedTuple):
    """The table of a block whose heads sort it."""

    id: str
    """On its page."""
    columns: tuple[str, ...]
    """Every column by which it may be sorted, that of the rows' names first."""


class Block(ABC):
    """One declaration."""

    __slots__ = ()

    @property
    def sortable(self) -> Sortable | None:
        """None where there is nothing to sort."""
        return None

    @abstractmethod
    def questions(self, shown: Shown, /) -> tuple[FigureQuestion, ...]:
        """What must be asked of the period."""

    def questions_before(self, _shown: Shown, /) -> tuple[FigureQuestion, ...]:
        """What must be asked of the period before; nothing unless the block compares."""
        return ()

    @abstractmethod
    def shaped(self, shown: Shown, answers: Answers, /) -> Shaped | None:
        """The part; None where this reader may not have it."""
