"""The quarantine over SQLite: refused pushes for the operator's eyes, in the inbox's file and through its writer.

Rules
- Bounded twice, by rows and by stored bytes: strangers fill it.
- Releasing writes the inbox row and the mark in one transaction; a second release changes nothing.

What does not belong here: deciding what is worth keeping (`receiver`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from afterchat.errors import CallerError, NotFoundError, StoreUnavailableError
from afterchat.store.ports import Arrival, Outcome, QuarantinedPush, Quarantining
from afterchat.store.sql.compression import Decompressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.push_rows import PushWriter, storable
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.row_digest import row_digest
from afterchat.store.sql.writer import Writer

__all__ = ["QUARANTINE_BYTES_MAX", "SqlQuarantine", "refused_digest"]

QUARANTINE_BYTES_MAX = 128 * 1024 * 1024
"""Stored bytes of all bodies; 10,000 rows of the largest body would be twenty times that."""

_ID_MAX = 2**63 - 1


def refused_digest(push: Quarantining, dictionary_id: int, stored: bytes) -> bytes:
    """The digest of a row of `quarantine`: all its columns but its id and `released_at`, which come later."""
    numbers = (push.refused_at, push.signed_at, int(push.authentic), len(push.body), dictionary_id)
    texts = (push.tenant, push.reason, push.cause, push.query, push.event_type)
    return row_digest(numbers, texts, push.sha256, stored)


class SqlQuarantine:
    """See `ports.Quarantine`. `writer` and `push_writer` are the inbox's; None where another process writes it."""

    def __init__(
        self,
        readers: Readers,
        writer: Writer | None,
        push_writer: PushWriter | None,
        *,
        rows_max: int,
        bytes_max: int = QUARANTINE_BYTES_MAX,
    ) -> None:
        self._readers = readers
        self._writer = writer
        self._push_writer = push_writer
        self._rows_max = rows_max
        self._bytes_max = bytes_max

    async def put_all(self, pushes: Sequence[Quarantining]) -> None:
        writer, push_writer = self._for_writing()
        if not pushes:
            return

        def put(connection: Connection) -> None:
            push_writer.names.begin()
            for push in pushes:
                _insert(connection, push_writer, push)
            connection.execute(connection.sql.quarantine["drop_beyond_rows"], (self._rows_max,))
            if connection.execute(connection.sql.quarantine["stored_bytes"]).get > self._bytes_max:
                connection.execute(connection.sql.quarantine["drop_beyond_bytes"], (self._bytes_max,))

        await writer.run(put, push_writer.names.keep)

    async def latest(self, tenant: str | None, before_id: int | None, row_count_max: int) -> list[QuarantinedPush]:
        """As promised by the port; a damaged body comes empty."""
        bindings = (_ID_MAX if before_id is None else before_id, tenant, row_count_max)

        def read(connection: Connection) -> list[QuarantinedPush]:
            decompressor = decompressor_of(connection, "inbox")
            rows = connection.execute(connection.sql.quarantine["latest_refused"], bindings)
            return [_to_push(columns, decompressor) or _without_body(columns) for columns in rows]

        return await self._readers.run(read)

    async def get(self, quarantine_id: int) -> QuarantinedPush | None:
        """As promised by the port; raises StoreUnavailableError when the body is damaged."""
        return await self._readers.run(lambda connection: _find(connection, quarantine_id))

    async def release(self, quarantine_id: int, released_at: int) -> Outcome:
        """As promised by the port. One that was released before is DUPLICATE, and nothing changes.

        The new inbox row arrived when the push was refused, and names neither a key nor a scheme.
        """
        writer, push_writer = self._for_writing()

        def release(connection: Connection) -> Outcome:
            push_writer.names.begin()
            found = _find(connection, quarantine_id)
            if found is None:
                raise NotFoundError(f"there is no quarantined push {quarantine_id}; it may have left, list them again")
            push = found.push
            if not push.authentic or push.signed_at is None:
                raise CallerError(
                    f"quarantined push {quarantine_id} cannot be released: its signature never verified; "
                    "mend the cause and have it sent again"
                )
            if found.released_at is not None:
                return Outcome.DUPLICATE
            connection.execute(connection.sql.quarantine["mark_released"], (released_at, quarantine_id))
            arrival = Arrival(
                push.tenant, push.event_type, push.signed_at, push.refused_at, "", "", push.sha256, push.body
            )
            return push_writer.write_all(connection, [arrival])[0]

        return await writer.run(release, push_writer.names.keep)

    def _for_writing(self) -> tuple[Writer, PushWriter]:
        if self._writer is None or self._push_writer is None:
            raise StoreUnavailableError("inbox.db was opened for reading only; open the store for writing the inbox")
        return self._writer, self._push_writer


def _insert(connection: Connection, push_writer: PushWriter, push: Quarantining) -> None:
    kept = push._replace(
        tenant=storable(push.tenant),
        reason=storable(push.reason),
        cause=storable(push.cause),
        query=storable(push.query),
        event_type=storable(push.event_type),
    )
    dictionary_id, stored = push_writer.compressor.compress(kept.body)
    tenant_id = push_writer.names.number(connection, kept.tenant)
    connection.execute(
        connection.sql.quarantine["insert_refused"],
        (tenant_id, kept.refused_at, kept.reason, kept.cause, kept.query, kept.event_type, kept.signed_at,
         int(kept.authentic), len(kept.body), len(stored), dictionary_id, kept.sha256,
         refused_digest(kept, dictionary_id, stored), stored),
    )  # fmt: skip


def _find(connection: Connection, quarantine_id: int) -> QuarantinedPush | None:
    columns = connection.execute(connection.sql.quarantine["refused_by_id"], (quarantine_id,)).fetchone()
    if columns is None:
        return None
    found = _to_push(columns, decompressor_of(connection, "inbox"))
    if found is None:
        raise StoreUnavailableError(
            f"inbox.db: the body of quarantined push {quarantine_id} is damaged; run 'afterchat store check'"
        )
    return found


def _to_push(columns: Sequence[Any], decompressor: Decompressor) -> QuarantinedPush | None:
    body = decompressor.decompress(columns[10], columns[12], columns[11])
    if body is None:
        return None
    whole = _without_body(columns)
    return whole._replace(push=whole.push._replace(body=body))


def _without_body(columns: Sequence[Any]) -> QuarantinedPush:
    push = Quarantining._make((*columns[1:8], bool(columns[8]), columns[9], b""))
    return QuarantinedPush(columns[0], push, columns[13])
