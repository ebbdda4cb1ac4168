"""Parquet, read again: the same values with their types."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
from hypothesis import given, settings

from afterchat.contract.record import FIELDS, MOMENT, blank_record
from afterchat.export.batch import Batch
from afterchat.export.columns import Layout, custom_text
from afterchat.export.parquet_rows import ParquetRows
from afterchat.store.ports import SessionRow
from export_rows import BATCHES

LAYOUT = Layout("en", ZoneInfo("Asia/Shanghai"))


def exported(*batches):
    writer = ParquetRows(LAYOUT)
    pieces = [writer.begin(), *(writer.rows(Batch.of_rows(batch)) for batch in batches), *writer.end()]
    writer.close()
    return pa.parquet.ParquetFile(io.BytesIO(b"".join(pieces)))


@given(BATCHES)
@settings(max_examples=40)
def test_read_again_every_field_is_what_it_was(rows):
    table = exported(rows).read()
    assert table.num_rows == len(rows)
    for field in FIELDS:
        expected = [getattr(row.record, field.name) for row in rows]
        column = table[field.name]
        if field.type is int and field.unit == MOMENT:
            expected = [value if value > 0 else None for value in expected]
            column = column.cast(pa.int64())
        if field.type is tuple:
            expected = [custom_text(value) for value in expected]
        assert column.to_pylist() == expected


def test_types_and_meanings_travel_with_the_file():
    schema = exported([SessionRow("default", 1, 1, 1, 1, (), blank_record())]).schema_arrow
    assert schema.field("end_time").type == pa.timestamp("ms", tz="Asia/Shanghai")
    assert schema.field("id").type == pa.int64()
    assert schema.field("first_reply_cost").metadata[b"unit"] == b"ms"
    assert schema.field("end_time").metadata[b"zh"].decode() == "会话结束时间"
    assert pa.types.is_dictionary(schema.field("close_reason_label").type)
    assert schema.metadata[b"afterchat.zone"] == b"Asia/Shanghai"
    assert "end_time_local" not in schema.names
    assert "user_join_evaluate_time_local" in schema.names


def test_row_groups_are_full_but_for_the_last():
    row = SessionRow("default", 1, 1, 1, 1, (), blank_record())
    file = exported([row] * 40_000, [row] * 40_000)
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [65_536, 14_464]
