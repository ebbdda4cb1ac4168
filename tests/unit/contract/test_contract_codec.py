"""Writing is strict, reading is lenient; the many strange bodies are in tests/vectors/bodies.json."""

import json

import pytest

from afterchat.contract import codec
from afterchat.contract.codec import Decoded, Drift, Undecodable, decode, encode
from afterchat.contract.record import FIELDS, CustomField, blank_record
from afterchat.errors import CallerError

RECORD = blank_record(
    id=815518,
    s_type="0",
    staff_name="王小燕",
    remarks='他说："好" 👍',
    evaluation_type=5,
    evaluation=75,
    custom_field=(CustomField("1024", "订单号", "E2024"),),
)


def test_encode_writes_all_fields_in_order_compact_and_unescaped():
    body = encode(RECORD)
    assert list(json.loads(body)) == [field.wire for field in FIELDS]
    assert '"staffName":"王小燕"'.encode() in body
    assert body == json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":")).encode()


def test_encode_writes_each_field_with_the_type_of_the_table():
    written = json.loads(encode(blank_record(id=1)))
    expected = {field.wire: list if field.type is tuple else field.type for field in FIELDS}
    assert {wire: type(value) for wire, value in written.items()} == expected


def test_what_was_encoded_decodes_exactly_without_problems_or_drift():
    assert decode(encode(RECORD)) == Decoded(RECORD, (), ())


@pytest.mark.parametrize(
    "values",
    [
        {"id": 2**63},
        {"id": 2**64},
        {"id": -(2**63) - 1},
        {"remarks": object()},
        {"id": "1"},
        {"id": True},
        {"remarks": "\ud800"},
        {"remarks": None},
        {"end_time": 1.5},
        {"custom_field": ("x",)},
        {"remarks": {1, 2}},
    ],
)
def test_encode_refuses_what_the_table_does_not_allow(values):
    with pytest.raises(CallerError, match=r"the record cannot be written: .*FIELDS"):
        encode(blank_record(**values))


def test_absent_and_null_read_as_none_and_are_no_problem():
    nothing = {field.wire: None for field in FIELDS if field.wire != "id"}
    for body in (b'{"id":5}', json.dumps({"id": 5, **nothing}).encode()):
        assert decode(body) == Decoded(blank_record(id=5), (), ())


def test_value_that_cannot_be_read_is_none_and_names_its_field():
    decoded = decode(b'{"id":5,"closeReason":"soon","remarks":"kept"}')
    assert decoded.record == blank_record(id=5, remarks="kept")
    assert decoded.problems == ("closeReason: text that is not a number of 64 bits",)


def test_key_twice_is_noticed_on_an_otherwise_canonical_body():
    body = encode(RECORD)
    twice = body[:-1] + b',"landPage":"y"}'
    decoded = decode(twice)
    assert decoded.record.land_page == "y"
    assert decoded.drift == (Drift("duplicate", "landPage", ""),)


def test_key_twice_is_noticed_though_a_blank_hides_one_of_them():
    decoded = decode(encode(RECORD)[:-1] + b',"landPage" :"y"}')
    assert decoded.drift == (Drift("duplicate", "landPage", ""),)


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\r"])
def test_key_twice_is_noticed_though_blanks_keep_the_count_of_colons(blank):
    twice = f'"alarmTimes"{blank}:0,"alarmTimes":0'.encode()
    hidden = encode(RECORD).replace(b'"alarmTimes":0', twice)
    assert [(note.kind, note.field) for note in decode(hidden).drift] == [("duplicate", "alarmTimes")]


def test_key_twice_is_noticed_within_a_custom_field():
    body = encode(RECORD).replace(b'{"fieldId":"1024"', b'{"fieldId":"1023","fieldId":"1024"')
    assert decode(body) == Decoded(RECORD, (), (Drift("duplicate", "customField.fieldId", "1023"),))


def test_canonical_body_may_be_spaced_and_in_any_order():
    fields = json.loads(encode(RECORD))
    backwards = json.dumps(dict(reversed(fields.items())), indent=2).encode()
    assert decode(backwards) == Decoded(RECORD, (), ())


def test_record_in_our_own_form_is_read_in_one_step():
    assert codec._decode_canonical(encode(RECORD)) == RECORD
    spaced = json.dumps(json.loads(encode(RECORD)), ensure_ascii=False, indent="\t").encode()
    assert codec._decode_canonical(spaced) == RECORD


