"""The cookie of a login session: what it holds, how it is set, read and taken away. Pure.

Rules
- It holds 256 random bits and nothing else; the store keeps their sha256.
- HttpOnly (no script reads it), SameSite=Lax, the path `/`, no Domain, no Max-Age: it goes with the browser.
- Over HTTPS it is Secure and named `__Host-...`, so that no other host and no plain connection can plant one.
  Over plain HTTP, as on an intranet, browsers drop such a cookie: there it has its short name and is not Secure.
- A request with two of them is a request with none: somebody may have planted the other.

What does not belong here: whether the connection is HTTPS (`web`), whose session it is (`gate`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from hashlib import sha256

__all__ = ["COOKIE_HEADERS_MAX", "cookie_in", "cookie_name", "digest_of", "ended_cookie", "new_cookie", "set_cookie"]

COOKIE_BYTES = 32
COOKIE_HEADERS_MAX = 8
"""HTTP/2 may split the header; nobody splits it into more."""
_NAME = "afterchat"
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_MANNER = "Path=/; HttpOnly; SameSite=Lax"


def new_cookie() -> str:
    """256 random bits as text."""
    return secrets.token_urlsafe(COOKIE_BYTES)


def digest_of(cookie: str) -> bytes | None:
    """What the store knows a session by; None for what can be no cookie of ours. Total."""
    return sha256(cookie.encode("ascii")).digest() if _VALUE.fullmatch(cookie) else None


def cookie_name(*, is_secure: bool) -> str:
    """The name under which it is kept."""
    return f"__Host-{_NAME}" if is_secure else _NAME


def set_cookie(cookie: str, *, is_secure: bool) -> str:
    """Value of the header `Set-Cookie` that begins a session."""
    return f"{cookie_name(is_secure=is_secure)}={cookie}; {_MANNER}{'; Secure' if is_secure else ''}"


def ended_cookie(*, is_secure: bool) -> str:
    """Value of the header `Set-Cookie` that takes it away."""
    return f"{set_cookie('', is_secure=is_secure)}; Max-Age=0"


def cookie_in(headers: Sequence[str], *, is_secure: bool) -> str | None:
    """The session's cookie in the `Cookie` headers of a request; None unless there is exactly one. Total."""
    if len(headers) > COOKIE_HEADERS_MAX:
        return None
    wanted = cookie_name(is_secure=is_secure)
    pairs = (pair.strip().partition("=") for header in headers for pair in header.split(";"))
    found = [value.strip() for name, _, value in pairs if name.strip() == wanted]
    return found[0] if len(found) == 1 and _VALUE.fullmatch(found[0]) else None
