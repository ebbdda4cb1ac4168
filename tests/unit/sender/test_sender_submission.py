"""What is handed in: one item from its JSON, and the engine's outcome in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import NOW, life, opened

from afterchat.contract.codec import encode
from afterchat.contract.record import SessionRecord, blank_record
from afterchat.engine import Session, Unreadable, VisitorWrote, write_event
from afterchat.sender.submission import COMPUTED, DUPLICATE, TAKEN, ItemVerdict, event_item, record_item, verdict_on

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
