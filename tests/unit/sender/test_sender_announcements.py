"""The pushes beside the record: told apart by their keys, made for sessions with staff, worded as in the guide."""

from __future__ import annotations

import json

import pytest
from sending_cast import NOW, life, opened

from afterchat.contract.push import sniff_event_type
from afterchat.engine import (
    FromHistory,
    FromTransfer,
    HandedToPerson,
    MessageOffered,
    RatingInvited,
    RobotAnswered,
    Session,
    SessionClosed,
    StaffAssigned,
    TakenOver,
    TransferredAway,
    Verdict,
    VisitorIdentified,
    VisitorWrote,
)
from afterchat.sender.announcements import ANNOUNCED_TYPES, Seen, announcements, seen

ASSIGNED = StaffAssigned(id="assigned", session=102, at=NOW + 2000, staff_id=9, staff_name="小王")
INVITED = RatingInvited(id="invited", session=102, at=NOW + 4000)
CLOSED = SessionClosed(id="closed", session=102, at=NOW + 5000, close_reason=1)
WHO = {"sessionId": 102, "uid": "u-43", "staffId": 9, "staffName": "小王", "staffType": 1, "staffIcon": ""}


def told(event, session):
    """What feeding an event announces, as (event type, parsed body)."""
    before = seen(session)
    if session.feed(event).verdict is not Verdict.TAKEN:
        return []
    return [(event_type, json.loads(body)) for event_type, body in announcements(event, before, session)]


def said(*events):
    """What they announce, one after another."""
    session = Session(102)
    announced = []
    for event in events:
        announced += told(event, session)
    return announced


def start(**values):
    [(event_type, body)] = said(opened(**values), ASSIGNED)
    assert "SESSION_START" == event_type
    return body


def test_a_session_announces_its_start_its_invitation_and_its_end_and_nothing_else():
    events = [*life()[:-1], INVITED, CLOSED]

    assert ["SESSION_START", "EVA_INVITATION", "SESSION_END"] == [event_type for event_type, _ in said(*events)]


def test_every_announcement_is_told_by_its_keys_as_what_it_is():
    session = Session(102)
    made = []
    for event in (opened(), ASSIGNED, INVITED, CLOSED):
        made += told(event, session)

    assert {*ANNOUNCED_TYPES} == {event_type for event_type, _ in made}
    assert all(event_type == sniff_event_type(json.dumps(body).encode()) for event_type, body in made)


def test_a_start_says_who_serves_whom_and_how_the_session_can_be_rated():
    model = {
        "title": "",
        "note": "",
        "type": 2,
        "list": [{"name": "不满意", "value": 1}, {"name": "满意", "value": 100}],
    }
    assert {**WHO, "code": 200, "message": "", "evaluationModel": model} == start()


def test_a_session_that_cannot_be_rated_has_an_empty_model():
    assert {"title": "", "note": "", "type": 0, "list": []} == start(evaluation_type=0)["evaluationModel"]


def test_a_start_names_the_session_it_was_transferred_from():
    assert 88 == start(came_from=FromTransfer(session=88))["transferFrom"]
    assert "transferFrom" not in start(came_from=FromHistory(session=88))


@pytest.mark.parametrize(("values", "uid"), [({}, "u-43"), ({"foreign_id": ""}, "43"), ({"foreign_id": "客"}, "客")])
def test_the_visitor_is_named_by_the_enterprise_s_id_or_else_by_the_platform_s(values, uid):
    assert uid == start(**values)["uid"]


def test_the_visitor_is_who_they_said_last():
    login = VisitorIdentified(id="login", session=102, at=NOW + 1000, user_id=44, foreign_id="u-44")
    [(_, body)] = said(opened(), login, ASSIGNED)

    assert "u-44" == body["uid"]


def test_an_end_says_why():
    [_, (event_type, body)] = said(opened(), ASSIGNED, CLOSED)

    assert ("SESSION_END", {**WHO, "code": 200, "message": "", "closeReason": 1}) == (event_type, body)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (TransferredAway(id="x", session=102, at=NOW + 9000, to_session=103), {"closeReason": 5, "transferTo": 103}),
        (TransferredAway(id="x", session=102, at=NOW + 9000), {"closeReason": 5}),
        (TransferredAway(id="x", session=102, at=NOW + 9000, is_silent=True), {"closeReason": 9}),
        (TakenOver(id="x", session=102, at=NOW + 9000, to_session=103), {"closeReason": 6}),
    ],
)
def test_ends_by_which_the_visitor_goes_on_say_so(event, expected):
    [_, (event_type, body)] = said(opened(), ASSIGNED, event)

    assert "SESSION_END" == event_type
    assert {**WHO, "code": 200, "message": "", **expected} == body


def test_a_start_and_an_end_that_became_known_with_a_later_event_are_told_then():
    assert ["SESSION_START"] == [event_type for event_type, _ in said(ASSIGNED, opened())]
    assert ["SESSION_START", "SESSION_END"] == [event_type for event_type, _ in said(CLOSED, ASSIGNED, opened())]


def test_what_was_told_is_not_told_again():
    late = VisitorWrote(id="late", session=102, at=NOW + 2500)

    assert ["SESSION_START", "SESSION_END"] == [event_type for event_type, _ in said(opened(), ASSIGNED, CLOSED, late)]


def test_an_invitation_says_who_asked_whom():
    [_, (event_type, body)] = said(opened(), ASSIGNED, INVITED)

    assert ("EVA_INVITATION", WHO) == (event_type, body)


def test_a_session_without_staff_announces_nothing():
    robot = opened(kind="robot")
    answered = RobotAnswered(id="r", session=102, at=NOW + 1000)
    wrote = VisitorWrote(id="v", session=102, at=NOW + 500)
    handed = HandedToPerson(id="h", session=102, at=NOW + 6000, transfer_rg_type="关键词转人工")

    assert [] == said(robot, wrote, answered, INVITED, CLOSED)
    assert [] == said(opened(), MessageOffered(id="m", session=102, at=NOW + 1000), CLOSED)
    assert [] == said(robot, handed)


def test_a_session_whose_beginning_nobody_sent_names_no_visitor():
    session = Session(102)
    session.facts.assigned = ASSIGNED

    [(_, made)] = announcements(ASSIGNED, Seen(None, None), session)
    body = json.loads(made)
    assert ("", 0) == (body["uid"], body["evaluationModel"]["type"])
