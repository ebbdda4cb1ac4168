"""Parquet: typed columns for DuckDB, pandas and Spark, in row groups of 65,536.

    whole numbers   int64, ids too: nothing here rounds them
    moments         timestamp of milliseconds in the zone of the export; null where the field is none
    derived numbers int64 or double, null where they cannot be known
    text            string; of few values and labels: dictionary

`_local` columns are left out where the moment itself is a timestamp: it is shown in the zone anyway.
Every column carries its meaning in Chinese and English as metadata of its field.

Needs the extra `parquet`.
What does not belong here: which columns there are (`columns`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from afterchat.export.batch import Batch
from afterchat.export.columns import COLUMNS, Column, Layout, custom_text, label_of, label_sources, problem_text
from afterchat.export.derived import Numbers
from afterchat.export.extras import required
from afterchat.export.moments import WallClock
from afterchat.export.remembered import Remembered

__all__ = ["ROW_GROUP_ROWS", "ParquetRows"]

ROW_GROUP_ROWS = 65_536
"""Held in memory until it is written: about 80 MB."""

_TYPED_MOMENTS = frozenset(column.source for column in COLUMNS if column.kind == "moment")
_WRITTEN = tuple(column for column in COLUMNS if column.kind != "local" or column.source not in _TYPED_MOMENTS)


class ParquetRows:
    """One Parquet file, piece by piece: what is written is handed on at once, nothing is kept on disk."""

    def __init__(self, layout: Layout) -> None:
        self._arrow = required("pyarrow", "parquet")
        self._layout = layout
        self._clock = WallClock(layout.zone)
        self._schema = self._arrow.schema([self._field(column) for column in _WRITTEN], self._about())
        self._labels = {
            column.name: Remembered(label_of(column, layout.language)) for column in _WRITTEN if column.kind == "label"
        }
        self._sink = _Sink()
        self._file = required("pyarrow.parquet", "parquet").ParquetWriter(
            self._arrow.PythonFile(self._sink, mode="w"), self._schema, compression="zstd"
        )
        self._held: list[Any] = []
        self._held_rows = 0

    def begin(self) -> bytes:
        """The magic number."""
        return self._sink.taken()

    def rows(self, batch: Batch) -> bytes:
        """The row group that these sessions fill, or nothing yet."""
        arrays = [self._array(column, batch) for column in _WRITTEN]
        self._held.append(self._arrow.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._held_rows += len(batch)
        if self._held_rows < ROW_GROUP_ROWS:
            return b""
        table = self._arrow.Table.from_batches(self._held, self._schema)
        whole = self._held_rows - self._held_rows % ROW_GROUP_ROWS
        self._file.write_table(table.slice(0, whole), row_group_size=ROW_GROUP_ROWS)
        self._held = table.slice(whole).to_batches()
        self._held_rows -= whole
        return self._sink.taken()

    def end(self) -> Iterator[bytes]:
        """The last row group and the foot."""
        if self._held_rows:
            self._file.write_table(self._arrow.Table.from_batches(self._held, self._schema))
        self._held = []
        self._file.close()
        yield self._sink.taken()

    def close(self) -> None:
        """Forget what was not handed on."""
        self._held = []
        self._file.close()
        self._sink.taken()

    def _about(self) -> dict[str, str]:
        return {"afterchat.zone": self._layout.zone.key, "afterchat.language": self._layout.language}

    def _field(self, column: Column) -> Any:
        about = {"zh": column.zh, "en": column.en} | ({"unit": column.unit} if column.unit else {})
        return self._arrow.field(column.heading(self._layout), self._type(column), metadata=about)

    def _type(self, column: Column) -> Any:
        arrow = self._arrow
        if column.kind == "id":
            return arrow.string() if column.name == "foreign_id" else arrow.int64()
        if column.kind in {"word", "label"}:
            return arrow.dictionary(arrow.int32(), arrow.string())
        if column.kind in {"moment", "local"}:
            return arrow.timestamp("ms", tz=self._layout.zone.key)
        return {"number": arrow.int64(), "count": arrow.int64(), "share": arrow.float64()}.get(
            column.kind, arrow.string()
        )

    def _array(self, column: Column, batch: Batch) -> Any:
        arrow, kind = self._arrow, column.kind
        if kind in {"moment", "local"}:
            moments = batch.moments(column.source)
            return arrow.array(moments, arrow.int64(), mask=moments <= 0).cast(self._type(column))
        values: Any
        if kind == "label":
            values = list(map(self._labels[column.name].__getitem__, label_sources(batch, column)))
        elif column.derive is not None:
            values = column.derive(batch, self._clock)
            if isinstance(values, Numbers):
                return arrow.array(values.values, self._type(column), mask=~values.is_known)
        else:
            values = batch.values(column.source)
            if kind == "json":
                values = list(map(custom_text, values))
            elif kind == "list":
                values = [problem_text(one, self._layout.language) for one in values]
        if kind in {"word", "label"}:
            return arrow.array(values, arrow.string()).dictionary_encode()
        return arrow.array(values, self._type(column))


class _Sink:
    """A file that hands on what was written to it."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def write(self, piece: Any) -> int:
        data = bytes(piece)
        self._pieces.append(data)
        self._length += len(data)
        return len(data)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        """What was written since the last time."""
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data
