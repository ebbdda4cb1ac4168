"""Length extension of SHA-1: a valid checksum for a longer `time`, made without the secret.

Rules:
- Knows one captured push and the length of the secret; never the secret.
- Written for the judge only; nothing of it is of use where `time` must be ten digits.

What does not belong here: sending.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["Forged", "extend_checksum"]

BLOCK_BYTES = 64
WORD = 0xFFFFFFFF


class Forged(NamedTuple):
    """What an attacker would send."""

    time: bytes
    checksum: str


def extend_checksum(checksum: str, secret_bytes: int, time: bytes, suffix: bytes) -> Forged:
    """The checksum of the same body for `time` + padding + `suffix`."""
    known_bytes = secret_bytes + 32 + len(time)
    padding = pad(known_bytes)
    state = struct.unpack(">5I", bytes.fromhex(checksum))
    rest = suffix + pad(known_bytes + len(padding) + len(suffix))
    for start in range(0, len(rest), BLOCK_BYTES):
        state = compress(state, rest[start : start + BLOCK_BYTES])
    return Forged(time + padding + suffix, struct.pack(">5I", *state).hex())


def pad(message_bytes: int) -> bytes:
    """What SHA-1 appends to a message of this length."""
    zeros = (55 - message_bytes) % BLOCK_BYTES
    return b"\x80" + bytes(zeros) + struct.pack(">Q", message_bytes * 8)


def compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    """One block of SHA-1 from any state."""
    words = list(struct.unpack(">16I", block))
    for index in range(16, 80):
        words.append(rotated(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1))
    a, b, c, d, e = state
    for index, word in enumerate(words):
        if index < 20:
            mixed, constant = (b & c) | (~b & d), 0x5A827999
        elif index < 40:
            mixed, constant = b ^ c ^ d, 0x6ED9EBA1
        elif index < 60:
            mixed, constant = (b & c) | (b & d) | (c & d), 0x8F1BBCDC
        else:
            mixed, constant = b ^ c ^ d, 0xCA62C1D6
        a, b, c, d, e = (rotated(a, 5) + (mixed & WORD) + e + constant + word) & WORD, a, rotated(b, 30), c, d
    return tuple((old + new) & WORD for old, new in zip(state, (a, b, c, d, e), strict=True))


def rotated(word: int, bits: int) -> int:
    return ((word << bits) | (word >> (32 - bits))) & WORD
