"""Looking for damage: every stored byte is compared with what it was sealed with.

    check_folder(folder) -> CheckProgress | Finding, one after the other

Rules
- Damage is a value, never an exception: the check goes on behind what it cannot read.
- Nothing is changed, and what runs may go on running: all is read on connections of its own.
- Nothing stored is shown, only where it stands.

What is compared: each push and each quarantined push with its sha256 (a blanked one with
that of what is left) and its row's digest; dictionaries with theirs;
ids with their neighbours;
repeats with their pushes; every field of the records with the inbox; each count with a recount; SQLite's own check;
each push on its way out with its digest, and its entries with their line.

What does not belong here: mending. The inbox is mended from a backup, the records by a rebuild.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from afterchat.errors import AfterchatError, StoreUnavailableError
from afterchat.store.ports import Quarantining
from afterchat.store.queries import read_queries
from afterchat.store.sql.compression import Decompressor
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.push_rows import push_digest
from afterchat.store.sql.quarantine import refused_digest
from afterchat.store.sqlite.backend import PROFILES, open_reader
from afterchat.store.sqlite.check_records import DAMAGE, check_records
from afterchat.store.sqlite.check_sender import check_sender
from afterchat.store.sqlite.connection import SqliteConnection, unavailable
from afterchat.store.sqlite.findings import CheckProgress, Fault, Finding, Report, finding
from afterchat.store.sqlite.folder import databases_of

__all__ = ["CheckProgress", "Finding", "check_folder"]

SQL = read_queries(Path(__file__).with_name("check.sql"))

_ROWS_AT_ONCE = 500


def check_folder(folder: Path) -> Report:
    """Everything found in the store in `folder`, with progress in between; no finding means no damage."""
    connections: dict[str, SqliteConnection] = {}
    try:
        for name in PROFILES:
            if name not in databases_of(folder):
                continue  # a store of one end has none of the other
            try:
                connections[name] = open_reader(folder / f"{name}.db")
            except StoreUnavailableError as error:
                yield finding(f"{name}.db", "", Fault.UNREADABLE_FILE, said=error)
        for name, connection in connections.items():
            yield from _guarded(f"{name}.db", _integrity(f"{name}.db", connection))
        if "inbox" in connections:
            yield from _guarded("inbox.db", _inbox(connections["inbox"]))
        if "records" in connections:
            yield from _guarded("records.db", _counts(connections["records"]))
        if "inbox" in connections and "records" in connections:
            yield from _guarded("records.db", _agreement(connections["inbox"], connections["records"]))
        if "sender" in connections:
            yield from _guarded("sender.db", check_sender(connections["sender"]))
    finally:
        for connection in connections.values():
            connection.close()


def _guarded(file: str, report: Report) -> Report:
    """A part of the check; what stops it is a finding."""
    try:
        yield from report
    except AfterchatError as error:
        yield finding(file, "", Fault.UNREADABLE_FILE, said=error)
    except DAMAGE as error:
        yield finding(file, "", Fault.UNREADABLE_FILE, said=unavailable(file, error))


def _integrity(file: str, connection: SqliteConnection) -> Report:
    for (line,) in connection.execute(SQL["integrity"]):
        if line != "ok":
            yield finding(file, "", Fault.INTEGRITY, said=line)
    yield CheckProgress(f"{file} integrity", 1, 1)


def _inbox(connection: SqliteConnection) -> Report:
    names = {row[0]: row[1] for row in connection.execute(SQL["names"])}
    for dictionary_id, sha256, dictionary in connection.execute(SQL["dictionaries"]):
        if hashlib.sha256(dictionary).digest() != sha256:
            yield finding("inbox.db", f"dictionary {dictionary_id}", Fault.DICTIONARY)
    decompressor = decompressor_of(connection, "inbox")
    last_push_id = connection.execute(SQL["last_push_id"]).get
    yield from _rows(connection, "pushes_between", "push", range(1, last_push_id + 1), names, decompressor, _push_fault)
    kept, recounted = next(connection.execute(SQL["tally_differs"]))
    if kept != recounted:
        yield finding("inbox.db", "repeats", Fault.TALLY, kept=kept, there=recounted)
    for (inbox_id,) in connection.execute(SQL["orphan_repeats"]):
        yield finding("inbox.db", f"push {inbox_id}", Fault.REPEATS)
    for (inbox_id,) in connection.execute(SQL["orphan_redactions"]):
        yield finding("inbox.db", f"push {inbox_id}", Fault.MISSING)
    first = connection.execute(SQL["first_quarantine_id"]).get
    last = connection.execute(SQL["last_quarantine_id"]).get
    ids = range(first, last + 1)
    yield from _rows(connection, "refused_between", "quarantined push", ids, names, decompressor, _refused_fault)


_FaultOf = Callable[[Sequence[Any], dict[int, str], Decompressor], Fault | None]
"""What is wrong with one row, None when nothing is."""


def _rows(  # noqa: PLR0917  # one loop for two tables that differ in exactly these
    connection: SqliteConnection, query: str, what: str, ids: range, names: dict[int, str],
    decompressor: Decompressor, fault_of: _FaultOf,
) -> Report:  # fmt: skip
    """Every row of `ids`, in parts; a part that cannot be read is read row by row."""
    for start in range(ids.start, ids.stop, _ROWS_AT_ONCE):
        part = range(start, min(start + _ROWS_AT_ONCE, ids.stop))
        rows = _read(connection, query, part)
        seen = set()
        for row in rows:
            seen.add(row[0])
            try:
                fault = fault_of(row, names, decompressor)
            except DAMAGE as error:
                yield finding("inbox.db", f"{what} {row[0]}", Fault.UNREADABLE_ROW, said=type(error).__name__)
                continue
            if fault is not None:
                yield finding("inbox.db", f"{what} {row[0]}", fault)
        for id_ in part:
            if id_ not in seen:
                yield finding("inbox.db", f"{what} {id_}", Fault.MISSING)
        yield CheckProgress(f"inbox.db {what}es", part.stop - ids.start, len(ids))


def _read(connection: SqliteConnection, query: str, part: range) -> list[Any]:
    try:
        return connection.execute(SQL[query], (part.start, part.stop - 1)).fetchall()
    except DAMAGE:
        if len(part) == 1:
            return []
    return [row for id_ in part for row in _read(connection, query, range(id_, id_ + 1))]


def _push_fault(row: Sequence[Any], names: dict[int, str], decompressor: Decompressor) -> Fault | None:
    id_, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at = row[:8]
    body_bytes, dictionary_id, sha256, digest, stored, redacted_sha256 = row[8:]
    texts = [names.get(number) for number in (tenant_id, event_type_id, key_id, scheme_id)]
    if None in texts:
        return Fault.NAMES
    body = decompressor.decompress(dictionary_id, stored, body_bytes)
    if body is None or hashlib.sha256(body).digest() != (redacted_sha256 or sha256):
        return Fault.BODY
    known = [text for text in texts if text is not None]
    expected = push_digest(id_, locality, signed_at, arrived_at, body_bytes, dictionary_id, known, sha256, stored)
    return None if digest == expected else Fault.COLUMN


def _refused_fault(row: Sequence[Any], names: dict[int, str], decompressor: Decompressor) -> Fault | None:
    tenant = names.get(row[1])
    if tenant is None:
        return Fault.NAMES
    dictionary_id, body_bytes, stored, digest = row[10:14]
    body = decompressor.decompress(dictionary_id, stored, body_bytes)
    if body is None or hashlib.sha256(body).digest() != row[9]:
        return Fault.BODY
    push = Quarantining._make((tenant, *row[2:8], bool(row[8]), row[9], body))
    return None if digest == refused_digest(push, dictionary_id, stored) else Fault.COLUMN


def _counts(records: SqliteConnection) -> Report:
    for name, kept, recounted in records.execute(SQL["counts_kept_and_recounted"]):
        if kept != recounted:
            yield finding("records.db", name, Fault.COUNT, kept=kept, there=recounted)
    inbox_cursor, understood = next(records.execute(SQL["pushes_understood"]))
    if understood < inbox_cursor:
        yield finding("records.db", "", Fault.NOT_UNDERSTOOD, kept=inbox_cursor, there=understood)


def _agreement(inbox: SqliteConnection, records: SqliteConnection) -> Report:
    """The inbox goes as far as the records say, and each row of them says what its push says."""
    last_push_id = inbox.execute(SQL["last_push_id"]).get
    inbox_cursor, _ = next(records.execute(SQL["pushes_understood"]))
    if inbox_cursor > last_push_id:
        yield finding("inbox.db", "", Fault.END_LOST, last=last_push_id, cursor=inbox_cursor)
    yield from check_records(inbox, records)
