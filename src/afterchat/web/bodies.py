"""JSON bodies of requests: declared once as fields, for OpenAPI and the reference; read once, for the functions.

Rules
- A body is one JSON object of at most BODY_BYTES_MAX.
- A field that no route declares, one that stands twice, is missing or cannot be read: a 400 that names it.
- What a caller wrote is not quoted but for the name of a field: it may be a secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from afterchat.contract.json_body import JsonObject, parse_json
from afterchat.web.problems import ProblemError
from afterchat.web.route import BodyField, CallOf

__all__ = ["BODY_BYTES_MAX", "body_schema", "read_body", "unfit"]

BODY_BYTES_MAX = 64 * 1024
_NAME_CHARS_SHOWN = 64


async def read_body(call: CallOf[Any], fields: Sequence[BodyField]) -> dict[str, Any]:
    """What was given, by field; nothing stands for an empty object. Raises ProblemError."""
    given = _object(await _bounded(call))
    known = {field.name: field for field in fields}
    for name in (*given, *(name for name, _ in given.duplicates)):
        if name not in known:
            raise _unknown(name, known)
    if given.duplicates:
        name = given.duplicates[0][0]
        raise ProblemError("body", zh=f"字段 {name} 出现了两次：请只保留一个。", en=f"`{name}` stands twice: keep one.")
    missing = next((field for field in fields if field.is_required and field.name not in given), None)
    if missing is not None:
        raise ProblemError(
            "body",
            zh=f"缺少 {missing.name}：{missing.zh}。",
            en=f"`{missing.name}` is missing: {missing.en}.",
        )
    return {name: _value(known[name], value) for name, value in given.items()}


def body_schema(fields: Sequence[BodyField]) -> dict[str, Any]:
    """The JSON Schema of such a body."""
    return {
        "type": "object",
        "properties": {
            field.name: {**msgspec.json.schema(field.kind), "description": f"{field.zh} / {field.en}"}
            for field in fields
        },
        "required": [field.name for field in fields if field.is_required],
        "additionalProperties": False,
    }


def unfit(field: str, zh: str, en: str) -> ProblemError:
    """The problem of a field whose value cannot be taken."""
    return ProblemError("body", zh=f"{field}：{zh}。", en=f"`{field}`: {en}.")


async def _bounded(call: CallOf[Any]) -> bytes:
    body = bytearray()
    async for piece in call.request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            raise ProblemError("size")
    return bytes(body)


def _object(body: bytes) -> JsonObject:
    if not body:
        return JsonObject([])
    try:
        value = parse_json(body.decode("utf-8", "strict"))
    except UnicodeDecodeError:
        value = None
    if not isinstance(value, JsonObject):
        raise ProblemError("body")
    return value


def _unknown(name: str, known: dict[str, BodyField]) -> ProblemError:
    shown = name[:_NAME_CHARS_SHOWN].encode("utf-8", "replace").decode()
    return ProblemError(
        "body",
        zh=f"此处没有字段 {shown}；可用的有：{'、'.join(known) or '（无）'}。",
        en=f"There is no field `{shown}` here; there are: {', '.join(known) or '(none)'}.",
    )


def _value(field: BodyField, value: Any) -> Any:
    try:
        return msgspec.convert(value, field.kind, strict=True)
    except msgspec.ValidationError:
        raise unfit(field.name, field.zh, field.en) from None
