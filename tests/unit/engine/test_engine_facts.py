"""What follows from the facts at a glance: whether anybody served, whether it is a left message, whether it goes on."""

from __future__ import annotations

import pytest
from engine_cast import ENDED, LEFT, SERVED, WAYS, after, event

from afterchat.engine.events import (
    HandedToPerson,
    MessageOffered,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    TakenOver,
)
from afterchat.engine.facts import Facts, goes_on, is_left_message, was_served
from afterchat.engine.states import State

OFFERED = (*WAYS[State.QUEUED], event(8, MessageOffered))


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param((), (False, False, False), id="nothing"),
        pytest.param(SERVED[:1], (False, False, False), id="opened"),
        pytest.param(WAYS[State.QUEUED], (False, False, False), id="queued"),
        pytest.param(SERVED, (True, False, False), id="served"),
        pytest.param(WAYS[State.ROBOT], (True, False, False), id="with the robot"),
        pytest.param((event(0, SessionOpened, kind="message"),), (False, True, False), id="message"),
        pytest.param(OFFERED, (False, True, False), id="message out of the queue"),
        pytest.param((*OFFERED, event(10, StaffAssigned)), (True, False, False), id="message that staff took up"),
        pytest.param((*LEFT[:2], event(10, StaffAssigned)), (True, False, False), id="message that became more"),
        pytest.param(LEFT, (False, True, False), id="message, ended"),
        pytest.param(ENDED, (True, False, True), id="transferred"),
        pytest.param((*SERVED, event(20, TakenOver)), (True, False, True), id="taken over"),
        pytest.param((*WAYS[State.ROBOT], event(20, HandedToPerson)), (True, False, True), id="handed over"),
        pytest.param((*SERVED, event(20, SessionClosed)), (True, False, False), id="closed"),
    ],
)
def test_what_follows_from_the_facts(events, expected):
    facts = after(events)

    assert expected == (was_served(facts), is_left_message(facts), goes_on(facts))


def test_blank_facts_know_nothing():
    facts = Facts()

    assert State.NEW is facts.state
    assert {0, "", None} == {getattr(facts, name) for name in facts.__struct_fields__ if name != "state"}
