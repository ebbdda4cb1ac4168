"""Made-up streams of events of one session: mostly a plausible journey, spoiled here and there.

Rules
- A seed is a stream: `random_stream(7)` is the same on every machine.
- How the journey ends is drawn first, each ending alike, and then a route on which that ending can be; so none is rare.
- Every value is one that the wire allows; only the order, the moment or the circumstances are wrong.
- Ties within one millisecond are frequent: that is where an order of arrival would leak into a record.
- Attributes are left out as often as they are given, so that defaults are exercised as well.
- The moments of one stream lie within 20 hours, so that no order of arrival is too late for a tolerance of a day.

What does not belong here: what a stream means (`judge`).
"""

from collections.abc import Callable
from random import Random
from typing import Any

Event = dict[str, Any]
Draw = Callable[[Random], Any]
Timed = list[tuple[str, int]]
"""Steps with their moments; a step is the name of an event and at most one word on it: `SessionClosed 10`."""

EVENTS_MAX = 60
SPAN_MS_MAX = 20 * 3_600_000
JOURNEY_MS_MAX = SPAN_MS_MAX - 2 * 3_600_000
"""What may come late has two hours more."""
WINDOW_MINUTES = (1, 10, 30)
"""Rating windows whose very edges late facts hit."""
SAMPLE = range(2_000)
"""Seeds that are looked at more than once."""

GAPS_MS = (0, 0, 0, 0, 1, 1, 2, 40, 999, 1_000, 3_000, 15_000, 61_000, 300_000)
EDGES_MS = tuple(minutes * 60_000 + slip for minutes in WINDOW_MINUTES for slip in (-1, 0, 1))
LATE_MS = (0, 0, 1, 5_000, 30_000, *EDGES_MS)
SEALED_MS = 3_600_000
"""After the end: later than any of the windows."""

WORDS = (
    *("", "王小燕", "售后/退货/质量", "a / b", "售前咨询", "客服组二", '引"号\\', "😀 谢谢", "制\t表\n行", "\u2028"),
    *("１２", "-1", "0", "null", "iOS", "https://example.com/?q=退款&p=1", "e\u0301"),
)
IDS = (1, 2, 7, 88_001, 2**31, 2**53 + 1, 2**63 - 1)
ID_STEMS = ("", "", "a", "Z", "~", "事件", "\uff5e", "😀")
"""The last two are ordered differently by code points and by UTF-16."""
RG_TYPES = (
    *("主动转人工", "关键词转人工", "回复引导转人工", "拦截词转人工"),
    *("连续未知转人工", "差评转人工", "情绪识别转人工", "图片转人工"),
)
RATINGS_OF_MODEL = {0: (1, 100), 2: (1, 100), 3: (1, 50, 100), 5: (1, 25, 50, 75, 100)}
CLOSE_REASONS = (0, 1, 2, 4, 7, 8, 10, 11, 12, 13, 16)
SUCCESSIONS = ("HandedToPerson", "TransferredAway", "TakenOver")

ANY_ROUTE = ("opened", "queued", "served", "robot", "message", "offered message", "served message")
ROUTES_OF_ENDING: dict[object, tuple[str, ...]] = {
    **dict.fromkeys((0, 1, 2, 4, 7, 8, 10, 11, 12, 13, 16), ANY_ROUTE),
    "HandedToPerson": ("robot",),
    **dict.fromkeys(("TransferredAway", "TransferredAway silent"), ("served", "served", "served message")),
    "TakenOver": ("served", "served", "served message"),
    None: ANY_ROUTE,
}
"""How it ends (a close reason, a succession, or not at all) -> the routes that can lead there."""
ENDINGS = (*ROUTES_OF_ENDING, *CLOSE_REASONS, *SUCCESSIONS)
"""Drawn from; all but "not at all" and the silent transfer twice."""

CLERICAL = ("CategoryChosen", "RemarkWritten", "CustomFieldsFilled", "StatusMarked", "VisitorIdentified")
WAITING = (*("VisitorWrote",) * 4, "StaffWrote automatic", "AlarmRaised", *CLERICAL)
LEAVING = (*("VisitorWrote",) * 3, "StaffWrote automatic", "AlarmRaised", "MessageTreated", *CLERICAL)
TALK_OF_PHASE = {
    "opened": WAITING,
    "queued": (*WAITING, *("QueueEntered",) * 4, "StaffLost", "StaffBack"),
    "served": (
        *("VisitorWrote", "StaffWrote") * 6,
        *("StaffWrote automatic", "StaffLost", "StaffBack", "StaffBack", "Pinned", "Pinned", "Unpinned", "Unpinned"),
        *("AlarmRaised", "RatingInvited", "VisitorRated", "SuccessorNamed", *CLERICAL),
    ),
    "robot": (
        *("VisitorWrote", "RobotAnswered") * 4,
        *("RatingInvited", "VisitorRated", "AlarmRaised", "SuccessorNamed", *CLERICAL),
    ),
    **dict.fromkeys(("message", "offered"), LEAVING),
}
PHASES_OF_ROUTE = {
    "opened": ("opened",),
    "queued": ("opened", "queued"),
    "served": ("opened", "queued", "served"),
    "robot": ("robot",),
    "message": ("message",),
    "offered message": ("opened", "queued", "offered"),
    "served message": ("message", "served"),
}
ENTRANCE_OF_PHASE = {"queued": "QueueEntered", "served": "StaffAssigned", "offered": "MessageOffered"}
AFTERWARDS = (
    *CLERICAL,
    *("RatingInvited", "VisitorRated", "VisitorRated", "MessageTreated", "SuccessorNamed", "SuccessorNamed"),
    *("RatingWindowClosed", "RatingWindowClosed"),
)
NONSENSE = (
    *("SessionOpened", "QueueEntered", "StaffAssigned", "MessageOffered", "StaffLost", "StaffBack"),
    *("VisitorWrote", "RobotAnswered", "StaffWrote", "Pinned", "Unpinned", "AlarmRaised"),
    *("RatingInvited", "VisitorRated", "MessageTreated", *CLERICAL),
    *("HandedToPerson", "TransferredAway", "TakenOver", *("SessionClosed",) * 4),
    *("SuccessorNamed", "RatingWindowClosed"),
)
NEARBY_MS = (-2_000, -1, 0, 0, 0, 0, 0, 1, 2_000)


