"""The group commit answers `{}` after the commit, and nothing but a refusal when there was none."""

from __future__ import annotations

import asyncio
import logging

import pytest
from group_scenes import Scene, SteppingClock, arrival, play

from afterchat.contract.ack import Reason
from afterchat.receiver import group as group_module


def test_no_answer_leaves_before_the_commit_returned():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.submit(1)
        await scene.until(lambda: scene.inbox.groups)
        assert [] == scene.answers
        scene.inbox.gate.set()
        await scene.until(lambda: scene.answers)

    assert [(1, 200)] == play(body).answers


def test_pushes_of_one_turn_share_a_commit_and_later_ones_gather_behind_it():
    async def body(scene):
        scene.inbox.gate.clear()
        for number in range(3):
            scene.submit(number)
        await scene.until(lambda: scene.inbox.groups)
        for number in range(3, 8):
            scene.submit(number)
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 8)

    scene = play(body)

    assert [3, 5] == [len(group) for group in scene.inbox.groups]
    assert [(number, 200) for number in range(8)] == scene.answers
    assert (8, 2, 8) == (scene.counts.accepted_new, scene.counts.commits, scene.counts.commit_pushes)


def test_a_failed_commit_is_answered_503_and_nothing_is_taken_until_the_store_recovered():
    async def body(scene):
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.answers)
        assert Reason.STORE is scene.submit(2)
        await scene.until(lambda: scene.inbox.recoveries)
        assert Reason.STORE is scene.submit(3)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)
        assert scene.submit(4) is None
        await scene.until(lambda: len(scene.answers) == 2)

    scene = play(body)

    assert [(1, 503), (4, 200)] == scene.answers
    assert {Reason.STORE: 1} == dict(scene.counts.refused)


def test_what_waited_behind_a_failed_commit_is_answered_503_too():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.inbox.groups)
        scene.submit(2)
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 2)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)

    assert [(1, 503), (2, 503)] == play(body).answers


def test_beyond_its_bound_the_queue_says_busy_and_keeps_what_it_has():
    async def body(scene):
        scene.inbox.gate.clear()
        assert scene.submit(1) is None
        assert scene.submit(2) is None
        assert Reason.BUSY is scene.submit(3)
        assert 2 == scene.group.waiting_count
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 2)

    scene = play(body, waiting_pushes_max=2)

    assert [(1, 200), (2, 200)] == scene.answers
    assert 0 == scene.group.waiting_count


def test_stopping_commits_what_waits_before_it_returns():
    async def body(scene):
        scene.inbox.gate.clear()
        for number in range(3):
            scene.submit(number)

    assert [(0, 200), (1, 200), (2, 200)] == play(body).answers


def test_a_push_that_makes_the_store_stumble_is_refused_alone_and_its_neighbours_are_taken():
    async def body(scene):
        scene.inbox.poison = {b"5"}
        for number in range(20):
            scene.submit(number)
        await scene.until(lambda: len(scene.answers) == 20)

    scene = play(body)

    assert [(5, 503)] == [answer for answer in scene.answers if answer[1] != 200]
    assert 19 == scene.counts.accepted_new


@pytest.fixture
def delays(monkeypatch):
    """The waits that were asked for, in seconds; none of them is waited."""
    asked = []
    wait = asyncio.sleep

    async def note_and_go_on(seconds):
        if seconds != 0.001:
            asked.append(seconds)
        await wait(0)

    monkeypatch.setattr(group_module.asyncio, "sleep", note_and_go_on)
    return asked


def test_a_group_holds_at_most_512_pushes_and_none_is_lost_or_doubled_at_the_cut():
    async def body(scene):
        for number in range(1025):
            assert scene.submit(number) is None
        await scene.until(lambda: len(scene.answers) == 1025)

    scene = play(body, waiting_pushes_max=2000)

    assert [512, 512, 1] == [len(group) for group in scene.inbox.groups]
    assert [(number, 200) for number in range(1025)] == scene.answers


def test_what_is_being_committed_waits_and_what_is_answered_does_not():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.submit(1)
        scene.submit(2)
        await scene.until(lambda: scene.inbox.groups)
        scene.submit(3)
        assert 3 == scene.group.waiting_count
        scene.inbox.gate.set()
        await scene.until(lambda: len(scene.answers) == 3)

    scene = play(body)

    assert [1, 1, 0] == scene.waiting_counts


def test_the_count_of_what_waits_stays_exact_while_a_group_is_split():
    async def body(scene):
        scene.inbox.poison = {b"2"}
        for number in range(4):
            scene.submit(number)
        await scene.until(lambda: len(scene.answers) == 4)
        scene.submit(4)
        assert 1 == scene.group.waiting_count
        await scene.until(lambda: len(scene.answers) == 5)

    scene = play(body)

    assert [(0, 200), (1, 200), (2, 503), (3, 200), (4, 200)] == scene.answers
    assert [2, 2, 1, 0, 0] == scene.waiting_counts
    assert (4, 3, {Reason.STORE: 1}) == (
        scene.counts.accepted_new,
        scene.counts.commits,
        dict(scene.counts.refused),
    )


