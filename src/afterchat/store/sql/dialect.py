"""The statements of one backend: the same names in every dialect, each in the words of its database.

    store/sqlite/journal.sql   store/postgresql/journal.sql   ->   connection.sql.journal["find_session"]

Rules
- A statement has one name, one order of bindings and one shape of rows in every dialect; a test compares the names.
- Code of this room knows statements by name and no dialect; what only one backend can do is a method of its connection.

What does not belong here: running statements (`connection`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from afterchat.store.queries import read_queries

__all__ = ["Dialect", "Queries", "read_dialect"]

Queries = Mapping[str, str]
"""Statements of one file by name."""


class Dialect(NamedTuple):
    """Every file of statements, named as the module that runs them."""

    dictionaries: Queries
    endpoints: Queries
    inbox: Queries
    inbox_redaction: Queries
    journal: Queries
    outbox: Queries
    people: Queries
    quarantine: Queries
    record_redaction: Queries
    records: Queries
    registry: Queries
    sender_redaction: Queries
    settled: Queries
    views: Queries


@cache
def read_dialect(folder: Path) -> Dialect:
    """The statements in `folder`, a file for each field of Dialect; raises ValueError when one breaks its rules."""
    return Dialect._make(read_queries(folder / f"{name}.sql") for name in Dialect._fields)
