"""The engine agrees with the judge on what a session's record is, on which events were refused, and on its state.

The judge (`judge`) knows the specification and not the engine; the sessions are made up (`streams`).
`ENGINE_SESSIONS=100000` makes it as many sessions; without it a few thousand keep the run short.

What 2,000 streams hold, as measured; `test_the_streams_exercise_everything` keeps it so:
- 21.5 events a stream on the average, 1 to 60; 96% of the streams have a tie within one millisecond;
- 92% end; each of the 15 close reasons is met 77 to 165 times (10 is the rarest);
- the rarest event that happens is Unpinned, 92 times; of the refusals in WHYS the rarest is met 29 times.
"""

import json
import os
from collections import Counter, defaultdict
from functools import cache
from itertools import chain

import judge as book
import pytest
from judge import judge, phase, record_of, sort_out
from streams import EVENTS_MAX, SPAN_MS_MAX, WINDOW_MINUTES, random_stream, shuffled

from afterchat.contract.record import FIELDS
from afterchat.engine import Policy, Session, read_event

SESSIONS = int(os.environ.get("ENGINE_SESSIONS", "4000"))
BLOCKS = 20
SAMPLE = range(2_000)
"""Seeds that are looked at more than once."""

A_DAY_SECONDS = 86_400
"""Tolerance: no event of a stream is too late, in whatever order they come."""


@cache
def as_policy(rating_window_minutes, may_rate_again):
    return Policy(
        tolerance_seconds=A_DAY_SECONDS, rating_window_minutes=rating_window_minutes, may_rate_again=may_rate_again
    )


def policy_of(seed):
    return {"rating_window_minutes": WINDOW_MINUTES[seed % len(WINDOW_MINUTES)], "may_rate_again": seed % 2 == 0}


def judged(stream, policy):
    """Record, ids of the refused events in order, state."""
    happened, refused = sort_out(stream, **policy)
    return record_of(happened), [event["id"] for event, _ in refused], phase(happened)


def engined(arriving, policy):
    """The same of the engine, which is told the events one by one, as bytes."""
    session = Session(arriving[0]["session"], as_policy(**policy))
    for event in arriving:
        session.feed(read_event(json.dumps(event).encode()))
    refused = [refusal.event.id for refusal in session.refused]
    return session.record, refused, session.state.name.lower()


