"""The box of left messages: from nine in the morning staff go through what came in, oldest first.

They call some of the visitors back, which is a session out of an earlier one.
"""

from __future__ import annotations

from afterchat.engine import FromHistory, MessageTreated
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.arrivals import HOUR_MS, MINUTE_MS, day_of, moment_of, time_of_day
from afterchat.simulator.centre.conversation import Request, person_session
from afterchat.simulator.centre.world import LeftMessage, World

__all__ = ["message_box"]

_OPENS_AT = 9 * HOUR_MS
_CLOSES_AT = 21 * HOUR_MS
_ROUND_MS = (4 * MINUTE_MS, 12 * MINUTE_MS)
_ROUND_MESSAGES = (2, 8)
_RIPE_MS = 20 * MINUTE_MS
_NEVER_TREATED_SHARE = 0.06
_CALLED_BACK_SHARE = 0.2
_WAITING_MAX = 5_000
"""Beyond this the oldest are never looked at."""


def message_box(world: World) -> Steps:
    """Round after round, without end."""
    agenda, chance = world.agenda, world.chance
    while True:
        now = agenda.now
        if time_of_day(now) < _OPENS_AT:
            yield moment_of(day_of(now), _OPENS_AT) + chance.between(0, 10 * MINUTE_MS)
        elif time_of_day(now) > _CLOSES_AT:
            yield moment_of(day_of(now) + 1, _OPENS_AT) + chance.between(0, 10 * MINUTE_MS)
        else:
            yield now + chance.between(*_ROUND_MS)
        box = world.left_messages
        del box[: max(0, len(box) - _WAITING_MAX)]
        for _ in range(chance.between(*_ROUND_MESSAGES)):
            if not box or box[0].left_at + _RIPE_MS > agenda.now:
                break
            message = box.pop(0)
            if not chance.happens(_NEVER_TREATED_SHARE):
                yield agenda.now + chance.between(5_000, 60_000)
                _treat(world, message)


def _treat(world: World, message: LeftMessage) -> None:
    """Deal with it, and call the visitor back if there is time."""
    message.log.tell(MessageTreated)
    group = world.group_of(message.visit)
    if not world.chance.happens(_CALLED_BACK_SHARE):
        return
    staff = world.floor.take(group)
    if staff is not None:
        visit = message.visit
        came_from = FromHistory(session=message.log.session)
        request = Request(world.new_session_id(), visit, group, came_from, staff)
        world.begin(person_session(world, request), 500)
