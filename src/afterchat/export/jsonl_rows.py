"""JSON lines: one session a line, in the very shape in which the API shows it (`query.views.SessionView`).

Labels stand there in both languages, so neither language nor zone changes anything.
A second format, `wire`, is one wire record a line: what was pushed, and what `afterchat push` takes.

What does not belong here: derived columns; a program that reads JSON computes them from the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from afterchat.contract.codec import encode
from afterchat.contract.record import FIELDS, SessionRecord
from afterchat.export.batch import Batch
from afterchat.export.columns import COLUMNS, Column, Layout, label_of, label_sources
from afterchat.export.remembered import Remembered
from afterchat.query.views import ID_FIELDS, CustomFieldView, Label, RecordView, SessionView

__all__ = ["JsonRows", "WireRows"]


class JsonRows:
    """One file of session views, piece by piece."""

    def __init__(self, layout: Layout) -> None:
        del layout  # neither language nor zone changes anything
        self._encoder = msgspec.json.Encoder()
        self._labels = [(column, Remembered(_label(column))) for column in COLUMNS if column.kind == "label"]
        self._label_names = [column.source for column, _ in self._labels]

    def begin(self) -> bytes:
        """JSON lines have no head."""
        return b""

    def rows(self, batch: Batch) -> bytes:
        """One line for each session."""
        labels = [map(known.__getitem__, label_sources(batch, column)) for column, known in self._labels]
        views = map(
            SessionView,
            batch.values("tenant"),
            map(str, batch.values("inbox_id")),
            batch.values("signed_at"),
            batch.values("arrived_at"),
            batch.values("revision_count"),
            map(list, batch.values("problems")),
            map(RecordView, *(_shown(field.name, batch.values(field.name)) for field in FIELDS)),
            [dict(zip(self._label_names, of_row, strict=True)) for of_row in zip(*labels, strict=True)],
        )
        return self._encoder.encode_lines(list(views))

    def end(self) -> Iterator[bytes]:
        """Nothing follows."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


class WireRows:
    """One file of wire records, piece by piece."""

    def __init__(self, layout: Layout) -> None:
        del layout

    def begin(self) -> bytes:
        """JSON lines have no head."""
        return b""

    def rows(self, batch: Batch) -> bytes:
        """One line for each session, exactly as it would be pushed."""
        names = [field.name for field in FIELDS]
        rows = zip(*(batch.values(name) for name in names), strict=True)
        return b"".join([encode(SessionRecord(**dict(zip(names, row, strict=True)))) + b"\n" for row in rows])

    def end(self) -> Iterator[bytes]:
        """Nothing follows."""
        return iter(())

    def close(self) -> None:
        """Nothing is held."""


def _label(column: Column) -> Callable[[Any], Label]:
    zh, en = label_of(column, "zh"), label_of(column, "en")
    return lambda value: Label(zh(value), en(value))


def _shown(name: str, values: Sequence[Any]) -> Any:
    """Values of a field as the view has them."""
    if name in ID_FIELDS:
        return map(str, values)
    if name == "custom_field":
        return [[CustomFieldView(one.field_id, one.field_name, one.field_value) for one in value] for value in values]
    return values
