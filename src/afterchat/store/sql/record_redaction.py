"""Rows of records.db written anew from pushes that were blanked, through the projector's own writer.

A blanked push is the same revision with the same rank, so only the fields of a current record change.

What does not belong here: which revision is the current one (`projection_rows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from afterchat.contract.personal import PERSONAL, Personal
from afterchat.errors import StoreUnavailableError
from afterchat.store.ports import Projected, Unreadable
from afterchat.store.redaction import Age
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.push_rows import storable
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.session_rows import FIELD_NAMES, session_columns
from afterchat.store.sql.writer import Writer

__all__ = ["SqlRecordRedaction"]

_REWRITTEN = ("problems", *FIELD_NAMES)
_PERSONAL_COLUMNS = ", ".join(PERSONAL)
_BLANK = (0, "", "[]")
_PROBLEMS = 7
"""Where these begin among all columns."""
_ASSIGNMENTS = ", ".join(f"{name} = ?" for name in _REWRITTEN)


class SqlRecordRedaction:
    """See `redaction.RecordRedaction`. `writer` is None where another process writes these records."""

    def __init__(self, readers: Readers, writer: Writer | None) -> None:
        self._readers = readers
        self._writer = writer

    async def rewrite(self, sessions: Sequence[Projected], unreadable: Sequence[Unreadable]) -> int:
        def rewrite(connection: Connection) -> int:
            count = sum(_rewrite(connection, projected) for projected in sessions)
            for one in unreadable:
                connection.execute(
                    connection.sql.record_redaction["rewrite_unreadable"], (storable(one.reason), one.inbox_id)
                )
                count += connection.changes()
            return count

        return await self._for_writing().run(rewrite)

    async def blank_drift(self, notes: Sequence[tuple[str, str, str]]) -> int:
        def blank(connection: Connection) -> int:
            count = 0
            for note in notes:
                connection.execute(connection.sql.record_redaction["blank_drift"], note)
                count += connection.changes()
            return count

        return await self._for_writing().run(blank)

    async def aged_left(self, age: Age, after: int, through: int, row_count_max: int) -> tuple[list[int], int]:
        def read(connection: Connection) -> tuple[list[int], int]:
            to_age = connection.sql.record_redaction["records_to_age"].format(columns=_PERSONAL_COLUMNS)
            rows: list[Any] = connection.execute(to_age, (after, through, row_count_max)).fetchall()
            left = [row[0] for row in rows if _has_too_much(age, row[1:])]
            reached = rows[-1][0] if len(rows) == row_count_max else through
            # What cannot be read of a push may be said in other words when less of it is left.
            left += [
                row[0]
                for row in connection.execute(connection.sql.record_redaction["unreadable_to_age"], (after, reached))
            ]
            return left, reached

        return await self._readers.run(read)

    async def begin_anew(self) -> None:
        def begin(connection: Connection) -> None:
            connection.execute(connection.sql.record_redaction["forget_openings"])
            connection.execute(connection.sql.records["note_opening"])

        await self._for_writing().run(begin)

    async def compact(self) -> None:
        await self._for_writing().run_between(lambda connection: connection.compact())

    async def fold_log(self) -> bool:
        return await self._for_writing().run_between(lambda connection: connection.fold_log())

    def _for_writing(self) -> Writer:
        if self._writer is None:
            raise StoreUnavailableError(
                "records.db was opened for reading only; open the store for writing the records"
            )
        return self._writer


def _has_too_much(age: Age, values: Sequence[Any]) -> bool:
    if age is Age.PERSONAL:
        return any(value not in _BLANK for value in values)
    named = list(zip(PERSONAL.values(), values, strict=True))
    has_address = any(value for kind, value in named if kind is Personal.ADDRESS)
    return has_address or any("?" in page or "#" in page for kind, page in named if kind is Personal.PAGE)


def _rewrite(connection: Connection, projected: Projected) -> int:
    """1 when that push is the current revision of its session and stands there anew."""
    found = connection.execute(connection.sql.record_redaction["had_problems"], (projected.inbox_id,)).fetchone()
    if found is None:
        return 0
    columns = session_columns(projected, 0, projected.signed_at, 1, 0)
    values = columns[_PROBLEMS : _PROBLEMS + len(_REWRITTEN)]
    rewrite = connection.sql.record_redaction["rewrite_session"].format(assignments=_ASSIGNMENTS)
    connection.execute(rewrite, (*values, projected.inbox_id, storable(projected.tenant)))
    connection.execute(connection.sql.record_redaction["count_rewriting"], (bool(projected.problems) - found[0],))
    return 1
