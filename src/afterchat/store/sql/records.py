"""The records over SQLite: one row a session, made from the inbox and readable as plain columns.

Reading is keyset paging over `session_listing`; nothing counts or skips rows to find a page.

What does not belong here: ranking revisions (`projection_rows`), reading a row (`session_rows`), decoding a body.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from afterchat.errors import FilterError, StoreUnavailableError
from afterchat.store.changes import CHANGE_COLUMNS, Remainder
from afterchat.store.ports import Applied, DriftNote, Revision, SessionQuery, SessionRow, Unreadable
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.projection_rows import BatchWriter, new_tenant_names
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.session_rows import FIELD_NAMES, to_remainder, to_session_row
from afterchat.store.sql.writer import Writer

__all__ = ["SqlRecords"]

_OPERATORS = {"=": "condition_equal", "<": "condition_less", ">=": "condition_at_least"}
_CHANGED_COLUMNS = ", ".join(f"session.{name}" for name in CHANGE_COLUMNS[2:])
_COUNTS = ("sessions", "revisions", "unreadable", "other_events", "with_problems", "drift", "drift_dropped")
_INT64 = range(-(2**63), 2**63)


class SqlRecords:
    """See `ports.Records` and `ports.Changes`. `writer` is None where another process writes these records."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer
        self._tenants = new_tenant_names()

    async def cursors(self) -> tuple[int, int]:
        def read(connection: Connection) -> tuple[int, int]:
            inbox_cursor, repeat_cursor = next(connection.execute(connection.sql.records["cursors"]))
            return inbox_cursor, repeat_cursor

        return await self._readers.run(read)

    async def apply(self, batch: Applied) -> None:
        if self._writer is None:
            raise StoreUnavailableError(
                "records.db was opened for reading only; open the store for writing the records"
            )

        def apply(connection: Connection) -> None:
            self._tenants.begin()
            BatchWriter(connection, self._tenants).apply(batch)

        await self._writer.run(apply, self._tenants.keep)

    def forget_names(self) -> None:
        """The content of the file was replaced: a tenant may have another number there."""
        self._tenants = new_tenant_names()

    async def page(self, query: SessionQuery) -> list[SessionRow]:
        """As promised by the port; raises FilterError for a condition that no column can answer."""
        _refuse_unanswerable(query)
        return await self._readers.run(lambda connection: _page(connection, query))

    async def get(self, tenant: str | None, session_id: int) -> list[SessionRow]:
        if session_id not in _INT64:
            return []
        bindings = (session_id, tenant)
        return await self._readers.run(
            lambda connection: _session_rows(connection, connection.sql.records["sessions_by_id"], bindings)
        )

    async def get_many(self, keys: Sequence[tuple[str, int]]) -> list[SessionRow]:
        def read(connection: Connection) -> list[SessionRow]:
            sql = connection.sql.records["session_by_key"]
            return [row for key in keys if key[1] in _INT64 for row in _session_rows(connection, sql, key)]

        return await self._readers.run(read)

    async def generation(self) -> str:
        return await self._readers.run(
            lambda connection: connection.execute(connection.sql.records["generation"]).get or ""
        )

    async def stands(self, generation: str, version: int) -> bool:
        bindings = (generation, version)
        return await self._readers.run(
            lambda connection: bool(connection.execute(connection.sql.records["stands"], bindings).get)
        )

    async def changes_after(self, version: int, row_count_max: int) -> list[tuple[Any, ...]]:
        bindings = (version, row_count_max)

        def read(connection: Connection) -> list[tuple[Any, ...]]:
            sql = connection.sql.records["changes_after"].format(columns=_CHANGED_COLUMNS)
            return connection.execute(sql, bindings).fetchall()

        return await self._readers.run(read)

    async def remainders(self, inbox_ids: Sequence[int]) -> list[Remainder | None]:
        def read(connection: Connection) -> list[Remainder | None]:
            sql = connection.sql.records["remainders"]
            rows = (connection.execute(sql, (inbox_id,)).fetchone() for inbox_id in inbox_ids)
            return [None if row is None else to_remainder(*row) for row in rows]

        return await self._readers.run(read)

    async def revisions(self, tenant: str, session_id: int) -> list[Revision]:
        if session_id not in _INT64:
            return []

        def read(connection: Connection) -> list[Revision]:
            rows = connection.execute(connection.sql.records["revisions"], (tenant, session_id))
            return [Revision._make((*row[:4], bool(row[4]))) for row in rows]

        return await self._readers.run(read)

    async def unreadable(self, tenant: str | None, row_count_max: int) -> list[Unreadable]:
        def read(connection: Connection) -> list[Unreadable]:
            rows = connection.execute(connection.sql.records["latest_unreadable"], (tenant, row_count_max))
            return [Unreadable(*row) for row in rows]

        return await self._readers.run(read)

    async def drift(self, tenant: str | None) -> list[tuple[DriftNote, int, int]]:
        def read(connection: Connection) -> list[tuple[DriftNote, int, int]]:
            rows = connection.execute(connection.sql.records["drift"], (tenant,))
            return [(DriftNote(*row[:5]), row[5], row[6]) for row in rows]

        return await self._readers.run(read)

    async def counts(self) -> dict[str, int]:
        """As promised by the port, and `drift_dropped`: notes beyond the bound of their tenant."""

        def read(connection: Connection) -> dict[str, int]:
            return dict(zip(_COUNTS, next(connection.execute(connection.sql.records["counts"])), strict=True))

        return await self._readers.run(read)


def _refuse_unanswerable(query: SessionQuery) -> None:
    """Raises FilterError for a condition that no column can answer."""
    for column, operator, value in query.conditions:
        if column not in FIELD_NAMES or operator not in _OPERATORS:
            raise FilterError(f"there is no condition '{column} {operator}'; see docs/reference/api.md for the fields")
        if not isinstance(value, str) and not (isinstance(value, int) and value in _INT64):
            raise FilterError(f"'{column}' cannot be compared with this value; use text or a number of 64 bits")


def _page(connection: Connection, query: SessionQuery) -> list[SessionRow]:
    sql = connection.sql.records
    fragments: list[str] = []
    bindings: list[Any] = []
    if query.tenant is not None:
        fragments.append(sql["condition_tenant"])
        bindings.append(query.tenant)
    for column, operator, value in query.conditions:
        fragments.append(sql[_OPERATORS[operator]].format(column=column))
        bindings.append(value)
    if query.after is not None:
        fragments.append(sql["condition_after"])
        bindings += (query.after[0], *query.after)
    statement = sql["page"].format(conditions="\n".join(fragments))
    return _session_rows(connection, statement, (*bindings, query.row_count_max))


def _session_rows(connection: Connection, sql: str, bindings: tuple[Any, ...]) -> list[SessionRow]:
    return [to_session_row(columns) for columns in connection.execute(sql, bindings)]
