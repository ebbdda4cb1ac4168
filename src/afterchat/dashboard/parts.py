"""What a page is made of, as frozen data; `macros.html` has one macro for each, which takes it as it is.

A page's builder decides everything here: texts in the reader's language, numbers already written by `formats`,
addresses already made. So templates have nothing to compute, and pages can be tested without HTML.

What does not belong here: charts (`charts`), the words of the shell (`words`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "TONES",
    "Badge",
    "Card",
    "Cell",
    "Chip",
    "Column",
    "Definition",
    "Delta",
    "Empty",
    "Fact",
    "FilterForm",
    "FormField",
    "Lane",
    "Notice",
    "Option",
    "Pager",
    "Row",
    "Stage",
    "Strip",
    "Table",
    "TimelinePoint",
]

TONES = ("", "good", "bad", "warn", "info")
"""What a badge, a notice or a point may say by its colour, always beside its words."""


class Definition(NamedTuple):
    """What a number means; shown beside it on request."""

    id: str
    name: str
    text: str
    version: int
    is_vendor: bool
    """Whether the platform defines it so, or we do."""
    fields: tuple[str, ...] = ()
    left_out: str = ""
    """How many sessions it says nothing about, in words; empty when none."""
    href: str = ""
    """Its place on the page of definitions."""


class Delta(NamedTuple):
    """A change against the period before."""

    text: str
    direction: str
    """`up`, `down` or `same`."""
    tone: str = ""
    """`good` or `bad` where the direction says so; empty where it does not."""
    before: str = ""
    """What it was before, in words."""


@dataclass(frozen=True, slots=True)
class Card:
    """One number that is looked at first."""

    name: str
    text: str
    definition: Definition | None = None
    delta: Delta | None = None
    href: str = ""
    """The sessions behind the number."""
    note: str = ""
    """A second line: numerator and denominator, percentiles."""
    trail: tuple[float | None, ...] = ()
    """Its course over time, drawn small; None where there is nothing."""
    tone: str = ""

    @property
    def spark(self) -> str:
        """The trail as points in a box of 100 by 24; empty when there are not two."""
        known = [value for value in self.trail if value is not None]
        if len(known) < 2:
            return ""
        low, span = min(known), (max(known) - min(known)) or 1
        points = ((index * 100 / (len(self.trail) - 1), value) for index, value in enumerate(self.trail))
        return " ".join(f"{x:.1f},{22 - (value - low) / span * 20:.1f}" for x, value in points if value is not None)


class Badge(NamedTuple):
    """A word with a colour."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """The head of one column of a table."""

    label: str
    is_number: bool = False
    sort_href: str = ""
    """Sorts by this column, or the other way round; empty where one cannot."""
    sorted: str = ""
    """`ascending`, `descending`, or empty."""
    definition: Definition | None = None
    is_first: bool = False
    """Whether its cells name their row."""
    id: str = ""
    """Of the link that sorts, which leads back to itself."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; a text alone may stand for it."""

    text: str
    href: str = ""
    title: str = ""
    """What the text stands for in full."""
    note: str = ""
    """Small print below."""
    badges: tuple[Badge, ...] = ()
    share: float | None = None
    """0 to 1: a bar behind the number."""
    heat: int | None = None
    """0 to 4: a colour behind the number."""
    is_code: bool = False
    moment: str = ""
    """For the attribute `datetime`."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table."""

    cells: tuple[Cell | str, ...]
    tone: str = ""
    id: str = ""


class Empty(NamedTuple):
    """Why there is nothing here, and what to do about it."""

    title: str
    text: str = ""
    action: str = ""
    href: str = ""
    code: str = ""
    """A command to copy."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; scrolls in a box of its own."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    foot: Row | None = None
    empty: Empty | None = None
    """Shown in place of a table without rows."""
    is_caption_shown: bool = False
    is_walkable: bool = False
    """Whether `j` and `k` walk through it; for the one list a page is about."""
    note: str = ""
    """What is not in it, in words."""


class Pager(NamedTuple):
    """Keyset pages: there are only neighbours, no numbers."""

    text: str
    first_href: str = ""
    previous_href: str = ""
    next_href: str = ""


class Option(NamedTuple):
    """One choice."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of any form, filters included."""

    name: str
    label: str
    kind: str = "text"
    """`select`, `checkbox`, `textarea`, `hidden`, or a type of `<input>`."""
    value: str = ""
    options: tuple[Option, ...] = ()
    hint: str = ""
    error: str = ""
    placeholder: str = ""
    autocomplete: str = ""
    is_required: bool = False
    is_search: bool = False
    """Whether `/` goes there."""
    step: str = ""
    characters_max: int = 0
    is_dependent: bool = False
    """Whether its choices depend on the other fields: a filter then comes anew together with what they narrow."""


class Chip(NamedTuple):
    """A filter in force, and the address without it."""

    name: str
    value: str
    remove_href: str


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What narrows a page; the address holds all of it."""

    action: str
    fields: tuple[FormField, ...]
    more: tuple[FormField, ...] = ()
    """Fields that are folded away until asked for."""
    chips: tuple[Chip, ...] = ()
    clear_href: str = ""
    is_more_open: bool = False


class Notice(NamedTuple):
    """A message of the server above the page."""

    text: str
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of a thing: its name, its value, what it means, and what the record said."""

    label: str
    cell: Cell | str
    hint: str = ""
    raw: str = ""
    code: str = ""
    """Name of the field on the wire."""


@dataclass(frozen=True, slots=True)
class TimelinePoint:
    """Something that happened at one moment."""

    clock: str
    name: str
    moment: str = ""
    """For the attribute `datetime`."""
    gap: str = ""
    """How long after the point before."""
    note: str = ""
    tone: str = ""
    href: str = ""


class Stage(NamedTuple):
    """A stretch of a lane."""

    start: float
    """0 to 1."""
    end: float
    name: str
    text: str
    kind: int
    """1 to 6: a colour of the series."""


class Lane(NamedTuple):
    """Stretches that lie in one line."""

    name: str
    stages: tuple[Stage, ...]


class Strip(NamedTuple):
    """Stretches of time, drawn to scale: queue, service, pins of one session."""

    label: str
    begin: str
    end: str
    lanes: tuple[Lane, ...]
