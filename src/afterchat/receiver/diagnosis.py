"""Why a checksum is wrong: the likely cause, for the operator only.

A stranger learns nothing but "checksum wrong"; the operator of the receiving end sees which mistake would explain it.
Each cause is tried by making the same mistake on purpose and comparing the sums.
Pure, and too slow for the push path (about a hundred hashes): it runs when a quarantined push is written or by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from afterchat.contract.causes import Cause
from afterchat.contract.signature import body_md5, checksum, is_within_window, read_time

__all__ = ["diagnose"]


_MILLISECOND_DIGITS = 13

_Attempt = tuple[Cause, Callable[[bytes], bytes]]


def diagnose(
    secrets: Sequence[bytes],
    query_time: bytes,
    claimed: bytes,
    body: bytes,
    now_ms: int,
    *,
    retired_secrets: Sequence[bytes] = (),
    window_seconds: int = 300,
) -> Cause:
    """Name the likeliest cause of a refusal; total over any bytes.

    `query_time` and `claimed` are the raw values of the query, empty when absent.
    """
    if not claimed:
        return Cause.NO_CHECKSUM
    if not secrets and not retired_secrets:
        return Cause.NO_KEY
    for cause, attempt in _attempts(query_time, body):
        if any(attempt(secret) == claimed for secret in secrets):
            return _cause_by_time(query_time, now_ms, window_seconds) if cause is Cause.AUTHENTIC else cause
    right = {checksum(secret, body_md5(body), query_time): Cause.OLD_SECRET for secret in retired_secrets}
    right |= {checksum(secret, body_md5(body), query_time): Cause.UPPER_CASE for secret in secrets}
    return right.get(claimed.lower(), Cause.UNKNOWN)


def _cause_by_time(query_time: bytes, now_ms: int, window_seconds: int) -> Cause:
    """Why a push with the right checksum can still be refused."""
    signed_at = read_time(query_time)
    if signed_at is None:
        return Cause.MILLISECONDS if len(query_time) == _MILLISECOND_DIGITS else Cause.BAD_TIME
    return Cause.AUTHENTIC if is_within_window(signed_at, now_ms, window_seconds) else Cause.OUTSIDE_WINDOW


def _attempts(time: bytes, body: bytes) -> Iterator[_Attempt]:
    """The right way first, then the mistakes, likeliest first."""
    md5 = body_md5(body)
    yield Cause.AUTHENTIC, partial(_sum, md5, time)
    if len(time) == _MILLISECOND_DIGITS:
        yield Cause.MILLISECONDS, partial(_sum, md5, time[:10])
    for misread in (bytes.strip, bytes.lower, bytes.upper, _with_line_feed, _with_blank):
        yield Cause.TRIMMED_SECRET, partial(_sum_of_misread, misread, md5, time)
    for cause, other in _other_bodies(body):
        yield cause, partial(_sum, body_md5(other), time)
    yield Cause.UPPER_CASE_MD5, partial(_sum, md5.upper(), time)
    for order in ((0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)):
        yield Cause.OTHER_ORDER, partial(_sum_in_order, order, md5, time)


def _sum(md5: bytes, time: bytes, secret: bytes) -> bytes:
    return checksum(secret, md5, time)


def _sum_of_misread(misread: Callable[[bytes], bytes], md5: bytes, time: bytes, secret: bytes) -> bytes:
    return checksum(misread(secret), md5, time)


def _sum_in_order(order: tuple[int, int, int], md5: bytes, time: bytes, secret: bytes) -> bytes:
    parts = (secret, md5, time)
    return hashlib.sha1(b"".join(parts[index] for index in order), usedforsecurity=False).hexdigest().encode()


def _with_line_feed(secret: bytes) -> bytes:
    return secret + b"\n"


def _with_blank(secret: bytes) -> bytes:
    return secret + b" "


def _other_bodies(body: bytes) -> Iterator[tuple[Cause, bytes]]:
    """What the sender may have hashed instead of what it sent."""
    yield Cause.EMPTY_BODY, b""
    yield Cause.EMPTY_BODY, b"{}"
    for stripped in {body.strip(), body + b"\n", body + b"\r\n"} - {body}:
        yield Cause.RE_ENCODED, stripped
    for source, target in (("utf-8", "gb18030"), ("gb18030", "utf-8")):
        try:
            yield Cause.GBK, body.decode(source).encode(target)
        except UnicodeError:
            continue
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return
    for separators in ((",", ":"), (", ", ": ")):
        for ensure_ascii in (False, True):
            for sort_keys in (False, True):
                text = json.dumps(document, ensure_ascii=ensure_ascii, separators=separators, sort_keys=sort_keys)
                yield Cause.RE_ENCODED, text.encode("utf-8", "surrogatepass")
                yield Cause.RE_ENCODED, text.replace("/", "\\/").encode("utf-8", "surrogatepass")
