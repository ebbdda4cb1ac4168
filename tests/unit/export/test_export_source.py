"""An export from columns is, to the byte, the export from rows."""

from __future__ import annotations

import asyncio
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from afterchat.access.masking import masks_for
from afterchat.access.roles import ROLES
from afterchat.columns.layout import SORTABLE
from afterchat.columns.selection import Selection
from afterchat.columns.snapshot import Order
from afterchat.contract.record import CustomField, blank_record
from afterchat.export.batch import NO_MASKS
from afterchat.export.columns import Layout
from afterchat.export.csv_rows import CsvRows
from afterchat.export.formats import FORMATS
from afterchat.export.source import batches_of_columns, batches_of_rows, selected_sessions
from afterchat.query.asking import Asked, selected_batches
from afterchat.store.changes import Remainder
from afterchat.store.ports import SessionRow
from columns_at_hand import snapshot_of
from export_rows import ROWS

ZONE = ZoneInfo("Asia/Shanghai")
MASKS = [NO_MASKS, masks_for(ROLES["viewer"].rights)]
ROW = [SessionRow("default", 1, 1, 1, 1, (), blank_record(id=1))]
SESSIONS = st.lists(
    ROWS, min_size=1, max_size=12, unique_by=(lambda row: (row.tenant, row.record.id), lambda row: row.inbox_id)
)
ORDERS = st.builds(Order, st.sampled_from(sorted(SORTABLE)), st.booleans())


class Store:
    """Sessions under the versions that `snapshot_of` gives them; knows how many were read as rows."""

    def __init__(self, rows) -> None:
        self.rows = {(row.tenant, row.record.id): row for row in rows}
        self.versions = {key: number for number, key in enumerate(self.rows, start=1)}
        self.read_as_rows = 0

    async def get_many(self, keys):
        found = [self.rows[key] for key in keys if key in self.rows]
        self.read_as_rows += len(found)
        return found

    async def remainders(self, inbox_ids):
        by_push = {row.inbox_id: key for key, row in self.rows.items()}
        return [self._remainder_of(by_push.get(inbox_id)) for inbox_id in inbox_ids]

    def _remainder_of(self, key):
        if key is None:
            return None
        row = self.rows[key]
        return Remainder(self.versions[key], row.problems, row.record.custom_field)


def exported(batches, masks=NO_MASKS) -> bytes:
    async def written() -> bytes:
        writer = CsvRows(Layout("zh", ZONE))
        return b"".join([writer.rows(batch.masked(masks)) async for batch in batches])

    return asyncio.run(written())


@given(SESSIONS, ORDERS, st.integers(1, 5), st.integers(1, 5), st.sampled_from(MASKS))
@settings(max_examples=40)
def test_columns_and_rows_give_the_same_bytes(rows, order, segment_rows, batch_rows, masks):
    store, snapshot = Store(rows), snapshot_of(rows, segment_rows=segment_rows)
    asked = Asked(Selection(), order, ZONE)
    of_rows = exported(batches_of_rows(selected_batches(snapshot, store, asked, 500)), masks)
    store.read_as_rows = 0
    assert of_rows == exported(batches_of_columns(snapshot, store, asked, batch_rows), masks)
    assert store.read_as_rows == 0


@given(SESSIONS, st.data())
@settings(max_examples=40)
def test_no_line_is_made_of_two_revisions_and_what_was_erased_has_none(rows, data):
    store, snapshot = Store(rows), snapshot_of(rows)
    changed = data.draw(st.sampled_from(sorted(store.rows)))
    if data.draw(st.booleans()):
        record = replace(store.rows[changed].record, remarks="later", custom_field=(CustomField("1", "x", "y"),))
        store.rows[changed] = store.rows[changed]._replace(record=record)
        store.versions[changed] = len(rows) + 1
    else:
        del store.rows[changed]
    asked = Asked(Selection(), Order(), ZONE)
    of_rows = exported(batches_of_rows(selected_batches(snapshot, store, asked, 500)))
    assert of_rows == exported(batches_of_columns(snapshot, store, asked, 500))


@pytest.mark.parametrize("name", FORMATS)
def test_only_a_format_that_loses_nothing_by_it_is_written_from_columns(name):
    async def read_as_rows() -> int:
        store = Store(ROW)
        asked = Asked(Selection(), Order(), ZONE)
        async for _ in selected_sessions(FORMATS[name], snapshot_of(ROW), store, asked):
            pass
        return store.read_as_rows

    assert (name != "csv") == bool(asyncio.run(read_as_rows()))
