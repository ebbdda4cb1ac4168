"""Bodies written over others: of the same length on disk, so that the row stays where it is.

SQLite overwrites a row in place when its length stays; when it shrinks, neighbours may be moved together, and what was
theirs can stay behind in a corner of a page that nobody clears.
So what is left of a body is compressed, and what is missing to the old length is filled with zeros behind the frame,
or, where the body is kept as it is, with blanks behind the JSON.

What does not belong here: what is left of a body, and the rows.
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.store.sql.compression import UNCOMPRESSED, Compressor

__all__ = ["Fitted", "fitted"]

_BODY_BYTES_MIN = 128
"""The length of a shorter body takes fewer bytes in its row."""


class Fitted(NamedTuple):
    """A body and how it is to be stored."""

    body: bytes
    dictionary_id: int
    stored: bytes


def fitted(compressor: Compressor, body: bytes, old_dictionary_id: int, old_stored_bytes: int) -> Fitted:
    """`body` in the room of another; in more of it only if it must be."""
    if old_dictionary_id == UNCOMPRESSED:
        padded = body.ljust(old_stored_bytes)
        return Fitted(padded, UNCOMPRESSED, padded)
    body = body.ljust(_BODY_BYTES_MIN)
    dictionary_id, stored = compressor.compress(body)
    if dictionary_id == UNCOMPRESSED:
        padded = body.ljust(old_stored_bytes)
        return Fitted(padded, UNCOMPRESSED, padded)
    return Fitted(body, dictionary_id, stored.ljust(old_stored_bytes, b"\0"))
