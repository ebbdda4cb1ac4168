"""The tracker fires every timer, keeps a bounded number of sessions at hand, and goes on exactly after a restart."""

from __future__ import annotations

import asyncio

import pytest
from sending_cast import NOW, RECORDS, SECOND, life, opened, remark
from tracker_scenes import POLICY, play

from afterchat.contract.codec import decode
from afterchat.contract.record import blank_record
from afterchat.engine import (
    SessionClosed,
    VisitorRated,
    VisitorWrote,
)
from afterchat.errors import StoreUnavailableError
from afterchat.sender.step import Step
from afterchat.sender.streams import QUIET_MS, START_MS
from afterchat.sender.tracker import POSTPONE_MS
from afterchat.store.sending import JournalBatch, JournalEvent
from virtual_time import EPOCH_MS

ALL_TYPES = (RECORDS, "SESSION_START", "SESSION_END", "EVA_INVITATION")
RECORD = blank_record(id=102, end_time=NOW)
HOUR = 3600


# --- timers


def test_a_timer_fires_at_its_moment_and_what_follows_is_pushed():
    async def body(scene):
        await scene.submit(*life()[:-1])
        due_at = (await scene.stored()).mark.due_at
        await asyncio.sleep((due_at - EPOCH_MS) / 1000 - 0.001)
        assert [] == await scene.bodies()
        await asyncio.sleep(0.002)
        [record] = [decode(found).record for found in await scene.bodies()]
        assert (2, due_at) == (record.close_reason, record.end_time)
        assert frozenset({1}) == scene.woken[-1]

    play(body)


def test_a_chain_of_timers_runs_to_its_end():
    async def body(scene):
        await scene.submit(*life()[:-1])
        await asyncio.sleep(HOUR)
        assert ("SEALED", None) == (scene.state, (await scene.stored()).mark.due_at)
        assert ["refused"] == await scene.words(
            VisitorRated(id="late", session=102, at=scene.clock.now_ms(), evaluation=100)
        )
        assert 1 == len(await scene.bodies())

    play(body)


def test_a_timer_that_came_due_while_nobody_ran_fires_after_the_start():
    async def body(scene):
        await scene.submit(*life()[:-1])
        await scene.stop()
        await asyncio.sleep(HOUR)
        assert [] == await scene.bodies()
        scene.start()
        await asyncio.sleep(START_MS / 1000 - 1)
        assert [] == await scene.bodies()
        await asyncio.sleep(2)
        assert [102] == [decode(found).record.id for found in await scene.bodies()]
        assert (await scene.stored()).mark.due_at is None

    play(body)


def test_a_timer_of_a_new_tracker_fires_at_its_moment():
    async def body(scene):
        await scene.submit(*life()[:-1])
        await scene.restart()
        await asyncio.sleep(POLICY.visitor_silent_seconds + 5)
        assert 1 == len(await scene.bodies())

    play(body)


def test_an_event_moves_the_timer():
    async def body(scene):
        await scene.submit(*life()[:-1])
        await asyncio.sleep(500)
        await scene.submit(VisitorWrote(id="still here", session=102, at=scene.clock.now_ms()))
        await asyncio.sleep(500)
        assert [] == await scene.bodies()

    play(body)


def test_an_earlier_timer_is_not_missed_behind_a_later_one():
    async def body(scene):
        await scene.submit(*life(1)[:-1])
        early = [event.__class__(**{**fields(event), "at": event.at - 300 * SECOND}) for event in life(2)[:-1]]
        await scene.submit(*early)
        await asyncio.sleep(310)
        assert [2] == [decode(found).record.id for found in await scene.bodies()]
        await asyncio.sleep(310)
        assert [2, 1] == [decode(found).record.id for found in await scene.bodies()]

    play(body)


def fields(event):
    return {name: getattr(event, name) for name in event.__struct_fields__}


def test_thousands_of_timers_fire_in_bounded_commits():
    async def body(scene):
        for start in range(1, 451, 50):
            await scene.submit(*(event for number in range(start, start + 50) for event in life(number)[:-1]))
        scene.journal.batches.clear()
        await asyncio.sleep(700)
        assert 450 == len({decode(found).record.id for found in await scene.bodies()})

    batches = play(body).journal.batches
    assert [200, 200, 50] == [len(batch.sessions) for batch in batches]


