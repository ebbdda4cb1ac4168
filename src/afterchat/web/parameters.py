"""Parameters of requests: declared once for OpenAPI, read once for the functions.

Rules
- A name that no route declares, and one that stands twice, is a 400 that names the remedy; nothing is silently ignored.
- An id that is not one is a 404, like one that does not exist.
"""

from __future__ import annotations

import re
from typing import Any

from afterchat.columns.layout import SORTABLE
from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.figures.calendar import SPANS
from afterchat.figures.table import FIGURES
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filter_table import FILTER_TABLE, Filter
from afterchat.query.filter_values import VALUE_CHARACTERS_MAX
from afterchat.query.filters import VALUES_MAX
from afterchat.query.paging import CURSOR_CHARACTERS_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from afterchat.query.question import SEARCH_CHARACTERS_MAX
from afterchat.query.sorting import SORT_DEFAULT
from afterchat.query.views import ID_FIELDS
from afterchat.web.problems import ProblemError
from afterchat.web.route import CallOf, Parameter

__all__ = [
    "CURSOR",
    "ID",
    "LIMIT",
    "QUESTION",
    "SESSION_FILTERS",
    "SORT",
    "TENANT",
    "read_id",
    "read_parameters",
    "read_tenant",
    "split_parameters",
]

_CANONICAL_ID = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)

ID = Parameter(
    "id",
    "path",
    {"type": "string", "pattern": "^(0|-?[1-9][0-9]{0,18})$"},
    "编号（十进制文本）",
    "The id, as decimal text",
)
TENANT = Parameter(
    "tenant",
    "query",
    {"type": "string", "maxLength": VALUE_CHARACTERS_MAX},
    "只看该租户；不填则为令牌可读的全部",
    "Only this tenant; without it, all that the token may read",
)
CURSOR = Parameter(
    "cursor",
    "query",
    {"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": CURSOR_CHARACTERS_MAX},
    "上一页的 next_cursor",
    "`next_cursor` of the page before",
)
LIMIT = Parameter(
    "limit",
    "query",
    {"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_MAX, "default": PAGE_SIZE_DEFAULT},
    "每页条数",
    "Rows of a page",
)


def read_parameters(call: CallOf[Any], known: tuple[Parameter, ...]) -> dict[str, str]:
    """The query's parameters by name; raises FilterError for an unknown or repeated one."""
    values, others = split_parameters(call, known)
    if others:
        names = sorted(parameter.name for parameter in known if parameter.where == "query")
        raise BilingualFilterError(
            zh=f"此处没有这个参数；可用的有：{'、'.join(names) or '（无）'}。",
            en=f"There is no such parameter here; there are: {', '.join(names) or '(none)'}.",
        )
    return values


def split_parameters(call: CallOf[Any], known: tuple[Parameter, ...]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The known parameters by name, and everything else as it came; raises FilterError for a repeated known one."""
    names = {parameter.name for parameter in known if parameter.where == "query"}
    values: dict[str, str] = {}
    others: list[tuple[str, str]] = []
    for name, text in call.request.query_params.multi_items():
        if name not in names:
            others.append((name, text))
        elif name in values:
            raise BilingualFilterError(
                zh=f"参数 {name} 出现了两次：请只保留一个。", en=f"`{name}` stands twice: keep one of them."
            )
        else:
            values[name] = text
    return values, others


def read_tenant(call: CallOf[Any], asked: str | None) -> str | None:
    """The tenant to read, None for all; what a bound token may not read does not exist for it."""
    if asked is None or call.tenant is None:
        return call.tenant if asked is None else asked
    if asked != call.tenant:
        raise ProblemError("missing")
    return asked


def read_id(call: CallOf[Any]) -> int:
    """The id in the path; a text that cannot be one does not exist."""
    text = str(call.request.path_params["id"])
    if _CANONICAL_ID.fullmatch(text) and INTEGER_MIN <= int(text) <= INTEGER_MAX:
        return int(text)
    raise ProblemError("missing")


_INTEGER = {"type": "integer", "minimum": INTEGER_MIN, "maximum": INTEGER_MAX}
_TEXT = {"type": "string", "maxLength": VALUE_CHARACTERS_MAX, "pattern": "^[^\\u0000]*$"}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "text": _TEXT,
    "number": _INTEGER,
    "moment": {"anyOf": [_INTEGER, {"type": "string", "format": "date-time"}]},
    "second": _INTEGER,
    "flag": {"type": "integer", "enum": [0, 1]},
}
"""Kind of a filter to the schema of its values."""


def _schema(line: Filter) -> dict[str, Any]:
    schema = _SCHEMAS[line.kind]
    if line.operator in {"=", "!="} and line.column in ID_FIELDS:
        schema = {"type": "string", "pattern": "^-?[0-9]{1,19}$"}
    return {"type": "array", "items": schema, "maxItems": VALUES_MAX} if line.takes_many else schema


SESSION_FILTERS = tuple(
    Parameter(line.name, "query", _schema(line), line.zh, line.en) for line in FILTER_TABLE.values()
)
"""Every filter of `query.filter_table` as a parameter; one that takes many values is repeated."""

QUESTION = (
    *SESSION_FILTERS,
    Parameter(
        "q",
        "query",
        {"type": "string", "minLength": 1, "maxLength": SEARCH_CHARACTERS_MAX},
        "全文检索备注与名称；纯数字时也匹配会话与访客编号",
        "Full text of remarks and names; digits also find session and visitor ids",
    ),
    Parameter("span", "query", {"type": "string", "enum": list(SPANS)}, "时间段", "A span of days"),
    Parameter(
        "counted",
        "query",
        {"type": "string", "enum": list(FIGURES)},
        "指标编号：只看该指标计入的会话",
        "Id of a figure: only the sessions that it counts",
    ),
    Parameter(
        "zone",
        "query",
        {"type": "string", "maxLength": 64, "default": "UTC"},
        "IANA 时区，决定日与小时",
        "IANA time zone of days and hours",
    ),
)
"""What selects sessions, wherever a selection is taken."""

SORT = Parameter(
    "sort",
    "query",
    {"type": "string", "enum": [sign + name for name in SORTABLE for sign in ("", "-")], "default": SORT_DEFAULT.text},
    "排序，前面加 - 为降序",
    "Order; with - before it downwards",
)