def text(limit: int) -> Draw:
    """Now and then as long as the wire allows."""
    return lambda rng: "长" * limit if rng.random() < 0.001 else rng.choice(WORDS)


def one_of(*values: Any) -> Draw:
    return lambda rng: rng.choice(values)


def origin(rng: Random) -> Event:
    name = rng.choice(tuple(ATTRIBUTES_OF_ORIGIN))
    return {"type": name, "session": rng.choice(IDS), **attributes(rng, ATTRIBUTES_OF_ORIGIN[name])}


def custom_fields(rng: Random) -> list[dict[str, str]]:
    count = 100 if rng.random() < 0.001 else rng.choice((0, 1, 1, 2, 5))
    return [{name: rng.choice(WORDS) for name in ("fieldId", "fieldName", "fieldValue")} for _ in range(count)]


def event_id(rng: Random, number: int) -> str:
    """Unique by its number, but ordered by chance: ids decide on ties."""
    stem = f"{rng.choice(ID_STEMS)}{rng.randrange(1000)}-{number}"
    return "0" * (128 - len(stem)) + stem if rng.random() < 0.002 else stem


NUMBERS = one_of(0, *IDS)
FLAGS = one_of(False, True)
VISITOR = {"userId?": NUMBERS, "foreignId?": text(200), "vipLevel?": one_of(*range(12))}
ROUTING = {
    "fromGroupId?": one_of(0, 1, 1, 2),
    "fromGroup?": one_of("", "客服组二", "客服组三"),
    "fromStaff?": text(200),
    "overflowFrom?": text(200),
}
SHORT_TEXTS = ("fromType", "fromIp", "originPlatform")
LONG_TEXTS = ("fromPage", "fromTitle", "searchKey", "landPage")
ATTRIBUTES_OF_ORIGIN: dict[str, dict[str, Draw]] = {
    "FromRobot": {"transferRgType": one_of(*RG_TYPES)},
    "FromHistory": {},
    "FromTransfer": {
        "transferFromStaffName?": text(200),
        "transferFromGroup?": text(200),
        "transferRemarks?": text(500),
        "isSilent?": FLAGS,
    },
    "FromTakeOver": {},
}
ATTRIBUTES: dict[str, dict[str, Draw]] = {
    "SessionOpened": {
        "kind": one_of("person", "robot", "message"),
        "by?": one_of("visitor", "staff"),
        **VISITOR,
        **{f"{name}?": text(200) for name in SHORT_TEXTS},
        **{f"{name}?": text(4000) for name in LONG_TEXTS},
        "cameFrom?": origin,
    },
    "VisitorIdentified": VISITOR,
    "QueueEntered": ROUTING,
    "StaffAssigned": {"staffId": one_of(*IDS), "staffName": text(200), **ROUTING},
    "StaffWrote": {"isAutomatic?": one_of(False, False, True)},
    "RatingInvited": {"by?": one_of("staff", "system")},
    "VisitorRated": {
        "evaluation": one_of(1, 25, 50, 75, 100),
        "evaluationRemark?": text(2000),
        "userResolvedStatus?": one_of(0, 1, 2),
    },
    "CategoryChosen": {"category": text(500), "categoryDetail?": text(500)},
    "RemarkWritten": {"remarks": text(500)},
    "CustomFieldsFilled": {"customField": custom_fields},
    "StatusMarked": {"status": one_of(0, 1, 2)},
    "HandedToPerson": {"transferRgType": one_of(*RG_TYPES), "toSession?": NUMBERS},
    "TransferredAway": {"isSilent?": FLAGS, "toSession?": NUMBERS},
    "TakenOver": {"toSession?": NUMBERS},
    "SessionClosed": {"closeReason": one_of(*CLOSE_REASONS)},
    "SuccessorNamed": {"toSession": one_of(*IDS)},
}
"""Event -> attribute -> how it is drawn, beside type, id, session and at; `?` marks what may be left out."""


