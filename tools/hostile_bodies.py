"""Bodies that a sender might push, and what must become of each, written by hand; read by make_vectors.py.

A line is a name, the body and the expectation.
`problems` and `drift` name wire fields, so that a receiver in any language can be compared.
`values` are some of the values that must come out.
A body that would be long is a recipe: before, a part repeated some times, after.
"""

from __future__ import annotations

import base64
import json
from typing import Any

__all__ = ["HOSTILE_BODIES", "SAMPLE", "sample_bodies"]

SAMPLE: dict[str, Any] = {
    "alarmTimes": 1, "category": "xx/xx", "closeReason": 2, "endTime": 3, "evaluationType": 4, "evaluation": 2,
    "evaluationRemark": "xx", "staffInvitedEvaluateTime": "14014679100973",
    "userJoinEvaluateTime": "14014679100973", "userResolvedStatus": 1, "foreignId": "fs", "fromGroupId": 999,
    "fromGroup": "2", "fromIp": "as", "fromPage": "ff", "fromStaff": "3", "fromTitle": "aaa", "fromType": "ios",
    "id": 1, "inQueueTime": 4, "interaction": 0, "relatedId": 4, "relatedType": 2,
    "staffFirstReplyTime": 14014679100973, "sType": "会话类型", "staffId": 4, "staffName": "f", "startTime": 2,
    "stickDuration": 43, "userId": 43, "remarks": "会话备注",
    "customField": [{"fieldId": "自定义的id", "fieldName": "自定义名称", "fieldValue": "自定义实际值"}],
    "status": 0, "vipLevel": 2, "visitRange": 5, "transferRgType": "主动转人工", "roundNumber": 10,
    "clientFirstMessageTime": 14014679100973, "avgRespDuration": 11212121, "isValid": 1,
    "humanTransferSessionId": 1212121, "transferFromStaffName": "f", "transferFromGroup": "g",
    "transferRemarks": "remark", "staffMessageCount": 1, "userMessageCount": 2, "transferType": "静默转接",
    "overflowFrom": "客服组11", "isStaffInvited": "0", "treatedTime": 0, "fromHumanTransfer": 0,
    "firstReplyCost": 112233, "categoryDetail": "xx/xx", "isEvaluationInvited": 0, "beginer": 0, "ender": 0,
    "originPlatform": "直接访问", "searchKey": "keyword", "landPage": "page",
}  # fmt: skip
"""The sample of the vendor's page, its comments taken out."""

_SAMPLE_DRIFT = [["value", "evaluation"], ["value", "evaluationType"], ["value", "sType"]]
_FIELDS = json.dumps(SAMPLE["customField"], ensure_ascii=False, separators=(",", ":"))
_FIELD_VALUES = {"customField": [["自定义的id", "自定义名称", "自定义实际值"]]}


def sample_bodies() -> list[dict[str, Any]]:
    """The vendor's sample in each of the ways in which its customField can be understood, and as it is printed."""
    array = json.dumps(SAMPLE, ensure_ascii=False, indent=0)
    text = json.dumps({**SAMPLE, "customField": _FIELDS}, ensure_ascii=False)
    twice = json.dumps({**SAMPLE, "customField": _FIELDS.replace('"', '\\"')}, ensure_ascii=False)
    compact = json.dumps(SAMPLE, ensure_ascii=False, separators=(",", ":"))
    printed = compact.replace(_FIELDS, _FIELDS.replace('"', '\\"'))
    commented = "\n".join(line + " // a comment" for line in array.splitlines())
    values = {"id": 1, "staffFirstReplyTime": 14014679100973, "remarks": "会话备注", **_FIELD_VALUES}
    as_printed = [*_SAMPLE_DRIFT, ["type", "customField"]]
    return [
        _readable("the vendor's sample, customField an array", array.encode(), drift=_SAMPLE_DRIFT, values=values),
        _readable("the vendor's sample, customField JSON text", text.encode(), drift=_SAMPLE_DRIFT, values=values),
        _readable("the same, escaped once more", twice.encode(), drift=_SAMPLE_DRIFT, values=values),
        _readable("the same, quotes escaped outside of text", printed.encode(), drift=as_printed, values=values),
        _undecodable("the vendor's sample with comments, as printed", commented.encode(), "not JSON"),
    ]