def test_a_group_that_was_not_committed_waits_no_longer_when_it_is_refused():
    async def body(scene):
        scene.inbox.is_failing = True
        for number in range(3):
            scene.submit(number)
        await scene.until(lambda: len(scene.answers) == 3)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)

    scene = play(body)

    assert [0, 0, 0] == scene.waiting_counts
    assert ({Reason.STORE: 3}, 0) == (dict(scene.counts.refused), scene.counts.commits)


def test_a_repeat_is_answered_like_a_new_push_and_counted_apart():
    async def body(scene):
        scene.inbox.known = {b"1", b"2"}
        for number in range(4):
            scene.submit(number)
        await scene.until(lambda: len(scene.answers) == 4)

    scene = play(body)

    assert [(number, 200) for number in range(4)] == scene.answers
    assert (2, 2) == (scene.counts.accepted_new, scene.counts.accepted_duplicate)


def test_the_answer_of_an_accepted_push_is_the_empty_object():
    async def main():
        answers = []
        scene = Scene()
        running = asyncio.create_task(scene.group.run())
        scene.group.submit(arrival(1), answers.append)
        scene.group.stop()
        await asyncio.wait_for(running, 10)
        return answers

    assert [(200, b"{}")] == [(answer.status, answer.body) for answer in asyncio.run(main())]


def test_a_push_without_an_outcome_is_never_acknowledged():
    async def body(scene):
        scene.inbox.outcomes_lost = 1
        scene.submit(1)
        scene.submit(2)

    with pytest.raises(ValueError, match="shorter"):
        play(body)


def test_a_commit_is_timed_from_its_start_to_its_end():
    async def body(scene):
        scene.submit(1)
        await scene.until(lambda: scene.answers)

    counts = play(body, clock=SteppingClock()).counts

    assert (0.25, 0.25) == (counts.commit_seconds, counts.commit_seconds_max)


def test_an_ill_store_is_tried_again_after_ever_longer_waits_of_at_most_two_seconds(delays):
    async def body(scene):
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.inbox.recoveries == 7)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)

    play(body)

    assert [0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0] == delays[:7]


def test_each_outage_starts_with_the_shortest_wait(delays):
    async def body(scene):
        for number in range(2):
            scene.inbox.is_failing = True
            scene.submit(number)
            await scene.until(lambda: scene.group.is_ill)
            scene.inbox.is_failing = False
            await scene.until(lambda: not scene.group.is_ill)

    play(body)

    assert [0.1, 0.1] == delays


def test_an_outage_is_told_with_its_reason_and_its_end(delays, caplog):
    caplog.set_level(logging.INFO)

    async def body(scene):
        scene.inbox.is_failing = True
        scene.submit(1)
        scene.submit(2)
        await scene.until(lambda: scene.inbox.recoveries == 2)
        scene.inbox.is_failing = False
        await scene.until(lambda: not scene.group.is_ill)

    scene = play(body)

    told = [(record.levelname, record.message) for record in caplog.records if record.name == group_module.__name__]
    still_ill = ("WARNING", "the inbox is still ill: still planted")
    failures = scene.inbox.recoveries - 1
    assert [
        ("ERROR", "the inbox did not take 2 pushes, they were answered 503: planted"),
        *[still_ill] * failures,
        ("INFO", f"the inbox takes pushes again after {failures + 1} attempts"),
    ] == told


def test_a_defect_is_told_with_its_trace(caplog):
    async def body(scene):
        scene.inbox.poison = {b"1"}
        scene.submit(1)
        await scene.until(lambda: scene.answers)

    play(body)

    told = [record for record in caplog.records if record.name == group_module.__name__]
    assert ["a group of 1 pushes met a defect of this program"] == [record.message for record in told]
    assert [RuntimeError] == [record.exc_info[0] for record in told]


def test_a_store_that_stays_ill_does_not_keep_the_server_from_stopping(delays):
    async def body(scene):
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.inbox.recoveries > 2)

    scene = play(body)

    assert [(1, 503)] == scene.answers
    assert scene.group.is_ill


def test_a_store_that_falls_ill_while_stopping_leaves_nobody_without_an_answer():
    async def body(scene):
        scene.inbox.gate.clear()
        scene.inbox.is_failing = True
        scene.submit(1)
        await scene.until(lambda: scene.inbox.groups)
        scene.submit(2)

    scene = play(body)

    assert [(1, 503), (2, 503)] == scene.answers
    assert 0 == scene.group.waiting_count


def test_stopping_without_any_push_ends_at_once():
    async def body(scene):
        assert (0, False) == (scene.group.waiting_count, scene.group.is_ill)

    assert [] == play(body).answers
