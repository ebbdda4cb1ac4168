"""Every check: what it lets through, where its limits are, and what it says in both languages."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
import pytest

from afterchat.contract.field import INTEGER_MAX
from afterchat.contract.record import CustomField
from afterchat.engine import checks
from afterchat.engine.checks import Check, Checked, Fault, checks_of
from afterchat.engine.events import Pinned
from afterchat.errors import CallerError, EventError

HAN = re.compile("[一-鿿]")
WRONG_TYPES = (None, "1", 1.0, b"1", [], (), object, True)
MOMENT = (100_000_000_000, 1_800_000_000_000, 100_000_000_000_000)
SECONDS = (100_000_000, 1_800_000_000, 99_999_999_999)
NO_MOMENT = (-1, 0, 1, 99_999_999, 100_000_000_000_001, 2**63, *WRONG_TYPES)
MANY = checks.many(CustomField, 2, checks.text(3))
FIELD = CustomField("a", "b", "c")


class Inner(Checked, frozen=True, kw_only=True):
    size: Annotated[int, checks.number(1, 3)]


class Outer(Checked, frozen=True, kw_only=True):
    first_part: Annotated[str, checks.word(3)]
    unchecked: str = ""
    inner: Annotated[Inner | None, checks.nested(Inner)] = None
    last_part: Annotated[int, "a remark", checks.number(0, 9)] = 0


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        pytest.param(checks.moment(), MOMENT, (*SECONDS, *NO_MOMENT), id="moment"),
        pytest.param(checks.optional_moment(), (0, *MOMENT), (*SECONDS, -1, 1, False, 0.0, "", None), id="optional"),
        pytest.param(checks.number(2, 5), (2, 3, 5), (1, 6, -2, *WRONG_TYPES), id="number"),
        pytest.param(checks.number(0), (0, 2**63 - 1), (-1, 2**63, False), id="number without an upper limit"),
        pytest.param(checks.text(3), ("", "a", "客服组", "😀😀😀"), ("abcd", *WRONG_TYPES[2:], None, 1), id="text"),
        pytest.param(checks.text(3), ("\x01", "\ud7ff", "\ue000"), ("\x00", "a\ud800", "\udfffb"), id="storable"),
        pytest.param(checks.word(3), ("a", "abc"), ("", "abcd", "\x00", None, 1), id="word"),
        pytest.param(checks.one_of(1, "b"), (1, "b"), (0, 2, "", "a", "1", True, 1.0, None, [1]), id="one of"),
        pytest.param(checks.flag(), (True, False), (0, 1, "true", None), id="flag"),
        pytest.param(checks.nested(Inner), (None, Inner(size=1)), (1, Inner, {}, (Inner(size=1),), FIELD), id="nested"),
        pytest.param(MANY, ((), (FIELD,), (FIELD, FIELD)), ((FIELD,) * 3, [FIELD], None, FIELD, (1,)), id="many"),
        pytest.param(
            MANY,
            ((FIELD, CustomField("", "abc", "")),),
            ((FIELD, CustomField("abcd", "", "")), (CustomField("", "", "\x00"),), (CustomField("", 1, ""),)),
            id="many texts",
        ),
    ],
)
def test_a_check_lets_exactly_what_is_right_through(check, right, wrong):
    assert [None] * len(right) == [check.find_fault(value) for value in right]
    assert [] == [value for value in wrong if not isinstance(check.find_fault(value), Fault)]


@pytest.mark.parametrize(
    ("check", "value", "fault"),
    [
        (
            checks.moment(),
            1_800_000_000,
            ("1800000000 looks like seconds; give milliseconds", "1800000000 像是秒，请给毫秒"),
        ),
        (checks.moment(), 10**8, ("100000000 looks like seconds; give milliseconds", "100000000 像是秒，请给毫秒")),
        (checks.moment(), 10**8 - 1, ("99999999 is no moment; give epoch milliseconds", "99999999 不是毫秒时间戳")),
        (checks.moment(), 7, ("7 is no moment; give epoch milliseconds", "7 不是毫秒时间戳")),
        (checks.optional_moment(), 7, ("7 is no moment; give epoch milliseconds", "7 不是毫秒时间戳")),
        (checks.number(2, 5), 6, ("6 is not allowed; give a whole number from 2 to 5", "不允许 6，请给 2 至 5 的整数")),
        (checks.text(3), 7, ("7 is no text", "7 不是文本")),
        (checks.text(3), "abcd", ("4 characters; shorten to 3", "共 4 个字符，请缩短到 3 个")),
        (checks.text(3), "\x00", ("holds NUL or a lone surrogate; remove it", "含有 NUL 或孤立代理字符，请去除")),
        (checks.word(3), "", ("is empty", "不能为空")),
        (checks.one_of(1, 2), 3, ("3 is not one of 1, 2", "3 不在 1, 2 之中")),
        (checks.one_of(1, remedy=Fault("so", "应")), 3, ("3 is not one of 1; so", "3 不在 1 之中；应")),
        (checks.flag(), "yes", ("'yes' is not true or false", "只能是 true 或 false")),
        (checks.nested(Inner, Outer), 1, ("give Inner, Outer", "请给 Inner, Outer")),
        (MANY, 1, ("give a tuple of at most 2 CustomField", "请给元组，最多 2 个 CustomField")),
        (MANY, (CustomField("", "", "abcd"),), ("4 characters; shorten to 3", "共 4 个字符，请缩短到 3 个")),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_to_do_in_both_languages(check, value, fault):
    assert Fault(*fault) == check.find_fault(value)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (checks.moment(), ("epoch ms", "毫秒时间戳")),
        (checks.optional_moment(), ("epoch ms; 0 none", "毫秒时间戳，0 表示无")),
        (checks.number(2, 5), ("2..5", "2..5")),
        (checks.number(0), ("0..2^63-1", "0..2^63-1")),
        (checks.number(0, INTEGER_MAX - 1), (f"0..{2**63 - 2}", f"0..{2**63 - 2}")),
        (checks.text(3), ("text, 3 characters", "文本，最多 3 个字符")),
        (checks.word(3), ("text, 1..3 characters", "文本，1 至 3 个字符")),
        (checks.one_of(1, "b"), ("1, b", "1, b")),
        (checks.flag(), ("true, false", "true 或 false")),
        (checks.nested(Inner, Outer), ("Inner, Outer", "Inner, Outer")),
        (MANY, ("at most 2 CustomField, each text, 3 characters", "最多 2 个 CustomField，各为文本，最多 3 个字符")),
    ],
)
def test_a_check_tells_its_limit_in_both_languages(check, words):
    assert words == (check.en, check.zh)


def test_what_a_fault_shows_is_ascii_and_cut():
    fault = checks.number(0).find_fault("客" * 100)

    assert repr("客" * 100).isascii() is False
    assert f"{ascii('客' * 100)[:40]} is not allowed; give a whole number from 0 to {INTEGER_MAX}" == fault.en


@pytest.mark.parametrize(
    ("bits", "shown"),
    [(62, "4611686018427387904"), (63, "a number beyond 64 bits"), (20_000, "a number beyond 64 bits")],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_that_python_will_not_write_out_is_a_fault_like_any_other(bits, shown, sign):
    minus = "-" if sign < 0 and bits < 63 else ""

    assert f"{minus}{shown} is not one of 1" == checks.one_of(1).find_fault(sign * 2**bits).en


def test_an_impossible_value_raises_an_error_that_carries_place_and_words():
    with pytest.raises(EventError) as raised:
        Outer(first_part="", last_part=10)

    error = raised.value
    assert ("Outer", "firstPart", "is empty", "不能为空") == (error.event, error.field, error.en, error.zh)
    assert "Outer.firstPart: is empty" == str(error)
    assert (True, True) == (isinstance(error, CallerError), isinstance(error, ValueError))


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"first_part": "abcd"}, "Outer.firstPart"),
        ({"first_part": "a", "inner": 1}, "Outer.inner"),
        ({"first_part": "a", "last_part": 10}, "Outer.lastPart"),
        ({"first_part": "a", "last_part": True}, "Outer.lastPart"),
    ],
)
def test_every_attribute_is_checked_before_anybody_sees_the_object(values, place):
    with pytest.raises(EventError, match=rf"^{re.escape(place)}: "):
        Outer(**values)


def test_checks_of_a_class_are_those_of_its_annotations_in_order():
    found = checks_of(Outer)

    assert ["first_part", "inner", "last_part"] == [name for name, _ in found]
    assert [] == [check for _, check in found if not isinstance(check, Check)]
    assert ["id", "session", "at", "sequence"] == [name for name, _ in checks_of(Pinned)]


def test_checked_data_cannot_be_changed_and_is_named_by_keyword_only():
    made = Outer(first_part="a")

    with pytest.raises(AttributeError):
        made.first_part = "b"
    with pytest.raises(TypeError):
        Outer("a")


def test_checked_data_is_written_with_its_class_in_camel_case_and_without_defaults():
    written = msgspec.json.encode(Outer(first_part="a", inner=Inner(size=2)))

    assert b'{"type":"Outer","firstPart":"a","inner":{"type":"Inner","size":2}}' == written


@pytest.mark.parametrize("body", [b'{"type":"Outer","firstPart":"a","other":1}', b'{"type":"Inner","firstPart":"a"}'])
def test_unknown_attributes_and_other_types_are_refused(body):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(body, type=Outer)


def test_both_languages_of_a_fault_are_what_they_say():
    tried = [
        check.find_fault(object)
        for check in (checks.moment(), checks.number(1), checks.text(1), checks.one_of(1), checks.flag(), MANY)
    ]

    assert [] == [fault for fault in tried if HAN.search(fault.en) or not HAN.search(fault.zh)]


def test_checked_data_shows_what_was_said_and_no_defaults():
    assert "Outer(first_part='a', last_part=3)" == repr(Outer(first_part="a", last_part=3))
