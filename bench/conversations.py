"""Sessions of a made-up contact centre, event by event, for measuring the engine: the same for the same seed.

Four in five are served by staff, most of the others by the robot, a few are left messages; about 20 events each.
A session lasts 6 to 10 minutes from opening to closing; some visitors rate later, and the rating window ends last.
Event ids are ULIDs of 26 characters, and the Chinese texts are those of the simulator.

What does not belong here: what an event leads to; no record is computed, so nothing here can agree by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from random import Random
from typing import Any, NamedTuple

from afterchat.contract.record import CustomField
from afterchat.engine import (
    AlarmRaised,
    CategoryChosen,
    CustomFieldsFilled,
    Event,
    FromRobot,
    HandedToPerson,
    MessageTreated,
    Pinned,
    QueueEntered,
    RatingInvited,
    RatingWindowClosed,
    RemarkWritten,
    RobotAnswered,
    SessionClosed,
    SessionOpened,
    StaffAssigned,
    StaffWrote,
    StatusMarked,
    TransferredAway,
    Unpinned,
    VisitorRated,
    VisitorWrote,
)
from afterchat.simulator import words

__all__ = ["SEED", "Conversation", "all_at_once", "conversations", "displaced", "hurried", "one_long"]

SEED = 20261122
BEGIN_MS = 1_800_000_000_000
SPAN_SECONDS = (360, 600)
"""From opening to closing, least and most."""
HURRIED_MS = 60_000
"""Length of a session whose events all lie within the engine's tolerance of two minutes, the late rating too."""
_RATING_WINDOW_MS = 600_000
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)

Step = tuple[type[Event], dict[str, Any]]


class Conversation(NamedTuple):
    """The events of one session, in the order of their time."""

    events: tuple[Event, ...]
    closing: int
    """Index of the event that ends it."""


class _Plan(NamedTuple):
    """What will happen in one session, without moments."""

    steps: list[Step]
    """From the opening to the closing."""
    later: list[Step]
    """After the closing."""


def conversations(seed: int, spread_ms: int = 60_000) -> Iterator[Conversation]:
    """Sessions without end, ids ascending, opened at random within `spread_ms` of each other."""
    chance = Random(seed)
    kinds, weights = tuple(_KINDS), tuple(_KINDS.values())
    session = seed % 1000 * 8_000_000
    while True:
        session += chance.randint(1, 3)
        plan = chance.choices(kinds, weights)[0](chance, session)
        begin = BEGIN_MS + chance.randrange(spread_ms)
        yield _told(chance, session, plan, begin, chance.randint(*SPAN_SECONDS) * 1000)


def hurried(conversation: Conversation) -> Conversation:
    """The same session in a minute, its rating included; without the end of the rating window."""
    begin = conversation.events[0].at
    kept = [event for event in conversation.events if not isinstance(event, RatingWindowClosed)]
    pace = HURRIED_MS / max(1, kept[-1].at - begin)
    events = tuple(_moved(event, begin + int((event.at - begin) * pace)) for event in kept)
    return Conversation(events, conversation.closing)


def one_long(count: int) -> Iterator[Event]:
    """One session of `count` events, a message each second: a question, an answer, and so on."""
    chance = Random(count)
    yield SessionOpened(id=_ulid(chance, BEGIN_MS), session=1, at=BEGIN_MS, kind="robot")
    for number in range(1, count):
        at = BEGIN_MS + number * 1000
        kind = VisitorWrote if number % 2 else RobotAnswered
        yield kind(id=_ulid(chance, at), session=1, at=at)


def all_at_once(told: list[Conversation]) -> list[Event]:
    """The events of all of them by their own time: from the last opening to the first closing all are open."""
    events = [event for conversation in told for event in conversation.events]
    return sorted(events, key=attrgetter("at"))


def displaced(events: list[Event], seed: int, most_ms: int) -> list[Event]:
    """The same events, each arriving up to `most_ms` late."""
    chance = Random(seed)
    arrivals = sorted((event.at + chance.randrange(most_ms), number) for number, event in enumerate(events))
    return [events[number] for _, number in arrivals]


def _told(chance: Random, session: int, plan: _Plan, begin: int, span_ms: int) -> Conversation:
    """The plan with moments and ids."""
    pauses = [0.0, *(chance.expovariate(1.0) + 0.05 for _ in plan.steps[1:])]
    pace, passed, moments = span_ms / sum(pauses), 0.0, []
    for pause in pauses:
        passed += pause
        moments.append(begin + round(passed * pace))
    end = moments[-1]
    for kind, _ in plan.later:
        wait = _RATING_WINDOW_MS if kind is RatingWindowClosed else chance.randint(5_000, 100_000)
        moments.append(end + wait)
    steps = zip((*plan.steps, *plan.later), moments, strict=True)
    events = tuple(kind(id=_ulid(chance, at), session=session, at=at, **said) for (kind, said), at in steps)
    return Conversation(events, len(plan.steps) - 1)


