"""The inbox over SQLite: every authentic push, appended in groups, never changed.

Rules
- One connection appends; ids grow in the order of commits and have no gaps.
- On return of `append_all` every push of it is on disk (synchronous=FULL); when it raises, nothing may be acknowledged.
- After an error the inbox is ill and takes nothing until `recover` has reopened it and committed a canary.

What does not belong here: judging a push, and the bytes of its row (`push_rows`).
"""

from __future__ import annotations

from collections.abc import Sequence

from afterchat.errors import StoreUnavailableError
from afterchat.store.ports import Arrival, InboxRow, Outcome, Repeat
from afterchat.store.sql.connection import Connection, Value
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.push_rows import PushWriter, inbox_row, to_inbox_row
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.writer import Writer

__all__ = ["SqlInbox", "commit_canary"]

_ID_MAX = 2**63 - 1
_PAGE_BYTES_MAX = 16 * 1024 * 1024
"""Bodies may be 256 KiB each; ordinary pages of 1,000 hold 1.6 MB."""


def commit_canary(connection: Connection) -> None:
    """A write of no meaning, for a transaction that shows whether the disk takes writes."""
    connection.execute(connection.sql.inbox["commit_canary"])


class SqlInbox:
    """See `ports.Inbox`. `writer` and `push_writer` are None where another process writes this inbox."""

    def __init__(
        self,
        readers: Readers,
        writer: Writer | None,
        push_writer: PushWriter | None,
        *,
        commit_mode: str,
        sync_seconds: float,
    ) -> None:
        self._readers = readers
        self._writer = writer
        self._push_writer = push_writer
        self.commit_mode = commit_mode
        """`inline` or `thread`, as chosen at opening; empty where this process does not write."""
        self.sync_seconds = sync_seconds
        """Median time of a sync on the store's disk when it was opened; 0 where it was not measured."""

    async def append_all(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        writer, push_writer = self._writer, self._push_writer
        if writer is None or push_writer is None:
            raise StoreUnavailableError("inbox.db was opened for reading only; open the store for writing the inbox")
        if not arrivals:
            return []

        def append(connection: Connection) -> list[Outcome]:
            push_writer.names.begin()
            return push_writer.write_all(connection, arrivals)

        return await writer.run(append, push_writer.names.keep)

    async def recover(self) -> None:
        if self._writer is None:
            raise StoreUnavailableError("inbox.db was opened for reading only; open the store for writing the inbox")
        await self._writer.recover(commit_canary)

    async def read_after(self, inbox_id: int, row_count_max: int) -> list[InboxRow]:
        """As promised by the port; a row whose body is damaged comes with an empty body, so that it stops nobody."""
        return await self._readers.run(lambda connection: _rows(connection, "pushes_after", (inbox_id, row_count_max)))

    async def repeats_after(self, repeat_id: int, row_count_max: int) -> list[Repeat]:
        def read(connection: Connection) -> list[Repeat]:
            return [
                Repeat(*row)
                for row in connection.execute(connection.sql.inbox["repeats_after"], (repeat_id, row_count_max))
            ]

        return await self._readers.run(read)

    async def get(self, inbox_id: int) -> InboxRow | None:
        """As promised by the port; raises StoreUnavailableError when the body is damaged, rather than show another."""

        def read(connection: Connection) -> InboxRow | None:
            columns = connection.execute(connection.sql.inbox["push_by_id"], (inbox_id,)).fetchone()
            if columns is None:
                return None
            row = to_inbox_row(columns, decompressor_of(connection, "inbox"))
            if row is None:
                raise StoreUnavailableError(
                    f"inbox.db: the body of push {inbox_id} is damaged; run 'afterchat store check'"
                )
            return row

        return await self._readers.run(read)

    async def latest(self, tenant: str | None, before_id: int | None, row_count_max: int) -> list[InboxRow]:
        """As promised by the port; a damaged body comes empty, as in `read_after`."""
        bindings = (_ID_MAX if before_id is None else before_id, tenant, row_count_max)
        return await self._readers.run(lambda connection: _rows(connection, "latest_pushes", bindings))

    async def counts(self) -> dict[str, int]:
        def read(connection: Connection) -> dict[str, int]:
            pushes, repeats, quarantined, last_repeat_id = next(connection.execute(connection.sql.inbox["counts"]))
            return {
                "pushes": pushes,
                "repeats": repeats,
                "quarantined": quarantined,
                "last_inbox_id": pushes,
                "last_repeat_id": last_repeat_id,
            }

        return await self._readers.run(read)


def _rows(connection: Connection, query: str, bindings: tuple[Value, ...]) -> list[InboxRow]:
    """Rows of one page, cut short when their bodies reach _PAGE_BYTES_MAX; at least one when there is one."""
    decompressor = decompressor_of(connection, "inbox")
    rows: list[InboxRow] = []
    page_bytes = 0
    for columns in connection.execute(connection.sql.inbox[query], bindings):
        row = to_inbox_row(columns, decompressor) or inbox_row(columns, b"")
        rows.append(row)
        page_bytes += len(row.body)
        if page_bytes >= _PAGE_BYTES_MAX:
            break
    return rows
