"""Why a checksum is wrong: the likely cause, for the operator only.

A stranger learns nothing but "checksum wrong"; the operator of the receiving end sees which mistake would explain it.
Each cause is tried by making the same mistake on purpose and comparing the sums.
Pure, and too slow for the push path (about a hundred hashes): it runs when a quarantined push is written or by hand.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from functools import partial

from afterchat.contract.signature import body_md5, checksum, is_within_window, read_time

__all__ = ["Cause", "diagnose"]


class Cause(Enum):
    """A likely cause with its remedy, in both languages."""

    AUTHENTIC = ("authentic", "The checksum is right.", "校验和正确。")
    OUTSIDE_WINDOW = (
        "outside_window",
        "The checksum is right, but its time is too far from now: compare the clocks of both machines (NTP).",
        "校验和正确，但 time 与本机时间相差过大：请检查双方时钟（NTP）。",
    )
    NO_CHECKSUM = ("no_checksum", "There is no checksum in the query.", "查询串中没有 checksum。")
    NO_KEY = (
        "no_key",
        "This tenant has no key in force: add one with `afterchat keys add`.",
        "该租户没有生效的密钥：请用 `afterchat keys add` 添加。",
    )
    WEBHOOKS_ONLY = (
        "webhooks_only",
        "This tenant takes Standard Webhooks only, and no webhook-signature matched: compare headers and key.",
        "该租户只接受 Standard Webhooks 签名，而 webhook-signature 不符：请核对请求头与密钥。",
    )
    MILLISECONDS = ("milliseconds", "`time` is in milliseconds; it has to be in seconds.", "time 用了毫秒，应当用秒。")
    BAD_TIME = ("bad_time", "`time` has to be exactly ten digits: epoch seconds.", "time 必须正好是十位数字（秒）。")
    OLD_SECRET = ("old_secret", "It was signed with a secret that is no longer in force.", "签名所用的密钥已经失效。")
    UPPER_CASE = (
        "upper_case",
        "The checksum is in upper case; it has to be lower-case hex.",
        "checksum 用了大写，应为小写十六进制。",
    )
    UPPER_CASE_MD5 = (
        "upper_case_md5",
        "The MD5 inside was in upper case; it has to be lower-case hex.",
        "计算时 MD5 用了大写，应为小写十六进制。",
    )
    TRIMMED_SECRET = (
        "trimmed_secret",
        "The sender's secret differs from ours only by white space or letter case: copy it again.",
        "双方密钥仅差空白或大小写：请重新复制。",
    )
    GBK = (
        "gbk",
        "The sum was taken over GBK bytes, but UTF-8 was sent: sign the bytes that are sent.",
        "校验和按 GBK 字节计算，发送的却是 UTF-8：请对实际发送的字节签名。",
    )
    RE_ENCODED = (
        "re_encoded",
        "The sum fits the same JSON written differently (spaces, escapes): sign the very bytes that are sent.",
        "校验和对应同一 JSON 的另一种写法（空格、转义或换行）：请对实际发送的字节签名。",
    )
    EMPTY_BODY = ("empty_body", "The sum was taken over an empty body.", "校验和是对空请求体计算的。")
    OTHER_ORDER = (
        "other_order",
        "The parts were joined in another order; it is secret, then MD5, then time.",
        "拼接顺序不对，应为 密钥 + MD5 + time。",
    )
    UNKNOWN = (
        "unknown",
        "None of the usual mistakes explains it: most likely another secret, or the body was changed on its way.",
        "常见原因都不符合：多半是密钥不同，或请求体在途中被改动。",
    )

    def __init__(self, wire: str, en: str, zh: str) -> None:
        self.wire = wire
        self.en = en
        self.zh = zh


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