def _person(chance: Random, session: int) -> _Plan:
    """Served by staff."""
    staff = chance.randrange(len(words.STAFF_NAMES))
    model = chance.choice((0, 2, 3, 5))
    group = {"from_group_id": staff % len(words.GROUPS) + 1, "from_group": words.GROUPS[staff % len(words.GROUPS)]}
    came_from = FromRobot(session=session - 1, transfer_rg_type="主动转人工") if chance.random() < 0.2 else None
    steps: list[Step] = [
        (SessionOpened, _opening(chance, "person") | {"evaluation_type": model, "came_from": came_from})
    ]
    if chance.random() < 0.6:
        steps += [(QueueEntered, group), *_maybe(chance, 0.4, VisitorWrote)]
    steps += [
        (StaffAssigned, {"staff_id": 17_885 + staff, "staff_name": words.STAFF_NAMES[staff], **group}),
        (StaffWrote, {"is_automatic": True}),
        (VisitorWrote, {}),
    ]
    pinned_at = chance.randrange(6, 60)
    for number in range(chance.randint(5, 13)):
        steps += [(chance.choice((VisitorWrote, StaffWrote)), {}), *_maybe(chance, 0.02, AlarmRaised)]
        if number == pinned_at:
            steps += [(Pinned, {}), (Unpinned, {})]
    steps += _notes(chance)
    if model:
        steps += _maybe(chance, 0.7, RatingInvited)
        steps += _maybe(chance, 0.3, VisitorRated, **_rating(chance))
    away = chance.random() < 0.06
    steps.append((TransferredAway, {"to_session": session + 1}) if away else (SessionClosed, {"close_reason": 0}))
    return _Plan(steps, _after(chance, 0.2) if model else [])


def _robot(chance: Random, session: int) -> _Plan:
    steps: list[Step] = [(SessionOpened, _opening(chance, "robot") | {"evaluation_type": 2})]
    for _ in range(chance.randint(3, 7)):
        steps += [(VisitorWrote, {}), (RobotAnswered, {})]
    steps += _maybe(chance, 0.5, RatingInvited, by="system")
    hand_over = (HandedToPerson, {"transfer_rg_type": "关键词转人工", "to_session": session + 1})
    steps.append(hand_over if chance.random() < 0.4 else (SessionClosed, {"close_reason": 8}))
    return _Plan(steps, _after(chance, 0.1))


def _left_message(chance: Random, _session: int) -> _Plan:
    steps: list[Step] = [(SessionOpened, _opening(chance, "message")), (StaffWrote, {"is_automatic": True})]
    steps += [(VisitorWrote, {})] * chance.randint(2, 6)
    steps.append((SessionClosed, {"close_reason": 2}))
    return _Plan(steps, [(MessageTreated, {}), *_notes(chance)])


_KINDS: dict[Callable[[Random, int], _Plan], int] = {_person: 80, _robot: 15, _left_message: 5}
"""Kinds of session and how many in a hundred they are."""


def _opening(chance: Random, kind: str) -> dict[str, Any]:
    """Who came, and from where."""
    title, page = chance.choice(words.PAGES)
    user_id = chance.randrange(10_000_000, 999_999_999)
    return {
        "kind": kind,
        "user_id": user_id,
        "foreign_id": f"member-{user_id % 1_000_003:07d}" if chance.random() < 0.6 else "",
        "from_type": chance.choice(("web", "wx_ma", "android", "ios")),
        "from_ip": f"203.0.113.{chance.randrange(1, 255)}",
        "from_page": f"{page}?user={user_id}",
        "from_title": title,
        "origin_platform": chance.choice(words.PLATFORMS),
        "search_key": chance.choice(words.SEARCH_KEYS) if chance.random() < 0.3 else "",
        "land_page": page,
        "vip_level": chance.choice((0, 0, 1, 2, 3)),
        "previous_visit_at": BEGIN_MS - chance.randrange(10**9) if chance.random() < 0.5 else 0,
    }


def _notes(chance: Random) -> list[Step]:
    """What staff wrote down about it."""
    path = chance.choice(words.CATEGORIES)
    filled = tuple(CustomField(number, name, chance.choice(values)) for number, name, values in words.CUSTOM_FIELDS)
    return [
        (CategoryChosen, {"category": "/".join(path[:2]), "category_detail": " / ".join(path)}),
        *_maybe(chance, 0.8, RemarkWritten, remarks=chance.choice(words.REMARKS)),
        *_maybe(chance, 0.5, CustomFieldsFilled, custom_field=filled),
        *_maybe(chance, 0.8, StatusMarked, status=chance.choice((0, 1, 1, 2))),
    ]


def _rating(chance: Random) -> dict[str, Any]:
    return {"evaluation": chance.choice((1, 100, 100)), "evaluation_remark": chance.choice(words.EVALUATION_REMARKS)}


def _after(chance: Random, rating_share: float) -> list[Step]:
    """A late rating now and then; the end of the rating window in any case."""
    return [*_maybe(chance, rating_share, VisitorRated, **_rating(chance)), (RatingWindowClosed, {})]


def _maybe(chance: Random, share: float, kind: type[Event], **said: Any) -> list[Step]:
    return [(kind, said)] if chance.random() < share else []


def _moved(event: Event, at: int) -> Event:
    """The same event at another moment."""
    said = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**{**said, "at": at})


def _ulid(chance: Random, at: int) -> str:
    """48 bits of time and 80 of chance, as 26 characters."""
    number = at << 80 | chance.getrandbits(80)
    return "".join(_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10))
