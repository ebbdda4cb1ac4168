"""The journal over SQLite: events of sessions, and what follows from them for the outbox, in one transaction.

Rules
- One connection writes sender.db; the outbox writes through the same one.
- On return of `commit` everything of it is on disk (synchronous=FULL); when it raises, nothing of it is.
- Totals are kept in the transaction that changes them, because counting millions of events takes seconds.
- What is to be forgotten is looked for by a reader and looked at again by the writer, which never scans.

What does not belong here: what an event means (`engine`), and what becomes of an entry (`outbox`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from afterchat.store.sending import JournalBatch, JournalEvent, NewPush, SessionMark, StoredSession
from afterchat.store.sql.compression import Compressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.entry_rows import create_entry, line_of, rows_of, writable
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.writer import Writer

__all__ = ["JournalRows", "SqlJournal", "commit_sender_canary"]

_COUNTS = ("sessions", "open_sessions", "events", "last_event_number", "pushes")
_NUMBER_MAX = 2**63 - 1


def commit_sender_canary(connection: Connection) -> None:
    """A write of no meaning: it makes the log, so that its name can be made durable."""
    connection.execute(connection.sql.journal["sender_canary"])


class JournalRows:
    """One batch on its way into the tables, and what it adds to the totals."""

    def __init__(self, connection: Connection, compressor: Compressor, committed_at: int) -> None:
        self.connection = connection
        self._sql = connection.sql.journal
        self._compressor = compressor
        self._committed_at = committed_at
        self._sessions = self._open_sessions = self._events = self._pushes = self._entries = 0
        self._last_event_number = 0

    def add_session(self, mark: SessionMark, events: Sequence[JournalEvent]) -> None:
        session_id = self._put_mark(mark)
        numbers = self.put_events(session_id, events)
        if numbers:
            self._events += len(numbers)
            self._last_event_number = numbers[-1]

    def put_events(self, session_id: int, events: Sequence[JournalEvent]) -> list[int]:
        """Keep events of a session; the numbers of those that it did not have, ascending."""
        numbers = []
        for event in events:
            self.connection.execute(self._sql["insert_event"], (session_id, *event))
            if self.connection.changes():
                numbers.append(self.connection.last_insert_rowid())
        return numbers

    def add_push(self, push: NewPush) -> int:
        dictionary_id, stored = self._compressor.compress(push.body)
        self.connection.execute(
            self._sql["insert_push"],
            (push.tenant, push.session, push.event_type, push.created_at, push.sha256, len(push.body), dictionary_id,
             stored),
        )  # fmt: skip
        push_id = self.connection.last_insert_rowid()
        self._pushes += 1
        line = line_of(push.session, push.event_type)
        for endpoint_id in push.endpoint_ids:
            self._entries += create_entry(
                self.connection, endpoint_id, push_id, line, self._committed_at, push.created_at
            )
        return push_id

    def tally(self) -> None:
        totals = (
            self._sessions, self._open_sessions, self._events, self._last_event_number, self._pushes, self._entries
        )  # fmt: skip
        if any(totals):
            self.connection.execute(self._sql["add_to_tally"], totals)

    def _put_mark(self, mark: SessionMark) -> int:
        tenant, session, *columns = mark
        found = self.connection.execute(self._sql["find_session"], (tenant, session)).fetchone()
        is_open = mark.ended_at is None
        if found is None:
            self.connection.execute(self._sql["insert_session"], (*columns, tenant, session))
            self._sessions += 1
            self._open_sessions += is_open
            return self.connection.last_insert_rowid()
        session_id: int = found[0]
        self.connection.execute(self._sql["update_session"], (*columns, session_id))
        self._open_sessions += is_open - found[1]
        return session_id


class SqlJournal:
    """See `sending.Journal`. `writer` and `compressor` are None where another process writes this journal.

    `own_readers` answer the tracker alone, so that people who read hold up no event.
    """

    rows_of_batch: type[JournalRows] = JournalRows
    """What writes a batch."""

    def __init__(
        self, readers: Readers, own_readers: Readers, writer: Writer | None, compressor: Compressor | None
    ) -> None:
        self._readers = readers
        self._own_readers = own_readers
        self._writer = writer
        self._compressor = compressor

    async def commit(self, batch: JournalBatch) -> list[int]:
        writer, compressor = writable(self._writer), self._compressor
        assert compressor is not None, "whoever writes sender.db has a compressor"

        def commit(connection: Connection) -> list[int]:
            written = self.rows_of_batch(connection, compressor, batch.committed_at)
            for mark, events in batch.sessions:
                written.add_session(mark, events)
            ids = [written.add_push(push) for push in batch.pushes]
            written.tally()
            return ids

        return await writer.run(commit)

    async def load(self, tenant: str, session: int) -> StoredSession | None:
        if abs(session) > _NUMBER_MAX:
            return None

        def read(connection: Connection) -> StoredSession | None:
            row = connection.execute(connection.sql.journal["stored_session"], (tenant, session)).fetchone()
            if row is None:
                return None
            events = connection.execute(connection.sql.journal["events_of_session"], (row[0],))
            return StoredSession(SessionMark(*row[1:]), tuple(JournalEvent(*event) for event in events))

        return await self._own_readers.run(read)

    async def due(self, until: int, until_of_tenant: Mapping[str, int], row_count_max: int) -> list[SessionMark]:
        latest = max((until, *until_of_tenant.values()))
        bindings = (latest, msgspec.json.encode(until_of_tenant).decode(), until, row_count_max)

        def read(connection: Connection) -> list[SessionMark]:
            return [SessionMark(*row) for row in connection.execute(connection.sql.journal["due_sessions"], bindings)]

        return await self._own_readers.run(read)

    async def next_due_at(self) -> int | None:
        def read(connection: Connection) -> int | None:
            earliest: int | None = connection.execute(connection.sql.journal["earliest_timer"]).get
            return earliest

        return await self._own_readers.run(read)

    async def latest(
        self, tenant: str | None, before: int | None, row_count_max: int
    ) -> list[tuple[int, str, int, JournalEvent]]:
        bindings = (_NUMBER_MAX if before is None else before, tenant, row_count_max)

        def read(connection: Connection) -> list[tuple[int, str, int, JournalEvent]]:
            rows = connection.execute(connection.sql.journal["latest_events"], bindings)
            return [(number, tenant_, session, JournalEvent(*event)) for number, tenant_, session, *event in rows]

        return await self._readers.run(read)

    async def purge(self, before: int, row_count_max: int) -> list[tuple[str, int]]:
        writer = writable(self._writer)

        def find(connection: Connection) -> list[int]:
            return [
                id_ for (id_,) in connection.execute(connection.sql.journal["sessions_over"], (before, row_count_max))
            ]

        found = await self._own_readers.run(find)

        def forget(connection: Connection) -> list[tuple[str, int]]:
            forgotten: list[tuple[str, int]] = []
            open_count = event_count = 0
            for id_ in found:
                for tenant, session, ended_at in rows_of(
                    connection, connection.sql.journal["forget_session"], (id_, before)
                ):
                    forgotten.append((tenant, session))
                    open_count += ended_at is None
                    connection.execute(connection.sql.journal["forget_events"], (id_,))
                    event_count += connection.changes()
            connection.execute(
                connection.sql.journal["take_sessions_from_tally"], (len(forgotten), open_count, event_count)
            )
            return forgotten

        return await writer.run(forget) if found else []

    async def counts(self) -> dict[str, int]:
        def read(connection: Connection) -> dict[str, int]:
            return dict(zip(_COUNTS, next(connection.execute(connection.sql.journal["journal_counts"])), strict=True))

        return await self._readers.run(read)
