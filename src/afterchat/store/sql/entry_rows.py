"""Rows of the outbox: a push with its body, its entries, and the lines that the entries of one session stand in.

Shared by the journal, which makes entries, and the outbox, which moves them.

Rules
- A session has two lines at each endpoint: one for the versions of its record, one for everything else.
  No record waits for an announcement that an endpoint does not take.
- Of the open entries of a line and endpoint only the one of the earliest push is waiting or leased; the rest stand
  behind it. Whoever opens or settles an entry calls `line_up` or `let_first_wait` in the same transaction.
- How many entries are in which state is counted by triggers, so no statement can move one past the count.
- What follows another entry of its line is due in a later second than that in which the other was settled: receivers
  rank the versions of a session by the second of their signature.
- A body is given out only if it is what was committed, by its sha256.

What does not belong here: transactions, and deciding what becomes of an entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from afterchat.contract.push import SESSION_END_DATA
from afterchat.errors import StoreUnavailableError
from afterchat.store.sql.compression import Decompressor
from afterchat.store.sql.connection import Connection
from afterchat.store.sql.writer import Writer

__all__ = ["body_of", "create_entry", "let_first_wait", "line_of", "line_up", "next_second", "rows_of", "writable"]


def writable(writer: Writer | None) -> Writer:
    """The writer of sender.db; raises StoreUnavailableError where this process only reads it."""
    if writer is None:
        raise StoreUnavailableError("sender.db was opened for reading only; open the store for writing the sender")
    return writer


def rows_of(connection: Connection, sql: str, bindings: Sequence[Any] = ()) -> list[Any]:
    """All rows at once: a statement that changes rows and returns them is not left half read."""
    return list(connection.execute(sql, bindings))


def line_of(session: int, event_type: str) -> int:
    """The line of a push: the session's own number for its records, the number below zero for the rest."""
    return session if event_type == SESSION_END_DATA else -session


def create_entry(  # noqa: PLR0917  # one argument for each column that varies
    connection: Connection, endpoint_id: int, push_id: int, line: int, due_at: int, created_at: int
) -> bool:
    """One push for one endpoint; False when it has an entry already."""
    connection.execute(
        connection.sql.outbox["insert_entry"], (endpoint_id, push_id, line, due_at, created_at, next_second(due_at))
    )
    return bool(connection.changes())


def let_first_wait(connection: Connection, endpoint_id: int, line: int, now: int) -> None:
    """After the first in the line was settled: the next one is due at the next full second."""
    connection.execute(connection.sql.outbox["let_first_wait"], (endpoint_id, line, next_second(now)))


def line_up(connection: Connection, endpoint_id: int, line: int, now: int) -> None:
    """After an entry was opened that may be earlier than those that are open."""
    connection.execute(connection.sql.outbox["put_others_behind"], (endpoint_id, line))
    connection.execute(connection.sql.outbox["let_first_wait"], (endpoint_id, line, now))


def body_of(
    decompressor: Decompressor, sha256: bytes, dictionary_id: int, body_bytes: int, stored: bytes
) -> bytes | None:
    """The body of a push from its columns; None when it is not what was committed."""
    body = decompressor.decompress(dictionary_id, stored, body_bytes)
    return body if body is not None and hashlib.sha256(body).digest() == sha256 else None


def next_second(now: int) -> int:
    """The next full second, epoch ms."""
    return (now // 1000 + 1) * 1000