@pytest.mark.parametrize("blank", [" ", "\t", "\n", "\r"])
def test_blank_before_a_colon_leads_to_the_slow_way_and_to_the_same_record(blank):
    body = encode(RECORD).replace(b'"remarks":', f'"remarks"{blank}:'.encode())
    twice = body[:-1] + f',"remarks"{blank}:"y"'.encode() + b"}"
    assert codec._decode_canonical(body) is None
    assert decode(body) == Decoded(RECORD, (), ())
    assert [(note.kind, note.field) for note in decode(twice).drift] == [("duplicate", "remarks")]


def test_drift_of_another_type_shows_chinese_as_it_is_and_is_cut_with_its_field():
    decoded = decode(json.dumps({"id": 1, "域" * 200: ["你好", {"键": None}]}).encode())
    assert decoded.drift == (Drift("field", "域" * 100, '["你好", {"键": null}]'),)


def test_drift_samples_are_cut_and_storable():
    body = json.dumps({"id": 1, "new\x00Field": "\ud800" + "x" * 500}).encode()
    assert decode(body).drift == (Drift("field", "new\ufffdField", "\ufffd" + "x" * 99),)


def test_drift_notes_of_one_body_are_bounded():
    unknown = ",".join(f'"field{number}":{number}' for number in range(5000))
    body = f'{{"id":1,{unknown},{unknown}}}'.encode()
    assert len(decode(body).drift) == 64


def test_nul_is_replaced_in_an_otherwise_canonical_body():
    decoded = decode(encode(RECORD).replace("王小燕".encode(), b"a\\u0000b"))
    assert decoded.record.staff_name == "a\ufffdb"
    assert decoded.problems == ("staffName: replaced NUL or lone surrogates",)


def test_backslash_before_u0000_is_text_and_no_nul():
    record = blank_record(id=1, remarks="\\u0000")
    assert decode(encode(record)) == Decoded(record, (), ())


def test_many_values_beside_each_other_are_no_depth():
    entries = tuple(CustomField(str(number), "n", "v") for number in range(200))
    body = json.dumps({"id": 1, "customField": json.loads(encode(blank_record(custom_field=entries)))["customField"]})
    assert decode(body.encode()) == Decoded(blank_record(id=1, custom_field=entries), (), ())


def test_words_of_s_type_read_alike_in_a_canonical_body_and_in_any_other():
    worded = encode(RECORD).replace(b'"sType":"0"', '"sType":"正常会话"'.encode())
    assert decode(worded) == Decoded(RECORD, (), ())


def test_rating_outside_its_model_is_drift_that_names_the_model():
    decoded = decode(b'{"id":1,"evaluationType":3,"evaluation":75}')
    assert decoded.record.evaluation == 75
    assert decoded.drift == (Drift("value", "evaluation", "75 in model 3"),)


def test_number_beyond_exact_floats_is_a_problem_rather_than_another_number():
    assert decode(b'{"id":1,"staffId":9007199254740993e0}').record.staff_id == 0


def nested(depth: int) -> bytes:
    """A record in which one unknown value makes the body exactly that deep, behind brackets that were closed."""
    inner = "[" * (depth - 1) + "]" * (depth - 1)
    return f'{{"id":1,"y":[[],{{}}],"x":{inner}}}'.encode()


def test_body_may_be_64_deep_and_no_deeper():
    assert isinstance(decode(nested(64)), Decoded)
    assert decode(nested(65)) == Undecodable("nested deeper than 64")


def test_brackets_that_were_closed_or_stand_in_text_are_no_depth():
    closed = ",".join('{"a":[]}' for _ in range(200))
    assert isinstance(decode(f'{{"id":1,"x":[{closed}]}}'.encode()), Decoded)
    assert isinstance(decode(f'{{"id":1,"x":[{closed}],"y":{"[" * 62}{"]" * 62}}}'.encode()), Decoded)
    text = "[{" * 100 + '\\"' + "[{" * 100
    assert isinstance(decode(f'{{"id":1,"remarks":"{text}"}}'.encode()), Decoded)
    deep_behind_text = f'{{"id":1,"remarks":"]]]]]]\\"]]]]","x":{"[" * 64}{"]" * 64}}}'.encode()
    assert decode(deep_behind_text) == Undecodable("nested deeper than 64")


def test_objects_count_as_depth_like_arrays():
    body = b'{"id":1,"x":' + b'{"a":' * 64 + b"1" + b"}" * 65
    assert decode(body) == Undecodable("nested deeper than 64")


