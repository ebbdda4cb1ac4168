"""A segment: some rows as columns, never changed once it is made.

    numbers   an array in the narrowest type that holds them, with their least and greatest
    texts     the number of a text for each row, and the sorted distinct texts

Rules
- Rows stand in the order of their versions, so a segment covers a span of the change feed.
- Segments are merged by their arrays and without their dead rows; no row is read again for that.

What does not belong here: files (`segment_file`), which rows are dead (`table`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.layout import columns_of
from afterchat.columns.words import Words, storable

__all__ = ["NumberColumn", "Segment", "TextColumn", "merged", "segment_of"]

_SIGNED = (np.int8, np.int16, np.int32, np.int64)
_UNSIGNED = (np.uint8, np.uint16, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class NumberColumn:
    """Whole numbers and their bounds."""

    values: NDArray[Any]
    least: int
    greatest: int


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """Texts by number."""

    codes: NDArray[Any]
    words: Words


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows of the feed as columns."""

    row_count: int
    first_version: int
    last_version: int
    numbers: Mapping[str, NumberColumn]
    texts: Mapping[str, TextColumn]
    file_name: str = field(default="")
    """Where it is kept; empty while it is in memory only."""

    @cached_property
    def by_id(self) -> NDArray[np.intp]:
        """Rows in the order of their session ids."""
        return np.argsort(self.numbers["id"].values, kind="stable")

    def rows_with_ids(self, ids: NDArray[np.int64]) -> NDArray[np.intp]:
        """Rows whose session has one of these sorted ids, whatever their tenant."""
        column = self.numbers["id"]
        ids = ids[(ids >= column.least) & (ids <= column.greatest)]
        if not len(ids):
            return np.empty(0, dtype=np.intp)
        ordered = column.values[self.by_id]
        begin, end = np.searchsorted(ordered, ids, "left"), np.searchsorted(ordered, ids, "right")
        hits = np.flatnonzero(begin < end)
        places = [np.arange(begin[hit], end[hit]) for hit in hits.tolist()]
        return self.by_id[np.concatenate(places)] if places else np.empty(0, dtype=np.intp)


def segment_of(changes: Sequence[tuple[Any, ...]]) -> Segment:
    """The segment of at least one row of the feed, ascending by version."""
    numbers, texts = columns_of(changes)
    return Segment(
        len(changes),
        changes[0][0],
        changes[-1][0],
        {name: _number_column(np.array(values, dtype=np.int64)) for name, values in numbers.items()},
        {name: _text_column(values) for name, values in texts.items()},
    )


def merged(parts: Sequence[tuple[Segment, NDArray[np.bool_] | None]]) -> Segment | None:
    """One segment of the living rows of several neighbours, or None when none lives."""
    row_count = sum(_living_count(segment, living) for segment, living in parts)
    if not row_count:
        return None
    first = parts[0][0]
    return Segment(
        row_count,
        first.first_version,
        parts[-1][0].last_version,
        {
            name: _number_column(
                np.concatenate(
                    [_kept(segment.numbers[name].values, living).astype(np.int64) for segment, living in parts]
                )
            )
            for name in first.numbers
        },
        {name: _merged_texts([(segment.texts[name], living) for segment, living in parts]) for name in first.texts},
    )


def _living_count(segment: Segment, living: NDArray[np.bool_] | None) -> int:
    return segment.row_count if living is None else int(np.count_nonzero(living))


def _kept(values: NDArray[Any], living: NDArray[np.bool_] | None) -> NDArray[Any]:
    return values if living is None else values[living]


def _number_column(values: NDArray[np.int64]) -> NumberColumn:
    least, greatest = int(values.min()), int(values.max())
    return NumberColumn(values.astype(_narrowest(_SIGNED, least, greatest)), least, greatest)


def _narrowest(kinds: Iterable[Any], least: int, greatest: int) -> Any:
    return next(kind for kind in kinds if np.iinfo(kind).min <= least and greatest <= np.iinfo(kind).max)


def _text_column(values: Sequence[str]) -> TextColumn:
    kept = {text: storable(text) for text in set(values)}
    ordered = sorted(set(kept.values()))
    number_of = {text: number for number, text in enumerate(ordered)}
    codes = np.fromiter((number_of[kept[text]] for text in values), np.int32, len(values))
    return TextColumn(codes.astype(_narrowest(_UNSIGNED, 0, len(ordered))), Words.of(ordered))


def _merged_texts(parts: Sequence[tuple[TextColumn, NDArray[np.bool_] | None]]) -> TextColumn:
    """The texts that still have a row, numbered anew."""
    used: list[NDArray[Any]] = [np.unique(_kept(column.codes, living)) for column, living in parts]
    ordered = sorted(
        {column.words[code] for (column, _), codes in zip(parts, used, strict=True) for code in codes.tolist()}
    )
    number_of = {text: number for number, text in enumerate(ordered)}
    codes_of: list[NDArray[Any]] = []
    for (column, living), codes in zip(parts, used, strict=True):
        renumbered = np.zeros(len(column.words) or 1, dtype=np.int32)
        renumbered[codes] = [number_of[column.words[code]] for code in codes.tolist()]
        codes_of.append(renumbered[_kept(column.codes, living)])
    return TextColumn(np.concatenate(codes_of).astype(_narrowest(_UNSIGNED, 0, len(ordered))), Words.of(ordered))
