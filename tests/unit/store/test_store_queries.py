"""Named SQL: how files of it are read, and that every query of ours fits its schema and is used."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import apsw
import pytest

from afterchat.store.queries import parse_queries, read_queries
from afterchat.store.sqlite import schema
from afterchat.store.sqlite.schema import known_migrations, migrate

SQLITE = Path(schema.__file__).parent
FRAGMENTS = {
    "condition_": ("records.sql", "page", "conditions"),
    "only_": ("outbox.sql", "entries", "conditions"),
    "source_": ("outbox.sql", "entries", "source"),
}
"""Beginning of a fragment's name -> the query that it is a part of, and where it stands there."""
ENTRIES_SOURCE = "entry CROSS JOIN push ON push.id = entry.push_id"
DATABASE_OF = {
    "inbox": "inbox",
    "quarantine": "inbox",
    "records": "records",
    "registry": "registry",
    "endpoints": "registry",
    "dictionaries": "inbox",
    "journal": "sender",
    "outbox": "sender",
    "settled": "sender",
    "check_sender": "sender",
    "backend": "inbox",
    "people": "registry",
    "views": "registry",
    "inbox_redaction": "inbox",
    "record_redaction": "records",
    "sender_redaction": "sender",
}
RECORDS_CHECKS = ("counts_kept_and_recounted", "pushes_understood")
INBOX_CHECKS = ("push", "signed_again")
"""Of the statements that compare records with pushes, those about the pushes."""


def every_query() -> list[tuple[str, str, str]]:
    """(database, name, SQL) of every query that stands for itself."""
    queries = []
    for file in sorted(SQLITE.glob("*.sql")):
        for name, sql in read_queries(file).items():
            checked = "records" if name in RECORDS_CHECKS else "inbox"
            if file.stem == "check_records":
                checked = "inbox" if name in INBOX_CHECKS else "records"
            database = DATABASE_OF.get(file.stem) or checked
            queries.append((database, name, sql))
    return queries


def test_queries_are_found_by_name_without_their_purpose() -> None:
    text = "-- About the file.\n\n-- name: one\n-- Says one.\nSELECT 1;\n\n-- name: two\n-- Says two.\nSELECT\n    2;\n"

    assert {"one": "SELECT 1;", "two": "SELECT\n    2;"} == dict(parse_queries(text, "here"))


@pytest.mark.parametrize(
    "text",
    [
        "-- name: one\nSELECT 1;\n",
        "-- name: one\n-- Says one.\n",
        "-- name: one\n-- Says one.\nSELECT 1;\n-- name: one\n-- Says it again.\nSELECT 1;\n",
    ],
)
def test_a_query_without_purpose_without_sql_or_named_twice_is_a_mistake(text: str) -> None:
    with pytest.raises(ValueError, match="one"):
        parse_queries(text, "here")


@pytest.mark.parametrize(("database", "name", "sql"), every_query(), ids=lambda value: str(value)[:30])
def test_every_query_fits_the_schema(database: str, name: str, sql: str) -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection, known_migrations(database), database)
    parts = {"placeholders": ", ".join("?" * 68), "columns": "session.id", "conditions": "", "source": ENTRIES_SOURCE}
    parts |= {"assignments": "problems = ?", "cursor": "network_through"}
    for beginning, (file, whole, place) in FRAGMENTS.items():
        if name.startswith(beginning):
            # The index of dead letters serves nobody who does not ask for them.
            dead = {"conditions": "AND entry.state = 'dead'"} if "entry_dead" in sql else {}
            sql = read_queries(SQLITE / file)[whole].format(**parts | dead | {place: sql.format(column="staff_id")})
    sql = sql.format(**parts)
    if name in ("begin", "begin_reading", "commit", "roll_back", "create_migration_table"):
        return  # no tables of ours, and EXPLAIN would change nothing

    parameters = [None] * max([sql.count("?"), *(int(number) for number in re.findall(r"\?(\d)", sql))])
    named = len(set(re.findall(r"\?(\d)", sql)))
    connection.execute(f"EXPLAIN {sql}", parameters[: named or len(parameters)]).fetchall()


def test_every_query_is_used() -> None:
    folders = (SQLITE, SQLITE.with_name("sql"))
    code = "".join(file.read_text("utf-8") for folder in folders for file in folder.glob("*.py"))

    assert [] == [name for _, name, _ in every_query() if f'"{name}"' not in code]


def test_a_listing_is_answered_from_its_index() -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection, known_migrations("records"), "records")
    queries = read_queries(SQLITE / "records.sql")
    fragments = {"condition_tenant": ("default",), "condition_after": (1, 1, "default", 1), "condition_equal": (7,)}
    for size in range(4):
        for chosen in itertools.combinations(fragments, size):
            conditions = " ".join(queries[name] for name in chosen).format(column="staff_id")
            bindings = [value for name in chosen for value in fragments[name]] + [50]
            sql = queries["page"].format(conditions=conditions)
            plan = " ".join(str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", bindings))

            assert re.search("(SCAN|SEARCH) session USING INDEX session_listing", plan), plan
            assert "USE TEMP B-TREE FOR LAST 2 TERMS" in plan, plan
