"""Whose token a request carries: a bearer token, looked up by its sha256. Pure and total.

Rules
- Every refusal looks the same: missing, malformed, unknown and expired tell a stranger nothing apart.
- Every stored hash is compared in constant time and none is skipped, so the time of an answer names no token.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256

from afterchat.store.ports import Token

__all__ = ["AUTHORIZATION_BYTES_MAX", "bearer_token"]

AUTHORIZATION_BYTES_MAX = 512
"""A 256-bit token takes about 50 characters."""


def bearer_token(authorizations: Sequence[bytes], tokens: Sequence[tuple[Token, bytes]], now_ms: int) -> Token | None:
    """The token that the request's `Authorization` headers carry, or None. Total.

    `tokens` are those in the registry with their sha256; exactly one header of the form `Bearer <token>` is taken.
    """
    if len(authorizations) != 1 or len(authorizations[0]) > AUTHORIZATION_BYTES_MAX:
        return None
    scheme, _, secret = authorizations[0].partition(b" ")
    if scheme.lower() != b"bearer" or not secret.strip():
        return None
    claimed = sha256(secret.strip()).digest()
    found = None
    for token, token_sha256 in tokens:
        if hmac.compare_digest(claimed, token_sha256):
            found = token
    if found is None or (found.expires_at is not None and found.expires_at <= now_ms):
        return None
    return found
