"""A batch of sessions, column by column, masked where the reader asks for it.

Encoders work column by column, because one loop in C over a thousand values costs what ten values cost one by one;
and of a column with few different values they make each value once (`coded`).
Masks are laid on here, before anything is derived or encoded, so that no format can forget them.

    rows of the store      turned on their side
    columns of a snapshot  read where they are asked for, with what columns leave out beside them

What does not belong here: which columns an export has (`columns`), which sessions (`source`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from afterchat.columns.layout import TEXTS
from afterchat.columns.reading import Coded, ReadRows
from afterchat.contract.record import FIELDS, moment_of_text
from afterchat.store.changes import Remainder
from afterchat.store.ports import SessionRow

__all__ = ["NO_MASKS", "Batch", "Coded", "Mask", "Masks", "numbered"]

Mask = Callable[[Any], Any]
"""A value to what may be shown of it; of the same type, and the same for equal values."""

Masks = Mapping[str, Mask]
"""Field name to its mask."""

NO_MASKS: Masks = {}

_FIELD_NAMES = tuple(field.name for field in FIELDS)
_ROW_NAMES = SessionRow._fields[:-1]
_field_values = attrgetter(*_FIELD_NAMES)


class _Source(Protocol):
    """Columns by name: every field of the record and every field of SessionRow but `record`."""

    def __len__(self) -> int: ...
    def values(self, name: str) -> Sequence[Any]: ...
    def numbers(self, name: str) -> NDArray[np.int64]: ...
    def coded(self, name: str) -> Coded: ...


class Batch:
    """Some sessions, in order."""

    def __init__(self, source: _Source, masks: Masks = NO_MASKS) -> None:
        self._source = source
        self._masks = masks
        self._moments: dict[str, NDArray[np.int64]] = {}

    @classmethod
    def of_rows(cls, rows: Sequence[SessionRow]) -> Batch:
        """These rows, turned."""
        return cls(_Turned(rows))

    @classmethod
    def of_columns(cls, rows: ReadRows, remainders: Sequence[Remainder]) -> Batch:
        """These rows of a snapshot, and of each what columns leave out."""
        return cls(_Read(rows, remainders))

    def masked(self, masks: Masks) -> Batch:
        """The same sessions with those masks laid on."""
        return Batch(self._source, masks) if masks else self

    def __len__(self) -> int:
        return len(self._source)

    def values(self, name: str) -> Sequence[Any]:
        """One value a session: a field of the record, or `tenant`, `inbox_id` ... of the row; a plain one of Python."""
        mask = self._masks.get(name)
        values = self._source.values(name)
        return values if mask is None else tuple(map(mask, values))

    def numbers(self, name: str) -> NDArray[np.int64]:
        """The same of a whole-number column."""
        if name in self._masks:
            return np.fromiter(self.values(name), np.int64, len(self))
        return self._source.numbers(name)

    def coded(self, name: str) -> Coded:
        """The same as numbers of values, for columns of texts and of codes: what costs is done once for each value."""
        mask = self._masks.get(name)
        coded = self._source.coded(name)
        return coded if mask is None else Coded(coded.codes, list(map(mask, coded.values)))

    def ratings(self) -> Coded:
        """Pairs of model and rating, as numbers of pairs: a rating means nothing without its model."""
        models, ratings = self.coded("evaluation_type"), self.coded("evaluation")
        rating_count = len(ratings.values)
        used, codes = np.unique(models.codes * rating_count + ratings.codes, return_inverse=True)
        pairs = (divmod(pair, rating_count) for pair in used.tolist())
        return Coded(codes, [(models.values[model], ratings.values[rating]) for model, rating in pairs])

    def moments(self, name: str) -> NDArray[np.int64]:
        """Epoch ms of a moment, also of one that the wire writes as text; 0 or less where there is none."""
        moments = self._moments.get(name)
        if moments is None:
            moments = self._moments[name] = self._read_moments(name)
        return moments

    def _read_moments(self, name: str) -> NDArray[np.int64]:
        if name not in TEXTS:
            return self.numbers(name)
        coded = self.coded(name)
        moments = np.fromiter(map(moment_of_text, coded.values), np.int64, len(coded.values))
        return moments[coded.codes]


class _Turned:
    """Rows of the store."""

    def __init__(self, rows: Sequence[SessionRow]) -> None:
        self._row_count = len(rows)
        self._columns: dict[str, Sequence[Any]] = dict.fromkeys((*_FIELD_NAMES, *_ROW_NAMES), ())
        if rows:
            fields = zip(*[_field_values(row.record) for row in rows], strict=True)
            self._columns = dict(zip(_FIELD_NAMES, fields, strict=True))
            self._columns.update(zip(_ROW_NAMES, zip(*[row[:-1] for row in rows], strict=True), strict=True))

    def __len__(self) -> int:
        return self._row_count

    def values(self, name: str) -> Sequence[Any]:
        return self._columns[name]

    def numbers(self, name: str) -> NDArray[np.int64]:
        return np.fromiter(self._columns[name], np.int64, self._row_count)

    def coded(self, name: str) -> Coded:
        return numbered(self._columns[name])


class _Read:
    """Rows of a snapshot; the two columns that it has not come from the store."""

    def __init__(self, rows: ReadRows, remainders: Sequence[Remainder]) -> None:
        self._rows = rows
        self._beside: dict[str, Sequence[Any]] = {
            "problems": [one.problems for one in remainders],
            "custom_field": [one.custom_field for one in remainders],
        }

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, name: str) -> Sequence[Any]:
        beside = self._beside.get(name)
        if beside is not None:
            return beside
        if name in TEXTS:
            return self._rows.texts(name).each()
        numbers: list[int] = self._rows.numbers(name).tolist()
        return numbers

    def numbers(self, name: str) -> NDArray[np.int64]:
        return self._rows.numbers(name)

    def coded(self, name: str) -> Coded:
        if name in TEXTS:
            return self._rows.texts(name)
        if name in self._beside:
            return numbered(self._beside[name])
        values, codes = np.unique(self._rows.numbers(name), return_inverse=True)
        return Coded(codes, values.tolist())


def numbered(values: Sequence[Any]) -> Coded:
    """Values that can be hashed, each once."""
    number_of: dict[Any, int] = {}
    codes = [number_of.setdefault(value, len(number_of)) for value in values]
    return Coded(np.array(codes, np.intp), list(number_of))
