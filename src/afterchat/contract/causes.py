"""Why the signature of a push may be wrong: each likely cause with its remedy, in both languages.

Words for the operator of the receiving end; a stranger learns nothing but "checksum wrong".

What does not belong here: finding out which cause it is (`receiver.diagnosis`).
"""

from __future__ import annotations

from enum import Enum

__all__ = ["Cause"]


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
