"""What is handed in: one item from its JSON, and the engine's outcome in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import NOW, life, opened

from afterchat.contract.codec import decode, encode
from afterchat.contract.record import SessionRecord, blank_record
from afterchat.engine import Event, Session, Unreadable, VisitorWrote, write_event
from afterchat.sender.submission import (
    COMPUTED,
    DUPLICATE,
    EVENT_BYTES_MAX,
    RECORD_BYTES_MAX,
    TAKEN,
    ItemVerdict,
    event_item,
    record_item,
    verdict_on,
)
from afterchat.settings import SETTINGS

RECORD = blank_record(id=102, staff_name="王小明")


def test_an_event_is_read_as_the_engine_reads_it():
    assert opened() == event_item(write_event(opened()))
    assert isinstance(event_item(b'{"type":"Nothing"}'), Unreadable)


def test_a_record_is_read_from_its_own_form_and_from_a_sloppy_one():
    assert record_item(encode(RECORD)) == RECORD
    assert record_item(b'{"id": 102, "staffName":"\xe7\x8e\x8b\xe5\xb0\x8f\xe6\x98\x8e"}') == RECORD


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"id":"none"}', b"{}"])
def test_what_is_no_record_says_why(body):
    read = record_item(body)

    assert isinstance(read, Unreadable)
    assert read.en.startswith("no record: ")
    assert read.zh.startswith("不是会话记录：")
    assert read.en.removeprefix("no record: ") == read.zh.removeprefix("不是会话记录：") != ""


def test_a_record_with_a_field_that_cannot_be_read_is_not_taken_and_every_such_field_is_named():
    read = record_item(json.dumps({"id": 102, "endTime": {}, "staffName": []}).encode())

    assert isinstance(read, Unreadable)
    assert read.en.startswith("fields cannot be read: ")
    assert read.zh.startswith("有字段无法读取：")
    listed = read.en.removeprefix("fields cannot be read: ").split("; ")
    assert {"endTime", "staffName"} == {problem.partition(":")[0] for problem in listed}


@pytest.mark.parametrize(("id_", "is_taken"), [(-1, False), (0, False), (1, True), (2**63 - 1, True)])
def test_an_id_is_above_nought(id_, is_taken):
    read = record_item(encode(blank_record(id=id_)))

    expected = blank_record(id=id_) if is_taken else Unreadable("id must be above 0", "id 必须大于 0")
    assert expected == read


def test_an_id_that_no_store_can_hold_is_not_taken():
    assert isinstance(record_item(b'{"id":9223372036854775808}'), Unreadable)


def padded(bytes_count):
    """A record that takes so many bytes."""
    empty = len(encode(blank_record(id=102, remarks="")))
    return encode(blank_record(id=102, remarks="x" * (bytes_count - empty)))


def test_a_record_that_our_own_receiving_end_would_refuse_is_not_taken():
    assert {RECORD_BYTES_MAX} == {setting.default for setting in SETTINGS if setting.name == "body_bytes_max"}
    assert isinstance(record_item(padded(RECORD_BYTES_MAX)), SessionRecord)

    for refused in (record_item(padded(RECORD_BYTES_MAX + 1)), record_item(padded(4_000_000))):
        assert isinstance(refused, Unreadable)
        assert refused.en.startswith("larger than 262144 bytes")
        assert refused.zh.startswith("超过 262144 字节")


@pytest.mark.parametrize("entry", [b"{}", b'{"fieldId":1e15}', b'{"fieldId":"a","fieldName":"b"}'])
def test_what_counts_is_how_large_a_record_is_when_it_is_pushed(entry):
    def handed_in(count):
        return b'{"id":102,"customField":[' + b",".join([entry] * count) + b"]}"

    one, two = (len(encode(decode(handed_in(count)).record)) for count in (1, 2))
    fitting = 1 + (RECORD_BYTES_MAX - one) // (two - one)

    taken = record_item(handed_in(fitting))
    assert isinstance(taken, SessionRecord)
    assert RECORD_BYTES_MAX - len(encode(taken)) < two - one
    assert isinstance(record_item(handed_in(fitting + 1)), Unreadable)


def written(values):
    """The event as JSON, whatever its length."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def filled(bytes_count):
    """Service-record fields in an event of so many bytes."""
    entries = [{"fieldId": str(number), "fieldName": "", "fieldValue": ""} for number in range(100)]
    event = {"type": "CustomFieldsFilled", "id": "filled", "session": 102, "at": NOW + 3000, "customField": entries}
    missing = bytes_count - len(written(event))
    for entry in entries:
        # A control character takes six bytes, more than any other.
        entry["fieldValue"], missing = "\x01" * min(2000, missing // 6), missing - 6 * min(2000, missing // 6)
    entries[-1]["fieldName"] = "x" * missing
    return written(event)


def test_an_event_whose_record_might_be_too_large_is_not_taken():
    taken, refused = (event_item(filled(size)) for size in (EVENT_BYTES_MAX, EVENT_BYTES_MAX + 1))

    assert isinstance(taken, Event)
    assert isinstance(refused, Unreadable)
    assert refused.en.startswith("larger than 114688 bytes")
    assert refused.zh.startswith("超过 114688 字节")


def test_the_record_of_the_largest_events_is_one_that_a_receiver_takes():
    def long(count):
        return "\x01" * count

    page = {name: long(4000) for name in ("fromPage", "fromTitle", "searchKey", "landPage")}
    visitor = {name: long(200) for name in ("foreignId", "fromType", "fromIp", "originPlatform")}
    staff = {name: long(200) for name in ("staffName", "fromGroup", "fromStaff", "overflowFrom")}
    transfer = {"transferFromStaffName": long(200), "transferFromGroup": long(200), "transferRemarks": long(500)}
    came_from = {"type": "FromTransfer", "session": 101, **transfer}
    told = [
        {
            "type": "SessionOpened",
            "userId": 7,
            "kind": "person",
            **visitor,
            **page,
            "evaluationType": 2,
            "cameFrom": came_from,
        },
        {"type": "StaffAssigned", "staffId": 7, **staff},
        {"type": "StaffWrote"},
        {"type": "VisitorRated", "evaluation": 100, "evaluationRemark": long(2000)},
        {"type": "CategoryChosen", "category": long(500), "categoryDetail": long(500)},
        {"type": "RemarkWritten", "remarks": long(500)},
    ]
    session = Session(102)
    bodies = [written({"id": f"{n}", "session": 102, "at": NOW + n, **one}) for n, one in enumerate(told)]
    closed = written({"type": "SessionClosed", "id": "closed", "session": 102, "at": NOW + 9000, "closeReason": 0})
    for body in (*bodies, filled(EVENT_BYTES_MAX), closed):
        event = event_item(body)
        assert isinstance(event, Event), event.en[:200]
        outcome = session.feed(event)
        assert outcome.refused is None, outcome.refused.explain("en")

    body = encode(session.record)
    assert 100 == len(session.record.custom_field)
    assert RECORD_BYTES_MAX * 9 // 10 < len(body) <= RECORD_BYTES_MAX


@given(st.binary(max_size=200))
def test_any_bytes_are_an_item(body):
    assert isinstance(record_item(body), SessionRecord | Unreadable)
    event_item(body)


def verdicts_of(*events):
    session = Session(102)
    return [verdict_on(session.feed(event)) for event in events]


def test_what_the_engine_took_or_knew_already_is_said_in_a_word():
    assert [TAKEN, DUPLICATE] == verdicts_of(opened(), opened())
    assert ("taken", "", "", "") == TAKEN
    assert ("duplicate", "", "", "") == DUPLICATE


def test_what_the_engine_refused_says_why_in_both_languages():
    *_, verdict = verdicts_of(*life(), VisitorWrote(id="late", session=102, at=NOW + 6000))

    en = "VisitorWrote cannot happen in a session that is ended"
    assert ItemVerdict("refused", "not_allowed", en, "会话处于“已结束”时不允许 VisitorWrote") == verdict


def test_a_record_of_a_computed_session_is_refused_with_a_remedy():
    assert ("refused", "computed") == COMPUTED[:2]
    assert "send events only, or records only" in COMPUTED.en
    assert "请只发送事件，或只发送记录" in COMPUTED.zh
