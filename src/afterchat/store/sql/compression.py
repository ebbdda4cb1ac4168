"""Bodies, made small for the disk.

Every body spells the same 59 names, so a dictionary that knows them saves what they cost.
It is a trained one: it brings its code tables along, so that they are not made anew for each body.
It is kept in the database: a store can be read without the program that wrote it, and a later version may add a better
dictionary, because each row says which one it needs.

Rules
- Compressing never fails and never loses: a body that does not shrink, or cannot be compressed, is kept as it is.
- Decompressing is bounded by the size that the row names, and that size by BODY_BYTES_MAX.
- No checksum inside the frame: the row's own sha256 guards the body.

What does not belong here: tables.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import zstandard

__all__ = ["BODY_BYTES_MAX", "UNCOMPRESSED", "Compressor", "Decompressor", "dictionary_bytes"]

UNCOMPRESSED = 0
"""Dictionary id of a body that is kept as it is."""

BODY_BYTES_MAX = 64 * 1024 * 1024
"""No row may claim a larger body; far above what the edge lets in."""

_LEVEL = 3
"""Measured on strangers' bodies of 1,566 B: level 1 482 B in 4.1 us, 3 460 B in 4.8 us, 5 437 B in 17 us."""


def dictionary_bytes() -> bytes:
    """The dictionary this version gives to a new store; made by `tools/train_dictionary.py`."""
    return Path(__file__).with_name("bodies.dictionary").read_bytes()


class Compressor:
    """Compresses with one dictionary; for one thread at a time."""

    def __init__(self, dictionary_id: int, dictionary: bytes) -> None:
        prepared = zstandard.ZstdCompressionDict(dictionary)
        prepared.precompute_compress(level=_LEVEL)
        self._dictionary_id = dictionary_id
        self._compressor = zstandard.ZstdCompressor(
            level=_LEVEL, dict_data=prepared, write_content_size=True, write_checksum=False, write_dict_id=False
        )

    def compress(self, body: bytes) -> tuple[int, bytes]:
        """(dictionary id, what to store); never raises."""
        try:
            compressed = self._compressor.compress(body)
        except (zstandard.ZstdError, MemoryError):
            return UNCOMPRESSED, body
        return (self._dictionary_id, compressed) if len(compressed) < len(body) else (UNCOMPRESSED, body)


class Decompressor:
    """Decompresses rows of one database; for one thread at a time.

    `find_dictionary` gives the bytes of a dictionary by its id, None when there is none.
    """

    def __init__(self, find_dictionary: Callable[[int], bytes | None]) -> None:
        self._find_dictionary = find_dictionary
        self._by_dictionary: dict[int, zstandard.ZstdDecompressor] = {}

    def decompress(self, dictionary_id: int, stored: bytes, body_bytes: int) -> bytes | None:
        """The body; None when the row is damaged."""
        if not 0 <= body_bytes <= BODY_BYTES_MAX:
            return None
        if dictionary_id == UNCOMPRESSED:
            return stored if len(stored) == body_bytes else None
        decompressor = self._by_dictionary.get(dictionary_id) or self._prepare(dictionary_id)
        if decompressor is None:
            return None
        try:
            # A frame that claims another size than the row is damaged, and is not given the memory it asks for.
            if zstandard.frame_content_size(stored) != body_bytes:
                return None
            body = decompressor.decompress(stored, max_output_size=body_bytes)
        except (zstandard.ZstdError, MemoryError):
            return None
        return body if len(body) == body_bytes else None

    def _prepare(self, dictionary_id: int) -> zstandard.ZstdDecompressor | None:
        dictionary = self._find_dictionary(dictionary_id)
        if dictionary is None:
            return None
        try:
            prepared = zstandard.ZstdCompressionDict(dictionary)
            self._by_dictionary[dictionary_id] = zstandard.ZstdDecompressor(dict_data=prepared)
        except zstandard.ZstdError:
            return None  # a damaged dictionary is as good as none
        return self._by_dictionary[dictionary_id]
