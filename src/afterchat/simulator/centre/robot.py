"""The robot's session: question and answer until the visitor is content, goes, or is handed to a person.

What the visitor comes to is drawn first, and then as many rounds as that takes.
"""

from __future__ import annotations

from typing import NamedTuple

from afterchat.engine import (
    AlarmRaised,
    FromRobot,
    HandedToPerson,
    RatingInvited,
    RobotAnswered,
    SessionOpened,
    SuccessorNamed,
    VisitorRated,
    VisitorWrote,
)
from afterchat.simulator.centre.agenda import Steps
from afterchat.simulator.centre.conversation import Request, person_session
from afterchat.simulator.centre.draws import WIDE, Weighted
from afterchat.simulator.centre.floor import NIGHT
from afterchat.simulator.centre.ratings import Asked, Mood, mood_after, rating_values, will_rate
from afterchat.simulator.centre.visitor import Visit
from afterchat.simulator.centre.world import SessionLog, World, opening

__all__ = ["robot_session"]

_EVALUATION_TYPE = 2

_CONTAINED_SHARE = 0.54
_CONTAINED_BY_NIGHT_SHARE = 0.7
"""Who hears that everybody sleeps often leaves it at that."""


class _HandOver(NamedTuple):
    """Why a visitor comes to a person."""

    kind: str
    rounds_min: int
    is_asked_last: bool = True
    """Whether a message of the visitor sets it off, which the robot then does not answer."""


_BAD_RATING = _HandOver("差评转人工", 2, is_asked_last=False)
_MOOD = _HandOver("情绪识别转人工", 1)
_HAND_OVERS = Weighted(
    {
        _HandOver("主动转人工", 0, is_asked_last=False): 44,
        _HandOver("关键词转人工", 0): 22,
        _HandOver("连续未知转人工", 3): 11,
        _HandOver("回复引导转人工", 1, is_asked_last=False): 10,
        _MOOD: 5,
        _HandOver("图片转人工", 1): 4,
        _BAD_RATING: 2.5,
        _HandOver("拦截词转人工", 0): 1.5,
    }
)

_SAYS_NOTHING_SHARE = 0.03
_MORE_ROUNDS = 0.52
_ROUNDS_MAX = 12
_FIRST_MS = (1_000, 20_000)
_READING_MS = 14_000
_READING_MS_MAX = 450_000
_ANSWERS_AFTER_MS = (150, 1_400)
_HANDS_OVER_MS = (150, 1_200)

_ENDS = Weighted({"engine": 36, "8": 22, "1": 28, "7": 14})
"""The robot's idle time is over (the engine notices, or the platform), or the visitor goes."""
_IDLE_MS = (300_000, 560_000)
_GOES_MS = (1_500, 90_000)
_INVITE_SHARE = 0.25
_RATES_AFTER_MS = (1_500, 20_000)

_NAMED = Weighted({"at once": 80, "later": 15, "before": 5})
_NAMED_AFTER_MS = (300, 3_000)
_GOES_ON_MS = (50, 900)


def robot_session(world: World, visit: Visit) -> Steps:
    """One session with the robot."""
    chance, agenda = world.chance, world.agenda
    log = SessionLog(world, world.new_session_id())
    log.tell(SessionOpened, kind="robot", evaluation_type=_EVALUATION_TYPE, **opening(visit))
    is_night = not world.group_of(visit).on_count
    contained_share = _CONTAINED_BY_NIGHT_SHARE if is_night else _CONTAINED_SHARE
    hand_over = None if chance.happens(contained_share) else _HAND_OVERS.draw(chance)
    if hand_over is None and chance.happens(_SAYS_NOTHING_SHARE):
        rounds = 0
    else:
        rounds_min = hand_over.rounds_min if hand_over is not None else 1
        rounds = rounds_min + min(chance.count(_MORE_ROUNDS), _ROUNDS_MAX)
    for number in range(rounds):
        yield from _ask(world, log, is_first=not number)
        yield agenda.now + chance.between(*_ANSWERS_AFTER_MS)
        log.tell(RobotAnswered)
    if hand_over is not None:
        yield from _hand_over(world, log, visit, hand_over, is_first=not rounds)
    else:
        yield from _let_go(world, log, is_answered=bool(rounds))


def _ask(world: World, log: SessionLog, *, is_first: bool) -> Steps:
    """The visitor writes."""
    chance = world.chance
    after_ms = chance.between(*_FIRST_MS) if is_first else 700 + min(chance.heavy(_READING_MS, WIDE), _READING_MS_MAX)
    yield world.agenda.now + after_ms
    log.tell(VisitorWrote)


def _let_go(world: World, log: SessionLog, *, is_answered: bool) -> Steps:
    """The end of a session that needs no person."""
    chance, agenda = world.chance, world.agenda
    answered_at = agenda.now
    if is_answered and chance.happens(_INVITE_SHARE):
        yield from _invite(world, log, mood_after(chance, 0), is_rating=will_rate(chance, Asked.BY_SYSTEM))
    end = _ENDS.draw(chance)
    if end == "engine":
        return
    yield answered_at + chance.between(*(_IDLE_MS if end == "8" else _GOES_MS))
    log.close(int(end))


def _invite(world: World, log: SessionLog, mood: Mood, *, is_rating: bool) -> Steps:
    chance, agenda = world.chance, world.agenda
    yield agenda.now + chance.between(*_RATES_AFTER_MS)
    log.tell(RatingInvited, by="system")
    if is_rating:
        yield agenda.now + chance.between(*_RATES_AFTER_MS)
        log.tell(VisitorRated, **rating_values(chance, _EVALUATION_TYPE, mood))


def _hand_over(world: World, log: SessionLog, visit: Visit, hand_over: _HandOver, *, is_first: bool) -> Steps:
    """Hand the visitor to a person, and open that session."""
    chance, agenda = world.chance, world.agenda
    if hand_over.is_asked_last:
        yield from _ask(world, log, is_first=is_first)
    if hand_over is _BAD_RATING:
        yield from _invite(world, log, Mood.CROSS, is_rating=True)
    elif hand_over is _MOOD:
        yield agenda.now + chance.between(*_HANDS_OVER_MS)
        log.tell(AlarmRaised)
    following = world.new_session_id()
    named = _NAMED.draw(chance)
    yield agenda.now + chance.between(*(_HANDS_OVER_MS if hand_over.is_asked_last else _FIRST_MS))
    if named == "before":
        log.tell(SuccessorNamed, to_session=following)
        yield agenda.now + chance.between(*_HANDS_OVER_MS)
    log.tell(
        HandedToPerson,
        transfer_rg_type=hand_over.kind,
        to_session=following if named == "at once" else 0,
    )
    group = world.group_of(visit)
    if not group.on_count:
        group = world.floor.groups[NIGHT]
    came_from = FromRobot(session=log.session, transfer_rg_type=hand_over.kind)
    request = Request(following, visit, group, came_from)
    world.begin(person_session(world, request), chance.between(*_GOES_ON_MS))
    if named == "later":
        yield agenda.now + chance.between(*_NAMED_AFTER_MS)
        log.tell(SuccessorNamed, to_session=following)
