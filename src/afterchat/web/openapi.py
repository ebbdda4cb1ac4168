"""The OpenAPI 3.1 document, assembled from the route table and the classes of the answers.

Rules
- Exact: bounds of 64-bit numbers are whole numbers; msgspec writes the schemas and nothing turns them into floats.
- Nothing is described by hand that a table says: parameters, problems, refusals and fields come from their tables.
- Examples are made by the program from one made-up session, so they have the shape of the schemas.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from afterchat.contract.ack import Reason
from afterchat.contract.push import EVENT_TYPES, SESSION_END_DATA
from afterchat.contract.record import SessionRecord, blank_record
from afterchat.query.sessions import session_view
from afterchat.query.timeline import timeline_view
from afterchat.query.views import Freshness, RevisionView, SessionDetail, SessionPage
from afterchat.store.ports import SessionRow
from afterchat.web import urls
from afterchat.web.auth import Access
from afterchat.web.bodies import body_schema
from afterchat.web.problems import PROBLEMS, Problem, problem
from afterchat.web.route import Parameter, Route

__all__ = ["REF_TEMPLATE", "assembled", "openapi_document", "operations_by_path"]

_NO_CONTENT = 204
_PARAMETERS_THAT_FIT = 20
"""A request with so many parameters of ordinary length is no longer than a head may be."""
REF_TEMPLATE = "#/components/schemas/{name}"


class Refusal(msgspec.Struct, frozen=True):
    """Why a push was not taken; never empty, never 2xx."""

    code: int
    message: str


def openapi_document(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """The document as plain JSON values; `version` is the program's."""
    routes = tuple(routes)
    answers = [route.answer for route in routes if route.answer is not None]
    types = [*answers, Problem, Refusal, SessionRecord]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF_TEMPLATE)
    schema_of = dict(zip(types, schemas, strict=True))
    paths = operations_by_path(routes, schema_of)
    paths[urls.PUSH] = {"post": _push_operation("push", (), schema_of)}
    paths[urls.PUSH_TENANT] = {"post": _push_operation("push_tenant", (_PUSH_TENANT,), schema_of)}
    return assembled(paths, components, version, _RECEIVING)


_RECEIVING = (
    "会话结束推送的接收与查询。编号一律为文本；时刻为毫秒时间戳，signed_at 为秒。\n\n"
    "Takes session-end pushes and makes the sessions readable. "
    "Every id is text, because JavaScript rounds numbers beyond 2^53; "
    "moments are epoch milliseconds, `signed_at` is epoch seconds."
)


def operations_by_path(routes: Iterable[Route], schema_of: dict[Any, Any]) -> dict[str, Any]:
    """Path -> method -> operation; `schema_of` has the schema of every answer, and of Problem."""
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schema_of)
    return paths


