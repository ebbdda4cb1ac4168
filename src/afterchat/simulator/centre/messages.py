"""A message is left: nobody could serve the visitor, who writes it down and goes.

The session ends when the message does; somebody looks at it when they are there (`message_box`).
"""

from __future__ import annotations

from afterchat.engine import SessionOpened, VisitorWrote
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.draws import STEADY, Weighted
from afterchat.simulator.centre.visitor import Visit
from afterchat.simulator.centre.world import ENGINE, LEFT_TO_ENGINE_SHARE, LeftMessage, SessionLog, World, opening

__all__ = ["message_session", "write_message"]

_WRITING_SHARE = 0.88
"""Others look at the form and go."""
_MORE_SHARE = 0.45
_WRITING_MS = 18_000
_WRITING_MS_MAX = 200_000
_ENDS = Weighted({2: 60, 7: 25, 1: 15})
_PLATFORM_WAITS_MS = (180_000, 290_000)
"""Less than the engine's five minutes."""
_GOES_AFTER_MS = (2_000, 60_000)


def message_session(world: World, visit: Visit) -> Steps:
    """A session that is a message from the beginning."""
    log = SessionLog(world, world.new_session_id())
    log.tell(SessionOpened, kind="message", **opening(visit))
    yield from write_message(world, log, visit)


def write_message(world: World, log: SessionLog, visit: Visit) -> Steps:
    """Write the message and end the session."""
    agenda, chance = world.agenda, world.chance
    count = 1 + chance.count(_MORE_SHARE) if chance.happens(_WRITING_SHARE) else 0
    last_at = agenda.now
    for _ in range(count):
        yield agenda.now + min(500 + chance.heavy(_WRITING_MS, STEADY), _WRITING_MS_MAX)
        log.tell(VisitorWrote)
        last_at = agenda.now
    reason = _ENDS.draw(chance)
    if reason != 2:
        yield last_at + chance.between(*_GOES_AFTER_MS)
        log.close(reason)
    elif chance.happens(LEFT_TO_ENGINE_SHARE):
        yield last_at + ENGINE.message_idle_seconds * 1000
    else:
        yield last_at + chance.between(*_PLATFORM_WAITS_MS)
        log.close(reason)
    if count:
        world.left_messages.append(LeftMessage(log, visit, agenda.now))
