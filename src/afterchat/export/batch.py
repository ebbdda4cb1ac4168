"""A batch of sessions turned on its side: one sequence of values for each column, masked where the reader asks for it.

Encoders work column by column, because one loop in C over a thousand values costs what ten values cost one by one.
Masks are laid on here, before anything is derived or encoded, so that no format can forget them.
A batch is made of rows of the store, or of columns by whoever has columns.

What does not belong here: which columns an export has (`columns`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from afterchat.contract.record import FIELDS, moment_of_text
from afterchat.store.ports import SessionRow

__all__ = ["NO_MASKS", "Batch", "Mask", "Masks"]

Mask = Callable[[Any], Any]
"""A value to what may be shown of it; of the same type, and the same for equal values."""

Masks = Mapping[str, Mask]
"""Field name to its mask."""

NO_MASKS: Masks = {}

_FIELD_NAMES = tuple(field.name for field in FIELDS)
_ROW_NAMES = SessionRow._fields[:-1]
_field_values = attrgetter(*_FIELD_NAMES)


class Batch:
    """Some sessions, in order."""

    def __init__(self, row_count: int, columns: Mapping[str, Sequence[Any]]) -> None:
        """Every field of the record and every field of SessionRow but `record`, by name; plain values of Python."""
        self._row_count = row_count
        self._columns = columns
        self._moments: dict[str, NDArray[np.int64]] = {}

    @classmethod
    def of_rows(cls, rows: Sequence[SessionRow]) -> Batch:
        """These rows, turned."""
        if not rows:
            return cls(0, dict.fromkeys((*_FIELD_NAMES, *_ROW_NAMES), ()))
        columns: dict[str, Sequence[Any]] = dict(
            zip(_FIELD_NAMES, zip(*[_field_values(row.record) for row in rows], strict=True), strict=True)
        )
        columns.update(zip(_ROW_NAMES, zip(*[row[:-1] for row in rows], strict=True), strict=True))
        return cls(len(rows), columns)

    def masked(self, masks: Masks) -> Batch:
        """The same sessions with those masks laid on."""
        if not masks:
            return self
        hidden = {name: tuple(map(mask, self._columns[name])) for name, mask in masks.items()}
        return Batch(self._row_count, {**self._columns, **hidden})

    def __len__(self) -> int:
        return self._row_count

    def values(self, name: str) -> Sequence[Any]:
        """One value a session: a field of the record, or `tenant`, `inbox_id` ... of the row."""
        return self._columns[name]

    def numbers(self, name: str) -> NDArray[np.int64]:
        """The same of a whole-number column."""
        return np.fromiter(self._columns[name], np.int64, self._row_count)

    def moments(self, name: str) -> NDArray[np.int64]:
        """Epoch ms of a moment, also of one that the wire writes as text; 0 or less where there is none."""
        moments = self._moments.get(name)
        if moments is None:
            values = self._columns[name]
            numbers = map(moment_of_text, values) if values and isinstance(values[0], str) else values
            moments = self._moments[name] = np.fromiter(numbers, np.int64, self._row_count)
        return moments
