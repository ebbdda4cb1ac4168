"""The platform's own scheme: checksum = SHA-1(secret + MD5(body) + time), lower-case hex throughout.

Everything is bytes, because the sum is over the wire's bytes and because comparing text with non-ASCII raises.

Rules
- The sum is taken over the body exactly as it came, before anything parses it.
- `time` is ten ASCII digits and nothing else: the scheme can be length-extended, and a reader that takes
  signs, blanks, underscores, other digits or trailing bytes would take a forged time.
- All secrets are tried and every comparison takes the same time, so that an answer's delay says nothing.
- MD5 collides: a checksum proves who signed, it never identifies what was signed.
  Identity is the sha256 of the body, and is not this module's business.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence

__all__ = ["SIGNATURE_MODES", "body_md5", "checksum", "checksum_matches", "is_within_window", "read_time"]

SIGNATURE_MODES = ("legacy", "both", "hmac_only")
"""Which signatures a push carries or must carry: this scheme's checksum, Standard Webhooks' HMAC, or both."""

_TEN_DIGITS = re.compile(rb"[0-9]{10}")


def body_md5(body: bytes) -> bytes:
    """MD5 of the body, 32 lower-case hex digits."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest().encode("ascii")


def checksum(secret: bytes, md5_hex: bytes, time: bytes) -> bytes:
    """The checksum of a body with that MD5, signed at `time` (epoch seconds as text); 40 lower-case hex digits."""
    return hashlib.sha1(secret + md5_hex + time, usedforsecurity=False).hexdigest().encode("ascii")


def checksum_matches(secrets: Sequence[bytes], body: bytes, time: bytes, claimed: bytes) -> int:
    """Index of the first secret under which `claimed` is the checksum of `body` at `time`, or -1.

    Total: any bytes give an answer.
    It says nothing about `time` being readable or recent; ask `read_time` and `is_within_window` first.
    """
    md5_hex = body_md5(body)
    found = -1
    for index, secret in enumerate(secrets):
        is_match = hmac.compare_digest(checksum(secret, md5_hex, time), claimed)
        if is_match and found < 0:
            found = index
    return found


def read_time(text: bytes) -> int | None:
    """Epoch seconds of exactly ten ASCII digits; None for anything else."""
    return int(text) if _TEN_DIGITS.fullmatch(text) else None


def is_within_window(signed_at: int, now_ms: int, window_seconds: int) -> bool:
    """Whether `signed_at` (epoch seconds) is at most `window_seconds` from `now_ms` (epoch ms), either way.

    The vendor states five minutes and no direction; the edge itself is inside.
    """
    return abs(signed_at * 1000 - now_ms) <= window_seconds * 1000
