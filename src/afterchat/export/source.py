"""Where the sessions of an export come from: columns of a snapshot where there are any, rows of the store otherwise.

Columns answer for a third of what rows cost, but they hold a text without NUL and lone surrogates: a format that could
write those asks for rows (`Format.reads_columns`).
What the columns leave out is read beside them; if a session of a batch changed in between or was erased, the
whole batch is read as rows, so that no line is made of two revisions.

What does not belong here: which sessions are asked for (`query.asking`), how they are written (`formats`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

import numpy as np

from afterchat.columns.ordering import Key
from afterchat.columns.reading import ReadRows
from afterchat.columns.snapshot import Snapshot
from afterchat.export.batch import Batch
from afterchat.export.formats import Format
from afterchat.query.asking import Asked, selected_batches
from afterchat.store.changes import Projection, Remainder
from afterchat.store.ports import SessionRow

__all__ = ["batches_of_columns", "batches_of_rows", "selected_sessions"]

_ROWS_AT_A_TIME = 500
"""Sessions of a batch of rows: they stay in the cache."""
_COLUMN_ROWS_AT_A_TIME = 4_000


def selected_sessions(form: Format, snapshot: Snapshot, store: Projection, asked: Asked) -> AsyncGenerator[Batch, None]:
    """Every selected session in order, as that format takes them; raises FilterError, StoreUnavailableError."""
    if form.reads_columns:
        return batches_of_columns(snapshot, store, asked, _COLUMN_ROWS_AT_A_TIME)
    return batches_of_rows(selected_batches(snapshot, store, asked, _ROWS_AT_A_TIME))


async def batches_of_rows(rows: AsyncGenerator[list[SessionRow], None]) -> AsyncGenerator[Batch, None]:
    """Rows of the store as a source."""
    async with aclosing(rows):
        async for batch in rows:
            yield Batch.of_rows(batch)


async def batches_of_columns(
    snapshot: Snapshot, store: Projection, asked: Asked, row_count_max: int
) -> AsyncGenerator[Batch, None]:
    """Columns of a snapshot as a source."""
    after: Key | None = None
    while True:
        rows = await asyncio.to_thread(snapshot.read, asked.selection, asked.order, after, row_count_max)
        if not len(rows):
            return
        after = rows.keys[-1]
        remainders = _unchanged(rows, await store.remainders(rows.numbers("inbox_id").tolist()))
        if remainders is None:
            yield Batch.of_rows(await store.get_many([(key.tenant, key.session_id) for key in rows.keys]))
        else:
            yield Batch.of_columns(rows, remainders)


def _unchanged(rows: ReadRows, remainders: Sequence[Remainder | None]) -> list[Remainder] | None:
    """Them, or None when one of the sessions is gone or is not what the rows show any more."""
    there = [one for one in remainders if one is not None]
    if len(there) < len(rows):
        return None
    versions = np.fromiter((one.version for one in there), np.int64, len(there))
    return there if np.array_equal(versions, rows.numbers("version")) else None
