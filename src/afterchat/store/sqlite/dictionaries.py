"""Dictionaries as a database keeps them, and what compresses with them.

A database whose bodies are compressed keeps every dictionary it ever used, so it can be read without the program that
wrote it.

What does not belong here: compressing itself (`compression`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import apsw

from afterchat.store.queries import read_queries
from afterchat.store.sqlite.backend import unavailable
from afterchat.store.sqlite.compression import Compressor, Decompressor, dictionary_bytes

__all__ = ["compressor_for", "decompressor_of"]

SQL = read_queries(Path(__file__).with_name("dictionaries.sql"))


def compressor_for(connection: apsw.Connection, where: str) -> Compressor:
    """A compressor with this version's dictionary, which is put into the database if it is not there.

    Raises StoreUnavailableError.
    """
    text = dictionary_bytes()
    sha256 = hashlib.sha256(text).digest()
    try:
        found: int | None = connection.execute(SQL["find_dictionary"], (sha256,)).get
        if found is None:
            connection.execute(SQL["insert_dictionary"], (sha256, text))
            found = connection.last_insert_rowid()
    except apsw.Error as error:
        raise unavailable(where, error) from error
    return Compressor(found, text)


def decompressor_of(connection: apsw.Connection) -> Decompressor:
    """A decompressor that finds its dictionaries in this database."""
    return Decompressor(lambda dictionary_id: connection.execute(SQL["dictionary_bytes"], (dictionary_id,)).get)
