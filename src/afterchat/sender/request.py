"""A leased entry as a signed request: every attempt is signed afresh over the very same bytes. Pure.

Rules
- The platform's checksum is made with the newest key in force; a receiver that rotates knows both meanwhile.
- Standard Webhooks headers carry a signature by every key in force.
- The message id stays the same over all attempts and redeliveries of a push; the time is that of the attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote_plus, urlsplit

from afterchat.contract.signature import body_md5, checksum
from afterchat.contract.webhooks import sign_webhook, webhook_key
from afterchat.sender.transport import Failure, Request
from afterchat.store.ports import Key
from afterchat.store.sending import Endpoint, Lease

__all__ = ["signed_request"]

_CONTENT_TYPE = ("content-type", "application/json;charset=utf-8")


def signed_request(lease: Lease, endpoint: Endpoint, now_ms: int) -> Request | Failure:
    """What to send now; a Failure when the endpoint has no key in force, or its URL is none."""
    keys = _in_force(endpoint.keys, now_ms)
    if not keys:
        return Failure("unsigned", f"endpoint {endpoint.name} has no key in force; add one")
    seconds = now_ms // 1000
    time = str(seconds)
    query = [("eventType", lease.event_type), ("time", time)]
    headers = [_CONTENT_TYPE, *endpoint.headers]
    if endpoint.signature_mode != "hmac_only":
        sum_ = checksum(keys[0].secret, body_md5(lease.body), time.encode("ascii"))
        query.append(("checksum", sum_.decode("ascii")))
    if endpoint.signature_mode != "legacy":
        message_id = f"push-{lease.push_id}"
        signatures = (sign_webhook(webhook_key(key.secret), message_id, seconds, lease.body) for key in keys)
        headers += [
            ("webhook-id", message_id),
            ("webhook-timestamp", time),
            ("webhook-signature", " ".join(signatures)),
        ]
    try:
        url = _with_query(endpoint.url, query)
    except ValueError as error:
        return Failure("bad_url", str(error))
    return Request(endpoint.id, url, tuple(headers), lease.body)


def _in_force(keys: Sequence[Key], now_ms: int) -> list[Key]:
    """Newest first; `not_before` and `not_after` are epoch ms."""
    found = [key for key in keys if key.not_before <= now_ms and (key.not_after is None or now_ms < key.not_after)]
    return sorted(found, key=lambda key: (key.not_before, key.id), reverse=True)


def _with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    """The URL with these parameters behind those that it has, put together by hand: it is done for every attempt."""
    parts = urlsplit(url)
    own = f"{parts.query}&" if parts.query else ""
    joined = "&".join(
        f"{name}={value if value.isascii() and value.isalnum() else quote_plus(value)}" for name, value in query
    )
    return f"{parts.scheme}://{parts.netloc}{parts.path or '/'}?{own}{joined}"