def test_timers_wait_for_a_journal_that_is_away_and_are_not_lost(caplog):
    async def body(scene):
        await scene.submit(*life()[:-1])
        scene.journal.failing = {"due", "next_due_at"}
        await asyncio.sleep(700)
        assert [] == await scene.bodies()
        scene.journal.failing = {"commit"}
        await asyncio.sleep(10)
        scene.journal.failing = set()
        await asyncio.sleep(2)
        assert 1 == len(await scene.bodies())

    play(body)
    assert "timers wait for the journal: due planted" in caplog.text


def test_a_timer_whose_event_the_platform_sent_itself_stops_nobody():
    async def body(scene):
        await scene.submit(*life()[:-1])
        due_at = (await scene.stored()).mark.due_at
        own = SessionClosed(
            id=f"due:visitor_silent:{due_at}", session=102, at=NOW + 4500, close_reason=2, timer="queue"
        )
        assert ["refused"] == await scene.words(own)
        assert (await scene.stored()).mark.due_at is None
        await asyncio.sleep(HOUR)
        assert ["taken"] == await scene.words(VisitorWrote(id="more", session=102, at=scene.clock.now_ms()))

    play(body)


def test_a_timer_that_turns_out_not_to_be_due_is_written_down_as_it_is():
    async def body(scene):
        await scene.submit(*life()[:-1])
        stored = await scene.stored()
        early = stored.mark._replace(due_at=EPOCH_MS + 5)
        await scene.store.journal.commit(JournalBatch([(early, ())], (), NOW))
        await scene.restart()
        await asyncio.sleep(START_MS / 1000 + 1)
        assert (stored.mark.due_at, []) == ((await scene.stored()).mark.due_at, await scene.bodies())

    play(body)


@pytest.mark.parametrize("jump_ms", [HOUR * 1000, -HOUR * 1000])
def test_a_jump_of_the_clock_fires_every_timer_once_the_clock_says_so(jump_ms):
    async def body(scene):
        await scene.submit(*life()[:-1])
        scene.clock.skew_ms = jump_ms
        await asyncio.sleep(61)
        assert (jump_ms > 0) == bool(await scene.bodies())
        await asyncio.sleep(2 * HOUR)
        assert 1 == len(await scene.bodies())

    play(body)


# --- streams that lie in the past


def aged(events, milliseconds):
    return [event.__class__(**{**fields(event), "at": event.at - milliseconds}) for event in events]


def test_a_past_that_is_brought_in_is_not_ended_by_the_wall_clock():
    day = 24 * HOUR * SECOND

    async def body(scene):
        events = aged([*life()[:-1], VisitorWrote(id="later", session=102, at=NOW + 590 * SECOND)], day)
        for event in events:
            assert ["taken"] == await scene.words(event)
            await asyncio.sleep(60)
        assert [] == await scene.bodies()
        await asyncio.sleep(QUIET_MS / 1000)
        assert 1 == len(await scene.bodies())

    play(body)


def test_what_was_due_before_an_event_happens_before_it():
    async def body(scene):
        events = aged([*life()[:-1], VisitorWrote(id="later", session=102, at=NOW + 3600 * SECOND)], 2 * HOUR * SECOND)
        verdicts = await scene.words(*events)
        assert ["taken"] * (len(events) - 1) + ["refused"] == verdicts
        assert 1 == len(await scene.bodies())

    play(body)


def test_another_tenant_is_not_held_up_by_a_stream_of_the_past():
    async def body(scene):
        await scene.submit(*life(2)[:-1], tenant="other")
        for number in range(700):
            await scene.submit(*aged([opened(1000 + number)], 24 * HOUR * SECOND))
            await asyncio.sleep(1)
        assert (await scene.stored(2, "other")).mark.ended_at is not None

    play(body)


# --- damage and defects


async def damage(scene, session):
    """One event of a session becomes unreadable on disk."""
    stored = await scene.stored(session)
    await scene.store.journal.commit(
        JournalBatch([(stored.mark, (JournalEvent("bad", NOW, b"{}"),))], (), scene.clock.now_ms())
    )


def test_a_damaged_session_holds_up_no_timer_but_its_own(caplog):
    async def body(scene):
        await scene.submit(*life(1)[:-1], *life(2)[:-1])
        await damage(scene, 1)
        await scene.restart()
        await asyncio.sleep(HOUR / 2)
        assert [2] == [decode(found).record.id for found in await scene.bodies()]
        mark = (await scene.stored(1)).mark
        assert POSTPONE_MS <= mark.due_at - EPOCH_MS < 2 * POSTPONE_MS

    play(body)
    assert "session 1 of acme is damaged: event bad cannot be read; run 'afterchat store check'" in caplog.text


