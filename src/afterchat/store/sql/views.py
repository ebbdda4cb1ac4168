"""Saved views over SQLite; part of registry.db.

As for `people`: every process may write, and the registry's version is not raised.

What does not belong here: the views of a user who is removed, which go in that transaction (`people`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from afterchat.errors import NotFoundError
from afterchat.store.people import AuditNote
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.people import keep_note
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.registry import write_registry
from afterchat.store.sql.writer import Writer
from afterchat.store.views import VIEWS_MAX, SavedView, ViewDraft

__all__ = ["SqlViews"]

Result = TypeVar("Result")


class SqlViews:
    """See `views.Views`. `writer` is the registry's; None where it was opened for reading only."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer

    async def views(self, user_id: str, tenant: str | None, shared_count_max: int) -> tuple[SavedView, ...]:
        def read(connection: Connection) -> tuple[SavedView, ...]:
            own = connection.execute(connection.sql.views["views_of"], (user_id,)).fetchall()
            shared = connection.execute(
                connection.sql.views["views_shared_with"], (user_id, tenant, shared_count_max)
            ).fetchall()
            return tuple(_view(row) for row in (*own, *shared))

        return await self._readers.run(read)

    async def view(self, view_id: int) -> SavedView | None:
        def read(connection: Connection) -> SavedView | None:
            row = connection.execute(connection.sql.views["view"], (view_id,)).fetchone()
            return None if row is None else _view(row)

        return await self._readers.run(read)

    async def save_view(self, draft: ViewDraft, note: AuditNote) -> bool:
        def save(connection: Connection) -> bool:
            if (
                connection.execute(connection.sql.views["count_other_views"], (draft.user_id, draft.name)).get
                >= VIEWS_MAX
            ):
                return False
            rows = connection.execute(connection.sql.views["save_view"], draft).fetchall()
            if not rows:
                raise NotFoundError(f"there is no user '{draft.user_id}' any more; log in as one who is there")
            keep_note(connection, replace(note, object=str(rows[0][0])))
            return True

        return await self._change(save)

    async def remove_view(self, view_id: int, note: AuditNote) -> None:
        def remove(connection: Connection) -> None:
            connection.execute(connection.sql.views["delete_view"], (view_id,))
            if not connection.changes():
                raise NotFoundError(f"there is no view {view_id} any more; open the page anew for those there are")
            keep_note(connection, note)

        await self._change(remove)

    async def _change(self, change: Callable[[Connection], Result]) -> Result:
        return await write_registry(self._writer, change)


def _view(row: tuple[Any, ...]) -> SavedView:
    view = SavedView(*row)
    return view._replace(is_shared=bool(view.is_shared))
