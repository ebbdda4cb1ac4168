"""How strong a secret is: what `keys add` refuses and `doctor` warns about.

The platform's scheme is a fast hash, so a captured push lets anybody try secrets at billions a second: length is all.
"""

from __future__ import annotations

from afterchat.cli.language import Text

__all__ = ["weakness"]

_DISTINCT_BYTES_MIN = 8
"""32 random hex digits have fewer than 8 different ones about once in a million."""
_WORDS = (b"password", b"secret", b"123456", b"qwerty", b"changeme", b"appsecret", b"test", b"admin")


def weakness(secret: bytes, chars_min: int) -> Text | None:
    """Why `secret` is weak, or None when nothing speaks against it."""
    if secret != secret.strip():
        return Text("it begins or ends with white space", "首尾有空白")
    if len(secret) < chars_min:
        return Text(f"it is shorter than {chars_min} characters", f"长度不足 {chars_min} 个字符")
    if len(set(secret)) < _DISTINCT_BYTES_MIN:
        return Text("it has too few different characters", "不同字符过少")
    if any((secret + secret).find(secret, 1) == step for step in range(1, len(secret) // 2 + 1)):
        return Text("it repeats itself", "由重复片段组成")
    without_words = secret.lower()
    for word in _WORDS:
        without_words = without_words.replace(word, b"")
    if len(without_words) < chars_min // 2:
        return Text("it consists of words that everybody tries first", "由最常被尝试的单词组成")
    return None
