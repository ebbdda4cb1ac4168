"""Blanking bodies of inbox.db in place, through the inbox's own writer.

    ids -> a reader looks and compresses -> the writer overwrites, if the row is still what the reader saw

Rules
- The writer compresses nothing and looks for nothing: PORTION_ROWS updates take about a millisecond.
- A row is overwritten only while it has the digest that was read, so two who blank the same row do not mix.
- Identity, locality, moments and signature stay; the row is sealed anew, and `redaction` says what its body is now.

What does not belong here: retention and erasure as wishes (`server`), what is blanked (`contract.redaction`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from afterchat.errors import StoreUnavailableError
from afterchat.store.ports import Quarantining
from afterchat.store.redaction import Age, Blank
from afterchat.store.sql.compression import Compressor, Decompressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.fitting import Fitted, fitted
from afterchat.store.sql.push_rows import push_digest
from afterchat.store.sql.quarantine import refused_digest
from afterchat.store.sql.readers import Readers
from afterchat.store.sql.writer import Writer

__all__ = ["PORTION_ROWS", "SqlInboxRedaction"]

PORTION_ROWS = 50
"""Of one transaction."""


_CURSORS = {Age.NETWORK: "network_through", Age.PERSONAL: "personal_through"}
"""Where it is remembered how far each came."""


class _Overwriting(NamedTuple):
    """One row that is to be overwritten: the statement's values, and what the body is then."""

    id: int
    values: tuple[Any, ...]
    sha256: bytes


