"""Every reason why something could not be read has its Chinese, with the numbers and texts of the English one."""

from __future__ import annotations

import ast
import inspect
import json
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from afterchat.contract import json_body, lenient
from afterchat.contract.codec import Undecodable, decode
from afterchat.contract.reasons import REASONS, problem_in_chinese, reason_in_chinese
from afterchat.contract.record import FIELDS

GIVEN = {
    "wider than 64 bits": b'{"id":1,"ender":9223372036854775808}',
    "not a whole number, or not exactly one": b'{"id":1,"ender":1.5}',
    "text that is not a number of 64 bits": b'{"id":1,"ender":"x"}',
    "is an array, not a number": b'{"id":1,"ender":[]}',
    "is an object, not a number": b'{"id":1,"ender":{}}',
    "is an array, not text": b'{"id":1,"remarks":[]}',
    "is an object, not text": b'{"id":1,"remarks":{}}',
    "too great a number": b'{"id":1,"remarks":1e999}',
    "is true or false": b'{"id":true}',
    "replaced NUL or lone surrogates": b'{"id":1,"remarks":"\\u0000"}',
    "neither an array nor JSON text of one": b'{"id":1,"customField":7}',
    "{count} of {entries} entries: {why}": b'{"id":1,"customField":[1]}',
    "{count} of {entries} entries: {why}; {count2} of {entries2} entries: {why2}": (
        b'{"id":1,"customField":[1,{"fieldId":"\\u0000"}]}'
    ),
    "unreadable": b'{"id":1,"customField":[1]}',
    "begins with a byte order mark": b'\xef\xbb\xbf{"id":1}',
    "no readable id: {why}": b'{"id":"x"}',
    "absent": b"{}",
    "empty": b" ",
    "not UTF-8 at byte {number}": b'{"id":1}\xff',
    "JSON, but not an object": b"[]",
    "nested deeper than {number}": b'{"a":' * 65,
    "not JSON: {text} is no number": b'{"id":NaN}',
    "not JSON at character {number}: {why}": b'{"id":1',
    "Expecting value": b"x",
    "Expecting property name enclosed in double quotes": b"{1",
    "Expecting ':' delimiter": b'{"id" 1}',
    "Expecting ',' delimiter": b'{"id":1 2}',
    "Extra data": b'{"id":1}1',
    "Unterminated string starting at": b'{"id":"',
    "Invalid control character at": b'{"id":"\n"}',
    "Invalid \\escape": b'{"id":"\\x"}',
    "Invalid \\uXXXX escape": b'{"id":"\\ux"}',
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": b"\xef\xbb\xbf\xef\xbb\xbf{}",
}
"""A body for each reason that this version of Python can give; some of the parser's are of other versions."""
OF_OTHER_VERSIONS = {
    "Illegal trailing comma before end of array",
    "Illegal trailing comma before end of object",
    "Invalid control character {text} at",
    "Invalid \\escape: {text}",
    "not JSON",
}
LATIN = re.compile("[A-Za-z]+")
KEPT = {"id", "NUL", "JSON", "UTF", "uXXXX", "NaN", "Infinity"}


def reasons_of(body):
    read = decode(body)
    return [read.reason] if isinstance(read, Undecodable) else [one.partition(": ")[2] for one in read.problems]


def english_left(reason):
    return [word for word in LATIN.findall(reason_in_chinese(reason)) if word not in KEPT]


@pytest.mark.parametrize("reason", GIVEN, ids=list(range(len(GIVEN))))
def test_each_line_of_the_table_is_a_reason_that_some_body_is_given(reason):
    said = [one for one in reasons_of(GIVEN[reason]) if one == reason or pattern(reason).search(one)]

    assert said
    assert [] == [one for one in said if english_left(one)]


def pattern(template):
    return re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)))


def test_the_table_has_no_line_that_nobody_says():
    assert set(REASONS) == set(GIVEN) | OF_OTHER_VERSIONS


def test_every_reason_in_the_source_has_its_line():
    """Literal reasons of the two modules that give any, whether or not a body here reaches them."""
    calls = {"NoObject", "Undecodable", "_Reading", "_ConstantError"}
    said = set()
    for module in (json_body, lenient):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in calls:
                said |= {one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)}

    assert len(said) > 8
    assert said <= set(REASONS) | {""}


WIRE = st.sampled_from([field.wire for field in FIELDS])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just("\0")
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)


@settings(max_examples=300)
@given(
    st.dictionaries(WIRE | st.just("id"), VALUES, max_size=6),
    st.integers(0, 400),
    st.sampled_from([b"", b"\xff", b"}"]),
)
@example({"id": 1}, 0, b"")
def test_whatever_a_body_holds_nothing_of_its_reasons_stays_english(values, length, more):
    body = json.dumps(values).encode()

    for reason in reasons_of(body[: length or None] + more):
        assert [] == english_left(reason)


@given(st.text())
def test_a_reason_that_nobody_knows_is_shown_as_it_is(text):
    reason = f"§ {text}"

    assert reason == reason_in_chinese(reason)
    assert f"ender：{reason}" == problem_in_chinese(f"ender: {reason}")


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("ender: wider than 64 bits", "ender：超出 64 位"),
        ("body: begins with a byte order mark", "请求体：以字节顺序标记开头"),
        (
            "customField: 1 of 3 entries: unreadable; 2 of 3 entries: replaced NUL or lone surrogates",
            "customField：3 项中有 1 项：无法读取；3 项中有 2 项：NUL 或不成对的代理字符已被替换",
        ),
        ("words without a place", "words without a place"),
    ],
)
def test_a_problem_keeps_the_name_on_the_wire(stored, shown):
    assert shown == problem_in_chinese(stored)


def test_reasons_within_reasons_are_chinese_too():
    assert "没有可读取的 id：文本不是 64 位以内的整数" == reason_in_chinese(
        "no readable id: text that is not a number of 64 bits"
    )
    assert "第 7 个字符处不是 JSON：此处应为逗号" == reason_in_chinese(
        "not JSON at character 7: Expecting ',' delimiter"
    )
