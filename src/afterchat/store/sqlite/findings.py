"""What the check of a store may report, with every sentence in both languages.

What does not belong here: looking for damage (`check`, `check_records`, `check_sender`).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

__all__ = ["CheckProgress", "Fault", "Finding", "Report", "finding"]


class Fault(Enum):
    """What can be wrong; values stand in `{}`."""

    UNREADABLE_FILE = ("{said}", "{said}")
    INTEGRITY = ("SQLite's own check: {said}", "SQLite 自检：{said}")
    TALLY = ("{kept} repeats are said to be kept, {there} are", "记录的重复推送数为 {kept}，实际为 {there}")
    REPEATS = (
        "its repeats do not agree with each other or with the push",
        "其重复推送的计数彼此不符，或与该推送不符",
    )
    DICTIONARY = (
        "is not the one that bodies were compressed with; restore the inbox from a backup",
        "与压缩时所用的字典不同；请用备份恢复收件箱",
    )
    UNREADABLE_ROW = ("cannot be read: {said}", "无法读取：{said}")
    MISSING = ("is missing or cannot be read", "缺失或无法读取")
    NAMES = (
        "names a tenant, event type, key or scheme that is not there",
        "所引用的租户、事件类型、密钥或签名方式不存在",
    )
    BODY = ("its body is not the one that arrived", "请求体与到达时不同")
    COLUMN = ("a column is not as it was written", "某一列与写入时不同")
    COUNT = (
        "{kept} are said to be kept, {there} are; run `afterchat records rebuild`",
        "记录的数目为 {kept}，实际为 {there}；请执行 `afterchat records rebuild`",
    )
    NOT_UNDERSTOOD = (
        "{kept} pushes were applied, {there} stand there; run `afterchat records rebuild`",
        "已处理 {kept} 条推送，实际只有 {there} 条；请执行 `afterchat records rebuild`",
    )
    END_LOST = (
        "ends at push {last}, but pushes up to {cursor} were applied: its end is lost",
        "止于推送 {last}，但已处理到推送 {cursor}：末尾部分已丢失",
    )
    NO_PUSH = (
        "is of a push that is not in the inbox; run `afterchat records rebuild`",
        "对应的推送不在收件箱中；请执行 `afterchat records rebuild`",
    )
    HASH = (
        "its record names another hash than the inbox; run `afterchat records rebuild`",
        "其记录的哈希与收件箱不同；请执行 `afterchat records rebuild`",
    )
    DIFFERS = (
        "{columns}: not what its push says; run `afterchat records rebuild` (this release may also read it better)",
        "{columns}：与推送内容不符；请执行 `afterchat records rebuild`（也可能是本版本解读得更好）",
    )
    UNREADABLE_RECORD = (
        "its record cannot be read: {said}; run `afterchat records rebuild`",
        "其记录无法读取：{said}；请执行 `afterchat records rebuild`",
    )
    SENDER_BODY = ("its body is not the one that was committed", "请求体与提交时不同")
    SENDER_COUNT = ("{what}: {kept} are said to be kept, {there} are", "{what}：记录的数目为 {kept}，实际为 {there}")
    LINE = (
        "is not where it belongs in the line of its session and endpoint",
        "在其会话与端点的投递队列中位置不对",
    )
    ENTRY_WITHOUT_PUSH = ("is of a push that is not there", "对应的推送不存在")
    MORE = (
        "{count} more rows of {table} differ; run `afterchat records rebuild`",
        "表 {table} 中另有 {count} 行不符；请执行 `afterchat records rebuild`",
    )


class Finding(NamedTuple):
    """One thing that is not as it was written."""

    file: str
    where: str
    """Such as `push 17`; empty for the file as a whole."""
    what: str
    what_zh: str
    """The same in Chinese."""


class CheckProgress(NamedTuple):
    """How far the check came in one part."""

    part: str
    done: int
    total: int


Report = Iterator[Finding | CheckProgress]


def finding(file: str, where: str, fault: Fault, **values: object) -> Finding:
    """A finding with its sentence filled in."""
    english, chinese = fault.value
    return Finding(file, where, english.format(**values), chinese.format(**values))
