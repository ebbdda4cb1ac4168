"""One session as the sender holds it: what it keeps, what it pushes, and that a restart changes nothing."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sending_cast import NOW, SECOND, life, opened, remark

from afterchat.contract.codec import decode
from afterchat.engine import (
    Policy,
    Refusal,
    SessionClosed,
    StaffWrote,
    Verdict,
    VisitorRated,
    VisitorWrote,
    write_event,
)
from afterchat.sender.tracked import Damage, TrackedSession, rebuilt
from afterchat.store.sending import JournalEvent, StoredSession

POLICY = Policy(tolerance_seconds=300, rating_window_minutes=7)


def tracked(*events):
    made = TrackedSession("acme", 102, POLICY)
    for event in events:
        made.feed(event)
    return made


def stored(made):
    """The session as the journal gives it back."""
    return StoredSession(made.mark(), tuple(made.fresh))


def test_nothing_is_pushed_before_the_session_ended_and_then_its_record_is():
    made = TrackedSession("acme", 102, POLICY)
    fed = [made.feed(event) for event in life()]

    assert [b""] * 5 == [one.body for one in fed[:-1]]
    assert {Verdict.TAKEN} == {one.outcome.verdict for one in fed}
    assert decode(fed[-1].body).record == made.session.record == fed[-1].outcome.record
    assert (1, hashlib.sha256(fed[-1].body).digest()) == (made.push_count, made.record_sha256)


def test_a_late_fact_makes_a_revision():
    made = tracked(*life())
    fed = made.feed(remark())

    assert "ok" == decode(fed.body).record.remarks
    assert (2, hashlib.sha256(fed.body).digest()) == (made.push_count, made.record_sha256)


def test_what_leaves_the_record_as_it_was_pushes_nothing():
    made = tracked(*life(), remark())

    assert b"" == made.feed(remark("again", NOW + 7 * SECOND)).body
    assert 2 == made.push_count


def test_a_record_that_returns_to_what_it_was_is_pushed_again():
    made = tracked(*life())
    first = made.feed(remark("1", NOW + 6 * SECOND, "a")).body
    made.feed(remark("2", NOW + 7 * SECOND, "b"))

    assert first == made.feed(remark("3", NOW + 8 * SECOND, "a")).body
    assert 4 == made.push_count


def test_every_event_with_a_new_id_is_kept_refused_ones_too():
    made = TrackedSession("acme", 102, POLICY)
    events = [VisitorWrote(id="early", session=102, at=NOW), *life()]
    verdicts = [made.feed(event).outcome.verdict for event in events]

    assert [Verdict.REFUSED, *[Verdict.TAKEN] * 6] == verdicts
    assert [JournalEvent(event.id, event.at, write_event(event)) for event in events] == made.fresh


def test_an_event_of_another_session_is_refused_and_not_kept():
    made = TrackedSession("acme", 102, POLICY)
    fed = made.feed(opened(session=103))

    assert (Refusal.OTHER_SESSION, b"", []) == (fed.outcome.refusal, fed.body, made.fresh)
    assert not made.has_events


def test_the_same_event_again_is_a_duplicate_and_kept_once():
    made = tracked(opened())
    fed = made.feed(opened())

    assert (Verdict.DUPLICATE, None, b"", 1) == (fed.outcome.verdict, fed.outcome.refused, fed.body, len(made.fresh))


def test_the_same_id_with_other_content_is_refused_and_not_kept():
    made = tracked(opened())
    fed = made.feed(opened(at=NOW + 1))

    assert (Verdict.REFUSED, Refusal.ID_REUSED, b"") == (fed.outcome.verdict, fed.outcome.refusal, fed.body)
    assert "another event has the same id" in fed.outcome.refused.explain("en")
    assert (opened(at=NOW + 1), made.session.state) == (fed.outcome.refused.event, fed.outcome.refused.state)
    assert [opened().at] == [kept.at for kept in made.fresh]


def test_an_id_that_the_engine_settled_long_ago_is_still_known():
    messages = [VisitorWrote(id=f"v{number}", session=102, at=NOW + 3000 + number * 60_000) for number in range(20)]
    made = tracked(*life()[:4], *messages)

    assert Verdict.DUPLICATE is made.feed(opened()).outcome.verdict
    assert Refusal.ID_REUSED is made.feed(opened(at=messages[-1].at)).outcome.refusal


def test_a_session_has_events_once_one_was_kept():
    made = TrackedSession("acme", 102, POLICY)
    assert not made.has_events
    made.push(b"{}")
    assert not made.has_events
    made.feed(opened())
    assert made.has_events


def test_handing_in_what_was_pushed_last_pushes_nothing():
    made = TrackedSession("acme", 102, POLICY)

    assert [b"a", b"", b"b", b"a"] == [made.push(body) for body in (b"a", b"a", b"b", b"a")]
    assert 3 == made.push_count


# --- the mark


def test_the_mark_of_an_open_session_says_what_is_due():
    mark = tracked(*life()[:5]).mark()

    due_at = NOW + 4 * SECOND + POLICY.visitor_silent_seconds * SECOND
    assert ("acme", 102, due_at, None, b"", 0) == (
        mark.tenant, mark.session, mark.due_at, mark.ended_at, mark.record_sha256, mark.push_count
    )  # fmt: skip
    assert msgspec.json.decode(mark.policy, type=Policy) == POLICY


def test_the_mark_of_an_ended_session_says_when_and_what_was_pushed():
    made = tracked(*life())
    mark = made.mark()

    ended_at = NOW + 5 * SECOND
    assert (ended_at + 7 * 60_000, ended_at, 1) == (mark.due_at, mark.ended_at, mark.push_count)
    assert made.record_sha256 == mark.record_sha256 != b""


def test_a_session_that_waits_for_nothing_has_no_timer():
    mark = TrackedSession("acme", 102, POLICY).mark()

    assert (None, None, 0, b"", 0) == (
        mark.due_at, mark.ended_at, mark.touched_at, mark.record_sha256, mark.push_count
    )  # fmt: skip


def test_a_session_whose_events_come_late_is_looked_at_later_also_after_a_restart():
    made = tracked(*life()[:5])
    made.held_until = NOW + 3600 * SECOND
    again = rebuilt(stored(made))

    assert NOW + 3600 * SECOND == made.look_at == made.mark().due_at == again.look_at
    assert made.due == again.due != None  # noqa: E711 - all three are compared


def test_an_end_that_proves_wrong_is_taken_back():
    made = tracked(*life()[:5])
    made.feed(made.due.event)
    ended_at = NOW + 604 * SECOND
    assert (ended_at, 1) == (made.ended_at, made.push_count)
    fed = made.feed(VisitorWrote(id="late", session=102, at=ended_at - SECOND))

    assert fed.outcome.is_withdrawn
    assert (b"", None, None) == (fed.body, made.ended_at, made.mark().ended_at)


def test_an_end_stays_what_it_was_when_something_refused_comes_after_it():
    made = tracked(*life())
    made.feed(VisitorWrote(id="after", session=102, at=NOW + 9 * SECOND))

    assert NOW + 5 * SECOND == made.ended_at


def test_a_timer_s_event_ends_the_session():
    made = tracked(*life()[:5])
    fed = made.feed(made.due.event)

    assert 2 == decode(fed.body).record.close_reason
    assert made.due.at == made.mark().due_at


def test_a_timer_whose_event_was_fed_already_is_not_due_again():
    made = tracked(*life()[:5])
    due = made.session.due
    assert due == made.due
    made.feed(StaffWrote(id=due.event.id, session=102, at=NOW + 4 * SECOND, is_automatic=True))

    assert due == made.session.due
    assert made.due is None
    assert made.mark().due_at is None


# --- after a restart


EVENTS = [
    *life(),
    VisitorWrote(id="asked again", session=102, at=NOW + 4500),
    VisitorRated(id="rated", session=102, at=NOW + 7 * SECOND, evaluation=100),
    VisitorRated(id="no such rating", session=102, at=NOW + 7 * SECOND, evaluation=75),
    remark("note", NOW + 8 * SECOND),
    SessionClosed(id="closed again", session=102, at=NOW + 9 * SECOND, close_reason=1),
    opened(at=NOW + 400_000),
    remark("late note", NOW + 400_000, "much later"),
    remark("too late note", NOW + 1000, "much too late"),
]


@given(st.permutations(EVENTS), st.integers(0, len(EVENTS)))
def test_a_session_that_was_rebuilt_goes_on_exactly_as_the_one_that_was_not(events, count):
    made = tracked(*events[:count])
    again = rebuilt(stored(made))

    assert [] == again.fresh
    assert (made.mark(), made.has_events, made.session.record, made.session.state) == (
        again.mark(), again.has_events, again.session.record, again.session.state
    )  # fmt: skip
    made.fresh.clear()
    for event in events:
        assert made.feed(event) == again.feed(event)
    assert (made.mark(), made.fresh) == (again.mark(), again.fresh)


def test_a_session_of_a_finished_record_comes_back_with_its_mark_alone():
    made = TrackedSession("acme", 102, POLICY)
    made.push(b"{}")
    made.ended_at, made.touched_at = NOW, NOW + 1
    again = rebuilt(stored(made))

    assert (made.mark(), False, b"") == (again.mark(), again.has_events, again.push(b"{}"))


def test_the_policy_of_its_first_day_stays_in_force():
    again = rebuilt(stored(tracked(opened())))

    assert POLICY == again.policy == again.session.policy
    assert ("acme", 102) == (again.tenant, again.session.id)


@pytest.mark.parametrize("policy", [b"", b"{", b'{"toleranceSeconds":"x"}', b'{"toleranceSeconds":-1}', b"\xff"])
def test_a_policy_that_cannot_be_read_says_that_the_journal_is_damaged(policy):
    mark = tracked(opened()).mark()._replace(policy=policy)

    assert Damage(102, "its policy") == rebuilt(StoredSession(mark, ()))


def test_an_event_that_cannot_be_read_says_which():
    mark = tracked(opened()).mark()

    assert Damage(102, "event bad") == rebuilt(StoredSession(mark, (JournalEvent("bad", NOW, b"{}"),)))
