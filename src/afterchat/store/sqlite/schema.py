"""Bringing a database to the schema of this program, and refusing one that is not.

One transaction for each migration, its note included: a crash leaves it whole or not begun.
What is pending or refused is decided by `store.migrations`.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from afterchat.errors import SchemaError, StoreUnavailableError
from afterchat.store.migrations import AppliedMigration, Migration, pending_migrations, read_migrations
from afterchat.store.sqlite.connection import SQL, unavailable

__all__ = ["known_migrations", "migrate", "refuse_other_schema"]

_MIGRATIONS = Path(__file__).with_name("migrations")


def known_migrations(database: str) -> tuple[Migration, ...]:
    """The migrations this program ships for `inbox`, `records`, `registry` or `sender`."""
    return read_migrations(_MIGRATIONS / database)


def migrate(connection: apsw.Connection, migrations: tuple[Migration, ...], where: str) -> int:
    """Apply what is pending and return how many that were.

    Raises SchemaError for a newer or foreign database, StoreUnavailableError when SQLite fails.
    """
    try:
        pending = pending_migrations(migrations, _applied(connection), where)
        for migration in pending:
            _apply(connection, migration)
    except apsw.Error as error:
        raise unavailable(where, error) from error
    return len(pending)


def refuse_other_schema(connection: apsw.Connection, migrations: tuple[Migration, ...], where: str) -> None:
    """For those who only read: raises SchemaError unless the database has exactly our migrations.

    Raises StoreUnavailableError when it has none yet: its writer is another process that may be just starting.
    """
    try:
        applied = _applied(connection)
    except apsw.Error as error:
        raise unavailable(where, error) from error
    if not applied:
        raise StoreUnavailableError(f"{where}: is only just being made; start the process that writes it, or wait")
    pending = pending_migrations(migrations, applied, where)
    if pending:
        raise SchemaError(
            f"{where}: the store lacks migration '{pending[0].name}'; "
            "run 'afterchat store migrate', or start the process that writes it"
        )


def _applied(connection: apsw.Connection) -> list[AppliedMigration]:
    if not connection.execute(SQL["has_migration_table"]).get:
        return []
    return [AppliedMigration(*row) for row in connection.execute(SQL["applied_migrations"])]


def _apply(connection: apsw.Connection, migration: Migration) -> None:
    connection.execute(SQL["begin"])
    try:
        if any(applied.number == migration.number for applied in _applied(connection)):
            connection.execute(SQL["roll_back"])  # another process was quicker
            return
        connection.execute(SQL["create_migration_table"])
        for _ in connection.execute(migration.sql):
            pass
        connection.execute(SQL["note_migration"], (migration.number, migration.name, migration.sha256))
        connection.execute(SQL["commit"])
    except BaseException:
        if not connection.get_autocommit():
            connection.execute(SQL["roll_back"])
        raise
