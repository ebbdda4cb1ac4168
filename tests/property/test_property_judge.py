"""The engine agrees with the judge on what a session's record is, on which events were refused, and on its state.

The judge (`judge`) knows the specification and not the engine; the sessions are made up (`streams`).
`ENGINE_SESSIONS=100000` makes it as many sessions; without it a few thousand keep the run short.
What the streams hold is measured and kept in `test_property_streams`.
"""

import json
import os
from functools import cache

import judge as book
import pytest
from judge import group_of, phase, record_of, sort_out, successor
from streams import SAMPLE, policy_of, random_stream, shuffled

from afterchat.contract.record import FIELDS
from afterchat.engine import Policy, Session, read_event
from all_cores import blocks_asked, on_all_cores

SESSIONS = int(os.environ.get("ENGINE_SESSIONS", "4000"))
BLOCKS = 20
A_DAY_SECONDS = 86_400
"""Tolerance: no event of a stream is too late, in whatever order they come."""


@cache
def as_policy(rating_window_minutes, may_rate_again):
    return Policy(
        tolerance_seconds=A_DAY_SECONDS, rating_window_minutes=rating_window_minutes, may_rate_again=may_rate_again
    )


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


def seeds_that_differ(seeds):
    """The seeds of these whose session the engine sees in another way than the judge."""
    told = ((seed, random_stream(seed), policy_of(seed)) for seed in seeds)
    return [seed for seed, stream, policy in told if judged(stream, policy) != engined(shuffled(stream, seed), policy)]


@pytest.fixture(scope="module")
def differing(request):
    with on_all_cores(seeds_that_differ, [seeds_of(block) for block in blocks_asked(request, "block")]) as found:
        yield found


def seeds_of(block):
    return range(block * SESSIONS // BLOCKS, (block + 1) * SESSIONS // BLOCKS)


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_engine_agrees_with_the_judge(block, differing):
    wrong = differing(seeds_of(block))

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
    "the offer is lost": without_last("MessageOffered"),
    "the visitor stays unknown": without_last("VisitorIdentified"),
    "the visitor goes up a tier": changed_first("VisitorIdentified", "vipLevel", lambda tier: (tier + 1) % 12),
    "the first routing is to another group": changed_first("QueueEntered", "fromGroupId", lambda number: number + 9),
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


def named(routed):
    """The group that the last of these names, by itself."""
    return (routed[-1].get("fromGroupId", 0), routed[-1].get("fromGroup", "")) if routed else (0, "")


def overflow(routed):
    return group_of(routed)[2]


def outliving(routed):
    return next((event["overflowFrom"] for event in reversed(routed) if event.get("overflowFrom", "")), "")


SWAPS = (
    ("SessionOpened", "VisitorIdentified"),
    ("SessionOpened", "VisitorWrote"),
    ("QueueEntered", "StaffAssigned"),
    ("StaffAssigned", "MessageOffered"),
    ("StaffAssigned", "StaffWrote"),
    ("MessageOffered", "SessionClosed"),
    ("VisitorWrote", "RobotAnswered"),
    ("VisitorWrote", "StaffWrote"),
    ("Pinned", "Unpinned"),
    ("RatingInvited", "VisitorRated"),
    ("AlarmRaised", "SessionClosed"),
    ("SuccessorNamed", "TransferredAway"),
    ("SuccessorNamed", "SessionClosed"),
    ("HandedToPerson", "SessionClosed"),
)


@pytest.mark.parametrize("pair", SWAPS, ids="-".join)
def test_another_order_within_one_millisecond_is_noticed(pair, cases, monkeypatch):
    other = dict(zip(pair, reversed(pair), strict=True))
    monkeypatch.setattr(book, "ORDER", [other.get(name, name) for name in book.ORDER])

    assert any(differs(*case) for case in cases)


READINGS = {
    "the sequence counts for nothing": ("place", lambda event: (event["at"], book.ORDER.index(event["type"]))),
    "a routing that names no group takes it away": ("group_of", lambda routed: (*named(routed[-1:]), overflow(routed))),
    "a group said again by its id loses its name": (
        "group_of",
        lambda routed: (*named([event for event in routed if any(named([event]))]), overflow(routed)),
    ),
    "an overflow outlives its group": ("group_of", lambda routed: (*group_of(routed)[:2], outliving(routed))),
    "an offered message is none": ("stayed_message", lambda happened: happened[0]["kind"] == "message"),
    "a successor is named by the end alone": (
        "successor",
        lambda happened: book.latest(happened, *book.SUCCESSIONS).get("toSession", 0),
    ),
    "a successor named early wins": (
        "successor",
        lambda happened: book.latest(happened, "SuccessorNamed").get("toSession", 0) or successor(happened),
    ),
}
"""Another reading of the specification: the function of the judge that would hold it, and how."""


@pytest.mark.parametrize("reading", READINGS)
def test_another_reading_is_noticed(reading, cases, monkeypatch):
    monkeypatch.setattr(book, *READINGS[reading])

    assert any(differs(*case) for case in cases)


@pytest.mark.parametrize("slip", [-1, 1])
def test_a_rating_window_one_millisecond_off_is_noticed(slip, cases, monkeypatch):
    def off(window):
        return lambda event, happened, length, may_rate_again: window(event, happened, length + slip, may_rate_again)

    monkeypatch.setattr(book, "objection", off(book.objection))

    assert any(differs(*case) for case in cases)
