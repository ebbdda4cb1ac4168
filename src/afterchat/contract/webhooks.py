"""Standard Webhooks: the HMAC-SHA256 signature that can be sent beside the platform's own checksum.

The signed content is `message id . timestamp . body`; the header holds one or more `v1,<base64>` with blanks between.

Rules
- A message id holds visible ASCII without a dot, or two different messages could have the same signed content.
- The timestamp is ten ASCII digits, as in the checksum scheme.
- All keys are tried against all signatures, every comparison on bytes and in constant time.
- Whether a timestamp is recent is asked of `signature.is_within_window`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence

from afterchat.contract.signature import read_time
from afterchat.errors import CallerError

__all__ = ["sign_webhook", "webhook_key", "webhook_matches"]

MESSAGE_ID_CHARS_MAX = 256
SIGNATURES_MAX = 16
"""Several signatures stand in a header while keys rotate; more than a few are not looked at."""

_SECRET_PREFIX = b"whsec_"
_VERSION = b"v1,"
_MESSAGE_ID = re.compile(rb"[!-\-/-~]{1,%d}" % MESSAGE_ID_CHARS_MAX)
"""Visible ASCII; the range leaves out `.`, which lies between `-` and `/`."""


def webhook_key(secret: bytes) -> bytes:
    """The key of a secret: `whsec_<base64>` is decoded, anything else is the key as it stands."""
    if not secret.startswith(_SECRET_PREFIX):
        return secret
    try:
        return base64.b64decode(secret[len(_SECRET_PREFIX) :], validate=True)
    except binascii.Error:
        return secret


def sign_webhook(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """The header value `v1,<base64>` for one body; `timestamp` in epoch seconds.

    Raises CallerError for a message id or a timestamp that no receiver could read.
    """
    id_bytes = message_id.encode("utf-8", "surrogatepass")
    if not _MESSAGE_ID.fullmatch(id_bytes):
        raise CallerError(
            f"the message id cannot be signed: use 1 to {MESSAGE_ID_CHARS_MAX} visible ASCII characters without a dot"
        )
    time_bytes = str(timestamp).encode("ascii")
    if read_time(time_bytes) is None:
        raise CallerError("the timestamp cannot be signed: give epoch seconds of ten digits, not milliseconds")
    return _signature(key, id_bytes, time_bytes, body).decode("ascii")


def webhook_matches(keys: Sequence[bytes], message_id: bytes, timestamp: bytes, header: bytes, body: bytes) -> int:
    """Index of the first key that made one of the signatures in `header`, or -1.

    Total: any bytes give an answer; an unreadable message id or timestamp gives -1.
    """
    if not _MESSAGE_ID.fullmatch(message_id) or read_time(timestamp) is None:
        return -1
    claimed = header.split(b" ", SIGNATURES_MAX)[:SIGNATURES_MAX]
    found = -1
    for index, key in enumerate(keys):
        expected = _signature(key, message_id, timestamp, body)
        matches = [hmac.compare_digest(expected, signature) for signature in claimed]
        if any(matches) and found < 0:
            found = index
    return found


def _signature(key: bytes, message_id: bytes, timestamp: bytes, body: bytes) -> bytes:
    content = b"%b.%b.%b" % (message_id, timestamp, body)
    return _VERSION + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
