"""Applying one projector batch: which revision is the current one, what is counted, where the cursors stand.

    rank of a revision = (greatest time its bytes were ever signed with, latest moment inside it, sha256)

The current revision is the one of greatest rank; `session` holds it, `superseded` holds the rest.
The rank names no order of arrival, so every order, repetition and splitting of the same pushes ends the same.

Rules
- Sessions, repeats and unreadable pushes are known by their inbox id, so applying them again changes nothing.
- Drift and other events carry no inbox id: they are added whole when the batch's inbox cursor lies ahead of ours,
  and else not at all; they are exact because a projector goes on right behind the cursor it finds.
- A repeat of a push that is not current can make it so; its record is then taken from `sessions` of the same batch.
- A record that SQLite cannot take costs its neighbours nothing: it is listed as unreadable.

What does not belong here: the transaction, and reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from afterchat.store.ports import Applied, DriftNote, Projected, Repeat, Unreadable
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.names import Names
from afterchat.store.sql.push_rows import storable
from afterchat.store.sql.session_rows import COLUMN_COUNT, session_columns

__all__ = ["DRIFT_NOTES_MAX", "OPENINGS_MAX", "BatchWriter", "new_tenant_names", "note_opening"]

OPENINGS_MAX = 1000
"""Beginnings that the records remember; columns that are older than all of them are made again."""

DRIFT_NOTES_MAX = 1000
"""Distinct notes kept for one tenant; what comes beyond is counted as `drift_dropped`."""

_NOTE_CHARACTERS_MAX = 200
_PLACEHOLDERS = ", ".join("?" * COLUMN_COUNT)
_UNSTORABLE = (OverflowError, UnicodeError, TypeError, ValueError)


def new_tenant_names() -> Names:
    """Names of the records: tenants only."""
    return Names(attrgetter("records"), "find_tenant", "insert_tenant")


def note_opening(connection: Connection) -> None:
    """A writer begins: versions are given under another name from now on."""
    sql = connection.sql.records
    connection.execute(sql["note_opening"])
    connection.execute(sql["drop_openings"], (OPENINGS_MAX,))


class _Current(NamedTuple):
    """The revision that `session` holds now."""

    inbox_id: int
    signed_at: int
    latest_moment: int
    sha256: bytes
    arrived_at: int
    revision_count: int
    has_problems: int


class BatchWriter:
    """One batch inside a transaction that the caller opened."""

    def __init__(self, connection: Connection, tenants: Names) -> None:
        self._connection = connection
        self._sql = connection.sql.records
        self._insert_session = self._sql["insert_session"].format(placeholders=_PLACEHOLDERS)
        self._tenants = tenants
        self._sessions_added = 0
        self._superseded_added = 0
        self._with_problems_added = 0
        self._unreadable_added = 0
        self._drift_dropped = 0
        self._version = 0
        """Number of the last change that was made; each change of a session takes the next."""

    def apply(self, batch: Applied) -> None:
        """Everything of the batch, its cursors last."""
        inbox_cursor, self._version = self._connection.execute(self._sql["progress"]).fetchone() or (0, 0)
        is_ahead = batch.inbox_cursor > inbox_cursor
        self._note_repeats(batch.repeats)
        self._put_sessions(batch.sessions)
        for unreadable in batch.unreadable:
            self._put_unreadable(unreadable)
        if is_ahead:
            self._put_drift(batch.drift)
        self._connection.execute(
            self._sql["advance"],
            (
                batch.inbox_cursor,
                batch.repeat_cursor,
                batch.applied_at,
                self._sessions_added,
                self._superseded_added,
                self._with_problems_added,
                self._unreadable_added,
                batch.other_event_count if is_ahead else 0,
                self._drift_dropped,
                self._version,
            ),
        )

    def _note_repeats(self, repeats: Sequence[Repeat]) -> None:
        for repeat in repeats:
            for query in ("note_resigned", "raise_superseded"):
                self._connection.execute(self._sql[query], (repeat.inbox_id, repeat.signed_at))
            self._change("raise_session", repeat.inbox_id, repeat.signed_at)

    def _change(self, query: str, *bindings: int) -> None:
        """Change a session by that statement, whose last binding is the number of the change."""
        self._connection.execute(self._sql[query], (*bindings, self._version + 1))
        self._version += self._connection.changes()

    def _put_sessions(self, sessions: Sequence[Projected]) -> None:
        if not sessions:
            return
        ids = [projected.inbox_id for projected in sessions]
        bounds = (min(ids), max(ids))
        resigned = {row[0]: row[1] for row in self._connection.execute(self._sql["resigned_between"], bounds)}
        for projected in sessions:
            signed_at = max(projected.signed_at, resigned.get(projected.inbox_id, projected.signed_at))
            try:
                self._put_session(projected, signed_at)
            except _UNSTORABLE as error:
                self._put_unreadable(
                    Unreadable(
                        projected.inbox_id,
                        projected.tenant,
                        projected.arrived_at,
                        f"the store cannot hold this record: {type(error).__name__}",
                    )
                )

    def _put_session(self, projected: Projected, signed_at: int) -> None:
        tenant_id = self._tenants.number(self._connection, storable(projected.tenant))
        self._connection.execute(
            self._insert_session, session_columns(projected, tenant_id, signed_at, 1, self._version + 1)
        )
        if self._connection.changes():
            self._version += 1
            self._sessions_added += 1
            self._with_problems_added += bool(projected.problems)
            return
        found = self._connection.execute(self._sql["current_revision"], (tenant_id, projected.session_id)).fetchone()
        if found is not None:  # else an earlier reading of this push took it for another session: a rebuild mends it
            self._rank(projected, tenant_id, signed_at, _Current(*found))

    def _rank(self, projected: Projected, tenant_id: int, signed_at: int, current: _Current) -> None:
        """Put a revision of a session that is there in its place."""
        execute = self._connection.execute
        if projected.inbox_id == current.inbox_id:
            self._change("raise_session", current.inbox_id, signed_at)
            return
        known = execute(self._sql["superseded_signed_at"], (projected.inbox_id,)).fetchone()
        if known is not None:
            signed_at = max(signed_at, known[0])
        rank = (signed_at, projected.latest_moment, projected.sha256)
        revision_count = current.revision_count + (known is None)
        self._superseded_added += known is None
        if rank <= (current.signed_at, current.latest_moment, current.sha256):
            execute(
                self._sql["insert_superseded"],
                (projected.inbox_id, tenant_id, projected.session_id, signed_at, projected.arrived_at,
                 projected.latest_moment, projected.sha256),
            )  # fmt: skip
            if known is None:
                self._change("count_revision", current.inbox_id)
            return
        execute(self._sql["delete_session"], (current.inbox_id,))
        execute(
            self._sql["insert_superseded"],
            (current.inbox_id, tenant_id, projected.session_id, current.signed_at, current.arrived_at,
             current.latest_moment, current.sha256),
        )  # fmt: skip
        execute(self._sql["delete_superseded"], (projected.inbox_id,))
        self._version += 1
        execute(self._insert_session, session_columns(projected, tenant_id, signed_at, revision_count, self._version))
        self._with_problems_added += bool(projected.problems) - current.has_problems

    def _put_unreadable(self, unreadable: Unreadable) -> None:
        tenant_id = self._tenants.number(self._connection, storable(unreadable.tenant))
        self._connection.execute(
            self._sql["insert_unreadable"],
            (unreadable.inbox_id, tenant_id, unreadable.arrived_at, storable(unreadable.reason)),
        )
        self._unreadable_added += self._connection.changes()

    def _put_drift(self, notes: Sequence[DriftNote]) -> None:
        for (tenant, kind, field, distinct_sample), seen in _grouped(notes).items():
            tenant_id = self._tenants.number(self._connection, tenant)
            key = (tenant_id, kind, field, distinct_sample)
            first, last = min(note.seen_at for note in seen), max(note.seen_at for note in seen)
            self._connection.execute(self._sql["see_drift_again"], (*key, len(seen), first, last))
            if self._connection.changes():
                continue
            sample = _clipped(seen[0].sample)
            self._connection.execute(self._sql["insert_drift"], (*key, sample, len(seen), first, last, DRIFT_NOTES_MAX))
            if not self._connection.changes():
                self._drift_dropped += len(seen)


def _grouped(notes: Sequence[DriftNote]) -> dict[tuple[str, str, str, str], list[DriftNote]]:
    """Notes by what makes them distinct: unknown codes each by their value, the rest by their field."""
    groups: dict[tuple[str, str, str, str], list[DriftNote]] = {}
    for note in notes:
        distinct_sample = _clipped(note.sample) if note.kind == "value" else ""
        key = (storable(note.tenant), storable(note.kind), _clipped(note.field), distinct_sample)
        groups.setdefault(key, []).append(note)
    return groups


def _clipped(text: str) -> str:
    return storable(text[:_NOTE_CHARACTERS_MAX])
