"""One step: what happened to sessions becomes one batch of marks, events and pushes."""

from __future__ import annotations

import hashlib

import pytest
from sending_cast import NOW, RECORDS, SECOND, endpoint, life, opened

from afterchat.contract.codec import encode
from afterchat.contract.record import blank_record
from afterchat.engine import Policy, RemarkWritten, VisitorWrote
from afterchat.sender.step import FUTURE_MS, LATE_MS, Step
from afterchat.sender.streams import QUIET_MS
from afterchat.sender.submission import COMPUTED, DUPLICATE, FUTURE, RECORDED, TAKEN
from afterchat.sender.tracked import TrackedSession

LATER = NOW + 60 * SECOND
RECORD = blank_record(id=7, end_time=NOW - 1)
CRM = endpoint(1)
SCREEN = endpoint(2, event_types=("SESSION_START", "SESSION_END"))
BOTH = endpoint(3, event_types=("SESSION_START", RECORDS))


def session(id_=102):
    return TrackedSession("acme", id_, Policy())


class Scene:
    """A step over one tenant's endpoints."""

    def __init__(self, *endpoints):
        self.asked = []
        self.step = Step(LATER, lambda tenant: self.asked.append(tenant) or endpoints)

    def pushes(self):
        return [(push.event_type, push.endpoint_ids) for push in self.step.batch().pushes]


def test_a_life_becomes_a_mark_its_events_and_its_pushes():
    scene, tracked = Scene(CRM, SCREEN, BOTH), session()
    verdicts = [scene.step.take_event(event, tracked) for event in life()]
    batch = scene.step.batch()

    assert [TAKEN] * 6 == verdicts
    assert [(tracked.mark(), tuple(tracked.fresh))] == batch.sessions
    assert [event.id for event in life()] == [kept.event_id for kept in batch.sessions[0][1]]
    assert [("SESSION_START", (2, 3)), ("SESSION_END", (2,)), (RECORDS, (1, 3))] == scene.pushes()
    assert LATER == batch.committed_at
    assert {"acme"} == set(scene.asked)
    assert frozenset({1, 2, 3}) == scene.step.endpoint_ids


def test_a_push_says_whose_it_is_and_carries_the_digest_of_its_body():
    scene, tracked = Scene(CRM), session()
    for event in life():
        scene.step.take_event(event, tracked)
    [push] = scene.step.batch().pushes

    assert ("acme", 102, RECORDS, LATER, (1,)) == (
        push.tenant, push.session, push.event_type, push.created_at, push.endpoint_ids
    )  # fmt: skip
    assert encode(tracked.session.record) == push.body
    assert hashlib.sha256(push.body).digest() == push.sha256 == tracked.record_sha256


def test_a_record_is_kept_when_nobody_wants_it_yet_and_an_announcement_is_not():
    scene, tracked = Scene(), session()
    for event in life():
        scene.step.take_event(event, tracked)

    assert [(RECORDS, ())] == scene.pushes()
    assert frozenset() == scene.step.endpoint_ids


def test_what_is_refused_or_known_already_announces_nothing():
    scene, tracked = Scene(SCREEN), session()
    for event in life()[:3]:
        scene.step.take_event(event, tracked)
    again = [scene.step.take_event(event, tracked) for event in life()[:3]]
    refused = scene.step.take_event(
        life()[2].__class__(id="x", session=102, at=LATER, staff_id=3, staff_name=""), tracked
    )

    assert [DUPLICATE] * 3 == again
    assert "refused" == refused.verdict
    assert [("SESSION_START", (2,))] == scene.pushes()


def test_a_late_fact_is_one_more_push_of_the_record_and_announces_nothing():
    scene, tracked = Scene(CRM, SCREEN), session()
    for event in life():
        tracked.feed(event)
    scene.step.take_event(RemarkWritten(id="note", session=102, at=LATER, remarks="ok"), tracked)

    assert [(RECORDS, (1,))] == scene.pushes()


