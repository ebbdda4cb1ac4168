"""Why a field or a body could not be read, in Chinese: a table of phrases beside the English ones that are stored.

`lenient` and `json_body` write the reasons, in English, and stores keep them so; what people read in Chinese is made of
them here, when it is shown.

    closeReason: wider than 64 bits   ->   closeReason：超出 64 位

Rules
- `{name}` stands for a number, `{text}` for anything, `{why}` for another reason; each is carried over.
- A reason that stands in no line is shown as it is: an old store may hold words that nobody writes any more.
- Every reason that this room can give has its line, which a test holds.

What does not belong here: names of fields (`record`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["BODY", "REASONS", "problem_in_chinese", "reason_in_chinese"]

REASONS: Mapping[str, str] = MappingProxyType({
    # Of a field.
    "wider than 64 bits": "超出 64 位",
    "not a whole number, or not exactly one": "不是整数，或无法精确表示",
    "text that is not a number of 64 bits": "文本不是 64 位以内的整数",
    "is an array, not a number": "是数组，不是数字",
    "is an object, not a number": "是对象，不是数字",
    "is an array, not text": "是数组，不是文本",
    "is an object, not text": "是对象，不是文本",
    "too great a number": "数值过大",
    "is true or false": "是布尔值",
    "replaced NUL or lone surrogates": "NUL 或不成对的代理字符已被替换",
    "neither an array nor JSON text of one": "既不是数组，也不是数组的 JSON 文本",
    "{count} of {entries} entries: {why}; {count2} of {entries2} entries: {why2}": (
        "{entries} 项中有 {count} 项：{why}；{entries2} 项中有 {count2} 项：{why2}"
    ),
    "{count} of {entries} entries: {why}": "{entries} 项中有 {count} 项：{why}",
    "unreadable": "无法读取",
    # Of a body.
    "begins with a byte order mark": "以字节顺序标记开头",
    "no readable id: {why}": "没有可读取的 id：{why}",
    "absent": "缺失",
    "empty": "内容为空",
    "not UTF-8 at byte {number}": "第 {number} 字节处不是 UTF-8",
    "JSON, but not an object": "是 JSON，但不是对象",
    "nested deeper than {number}": "嵌套超过 {number} 层",
    "not JSON": "不是 JSON",
    "not JSON: {text} is no number": "不是 JSON：{text} 不是数字",
    "not JSON at character {number}: {why}": "第 {number} 个字符处不是 JSON：{why}",
    # What the parser of JSON says.
    "Expecting value": "此处应为值",
    "Expecting property name enclosed in double quotes": "此处应为双引号括起的键",
    "Expecting ':' delimiter": "此处应为冒号",
    "Expecting ',' delimiter": "此处应为逗号",
    "Illegal trailing comma before end of array": "数组末尾多了逗号",
    "Illegal trailing comma before end of object": "对象末尾多了逗号",
    "Extra data": "其后还有多余内容",
    "Unterminated string starting at": "由此开始的字符串没有结束",
    "Invalid control character at": "不允许的控制字符",
    "Invalid control character {text} at": "不允许的控制字符 {text}",
    "Invalid \\escape": "无效的转义",
    "Invalid \\escape: {text}": "无效的转义 {text}",
    "Invalid \\uXXXX escape": "无效的 \\uXXXX 转义",
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": "重复的字节顺序标记",
})  # fmt: skip
"""English, as it is stored -> Chinese."""

_PLACE = re.compile(r"\\\{(\w+?)\\\}")
BODY = "body"
"""Where a problem is of the body as a whole; otherwise it names a field."""
_BODY_ZH = "请求体"


def reason_in_chinese(reason: str) -> str:
    """A reason as it is stored, in Chinese. Total."""
    fixed = REASONS.get(reason)
    if fixed is not None:
        return fixed
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(reason)
        if found is not None:
            parts = found.groupdict()
            said = {name: reason_in_chinese(part) if name.startswith("why") else part for name, part in parts.items()}
            return chinese.format(**said)
    return reason


def problem_in_chinese(problem: str) -> str:
    """A problem as it is stored, `wireName: why`, in Chinese; names of the wire stay. Total."""
    where, separator, why = problem.partition(": ")
    if not separator:
        return reason_in_chinese(problem)
    return f"{_BODY_ZH if where == BODY else where}：{reason_in_chinese(why)}"


def _pattern(english: str) -> re.Pattern[str]:
    """Numbers are digits; a reason within another is as short as it can be."""
    return re.compile(_PLACE.sub(_group, re.escape(english)), re.ASCII | re.DOTALL)


def _group(place: re.Match[str]) -> str:
    name = place[1]
    what = r".+?" if name.startswith(("why", "text")) else r"[0-9]+"
    return f"(?P<{name}>{what})"


_PATTERNS = tuple((_pattern(english), chinese) for english, chinese in REASONS.items() if "{" in english)