class SqlInboxRedaction:
    """See `redaction.InboxRedaction`. `writer` and `compressor` are None where another process writes the inbox."""

    def __init__(self, readers: Readers, writer: Writer | None, compressor: Compressor | None) -> None:
        self._readers = readers
        self._writer = writer
        self._compressor = compressor

    async def blank_pushes(self, ids: Sequence[int], blank: Blank, at: int) -> int:
        count = 0
        for start in range(0, len(ids), PORTION_ROWS):
            portion = ids[start : start + PORTION_ROWS]

            def look(connection: Connection, portion: Sequence[int] = portion) -> list[_Overwriting]:
                rows = [
                    connection.execute(connection.sql.inbox_redaction["push_to_blank"], (id_,)).fetchone()
                    for id_ in portion
                ]
                return self._pushes(connection, [row for row in rows if row is not None], blank)

            count += await self._overwrite(await self._readers.run(look), at, is_erased=True)
        return count

    async def blank_refused(self, ids: Sequence[int], blank: Blank) -> int:
        count = 0
        for start in range(0, len(ids), PORTION_ROWS):
            portion = ids[start : start + PORTION_ROWS]

            def look(connection: Connection, portion: Sequence[int] = portion) -> list[_Overwriting]:
                rows = [
                    connection.execute(connection.sql.inbox_redaction["refused_to_blank"], (id_,)).fetchone()
                    for id_ in portion
                ]
                return self._refused(connection, [row for row in rows if row is not None], blank)

            found = await self._readers.run(look)

            def overwrite(connection: Connection, found: Sequence[_Overwriting] = found) -> int:
                return sum(_changed(connection, "blank_refused", one) for one in found)

            count += await self._for_writing().run(overwrite)
        return count

    async def blank_older(self, age: Age, before: int, row_count_max: int, blank: Blank, at: int) -> int:
        """As promised by the port; at most PORTION_ROWS at a time."""

        def look(connection: Connection) -> tuple[int, int, list[_Overwriting]]:
            rows = []
            for row in connection.execute(
                connection.sql.inbox_redaction["pushes_to_age"].format(cursor=_CURSORS[age]),
                (min(row_count_max, PORTION_ROWS),),
            ):
                if row[7] >= before:
                    break
                rows.append(row)
            return len(rows), rows[-1][0] if rows else 0, self._pushes(connection, rows, blank)

        count, through, found = await self._readers.run(look)
        if count:
            await self._overwrite(found, at, is_erased=age is Age.PERSONAL, through=(_CURSORS[age], through))
        return count

    async def blanked_through(self) -> dict[Age, int]:
        def read(connection: Connection) -> dict[Age, int]:
            return dict(
                zip(_CURSORS, next(connection.execute(connection.sql.inbox_redaction["aged_through"])), strict=True)
            )

        return await self._readers.run(read)

    async def drop_refused(self, before: int, row_count_max: int) -> int:
        def drop(connection: Connection) -> int:
            connection.execute(connection.sql.inbox_redaction["drop_refused"], (before, row_count_max))
            return connection.changes()

        return await self._for_writing().run(drop)

    async def fold_log(self) -> bool:
        return await self._for_writing().run_between(lambda connection: connection.fold_log())

    async def _overwrite(
        self, found: Sequence[_Overwriting], at: int, *, is_erased: bool, through: tuple[str, int] | None = None
    ) -> int:
        def overwrite(connection: Connection) -> int:
            count = 0
            for one in found:
                if _changed(connection, "blank_push", one):
                    connection.execute(
                        connection.sql.inbox_redaction["note_redaction"], (one.id, at, int(is_erased), one.sha256)
                    )
                    count += 1
            if through is not None:
                cursor, inbox_id = through
                connection.execute(connection.sql.inbox_redaction["age_through"].format(cursor=cursor), (inbox_id,))
            return count

        return await self._for_writing().run(overwrite) if found or through is not None else 0

    def _pushes(self, connection: Connection, rows: Sequence[Any], blank: Blank) -> list[_Overwriting]:
        texts = _Texts(connection)
        decompressor = decompressor_of(connection, "inbox")
        found = []
        for row in rows:
            id_, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at = row[:8]
            body_bytes, dictionary_id, sha256, old_digest, stored = row[8:]
            new = self._blanked(decompressor, dictionary_id, stored, body_bytes, blank)
            if new is None:
                continue
            labels = [texts[number] for number in (tenant_id, event_type_id, key_id, scheme_id)]
            digest = push_digest(
                id_, locality, signed_at, arrived_at, len(new.body), new.dictionary_id, labels, sha256, new.stored
            )
            values = (len(new.body), new.dictionary_id, digest, new.stored, id_, old_digest)
            found.append(_Overwriting(id_, values, hashlib.sha256(new.body).digest()))
        return found

    def _refused(self, connection: Connection, rows: Sequence[Any], blank: Blank) -> list[_Overwriting]:
        texts = _Texts(connection)
        decompressor = decompressor_of(connection, "inbox")
        found = []
        for row in rows:
            dictionary_id, body_bytes, stored, old_digest = row[10:14]
            new = self._blanked(decompressor, dictionary_id, stored, body_bytes, blank)
            if new is None:
                continue
            sha256 = hashlib.sha256(new.body).digest()
            push = Quarantining._make((texts[row[1]], *row[2:8], bool(row[8]), sha256, new.body))
            digest = refused_digest(push, new.dictionary_id, new.stored)
            values = (len(new.body), len(new.stored), new.dictionary_id, sha256, digest, new.stored, row[0], old_digest)
            found.append(_Overwriting(row[0], values, sha256))
        return found

    def _blanked(
        self, decompressor: Decompressor, dictionary_id: int, stored: bytes, body_bytes: int, blank: Blank
    ) -> Fitted | None:
        """What to write in the place of a body; None when there is nothing to blank in it."""
        body = decompressor.decompress(dictionary_id, stored, body_bytes)
        if body is None or self._compressor is None:
            return None
        left = blank(body)
        if left.rstrip(b" ") == body.rstrip(b" "):
            return None
        return fitted(self._compressor, left, dictionary_id, len(stored))

    def _for_writing(self) -> Writer:
        if self._writer is None:
            raise StoreUnavailableError("inbox.db was opened for reading only; open the store for writing the inbox")
        return self._writer


class _Texts(dict[int, str]):
    """Texts behind small numbers, each asked for once."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, number: int) -> str:
        text: str = self._connection.execute(self._connection.sql.inbox_redaction["text_of_name"], (number,)).get or ""
        self[number] = text
        return text


def _changed(connection: Connection, query: str, one: _Overwriting) -> bool:
    connection.execute(connection.sql.inbox_redaction[query], one.values)
    return bool(connection.changes())