def test_a_refused_event_is_kept_in_the_journal():
    scene, tracked = Scene(CRM), session()
    verdict = scene.step.take_event(VisitorWrote(id="v", session=102, at=NOW), tracked)

    assert "refused" == verdict.verdict
    assert ["v"] == [kept.event_id for kept in scene.step.batch().sessions[0][1]]


def test_a_session_that_took_many_steps_is_marked_once_and_sessions_apart():
    scene, first, second = Scene(CRM), session(), session(103)
    for tracked in (first, second):
        for event in life(tracked.session.id):
            scene.step.take_event(event, tracked)

    assert [("acme", 102), ("acme", 103)] == list(scene.step.touched)
    assert [102, 103] == [mark.session for mark, _ in scene.step.batch().sessions]


def test_sessions_of_two_tenants_with_one_number_stay_apart():
    scene, first, second = Scene(), session(), TrackedSession("other", 102, Policy())
    scene.step.touch(first)
    scene.step.touch(second)

    assert ["acme", "other"] == [mark.tenant for mark, _ in scene.step.batch().sessions]


def test_touching_has_the_mark_written_again():
    scene, tracked = Scene(CRM), session()
    scene.step.touch(tracked)

    assert [(tracked.mark(), ())] == scene.step.batch().sessions


def test_after_the_commit_nothing_is_new_any_more():
    scene, tracked = Scene(CRM), session()
    scene.step.take_event(opened(), tracked)
    scene.step.keep()

    assert [] == tracked.fresh
    assert [(tracked.mark(), ())] == scene.step.batch().sessions


def test_a_finished_record_is_pushed_as_it_is():
    scene, tracked = Scene(CRM, SCREEN), session(7)
    assert TAKEN == scene.step.take_record(RECORD, tracked)
    batch = scene.step.batch()

    assert [(RECORDS, (1,))] == scene.pushes()
    assert encode(RECORD) == batch.pushes[0].body
    [(mark, events)] = batch.sessions
    assert (7, (), NOW - 1, LATER, 1, None) == (
        mark.session, events, mark.ended_at, mark.touched_at, mark.push_count, mark.due_at
    )  # fmt: skip


def test_a_finished_record_is_kept_when_nobody_wants_it_yet():
    scene = Scene(SCREEN)
    scene.step.take_record(RECORD, session(7))

    assert [(RECORDS, ())] == scene.pushes()


def test_the_same_record_again_is_a_duplicate_that_keeps_its_session_remembered():
    scene, tracked = Scene(CRM), session(7)
    scene.step.take_record(RECORD, tracked)
    again = Scene(CRM)
    again.step._now = LATER + 7

    assert DUPLICATE == again.step.take_record(RECORD, tracked)
    assert LATER + 7 == tracked.mark().touched_at
    assert [] == again.pushes()
    assert [(tracked.mark(), ())] == again.step.batch().sessions


def test_another_version_of_a_finished_record_is_a_revision():
    scene, tracked = Scene(CRM), session(7)
    changed = blank_record(id=7, end_time=NOW + 1)

    assert [TAKEN, TAKEN] == [scene.step.take_record(record, tracked) for record in (RECORD, changed)]
    assert [encode(RECORD), encode(changed)] == [push.body for push in scene.step.batch().pushes]
    assert NOW + 1 == tracked.ended_at


def test_a_record_of_a_session_that_has_events_is_refused_and_changes_nothing():
    scene, tracked = Scene(CRM), session()
    scene.step.take_event(opened(), tracked)
    other = Scene(CRM)

    assert COMPUTED == other.step.take_record(blank_record(id=102, end_time=NOW), tracked)
    assert ({}, [], None, 0) == (other.step.touched, other.pushes(), tracked.ended_at, tracked.push_count)


def test_a_session_is_handed_in_as_a_record_or_as_events_and_never_as_both():
    scene, tracked = Scene(CRM), session()
    scene.step.take_record(blank_record(id=102, end_time=NOW), tracked)

    assert {RECORDED} == {scene.step.take_event(event, tracked) for event in life()}
    assert TAKEN == scene.step.take_record(blank_record(id=102, end_time=NOW, remarks="new"), tracked)
    assert [(RECORDS, (1,)), (RECORDS, (1,))] == scene.pushes()


