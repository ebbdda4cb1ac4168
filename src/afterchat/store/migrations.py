"""Numbered migrations: which there are, which a database has, and what is left to do.

    sqlite/migrations/inbox/0001_initial.sql     one file, one migration, one transaction

Rules
- A migration that was ever applied is never edited: its sha256 stands in the database and is compared at every opening.
- Numbers are consecutive from 1.
- A database that has migrations this program does not know is newer, and is refused: SchemaError.

What does not belong here: running SQL (`sqlite/schema.py`).
This file decides, and knows no database.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from afterchat.errors import SchemaError

__all__ = ["AppliedMigration", "Migration", "pending_migrations", "read_migrations"]


class Migration(NamedTuple):
    """One step of a schema, as this program ships it."""

    number: int
    name: str
    """File name without `.sql`, such as `0001_initial`."""
    sha256: str
    sql: str


class AppliedMigration(NamedTuple):
    """One step as a database remembers it."""

    number: int
    name: str
    sha256: str


def read_migrations(directory: Path) -> tuple[Migration, ...]:
    """Every migration in `directory`, in order; raises ValueError when the numbers have a gap."""
    migrations = tuple(_read_migration(file) for file in sorted(directory.glob("[0-9]*.sql")))
    numbers = [migration.number for migration in migrations]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"{directory}: migrations must be numbered 1, 2, 3 ... without a gap, not {numbers}")
    return migrations


def pending_migrations(
    known: Sequence[Migration], applied: Sequence[AppliedMigration], where: str
) -> tuple[Migration, ...]:
    """What is left to apply, in order.

    Raises SchemaError when the database is newer than this program, or was built by a migration of another text.
    """
    if len(applied) > len(known):
        raise SchemaError(
            f"{where}: the store was written by a newer afterchat (it has migration '{applied[-1].name}'); "
            "run that version or a later one"
        )
    for ours, theirs in zip(known, applied, strict=False):
        if (ours.number, ours.sha256) != (theirs.number, theirs.sha256):
            raise SchemaError(
                f"{where}: migration '{theirs.name}' is not the one this program ships; "
                "install the release that wrote this store, or restore a backup"
            )
    return tuple(known[len(applied) :])


def _read_migration(file: Path) -> Migration:
    text = file.read_text("utf-8")
    return Migration(int(file.stem.partition("_")[0]), file.stem, hashlib.sha256(text.encode()).hexdigest(), text)