def _readable(
    name: str,
    body: bytes | list[Any],
    problems: tuple[str, ...] = (),
    drift: Any = (),
    values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "name": name,
        **_body(body),
        "expect": "readable",
        "problems": sorted(problems),
        "drift": sorted(drift),
        "values": values or {},
    }


def _undecodable(name: str, body: bytes | list[Any], reason: str) -> dict[str, Any]:
    return {"name": name, **_body(body), "expect": "undecodable", "reason": reason}


def _body(body: bytes | list[Any]) -> dict[str, Any]:
    if isinstance(body, list):
        before, part, times, after = body
        return {"body_repeat": {"before": before, "part": part, "times": times, "after": after}}
    return {"body_base64": base64.b64encode(body).decode("ascii")}


_TEXT_AND_NUMBERS = {
    "id": "9007199254740993", "endTime": "1700000000123", "staffId": 7.0, "isValid": True, "foreignId": 42,
    "isStaffInvited": 1, "staffInvitedEvaluateTime": 1700000000123, "sType": 2, "vipLevel": "", "remarks": None,
}  # fmt: skip

HOSTILE_BODIES: list[dict[str, Any]] = [
    _undecodable("nothing", b"", "empty"),
    _undecodable("blanks", b" \r\n\t", "empty"),
    _undecodable("an array", b"[1]", "JSON, but not an object"),
    _undecodable("a text", b'"x"', "JSON, but not an object"),
    _undecodable("null", b"null", "JSON, but not an object"),
    _undecodable("trailing data", b'{"id":1}{"id":2}', "not JSON"),
    _undecodable("cut short", b'{"id":1,"remarks":"\xe5', "not UTF-8"),
    _undecodable("cut short within text", b'{"id":1,"remarks":"x', "not JSON"),
    _undecodable("no id", b'{"staffId":1}', "no readable id"),
    _undecodable("an id that is null", b'{"id":null}', "no readable id"),
    _undecodable("an id that is true", b'{"id":true}', "no readable id"),
    _undecodable("an id that is words", b'{"id":"one"}', "no readable id"),
    _undecodable("an id with a fraction", b'{"id":1.5}', "no readable id"),
    _undecodable("an id wider than 64 bits", b'{"id":9223372036854775808}', "no readable id"),
    _undecodable("an id of 5,000 digits", ['{"id":', "9", 5000, "}"], "no readable id"),
    _undecodable("another event", b'{"sessionId":1,"closeReason":0}', "no readable id"),
    _undecodable("NaN", b'{"id":1,"staffId":NaN}', "not JSON"),
    _undecodable("Infinity", b'{"id":1,"staffId":-Infinity}', "not JSON"),
    _undecodable("a control character within text", b'{"id":1,"remarks":"a\x00b"}', "not JSON"),
    _undecodable("a stray byte", b'{"id":1,"remarks":"\xff"}', "not UTF-8"),
    _undecodable("a surrogate as bytes", b'{"id":1,"remarks":"\xed\xa0\x80"}', "not UTF-8"),
    _undecodable("GBK", '{"id":1,"remarks":"会话备注"}'.encode("gbk"), "not UTF-8"),
    _undecodable("UTF-16", '{"id":1}'.encode("utf-16"), "not UTF-8"),
    _undecodable("UTF-32 without a mark", '{"id":1}'.encode("utf-32-le"), "not JSON"),
    _undecodable("65 deep", ['{"id":1,"x":', "[", 64, "1" + "]" * 64 + "}"], "nested deeper"),
    _undecodable("900 deep", ["", "[", 900, ""], "nested deeper"),
    _undecodable("100,000 deep", ['{"id":1,"x":', "[", 100_000, ""], "nested deeper"),
    _undecodable("100,000 deep, objects", ["", '{"id":', 100_000, ""], "nested deeper"),
    _readable("only an id", b'{"id":1}', values={"id": 1, "remarks": "", "closeReason": -1, "customField": []}),
    _readable("the greatest id", b'{"id":9223372036854775807}', values={"id": 9223372036854775807}),
    _readable("blanks before colons", b'{"id" :\t5,\n"remarks" : "x"}', values={"id": 5, "remarks": "x"}),
    _readable("64 deep", ['{"id":1,"x":', "[", 63, "1" + "]" * 63 + "}"], drift=[["field", "x"]], values={"id": 1}),
    _readable(
        "brackets within text are no depth",
        ['{"id":1,"remarks":"\\"', "[", 200, '"}'],
        values={"remarks": '"' + "[" * 200},
    ),
    _readable("a byte order mark", b'\xef\xbb\xbf{"id":1}', problems=("body",), values={"id": 1}),
    _readable(
        "a key twice: the last wins",
        b'{"id":1,"remarks":"a","id":2,"remarks":"b"}',
        drift=[["duplicate", "id"], ["duplicate", "remarks"]],
        values={"id": 2, "remarks": "b"},
    ),
    _readable("NUL in text", b'{"id":1,"remarks":"x\\u0000y"}', problems=("remarks",), values={"remarks": "x\ufffdy"}),
    _readable("a lone surrogate", b'{"id":1,"remarks":"\\ud800"}', problems=("remarks",), values={"remarks": "\ufffd"}),
    _readable("a surrogate pair", b'{"id":1,"remarks":"\\ud83d\\ude00"}', values={"remarks": "\U0001f600"}),
    _readable(
        "a number of 20 digits",
        b'{"id":1,"staffId":99999999999999999999}',
        problems=("staffId",),
        values={"staffId": 0},
    ),
    _readable(
        "a number of 5,000 digits", ['{"id":1,"staffId":', "9", 5000, "}"], problems=("staffId",), values={"staffId": 0}
    ),
    _readable(
        "text of 5,000 digits",
        ['{"id":1,"staffId":"', "9", 5000, '"}'],
        problems=("staffId",),
        drift=[["type", "staffId"]],
    ),
    _readable("1e999", b'{"id":1,"staffId":1e999}', problems=("staffId",), drift=[["type", "staffId"]]),
    _readable("a fraction", b'{"id":1,"staffId":1.5}', problems=("staffId",), drift=[["type", "staffId"]]),
    _readable("an object for a number", b'{"id":1,"staffId":{}}', problems=("staffId",), drift=[["type", "staffId"]]),
    _readable("an array for text", b'{"id":1,"remarks":["x"]}', problems=("remarks",), drift=[["type", "remarks"]]),
    _readable(
        "full-width digits",
        '{"id":1,"staffId":"１２"}'.encode(),
        problems=("staffId",),
        drift=[["type", "staffId"]],
    ),
    _readable(
        "numbers as text and text as numbers",
        json.dumps(_TEXT_AND_NUMBERS).encode(),
        drift=[["type", name] for name in ("endTime", "foreignId", "id", "isValid", "staffId", "vipLevel")],
        values={
            "id": 9007199254740993,
            "endTime": 1700000000123,
            "staffId": 7,
            "isValid": 1,
            "foreignId": "42",
            "isStaffInvited": "1",
            "staffInvitedEvaluateTime": "1700000000123",
            "sType": "2",
            "vipLevel": 0,
            "remarks": "",
        },
    ),
    _readable("sType in words", '{"id":1,"sType":"排队超时"}'.encode(), values={"sType": "3"}),
    _readable(
        "codes nobody knows",
        b'{"id":1,"closeReason":14,"fromType":"fax","evaluationType":5,"evaluation":60}',
        drift=[["value", "closeReason"], ["value", "evaluation"], ["value", "fromType"]],
        values={"closeReason": 14, "fromType": "fax"},
    ),
    _readable("iOS in the vendor's own spelling", b'{"id":1,"fromType":"iOS"}', values={"fromType": "iOS"}),
    _readable("an unknown field", b'{"id":1,"newField":[1]}', drift=[["field", "newField"]]),
    _readable("customField empty text", b'{"id":1,"customField":""}', values={"customField": []}),
    _readable("customField words", b'{"id":1,"customField":"x"}', problems=("customField",)),
    _readable(
        "customField with strange entries",
        b'{"id":1,"customField":[1,{"fieldId":7,"fieldName":"n"}]}',
        problems=("customField",),
        values={"customField": [["7", "n", ""]]},
    ),
]
