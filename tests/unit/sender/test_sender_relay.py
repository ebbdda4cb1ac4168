"""The relay delivers: once, in order, by the schedule, and as operators decide."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import pytest
from relay_scenes import GONE, OK, SICK, TIMEOUT, play
from sending_cast import KEY, endpoint

from afterchat.contract.signature import checksum_matches
from afterchat.sender.gate import News
from afterchat.sender.transport import Answer, Failure
from afterchat.store.ports import Key
from afterchat.store.sending import Attempt, EntryState, Redelivery
from virtual_time import EPOCH_MS

DEAD, WAITING, LEASED, CANCELLED = EntryState.DEAD, EntryState.WAITING, EntryState.LEASED, EntryState.CANCELLED
HOUR = 3600


def signed_second(request):
    return int(dict(parse_qsl(urlsplit(request.url).query))["time"])


# --- one delivery


def test_an_entry_is_sent_once_at_once_and_settled_with_its_attempt():
    async def body(scene):
        await asyncio.sleep(1)
        await scene.commit(7)
        await asyncio.sleep(10 * HOUR)
        [entry] = await scene.entries()
        assert (EPOCH_MS + 1010, 200, "") == (entry.settled_at, entry.last_status, entry.last_error)
        assert [Attempt(EPOCH_MS + 1000, 10, 200, "", b"{}")] == await scene.attempts()

    scene = play(body)
    assert ([1.0], ["delivered"], []) == (scene.wire.times(), scene.at_end, scene.news)


def test_what_waited_when_the_relay_began_is_sent():
    async def body(scene):
        await scene.stop()
        await scene.commit(1, 2)
        scene.start()
        await asyncio.sleep(1)

    assert ["delivered"] * 2 == play(body).at_end


def test_every_endpoint_gets_its_own():
    async def body(scene):
        await scene.commit(1, endpoint_ids=(1, 2))
        await asyncio.sleep(1)

    scene = play(body, endpoint(1), endpoint(2))
    assert {1, 2} == {sent.endpoint_id for sent in scene.wire.sent}
    assert ["delivered"] * 2 == scene.at_end


def test_a_kibibyte_of_the_answer_is_logged():
    async def body(scene):
        scene.wire.answers[1] = (0, Answer(500, {}, b"x" * 2000, is_cut=False))
        await scene.commit(1)
        await asyncio.sleep(1)
        assert [(500, "status_5xx", b"x" * 1024)] == [
            (one.status, one.error, one.answer) for one in await scene.attempts()
        ]

    play(body)


# --- order within a session


def test_pushes_of_one_session_go_one_after_the_other_and_each_is_signed_in_a_second_of_its_own():
    async def body(scene):
        await scene.commit(1, 1, 2, 1)
        await asyncio.sleep(10)

    scene = play(body)
    seconds = [signed_second(sent.request) for sent in scene.wire.sent if sent.request.body == b"[1]"]
    assert [0.0, 0.0, 1.0, 2.0] == scene.wire.times()
    assert 3 == len(set(seconds))
    assert sorted(seconds) == seconds


def test_a_later_push_of_a_session_waits_until_the_earlier_one_is_settled():
    async def body(scene):
        outcomes = iter([(0, TIMEOUT), (0, TIMEOUT), (0, OK), (0, OK)])
        scene.wire.answers[1] = lambda request: next(outcomes)
        await scene.commit(1)
        await scene.commit(1)
        await asyncio.sleep(HOUR)
        assert [3, 1] == [len(await scene.attempts(entry_id)) for entry_id in (1, 2)]

    scene = play(body)
    first, later = scene.wire.times()[2], scene.wire.times()[3]
    assert first < later <= first + 1
    assert ["delivered"] * 2 == scene.at_end


def test_a_push_behind_a_dead_one_goes_on():
    async def body(scene):
        outcomes = iter([(0, SICK), (0, OK)])
        scene.wire.answers[1] = lambda request: next(outcomes)
        await scene.commit(1, 1)
        await asyncio.sleep(2)

    assert ["dead", "delivered"] == play(body, endpoint(schedule_seconds=())).at_end


def test_what_stood_behind_does_not_wait_for_a_store_that_was_busy_leasing():
    async def body(scene):
        scene.outbox.slow["lease"] = 0.05
        await scene.commit(1, 1, *range(2, 40))
        await asyncio.sleep(5)

    assert ["delivered"] * 40 == play(body, endpoint(concurrency_max=3)).at_end


# --- the schedule


def test_failures_are_tried_again_by_the_schedule_within_its_spread_until_it_is_over():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(1)
        await asyncio.sleep(HOUR)
        assert (1, 4) == (await scene.count(DEAD), len(await scene.attempts()))

    scene = play(body)
    times = scene.wire.times()
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert [True] * 3 == [
        0.8 * wait <= seen <= 1.2 * wait + 0.01 for wait, seen in zip((5, 30, 120), waits, strict=True)
    ]
    assert ["dead"] == scene.at_end


def test_due_times_and_counts_survive_a_restart():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(1)
        await asyncio.sleep(10)
        [before] = await scene.entries()
        await scene.stop()
        scene.start()
        await asyncio.sleep(1)
        assert [before] == await scene.entries()
        assert (2, "waiting") == (before.attempt_count, before.state.value)
        await asyncio.sleep(HOUR)

    scene = play(body)
    assert (4, ["dead"]) == (len(scene.wire.sent), scene.at_end)


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_says_when_to_come_again(status):
    async def body(scene):
        outcomes = iter([(0, Answer(status, {"retry-after": "1000"}, b"", is_cut=False)), (0, OK)])
        scene.wire.answers[1] = lambda request: next(outcomes)
        await scene.commit(1)
        await asyncio.sleep(HOUR)

    scene = play(body)
    assert ([0.0, 1000.0], ["delivered"]) == (scene.wire.times(), scene.at_end)


def test_attempts_repeat_body_and_message_id_and_are_each_signed_afresh_over_the_very_bytes():
    async def body(scene):
        outcomes = iter([(0, TIMEOUT), (0, SICK), (0, OK)])
        scene.wire.answers[1] = lambda request: next(outcomes)
        await scene.commit(1)
        await asyncio.sleep(HOUR)

    scene = play(body, endpoint(signature_mode="both"))
    requests = [sent.request for sent in scene.wire.sent]
    assert 3 == len(requests)
    assert {(b"[1]", "push-1")} == {(one.body, dict(one.headers)["webhook-id"]) for one in requests}
    for sent in scene.wire.sent:
        query = dict(parse_qsl(urlsplit(sent.request.url).query))
        assert str(EPOCH_MS // 1000 + int(sent.at)) == query["time"]
        assert 0 == checksum_matches(
            [KEY.secret], sent.request.body, query["time"].encode(), query["checksum"].encode()
        )


def test_without_a_key_in_force_nothing_is_sent_and_the_attempt_says_so():
    async def body(scene):
        await scene.commit(1)
        await asyncio.sleep(1)
        assert [("unsigned", 0)] == [(one.error, one.status) for one in await scene.attempts()]
        assert [] == scene.wire.sent
        scene.change(keys=(KEY,))
        await asyncio.sleep(10)

    assert ["delivered"] == play(body, endpoint(keys=(Key("over", b"x" * 16, 0, 1),))).at_end


def test_a_defect_costs_one_attempt_and_not_the_relay(caplog):
    async def body(scene):
        outcomes = iter([(0, RuntimeError("planted")), (0, OK), (0, OK)])
        scene.wire.answers[1] = lambda request: next(outcomes)
        await scene.commit(1)
        await asyncio.sleep(1)
        assert ["protocol"] == [one.error for one in await scene.attempts()]
        await scene.commit(2)
        await asyncio.sleep(10)

    assert ["delivered"] * 2 == play(body).at_end
    assert "attempt on entry 1 met a defect" in caplog.text


# --- what becomes of an endpoint that fails


def test_the_breaker_opens_after_five_and_probes_one_at_a_time_doubling_to_a_minute():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(*range(1, 41))
        await asyncio.sleep(300)
        assert 0 == await scene.count(DEAD)
        scene.wire.answers[1] = (0.5, OK)
        await asyncio.sleep(61)

    scene = play(body, endpoint(concurrency_max=1, schedule_seconds=(7200,)))
    times = scene.wire.times()
    assert [0.0] * 5 == times[:5]
    assert [2, 6, 14, 30, 62, 122, 182, 242] == [round(at) for at in times[5:13]]
    assert [302, 302.5, 303] == [round(at, 1) for at in times[13:16]]
    assert 27 == scene.at_end.count("delivered")


def test_a_breaker_wears_out_no_schedule():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(*range(1, 101))
        await asyncio.sleep(8 * HOUR)
        attempts = [entry.attempt_count for entry in await scene.entries()]
        assert sum(attempts) == len(scene.wire.sent) < 500
        scene.wire.answers[1] = (0, OK)
        await asyncio.sleep(24 * HOUR)

    scene = play(body, endpoint(schedule_seconds=(60, 3600, 36_000)))
    assert ["delivered"] * 100 == scene.at_end


def test_failing_and_recovering_are_told_once_each():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(*range(1, 20))
        await asyncio.sleep(100)
        scene.wire.answers[1] = (0, OK)
        await asyncio.sleep(HOUR)

    scene = play(body)
    assert [("failing", "status_5xx"), ("recovered", "")] == [(one.kind, one.error) for one in scene.news]
    assert {1} == {one.endpoint_id for one in scene.news}


def test_410_disables_the_endpoint_and_holds_the_rest_until_the_operator_resumes_it():
    async def body(scene):
        scene.wire.answers[1] = (0, GONE)
        await scene.commit(1, 2, 3)
        await asyncio.sleep(1)
        assert [News("disabled", 1, EPOCH_MS, "status_410")] == scene.news
        assert ["dead", "waiting", "waiting"] == await scene.states()
        scene.wire.answers[1] = (0, OK)
        await asyncio.sleep(HOUR)
        await scene.stop()
        scene.start()
        await scene.commit(4)
        await asyncio.sleep(HOUR)
        assert 1 == len(scene.wire.sent)
        scene.change(resumed_at=scene.clock.now_ms())
        await asyncio.sleep(1)

    scene = play(body, endpoint(concurrency_max=1))
    assert ["dead", "delivered", "delivered", "delivered"] == scene.at_end
    assert ["disabled", "recovered"] == [one.kind for one in scene.news]


def test_what_is_remembered_of_an_endpoint_is_written_with_the_results():
    async def body(scene):
        scene.wire.answers[1] = (0, SICK)
        await scene.commit(*range(1, 6))
        await asyncio.sleep(0.5)
        health = await scene.health()
        assert (EPOCH_MS, 5, None, EPOCH_MS + 2000) == health[1:]
        scene.wire.answers[1] = (0, OK)
        await asyncio.sleep(10)
        assert (None, 0, None, None) == (await scene.health())[1:]

    play(body)


# --- what operators do


def test_pausing_holds_and_counts_no_attempt_and_resuming_goes_on():
    async def body(scene):
        scene.change(is_paused=True)
        await scene.commit(1, 2)
        await asyncio.sleep(20 * HOUR)
        assert ([], ["waiting"] * 2) == (scene.wire.sent, await scene.states())
        scene.change(is_paused=False)
        await asyncio.sleep(1)

    assert ["delivered"] * 2 == play(body).at_end


def test_the_entries_of_a_deleted_endpoint_are_cancelled_and_its_answer_on_the_way_changes_nothing():
    async def body(scene):
        scene.wire.answers[1] = (3, OK)
        await scene.commit(1, 1, 2, 3, 4)
        await asyncio.sleep(1)
        scene.delete()
        await asyncio.sleep(1)
        assert ["cancelled"] * 5 == await scene.states()
        await asyncio.sleep(HOUR)

    scene = play(body, endpoint(concurrency_max=2))
    assert (2, ["cancelled"] * 5) == (len(scene.wire.sent), scene.at_end)


def test_the_gate_of_a_deleted_endpoint_goes_with_its_last_attempt():
    async def body(scene):
        scene.wire.answers[1] = (5, OK)
        await scene.commit(1)
        await asyncio.sleep(1)
        scene.delete()
        await asyncio.sleep(1)
        assert {1, 2} == set(scene.relay.gates)
        await asyncio.sleep(20)
        assert {2} == set(scene.relay.gates)

    play(body, endpoint(1), endpoint(2))


def test_a_lease_that_is_over_before_its_attempt_begins_is_given_back_unsent():
    async def body(scene):
        scene.outbox.slow["lease"] = 31
        await scene.commit(1)
        await asyncio.sleep(100)
        assert [] == scene.wire.sent
        del scene.outbox.slow["lease"]
        await asyncio.sleep(60)

    scene = play(body)
    assert (1, ["delivered"]) == (len(scene.wire.sent), scene.at_end)


def test_an_attempt_without_an_answer_is_logged_with_its_reason():
    async def body(scene):
        scene.wire.answers[1] = (0, Failure("tls", "the certificate is over"))
        await scene.commit(1)
        await asyncio.sleep(1)
        scene.logged = await scene.attempts()

    [attempt] = play(body).logged
    assert ("tls", b"the certificate is over") == (attempt.error, attempt.answer)


def test_only_the_first_delivery_counts_as_a_delay():
    async def body(scene):
        await scene.commit(1)
        await asyncio.sleep(1)
        await scene.store.outbox.redeliver(Redelivery(1, entry_ids=(1,)), scene.clock.now_ms())
        scene.relay.wake([1])
        await asyncio.sleep(3)
        assert 2 == len(scene.wire.sent)
        assert 1 == sum(scene.relay._counts.delays)

    play(body)


def test_what_is_committed_for_an_endpoint_just_deleted_is_cancelled_and_never_sent():
    async def body(scene):
        await asyncio.sleep(1)
        scene.delete()
        await asyncio.sleep(1)
        await scene.commit(1)
        await asyncio.sleep(1)

    scene = play(body)
    assert ([], ["cancelled"]) == (scene.wire.sent, scene.at_end)


def test_entries_of_endpoints_that_were_deleted_while_nobody_ran_are_cancelled():
    async def body(scene):
        await scene.stop()
        await scene.commit(1, endpoint_ids=(1, 9))
        scene.start()
        await asyncio.sleep(1)

    scene = play(body)
    assert ["delivered", "cancelled"] == scene.at_end


def test_waking_for_an_endpoint_that_nobody_knows_yet_does_nothing_and_it_is_served_once_it_is_known():
    async def body(scene):
        await asyncio.sleep(1)
        await scene.commit(1, endpoint_ids=(2,))
        await asyncio.sleep(1)
        assert ["waiting"] == await scene.states()
        scene.change(2)
        await asyncio.sleep(1)

    assert ["delivered"] == play(body).at_end


def test_a_changed_endpoint_is_sent_to_as_it_is_now():
    async def body(scene):
        await scene.commit(1)
        await asyncio.sleep(1)
        scene.change(url="https://new.example.com/hook")
        await scene.commit(2)
        await asyncio.sleep(1)

    scene = play(body)
    assert ["crm.example.com", "new.example.com"] == [urlsplit(sent.request.url).netloc for sent in scene.wire.sent]
