"""The relay keeps every bound, and loses nothing when the store is away, a lease ends, the clock jumps or it stops."""

from __future__ import annotations

import asyncio

import pytest
from relay_scenes import GONE, OK, SICK, play
from sending_cast import endpoint

from afterchat.store.sending import EntryState
from virtual_time import EPOCH_MS

DEAD, WAITING, LEASED, CANCELLED = EntryState.DEAD, EntryState.WAITING, EntryState.LEASED, EntryState.CANCELLED
HOUR = 3600


# --- bounds


def test_no_more_than_its_concurrency_runs_at_one_endpoint():
    async def body(scene):
        scene.wire.answers[1] = (1, OK)
        await scene.commit(*range(1, 31))
        await asyncio.sleep(11)

    scene = play(body, endpoint(concurrency_max=3))
    assert (3, 30) == (scene.wire.most_under_way[1], scene.at_end.count("delivered"))
    assert sorted([float(second) for second in range(10)] * 3) == [round(at, 0) for at in scene.wire.times()]


@pytest.mark.parametrize("in_flight_max", [1, 5])
def test_no_more_than_its_bound_runs_over_all_endpoints_and_room_is_used_as_soon_as_it_is_there(in_flight_max):
    async def body(scene):
        scene.wire.answers = {1: (0.1, OK), 2: (0.1, OK)}
        await scene.commit(*range(1, 21), endpoint_ids=(1, 2))
        await asyncio.sleep(40 * 0.1 / in_flight_max + 0.5)
        assert 0 == scene.relay.in_flight_count

    scene = play(body, endpoint(1), endpoint(2), in_flight_max=in_flight_max)
    assert (in_flight_max, ["delivered"] * 40) == (scene.wire.most_under_way["all"], scene.at_end)


def test_room_is_shared_among_those_who_ask():
    async def body(scene):
        scene.wire.answers = dict.fromkeys(range(1, 5), (1, OK))
        await scene.commit(*range(1, 21), endpoint_ids=(1, 2, 3, 4))
        await asyncio.sleep(0.5)
        assert dict.fromkeys((1, 2, 3, 4), 2) == {id_: scene.wire.under_way[id_] for id_ in (1, 2, 3, 4)}
        assert 8 == scene.relay.in_flight_count
        await asyncio.sleep(20)

    play(body, *(endpoint(number) for number in range(1, 5)), in_flight_max=8)


def test_endpoints_that_never_answer_leave_places_to_the_others():
    deaf = [endpoint(number, concurrency_max=8) for number in range(1, 9)]

    async def body(scene):
        scene.wire.answers = dict.fromkeys(range(1, 9), (10, OK)) | {9: (0.01, OK)}
        await scene.commit(*range(1, 101), endpoint_ids=tuple(range(1, 9)))
        await asyncio.sleep(1)
        assert 0 < scene.wire.under_way[1]
        await scene.commit(*range(201, 211), endpoint_ids=(9,))
        await asyncio.sleep(1)
        assert 10 == sum(at < 3 for at in scene.wire.times(9))

    play(body, *deaf, endpoint(9), in_flight_max=16)


def test_the_rate_of_an_endpoint_is_kept():
    async def body(scene):
        await scene.commit(*range(1, 41))
        await asyncio.sleep(8)

    scene = play(body, endpoint(rate_per_second_max=5))
    times = scene.wire.times()
    assert [0.0] * 5 == times[:5]
    assert [5] * 7 == [sum(second <= at - 0.1 < second + 1 for at in times[5:]) for second in range(7)]


@pytest.mark.parametrize("jump_ms", [HOUR * 1000, -HOUR * 1000])
def test_a_jump_of_the_clock_makes_no_burst_beyond_the_rate_and_loses_nothing(jump_ms):
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(*range(1, 101))
        await asyncio.sleep(30)
        scene.wire.answers[1] = (0.05, OK)
        scene.clock.skew_ms = jump_ms
        await asyncio.sleep(3 * HOUR)

    scene = play(body, endpoint(rate_per_second_max=4, schedule_seconds=(60, 60, 60, 60, 60)))
    times = scene.wire.times()
    assert ["delivered"] * 100 == scene.at_end
    assert max(sum(start <= at < start + 1 for at in times) for start in times) <= 8
    assert max(sum(start <= at < start + 10 for at in times) for start in times) <= 48


