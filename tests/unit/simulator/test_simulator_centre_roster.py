"""Somebody is there by day and by night, has days off, and goes to lunch."""

from collections import Counter, defaultdict

from centre_week import DAY_MS, HOUR_MS, MONDAY_MS

from afterchat.simulator.centre.agenda import Agenda
from afterchat.simulator.centre.draws import Chance
from afterchat.simulator.centre.floor import NIGHT, Floor
from afterchat.simulator.centre.roster import hired, working_life


def presence(count, days=7):
    """Hour since Monday -> the staff who are on duty at half past."""
    agenda, chance = Agenda(MONDAY_MS), Chance(1)
    staff = hired(chance, count)
    floor = Floor(agenda, staff)
    found = {}

    def look():
        for hour in range(24 * days):
            yield MONDAY_MS + hour * HOUR_MS + HOUR_MS // 2
            found[hour] = {one.index for one in staff if one.is_on}

    for one in staff:
        agenda.begin(working_life(agenda, chance, floor, one), agenda.now)
    agenda.begin(look(), agenda.now)
    while len(found) < 24 * days:
        agenda.step()
    return staff, floor, found


def test_every_group_of_the_day_has_staff_of_its_own():
    groups = Counter(one.groups[0] for one in hired(Chance(1), 24))
    assert {0, 1, 2, 3, 4, NIGHT} == set(groups)
    assert groups[0] > groups[3]


def test_nobody_is_hired_twice_and_all_have_names_of_their_own():
    staff = hired(Chance(1), 100)
    assert 100 == len({one.id for one in staff})
    assert 100 == len({one.name for one in staff})


def test_somebody_is_always_there_but_when_the_night_shift_eats():
    _, _, found = presence(24)
    assert {hour % 24 for hour, present in found.items() if not present} <= {2, 3}


def test_more_work_by_day_than_by_night_and_most_in_the_afternoon():
    _, _, found = presence(24)
    by_hour = defaultdict(int)
    for hour, present in found.items():
        by_hour[hour % 24] += len(present)
    assert by_hour[3] < by_hour[10] < by_hour[15]
    assert by_hour[12] < by_hour[10]  # lunch


def test_everybody_has_two_days_off():
    staff, _, found = presence(24)
    for one in staff:
        if one.groups[0] != NIGHT:
            days = {hour // 24 for hour, present in found.items() if one.index in present}
            assert 5 == len(days), one.name


def test_both_shifts_of_every_larger_group_are_manned():
    staff, _, found = presence(24)
    for group in (0, 1, 2):
        own = {one.index for one in staff if one.groups[0] == group}
        for hour in (9, 20):
            assert any(own & found[day * 24 + hour] for day in range(7)), (group, hour)


def test_presence_of_groups_is_counted_right():
    staff, floor, _ = presence(24, days=3)
    for group in floor.groups:
        assert sum(one.is_on and group.number in one.groups for one in staff) == group.on_count


def test_connections_fail_now_and_then():
    agenda, chance = Agenda(MONDAY_MS), Chance(2)
    staff = hired(chance, 24)
    floor = Floor(agenda, staff)
    for one in staff:
        agenda.begin(working_life(agenda, chance, floor, one), agenda.now)
    losses = set()
    while agenda.now < MONDAY_MS + 7 * DAY_MS:
        agenda.step()
        losses |= {(one.lost_at, one.lost_until) for one in staff if one.lost_at}
    lengths = [until - at for at, until in losses]
    assert 30 < len(lengths) < 120
    assert any(length < 45_000 for length in lengths)
    assert any(length > 120_000 for length in lengths)
