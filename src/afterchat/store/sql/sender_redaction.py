"""Blanking events, pushes and answers of sender.db in place, through the sender's own writer.

A push of the sender's has no identity on the wire, so its sha256 becomes that of what is left: what is still to be
delivered, or is delivered again, goes out without what was blanked.

What does not belong here: sessions that the tracker holds in memory (`sender.tracker`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from afterchat.store.redaction import Blank, SentBody
from afterchat.store.sending import JournalEvent
from afterchat.store.sql.compression import Compressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.entry_rows import body_of, rows_of, writable
from afterchat.store.sql.fitting import fitted
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.writer import Writer

__all__ = ["SqlSenderRedaction"]


class SqlSenderRedaction:
    """See `redaction.SenderRedaction`. `writer` and `compressor` are None where another process writes sender.db."""

    def __init__(self, readers: Readers, writer: Writer | None, compressor: Compressor | None) -> None:
        self._readers = readers
        self._writer = writer
        self._compressor = compressor

    async def sent_after(self, push_id: int, row_count_max: int) -> list[SentBody]:
        def read(connection: Connection) -> list[SentBody]:
            decompressor = decompressor_of(connection, "sender")
            return [
                SentBody(id_, tenant, session, body_of(decompressor, sha256, *stored) or b"")
                for id_, tenant, session, sha256, *stored in connection.execute(
                    connection.sql.sender_redaction["sent_after"], (push_id, row_count_max)
                )
            ]

        return await self._readers.run(read)

    async def events_after(self, number: int, row_count_max: int) -> list[tuple[int, str, int, JournalEvent]]:
        def read(connection: Connection) -> list[tuple[int, str, int, JournalEvent]]:
            rows = connection.execute(connection.sql.sender_redaction["events_after"], (number, row_count_max))
            return [(number_, tenant, session, JournalEvent(*event)) for number_, tenant, session, *event in rows]

        return await self._readers.run(read)

    async def blank_session(self, tenant: str, session: int, blank_event: Blank, blank_push: Blank) -> int:
        """As promised by the port; one session is one transaction."""

        def blank(connection: Connection) -> int:
            events = rows_of(connection, connection.sql.sender_redaction["events_to_blank"], (tenant, session))
            pushes = rows_of(connection, connection.sql.sender_redaction["sent_to_blank"], (session, tenant))
            count = sum(_blank_event(connection, number, body, blank_event) for number, body in events)
            count += sum(self._blank_sent(connection, push, blank_push) for push in pushes)
            for push in pushes:
                connection.execute(connection.sql.sender_redaction["blank_answers"], (push[0],))
                count += connection.changes()
            return count

        return await writable(self._writer).run(blank)

    async def fold_log(self) -> bool:
        return await writable(self._writer).run_between(lambda connection: connection.fold_log())

    def _blank_sent(self, connection: Connection, push: Sequence[Any], blank: Blank) -> int:
        id_, sha256, dictionary_id, body_bytes, stored = push
        body = body_of(decompressor_of(connection, "sender"), sha256, dictionary_id, body_bytes, stored)
        left = None if body is None else blank(body)
        if body is None or left is None or left.rstrip(b" ") == body.rstrip(b" "):
            return 0
        assert self._compressor is not None, "whoever writes sender.db has a compressor"
        new = fitted(self._compressor, left, dictionary_id, len(stored))
        values = (hashlib.sha256(new.body).digest(), new.dictionary_id, len(new.body), new.stored, id_, sha256)
        connection.execute(connection.sql.sender_redaction["blank_sent"], values)
        return connection.changes()


def _blank_event(connection: Connection, number: int, body: bytes, blank: Blank) -> int:
    left = blank(body)
    if left.rstrip(b" ") == body.rstrip(b" "):
        return 0
    connection.execute(connection.sql.sender_redaction["blank_event"], (left.ljust(len(body)), number, body))
    return connection.changes()