def test_a_clock_that_is_set_back_holds_a_recovered_receiver_for_no_more_than_a_minute():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(*range(1, 21))
        await asyncio.sleep(40)
        scene.wire.answers[1] = (0, OK)
        scene.clock.skew_ms = -HOUR * 1000
        await scene.commit(21)
        await asyncio.sleep(65)
        assert ["delivered"] == await scene.states(session=21)

    play(body, endpoint(schedule_seconds=(86_400,)))


def test_one_black_hole_slows_nobody_else():
    async def body(scene):
        scene.wire.answers[1] = (HOUR, OK)
        await scene.commit(*range(1000, 1500))
        for number in range(1, 121):
            await scene.commit(number, endpoint_ids=(1, 2))
            await asyncio.sleep(0.5)

    scene = play(body, endpoint(1), endpoint(2), in_flight_max=16)
    delays = [at - 0.5 * number for number, at in enumerate(scene.wire.times(2))]
    assert 120 == len(delays)
    assert max(delays) < 0.05


# --- the store is away


def test_a_result_outlives_an_outage_of_the_store_and_nothing_is_sent_twice():
    async def body(scene):
        await scene.commit(1, 2)
        scene.outbox.failing = {"settle", "lease"}
        await asyncio.sleep(5)
        assert ["waiting"] * 2 == await scene.states()
        scene.outbox.failing = {"settle"}
        await asyncio.sleep(20)
        assert 2 == len(scene.wire.sent)
        assert ["leased"] * 2 == await scene.states()
        scene.outbox.failing = set()
        await asyncio.sleep(1)

    scene = play(body)
    assert (2, ["delivered"] * 2) == (len(scene.wire.sent), scene.at_end)


def test_an_outage_is_waited_out_at_a_steady_pace(caplog):
    async def body(scene):
        scene.outbox.failing = {"settle", "lease", "health"}
        await scene.commit(1)
        await asyncio.sleep(60)
        scene.outbox.failing = {"settle"}
        await asyncio.sleep(60)
        scene.failures = scene.outbox.failures
        scene.outbox.failing = set()
        await asyncio.sleep(1)

    scene = play(body)
    assert 200 <= scene.failures <= 260
    assert ["delivered"] == scene.at_end
    assert "the relay waits for the store: planted" in caplog.text


def test_nothing_is_sent_before_what_is_remembered_of_the_endpoints_was_read():
    async def body(scene):
        scene.wire.answers[1] = (0, GONE)
        await scene.commit(1)
        await asyncio.sleep(1)
        await scene.stop()
        scene.outbox.failing = {"health"}
        scene.start()
        await scene.commit(2)
        await asyncio.sleep(5)
        scene.outbox.failing = set()
        await asyncio.sleep(5)

    scene = play(body)
    assert (1, ["dead", "waiting"]) == (len(scene.wire.sent), scene.at_end)


def test_cancelling_is_tried_until_it_is_done():
    async def body(scene):
        scene.change(is_paused=True)
        await scene.commit(1)
        scene.outbox.failing = {"cancel"}
        scene.delete()
        await asyncio.sleep(5)
        assert ["waiting"] == await scene.states()
        scene.outbox.failing = set()
        await asyncio.sleep(1)

    assert ["cancelled"] == play(body).at_end


# --- leases


def test_a_lease_that_ended_is_given_again_and_its_late_result_changes_nothing():
    async def body(scene):
        outcomes = iter([(5, SICK), (0.2, OK)])
        scene.wire.answers[1] = lambda request: next(outcomes)
        await scene.commit(1)
        await asyncio.sleep(3)
        assert ["delivered"] == await scene.states()
        [before] = await scene.entries()
        await asyncio.sleep(HOUR)
        assert [before] == await scene.entries()
        assert [(5000, 500), (200, 200)] == [(one.duration_ms, one.status) for one in await scene.attempts()]

    scene = play(body, lease_seconds=2)
    assert [0.0, 2.0] == scene.wire.times()


