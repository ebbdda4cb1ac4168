"""Reading sessions: a page of them, or one with everything that is known of it.

The tenant is an argument of every call: None reads all of them and is for operators only.
Nothing here decides who may read what; whoever calls has done so.
"""

from __future__ import annotations

from typing import Any

from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.query.filters import Condition
from afterchat.query.freshness import Lag, freshness
from afterchat.query.paging import session_cursor
from afterchat.query.views import (
    Label,
    RevisionView,
    SessionDetail,
    SessionPage,
    SessionView,
    record_view,
)
from afterchat.store.ports import Records, Revision, SessionQuery, SessionRow

__all__ = ["find_sessions", "session_detail", "session_page", "session_view"]

_READS_MAX = 5
"""Far more often than a session is revised within a few milliseconds."""
_NAMES = tuple(field.name for field in FIELDS)
_CODED = tuple((field.name, CODED_SETS[field.coded]) for field in FIELDS if field.coded)


async def session_page(
    records: Records,
    lag: Lag,
    *,
    tenant: str | None,
    conditions: tuple[Condition, ...],
    after: tuple[int, str, int] | None,
    row_count_max: int,
) -> SessionPage:
    """One page, latest end first; one row more is read, to know whether another page follows.

    Raises StoreUnavailableError.
    """
    rows = await records.page(SessionQuery(tenant, conditions, after, row_count_max + 1))
    shown = rows[:row_count_max]
    next_cursor = session_cursor(_key(shown[-1])) if len(rows) > row_count_max else None
    return SessionPage([session_view(row) for row in shown], next_cursor, freshness(lag))


async def find_sessions(records: Records, tenant: str | None, session_id: int) -> list[SessionRow]:
    """The sessions with that id: none, one, or one of each tenant when `tenant` is None."""
    return await records.get(tenant, session_id)


async def session_detail(records: Records, row: SessionRow, lag: Lag) -> SessionDetail:
    """That session with all its revisions, both of one moment: when one came in between, the session is read again."""
    revisions = await records.revisions(row.tenant, row.record.id)
    for _ in range(_READS_MAX):
        if len(revisions) == row.revision_count:
            break
        row = next(iter(await records.get(row.tenant, row.record.id)), row)
        revisions = await records.revisions(row.tenant, row.record.id)
    return SessionDetail(session_view(row), [_revision_view(revision) for revision in revisions], freshness(lag))


def session_view(row: SessionRow) -> SessionView:
    """One row as readers see it."""
    values: dict[str, Any] = {name: getattr(row.record, name) for name in _NAMES}
    return SessionView(
        tenant=row.tenant,
        inbox_id=str(row.inbox_id),
        signed_at=row.signed_at,
        arrived_at=row.arrived_at,
        revision_count=row.revision_count,
        problems=list(row.problems),
        record=record_view(values),
        labels=_labels(values),
    )


def _labels(values: dict[str, Any]) -> dict[str, Label]:
    """What every coded field of the record means, in both languages; a rating within its model."""
    labels = {name: Label(coded.label(values[name], "zh"), coded.label(values[name], "en")) for name, coded in _CODED}
    model, rating = values["evaluation_type"], values["evaluation"]
    labels["evaluation"] = Label(evaluation_label(model, rating, "zh"), evaluation_label(model, rating, "en"))
    return labels


def _revision_view(revision: Revision) -> RevisionView:
    return RevisionView(
        inbox_id=str(revision.inbox_id),
        signed_at=revision.signed_at,
        arrived_at=revision.arrived_at,
        sha256=revision.sha256.hex(),
        is_current=revision.is_current,
    )


def _key(row: SessionRow) -> tuple[int, str, int]:
    return row.record.end_time, row.tenant, row.record.id
