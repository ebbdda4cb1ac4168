"""Reading sessions: a page of them, or one with everything that is known of it.

The tenant is an argument of every call: None reads all of them and is for operators only.
Nothing here decides who may read what; whoever calls has done so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS, evaluation_label
from afterchat.figures.contradictions import contradictions_in
from afterchat.query.changes import RevisionChanges, changes_of
from afterchat.query.figure_views import contradiction_view
from afterchat.query.filters import Condition
from afterchat.query.freshness import Lag, freshness
from afterchat.query.paging import session_cursor
from afterchat.query.scan import row_batches
from afterchat.query.timeline import timeline_view
from afterchat.query.views import (
    ChangeView,
    Label,
    RevisionView,
    SessionDetail,
    SessionPage,
    SessionView,
    record_view,
)
from afterchat.store.ports import Inbox, Records, Revision, SessionRow

__all__ = ["find_sessions", "session_detail", "session_page", "session_view"]

_COMPARED_MAX = 50
"""Revisions that are compared; a session that is pushed more often than that is a fault of its sender."""
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
    search: str | None = None,
) -> SessionPage:
    """One page, latest end first; one row more is read, to know whether another page follows.

    A condition that the store cannot answer by itself costs a walk (see `scan`).
    Raises StoreUnavailableError.
    """
    wanted = row_count_max + 1
    rows: list[SessionRow] = []
    async with aclosing(row_batches(records, tenant, conditions, search, after=after, page_rows=wanted)) as batches:
        async for batch in batches:
            rows += batch
            if len(rows) >= wanted:
                break
    shown = rows[:row_count_max]
    next_cursor = session_cursor(_key(shown[-1])) if len(rows) > row_count_max else None
    return SessionPage([session_view(row) for row in shown], next_cursor, freshness(lag))


async def find_sessions(records: Records, tenant: str | None, session_id: int) -> list[SessionRow]:
    """The sessions with that id: none, one, or one of each tenant when `tenant` is None."""
    return await records.get(tenant, session_id)


async def session_detail(records: Records, inbox: Inbox, row: SessionRow, lag: Lag) -> SessionDetail:
    """That session with all its revisions, both of one moment: when one came in between, the session is read again."""
    revisions = await records.revisions(row.tenant, row.record.id)
    for _ in range(_READS_MAX):
        if len(revisions) == row.revision_count:
            break
        row = next(iter(await records.get(row.tenant, row.record.id)), row)
        revisions = await records.revisions(row.tenant, row.record.id)
    changes = await _changes(inbox, revisions)
    moments, spans = timeline_view(row.record)
    views = [_revision_view(revision, changes.get(revision.inbox_id)) for revision in revisions]
    found = [contradiction_view(one.contradiction) for one in contradictions_in(row.record)]
    return SessionDetail(session_view(row), views, moments, spans, found, freshness(lag))


async def _changes(inbox: Inbox, revisions: Sequence[Revision]) -> dict[int, RevisionChanges]:
    """What each of the latest revisions changed, by the id of its push; bodies that are gone are left out."""
    oldest_first = sorted(revisions[:_COMPARED_MAX], key=lambda one: (one.is_current, -revisions.index(one)))
    bodies = []
    for revision in oldest_first:
        push = await inbox.get(revision.inbox_id)
        if push is not None:
            bodies.append((revision.inbox_id, push.body))
    return {line.inbox_id: line for line in changes_of(bodies)}


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


def _revision_view(revision: Revision, compared: RevisionChanges | None) -> RevisionView:
    changes = compared.changes if compared is not None else ()
    return RevisionView(
        inbox_id=str(revision.inbox_id),
        signed_at=revision.signed_at,
        arrived_at=revision.arrived_at,
        sha256=revision.sha256.hex(),
        is_current=revision.is_current,
        changes=[ChangeView(one.field, _json(one.before), _json(one.after)) for one in changes],
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _key(row: SessionRow) -> tuple[int, str, int]:
    return row.record.end_time, row.tenant, row.record.id
