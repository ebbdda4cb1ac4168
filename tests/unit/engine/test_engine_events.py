"""Every event and origin: its attributes with their limits and defaults, written by hand, and its cue."""

from __future__ import annotations

import msgspec
import pytest
from engine_cast import NEEDED, SESSION, event, moment

from afterchat.contract.record import FIELDS, CustomField
from afterchat.contract.vocabulary import CODED_SETS, ENDER_OF_CLOSE_REASON
from afterchat.engine.checks import checks_of
from afterchat.engine.events import EVENTS, CustomFieldsFilled, Event, SessionClosed, SessionOpened, StaffWrote
from afterchat.engine.origins import FromHistory, FromRobot, FromTakeOver, FromTransfer, hand_over_kind
from afterchat.errors import EventError

NUMBER, ID, NAME, ADDRESS, FLAG = (
    "0..2^63-1",
    "1..2^63-1",
    "text, 200 characters",
    "text, 4000 characters",
    "true, false",
)
RG_TYPES = (
    "主动转人工, 关键词转人工, 回复引导转人工, 拦截词转人工, 连续未知转人工, 差评转人工, 情绪识别转人工, 图片转人工"
)
ROUTING = f"from_group_id: {NUMBER} = 0; from_group: {NAME} = ''; from_staff: {NAME} = ''; overflow_from: {NAME} = ''"
EVERY = f"id: text, 1..128 characters; session: {ID}; at: epoch ms; sequence: {NUMBER} = 0"

# Written by hand: what each takes, in order; "= x" where it may be left out.
ATTRIBUTES = {
    "SessionOpened": f"kind: person, robot, message; by: visitor, staff = 'visitor'; user_id: {NUMBER} = 0; "
    f"foreign_id: {NAME} = ''; from_type: {NAME} = ''; from_ip: {NAME} = ''; from_page: {ADDRESS} = ''; "
    f"from_title: {ADDRESS} = ''; origin_platform: {NAME} = ''; search_key: {ADDRESS} = ''; "
    f"land_page: {ADDRESS} = ''; vip_level: 0..11 = 0; previous_visit_at: epoch ms; 0 none = 0; "
    "evaluation_type: 0, 2, 3, 5 = 0; came_from: FromRobot, FromHistory, FromTransfer, FromTakeOver = None",
    "VisitorIdentified": f"user_id: {NUMBER} = 0; foreign_id: {NAME} = ''; vip_level: 0..11 = 0",
    "QueueEntered": ROUTING,
    "StaffAssigned": f"staff_id: {ID}; staff_name: {NAME}; {ROUTING}",
    "MessageOffered": "",
    "StaffLost": "",
    "StaffBack": "",
    "VisitorWrote": "",
    "RobotAnswered": "",
    "StaffWrote": f"is_automatic: {FLAG} = False",
    "Pinned": "",
    "Unpinned": "",
    "AlarmRaised": "",
    "RatingInvited": "by: staff, system = 'staff'",
    "VisitorRated": "evaluation: 1, 25, 50, 75, 100; evaluation_remark: text, 2000 characters = ''; "
    "user_resolved_status: 0, 1, 2 = 0",
    "CategoryChosen": "category: text, 500 characters; category_detail: text, 500 characters = ''",
    "RemarkWritten": "remarks: text, 500 characters",
    "CustomFieldsFilled": "custom_field: at most 100 CustomField, each text, 2000 characters",
    "StatusMarked": "status: 0, 1, 2",
    "MessageTreated": "",
    "SuccessorNamed": f"to_session: {ID}",
    "HandedToPerson": f"transfer_rg_type: {RG_TYPES}; to_session: {NUMBER} = 0",
    "TransferredAway": f"is_silent: {FLAG} = False; to_session: {NUMBER} = 0",
    "TakenOver": f"to_session: {NUMBER} = 0",
    "SessionClosed": f"close_reason: 0, 1, 2, 4, 7, 8, 10, 11, 12, 13, 16; timer: {NAME} = ''",
    "RatingWindowClosed": "",
}
ATTRIBUTES_OF_ORIGINS = {
    FromRobot: f"session: {ID}; transfer_rg_type: {RG_TYPES}",
    FromHistory: f"session: {ID}",
    FromTransfer: f"session: {ID}; transfer_from_staff_name: {NAME} = ''; transfer_from_group: {NAME} = ''; "
    f"transfer_remarks: text, 500 characters = ''; is_silent: {FLAG} = False",
    FromTakeOver: f"session: {ID}",
}
CUES = [
    *((SessionOpened, {"kind": kind}, f"SessionOpened {kind}") for kind in ("person", "robot", "message")),
    (StaffWrote, {}, "StaffWrote"),
    (StaffWrote, {"is_automatic": True}, "StaffWrote automatic"),
    *((SessionClosed, {"close_reason": reason}, f"SessionClosed {reason}") for reason in (0, 1, 16)),
]


