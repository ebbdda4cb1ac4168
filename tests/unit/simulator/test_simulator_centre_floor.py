"""Staff are taken in turn and within their limits; whoever waits longest is served first; nobody waits for nobody."""

import pytest

from afterchat.simulator.centre.agenda import Agenda
from afterchat.simulator.centre.floor import Floor, Staff

HOME, OTHER = 0, 2


@pytest.fixture
def agenda():
    return Agenda(1000)


def staff_of(*names, limit=2, groups=(HOME,)):
    return [Staff(index, name, groups, limit, 1.0) for index, name in enumerate(names)]


def at_work(agenda, staff):
    floor = Floor(agenda, staff)
    for one in staff:
        floor.come(one)
    return floor


def queue(floor, agenda, group, outcome):
    def visitor():
        ticket = floor.join(group)
        yield 10_000
        outcome.append((agenda.now, ticket.staff.name if ticket.staff else None, ticket.is_cleared))

    agenda.begin(visitor(), agenda.now)
    agenda.step()


def test_staff_are_taken_in_turn_up_to_their_limits(agenda):
    floor = at_work(agenda, staff_of("a", "b"))
    taken = [floor.take(floor.groups[HOME]) for _ in range(5)]
    assert ["a", "b", "a", "b", None] == [one and one.name for one in taken]


def test_whoever_is_off_duty_is_not_taken(agenda):
    staff = staff_of("a", "b")
    floor = at_work(agenda, staff)
    floor.leave(staff[0])
    assert ["b", "b", None] == [one and one.name for one in (floor.take(floor.groups[HOME]) for _ in range(3))]


def test_staff_help_another_group(agenda):
    floor = at_work(agenda, staff_of("a", groups=(HOME, OTHER)))
    assert "a" == floor.take(floor.groups[OTHER]).name
    assert "a" == floor.take(floor.groups[HOME]).name
    assert floor.take(floor.groups[OTHER]) is None


def test_somebody_asked_for_by_name_comes_if_they_have_time(agenda):
    staff = staff_of("a", limit=1)
    floor = at_work(agenda, staff)
    assert [True, False] == [floor.take_named(staff[0]), floor.take_named(staff[0])]
    assert floor.take(floor.groups[HOME]) is None


def test_who_waits_longest_is_served_first(agenda):
    staff, outcome = staff_of("a", limit=1), []
    floor = at_work(agenda, staff)
    floor.take(floor.groups[HOME])
    queue(floor, agenda, floor.groups[HOME], outcome)
    queue(floor, agenda, floor.groups[HOME], outcome)

    floor.release(staff[0])
    agenda.step()

    assert [(1001, "a", False)] == outcome
    assert 1 == len(floor.groups[HOME].queue)
    assert 1 == staff[0].open_count


def test_staff_who_come_on_duty_serve_the_queue(agenda):
    staff, outcome = staff_of("a", limit=3), []
    floor = Floor(agenda, staff)
    for _ in range(2):
        queue(floor, agenda, floor.groups[HOME], outcome)

    floor.come(staff[0])
    agenda.step()
    agenda.step()

    assert ["a", "a"] == [name for _, name, _ in outcome]
    assert 2 == staff[0].open_count


def test_a_queue_is_cleared_when_the_last_of_the_staff_go(agenda):
    staff, outcome = staff_of("a", "b", limit=1), []
    floor = at_work(agenda, staff)
    for _ in range(2):
        floor.take(floor.groups[HOME])
    queue(floor, agenda, floor.groups[HOME], outcome)

    floor.leave(staff[0])
    assert 1 == len(floor.groups[HOME].queue)
    floor.leave(staff[1])
    agenda.step()

    assert [(1001, None, True)] == outcome
    assert 0 == len(floor.groups[HOME].queue)


def test_who_gave_up_is_not_served(agenda):
    staff = staff_of("a", limit=1)
    floor = at_work(agenda, staff)
    floor.take(floor.groups[HOME])
    ticket = floor.join(floor.groups[HOME])
    floor.quit(floor.groups[HOME], ticket)
    floor.quit(floor.groups[HOME], ticket)

    floor.release(staff[0])

    assert ticket.staff is None
    assert 0 == staff[0].open_count


def test_a_queue_takes_more_the_more_staff_there_are(agenda):
    floor = Floor(agenda, staff_of("a", "b"))
    group = floor.groups[HOME]
    for _ in range(5):
        floor.join(group)
    assert group.is_full
    group.on_count = 1
    assert not group.is_full
