"""Bringing a database of PostgreSQL to the schemas of this program, and refusing one that is not.

    inbox  records  registry  sender      one schema for each part of the store, each with its own migrations

One transaction for each migration, its note included, behind the advisory lock of its schema: of several processes that
start at once one migrates, and the others find it done.
What is pending or refused is decided by `store.migrations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from afterchat.errors import SchemaError, StoreUnavailableError
from afterchat.store.migrations import AppliedMigration, Migration, pending_migrations, read_migrations
from afterchat.store.postgresql.connection import SQL, PostgresConnection

__all__ = ["LOCK_KEYS", "create_tables", "known_migrations", "migrate", "refuse_other_schema"]

_MIGRATIONS = Path(__file__).with_name("migrations")

LOCK_KEYS: Mapping[str, int] = {
    "inbox": 0x6166_7465_0001,
    "records": 0x6166_7465_0002,
    "registry": 0x6166_7465_0003,
    "sender": 0x6166_7465_0004,
}
"""Advisory locks of write transactions; that of a role is its negative."""


def known_migrations(schema: str) -> tuple[Migration, ...]:
    """The migrations this program ships for `inbox`, `records`, `registry` or `sender`."""
    return read_migrations(_MIGRATIONS / schema)


def migrate(connection: PostgresConnection, schema: str, where: str) -> int:
    """Apply what is pending on a connection that takes this schema's lock; how many migrations that were.

    Raises SchemaError for a newer or foreign database, StoreUnavailableError when the server fails.
    """
    known = known_migrations(schema)
    try:
        if not pending_migrations(known, _applied(connection, schema), where):
            return 0
        connection.begin()
        try:
            pending = pending_migrations(known, _applied(connection, schema), where)
            connection.run_script(SQL["create_schema"].format(schema=schema))
            connection.run_script(SQL["create_migration_table"].format(schema=schema))
            for migration in pending:
                connection.run_script(migration.sql)
                note = (migration.number, migration.name, migration.sha256)
                connection.execute(SQL["note_migration"].format(schema=schema), note)
            connection.commit()
        finally:
            connection.roll_back()
    except connection.failures as error:
        raise connection.unavailable(where, error) from error
    return len(pending)


def create_tables(connection: PostgresConnection, schema: str, target: str) -> None:
    """The tables of `schema` under another name, empty, within the transaction under way; what stood there is gone."""
    connection.run_script(SQL["drop_schema"].format(schema=target))
    connection.run_script(SQL["create_schema"].format(schema=target))
    connection.run_script(SQL["create_migration_table"].format(schema=target))
    for migration in known_migrations(schema):
        connection.run_script(migration.sql.replace(f"{schema}.", f"{target}."))
        note = (migration.number, migration.name, migration.sha256)
        connection.execute(SQL["note_migration"].format(schema=target), note)


def refuse_other_schema(connection: PostgresConnection, schema: str, where: str) -> None:
    """For those who only read: raises SchemaError unless the schema has exactly our migrations.

    Raises StoreUnavailableError when it has none yet: its writer is another process that may be just starting.
    """
    try:
        applied = _applied(connection, schema)
    except connection.failures as error:
        raise connection.unavailable(where, error) from error
    if not applied:
        raise StoreUnavailableError(f"{where}: has no store yet; start a process that writes one, or wait")
    pending = pending_migrations(known_migrations(schema), applied, where)
    if pending:
        raise SchemaError(
            f"{where}: the store lacks migration '{pending[0].name}'; "
            "run 'afterchat store migrate', or start a process that writes it"
        )


def _applied(connection: PostgresConnection, schema: str) -> list[AppliedMigration]:
    if not connection.execute(SQL["has_migration_table"].format(schema=schema)).get:
        return []
    return [AppliedMigration(*row) for row in connection.execute(SQL["applied_migrations"].format(schema=schema))]
