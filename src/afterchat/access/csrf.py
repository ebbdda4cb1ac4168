"""Against requests that another site makes a browser send: a token in every form, and the origin. Pure.

Rules
- The token is an HMAC over the session's cookie under a random key of that session: it is of no use for another
  session, and shows nothing of the cookie.
- Every request that changes something needs the right token and the right origin; either alone is not enough.
- Pages are compressed and may hold what somebody else put into the address: so they carry the token masked.
- An origin is right when scheme, host and port are those that the request was sent to.
  Without `Origin` the browser's own word counts (`Sec-Fetch-Site: same-origin`); without either there is no request.

What does not belong here: which routes change something (`web`).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence

__all__ = ["CSRF_KEY_BYTES", "TOKEN_BYTES", "csrf_token", "is_from_here", "is_right_token", "masked_token"]

CSRF_KEY_BYTES = 32
TOKEN_BYTES = 32
_TOKEN = re.compile(rf"(?:[0-9a-f]{{{2 * TOKEN_BYTES}}}){{1,2}}", re.ASCII)
"""Plain, or masked."""
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#@\s]{1,300})", re.ASCII)
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]{2,60}\]|[a-z0-9._-]{1,255})(?::(?P<port>[0-9]{1,5}))?", re.ASCII)


def csrf_token(csrf_key: bytes, cookie: str) -> str:
    """The token that forms of this session carry."""
    return hmac.digest(csrf_key, cookie.encode(), "sha256").hex()


def masked_token(token: str, noise: bytes) -> str:
    """The token as a compressed page carries it: other characters every time, so that its length tells nothing of it.

    `noise` is TOKEN_BYTES of chance.
    """
    return noise.hex() + _xor(noise, bytes.fromhex(token)).hex()


def is_right_token(claimed: Sequence[str], token: str) -> bool:
    """Whether exactly one token came and it is that one, masked or plain; compared in constant time. Total."""
    if len(claimed) != 1 or not _TOKEN.fullmatch(claimed[0]):
        return False
    found = bytes.fromhex(claimed[0])
    if len(found) == 2 * TOKEN_BYTES:
        found = _xor(found[:TOKEN_BYTES], found[TOKEN_BYTES:])
    return hmac.compare_digest(found, bytes.fromhex(token))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(left, right, strict=True))


def is_from_here(origins: Sequence[str], hosts: Sequence[str], fetch_sites: Sequence[str], scheme: str) -> bool:
    """Whether a request was made by a page of this very address. Total.

    Each sequence holds all headers of one name (`Origin`, `Host`, `Sec-Fetch-Site`); `scheme` is how it was sent.
    """
    if len(origins) > 1 or len(hosts) != 1 or len(fetch_sites) > 1:
        return False
    if not origins:
        return list(fetch_sites) == ["same-origin"]
    origin = _ORIGIN.fullmatch(origins[0].lower())
    if origin is None or origin["scheme"] != scheme:
        return False
    theirs, ours = _name_and_port(origin["host"], scheme), _name_and_port(hosts[0].lower(), scheme)
    return theirs is not None and theirs == ours


def _name_and_port(host: str, scheme: str) -> tuple[str, str] | None:
    found = _HOST.fullmatch(host)
    return None if found is None else (found["name"], found["port"] or _DEFAULT_PORTS.get(scheme, ""))