@pytest.mark.parametrize(
    ("digits", "value", "problem"),
    [
        ("9" * 19, 0, "staffId: wider than 64 bits"),
        (str(2**63 - 1), 2**63 - 1, ""),
        (str(-(2**63)), -(2**63), ""),
        (str(2**63), 0, "staffId: wider than 64 bits"),
        (str(-(2**63) - 1), 0, "staffId: wider than 64 bits"),
        ("1" * 21, 0, "staffId: wider than 64 bits"),
        ("-" + "1" * 5000, 0, "staffId: wider than 64 bits"),
    ],
)
def test_number_is_read_up_to_64_bits(digits, value, problem):
    for form in (digits, f'"{digits}"'):
        decoded = decode(f'{{"id":1,"staffId":{form}}}'.encode())
        assert decoded.record.staff_id == value
        assert bool(decoded.problems) == bool(problem)
    assert decode(f'{{"id":1,"staffId":{digits}}}'.encode()).problems == ((problem,) if problem else ())


@pytest.mark.parametrize("digits", ["1" * 20, "1" * 21, "-" + "1" * 20, "9" * 4000])
def test_long_number_in_a_text_field_keeps_every_digit_and_is_drift(digits):
    decoded = decode(f'{{"id":1,"remarks":{digits}}}'.encode())
    assert decoded.record.remarks == digits
    assert [(note.kind, note.field) for note in decoded.drift] == [("type", "remarks")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \t\r\n", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"\xef\xbb\xbf\xff", "not UTF-8 at byte 0"),
        (b'{"id":\xff', "not UTF-8 at byte 6"),
        (b"[1]", "JSON, but not an object"),
        (b"null", "JSON, but not an object"),
        (b'{"id":1', "not JSON at character 7: Expecting ',' delimiter"),
        (b'{"id":NaN}', "not JSON: NaN is no number"),
        (b'{"id":-Infinity}', "not JSON: -Infinity is no number"),
        (b'{"id":1}{', "not JSON at character 8: Extra data"),
        (b"{}", "no readable id: absent"),
        (b'{"id":null}', "no readable id: absent"),
        (b'{"id":true}', "no readable id: is true or false"),
        (b'{"id":[]}', "no readable id: is an array, not a number"),
        (b'{"id":{}}', "no readable id: is an object, not a number"),
        (b'{"id":1.5}', "no readable id: not a whole number, or not exactly one"),
        (b'{"id":"x"}', "no readable id: text that is not a number of 64 bits"),
        (b'{"id":" "}', "no readable id: absent"),
        (b'{"customField":[{\\"a\\":1}', "not JSON at character 17: Expecting property name enclosed in double quotes"),
        (
            b'{"id":1,"other":[{\\"a\\":1}]}',
            "not JSON at character 18: Expecting property name enclosed in double quotes",
        ),
    ],
)
def test_body_that_is_no_record_says_exactly_why(body, reason):
    assert decode(body) == Undecodable(reason)


def test_byte_order_mark_is_tolerated_and_told():
    decoded = decode(b"\xef\xbb\xbf" + encode(RECORD))
    assert decoded == Decoded(RECORD, ("body: begins with a byte order mark",), ())


def test_key_three_times_reports_each_value_that_lost():
    decoded = decode(b'{"id":1,"remarks":"a","x":0,"remarks":"b","remarks":"c"}')
    assert decoded.record.remarks == "c"
    assert decoded.drift == (
        Drift("field", "x", "0"),
        Drift("duplicate", "remarks", "a"),
        Drift("duplicate", "remarks", "b"),
    )


ENTRY = '{"fieldId":"1024","fieldName":"订单号","fieldValue":"E2024"}'


@pytest.mark.parametrize(
    ("sent", "problem", "is_drift"),
    [
        (f"[{ENTRY}]", "", False),
        (ENTRY, "", True),
        (json.dumps(f"[{ENTRY}]"), "", False),
        (json.dumps(ENTRY), "", False),
        (json.dumps(f"[{ENTRY}]".replace('"', '\\"')), "", False),
        ("[" + ENTRY.replace('"', '\\"') + "]", "", True),
        (f"[{ENTRY},7]", "customField: 1 of 2 entries: unreadable", False),
    ],
    ids=["array", "object", "text of an array", "text of an object", "text escaped twice", "as printed", "one more"],
)
def test_custom_field_is_read_in_every_form_it_comes_in(sent, problem, is_drift):
    decoded = decode(f'{{"id":1,"customField":{sent}}}'.encode())
    assert decoded.record.custom_field == (CustomField("1024", "订单号", "E2024"),)
    assert decoded.problems == ((problem,) if problem else ())
    assert [(note.kind, note.field) for note in decoded.drift] == [("type", "customField")] * is_drift


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("7", "customField: neither an array nor JSON text of one"),
        ('"7"', "customField: neither an array nor JSON text of one"),
        ('"x"', "customField: neither an array nor JSON text of one"),
        ("1" * 30, "customField: neither an array nor JSON text of one"),
        ('""', ""),
        ('" "', ""),
        ('"null"', ""),
        ("[]", ""),
        ("[7,8]", "customField: 2 of 2 entries: unreadable"),
        ("[null]", "customField: 1 of 1 entries: unreadable"),
    ],
)
def test_custom_field_that_holds_no_entry_is_empty_and_says_why(sent, problem):
    decoded = decode(f'{{"id":1,"customField":{sent}}}'.encode())
    assert decoded.record.custom_field == ()
    assert decoded.problems == ((problem,) if problem else ())


