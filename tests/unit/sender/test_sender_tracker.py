"""The tracker answers after the commit of all that follows, and a failed commit leaves nothing behind."""

from __future__ import annotations

import asyncio

import pytest
from sending_cast import NOW, RECORDS, SECOND, endpoint, life, opened, remark
from tracker_scenes import play

from afterchat.contract.codec import decode, encode
from afterchat.contract.push import sniff_event_type
from afterchat.contract.record import blank_record
from afterchat.engine import (
    Policy,
    RatingInvited,
    Unreadable,
    VisitorWrote,
)
from afterchat.errors import StoreUnavailableError
from afterchat.sender.streams import QUIET_MS
from afterchat.sender.submission import COMPUTED, DUPLICATE, TAKEN, ItemVerdict, record_item
from afterchat.store.sending import EntryQuery
from virtual_time import EPOCH_MS

ALL_TYPES = (RECORDS, "SESSION_START", "SESSION_END", "EVA_INVITATION")
RECORD = blank_record(id=102, end_time=NOW)
HOUR = 3600


# --- answers


def test_verdicts_come_after_the_commit_and_only_then():
    async def body(scene):
        scene.journal.gate.clear()
        answer = scene.later(*life())
        await asyncio.sleep(100)
        assert (1, False, []) == (len(scene.journal.batches), answer.done(), scene.woken)
        assert await scene.stored() is None
        scene.journal.gate.set()
        assert [TAKEN] * 6 == await answer
        assert 6 == len((await scene.stored()).events)

    play(body)


def test_what_arrives_in_one_turn_shares_a_commit_and_the_rest_gathers_behind_it():
    async def body(scene):
        scene.journal.gate.clear()
        answers = [scene.later(opened(number)) for number in range(1, 4)]
        await asyncio.sleep(1)
        answers += [scene.later(opened(number)) for number in range(4, 9)]
        await asyncio.sleep(1)
        assert 5 == scene.tracker.waiting_count
        scene.journal.gate.set()
        assert [[TAKEN]] * 8 == await asyncio.gather(*answers)
        assert 0 == scene.tracker.waiting_count

    assert [3, 5] == [len(batch.sessions) for batch in play(body).journal.batches]


def test_a_group_is_no_larger_than_its_bound():
    async def body(scene):
        answers = [scene.later(opened(number)) for number in range(1, 8)]
        await asyncio.gather(*answers)

    assert [3, 3, 1] == [len(batch.sessions) for batch in play(body, group_max=3).journal.batches]


def test_each_submission_gets_its_own_verdicts_in_their_order():
    async def body(scene):
        early = VisitorWrote(id="early", session=103, at=NOW)
        first = scene.later(opened(), Unreadable("no", "否"), early)
        second = scene.later(opened())
        verdicts = await first
        assert [TAKEN, ItemVerdict("unreadable", "unreadable", "no", "否")] == verdicts[:2]
        assert ("refused", "not_allowed") == verdicts[2][:2]
        assert [DUPLICATE] == await second

    play(body)


def test_nothing_handed_in_is_nothing_to_say():
    async def body(scene):
        assert [] == await scene.submit()

    play(body)


def test_beyond_its_bound_nothing_more_is_taken_and_what_waits_is_kept():
    async def body(scene):
        scene.journal.gate.clear()
        first = scene.later(opened(1))
        await asyncio.sleep(1)
        waiting = [scene.later(opened(number)) for number in (2, 3)]
        await asyncio.sleep(1)
        with pytest.raises(StoreUnavailableError, match="too many events wait"):
            await scene.submit(opened(4))
        scene.journal.gate.set()
        assert [[TAKEN]] * 3 == await asyncio.gather(first, *waiting)
        assert [TAKEN] == await scene.submit(opened(4))

    play(body, waiting_max=2)


@pytest.mark.parametrize("is_failing", [False, True])
def test_who_does_not_wait_for_the_answer_harms_nobody(is_failing):
    async def body(scene):
        scene.journal.gate.clear()
        impatient, patient = scene.later(opened(1)), scene.later(opened(2))
        await asyncio.sleep(1)
        impatient.cancel()
        scene.journal.failing = {"commit"} if is_failing else set()
        scene.journal.gate.set()
        answers = await asyncio.gather(patient, return_exceptions=True)
        assert is_failing == isinstance(answers[0], StoreUnavailableError)

    play(body)


