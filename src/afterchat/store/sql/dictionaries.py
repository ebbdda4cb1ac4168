"""Dictionaries as a database keeps them, and what compresses with them.

A database whose bodies are compressed keeps every dictionary it ever used, so it can be read without the program that
wrote it.

What does not belong here: compressing itself (`compression`).
"""

from __future__ import annotations

import hashlib

from afterchat.store.sql.compression import Compressor, Decompressor, dictionary_bytes
from afterchat.store.sql.connection import Connection

__all__ = ["compressor_for", "decompressor_of"]


def compressor_for(connection: Connection, database: str) -> Compressor:
    """A compressor with this version's dictionary, which is put into the database if it is not there.

    Raises StoreUnavailableError.
    """
    text = dictionary_bytes()
    sha256 = hashlib.sha256(text).digest()
    try:
        found: int | None = connection.execute(_query(connection, "find_dictionary", database), (sha256,)).get
        if found is None:
            connection.execute(_query(connection, "insert_dictionary", database), (sha256, text))
            found = connection.execute(_query(connection, "find_dictionary", database), (sha256,)).get
    except connection.failures as error:
        raise connection.unavailable(database, error) from error
    return Compressor(found, text)


def decompressor_of(connection: Connection, database: str) -> Decompressor:
    """A decompressor that finds its dictionaries in `database`, `inbox` or `sender`."""
    query = _query(connection, "dictionary_bytes", database)
    return Decompressor(lambda dictionary_id: connection.execute(query, (dictionary_id,)).get)


def _query(connection: Connection, name: str, database: str) -> str:
    """A statement on the dictionaries of one database, where one server has several."""
    return connection.sql.dictionaries[name].format(database=database)