def test_entry_of_a_custom_field_is_read_part_by_part():
    entries = '[{"fieldId":7,"fieldName":null},{"fieldId":[],"fieldValue":"a\\u0000b"},{"fieldValue":1.5,"new":2}]'
    decoded = decode(f'{{"id":1,"customField":{entries}}}'.encode())
    assert decoded.record.custom_field == (
        CustomField("7", "", ""),
        CustomField("", "", "a\ufffdb"),
        CustomField("", "", "1.5"),
    )
    assert decoded.problems == (
        "customField: 1 of 3 entries: unreadable; 1 of 3 entries: replaced NUL or lone surrogates",
    )
    assert decoded.drift == (Drift("field", "customField.new", "2"),)


@pytest.mark.parametrize(
    ("sent", "value", "problem"),
    [
        ('"7"', 7, ""),
        ('" -7\\t"', -7, ""),
        (f'"{2**63}"', 0, "staffId: wider than 64 bits"),
        (f'"{2**64}"', 0, "staffId: text that is not a number of 64 bits"),
        ('"7.00"', 7, ""),
        ('"7."', 0, "staffId: text that is not a number of 64 bits"),
        ('"7.5"', 0, "staffId: text that is not a number of 64 bits"),
        ('"７"', 0, "staffId: text that is not a number of 64 bits"),
        ('""', 0, ""),
        ("true", 1, ""),
        ("7.0", 7, ""),
        ("7.5", 0, "staffId: not a whole number, or not exactly one"),
        ("9007199254740991.0", 2**53 - 1, ""),
        ("9007199254740992.0", 0, "staffId: not a whole number, or not exactly one"),
        ("-9007199254740992.0", 0, "staffId: not a whole number, or not exactly one"),
        ("1e400", 0, "staffId: not a whole number, or not exactly one"),
        ("[]", 0, "staffId: is an array, not a number"),
        ("{}", 0, "staffId: is an object, not a number"),
    ],
)
def test_number_is_read_where_its_meaning_is_plain(sent, value, problem):
    decoded = decode(f'{{"id":1,"staffId":{sent}}}'.encode())
    assert decoded.record.staff_id == value
    assert decoded.problems == ((problem,) if problem else ())
    assert {note.kind for note in decoded.drift} <= {"type"}


@pytest.mark.parametrize(
    ("sent", "text", "problem"),
    [
        ("7", "7", ""),
        ("true", "1", ""),
        ("false", "0", ""),
        ("7.0", "7", ""),
        ("7.5", "7.5", ""),
        ("9007199254740991.0", "9007199254740991", ""),
        ("9007199254740992.0", "9007199254740992.0", ""),
        ("1e400", "", "remarks: too great a number"),
        ("-1e400", "", "remarks: too great a number"),
        ("[]", "", "remarks: is an array, not text"),
        ("{}", "", "remarks: is an object, not text"),
        ('"\\ud800x"', "\ufffdx", "remarks: replaced NUL or lone surrogates"),
    ],
)
def test_text_is_read_where_its_meaning_is_plain(sent, text, problem):
    decoded = decode(f'{{"id":1,"remarks":{sent}}}'.encode())
    assert decoded.record.remarks == text
    assert decoded.problems == ((problem,) if problem else ())


def test_notes_of_entries_are_bounded_and_each_is_told_once():
    many = ",".join(f'{{"new{number}":1}}' for number in range(500))
    decoded = decode(f'{{"id":1,"customField":[{many}]}}'.encode())
    assert len(decoded.drift) == 64
    same = ",".join('{"new":1}' for _ in range(500))
    assert decode(f'{{"id":1,"customField":[{same}]}}'.encode()).drift == (Drift("field", "customField.new", "1"),)
