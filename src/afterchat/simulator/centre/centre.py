"""The contact centre as one thing: who is there, what runs all day, and the events in the order of their time."""

from __future__ import annotations

from collections.abc import Iterator

from afterchat.engine import Event
from afterchat.simulator.centre.agenda import Agenda, Steps
from afterchat.simulator.centre.arrivals import Arrivals
from afterchat.simulator.centre.conversation import Request, person_session
from afterchat.simulator.centre.draws import Chance
from afterchat.simulator.centre.floor import MEMBERS, NIGHT, Floor
from afterchat.simulator.centre.message_box import message_box
from afterchat.simulator.centre.messages import message_session
from afterchat.simulator.centre.robot import robot_session
from afterchat.simulator.centre.roster import hired, working_life
from afterchat.simulator.centre.visitor import Visit
from afterchat.simulator.centre.world import World

__all__ = ["Centre"]

_SESSIONS_PER_VISIT = 1.57
"""The robot's, the person's, and those after a transfer; measured."""

_ROBOT_SHARE = 0.8
_ROBOT_SHARE_OF_MEMBERS = 0.4
"""Those who have a desk of their own mostly go there at once."""


class Centre:
    """One shop's customer service; the same arguments give the same events on every machine.

    `begin_at` is epoch ms; the hours of the day are those of China.
    """

    def __init__(
        self, seed: int, begin_at: int, *, sessions_per_day: int = 2000, staff_count: int = 24, first_session_id: int
    ) -> None:
        self._seed = seed
        self._begin_at = begin_at
        self._sessions_per_day = sessions_per_day
        self._staff_count = staff_count
        self._first_session_id = first_session_id

    def events(self) -> Iterator[Event]:
        """All events of all sessions in the order of their time, without end; each call begins anew."""
        world = self._world()
        agenda, told = world.agenda, world.told
        while True:
            agenda.step()
            if told:
                yield from told
                told.clear()

    def _world(self) -> World:
        """Everything as it is at the beginning: staff at home or at work, and nobody there yet."""
        chance = Chance(self._seed)
        agenda = Agenda(self._begin_at)
        staff = hired(chance, self._staff_count)
        floor = Floor(agenda, staff)
        arrivals = Arrivals(chance, self._sessions_per_day / _SESSIONS_PER_VISIT, range(MEMBERS))
        world = World(agenda, chance, floor, arrivals, first_session_id=self._first_session_id)
        for one in staff:
            agenda.begin(working_life(agenda, chance, floor, one), agenda.now)
        agenda.begin(_visitors_come(world), agenda.now)
        agenda.begin(message_box(world), agenda.now)
        return world


def _visitors_come(world: World) -> Steps:
    agenda, arrivals = world.agenda, world.arrivals
    while True:
        yield arrivals.after(agenda.now)
        visit = world.visitors.come(agenda.now, arrivals.surge_group(agenda.now))
        world.begin(_session(world, visit))


def _session(world: World, visit: Visit) -> Steps:
    """The first session of a visit: with the robot, with a person, or a message because nobody is there."""
    share = _ROBOT_SHARE_OF_MEMBERS if visit.topic == MEMBERS else _ROBOT_SHARE
    if world.chance.happens(share):
        return robot_session(world, visit)
    group = world.group_of(visit)
    if not group.on_count:
        group = world.floor.groups[NIGHT]
        if not group.on_count:
            return message_session(world, visit)
    return person_session(world, Request(world.new_session_id(), visit, group))
