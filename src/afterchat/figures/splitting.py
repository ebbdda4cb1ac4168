"""Dividing the rows of a part by what they hold: a number, a text, a bucket of the calendar.

What does not belong here: which groupings there are (`groupings`), folding and choosing groups (`division`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from afterchat.figures.calendar import NO_DATE, Calendar
from afterchat.figures.rows import Codes, Ints, PartRows

__all__ = [
    "Split",
    "Splitter",
    "by_bucket",
    "by_number",
    "by_number_or_text",
    "by_text",
    "by_two_numbers",
    "weekday_hours",
]


class Split(NamedTuple):
    """Rows of a part divided by raw value."""

    codes: Codes
    """For each row the place of its raw value in `values`."""
    values: list[Any]
    """Some may be nobody's."""


Splitter = Callable[[PartRows, Calendar], Split]


def factorised(numbers: Ints) -> Split:
    """Any numbers, their distinct values ascending."""
    if not numbers.size:
        return Split(np.zeros(0, dtype=np.intp), [])
    least, most = int(numbers.min()), int(numbers.max())
    if most - least > 4 * numbers.size + 1000:
        values, codes = np.unique(numbers, return_inverse=True)
        return Split(codes.astype(np.intp, copy=False), values.tolist())
    shifted = (numbers - least).astype(np.intp, copy=False)
    present = np.flatnonzero(np.bincount(shifted))
    table = np.zeros(most - least + 1, dtype=np.intp)
    table[present] = np.arange(present.size)
    return Split(table[shifted], (present + least).tolist())


def by_number(name: str) -> Splitter:
    """By a column of numbers."""
    return lambda rows, _: factorised(rows.numbers(name))


def by_text(name: str) -> Splitter:
    """By a column of text."""

    def split(rows: PartRows, _: Calendar) -> Split:
        words = rows.part.words(name)
        codes, values = factorised(rows.part.codes(name).astype(np.int64))
        return Split(codes, [words[code] for code in values])

    return split


def by_number_or_text(number: str, text: str) -> Splitter:
    """By number; where it is 0, by text: a platform may know staff by name only, and the robot has no number."""
    split_by_text = by_text(text)

    def split(rows: PartRows, calendar: Calendar) -> Split:
        codes, numbers = factorised(rows.numbers(number))
        if 0 not in numbers:
            return Split(codes, [(one, "") for one in numbers])
        codes_of_text, texts = split_by_text(rows, calendar)
        both = np.where(codes == numbers.index(0), len(numbers) + codes_of_text, codes)
        values = [(one, "") for one in numbers]
        return Split(both, [*values, *((0, one) for one in texts)])

    return split


def by_two_numbers(first: str, second: str) -> Splitter:
    """By two columns of numbers together."""

    def split(rows: PartRows, _: Calendar) -> Split:
        left, right = factorised(rows.numbers(first)), factorised(rows.numbers(second))
        codes, places = factorised(left.codes * max(1, len(right.values)) + right.codes)
        pairs = [divmod(place, len(right.values)) for place in places]
        return Split(codes, [(left.values[one], right.values[other]) for one, other in pairs])

    return split


def by_bucket(bucket: Callable[[Calendar, Ints], Ints]) -> Splitter:
    """By a bucket of the calendar; sessions without a date are one group of their own."""

    def split(rows: PartRows, calendar: Calendar) -> Split:
        return factorised(bucket(calendar, rows.numbers("end_time")))

    return split


def weekday_hours(calendar: Calendar, moments: Ints) -> Ints:
    """Weekday and hour on the wall in one number."""
    hours = calendar.hours(moments)
    return np.where(hours == NO_DATE, NO_DATE, calendar.weekdays(moments) * 24 + hours)
