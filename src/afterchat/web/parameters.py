"""Parameters of requests: declared once for OpenAPI, read once for the functions.

Rules
- A name that no route declares, and one that stands twice, is a 400 that names the remedy; nothing is silently ignored.
- An id that is not one is a 404, like one that does not exist.
"""

from __future__ import annotations

import re
from typing import Any

from afterchat.contract.field import INTEGER_MAX, INTEGER_MIN
from afterchat.contract.record import FIELDS
from afterchat.query.errors import BilingualFilterError
from afterchat.query.filters import FILTERS, VALUE_CHARACTERS_MAX
from afterchat.query.paging import CURSOR_CHARACTERS_MAX, PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX
from afterchat.query.views import ID_FIELDS
from afterchat.web.problems import ProblemError
from afterchat.web.route import CallOf, Parameter

__all__ = [
    "CURSOR",
    "ID",
    "LIMIT",
    "SESSION_FILTERS",
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


_BY_NAME = {field.name: field for field in FIELDS}
_INTEGER = {"type": "integer", "minimum": INTEGER_MIN, "maximum": INTEGER_MAX}
_MOMENT = {"anyOf": [_INTEGER, {"type": "string", "format": "date-time"}]}
_TEXT = {"type": "string", "maxLength": VALUE_CHARACTERS_MAX, "pattern": "^[^\\u0000]*$"}


def _filter_schema(name: str) -> dict[str, Any]:
    field = _BY_NAME.get(name)
    if field is None or (field.type is int and field.unit == "epoch ms"):
        return _MOMENT
    if name in ID_FIELDS:
        return {"type": "string", "pattern": "^-?[0-9]{1,19}$"}
    return _INTEGER if field.type is int else _TEXT


def _filter(name: str) -> Parameter:
    field = _BY_NAME.get(name)
    if field is not None:
        zh, en = f"等于：{field.zh}", f"Equal to: {field.en}"
    elif name == "end_time_from":
        zh, en = "结束于此刻或之后", "Ended at this moment or later"
    else:
        zh, en = "结束于此刻之前", "Ended before this moment"
    return Parameter(name, "query", _filter_schema(name), zh, en)


SESSION_FILTERS = tuple(_filter(name) for name in FILTERS)
"""Every filter of `query.filters` as a parameter."""