def test_a_record_of_a_session_that_has_events_is_refused():
    scene, tracked = Scene(CRM), session()
    scene.step.take_event(opened(), tracked)

    assert COMPUTED == scene.step.take_record(blank_record(id=102), tracked)


def test_an_event_from_the_future_is_refused_and_ends_nothing():
    scene, tracked = Scene(CRM), session()
    for event in life()[:-1]:
        scene.step.take_event(event, tracked)
    wrote = VisitorWrote(id="ahead", session=102, at=LATER + FUTURE_MS + 1)

    assert (FUTURE, None, []) == (scene.step.take_event(wrote, tracked), tracked.ended_at, scene.pushes())
    assert TAKEN == scene.step.take_event(VisitorWrote(id="ahead", session=102, at=LATER + FUTURE_MS), tracked)


# --- time


def step_at(now):
    return Step(now, lambda tenant: (CRM,))


def waiting():
    """A session in which staff had the last word, and when that is over."""
    tracked = session()
    for event in life()[:-1]:
        step_at(LATER).take_event(event, tracked)
    return tracked, tracked.due.at


def wrote(at):
    return VisitorWrote(id="wrote", session=102, at=at)


@pytest.mark.parametrize(
    ("now", "at", "verdict"),
    [(10_000, 0, "taken"), (10_000, 1, "refused"), (0, 1, "refused"), (-1, 1, "taken")],
    ids=["at its moment", "after it", "just due", "not due by our clock"],
)
def test_what_was_due_before_an_event_happens_before_it(now, at, verdict):
    tracked, due_at = waiting()
    step = step_at(due_at + now)

    assert verdict == step.take_event(wrote(due_at + at), tracked).verdict
    assert (verdict == "refused") == (len(step.batch().pushes) == 1)


@pytest.mark.parametrize(("age_ms", "is_held"), [(LATE_MS, False), (LATE_MS + 1, True), (0, False)])
def test_the_timers_of_a_session_whose_event_came_late_are_held_and_no_others(age_ms, is_held):
    tracked = session()
    step_at(LATER).take_event(opened(at=LATER - age_ms), tracked)

    assert (LATER + QUIET_MS if is_held else 0) == tracked.held_until


def test_an_event_in_time_ends_the_holding():
    tracked = session()
    step_at(LATER).take_event(opened(at=LATER - LATE_MS - 1), tracked)
    step_at(LATER).take_event(wrote(LATER), tracked)

    assert 0 == tracked.held_until


@pytest.mark.parametrize(
    ("held_ms", "until_ms", "is_fired"), [(0, 0, True), (0, -1, False), (9, 9, True), (9, 8, False)]
)
def test_a_timer_fires_from_its_moment_or_from_the_end_of_its_holding_on(held_ms, until_ms, is_fired):
    tracked, due_at = waiting()
    tracked.held_until = due_at + held_ms
    step = step_at(due_at)
    step.fire(tracked, due_at + until_ms)

    assert is_fired == (len(step.batch().pushes) == 1)
    assert due_at == step.batch().sessions[0][0].touched_at


def test_a_session_without_a_timer_is_written_down_and_nothing_fires():
    step = step_at(LATER)
    step.fire(session(), LATER)

    assert (1, ()) == (len(step.batch().sessions), step.batch().pushes)


def test_a_timer_that_is_postponed_is_asked_for_then_and_nothing_else_changes():
    tracked, _ = waiting()
    step = step_at(LATER)
    step.postpone(tracked.mark(), LATER + 5)

    assert [(tracked.mark()._replace(due_at=LATER + 5), ())] == step.batch().sessions


def test_the_bounds_are_five_minutes_ahead_and_ten_seconds_behind():
    assert (300_000, 10_000) == (FUTURE_MS, LATE_MS)
