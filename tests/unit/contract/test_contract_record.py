"""The field table says what the vendor's page says, once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from afterchat.contract.field import INTEGER_MAX, wire_name
from afterchat.contract.record import FIELDS, SessionRecord, blank_record, latest_moment
from afterchat.contract.vocabulary import CODED_SETS

# Copied from the vendor's page by hand, in its order; the one list that must not come from FIELDS.
WIRE_NAMES = [
    "alarmTimes", "category", "closeReason", "endTime", "evaluationType", "evaluation", "evaluationRemark",
    "staffInvitedEvaluateTime", "userJoinEvaluateTime", "userResolvedStatus", "foreignId", "fromGroupId",
    "fromGroup", "fromIp", "fromPage", "fromStaff", "fromTitle", "fromType", "id", "inQueueTime", "interaction",
    "relatedId", "relatedType", "staffFirstReplyTime", "sType", "staffId", "staffName", "startTime",
    "stickDuration", "userId", "remarks", "customField", "status", "vipLevel", "visitRange", "transferRgType",
    "roundNumber", "clientFirstMessageTime", "avgRespDuration", "isValid", "humanTransferSessionId",
    "transferFromStaffName", "transferFromGroup", "transferRemarks", "staffMessageCount", "userMessageCount",
    "transferType", "overflowFrom", "isStaffInvited", "treatedTime", "fromHumanTransfer", "firstReplyCost",
    "categoryDetail", "isEvaluationInvited", "beginer", "ender", "originPlatform", "searchKey", "landPage",
]  # fmt: skip


def test_fields_are_the_59_of_the_vendors_page_in_its_order():
    assert len(WIRE_NAMES) == 59
    assert [field.wire for field in FIELDS] == WIRE_NAMES


def test_names_are_the_wire_names_in_snake_case_without_exception():
    assert [field.name for field in FIELDS] == [
        re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), wire) for wire in WIRE_NAMES
    ]
    assert [wire_name(field.name) for field in FIELDS] == WIRE_NAMES


def test_struct_writes_the_names_of_the_field_table():
    assert list(SessionRecord.__struct_encode_fields__) == WIRE_NAMES


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.wire)
def test_field_has_a_meaning_in_both_languages_and_a_none_value_of_its_type(field):
    assert re.search("[\u4e00-\u9fff]", field.zh)
    assert re.search("[a-z]{3}", field.en)
    assert type(field.none) is field.type
    assert field.unit in {"", "count", "ms", "epoch ms"}


def test_units_are_those_that_the_page_or_its_numbers_tell():
    units = {field.wire: field.unit for field in FIELDS if field.unit}

    assert {
        **dict.fromkeys(("alarmTimes", "roundNumber", "staffMessageCount", "userMessageCount"), "count"),
        **dict.fromkeys(("inQueueTime", "stickDuration", "visitRange", "avgRespDuration", "firstReplyCost"), "ms"),
        **dict.fromkeys(("staffInvitedEvaluateTime", "userJoinEvaluateTime", "staffFirstReplyTime"), "epoch ms"),
        **dict.fromkeys(("startTime", "endTime", "clientFirstMessageTime", "treatedTime"), "epoch ms"),
    } == units


@pytest.mark.parametrize(
    ("choice", "wires"),
    [
        ("Our choice is -1, because 0 is itself a value here.",
         ["closeReason", "interaction", "status", "isValid", "isEvaluationInvited"]),
        ("Our choice is 0, as the page uses 0 for other things that do not exist.",
         ["fromGroupId", "relatedId", "staffFirstReplyTime", "clientFirstMessageTime"]),
    ],
    ids=["-1", "0"],
)  # fmt: skip
def test_a_none_value_of_our_own_choice_says_so(choice, wires):
    assert wires == [field.wire for field in FIELDS if choice in field.evidence]


def test_evidence_is_told_in_sentences():
    assert [] == [field.wire for field in FIELDS if not re.fullmatch(r"|[A-Z0-9].*\.", field.evidence)]


def test_every_coded_set_belongs_to_a_field_of_its_name_and_every_coded_field_has_one():
    coded = {field.coded for field in FIELDS if field.coded}
    assert coded == set(CODED_SETS)
    assert [field.wire for field in FIELDS if field.coded] == [field.coded for field in FIELDS if field.coded]


@pytest.mark.parametrize("field", [field for field in FIELDS if field.coded], ids=lambda field: field.wire)
def test_none_value_of_a_coded_field_has_a_label_and_no_meaning_of_its_own(field):
    assert CODED_SETS[field.coded].knows(field.none)


def test_blank_record_is_none_but_for_what_is_given():
    record = blank_record(id=7, remarks="x")
    given = {"id": 7, "remarks": "x"}
    assert {field.name: getattr(record, field.name) for field in FIELDS} == {
        field.name: given.get(field.name, field.none) for field in FIELDS
    }


def test_blank_record_refuses_a_name_that_is_no_field():
    with pytest.raises(TypeError, match="remark"):
        blank_record(remark="x")


@pytest.mark.parametrize(
    ("values", "moment"),
    [
        ({}, 0),
        ({"end_time": 5}, 5),
        ({"end_time": -1}, 0),
        ({"end_time": 5, "treated_time": 6}, 6),
        ({"end_time": 5, "staff_invited_evaluate_time": "7"}, 7),
        ({"end_time": 5, "user_join_evaluate_time": "8"}, 8),
        ({"end_time": 5, "user_join_evaluate_time": "-1"}, 5),
        ({"end_time": 5, "user_join_evaluate_time": ""}, 5),
        ({"end_time": 5, "user_join_evaluate_time": "soon"}, 5),
        ({"end_time": 5, "user_join_evaluate_time": "８"}, 5),
        ({"end_time": 5, "user_join_evaluate_time": "9" * 5000}, 5),
        ({"end_time": 5, "user_join_evaluate_time": str(INTEGER_MAX)}, INTEGER_MAX),
        ({"end_time": 5, "user_join_evaluate_time": str(INTEGER_MAX + 1)}, 5),
        ({"user_join_evaluate_time": str(INTEGER_MAX + 1)}, 0),
        ({"start_time": 9, "staff_first_reply_time": 9, "client_first_message_time": 9}, 0),
    ],
)
def test_latest_moment_is_the_greatest_that_is_one(values, moment):
    assert latest_moment(blank_record(**values)) == moment


def test_reference_page_is_what_the_tables_say():
    root = Path(__file__).parents[3]
    tool = root / "tools" / "make_record_reference.py"
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    run = subprocess.run(
        [sys.executable, str(tool), "--check"], capture_output=True, text=True, check=False, env=environment
    )
    assert (run.returncode, run.stdout) == (0, "")
