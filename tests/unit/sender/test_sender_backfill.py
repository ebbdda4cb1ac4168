"""A contact centre's past, handed in at any pace, beside the present or in pieces, ends as the engine alone has it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import takewhile

import pytest
from tracker_scenes import play

from afterchat.contract.codec import encode
from afterchat.engine import Session, SessionOpened
from afterchat.engine.policy import DEFAULT_POLICY
from afterchat.simulator.centre import Centre
from afterchat.store.sending import EntryQuery
from virtual_time import EPOCH_MS

DAY_MS = 86_400_000
DAY_SECONDS = 86_400
BEGIN = EPOCH_MS - 2 * DAY_MS


@pytest.fixture(scope="module")
def past():
    """The events of a day of some hundred sessions, the day before yesterday."""
    centre = Centre(4, BEGIN, sessions_per_day=300, staff_count=8, first_session_id=1000)
    return list(takewhile(lambda event: event.at < BEGIN + DAY_MS, centre.events()))


@pytest.fixture(scope="module")
def versions(past):
    """Session id to every record that the engine tells of it, with the timers when they are due."""
    sessions, told = {}, defaultdict(list)

    def note(outcome):
        if outcome.record is not None:
            told[outcome.record.id].append(encode(outcome.record))

    for event in past:
        session = sessions.setdefault(event.session, Session(event.session, DEFAULT_POLICY))
        while (due := session.due) is not None and due.at < event.at:
            note(session.feed(due.event))
        note(session.feed(event))
    for session in sessions.values():
        while (due := session.due) is not None:
            note(session.feed(due.event))
    return dict(told)


def pieces(events, size):
    return [events[start : start + size] for start in range(0, len(events), size)]


async def pushed(scene, known):
    """Session id to every record that was pushed of it, oldest first; of these sessions only."""
    told = defaultdict(list)
    for entry in reversed(await scene.store.outbox.entries(EntryQuery(), 100_000)):
        if entry.session in known:
            told[entry.session].append((await scene.store.outbox.push(entry.push_id)).body)
    return dict(told)


async def hand_in(scene, events, size, pause=0.05):
    """Every verdict that is not `taken`."""
    scene.policy = DEFAULT_POLICY
    others = []
    for piece in pieces(events, size):
        verdicts = await scene.submit(*piece)
        others += [verdict for verdict in verdicts if verdict.verdict != "taken"]
        await asyncio.sleep(pause)
    return others


def test_the_day_has_sessions_that_only_a_timer_ends(past, versions):
    """Else nothing here would be a test."""
    by_events = {}
    for event in past:
        by_events.setdefault(event.session, Session(event.session)).feed(event)

    assert len([session for session in by_events.values() if session.record is None]) > 20
    assert set(by_events) == set(versions)


@pytest.mark.parametrize(
    ("size", "pause"),
    [
        pytest.param(20, 0.05, id="small pieces"),
        pytest.param(500, 0.05, id="as simulate does"),
        pytest.param(100_000, 0.0, id="in one piece"),
        pytest.param(50, 10.0, id="slowly"),
        pytest.param(500, 90.0, id="with long pauses"),
    ],
)
def test_every_event_is_taken_and_every_record_is_the_engines(past, versions, size, pause):
    async def body(scene):
        assert [] == await hand_in(scene, past, size, pause)
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body)


def test_nothing_is_refused_however_long_the_sender_ran_before(past, versions):
    async def body(scene):
        await asyncio.sleep(DAY_SECONDS)
        assert [] == await hand_in(scene, past, 100)
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body)


def test_a_past_beside_the_present_of_the_same_tenant_is_taken_all_the_same(past, versions):
    async def live(scene):
        for number in range(1, 100_000):
            at = scene.clock.now_ms()
            await scene.submit(SessionOpened(id=f"live{number}", session=number + 10**9, at=at, kind="robot"))
            await asyncio.sleep(0.5)

    async def body(scene):
        scene.policy = DEFAULT_POLICY
        present = asyncio.create_task(live(scene))
        assert [] == await hand_in(scene, past, 50, 1.0)
        present.cancel()
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body)


def test_an_older_past_right_after_a_newer_one_is_taken_all_the_same(past, versions):
    newer = [SessionOpened(id="newer", session=1, at=EPOCH_MS - 1000, kind="robot")]

    async def body(scene):
        assert [] == await hand_in(scene, newer, 1)
        assert [] == await hand_in(scene, past, 100)
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body)


def test_a_sender_that_is_started_anew_in_the_middle_goes_on_as_if_nothing_had_happened(past, versions):
    half = len(past) // 2

    async def body(scene):
        assert [] == await hand_in(scene, past[:half], 100)
        await scene.restart()
        await asyncio.sleep(20.0)
        assert [] == await hand_in(scene, past[half:], 100)
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body)


def test_few_sessions_at_hand_change_nothing(past, versions):
    async def body(scene):
        assert [] == await hand_in(scene, past, 100)
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body, sessions_max=5)


def test_handed_in_twice_every_event_is_known_and_nothing_is_pushed_again(past, versions):
    async def body(scene):
        await hand_in(scene, past, 500)
        again = await hand_in(scene, past, 500)
        assert {"duplicate"} == {verdict.verdict for verdict in again}
        assert len(past) == len(again)
        await asyncio.sleep(DAY_SECONDS)
        assert versions == await pushed(scene, versions)

    play(body)
