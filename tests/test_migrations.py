"""Migrations reach the schema that is written whole, are remembered, and are refused where they do not fit."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import apsw
import pytest

from afterchat.contract.record import FIELDS
from afterchat.errors import SchemaError
from afterchat.store.migrations import Migration, read_migrations
from afterchat.store.open import WRITABLE, open_store
from afterchat.store.sqlite import schema
from afterchat.store.sqlite.schema import known_migrations, migrate

SQLITE = Path(schema.__file__).parent
DATABASES = sorted(WRITABLE)


def shape_of(connection: apsw.Connection) -> list[tuple[object, ...]]:
    """Everything that the schema holds but the table of migrations, with blanks evened out."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'migration'")
    return sorted((kind, name, table, re.sub(r"\s*([,()]|\s)\s*", r"\1", sql or "")) for kind, name, table, sql in rows)


def contents_of(connection: apsw.Connection) -> dict[str, list[object]]:
    tables = [name for kind, name, *_ in shape_of(connection) if kind == "table" and not name.startswith("sqlite_")]
    return {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}


@pytest.mark.parametrize("database", DATABASES)
def test_the_migrations_reach_the_schema_that_is_written_whole(database: str) -> None:
    migrated, whole = apsw.Connection(":memory:"), apsw.Connection(":memory:")
    migrate(migrated, known_migrations(database), database)
    whole.execute((SQLITE / "schema" / f"{database}.sql").read_text("utf-8"))

    assert shape_of(whole) == shape_of(migrated)
    assert contents_of(whole) == contents_of(migrated)


@pytest.mark.parametrize("database", DATABASES)
def test_migrating_twice_does_nothing(database: str) -> None:
    connection = apsw.Connection(":memory:")

    assert len(known_migrations(database)) == migrate(connection, known_migrations(database), database)
    assert 0 == migrate(connection, known_migrations(database), database)


def test_the_columns_of_a_session_are_the_fields_of_the_record() -> None:
    connection = apsw.Connection(":memory:")
    migrate(connection, known_migrations("records"), "records")
    expected = [(field.name, "INTEGER" if field.type is int else "TEXT") for field in FIELDS]

    columns = [(row[1], row[2]) for row in connection.execute("PRAGMA table_info(session)")]
    assert [*expected, ("version", "INTEGER")] == columns[8:]
    shown = [row[1] for row in connection.execute("PRAGMA table_info(sessions)")]
    assert ["tenant", *(field.name for field in FIELDS)] == shown[:60]


def test_a_store_that_is_newer_is_refused_and_untouched(tmp_path: Path) -> None:
    asyncio.run(_open_and_close(tmp_path))
    with apsw.Connection(str(tmp_path / "records.db")) as connection:
        connection.execute("INSERT INTO migration VALUES (99, '0099_future', 'x')")

    with pytest.raises(SchemaError, match=r"newer afterchat.*0099_future"):
        asyncio.run(_open_and_close(tmp_path))
    assert not (tmp_path / "records.db-journal").exists()


def test_a_migration_whose_text_changed_is_refused(tmp_path: Path) -> None:
    asyncio.run(_open_and_close(tmp_path))
    with apsw.Connection(str(tmp_path / "inbox.db")) as connection:
        connection.execute("UPDATE migration SET sha256 = 'other'")

    with pytest.raises(SchemaError, match="0001_initial"):
        asyncio.run(_open_and_close(tmp_path))


def test_a_reader_refuses_a_store_of_another_version(tmp_path: Path) -> None:
    asyncio.run(_open_and_close(tmp_path))
    with apsw.Connection(str(tmp_path / "records.db")) as connection:
        connection.execute("INSERT INTO migration VALUES (99, '0099_future', 'x')")

    async def read() -> None:
        store = await open_store(f"sqlite:///{tmp_path}", frozenset())
        try:
            await store.records.counts()
        finally:
            await store.close()

    with pytest.raises(SchemaError):
        asyncio.run(read())


def test_a_migration_that_fails_leaves_nothing_behind() -> None:
    connection = apsw.Connection(":memory:")
    good = Migration(1, "0001_good", "a", "CREATE TABLE good (id INTEGER)")
    bad = Migration(2, "0002_bad", "b", "CREATE TABLE half (id INTEGER); CREATE TABLE good (id INTEGER)")

    with pytest.raises(Exception, match="memory"):
        migrate(connection, (good, bad), "memory")
    assert ["good"] == [name for _, name, *_ in shape_of(connection)]
    assert 1 == migrate(connection, (good, bad._replace(sql="CREATE TABLE half (id INTEGER)")), "memory")


def test_a_gap_in_the_numbers_is_a_mistake_of_ours(tmp_path: Path) -> None:
    initial = SQLITE / "migrations" / "registry" / "0001_initial.sql"
    shutil.copy(initial, tmp_path / "0001_initial.sql")
    shutil.copy(initial, tmp_path / "0003_later.sql")

    with pytest.raises(ValueError, match="without a gap"):
        read_migrations(tmp_path)


async def _open_and_close(folder: Path) -> None:
    store = await open_store(f"sqlite:///{folder}", WRITABLE)
    await store.close()