def test_events_of_a_damaged_session_are_refused_and_their_neighbours_taken():
    async def body(scene):
        await scene.submit(opened(1), opened(2))
        await damage(scene, 1)
        await scene.restart()
        [first, second] = await scene.submit(life(1)[1], life(2)[1])
        assert (("refused", "damaged"), "taken") == (first[:2], second.verdict)

    play(body)


def test_a_timer_that_makes_the_program_stumble_holds_up_no_other(caplog, monkeypatch):
    honest = Step.fire

    def stumble(self, tracked, until):
        if tracked.session.id == 3:
            raise ZeroDivisionError
        honest(self, tracked, until)

    async def body(scene):
        await scene.submit(*(event for number in range(1, 6) for event in life(number)[:-1]))
        monkeypatch.setattr(Step, "fire", stumble)
        await asyncio.sleep(HOUR / 2)
        assert {1, 2, 4, 5} == {decode(found).record.id for found in await scene.bodies()}
        monkeypatch.setattr(Step, "fire", honest)
        await asyncio.sleep(POSTPONE_MS / 1000)
        assert {1, 2, 3, 4, 5} == {decode(found).record.id for found in await scene.bodies()}

    play(body)
    assert "the timer of session 3 of acme met a defect" in caplog.text


def test_a_submission_that_makes_the_program_stumble_stands_alone(caplog, monkeypatch):
    honest = Step.take_event

    def stumble(self, event, tracked):
        if tracked.session.id == 3:
            raise ZeroDivisionError
        return honest(self, event, tracked)

    async def body(scene):
        monkeypatch.setattr(Step, "take_event", stumble)
        answers = await asyncio.gather(*(scene.later(opened(number)) for number in range(1, 6)), return_exceptions=True)
        assert [1, 1, StoreUnavailableError, 1, 1] == [
            len(answer) if isinstance(answer, list) else type(answer) for answer in answers
        ]
        assert (await scene.stored(3)) is None
        assert all([await scene.stored(number) for number in (1, 2, 4, 5)])

    play(body)
    assert "a submission of acme met a defect" in caplog.text


# --- sessions at hand


def test_sessions_at_hand_are_bounded_and_the_one_longest_unused_leaves_first():
    async def body(scene):
        await scene.submit(opened(1), opened(2), opened(3))
        await scene.submit(*life(1)[1:2])
        await scene.submit(opened(4))
        assert [("acme", 3), ("acme", 1), ("acme", 4)] == list(scene.tracker._at_hand.keys)
        assert 3 == scene.tracker.at_hand_count
        loads = len(scene.journal.loads)
        await scene.submit(*life(1)[2:3])
        assert loads == len(scene.journal.loads)
        assert ["taken"] * 5 == await scene.words(*life(2)[1:])
        assert loads + 1 == len(scene.journal.loads)

    play(body, sessions_max=3)


@pytest.mark.parametrize("sessions_max", [1, 100])
def test_how_many_are_at_hand_changes_no_record(sessions_max):
    async def body(scene):
        for step in zip(*(life(number) for number in range(1, 6)), strict=True):
            await scene.submit(*step)
        scene.bodies_at_end = await scene.bodies()

    assert play(body).bodies_at_end == play(body, sessions_max=sessions_max).bodies_at_end


# --- after a restart


@pytest.mark.parametrize("count", range(1, 9))
def test_a_restarted_tracker_goes_on_exactly(count):
    events = [
        *life()[:-1],
        SessionClosed(id="closed", session=102, at=NOW + 5 * SECOND, close_reason=0),
        VisitorRated(id="rated", session=102, at=NOW + 7 * SECOND, evaluation=100),
        remark("note", NOW + 8 * SECOND),
    ]

    async def straight(scene):
        await scene.submit(*events)
        await asyncio.sleep(HOUR)
        scene.end = (await scene.bodies(), await scene.stored())

    async def broken(scene):
        await scene.submit(*events[:count])
        await scene.restart()
        await scene.submit(*events)
        await asyncio.sleep(HOUR)
        scene.end = (await scene.bodies(), await scene.stored())

    assert play(straight).end == play(broken).end


def test_a_tracker_that_ended_without_a_word_loses_nothing_that_was_answered():
    async def body(scene):
        await scene.submit(*life())
        scene.running.cancel()
        scene.start()
        assert ["duplicate"] * 6 == await scene.words(*life())
        await scene.submit(remark())
        assert 2 == len(await scene.bodies())

    play(body)
