"""Visitors come by the hour, the weekday and the day, as often as was asked for."""

from collections import Counter

from centre_week import DAY_MS, HOUR_MS, MONDAY_MS

from afterchat.simulator.centre.arrivals import Arrivals, day_of, moment_of, time_of_day, weekday_of
from afterchat.simulator.centre.draws import Chance


def moments(seed, days, visits_per_day=1000):
    arrivals = Arrivals(Chance(seed), visits_per_day, range(3))
    at, found = MONDAY_MS, []
    while (at := arrivals.after(at)) < MONDAY_MS + days * DAY_MS:
        found.append(at)
    return found


def test_the_shops_clock_is_that_of_china():
    assert 0 == time_of_day(MONDAY_MS)
    assert 0 == weekday_of(day_of(MONDAY_MS))
    assert 6 == weekday_of(day_of(MONDAY_MS - 1))
    assert MONDAY_MS + 9 * HOUR_MS == moment_of(day_of(MONDAY_MS), 9 * HOUR_MS)


def test_about_as_many_come_as_were_asked_for():
    assert 0.9 < len(moments(1, 28)) / 28_000 < 1.25  # surges come on top


def test_hours_follow_the_day_of_a_shop():
    hours = Counter(time_of_day(at) // HOUR_MS for at in moments(2, 28))
    night, noon, evening, afternoon = (hours[hour] for hour in (3, 12, 20, 15))
    assert 20 * night < noon
    assert afternoon < evening
    assert afternoon < noon


def test_sundays_are_quieter_than_mondays():
    weekdays = Counter(weekday_of(day_of(at)) for at in moments(3, 70))
    assert weekdays[6] < weekdays[0]


def test_no_two_days_are_alike():
    days = Counter(day_of(at) for at in moments(4, 14))
    assert max(days.values()) > 1.2 * min(days.values())


def test_a_surge_brings_more_visitors_about_one_thing():
    arrivals = Arrivals(Chance(5), 1000, range(3))
    at, calm, surge = MONDAY_MS, Counter(), Counter()
    minutes = Counter()
    while at < MONDAY_MS + 14 * DAY_MS:
        at = arrivals.after(at)
        hour = time_of_day(at) // HOUR_MS
        if 10 <= hour < 20:
            (calm if arrivals.surge_group(at) is None else surge)[hour] += 1
    at = MONDAY_MS
    arrivals = Arrivals(Chance(5), 1000, range(3))
    for minute in range(14 * 1440):
        arrivals._look_at_the_day(at + minute * 60_000)
        if 10 <= time_of_day(at + minute * 60_000) // HOUR_MS < 20:
            minutes[arrivals.surge_group(at + minute * 60_000) is not None] += 1
    assert surge.total() > 100
    assert 0.02 < minutes[True] / minutes.total() < 0.15