def test_stopping_answers_what_waits():
    async def body(scene):
        answer = scene.later(*life())
        await asyncio.sleep(0)
        scene.tracker.stop()
        assert [TAKEN] * 6 == await answer
        await scene.running

    play(body)


def test_stopping_an_idle_tracker_takes_no_time():
    async def body(scene):
        await asyncio.sleep(5)
        await scene.stop()
        assert 5.0 == asyncio.get_running_loop().time()

    play(body)


# --- what is committed together


def test_the_end_of_a_session_and_its_entries_are_one_commit():
    async def body(scene):
        await scene.submit(*life()[:-1])
        assert ([], None) == (await scene.bodies(), (await scene.stored()).mark.ended_at)
        await scene.submit(life()[-1])
        assert NOW + 5 * SECOND == (await scene.stored()).mark.ended_at
        assert [102] == [decode(found).record.id for found in await scene.bodies()]

    batch = play(body).journal.batches[-1]
    assert (1, [RECORDS], EPOCH_MS) == (
        len(batch.sessions), [push.event_type for push in batch.pushes], batch.committed_at
    )  # fmt: skip


def test_the_relay_is_told_which_endpoints_have_something_new():
    async def body(scene):
        scene.endpoints = (endpoint(1), endpoint(2, event_types=("SESSION_START",)), endpoint(3, tenant="other"))
        for event in life():
            await scene.submit(event)

    assert [frozenset()] * 2 + [frozenset({2})] + [frozenset()] * 2 + [frozenset({1})] == play(body).woken


def test_announcements_are_pushed_in_order_and_told_by_their_keys():
    async def body(scene):
        scene.endpoints = (endpoint(1, event_types=ALL_TYPES),)
        await scene.submit(*life()[:-1], RatingInvited(id="invite", session=102, at=NOW + 4500), life()[-1])
        pushes = await scene.pushes()
        assert ["SESSION_START", "EVA_INVITATION", "SESSION_END", RECORDS] == [push.event_type for push in pushes]
        assert [push.event_type for push in pushes] == [sniff_event_type(push.body) for push in pushes]

    play(body)


def test_a_late_fact_makes_a_revision_and_the_same_again_does_not():
    async def body(scene):
        await scene.submit(*life())
        await scene.submit(remark())
        await scene.submit(remark(), remark("again", NOW + 7 * SECOND))
        assert ["", "ok"] == [decode(found).record.remarks for found in await scene.bodies()]
        assert 2 == (await scene.stored()).mark.push_count

    play(body)


def test_sessions_of_two_tenants_with_one_number_are_two():
    async def body(scene):
        scene.endpoints = (endpoint(1), endpoint(2, tenant="other"))
        await scene.submit(*life())
        await scene.submit(opened(), tenant="other")
        assert 6 == len((await scene.stored()).events)
        assert 1 == len((await scene.stored(tenant="other")).events)
        assert [1] == [entry.endpoint_id for entry in await scene.store.outbox.entries(EntryQuery(), 9)]

    play(body)


def test_the_policy_of_a_session_is_that_of_its_first_day():
    async def body(scene):
        await scene.submit(opened())
        scene.policy = Policy(unrouted_seconds=1)
        await scene.restart()
        await asyncio.sleep(60)
        assert (await scene.stored()).mark.ended_at is None
        await scene.submit(opened(103))
        await asyncio.sleep(QUIET_MS / 1000 + 1)
        assert NOW + 1000 == (await scene.stored(103)).mark.ended_at

    play(body)


# --- finished records


def test_a_finished_record_is_pushed_once_however_often_it_is_handed_in():
    async def body(scene):
        assert ["taken", "duplicate"] == await scene.words(RECORD, RECORD)
        assert ["duplicate"] == await scene.words(RECORD)
        await scene.restart()
        assert ["duplicate"] == await scene.words(RECORD)
        assert [encode(RECORD)] == await scene.bodies()

    play(body)


