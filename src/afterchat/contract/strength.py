"""How strong a secret is: what is refused when one is set and warned of when one is found. Pure.

The platform's scheme is a fast hash, so a captured push lets anybody try secrets at billions a second: length is all.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["SECRET_BYTES", "SECRET_BYTES_MAX", "Weakness", "weakness"]

SECRET_BYTES = 32
"""Random bytes of a secret that is made here."""
SECRET_BYTES_MAX = 4096

_DISTINCT_BYTES_MIN = 8
"""32 random hex digits have fewer than 8 different ones about once in a million."""
_WORDS = (b"password", b"secret", b"123456", b"qwerty", b"changeme", b"appsecret", b"test", b"admin")


class Weakness(NamedTuple):
    """Why a secret is weak."""

    en: str
    zh: str


def weakness(secret: bytes, chars_min: int) -> Weakness | None:
    """Why `secret` is weak, or None when nothing speaks against it."""
    if secret != secret.strip():
        return Weakness("it begins or ends with white space", "首尾有空白")
    if len(secret) < chars_min:
        return Weakness(f"it is shorter than {chars_min} characters", f"长度不足 {chars_min} 个字符")
    if len(set(secret)) < _DISTINCT_BYTES_MIN:
        return Weakness("it has too few different characters", "不同字符过少")
    if any((secret + secret).find(secret, 1) == step for step in range(1, len(secret) // 2 + 1)):
        return Weakness("it repeats itself", "由重复片段组成")
    without_words = secret.lower()
    for word in _WORDS:
        without_words = without_words.replace(word, b"")
    if len(without_words) < chars_min // 2:
        return Weakness("it consists of words that everybody tries first", "由最常被尝试的单词组成")
    return None
