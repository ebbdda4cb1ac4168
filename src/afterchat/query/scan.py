"""All sessions of any filter, page by page out of the store's rows, latest end first.

The store answers what its rows can; what they cannot (several values, text within text) is decided here row by row.
So a rare word may cost a walk through everything: this is for commands beside a server, not for its pages.

What does not belong here: other orders than the latest end first.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from afterchat.query.errors import BilingualFilterError
from afterchat.query.filters import Condition
from afterchat.query.matching import is_stored, matcher
from afterchat.query.question import Question
from afterchat.store.ports import Records, SessionQuery, SessionRow

__all__ = ["PAGE_ROWS", "refuse_counted", "row_batches"]

PAGE_ROWS = 1000
"""Rows that are in memory at a time: about 5 MB."""


def refuse_counted(question: Question) -> None:
    """Raises FilterError for a question that only columns can answer."""
    if question.counted is not None:
        raise BilingualFilterError(
            zh="counted 只能由看板或其接口回答：请打开该指标的会话列表，或请求 /v1/sessions。",
            en="`counted` is answered by the dashboard and its API only: open the figure's list, or ask /v1/sessions.",
        )


async def row_batches(
    records: Records,
    tenant: str | None,
    conditions: tuple[Condition, ...],
    search: str | None = None,
    *,
    after: tuple[int, str, int] | None = None,
    page_rows: int = PAGE_ROWS,
) -> AsyncGenerator[list[SessionRow], None]:
    """Batches of matching rows, none of them empty, `page_rows` each while the store answers by itself.

    Raises StoreUnavailableError.
    """
    stored = tuple(condition for condition in conditions if is_stored(condition))
    rest = [condition for condition in conditions if not is_stored(condition)]
    is_walk = bool(rest) or search is not None
    matches = matcher(rest, search)
    query = SessionQuery(tenant, stored, after, PAGE_ROWS if is_walk else page_rows)
    while page := await records.page(query):
        kept = [row for row in page if matches(row)] if is_walk else page
        if kept:
            yield kept
        last = page[-1]
        query = query._replace(after=(last.record.end_time, last.tenant, last.record.id))