def described(kind):
    """The attributes of a class as they are checked, in the notation of the tables above."""
    defaults = {field.name: field for field in msgspec.structs.fields(kind)}
    return "; ".join(
        f"{name}: {check.en}" + ("" if defaults[name].required else f" = {defaults[name].default!r}")
        for name, check in checks_of(kind)
    )


def test_events_are_these_in_the_order_in_which_they_count_within_a_millisecond():
    assert list(ATTRIBUTES) == [kind.__name__ for kind in EVENTS]


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_takes_these_attributes(kind):
    assert "; ".join(filter(None, (EVERY, ATTRIBUTES[kind.__name__]))) == described(kind)


@pytest.mark.parametrize("kind", ATTRIBUTES_OF_ORIGINS, ids=lambda kind: kind.__name__)
def test_an_origin_takes_these_attributes(kind):
    assert ATTRIBUTES_OF_ORIGINS[kind] == described(kind)


@pytest.mark.parametrize("kind", [*EVENTS, *ATTRIBUTES_OF_ORIGINS], ids=lambda kind: kind.__name__)
def test_every_attribute_is_checked(kind):
    assert set(kind.__struct_fields__) == {name for name, _ in checks_of(kind)}


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_the_cue_of_most_events_is_their_class(kind):
    if kind not in {cue[0] for cue in CUES}:
        assert kind.__name__ == kind.cue == event(0, kind).cue
    assert "" == Event.cue


@pytest.mark.parametrize(("kind", "values", "cue"), CUES, ids=[cue for *_, cue in CUES])
def test_the_cue_of_some_says_what_decides_where_the_session_goes(kind, values, cue):
    assert cue == event(0, kind, **values).cue


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_holds_what_it_was_given_and_cannot_be_changed(kind):
    made = event(7, kind)
    given = {"id": f"{kind.__name__} 7", "session": SESSION, "at": moment(7), "sequence": 0, **NEEDED.get(kind, {})}

    assert given == {name: getattr(made, name) for name in given}
    with pytest.raises(AttributeError):
        made.at = 0


@pytest.mark.parametrize(
    ("name", "value"), [("id", ""), ("id", "x" * 129), ("session", 0), ("at", 7), ("sequence", -1)]
)
@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
def test_an_event_that_holds_an_impossible_value_is_not_made(kind, name, value):
    with pytest.raises(EventError) as raised:
        event(7, kind, **{name: value})

    assert (kind.__name__, name) == (raised.value.event, raised.value.field)


@pytest.mark.parametrize("reason", [3, 5, 6, 9])
def test_a_reason_with_an_event_of_its_own_names_that_event(reason):
    with pytest.raises(EventError) as raised:
        event(7, SessionClosed, close_reason=reason)

    assert raised.value.en.endswith("; 3 is HandedToPerson, 5 and 9 are TransferredAway, 6 is TakenOver")
    assert raised.value.zh.endswith("；3 请用 HandedToPerson，5 与 9 请用 TransferredAway，6 请用 TakenOver")
    assert reason in ENDER_OF_CLOSE_REASON


def test_an_attribute_of_an_event_that_ends_up_in_the_record_carries_its_fields_name():
    fields = {field.name for field in FIELDS}
    own = {"at", "session", "sequence", "kind", "by", "came_from", "previous_visit_at", "is_automatic", "is_silent"}

    names = {name for kind in [*EVENTS, *ATTRIBUTES_OF_ORIGINS] for name in kind.__struct_fields__}

    assert {*own, "to_session", "timer"} == names - fields


def test_the_kinds_of_hand_over_are_those_that_the_record_knows():
    kinds = [kind for kind in CODED_SETS["transferRgType"].labels if kind]

    assert (8, RG_TYPES) == (len(kinds), ", ".join(kinds))
    assert [None] * 8 == [hand_over_kind().find_fault(kind) for kind in kinds]
    assert hand_over_kind().find_fault("") is not None


def test_custom_fields_are_texts_that_every_store_can_hold():
    whole = CustomField("x" * 2000, "", "")

    assert (whole,) * 100 == event(7, CustomFieldsFilled, custom_field=(whole,) * 100).custom_field
    for wrong in ((whole,) * 101, (CustomField("x" * 2001, "", ""),), (CustomField("", "", "\x00"),)):
        with pytest.raises(EventError, match=r"^CustomFieldsFilled\.customField: "):
            event(7, CustomFieldsFilled, custom_field=wrong)