def test_what_a_dead_relay_held_is_sent_by_the_next_one_when_its_lease_ends():
    async def body(scene):
        scene.wire.answers[1] = (9, OK)
        await scene.commit(1)
        await asyncio.sleep(1)
        await scene.crash()
        scene.wire.answers[1] = (0, OK)
        scene.start()
        await asyncio.sleep(28)
        assert ["leased"] == await scene.states()
        await asyncio.sleep(2)
        assert 1 == len(await scene.attempts())

    scene = play(body)
    assert ([0.0, 30.0], ["delivered"]) == (scene.wire.times(), scene.at_end)


# --- stopping


def test_stopping_lets_attempts_end_and_writes_what_they_came_to():
    async def body(scene):
        scene.wire.answers[1] = (8, OK)
        await scene.commit(1, 2, 3)
        await asyncio.sleep(1)
        await scene.stop()
        assert 8.0 == asyncio.get_running_loop().time()
        assert 0 == scene.relay.in_flight_count

    scene = play(body, endpoint(concurrency_max=2))
    assert (2, ["delivered", "delivered", "waiting"]) == (len(scene.wire.sent), scene.at_end)


def test_stopping_gives_back_what_takes_too_long_and_counts_no_attempt():
    async def body(scene):
        scene.wire.answers[1] = (9, OK)
        await scene.commit(1)
        await asyncio.sleep(1)
        await scene.stop()
        assert 4.0 == asyncio.get_running_loop().time()
        [entry] = await scene.entries()
        assert ("waiting", 0, EPOCH_MS + 4000) == (entry.state.value, entry.attempt_count, entry.due_at)
        assert [] == await scene.attempts()
        scene.wire.answers[1] = (0, OK)
        scene.start()
        await asyncio.sleep(1)

    scene = play(body, drain_seconds=3)
    assert (1, ["delivered"]) == (scene.wire.cancelled, scene.at_end)


def test_stopping_while_the_store_is_away_says_what_was_not_written_and_it_is_sent_again(caplog):
    async def body(scene):
        await scene.commit(1)
        scene.outbox.failing = {"settle"}
        await asyncio.sleep(1)
        await scene.stop()
        scene.outbox.failing = set()
        scene.start()
        await asyncio.sleep(31)

    scene = play(body)
    assert (2, ["delivered"]) == (len(scene.wire.sent), scene.at_end)
    assert "1 results could not be written; their entries are tried again" in caplog.text


def test_stopping_at_once_sends_nothing():
    async def body(scene):
        scene.relay.stop()
        await scene.commit(1)
        await scene.stop()

    scene = play(body)
    assert ([], ["waiting"]) == (scene.wire.sent, scene.at_end)


def test_stopping_a_relay_that_is_idle_takes_no_time():
    async def body(scene):
        await asyncio.sleep(1)
        await scene.stop()
        assert 1.0 == asyncio.get_running_loop().time()

    play(body)


# --- at rest


def test_an_idle_relay_asks_the_store_a_few_times_a_minute_and_no_more():
    async def body(scene):
        await scene.commit(1)
        await asyncio.sleep(1)
        before = len(scene.outbox.calls)
        await asyncio.sleep(600)
        assert len(scene.outbox.calls) - before <= 125

    play(body)


def test_a_relay_without_endpoints_rests():
    async def body(scene):
        scene.endpoints = {}
        scene.relay.wake()
        await asyncio.sleep(600)
        assert {} == {id_: gate for id_, gate in scene.relay.gates.items() if id_ != 1}

    play(body)


def test_its_gates_can_be_looked_at():
    async def body(scene):
        await asyncio.sleep(1)
        assert [1] == list(scene.relay.gates)
        assert 8 == scene.relay.gates[1].free(scene.clock.now_ms())

    play(body)
