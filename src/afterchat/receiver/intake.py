"""The receiver's pure step: one bounded request, the rings and the time in; a verdict out.

    parameters -> window -> checksum over the wire bytes with every secret in force -> Arrival | Refused

Rules
- Total: whatever a stranger sends is a verdict, never an exception.
- The body is not parsed. What is signed is bytes, and what is stored is bytes.
- `time` is exactly ten ASCII digits. Anything laxer lets a length extension through (tests/vectors/refusals.json).
- Signatures never cover tenant, path or eventType, so none of them is trusted further than choosing a ring and a label.

What does not belong here: the store, the answer's bytes, and guessing why a checksum is wrong (`receiver.diagnosis`).
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from afterchat.contract.ack import Reason
from afterchat.contract.push import DEFAULT_TENANT
from afterchat.contract.signature import checksum_matches, is_within_window, read_time
from afterchat.contract.webhooks import webhook_matches
from afterchat.edge.message import Request
from afterchat.receiver.rings import Ring, Rings
from afterchat.store.ports import Arrival

__all__ = ["CHECKSUM_SCHEME", "WEBHOOKS_SCHEME", "Parameters", "Refused", "judge", "read_parameters"]

CHECKSUM_SCHEME = "checksum"
WEBHOOKS_SCHEME = "webhooks"

_PREFIX = b"/push/"
_EVENT_TYPE_BYTES_MAX = 64
"""The longest documented name has 23; the rest is room for names that nobody has published."""
_EVENT_TYPE_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")


class Parameters(NamedTuple):
    """The three query parameters as they were sent; None when absent."""

    time: bytes | None
    checksum: bytes | None
    event_type: bytes | None


class _Case(NamedTuple):
    """What both schemes of signature are judged by."""

    request: Request
    ring: Ring
    parameters: Parameters
    event_type: str
    now_ms: int
    window_seconds: int


class Refused(NamedTuple):
    """A push that is not taken, with what the operator needs to find out why."""

    reason: Reason
    ring: Ring | None = None
    parameters: Parameters | None = None
    is_authentic: bool = False
    signed_at: int | None = None


def judge(request: Request, rings: Rings, now_ms: int, window_seconds: int) -> Arrival | Refused:
    """Say whether this request is an authentic push of a known tenant, signed within the window."""
    if request.method != b"POST":
        return Refused(Reason.METHOD)
    name = request.path[len(_PREFIX) :] if request.path.startswith(_PREFIX) else b""
    ring = rings.get(name or DEFAULT_TENANT.encode())
    if ring is None:
        return Refused(Reason.TENANT)
    parameters = read_parameters(request.query)
    if parameters is None:
        return Refused(Reason.PARAMETER, ring)
    event_type = _read_event_type(parameters.event_type)
    if event_type is None:
        return Refused(Reason.PARAMETER, ring, parameters)
    case = _Case(request, ring, parameters, event_type, now_ms, window_seconds)
    if ring.signature_mode != "legacy":
        verdict = _judge_webhook(case)
        if verdict is not None:
            return verdict
    return _judge_checksum(case)


def read_parameters(query: bytes) -> Parameters | None:
    """Take `time`, `checksum` and `eventType` out of a raw query; None when one of them stands there twice.

    Names are compared as sent: another spelling is another parameter, and other parameters are ignored.
    """
    time = checksum = event_type = None
    for pair in query.split(b"&"):
        name, _, value = pair.partition(b"=")
        if name == b"time":
            if time is not None:
                return None
            time = value
        elif name == b"checksum":
            if checksum is not None:
                return None
            checksum = value
        elif name == b"eventType":
            if event_type is not None:
                return None
            event_type = value
    return Parameters(time, checksum, event_type)


def _judge_checksum(case: _Case) -> Arrival | Refused:
    ring, parameters = case.ring, case.parameters
    if ring.signature_mode == "hmac_only":
        return Refused(Reason.CHECKSUM, ring, parameters)
    time = parameters.time or b""
    signed_at = read_time(time)
    if signed_at is None:
        return Refused(Reason.TIME, ring, parameters)
    matching = checksum_matches(ring.secrets, case.request.body, time, parameters.checksum or b"")
    if not is_within_window(signed_at, case.now_ms, case.window_seconds):
        return Refused(Reason.TIME, ring, parameters, matching >= 0, signed_at)
    if matching < 0:
        return Refused(Reason.CHECKSUM, ring, parameters, signed_at=signed_at)
    return _arrival(case, signed_at, ring.key_ids[matching], CHECKSUM_SCHEME)


def _judge_webhook(case: _Case) -> Arrival | Refused | None:
    """The verdict by Standard Webhooks headers; None when they are not all there, or the checksum may still decide."""
    message_id = timestamp = signature = None
    for name, value in case.request.headers:
        if name == b"webhook-id":
            message_id = value
        elif name == b"webhook-timestamp":
            timestamp = value
        elif name == b"webhook-signature":
            signature = value
    if message_id is None or timestamp is None or signature is None:
        return None
    ring, parameters = case.ring, case.parameters
    matching = webhook_matches(ring.webhook_keys, message_id, timestamp, signature, case.request.body)
    signed_at = read_time(timestamp)
    if matching < 0 or signed_at is None:
        return Refused(Reason.CHECKSUM, ring, parameters) if parameters.checksum is None else None
    if not is_within_window(signed_at, case.now_ms, case.window_seconds):
        return Refused(Reason.TIME, ring, parameters, is_authentic=True, signed_at=signed_at)
    return _arrival(case, signed_at, ring.key_ids[matching], WEBHOOKS_SCHEME)


def _arrival(case: _Case, signed_at: int, key_id: str, scheme: str) -> Arrival:
    body = case.request.body
    identity = sha256(body).digest()
    return Arrival(case.ring.tenant, case.event_type, signed_at, case.now_ms, key_id, scheme, identity, body)


def _read_event_type(value: bytes | None) -> str | None:
    """The label as text, "" when absent or empty, None when it is no plain name."""
    if not value:
        return ""
    if b"%" in value:
        value = unquote_to_bytes(value)
    if len(value) > _EVENT_TYPE_BYTES_MAX or not _EVENT_TYPE_ALPHABET.issuperset(value):
        return None
    return value.decode("ascii")
