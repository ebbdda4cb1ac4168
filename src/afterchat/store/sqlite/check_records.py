"""Looking for damage in the records: every stored field is compared with what its push says.

    row of session, superseded, unreadable --inbox id--> push -> decode -> the same columns once more

Rules
- Only what a row says of one push is compared, so a server may go on writing meanwhile: no row changes its push.
- The signed time may have grown with a repeat: it is one of the times its push came with, and none that was applied
  before the check began is greater.
- A push whose own bytes are damaged proves nothing about its record, and is a finding of the inbox.
- So many rows at once, so many findings for each table; what is beyond is counted.

What does not belong here: drift and other events, which are counts over pushes; the inbox (`check`).
A release that reads a field better than the one that wrote it finds differences, too: the remedy is the same rebuild.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from afterchat.contract.codec import Decoded, Undecodable, decode
from afterchat.contract.record import latest_moment
from afterchat.store.ports import Projected
from afterchat.store.queries import read_queries
from afterchat.store.sql.compression import Decompressor
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.session_rows import FIELD_NAMES, session_columns
from afterchat.store.sqlite.connection import SqliteConnection
from afterchat.store.sqlite.findings import CheckProgress, Fault, Finding, Report, finding

__all__ = ["DAMAGE", "FINDINGS_MAX", "check_records"]

SQL = read_queries(Path(__file__).with_name("check_records.sql"))

DAMAGE = (apsw.Error, UnicodeError, ValueError, OverflowError, TypeError, LookupError, MemoryError)
"""What reading a damaged file may raise; none of it is a fault of the check."""

FINDINGS_MAX = 100
"""Findings for each table; a rebuild mends a million as it mends one."""

_FILE = "records.db"
_ROWS_AT_ONCE = 500


class _Push(NamedTuple):
    """What the inbox says of one push."""

    tenant: str
    arrived_at: int
    sha256: bytes
    signed_at: Sequence[int]
    """Every time its bytes were signed with."""
    signed_at_min: int
    """The greatest of those that were applied when the check began."""
    body: bytes | None
    """None when its stored bytes are damaged."""


_Differs = Callable[[dict[str, Any], _Push, Decoded | Undecodable], Iterator[str]]
"""Names of the columns of one row that are not what its push says; the hash is compared before."""


class _Table(NamedTuple):
    """A table of the records, its statements by name, and how its rows are compared."""

    name: str
    last: str
    ids: str
    between: str
    differs: _Differs


def check_records(inbox: SqliteConnection, records: SqliteConnection) -> Report:
    """Compare every row of the records with its push; raises what DAMAGE names when a whole table is unreadable."""
    repeat_cursor = records.execute(SQL["repeat_cursor"]).get or 0
    decompressor = decompressor_of(inbox, "inbox")

    def push_of(inbox_id: int) -> _Push | None:
        return _push(inbox, decompressor, inbox_id, repeat_cursor)

    for table in _TABLES:
        yield from _compared(records, table, push_of)


def _compared(records: SqliteConnection, table: _Table, push_of: Callable[[int], _Push | None]) -> Report:
    last = records.execute(SQL[table.last]).get or 0
    after, found = -(2**63), 0
    while ids := [row[0] for row in records.execute(SQL[table.ids], (after, _ROWS_AT_ONCE))]:
        for inbox_id, row in _rows(records, table, ids):
            fault = row if isinstance(row, Finding) else _fault(inbox_id, row, push_of, table.differs)
            if fault is None:
                continue
            found += 1
            if found <= FINDINGS_MAX:
                yield fault
        after = ids[-1]
        yield CheckProgress(f"{_FILE} {table.name}", min(after, last), last)
    if found > FINDINGS_MAX:
        yield finding(_FILE, "", Fault.MORE, table=table.name, count=found - FINDINGS_MAX)


def _rows(
    records: SqliteConnection, table: _Table, ids: Sequence[int]
) -> Iterator[tuple[int, dict[str, Any] | Finding]]:
    """Each row by its inbox id; rows that cannot be read together are read one by one."""
    try:
        found = _named_rows(records, table, ids[0], ids[-1])
    except DAMAGE as error:
        if len(ids) == 1:
            said = type(error).__name__
            yield ids[0], finding(_FILE, f"push {ids[0]}", Fault.UNREADABLE_RECORD, said=said)
            return
        for inbox_id in ids:
            yield from _rows(records, table, [inbox_id])
        return
    for row in found:
        yield row["inbox_id"], row


def _named_rows(records: SqliteConnection, table: _Table, first: int, last: int) -> list[dict[str, Any]]:
    cursor = records.cursor()
    cursor.execute(SQL[table.between], (first, last))
    return [dict(zip((name for name, *_ in cursor.description), row, strict=True)) for row in cursor]


def _push(inbox: SqliteConnection, decompressor: Decompressor, inbox_id: int, repeat_cursor: int) -> _Push | None:
    row = inbox.execute(SQL["push"], (inbox_id,)).fetchone()
    if row is None:
        return None
    tenant, signed_at, arrived_at, sha256, kept_sha256, dictionary_id, body_bytes, stored = row
    body = decompressor.decompress(dictionary_id, stored, body_bytes)
    if body is not None and hashlib.sha256(body).digest() != kept_sha256:
        body = None
    repeats: list[Any] = inbox.execute(SQL["signed_again"], (inbox_id,)).fetchall()
    applied = [again for repeat_id, again in repeats if repeat_id <= repeat_cursor]
    signed = [signed_at, *(again for _, again in repeats)]
    return _Push(tenant, arrived_at, sha256, signed, max([signed_at, *applied]), body)


def _fault(
    inbox_id: int, row: dict[str, Any], push_of: Callable[[int], _Push | None], differs: _Differs
) -> Finding | None:
    where = f"push {inbox_id}"
    try:
        push = push_of(inbox_id)
    except DAMAGE:
        return None  # a finding of the inbox
    if push is None:
        return finding(_FILE, where, Fault.NO_PUSH)
    if "sha256" in row and row["sha256"] != push.sha256:
        return finding(_FILE, where, Fault.HASH)
    if push.body is None:
        return None
    columns = list(differs(row, push, decode(push.body)))
    return finding(_FILE, where, Fault.DIFFERS, columns=", ".join(columns)) if columns else None


def _session_differs(row: dict[str, Any], push: _Push, read: Decoded | Undecodable) -> Iterator[str]:
    yield from _origin_differs(row, push)
    if row["revision_count"] != row["revisions_there"]:
        yield "revision_count"
    if isinstance(read, Undecodable):
        yield "id"
        return
    record = read.record
    projected = Projected(
        row["inbox_id"], push.tenant, record.id, row["signed_at"], push.arrived_at, push.sha256,
        latest_moment(record), record, read.problems,
    )  # fmt: skip
    columns = session_columns(projected, row["tenant_id"], row["signed_at"], row["revision_count"], row["version"])
    fields = dict(zip(FIELD_NAMES, columns[-len(FIELD_NAMES) - 1 : -1], strict=True))
    expected = {"latest_moment": columns[4], "problems": columns[7], **fields}
    yield from (name for name, value in expected.items() if row[name] != value)


def _superseded_differs(row: dict[str, Any], push: _Push, read: Decoded | Undecodable) -> Iterator[str]:
    yield from _origin_differs(row, push)
    if isinstance(read, Undecodable) or row["session_id"] != read.record.id:
        yield "session_id"
    elif row["latest_moment"] != latest_moment(read.record):
        yield "latest_moment"


def _unreadable_differs(row: dict[str, Any], push: _Push, read: Decoded | Undecodable) -> Iterator[str]:
    """A push that can be read may still be listed, for reasons that only the projector knows."""
    yield from _origin_differs(row, push)
    if isinstance(read, Undecodable) and row["reason"] != read.reason:
        yield "reason"


def _origin_differs(row: dict[str, Any], push: _Push) -> Iterator[str]:
    if row["tenant"] != push.tenant:
        yield "tenant"
    if row["arrived_at"] != push.arrived_at:
        yield "arrived_at"
    signed_at = row.get("signed_at", push.signed_at_min)
    if signed_at not in push.signed_at or signed_at < push.signed_at_min:
        yield "signed_at"


_TABLES = (
    _Table("session", "last_session", "session_ids", "session_between", _session_differs),
    _Table("superseded", "last_superseded", "superseded_ids", "superseded_between", _superseded_differs),
    _Table("unreadable", "last_unreadable", "unreadable_ids", "unreadable_between", _unreadable_differs),
)
