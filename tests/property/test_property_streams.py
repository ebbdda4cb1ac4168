"""The made-up sessions are worth judging: they hold every event, refusal, field and turn that is to be decided.

What does not belong here: whether engine and judge agree on them (`test_property_judge`).
"""

import json
from collections import Counter, defaultdict
from itertools import chain

import judge as book
from judge import judge, sort_out
from streams import EVENTS_MAX, SAMPLE, SPAN_MS_MAX, policy_of, random_stream

from afterchat.contract.record import FIELDS

DAY_MS = 86_400_000
"""The tolerance of the sessions that are judged."""

ATTRIBUTES = {
    "SessionOpened": "kind by userId foreignId fromType fromIp fromPage fromTitle originPlatform searchKey landPage "
    "vipLevel previousVisitAt evaluationType cameFrom",
    "VisitorIdentified": "userId foreignId vipLevel",
    "QueueEntered": "fromGroupId fromGroup fromStaff overflowFrom",
    "StaffAssigned": "staffId staffName fromGroupId fromGroup fromStaff overflowFrom",
    "StaffWrote": "isAutomatic",
    "RatingInvited": "by",
    "VisitorRated": "evaluation evaluationRemark userResolvedStatus",
    "CategoryChosen": "category categoryDetail",
    "RemarkWritten": "remarks",
    "CustomFieldsFilled": "customField",
    "StatusMarked": "status",
    "HandedToPerson": "transferRgType toSession",
    "TransferredAway": "isSilent toSession",
    "TakenOver": "toSession",
    "SessionClosed": "closeReason",
    "SuccessorNamed": "toSession",
    "FromRobot": "transferRgType",
    "FromTransfer": "transferFromStaffName transferFromGroup transferRemarks isSilent",
}
CODES = {
    ("SessionOpened", "kind"): 3,
    ("SessionOpened", "vipLevel"): 12,
    ("SessionOpened", "evaluationType"): 4,
    ("VisitorRated", "evaluation"): 5,
    ("VisitorRated", "userResolvedStatus"): 3,
    ("StatusMarked", "status"): 3,
    ("SessionClosed", "closeReason"): 11,
    ("HandedToPerson", "transferRgType"): 8,
    ("FromRobot", "transferRgType"): 8,
}
"""Event, attribute -> how many values the wire allows; all of them are to be seen."""
WHYS = (
    *("SessionOpened while served", "SessionOpened while ended", "VisitorWrote while new"),
    *("MessageOffered while served", "SessionClosed while ended", "StaffAssigned while served"),
    *("VisitorWrote while ended", "RatingInvited while sealed", "VisitorRated while sealed"),
    *("Pinned twice", "Unpinned twice", "StaffLost twice", "StaffBack twice"),
    *("RatingInvited without a model", "RatingInvited without service", "RatingInvited too late"),
    *("VisitorRated without a model", "VisitorRated without service", "VisitorRated too late"),
    *("rating of another model", "rated twice", "window closed early", "treated, but no left message"),
    *("treated twice", "successor of a session without one", "successor known already", "successor of itself"),
)


def turns_of(happened):
    """What in these events is a turn that a specification can be read wrong at."""
    end, names = book.ending_of(happened), [event["type"] for event in happened]
    routed = book.all_of(happened, "QueueEntered", "StaffAssigned")
    for number, event in enumerate(routed):
        yield from turns_of_routing(book.group_of(routed[:number]), event)
    if "SuccessorNamed" in names and end:
        when = "early" if happened.index(end) > names.index("SuccessorNamed") else "late"
        yield f"successor {when}, {end['type']} {'with one' if end.get('toSession', 0) else 'without'}"
    if "MessageOffered" in names:
        yield "offered, then served" if "StaffAssigned" in names else "offered"
        if book.latest(happened[: names.index("MessageOffered")], "StaffLost", "StaffBack").get("type") == "StaffLost":
            yield "offered while lost"
        if "MessageTreated" in names:
            yield "offered, then treated"
    if names.count("VisitorIdentified") > 1:
        yield "identified again"
    if happened != sorted(happened, key=lambda event: book.place(event | {"sequence": 0})):
        yield "the sequence decides"
    if end.get("closeReason") in {11, 12, 13}:
        yield "cleared from the queue, though served" if "StaffAssigned" in names else "cleared from the queue"


