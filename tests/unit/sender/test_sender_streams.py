"""A tenant's timers follow the stream of its events: behind the wall clock while its past is handed in."""

from __future__ import annotations

from afterchat.sender.streams import QUIET_MS, START_MS, Streams, StreamTimes

BEGIN = 1_800_000_000_000
NOW = BEGIN + START_MS
DAY = 86_400_000


def test_at_the_start_no_timer_is_due_until_its_tenant_was_heard():
    streams = Streams(BEGIN)
    streams.note("acme", BEGIN + 400, BEGIN + 1000)
    times = streams.times(NOW - 1)

    assert (0, NOW - 1 - 600) == (times.of("other"), times.of("acme"))
    assert (NOW, NOW - 600) == (streams.times(NOW).of("other"), streams.times(NOW).of("acme"))


def test_a_clock_that_was_set_back_ends_the_start():
    assert BEGIN - 1 == Streams(BEGIN).times(BEGIN - 1).of("acme")


def test_a_stream_of_the_past_goes_on_at_its_own_time():
    streams = Streams(BEGIN)
    streams.note("acme", NOW - DAY, NOW)

    assert StreamTimes(NOW + 5000, {"acme": NOW + 5000 - DAY}) == streams.times(NOW + 5000)
    streams.note("acme", NOW - 1000, NOW + 5000)
    assert NOW + 5000 - 6000 == streams.times(NOW + 5000).of("acme")


def test_an_older_event_does_not_set_the_stream_back_but_keeps_it_awake():
    streams = Streams(BEGIN)
    streams.note("acme", NOW - 100, NOW)
    streams.note("acme", NOW - DAY, NOW + QUIET_MS - 1)

    assert NOW + QUIET_MS - 100 == streams.times(NOW + QUIET_MS).of("acme")


def test_an_event_as_new_as_the_newest_counts_with_its_own_arrival():
    streams = Streams(BEGIN)
    streams.note("acme", NOW, NOW)
    streams.note("acme", NOW, NOW + 300)

    assert NOW + 700 == streams.times(NOW + 1000).of("acme")


def test_a_stream_that_went_silent_has_told_everything():
    streams = Streams(BEGIN)
    streams.note("acme", NOW - DAY, NOW)

    assert {"acme": NOW + QUIET_MS - 1 - DAY} == streams.times(NOW + QUIET_MS - 1).of_tenant
    assert StreamTimes(NOW + QUIET_MS, {}) == streams.times(NOW + QUIET_MS)


def test_an_event_from_the_future_makes_nothing_due_early():
    streams = Streams(BEGIN)
    streams.note("acme", NOW + DAY, NOW)

    assert NOW == streams.times(NOW).of("acme")


def test_a_stream_without_a_lag_costs_nothing():
    streams = Streams(BEGIN)
    streams.note("acme", NOW, NOW)

    assert StreamTimes(NOW + 1, {}) == streams.times(NOW + 1)


def test_the_start_begins_at_once_and_the_paces_are_half_a_minute_and_two_minutes():
    assert (0, 30_000, 120_000) == (Streams(BEGIN).times(BEGIN).of("acme"), START_MS, QUIET_MS)
