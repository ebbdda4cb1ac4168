"""Problems as RFC 9457 documents: one table of codes, two languages, each naming the remedy.

Rules
- What is shown stands in this file, or in an error written to be shown; never a stack trace, SQL or a path on disk.
- `code` is for programs and never changes; `title` and `detail` are for people, in the language they asked for.
- The same problem is the same bytes: nothing in it names what was asked for.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from afterchat.web import urls

__all__ = ["PROBLEMS", "Problem", "ProblemError", "ProblemKind", "language_of", "problem"]

_ACCEPT_LANGUAGE_CHARACTERS_MAX = 200
_LANGUAGES = ("en", "zh")


class ProblemKind(NamedTuple):
    """One line of the table: HTTP status, then title and detail in Chinese and English."""

    status: int
    zh_title: str
    zh_detail: str
    en_title: str
    en_detail: str


PROBLEMS: dict[str, ProblemKind] = {
    "filter": ProblemKind(
        400,
        "查询参数无法识别",
        "请检查参数名与取值；可用的名称见 /docs。",
        "A parameter cannot be read",
        "Check its name and value; /docs lists them.",
    ),
    "body": ProblemKind(
        400,
        "请求体无法识别",
        "请发送一个 JSON 对象；可用的字段见接口说明。",
        "The body cannot be read",
        "Send one JSON object; the reference of the API lists its fields.",
    ),
    "token": ProblemKind(
        401,
        "需要有效的访问令牌",
        "请在 Authorization 请求头中以 Bearer 方式给出有效令牌；令牌由 afterchat tokens add 创建。",
        "A valid token is needed",
        "Send `Authorization: Bearer <token>` with a token that is in force; `afterchat tokens add` makes one.",
    ),
    "operator": ProblemKind(
        403,
        "此处需要运维令牌",
        "该令牌只属于一个租户；请使用不限租户的令牌。",
        "This needs an operator's token",
        "The token belongs to one tenant; use one that is bound to none.",
    ),
    "scope": ProblemKind(
        403,
        "该令牌不能读取",
        "该令牌只能提交事件；请用 afterchat tokens add 另建读取令牌。",
        "This token does not read",
        "It may hand in events only; `afterchat tokens add` makes one that reads.",
    ),
    "change": ProblemKind(
        403,
        "该令牌不能修改",
        "请用 afterchat tokens add --scope operate 另建可修改的令牌。",
        "This token changes nothing",
        "`afterchat tokens add --scope operate` makes one that does.",
    ),
    "missing": ProblemKind(
        404,
        "没有找到",
        "请检查路径与编号；该编号可能尚未被投影，或不属于该令牌可读的租户。",
        "There is no such thing",
        "Check the path and the id; it may not be projected yet, or not be readable with this token.",
    ),
    "method": ProblemKind(
        405,
        "此路径不支持该方法",
        "可用的方法见应答的 Allow 头。",
        "This path does not take that method",
        "The header `Allow` of this answer lists those that it takes.",
    ),
    "ambiguous": ProblemKind(
        409,
        "多个租户都有该会话编号",
        "请加上 ?tenant=租户名 指定其一。",
        "Several tenants have a session with this id",
        "Add `?tenant=NAME` to choose one.",
    ),
    "name": ProblemKind(
        409,
        "该名称已被使用",
        "该租户已有同名的推送地址，请换一个名称。",
        "The name is in use",
        "The tenant has an endpoint of that name; choose another.",
    ),
    "keys": ProblemKind(
        409,
        "同时生效的密钥过多",
        "同一时刻最多两个密钥生效；请等较早的密钥失效，或缩短重叠期。",
        "Too many keys would be in force",
        "At most two are in force at one time; let an older one end first, or shorten the overlap.",
    ),
    "undelivered": ProblemKind(
        409,
        "尚有待投递的条目",
        "删除后这些条目会被取消；如确需删除，请加上 ?force=yes。",
        "Something is still to be delivered",
        "It would be cancelled; insist with `?force=yes`.",
    ),
    "size": ProblemKind(
        413,
        "请求体过大",
        "此处的请求体最大 64 KiB。",
        "The body is too large",
        "A body has at most 64 KiB here.",
    ),
    "fault": ProblemKind(
        500,
        "服务内部错误",
        "该错误已写入服务日志；请凭时间与路径反馈给维护者。",
        "A fault of this program",
        "It is in the log; report it with the time and the path.",
    ),
    "store": ProblemKind(
        503,
        "存储暂不可用",
        "请稍后重试；若持续出现，请运行 afterchat doctor。",
        "The store is away",
        "Try again in a moment; if it lasts, run `afterchat doctor`.",
    ),
    "exports": ProblemKind(
        429,
        "导出任务已满",
        "同时进行的导出最多两个；请待其中一个完成后重试。",
        "Too many exports at once",
        "Two exports run at a time; try again when one of them is done.",
    ),
    "away": ProblemKind(
        503,
        "看板正在启动",
        "推送照常接收；请稍后重试，若持续出现，请查看服务日志。",
        "The dashboard is starting",
        "Pushes are taken meanwhile; try again in a moment, and read the log if it lasts.",
    ),
}
"""Every problem that this room answers with."""


class Problem(msgspec.Struct, frozen=True):
    """A problem document of RFC 9457, with a `code` for programs."""

    type: str
    title: str
    status: int
    detail: str
    code: str


class ProblemError(Exception):
    """Ends the handling of one request with a problem of the table; never leaves this room.

    `zh` and `en` replace the table's detail when both are given.
    """

    def __init__(self, code: str, *, zh: str = "", en: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.zh = zh
        self.en = en


def problem(code: str, language: str, *, zh: str = "", en: str = "") -> Problem:
    """The document for one code in `zh` or `en`."""
    kind = PROBLEMS[code]
    if language == "zh":
        return Problem(urls.problem(code), kind.zh_title, kind.status, zh or kind.zh_detail, code)
    return Problem(urls.problem(code), kind.en_title, kind.status, en or kind.en_detail, code)


def language_of(accept_language: str) -> str:
    """`zh` or `en`, whichever the header prefers; `en` when it names neither. Total."""
    best, best_quality = "en", 0.0
    for part in accept_language[:_ACCEPT_LANGUAGE_CHARACTERS_MAX].split(","):
        tag, _, parameters = part.strip().lower().partition(";")
        language = tag.split("-")[0].strip()
        quality = _quality(parameters)
        if language in _LANGUAGES and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value) if 0 <= float(value) <= 1 else 0.0
    except ValueError:
        return 0.0