def turns_of_routing(group, event):
    """How this event changes the group that was routed to before."""
    (group_id, name, overflow), (new_id, new_name) = group, (event.get("fromGroupId", 0), event.get("fromGroup", ""))
    is_named, is_overflow = bool(new_id or new_name), bool(event.get("overflowFrom", ""))
    is_same = new_id == group_id and new_name in {"", name}
    turns = {
        "nothing of a group": bool(group_id or name) and not is_named,
        "another group": bool(group_id or name) and is_named and not is_same,
        "same group by its id alone": is_named and is_same and bool(name) and not new_name,
        "same id, another name": bool(group_id) and new_id == group_id and new_name not in {"", name},
        "a group without its name after one with": is_named and not is_same and bool(name) and not new_name,
        "another overflow": bool(overflow) and is_overflow,
        "overflow kept by the same group": bool(overflow) and is_named and is_same and not is_overflow,
        "overflow cleared by another group": bool(overflow) and is_named and not is_same and not is_overflow,
    }
    yield from (turn for turn, is_taken in turns.items() if is_taken)


TURNS = (
    *("nothing of a group", "another group", "same group by its id alone", "same id, another name"),
    *("a group without its name after one with", "another overflow"),
    *("overflow kept by the same group", "overflow cleared by another group"),
    *(f"successor early, {name} {how}" for name in book.SUCCESSIONS for how in ("with one", "without")),
    *(f"successor late, {name} without" for name in book.SUCCESSIONS),
    *("successor early, SessionClosed without", "offered", "offered, then served", "offered while lost"),
    *("offered, then treated", "identified again", "the sequence decides"),
    *("cleared from the queue", "cleared from the queue, though served"),
)


def test_the_streams_take_every_turn():
    taken = Counter()
    for seed in SAMPLE:
        happened, _ = sort_out(random_stream(seed), **policy_of(seed))
        taken.update(turns_of(happened))

    assert [turn for turn in TURNS if taken[turn] < 8] == []


def test_the_streams_exercise_everything():
    happenings, whys, reasons = Counter(), Counter(), Counter()
    values = defaultdict(set)
    for seed in SAMPLE:
        stream, policy = random_stream(seed), policy_of(seed)
        happened, refused = sort_out(stream, **policy)
        happenings.update(event["type"] for event in happened)
        whys.update(why for _, why in refused)
        record = judge(stream, **policy)
        if record is not None:
            reasons[record.close_reason] += 1
            for field in FIELDS:
                values[field.name].add(getattr(record, field.name))

    assert [name for name in book.ORDER if happenings[name] < 80] == []
    assert [why for why in WHYS if whys[why] < 10] == []
    assert [reason for reason in book.ENDER_OF_REASON if reasons[reason] < 50] == []
    assert reasons.total() >= 0.7 * len(SAMPLE)
    assert [field.name for field in FIELDS if len(values[field.name]) < 2] == []


def test_every_attribute_of_every_event_is_given_left_out_and_varied():
    values = defaultdict(set)
    for event in chain.from_iterable(map(random_stream, SAMPLE)):
        for part in (event, event.get("cameFrom", {})):
            for attribute, value in part.items():
                values[part["type"], attribute].add(json.dumps(value))
    everywhere = [(name, attribute) for name in book.ORDER for attribute in ("at", "sequence")]
    expected = {(name, attribute) for name, attributes in ATTRIBUTES.items() for attribute in attributes.split()}

    assert [key for key in expected.union(everywhere) if len(values[key]) < 2] == []
    assert {key: len(values[key]) for key in CODES} == CODES


def test_the_streams_stay_within_their_bounds():
    streams = [random_stream(seed) for seed in SAMPLE]
    moments = [[event["at"] for event in stream] for stream in streams]
    ties = sum(len(set(at)) < len(at) for at in moments)

    assert 15 <= sum(map(len, streams)) / len(streams) <= 25
    assert {1, EVENTS_MAX} <= set(map(len, streams)) <= set(range(1, EVENTS_MAX + 1))
    assert max(max(at) - min(at) for at in moments) <= SPAN_MS_MAX < DAY_MS
    assert ties > 0.8 * len(streams)
    assert [seed for seed in SAMPLE if len({event["id"] for event in streams[seed]}) < len(streams[seed])] == []
    assert streams == [random_stream(seed) for seed in SAMPLE]
