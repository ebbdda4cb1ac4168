"""The OpenAPI document of the sending end: its routes, and the two doors that are no routes; the rules of `openapi`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from afterchat.contract.record import SessionRecord
from afterchat.web import urls
from afterchat.web.openapi import REF_TEMPLATE, assembled, operations_by_path
from afterchat.web.problems import Problem
from afterchat.web.route import Route

__all__ = ["sending_document"]

_ABOUT = (
    "会话结束推送的发送：事件、推送地址、投递情况与重新投递。编号一律为文本；时刻为毫秒时间戳。\n\n"
    "Sends session-end pushes: events, endpoints, deliveries, redelivery. "
    "Every id is text, because JavaScript rounds numbers beyond 2^53; moments are epoch milliseconds."
)
_TAKEN = (
    "全部落盘；`items` 按原顺序给出每条的结果 / Everything is on disk; `items` has the verdict on each, in their order"
)
_REFUSED = "未接收；含 `code`、`en` 与 `zh` / Not taken; with `code`, `en` and `zh`"


def sending_document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document as plain JSON values; `version` is the program's."""
    routes = tuple(routes)
    types = [*(route.answer for route in routes if route.answer is not None), Problem, SessionRecord]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF_TEMPLATE)
    schema_of = dict(zip(types, schemas, strict=True))
    paths = {
        urls.EVENTS: {"post": _door("send_events", "提交事件 / Hand in events", {"type": "object"})},
        urls.RECORDS: {
            "post": _door("send_records", "提交成品记录 / Hand in finished records", schema_of[SessionRecord])
        },
        **operations_by_path(routes, schema_of),
    }
    return assembled(paths, components, version, _ABOUT)


def _door(name: str, summary: str, item: dict[str, Any]) -> dict[str, Any]:
    """One item, an array of them, or one a line."""
    verdicts = {"type": "object", "properties": {"items": {"type": "array", "items": {"type": "object"}}}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [],
        "security": [{"token": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"anyOf": [item, {"type": "array", "items": item}]}},
                "application/x-ndjson": {"schema": item},
            },
        },
        "responses": {
            "200": {"description": _TAKEN, "content": {"application/json": {"schema": verdicts}}},
            "default": {"description": _REFUSED, "content": {"application/json": {"schema": {"type": "object"}}}},
        },
    }
