"""Looking for damage: every stored byte is compared with what it was sealed with.

    check_folder(folder) -> CheckProgress | Finding, one after the other

Rules
- Damage is a value, never an exception: the check goes on behind what it cannot read.
- Nothing is changed, and what runs may go on running: all is read on connections of its own.
- Nothing stored is shown, only where it stands.

What is compared: each push and each quarantined push with its sha256 and its row's digest; ids with their neighbours;
repeats with their pushes; the records' hashes with the inbox; each count with a recount; and SQLite's own check.

What does not belong here: mending. The inbox is mended from a backup, the records by a rebuild.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from afterchat.errors import AfterchatError, StoreUnavailableError
from afterchat.store.ports import Quarantining
from afterchat.store.queries import read_queries
from afterchat.store.sqlite.backend import PROFILES, open_reader, unavailable
from afterchat.store.sqlite.compression import Decompressor
from afterchat.store.sqlite.push_rows import decompressor_of, push_digest
from afterchat.store.sqlite.quarantine import refused_digest

__all__ = ["CheckProgress", "Finding", "check_folder"]

SQL = read_queries(Path(__file__).with_name("check.sql"))

_ROWS_AT_ONCE = 500
_DAMAGE = (apsw.Error, UnicodeError, ValueError, OverflowError, TypeError, MemoryError)
"""What reading a damaged file may raise; none of it is a fault of the check."""


class Finding(NamedTuple):
    """One thing that is not as it was written."""

    file: str
    where: str
    """Such as `push 17`; empty for the file as a whole."""
    what: str


class CheckProgress(NamedTuple):
    """How far the check came in one part."""

    part: str
    done: int
    total: int


Report = Iterator[Finding | CheckProgress]


def check_folder(folder: Path) -> Report:
    """Everything found in the store in `folder`, with progress in between; no finding means no damage."""
    connections: dict[str, apsw.Connection] = {}
    try:
        for name in PROFILES:
            try:
                connections[name] = open_reader(folder / f"{name}.db")
            except StoreUnavailableError as error:
                yield Finding(f"{name}.db", "", str(error))
        for name, connection in connections.items():
            yield from _guarded(f"{name}.db", _integrity(f"{name}.db", connection))
        if "inbox" in connections:
            yield from _guarded("inbox.db", _inbox(connections["inbox"]))
        if "records" in connections:
            yield from _guarded("records.db", _counts(connections["records"]))
        if "inbox" in connections and "records" in connections:
            yield from _guarded("records.db", _agreement(connections["inbox"], connections["records"]))
    finally:
        for connection in connections.values():
            connection.close()


def _guarded(file: str, report: Report) -> Report:
    """A part of the check; what stops it is a finding."""
    try:
        yield from report
    except AfterchatError as error:
        yield Finding(file, "", str(error))
    except _DAMAGE as error:
        yield Finding(file, "", str(unavailable(file, error)))


def _integrity(file: str, connection: apsw.Connection) -> Report:
    for (line,) in connection.execute(SQL["integrity"]):
        if line != "ok":
            yield Finding(file, "", f"SQLite's own check: {line}")
    yield CheckProgress(f"{file} integrity", 1, 1)


def _inbox(connection: apsw.Connection) -> Report:
    names = {row[0]: row[1] for row in connection.execute(SQL["names"])}
    decompressor = decompressor_of(connection)
    last_push_id = connection.execute(SQL["last_push_id"]).get
    yield from _rows(connection, "pushes_between", "push", range(1, last_push_id + 1), names, decompressor, _push_fault)
    kept, recounted = next(connection.execute(SQL["tally_differs"]))
    if kept != recounted:
        yield Finding("inbox.db", "repeats", f"{kept} repeats are said to be kept, {recounted} are")
    for (inbox_id,) in connection.execute(SQL["orphan_repeats"]):
        yield Finding("inbox.db", f"push {inbox_id}", "its repeats do not agree with each other or with the push")
    first = connection.execute(SQL["first_quarantine_id"]).get
    last = connection.execute(SQL["last_quarantine_id"]).get
    ids = range(first, last + 1)
    yield from _rows(connection, "refused_between", "quarantined push", ids, names, decompressor, _refused_fault)


Fault = Callable[[Sequence[Any], dict[int, str], Decompressor], str]
"""What is wrong with one row, empty when nothing is."""


def _rows(  # noqa: PLR0917  # one loop for two tables that differ in exactly these
    connection: apsw.Connection, query: str, what: str, ids: range, names: dict[int, str],
    decompressor: Decompressor, fault_of: Fault,
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
            except _DAMAGE as error:
                fault = f"cannot be read: {type(error).__name__}"
            if fault:
                yield Finding("inbox.db", f"{what} {row[0]}", fault)
        for id_ in part:
            if id_ not in seen:
                yield Finding("inbox.db", f"{what} {id_}", "is missing or cannot be read")
        yield CheckProgress(f"inbox.db {what}es", part.stop - ids.start, len(ids))


def _read(connection: apsw.Connection, query: str, part: range) -> list[Any]:
    try:
        return connection.execute(SQL[query], (part.start, part.stop - 1)).fetchall()
    except _DAMAGE:
        if len(part) == 1:
            return []
    return [row for id_ in part for row in _read(connection, query, range(id_, id_ + 1))]


def _push_fault(row: Sequence[Any], names: dict[int, str], decompressor: Decompressor) -> str:
    id_, tenant_id, locality, event_type_id, key_id, scheme_id, signed_at, arrived_at = row[:8]
    body_bytes, dictionary_id, sha256, digest, stored = row[8:]
    texts = [names.get(number) for number in (tenant_id, event_type_id, key_id, scheme_id)]
    if None in texts:
        return "names a tenant, event type, key or scheme that is not there"
    body = decompressor.decompress(dictionary_id, stored, body_bytes)
    if body is None or hashlib.sha256(body).digest() != sha256:
        return "its body is not the one that arrived"
    known = [text for text in texts if text is not None]
    if digest != push_digest(
        id_, locality, signed_at, arrived_at, body_bytes, dictionary_id, known, sha256, stored
    ):  # fmt: skip
        return "a column is not as it was written"
    return ""


def _refused_fault(row: Sequence[Any], names: dict[int, str], decompressor: Decompressor) -> str:
    tenant = names.get(row[1])
    if tenant is None:
        return "names a tenant that is not there"
    dictionary_id, body_bytes, stored, digest = row[10:14]
    body = decompressor.decompress(dictionary_id, stored, body_bytes)
    if body is None or hashlib.sha256(body).digest() != row[9]:
        return "its body is not the one that arrived"
    push = Quarantining._make((tenant, *row[2:8], bool(row[8]), row[9], body))
    return "" if digest == refused_digest(push, dictionary_id, stored) else "a column is not as it was written"


def _counts(records: apsw.Connection) -> Report:
    for name, kept, recounted in records.execute(SQL["counts_kept_and_recounted"]):
        if kept != recounted:
            yield Finding("records.db", name, f"{kept} are said to be kept, {recounted} are; rebuild the records")
    inbox_cursor, understood = next(records.execute(SQL["pushes_understood"]))
    if understood < inbox_cursor:
        yield Finding(
            "records.db", "", f"{inbox_cursor} pushes were applied, {understood} stand there; rebuild the records"
        )


def _agreement(inbox: apsw.Connection, records: apsw.Connection) -> Report:
    """Every revision was pushed with the hash that the records name."""
    last_push_id = inbox.execute(SQL["last_push_id"]).get
    inbox_cursor, _ = next(records.execute(SQL["pushes_understood"]))
    if inbox_cursor > last_push_id:
        yield Finding(
            "inbox.db",
            "",
            f"ends at push {last_push_id}, but pushes up to {inbox_cursor} were applied: its end is lost",
        )
    for query in ("session_hashes_after", "superseded_hashes_after"):
        after = 0
        while part := records.execute(SQL[query], (after, _ROWS_AT_ONCE)).fetchall():
            for inbox_id, sha256 in part:
                if inbox.execute(SQL["push_hash"], (inbox_id,)).get != sha256:
                    yield Finding("records.db", f"push {inbox_id}", "its record names another hash than the inbox")
            after = max(int(inbox_id or 0) for inbox_id, _ in part)
            yield CheckProgress("records.db against inbox.db", min(after, last_push_id), last_push_id)