def test_a_commit_holds_no_more_items_than_its_bound_but_always_a_whole_submission():
    async def body(scene):
        scene.journal.gate.clear()
        first = scene.later(opened(1))
        await asyncio.sleep(0)
        later = [scene.later(*(opened(number) for number in numbers)) for numbers in ([2, 3], [4], [5, 6, 7, 8], [9])]
        await asyncio.sleep(0)
        scene.journal.gate.set()
        await asyncio.gather(first, *later)

    batches = play(body, group_items_max=3).journal.batches
    assert [1, 3, 4, 1] == [len(batch.sessions) for batch in batches]


def test_another_version_of_a_finished_record_is_a_revision():
    async def body(scene):
        changed = blank_record(id=102, end_time=NOW, remarks="changed")
        assert ["taken", "taken", "taken"] == await scene.words(RECORD, changed, RECORD)
        assert [encode(one) for one in (RECORD, changed, RECORD)] == await scene.bodies()

    play(body)


def test_a_finished_record_is_remembered_from_when_it_was_handed_in_last():
    async def body(scene):
        old = blank_record(id=102, end_time=1)
        await scene.submit(old)
        await asyncio.sleep(HOUR)
        await scene.submit(old)
        assert EPOCH_MS + HOUR * 1000 == (await scene.stored()).mark.touched_at
        await scene.restart()
        assert [] == await scene.store.journal.purge(EPOCH_MS + HOUR * 1000, 9)

    play(body)


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_record_of_a_session_that_is_computed_is_refused(is_restarted):
    async def body(scene):
        await scene.submit(opened())
        if is_restarted:
            await scene.restart()
        assert [COMPUTED] == await scene.submit(RECORD)
        assert [] == await scene.bodies()

    play(body)


@pytest.mark.parametrize("id_", [b"9223372036854775807", b"9223372036854775808", b"1e400", b"-1", b"1.0"])
def test_ids_at_the_edge_harm_nobody(id_):
    async def body(scene):
        extreme = record_item(b'{"id":' + id_ + b',"endTime":9223372036854775807}')
        assert {"taken", "unreadable"} >= set(await scene.words(extreme))
        assert ["taken"] == await scene.words(opened())

    play(body)


# --- the store is away


def test_a_commit_that_failed_is_said_to_all_who_waited_for_it_and_then_it_goes_on(caplog):
    async def body(scene):
        await scene.submit(opened())
        scene.journal.failing = {"commit"}
        answers = await asyncio.gather(scene.later(*life()[1:]), scene.later(opened(103)), return_exceptions=True)
        assert ["commit planted"] * 2 == [str(answer) for answer in answers]
        assert 0 == scene.tracker.at_hand_count
        scene.journal.failing = set()
        assert ["duplicate", *["taken"] * 5] == await scene.words(*life())
        assert 1 == len(await scene.bodies())

    play(body)
    assert "the journal did not take 2 submissions" in caplog.text


def test_what_a_failed_commit_did_to_a_session_in_memory_is_forgotten():
    async def body(scene):
        await scene.submit(*life()[:-1])
        scene.journal.failing = {"commit"}
        with pytest.raises(StoreUnavailableError):
            await scene.submit(life()[-1])
        scene.journal.failing = set()
        assert ["taken"] == await scene.words(VisitorWrote(id="more", session=102, at=NOW + 4500))
        assert ("SERVED", 0) == (scene.state, len(await scene.bodies()))

    play(body)


def test_sessions_that_took_no_part_in_a_failed_commit_stay_at_hand():
    async def body(scene):
        await scene.submit(opened(1), opened(2))
        scene.journal.failing = {"commit"}
        with pytest.raises(StoreUnavailableError):
            await scene.submit(*life(2)[1:])
        assert [("acme", 1)] == list(scene.tracker._at_hand.keys)

    play(body)


def test_a_session_that_cannot_be_read_is_an_outage_for_its_group_and_not_for_the_next():
    async def body(scene):
        scene.journal.failing = {"load"}
        with pytest.raises(StoreUnavailableError, match="load planted"):
            await scene.submit(opened())
        scene.journal.failing = set()
        assert ["taken"] == await scene.words(opened())

    play(body)
