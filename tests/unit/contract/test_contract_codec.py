"""Writing is strict, reading is lenient; the many strange bodies are in tests/vectors/bodies.json."""

import json

import pytest

from afterchat.contract.codec import Decoded, Drift, decode, encode
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
    with pytest.raises(CallerError, match="FIELDS"):
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


def test_key_twice_is_noticed_though_text_and_blanks_keep_the_count():
    hidden = encode(RECORD).replace(b'"alarmTimes":0', b'"alarmTimes" :0,"alarmTimes":0')
    assert [note.kind for note in decode(hidden).drift] == ["duplicate"]


def test_key_twice_is_noticed_within_a_custom_field():
    body = encode(RECORD).replace(b'{"fieldId":"1024"', b'{"fieldId":"1023","fieldId":"1024"')
    assert decode(body) == Decoded(RECORD, (), (Drift("duplicate", "customField.fieldId", "1023"),))


def test_canonical_body_may_be_spaced_and_in_any_order():
    fields = json.loads(encode(RECORD))
    backwards = json.dumps(dict(reversed(fields.items())), indent=2).encode()
    assert decode(backwards) == Decoded(RECORD, (), ())


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
