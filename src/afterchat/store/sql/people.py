"""People over SQLite: users, their login sessions and the audit; part of registry.db.

Rules
- Of a cookie only the sha256 is kept, of a password only its hash.
- A change, its line in the audit and the sessions that it ends are one transaction.
- Every process may write, as for all of the registry; the version is not raised, because logins are no decision of an
  operator that a receiver or a relay would have to read.

What does not belong here: making hashes, cookies and ids; what a role may do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple
from typing import Any, TypeVar

from afterchat.errors import CallerError, NotFoundError
from afterchat.store.people import AUDIT_MS, USERS_MAX, AuditNote, AuditRow, LoginSession, SessionBounds, User
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.registry import write_registry
from afterchat.store.sql.writer import Writer

__all__ = ["SqlPeople", "keep_note"]

_OLD_NOTES_AT_ONCE_MAX = 100
"""Removed with each note that is written: faster than they grow old, and short for whoever waits for the lock."""
_CHANGEABLE = ("role", "tenant", "password_hash", "password_set_at", "disabled_at")
_SESSION_COLUMNS = 5

Result = TypeVar("Result")


class SqlPeople:
    """See `people.People`. `writer` is the registry's; None where it was opened for reading only."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer

    async def users(self, tenant: str | None) -> tuple[User, ...]:
        def read(connection: Connection) -> tuple[User, ...]:
            return tuple(User(*row) for row in connection.execute(connection.sql.people["users"], (tenant,)))

        return await self._readers.run(read)

    async def user_named(self, name: str) -> User | None:
        def read(connection: Connection) -> User | None:
            row = connection.execute(connection.sql.people["user_named"], (name,)).fetchone()
            return None if row is None else User(*row)

        return await self._readers.run(read)

    async def add_user(self, user: User, note: AuditNote) -> None:
        columns = astuple(user)

        def add(connection: Connection) -> None:
            if connection.execute(connection.sql.people["count_users"]).get >= USERS_MAX:
                raise CallerError(f"there are {USERS_MAX} users; remove some with 'afterchat users remove'")
            connection.execute(connection.sql.people["add_user"], columns)
            if not connection.changes():
                raise CallerError(f"there is a user '{user.name}' already; choose another name")
            keep_note(connection, note)

        await self._change(add)

    async def change_user(self, user_id: str, values: Mapping[str, Any], note: AuditNote) -> None:
        """As promised by the port; raises KeyError for a value that cannot be changed."""

        def change(connection: Connection) -> None:
            row = connection.execute(connection.sql.people["user"], (user_id,)).fetchone()
            if row is None:
                raise _unknown(user_id)
            before = dict(zip(_CHANGEABLE, row, strict=True))
            after = {**before, **values}
            connection.execute(
                connection.sql.people["change_user"], (*(after.pop(name) for name in _CHANGEABLE), user_id)
            )
            if after:
                raise KeyError(*after)
            is_disabled = values.get("disabled_at") is not None
            if is_disabled or values.get("password_hash", before["password_hash"]) != before["password_hash"]:
                connection.execute(connection.sql.people["delete_sessions_of_user"], (user_id,))
            keep_note(connection, note)

        await self._change(change)

    async def replace_hash(self, user_id: str, old_hash: str, new_hash: str) -> None:
        await self._execute("replace_hash", (user_id, old_hash, new_hash))

    async def remove_user(self, user_id: str, note: AuditNote) -> None:
        def remove(connection: Connection) -> None:
            connection.execute(connection.sql.people["delete_sessions_of_user"], (user_id,))
            connection.execute(connection.sql.people["delete_views_of_user"], (user_id,))
            connection.execute(connection.sql.people["delete_user"], (user_id,))
            if not connection.changes():
                raise _unknown(user_id)
            keep_note(connection, note)

        await self._change(remove)

    async def begin_session(
        self, session: LoginSession, password_hash: str, bounds: SessionBounds, note: AuditNote
    ) -> bool:
        now = session.created_at
        columns = (session.sha256, session.user_id, session.csrf_key, now, session.last_used_at)

        def begin(connection: Connection) -> bool:
            connection.execute(connection.sql.people["note_login"], (now, session.user_id, password_hash))
            if not connection.changes():
                return False
            connection.execute(
                connection.sql.people["delete_sessions_that_are_over"], (now - bounds.idle_ms, now - bounds.absolute_ms)
            )
            connection.execute(connection.sql.people["add_session"], columns)
            connection.execute(
                connection.sql.people["delete_oldest_sessions"], (session.user_id, session.sha256, bounds.count_max)
            )
            keep_note(connection, note)
            return True

        return await self._change(begin)

    async def session(self, sha256: bytes) -> tuple[LoginSession, User] | None:
        def read(connection: Connection) -> tuple[LoginSession, User] | None:
            row = connection.execute(connection.sql.people["session"], (sha256,)).fetchone()
            return None if row is None else (LoginSession(*row[:_SESSION_COLUMNS]), User(*row[_SESSION_COLUMNS:]))

        return await self._readers.run(read)

    async def touch_session(self, sha256: bytes, used_at: int) -> None:
        await self._execute("touch_session", (sha256, used_at))

    async def end_session(self, sha256: bytes) -> None:
        await self._execute("delete_session", (sha256,))

    async def end_sessions(self, user_id: str) -> None:
        await self._execute("delete_sessions_of_user", (user_id,))

    async def write_note(self, note: AuditNote) -> None:
        await self._change(lambda connection: keep_note(connection, note))

    async def notes(self, tenant: str | None, before_id: int | None, row_count_max: int) -> list[AuditRow]:
        query = "notes" if tenant is None else "notes_of_tenant"
        bindings = (before_id, row_count_max) if tenant is None else (before_id, row_count_max, tenant)

        def read(connection: Connection) -> list[AuditRow]:
            rows = connection.execute(connection.sql.people[query], bindings)
            return [
                AuditRow(number, AuditNote(at, who, whose, what, about, json.loads(detail)))
                for number, at, who, whose, what, about, detail in rows
            ]

        return await self._readers.run(read)

    async def _execute(self, query: str, bindings: tuple[Any, ...]) -> None:
        def execute(connection: Connection) -> None:
            connection.execute(connection.sql.people[query], bindings)

        await self._change(execute)

    async def _change(self, change: Callable[[Connection], Result]) -> Result:
        return await write_registry(self._writer, change)


def keep_note(connection: Connection, note: AuditNote) -> None:
    """Write a line of the audit within a transaction; some that grew old leave with it."""
    detail = json.dumps(dict(note.detail), ensure_ascii=False, separators=(",", ":"))
    connection.execute(
        connection.sql.people["add_note"], (note.at, note.who, note.tenant, note.what, note.object, detail)
    )
    connection.execute(connection.sql.people["delete_old_notes"], (note.at - AUDIT_MS, _OLD_NOTES_AT_ONCE_MAX))


def _unknown(user_id: str) -> NotFoundError:
    return NotFoundError(f"there is no user '{user_id}'; list them with 'afterchat users list'")