def random_stream(seed: int) -> list[Event]:
    """About 20 events of one session, 1 to 60, each with an id of its own; not in the order of their moments."""
    rng = Random(seed)
    ending = rng.choice(ENDINGS)
    start = rng.randrange(1_500_000_000_000, 1_900_000_000_000)
    phases = PHASES_OF_ROUTE[rng.choice(ROUTES_OF_ENDING[ending])]
    timed, end = journey(rng, phases, start, is_silent=rng.random() < 0.1)
    if ending is not None:
        timed.append((f"SessionClosed {ending}" if isinstance(ending, int) else ending, end))
        late = rng.choices((*AFTERWARDS, rng.choice(NONSENSE), rng.choice(NONSENSE)), k=rng.choice((0, 2, 4, 6, 9)))
        timed += [(step, end + rng.choice(LATE_MS)) for step in late]
        if rng.random() < 0.25:
            timed += [(step, end + SEALED_MS) for step in ("RatingWindowClosed", *rng.choices(NONSENSE, k=5))]
    timed = spoiled(rng, timed)
    session, model = rng.choice(IDS), rng.choice(tuple(RATINGS_OF_MODEL))
    has_sequence = rng.random() < 0.3
    return [
        drawn(rng, step, {"id": event_id(rng, number), "session": session, "at": at}, model)
        | ({"sequence": rng.choice((0, 1, 2, 9))} if has_sequence else {})
        for number, (step, at) in enumerate(timed)
    ]


def policy_of(seed: int) -> dict[str, int | bool]:
    """The settings under which the stream of that seed is to be judged."""
    return {"rating_window_minutes": WINDOW_MINUTES[seed % len(WINDOW_MINUTES)], "may_rate_again": seed % 2 == 0}


def journey(rng: Random, phases: tuple[str, ...], start: int, *, is_silent: bool) -> tuple[Timed, int]:
    """What happens until the end, and the moment of the end."""
    steps = [f"SessionOpened {'person' if phases[0] == 'opened' else phases[0]}"]
    lengths = (10, 25) if rng.random() < 0.05 else (0, 1, 2, 5, 9)
    for phase in phases:
        if phase == "queued" and phases[-1] == "served" and rng.random() < 0.4:
            continue
        if phase in ENTRANCE_OF_PHASE:
            steps.append(ENTRANCE_OF_PHASE[phase])
        steps += rng.choices(TALK_OF_PHASE[phase], k=rng.choice(lengths) * (2 if phase == phases[-1] else 1))
    timed, at, pace = [], start, rng.choice((1, 1, 1, 10))
    for step in steps:
        timed.append((step, at))
        at = min(at + pace * rng.choice(GAPS_MS), start + JOURNEY_MS_MAX)
    if is_silent:
        timed = [(step, moment) for step, moment in timed if step != "VisitorWrote"]
    return timed, at


def spoiled(rng: Random, timed: Timed) -> Timed:
    """The same with nonsense at the very moments of the others or close by, and sometimes with hardly anything left."""
    moments = [at for _, at in timed]
    for _ in range(rng.choice((0, 0, 1, 2, 4, 8))):
        timed.append((rng.choice(NONSENSE), rng.choice(moments) + rng.choice(NEARBY_MS)))
    if rng.random() < 0.02 and len(timed) > 1:
        timed = timed[1:]
    if rng.random() < 0.02:
        timed = rng.sample(timed, min(len(timed), rng.randint(1, 4)))
    return timed[:1] + timed[1 - EVENTS_MAX :] if len(timed) > EVENTS_MAX else timed


def drawn(rng: Random, step: str, event: Event, model: int) -> Event:
    """The event of a step, with all its attributes."""
    name, _, word = step.partition(" ")
    event = {"type": name, **event, **attributes(rng, ATTRIBUTES.get(name, {}))}
    if name == "SessionOpened":
        event["kind"] = word or event["kind"]
        event |= {"evaluationType": model} if model or rng.random() < 0.5 else {}
        ago = rng.choice((None, event["at"], rng.randrange(2**40), 1, 0, -5_000))
        event |= {} if ago is None else {"previousVisitAt": event["at"] - ago}
    elif name == "VisitorRated" and rng.random() < 0.75:
        event["evaluation"] = rng.choice(RATINGS_OF_MODEL[model])
    elif name == "SessionClosed" and word:
        event["closeReason"] = int(word)
    elif name == "StaffWrote" and word:
        event["isAutomatic"] = True
    elif name == "TransferredAway" and word:
        event["isSilent"] = True
    return event


def attributes(rng: Random, draws: dict[str, Draw]) -> Event:
    return {
        name.removesuffix("?"): draw(rng)
        for name, draw in draws.items()
        if not name.endswith("?") or rng.random() < 0.5
    }


def shuffled(stream: list[Event], seed: int) -> list[Event]:
    """The same events as they may arrive: in any order, some of them twice, the copy written in another order."""
    rng = Random(seed)
    copies = [dict(reversed(event.items())) for event in stream if rng.random() < 0.2]
    arriving = stream + copies
    rng.shuffle(arriving)
    return arriving
