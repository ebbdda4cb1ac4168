"""Looking for damage in sender.db: every body with its digest, every count with a recount, every line of entries.

What does not belong here: what a store consists of (`check`), mending: a damaged sender.db is restored from a backup.
"""

from __future__ import annotations

from pathlib import Path

from afterchat.store.queries import read_queries
from afterchat.store.sql.dictionaries import decompressor_of
from afterchat.store.sql.entry_rows import body_of, rows_of
from afterchat.store.sqlite.connection import SqliteConnection
from afterchat.store.sqlite.findings import CheckProgress, Fault, Report, finding

__all__ = ["check_sender"]

SQL = read_queries(Path(__file__).with_name("check_sender.sql"))

_FILE = "sender.db"
_ROWS_AT_ONCE = 500


def check_sender(connection: SqliteConnection) -> Report:
    """Everything found in sender.db; raises what SQLite raises where it cannot be read."""
    yield from _bodies(connection)
    for endpoint_id, state, kept, there in connection.execute(SQL["entry_counts_differ"]):
        yield finding(_FILE, f"endpoint {endpoint_id}", Fault.SENDER_COUNT, what=state, kept=kept, there=there)
    for what, kept, there in connection.execute(SQL["totals_kept_and_recounted"]):
        if kept != there:
            yield finding(_FILE, "", Fault.SENDER_COUNT, what=what, kept=kept, there=there)
    for query, fault in (("entries_out_of_line", Fault.LINE), ("entries_without_push", Fault.ENTRY_WITHOUT_PUSH)):
        for (entry_id,) in connection.execute(SQL[query]):
            yield finding(_FILE, f"entry {entry_id}", fault)


def _bodies(connection: SqliteConnection) -> Report:
    decompressor = decompressor_of(connection, "sender")
    total = connection.execute(SQL["pushes_in_all"]).get
    cursor = done = 0
    while rows := rows_of(connection, SQL["pushes_to_check"], (cursor, _ROWS_AT_ONCE)):
        for push_id, sha256, *stored in rows:
            if body_of(decompressor, sha256, *stored) is None:
                yield finding(_FILE, f"push {push_id}", Fault.SENDER_BODY)
        cursor = rows[-1][0]
        done += len(rows)
        yield CheckProgress(f"{_FILE} pushes", done, total)
