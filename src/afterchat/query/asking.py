"""A question, asked of the columns: a page of the list, a table of figures, the sessions of an export.

The columns say which sessions and in which order; the records say what they are.
Both lists and figures ask the same columns with the same selection, so that a card agrees with the list behind it.

Rules
- Columns are asked in a thread: a long question holds nobody else up.
- Between the two a session may change; it is then shown as it is now.

What does not belong here: reading a question (`question`), the tenant (whoever asks decides which it may read).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from afterchat.columns.selection import Selection
from afterchat.columns.snapshot import Key, Order, Snapshot
from afterchat.figures.counted import CountedBy
from afterchat.figures.evaluation import FigureQuestion, FigureTable, compute_all
from afterchat.query.freshness import Lag, freshness
from afterchat.query.paging import sorted_cursor
from afterchat.query.question import Question
from afterchat.query.sessions import session_view
from afterchat.query.views import SessionPage
from afterchat.store.ports import Records, SessionRow

__all__ = ["Asked", "figure_tables", "selected_batches", "session_list"]


class Asked(NamedTuple):
    """A question as it stands at one moment, for one reader."""

    selection: Selection
    order: Order
    zone: ZoneInfo

    @classmethod
    def of(cls, question: Question, tenant: str | None, now_ms: int, zone_default: ZoneInfo) -> Asked:
        """The question of a reader who may read `tenant` (None: all) and lives in `zone_default`."""
        conditions = question.conditions_at(now_ms, zone_default)
        counting = None if question.counted is None else CountedBy(question.counted)
        selection = Selection(tenant, conditions, question.search, counting)
        return cls(selection, Order(*question.sort), question.zone or zone_default)


async def session_list(
    snapshot: Snapshot,
    records: Records,
    lag: Lag,
    asked: Asked,
    question: Question,
    *,
    after: tuple[int, str, int] | None,
    row_count_max: int,
) -> SessionPage:
    """One page in the order of the question; raises FilterError, StoreUnavailableError."""
    behind = None if after is None else Key(*after)
    keys = await asyncio.to_thread(snapshot.page, asked.selection, asked.order, behind, row_count_max + 1)
    shown = keys[:row_count_max]
    rows = await records.get_many([(key.tenant, key.session_id) for key in shown])
    next_cursor = sorted_cursor(question.sort, *shown[-1]) if len(keys) > row_count_max else None
    return SessionPage([session_view(row) for row in rows], next_cursor, freshness(lag))


async def figure_tables(snapshot: Snapshot, asked: Asked, questions: Sequence[FigureQuestion]) -> list[FigureTable]:
    """One table for each question, of the same sessions; raises FilterError."""
    return await asyncio.to_thread(compute_all, snapshot, asked.selection, questions, zone=asked.zone)


async def selected_batches(
    snapshot: Snapshot, records: Records, asked: Asked, batch_rows: int
) -> AsyncGenerator[list[SessionRow], None]:
    """Every selected session in order, a batch at a time; raises FilterError, StoreUnavailableError."""
    after: Key | None = None
    while True:
        keys = await asyncio.to_thread(snapshot.page, asked.selection, asked.order, after, batch_rows)
        if not keys:
            return
        rows = await records.get_many([(key.tenant, key.session_id) for key in keys])
        if rows:
            yield rows
        after = keys[-1]
