"""One grouping at work on the selected sessions: which groups there are, which are shown, who belongs to which.

First every part is gathered, then the groups are chosen, then each part is asked for its codes, in the same order.
Where there are more groups than are shown and somebody asks for an order, the largest `RANKED_MAX` are candidates
first: they are tallied, ranked (`evaluation`), and the first of them chosen.

What does not belong here: the numbers of a group (`tallies`), what groups are called (`group_words`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from afterchat.contract.field import INTEGER_MIN
from afterchat.figures.calendar import Calendar
from afterchat.figures.group_words import PAIRS_MAX, Pairs, Words
from afterchat.figures.groupings import BY_COUNT, BY_TIME, Grouping
from afterchat.figures.rows import Codes, PartRows
from afterchat.figures.splitting import Split

__all__ = ["GROUPS_MAX", "RANKED_MAX", "Division", "Group"]

GROUPS_MAX = 1000
"""Groups that are shown; nobody reads more, and a tally costs memory for each."""

RANKED_MAX = 10_000
"""Groups among which an order is looked for; of more, those with the most sessions."""


class Group(NamedTuple):
    """One group that is shown."""

    words: Words
    pairs: Pairs | None
    row_count: int


class Division:
    """The groups of one grouping; the last code is that of the others, if there are any."""

    def __init__(self, grouping: Grouping, limit: int | None) -> None:
        self.grouping = grouping
        self.others_count = 0
        self.others_row_count = 0
        self._limit = min(grouping.limit if limit is None else limit, GROUPS_MAX)
        self._numbers: dict[Any, int] = {}
        self._keys: list[Any] = []
        self._row_counts: list[int] = []
        self._values: list[set[Any]] = []
        self._waiting: deque[tuple[Codes, Codes]] = deque()
        self._shown: list[int] = []
        self._places = np.zeros(0, dtype=np.intp)
        self._names: dict[int, tuple[int, str]] = {}

    @property
    def size(self) -> int:
        """How many codes there are, that of the others too; at least 1."""
        return max(1, len(self._shown) + bool(self.others_count))

    def gather(self, split: Split) -> None:
        """The rows of one part."""
        counts = np.bincount(split.codes, minlength=len(split.values)).tolist()
        numbers = [self._number(value) if count else 0 for value, count in zip(split.values, counts, strict=True)]
        for number, count in zip(numbers, counts, strict=True):
            if count:
                self._row_counts[number] += count
        table = np.array(numbers, dtype=np.intp)
        self._waiting.append((split.codes, table))

    @property
    def is_crowded(self) -> bool:
        """Whether there are more groups than are shown."""
        return len(self._keys) > self._limit

    def choose(self) -> None:
        """Which groups are shown, and in which order; no part comes after this."""
        self._show(self._chosen(self._limit))

    def choose_candidates(self) -> None:
        """As if many more were shown, so that they can be ranked."""
        self._show(self._chosen(RANKED_MAX))

    def choose_ranked(self, places: Sequence[int]) -> None:
        """The first of the candidates, by their places in the order asked for."""
        chosen = {self._shown[place] for place in places[: self._limit]}
        self._show([number for number in self._shown if number in chosen])

    def _chosen(self, limit: int) -> list[int]:
        numbers = range(len(self._keys))
        by_count = sorted(numbers, key=lambda number: (-self._row_counts[number], self._keys[number]))
        by_key = sorted(numbers, key=lambda number: self._keys[number])
        chosen = by_key[-limit:] if self.grouping.order == BY_TIME else by_count[:limit]
        return chosen if self.grouping.order == BY_COUNT else [one for one in by_key if one in set(chosen)]

    def _show(self, chosen: list[int]) -> None:
        self._shown = chosen
        self._names = {}
        self.others_count = len(self._keys) - len(self._shown)
        self.others_row_count = sum(self._row_counts) - sum(self._row_counts[number] for number in self._shown)
        self._places = np.full(len(self._keys), len(self._shown), dtype=np.intp)
        self._places[self._shown] = np.arange(len(self._shown))

    def next_codes(self, rows: PartRows) -> Codes:
        """The group of each row of the part that was gathered first of those not asked for yet."""
        places = self.codes_of(0, rows)
        self._waiting.popleft()
        return places

    def codes_of(self, number: int, rows: PartRows) -> Codes:
        """The same of a part by its number among those not asked for yet, which stays one of them."""
        codes, table = self._waiting[number]
        places = self._places[table][codes] if table.size else codes
        if self.grouping.named_by:
            self._note_names(rows, places)
        return places

    def words(self) -> list[Words]:
        """What the groups that are shown are called, in order."""
        return [self._words(place, number) for place, number in enumerate(self._shown)]

    def groups(self, calendar: Calendar) -> list[Group]:
        """The groups that are shown, in order."""
        return [
            Group(
                self._words(place, number),
                None
                if len(self._values[number]) > PAIRS_MAX
                else self.grouping.pairs(self._keys[number], list(self._values[number]), calendar),
                self._row_counts[number],
            )
            for place, number in enumerate(self._shown)
        ]

    def _words(self, place: int, number: int) -> Words:
        return self.grouping.words(self._keys[number], self._names.get(place, (0, ""))[1])

    def _number(self, value: Any) -> int:
        key = self.grouping.fold(value)
        number = self._numbers.setdefault(key, len(self._keys))
        if number == len(self._keys):
            self._keys.append(key)
            self._row_counts.append(0)
            self._values.append(set())
        if len(self._values[number]) <= PAIRS_MAX:
            self._values[number].add(value)
        return number

    def _note_names(self, rows: PartRows, places: Codes) -> None:
        """The name in the session that ended last; of several, the greatest."""
        ends = rows.numbers("end_time")
        latest = np.full(self.size, INTEGER_MIN, dtype=np.int64)
        np.maximum.at(latest, places, ends)
        is_latest = np.flatnonzero(ends == latest[places])
        codes = rows.part.codes(self.grouping.named_by)
        words = rows.part.words(self.grouping.named_by)
        for place, code in set(zip(places[is_latest].tolist(), codes[is_latest].tolist(), strict=True)):
            found = (int(latest[place]), words[code])
            self._names[place] = max(self._names.get(place, found), found)
