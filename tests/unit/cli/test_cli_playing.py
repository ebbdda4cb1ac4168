"""Playing a simulation in: nothing early, nothing out of order, nothing lost while the sender is away."""

from __future__ import annotations

import threading

import pytest

from afterchat.cli.handing_in import BATCH_ITEMS_MAX
from afterchat.cli.playing import Playing
from afterchat.engine import VisitorWrote
from afterchat.errors import CallerError, OutageError
from afterchat.simulator.pacing import Paced

NOW = 1_800_000_000_000


class WaitedClock:
    """Time passes only by waiting; it is the stop event as well."""

    def __init__(self):
        self.at = NOW
        self.waits = []
        self.stops_at = None
        self._stopped = threading.Event()

    def now_ms(self):
        return self.at

    def monotonic(self):
        return self.at / 1000

    def is_set(self):
        return self._stopped.is_set()

    def set(self):
        self._stopped.set()

    def wait(self, seconds):
        self.waits.append(seconds)
        self.at += max(round(seconds * 1000), 1)
        if self.stops_at is not None and self.at >= self.stops_at:
            self._stopped.set()
        return self._stopped.is_set()


class FlakyDoor:
    """Raises what it is told, in turn, then takes everything."""

    def __init__(self, *errors):
        self.errors = list(errors)
        self.batches = []

    def hand_in(self, items):
        self.batches.append(list(items))
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error
        return {"items": []}


@pytest.fixture
def clock():
    return WaitedClock()


@pytest.fixture
def told():
    return []


@pytest.fixture
def playing(clock, told):
    return Playing(clock, clock, told.append, OutageError)


def paced(*send_at):
    return [Paced(VisitorWrote(id=f"e{at}", session=1, at=NOW), NOW + at) for at in send_at]


def offsets(batches):
    return [[one.send_at - NOW for one in batch] for batch in batches]


def test_what_is_past_comes_at_once_in_full_batches_and_the_rest_after_it(playing, clock):
    sizes = [len(batch) for batch in playing.batches(paced(*[-1] * (BATCH_ITEMS_MAX + 7)), lambda: None)]

    assert ([BATCH_ITEMS_MAX, 7], []) == (sizes, clock.waits)


def test_no_event_is_handed_in_before_its_time(playing, clock):
    for batch in playing.batches(paced(-5, 0, 700, 1300, 1300), lambda: None):
        assert clock.at >= batch[-1].send_at
    assert clock.at == NOW + 1300


def test_what_is_due_is_not_kept_back_for_what_is_to_come(playing):
    assert [[-5, 0], [700], [1300, 1300]] == offsets(playing.batches(paced(-5, 0, 700, 1300, 1300), lambda: None))


def test_it_is_said_when_nothing_past_is_left(playing):
    log = []
    batches = playing.batches(paced(-2, -1, 100), lambda: log.append("caught up"))
    log.extend(len(batch) for batch in batches)

    assert [2, "caught up", 1] == log


def test_a_clock_that_is_set_back_while_waiting_is_noticed(playing, clock):
    """The wait is never longer than half a second, so the wall clock is read again."""
    list(playing.batches(paced(60_000), lambda: None))

    assert max(clock.waits) <= 0.5


def test_stopped_while_waiting_it_hands_in_nothing_more(playing, clock):
    clock.stops_at = NOW + 1000

    assert [[-1]] == offsets(playing.batches(paced(-1, 60_000), lambda: None))


def test_an_endless_simulation_ends_when_it_is_stopped(playing, clock):
    def endless():
        while True:
            yield from paced(-1)

    count = 0
    for _batch in playing.batches(endless(), lambda: None):
        count += 1
        if count == 3:
            clock.set()
    assert 3 == count


def test_a_sender_that_is_away_is_waited_for_and_told_of_once(playing, told, clock):
    door = FlakyDoor(OutageError("gone"), OutageError("gone"), OutageError("gone"), None)

    assert {"items": []} == playing.hand_in(door, [b"a", b"b"])
    assert [[b"a", b"b"]] * 4 == door.batches
    assert (["gone", ""], 3) == (told, len(clock.waits))


def test_each_outage_is_told(playing, told):
    door = FlakyDoor(OutageError("first"), None, OutageError("second"), None)

    playing.hand_in(door, [b"a"])
    playing.hand_in(door, [b"b"])
    assert ["first", "", "second", ""] == told


def test_a_sender_that_never_was_away_is_never_told_of(playing, told):
    playing.hand_in(FlakyDoor(), [b"a"])

    assert [] == told


def test_an_error_that_waiting_does_not_mend_ends_the_play(playing, told):
    with pytest.raises(CallerError):
        playing.hand_in(FlakyDoor(CallerError("the token")), [b"a"])
    assert [] == told


def test_stopped_while_the_sender_is_away_it_says_that_there_was_no_answer(playing, clock):
    clock.stops_at = NOW + 3000
    door = FlakyDoor(*[OutageError("gone")] * 100)

    assert None is playing.hand_in(door, [b"a"])
    assert 3 == len(door.batches)


def test_stopped_before_it_hands_in_nothing(playing, clock):
    clock.set()
    door = FlakyDoor()

    assert (None, []) == (playing.hand_in(door, [b"a"]), door.batches)