def differences(expected, actual):
    """What differs -> as the judge has it, as the engine has it."""
    pairs = {"refused": (expected[1], actual[1]), "state": (expected[2], actual[2])}
    if expected[0] is None or actual[0] is None:
        pairs["record"] = (expected[0], actual[0])
    else:
        pairs |= {field.name: (getattr(expected[0], field.name), getattr(actual[0], field.name)) for field in FIELDS}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def report(seed):
    """What differs, and the smallest part of the stream in which it still does."""
    policy = policy_of(seed)
    found = differences(judged(random_stream(seed), policy), engined(shuffled(random_stream(seed), seed), policy))
    kept = random_stream(seed)
    for event in random_stream(seed):
        fewer = [one for one in kept if one["id"] != event["id"]]
        if fewer and differences(judged(fewer, policy), engined(fewer, policy)).keys() == found.keys():
            kept = fewer
    lines = [f"seed {seed}, {policy}:"]
    lines += [f"  {name}: judge {expected!r}, engine {actual!r}" for name, (expected, actual) in found.items()]
    return "\n".join([*lines, *(f"    {json.dumps(event, ensure_ascii=False)}" for event in kept)])


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_engine_agrees_with_the_judge(block):
    wrong = []
    for seed in range(block * SESSIONS // BLOCKS, (block + 1) * SESSIONS // BLOCKS):
        stream, policy = random_stream(seed), policy_of(seed)
        if judged(stream, policy) != engined(shuffled(stream, seed), policy):
            wrong.append(seed)

    assert "\n".join([f"{len(wrong)} sessions differ", *map(report, wrong[:3])]) == "0 sessions differ"


def test_the_judge_cares_for_neither_order_nor_copies():
    changed = [
        seed
        for seed in SAMPLE
        if judged(random_stream(seed), policy_of(seed)) != judged(shuffled(random_stream(seed), seed), policy_of(seed))
    ]

    assert changed == []


# --- the comparison can fail ---


def without_last(name):
    def alter(stream):
        hit = book.latest(sorted(stream, key=lambda event: event["at"]), name)
        return [event for event in stream if event is not hit]

    return alter


def changed_first(name, attribute, change):
    def alter(stream):
        hit = book.first(sorted(stream, key=lambda event: event["at"]), name)
        return [event | {attribute: change(event.get(attribute, 0))} if event is hit else event for event in stream]

    return alter


ALTERATIONS = {
    "the last message of the visitor is lost": without_last("VisitorWrote"),
    "the last answer is lost": without_last("StaffWrote"),
    "the last rating is lost": without_last("VisitorRated"),
    "the successor is lost": without_last("SuccessorNamed"),
    "the first message of the visitor is 1 ms late": changed_first("VisitorWrote", "at", lambda at: at + 1),
    "the opening is 1 ms early": changed_first("SessionOpened", "at", lambda at: at - 1),
    "the end is 1 ms late": changed_first("SessionClosed", "at", lambda at: at + 1),
    "the transfer is silent": changed_first("TransferredAway", "isSilent", lambda was: not was),
    "the category has a level less": changed_first("CategoryChosen", "category", lambda path: path[:-3]),
}


@pytest.fixture(scope="module")
def cases():
    """Stream, policy and the engine's answer of the sampled seeds, but for those on which judge and engine differ.

    What is noticed in one of these is noticed because of the planted fault.
    """
    told = [(random_stream(seed), policy_of(seed), seed) for seed in SAMPLE]
    heard = [(stream, policy, engined(shuffled(stream, seed), policy)) for stream, policy, seed in told]
    return [(stream, policy, answer) for stream, policy, answer in heard if judged(stream, policy) == answer]


def differs(stream, policy, answer):
    """A judge whose table is at fault may even stumble over it."""
    try:
        return judged(stream, policy) != answer
    except KeyError:
        return True


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_stream_is_noticed(alteration, cases):
    alter = ALTERATIONS[alteration]
    altered = [(alter(stream), policy, answer) for stream, policy, answer in cases[:1000]]

    assert sum(engined(stream, policy)[0] != answer[0] for stream, policy, answer in altered if stream) >= 10


REFUSED_ANYWAY = {
    "StaffBack": ("opened", "robot", "message"),
    "Unpinned": ("opened", "queued", "robot", "message"),
    "RatingInvited": ("opened", "queued", "message", "sealed"),
    "VisitorRated": ("opened", "queued", "message", "sealed"),
    "MessageTreated": ("opened", "queued", "served", "robot"),
}
"""Where a guard would refuse it if the table did not: nobody was lost, pinned or served, the window is over."""


def faults():
    """Table of the judge, key, faulty value: every single slip in the tables that decide."""
    for cue, phases in book.PHASES_OF.items():
        for one in phases:
            yield book.PHASES_OF, cue, tuple(kept for kept in phases if kept != one)
        for one in sorted(set(book.CLERICAL).difference(phases, REFUSED_ANYWAY.get(cue, ()))):
            yield book.PHASES_OF, cue, (*phases, one)
    for reason, ender in book.ENDER_OF_REASON.items():
        yield book.ENDER_OF_REASON, reason, ender % 3 + 1
    for model, ratings in book.RATINGS_OF_MODEL.items():
        for rating in (1, 25, 50, 75, 100) if model else ():
            yield book.RATINGS_OF_MODEL, model, list({*ratings} ^ {rating})
    for table in (book.TYPE_OF_ORIGIN, book.TYPE_OF_SUCCESSION):
        for name, number in table.items():
            yield table, name, number % 5 + 1


def test_every_slip_in_a_table_is_noticed(cases, monkeypatch):
    unseen = []
    for table, key, value in faults():
        with monkeypatch.context() as patch:
            patch.setitem(table, key, value)
            if not any(differs(*case) for case in cases):
                unseen.append((key, value))

    assert unseen == []


SWAPS = (
    ("SessionOpened", "VisitorWrote"),
    ("QueueEntered", "StaffAssigned"),
    ("StaffAssigned", "StaffWrote"),
    ("VisitorWrote", "RobotAnswered"),
    ("VisitorWrote", "StaffWrote"),
    ("Pinned", "Unpinned"),
    ("RatingInvited", "VisitorRated"),
    ("AlarmRaised", "SessionClosed"),
    ("HandedToPerson", "SessionClosed"),
)


@pytest.mark.parametrize("pair", SWAPS, ids="-".join)
def test_another_order_within_one_millisecond_is_noticed(pair, cases, monkeypatch):
    other = dict(zip(pair, reversed(pair), strict=True))
    monkeypatch.setattr(book, "ORDER", [other.get(name, name) for name in book.ORDER])

    assert any(judge(stream, **policy) != answer[0] for stream, policy, answer in cases)


@pytest.mark.parametrize("slip", [-1, 1])
def test_a_rating_window_one_millisecond_off_is_noticed(slip, cases, monkeypatch):
    def off(window):
        return lambda event, happened, length, may_rate_again: window(event, happened, length + slip, may_rate_again)

    monkeypatch.setattr(book, "objection", off(book.objection))

    assert any(differs(*case) for case in cases)


# --- the streams are worth judging ---

ATTRIBUTES = {
    "SessionOpened": "kind by userId foreignId fromType fromIp fromPage fromTitle originPlatform searchKey landPage "
    "vipLevel previousVisitAt evaluationType cameFrom",
    "VisitorIdentified": "userId foreignId vipLevel sequence",
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
    *(
        "MessageOffered while served",
        "SessionOpened while served",
        "SessionOpened while ended",
        "VisitorWrote while new",
    ),
    *("SessionClosed while ended", "StaffAssigned while served"),
    *("VisitorWrote while ended", "RatingInvited while sealed", "VisitorRated while sealed"),
    *("Pinned twice", "Unpinned twice", "StaffLost twice", "StaffBack twice"),
    *("RatingInvited without a model", "RatingInvited without service", "RatingInvited too late"),
    *("VisitorRated without a model", "VisitorRated without service", "VisitorRated too late"),
    *("rating of another model", "rated twice", "window closed early", "treated, but no left message"),
    *("treated twice", "successor of a session without one", "successor known already", "successor of itself"),
)


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
    everywhere = [(name, "at") for name in book.ORDER]
    expected = {(name, attribute) for name, attributes in ATTRIBUTES.items() for attribute in attributes.split()}

    assert [key for key in expected.union(everywhere) if len(values[key]) < 2] == []
    assert {key: len(values[key]) for key in CODES} == CODES


def test_the_streams_stay_within_their_bounds():
    streams = [random_stream(seed) for seed in SAMPLE]
    moments = [[event["at"] for event in stream] for stream in streams]
    ties = sum(len(set(at)) < len(at) for at in moments)

    assert 15 <= sum(map(len, streams)) / len(streams) <= 25
    assert {1, EVENTS_MAX} <= set(map(len, streams)) <= set(range(1, EVENTS_MAX + 1))
    assert max(max(at) - min(at) for at in moments) <= SPAN_MS_MAX < A_DAY_SECONDS * 1000
    assert ties > 0.8 * len(streams)
    assert [seed for seed in SAMPLE if len({event["id"] for event in streams[seed]}) < len(streams[seed])] == []
    assert streams == [random_stream(seed) for seed in SAMPLE]
