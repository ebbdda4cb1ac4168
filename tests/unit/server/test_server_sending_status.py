"""The snapshot of the running sender: what it counted, in one place, and who it is."""

from __future__ import annotations

from types import SimpleNamespace

from afterchat import __version__
from afterchat.edge.counts import EdgeCounts
from afterchat.sender.counts import DELAY_SECONDS, SenderCounts
from afterchat.server.sending_status import SendingStatusSource
from afterchat.web.status import READINESS

NOW = 1_800_000_000_000


class Clock:
    def __init__(self):
        self.at = NOW

    def now_ms(self):
        return self.at


def gate(number, *, free=0, in_flight=0):
    return SimpleNamespace(endpoint=SimpleNamespace(id=number), free=lambda _now: free, in_flight=in_flight)


def source(**values):
    sender = SimpleNamespace(
        counts=SenderCounts(),
        is_stopping=False,
        tracker=SimpleNamespace(at_hand_count=11, waiting_count=2),
        relay=SimpleNamespace(in_flight_count=3, gates={}),
    )
    for name, value in values.items():
        setattr(sender, name, value)
    return SendingStatusSource(sender, Clock(), "the nonce"), sender


def test_a_new_sender_is_ready_and_says_who_it_is():
    status = source()[0].read()

    assert (__version__, "the nonce", NOW, ()) == (status.version, status.nonce, status.started_at, status.not_ready)
    assert (11, 2, 3) == (status.sessions_at_hand, status.waiting_submissions, status.attempts_in_flight)


def test_one_that_stops_is_not_ready_for_a_reason_that_has_words():
    status = source(is_stopping=True)[0].read()

    assert set(status.not_ready) == {"stopping"} <= set(READINESS)


def test_the_time_of_its_start_stays():
    made, _ = source()
    made._clock.at += 5_000

    assert NOW == made.read().started_at


def test_delays_are_told_from_the_smallest_bound_on_with_all_below_it():
    made, sender = source()
    for seconds in (0.0, DELAY_SECONDS[0], DELAY_SECONDS[-1] + 1):
        sender.counts.note_delivery(round(seconds * 1000))
    status = made.read()

    bounds, below = zip(*status.delays, strict=True)
    assert (*(f"{bound:g}" for bound in DELAY_SECONDS), "+Inf") == bounds
    assert (2, 2, 3) == (below[0], below[-2], below[-1])


def test_counters_have_text_for_labels():
    made, sender = source()
    sender.counts.items["taken"] += 4
    sender.counts.refused[401] += 2
    sender.counts.note_attempt(7, "")
    sender.counts.note_attempt(7, "status_5xx")
    status = made.read()

    assert ({"taken": 4}, {"401": 2}) == (status.items, status.requests_refused)
    assert {("7", "delivered"): 1, ("7", "status_5xx"): 1} == status.attempts


def test_an_endpoint_is_open_while_something_may_go_there_or_is_on_its_way():
    gates = {1: gate(1, free=4), 2: gate(2), 3: gate(3, in_flight=1)}
    made, _ = source(relay=SimpleNamespace(in_flight_count=1, gates=gates))

    assert {"1": True, "2": False, "3": True} == made.read().endpoints_open


def test_the_live_edges_counters_are_told():
    made, _ = source()
    edge = EdgeCounts()
    edge.connections_open, edge.requests, edge.app_failures = 5, 60, 1
    made.edge = edge
    status = made.read()

    assert (5, 60, 1) == (status.edge.connections_open, status.edge.requests, status.edge.app_failures)