def assembled(paths: dict[str, Any], components: dict[str, Any], version: str, description: str) -> dict[str, Any]:
    """The document around these paths and schemas."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "afterchat",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": description,
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "令牌由 afterchat tokens add 创建。 / `afterchat tokens add` makes a token.",
                }
            },
        },
    }


def _operation(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": f"{route.zh} / {route.en}",
        "parameters": [_parameter(parameter) for parameter in route.parameters],
        "responses": {
            **{str(status): _answer(route, schema_of) for status in route.statuses},
            **_problem_responses(route, schema_of),
            **(_head_too_large(schema_of) if len(route.parameters) > _PARAMETERS_THAT_FIT else {}),
        },
    }
    if route.access is not Access.OPEN:
        operation["security"] = [{"token": []}]
    if route.body:
        is_required = any(field.is_required for field in route.body)
        schema = body_schema(route.body)
        operation["requestBody"] = {"required": is_required, "content": {"application/json": {"schema": schema}}}
    return operation


def _head_too_large(schema_of: dict[Any, Any]) -> dict[str, Any]:
    """So many filters can be given that the edge refuses the request before anybody reads them."""
    return {
        str(reason.status): {
            "description": reason.message,
            "content": {"application/json": {"schema": schema_of[Refusal]}},
        }
        for reason in Reason
        if reason.wire == "head"
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "required": parameter.where == "path",
        "description": f"{parameter.zh} / {parameter.en}",
        "schema": parameter.schema,
    }


def _answer(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    if route.statuses == (_NO_CONTENT,):
        return {"description": route.en}
    content: dict[str, Any] = {} if route.answer is None else {"schema": schema_of[route.answer]}
    example = _EXAMPLES.get(route.answer)
    if example is not None:
        content["example"] = msgspec.to_builtins(example)
    return {"description": route.en, "content": dict.fromkeys((route.media_type, *route.more_media_types), content)}


def _problem_responses(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    codes = list(route.problems)
    if route.access is not Access.OPEN:
        codes += ["token", "change" if route.access is Access.CHANGER else "scope"]
    if route.access is Access.OPERATOR:
        codes.append("operator")
    sharing: dict[int, list[str]] = {}
    for code in sorted(codes, key=lambda code: PROBLEMS[code].status):
        sharing.setdefault(PROBLEMS[code].status, []).append(code)
    return {
        str(status): {
            "description": "; ".join(f"{PROBLEMS[code].zh_title} / {PROBLEMS[code].en_title}" for code in alike),
            "content": {
                "application/problem+json": {
                    "schema": schema_of[Problem],
                    "example": msgspec.to_builtins(problem(alike[0], "en")),
                }
            },
        }
        for status, alike in sharing.items()
    }


_PUSH_TENANT = Parameter("tenant", "path", {"type": "string"}, "租户名", "Name of the tenant")
_PUSH_QUERY = (
    Parameter(
        "eventType",
        "query",
        {"type": "string", "examples": [event_type.name for event_type in EVENT_TYPES]},
        "事件类型；可省略",
        "Kind of push; may be absent",
    ),
    Parameter(
        "time",
        "query",
        {"type": "string", "pattern": "^[0-9]{10}$"},
        "签名时间：十位秒级时间戳，与本机相差不超过窗口",
        "When it was signed: epoch seconds in ten digits, within the window around our clock",
    ),
    Parameter(
        "checksum",
        "query",
        {"type": "string", "pattern": "^[0-9a-f]{40}$"},
        "sha1(appSecret + md5(原文) + time)，小写十六进制",
        "sha1(appSecret + md5(body) + time) in lower-case hex",
    ),
)


def _push_operation(name: str, path_parameters: tuple[Parameter, ...], schema_of: dict[Any, Any]) -> dict[str, Any]:
    parameters = [_parameter(parameter) for parameter in (*path_parameters, *_PUSH_QUERY)]
    for parameter in parameters:
        parameter["required"] = parameter["name"] != "eventType"
    return {
        "operationId": name,
        "summary": "平台推送的入口 / What the platform pushes to",
        "description": (
            f"{SESSION_END_DATA} 的正文为 59 个字段；其他事件类型原样保存。\n\n"
            f"The body of {SESSION_END_DATA} is a record of 59 fields, read leniently; other event types are kept. "
            "`{}` means that the bytes are on disk. Standard Webhooks headers are taken in place of the checksum."
        ),
        "parameters": parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema_of[SessionRecord]}}},
        "responses": {
            "200": {
                "description": "已落盘 / On disk",
                "content": {"application/json": {"schema": {"type": "object", "maxProperties": 0}, "example": {}}},
            },
            **_refusals(schema_of),
        },
    }


def _refusals(schema_of: dict[Any, Any]) -> dict[str, Any]:
    """One response for each status, saying every reason that has it."""
    reasons: dict[int, list[Reason]] = {}
    for reason in Reason:
        reasons.setdefault(reason.status, []).append(reason)
    return {
        str(status): {
            "description": "; ".join(f"`{reason.wire}`: {reason.message}" for reason in sharing),
            "content": {
                "application/json": {
                    "schema": schema_of[Refusal],
                    "example": {"code": sharing[0].code, "message": sharing[0].message},
                }
            },
        }
        for status, sharing in sorted(reasons.items())
    }


_EXAMPLE_ROW = SessionRow(
    tenant="default",
    inbox_id=12,
    signed_at=1769826600,
    arrived_at=1769826600417,
    revision_count=1,
    problems=(),
    record=blank_record(
        id=9007199254740993,
        start_time=1769826000000,
        end_time=1769826599000,
        close_reason=7,
        interaction=0,
        from_type="wx_ma",
        staff_id=4211,
        staff_name="小林",
        category="订单/物流",
        evaluation_type=5,
        evaluation=100,
        evaluation_remark="很耐心",
        is_valid=1,
        s_type="0",
        beginer=1,
        ender=1,
    ),
)
_EXAMPLE_FRESHNESS = Freshness(as_of=1769826601000, seconds_behind=0.0)
_EXAMPLES: dict[Any, msgspec.Struct] = {
    SessionPage: SessionPage([session_view(_EXAMPLE_ROW)], None, _EXAMPLE_FRESHNESS),
    SessionDetail: SessionDetail(
        session_view(_EXAMPLE_ROW),
        [RevisionView("12", _EXAMPLE_ROW.signed_at, _EXAMPLE_ROW.arrived_at, "5f" * 32, is_current=True, changes=[])],
        *timeline_view(_EXAMPLE_ROW.record),
        [],
        _EXAMPLE_FRESHNESS,
    ),
}
"""Made by the program's own views, so they have the shape of their schemas."""
