"""Bodies that are hostile but possible: validly signed, and yet no plain session record.

Rules:
- One line of the table for each hazard; it says what may become of the body, and the test tolerates nothing else.
- `unreadable`: listed with a reason, no session row. `problem`: a session row whose problems name the field.
- `drift KIND FIELD`: a session row without problems, and a drift note of that kind about that field.
- `row`: an ordinary session row, nothing lost.
- A body that becomes a session carries `id` = the session id it was built with, so that the row can be found.

What does not belong here: bad signatures (`test_e01_signature.py`).
"""

from __future__ import annotations

import codecs
import json
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from experiments.bodies import encoded, record

__all__ = ["Poison", "poisons"]


class Poison(NamedTuple):
    """One hostile body."""

    name: str
    body: bytes
    expected: str


Make = Callable[[dict[str, Any]], bytes]
"""A body out of an ordinary record."""


def poisons(first_session_id: int, chance: random.Random, ended_at_ms: int) -> Iterator[Poison]:
    """Every line of the table, each about a session of its own."""
    for index, (name, expected, make) in enumerate(TABLE):
        fields = record(first_session_id + index, chance, ended_at_ms)
        yield Poison(name, make(fields), expected)


def raw(field: str, literal: bytes) -> Make:
    """A record whose `field` is these bytes, whatever they are."""

    def make(fields: dict[str, Any]) -> bytes:
        return encoded({**fields, field: "@@"}).replace(b'"@@"', literal)

    return make


def whole(body: bytes) -> Make:
    """A body that has nothing to do with the record."""
    return lambda _fields: body


def around(before: bytes, after: bytes) -> Make:
    """A record with bytes around it."""
    return lambda fields: before + encoded(fields) + after


def in_encoding(name: str) -> Make:
    """A record in another encoding than UTF-8."""
    return lambda fields: json.dumps(fields, ensure_ascii=False).encode(name)


def without(*names: str) -> Make:
    """A record that lacks fields."""
    return lambda fields: encoded({name: value for name, value in fields.items() if name not in names})


def with_values(**values: object) -> Make:
    """A record with other values."""
    return lambda fields: encoded({**fields, **values})


def twice(field: str, literal: bytes) -> Make:
    """A record that has one field a second time."""
    return lambda fields: encoded(fields)[:-1] + b',"' + field.encode() + b'":' + literal + b"}"


TABLE: tuple[tuple[str, str, Make], ...] = (
    ("not a number", "unreadable", raw("visitRange", b"NaN")),
    ("infinity", "unreadable", raw("visitRange", b"Infinity")),
    ("minus infinity", "unreadable", raw("visitRange", b"-Infinity")),
    ("1e999", "problem", raw("visitRange", b"1e999")),
    ("1e200000", "problem", raw("visitRange", b"1e200000")),
    ("20 digits", "problem", raw("userId", b"9" * 20)),
    ("2**63", "problem", raw("userId", b"9223372036854775808")),
    ("-2**63-1", "problem", raw("userId", b"-9223372036854775809")),
    ("5,000 digits", "problem", raw("visitRange", b"7" * 5_000)),
    ("5,000 digits in the id", "unreadable", raw("id", b"7" * 5_000)),
    ("20 digits in the id", "unreadable", raw("id", b"9" * 20)),
    ("a field twice", "drift duplicate staffName", twice("staffName", '"王"'.encode())),
    ("the id twice", "drift duplicate id", lambda fields: b'{"id":1,' + encoded(fields)[1:]),
    ("escaped NUL", "problem", raw("remarks", b'"x\\u0000y"')),
    ("bare NUL", "unreadable", raw("remarks", b'"x\x00y"')),
    ("bare line feed in text", "unreadable", raw("remarks", b'"x\ny"')),
    ("lone high surrogate", "problem", raw("remarks", b'"\\ud800"')),
    ("lone low surrogate", "problem", raw("remarks", b'"\\udc00 x"')),
    ("surrogate as bytes ED A0 80", "unreadable", raw("remarks", b'"\xed\xa0\x80"')),
    ("FF is no UTF-8", "unreadable", raw("remarks", b'"\xff"')),
    ("overlong C0 AF", "unreadable", raw("remarks", b'"\xc0\xaf"')),
    ("cut inside a character", "unreadable", lambda fields: encoded(fields)[:-40] + "客".encode()[:2]),
    ("UTF-8 BOM", "problem", around(codecs.BOM_UTF8, b"")),
    ("UTF-16", "unreadable", in_encoding("utf-16")),
    ("UTF-32", "unreadable", in_encoding("utf-32")),
    ("GBK", "unreadable", in_encoding("gb18030")),
    ("depth 900", "unreadable", raw("customField", b"[" * 900 + b"]" * 900)),
    ("depth 100,000", "unreadable", raw("customField", b"[" * 100_000 + b"]" * 100_000)),
    ("depth 100,000 unclosed", "unreadable", whole(b"[" * 100_000)),
    ("depth 30,000 of objects", "unreadable", whole(b'{"a":' * 30_000 + b"1" + b"}" * 30_000)),
    ("an array", "unreadable", whole(b"[1]")),
    ("a text", "unreadable", whole(b'"x"')),
    ("a number", "unreadable", whole(b"1")),
    ("null", "unreadable", whole(b"null")),
    ("empty", "unreadable", whole(b"")),
    ("a space", "unreadable", whole(b" ")),
    ("an empty object", "unreadable", whole(b"{}")),
    ("trailing data", "unreadable", around(b"", b"{}")),
    ("trailing NULs", "unreadable", around(b"", b"\x00\x00")),
    ("comments as in the vendor's sample", "unreadable", around(b"", b" // ok")),
    ("single quotes", "unreadable", lambda fields: encoded(fields).replace(b'"', b"'")),
    ("trailing comma", "unreadable", lambda fields: encoded(fields)[:-1] + b",}"),
    ("no id", "unreadable", without("id")),
    ("id null", "unreadable", with_values(id=None)),
    ("id a text of words", "unreadable", with_values(id="会话")),
    ("id an object", "unreadable", with_values(id={"a": 1})),
    ("id true", "unreadable", with_values(id=True)),
    ("id a fraction", "unreadable", with_values(id=1.5)),
    ("only an id", "row", lambda fields: encoded({"id": fields["id"]})),
    ("words for numbers", "problem", with_values(endTime="昨天", roundNumber=[1])),
    ("objects for texts", "problem", with_values(staffName={"a": "b"}, remarks=[1, 2])),
    ("unknown codes", "drift value closeReason", with_values(closeReason=99, fromType="fax")),
    ("unknown fields", "drift field 新字段", with_values(**{"新字段": 1, "": 2, "'; drop table pushes; --": 3})),
    ("custom field as text", "row", with_values(customField='[{"fieldId":"1","fieldName":"a","fieldValue":"b"}]')),
    ("custom field as broken text", "problem", with_values(customField="[{")),
    ("10,000 unknown fields", "drift field x0", with_values(**{f"x{number}": number for number in range(10_000)})),
    ("a text of 200,000 characters", "row", with_values(remarks="长" * 60_000)),
    ("control characters", "row", with_values(remarks="\x01\x1b[31m\x7f\u2028\u202e")),
    ("times in the year 2414", "row", with_values(endTime=14014679100973)),
    ("negative times", "row", with_values(endTime=-1, startTime=-1)),
    ("2**63-1 as end", "row", with_values(endTime=2**63 - 1)),
)
