"""Feeds the engine with made-up sessions and says what an event cost: CPU time of one process, on one core.

`python -m bench.feeding speed|order|recompute|crowd SESSIONS|long EVENTS` prints one JSON line.
Every loop runs over events that were made ready before; laps of different loops take turns, and the quickest counts.
The clock is the CPU time of this process, so that other processes on the machine cost little.
What comes out is compared with what must come out, outside the clock.

How the parts of one event are told apart, each timed alone over the same events
- parsing: the same JSON read into classes of the same attributes without their checks.
- checks: what `read_event` costs beyond that.
- folds: the table of folds alone, on facts of their own.
- state: what `advance` (transition table, guards, folds) costs beyond the folds.
- record: `summarise` on the facts of sessions that ended, for each record that was told.
- the rest: order, duplicates, tolerance, settling (which folds a second time), and making and freeing objects.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Union, get_type_hints

import msgspec

from afterchat.contract.record import SessionRecord
from afterchat.engine import EVENTS, Event, Policy, Session, read_event, write_event
from afterchat.engine.facts import Facts
from afterchat.engine.folds import FOLDS
from afterchat.engine.step import advance
from afterchat.engine.summary import summarise
from bench.contenders.recompute import Recompute
from bench.conversations import SEED, all_at_once, conversations, displaced, hurried, one_long

__all__: list[str] = []

_SESSIONS = 5_000
_RECOMPUTED_SESSIONS = 500
_RECOMPUTED_LENGTH = 1_000
_RECOMPUTE_LAPS = 2
_LAPS = 3
_CROWD_LAPS = 2
_CROWD_SESSIONS = 20_000
"""Smaller crowds are fed one after another until there were so many sessions."""
_DISPLACED_MS_MAX = 30_000

Answer = dict[str, float]
Told = dict[int, SessionRecord]


def main() -> None:
    """Measure what the command line names."""
    name, *arguments = sys.argv[1:]
    print(json.dumps(_MEASUREMENTS[name](*arguments)), flush=True)


def _speed() -> Answer:
    """Microseconds of each event: read and fed, fed alone, and the parts."""
    told = list(islice(conversations(SEED), _SESSIONS))
    events = all_at_once(told)
    bodies = [write_event(event) for event in events]
    ended = _advance(events)
    parse = _decoder_without_checks().decode
    records = sum(1 for _ in _outcomes_with_record(events))
    seconds = _quickest({
        "whole": lambda: _read_and_feed(bodies),
        "feed": lambda: _feed(events),
        "read": lambda: _each(read_event, bodies),
        "parse": lambda: _each(parse, bodies),
        "advance": lambda: _advance(events),
        "fold": lambda: _fold(events),
        "summarise": lambda: _each(summarise, ended),
    })  # fmt: skip
    per_event = {name: lap / len(events) * 1e6 for name, lap in seconds.items()}
    per_event["record"] = seconds["summarise"] / len(ended) * records / len(events) * 1e6
    return {
        "events": len(events),
        "bytes": sum(map(len, bodies)) / len(events),
        "summarise_us": seconds["summarise"] / len(ended) * 1e6,
        "whole_us": per_event["whole"],
        "feed_us": per_event["feed"],
        "read_us": per_event["read"],
        "parse_us": per_event["parse"],
        "checks_us": per_event["read"] - per_event["parse"],
        "state_us": per_event["advance"] - per_event["fold"],
        "fold_us": per_event["fold"],
        "record_us": per_event["record"],
        "rest_us": per_event["whole"] - per_event["read"] - per_event["advance"] - per_event["record"],
    }


def _crowd(sessions: str) -> Answer:
    """Read and feed so many sessions that are all open at once."""
    count = int(sessions)
    bodies = [write_event(event) for event in all_at_once(list(islice(conversations(SEED), count)))]
    waves = max(1, _CROWD_SESSIONS // count)

    def feed_waves() -> None:
        for _ in range(waves):
            assert len(_read_and_feed(bodies)) == count, "every session ends"

    seconds = _quickest({"whole": feed_waves}, laps=_CROWD_LAPS)
    return {"open": count, "events": len(bodies) * waves, "us": seconds["whole"] / len(bodies) / waves * 1e6}


def _long(count: str) -> Answer:
    """Read and feed one session of so many events."""
    bodies = [write_event(event) for event in one_long(int(count))]
    seconds = _quickest({"whole": lambda: _read_and_feed(bodies)})
    return {"events": len(bodies), "us": seconds["whole"] / len(bodies) * 1e6}


def _order() -> Answer:
    """The same sessions in order, displaced, and reversed; each against itself in order."""
    told = list(islice(conversations(SEED), _SESSIONS))
    quick = [hurried(conversation) for conversation in told]
    orders = {
        "in_order": all_at_once(told),
        "displaced": displaced(all_at_once(told), SEED, _DISPLACED_MS_MAX),
        "hurried": all_at_once(quick),
        "hurried_displaced": displaced(all_at_once(quick), SEED, _DISPLACED_MS_MAX),
        "hurried_reversed": all_at_once(quick)[::-1],
    }
    assert _feed(orders["in_order"]) == _feed(orders["displaced"]), "the order of arrival changes no record"
    assert _feed(orders["hurried"]) == _feed(orders["hurried_displaced"]) == _feed(orders["hurried_reversed"])
    bodies = {name: [write_event(event) for event in events] for name, events in orders.items()}
    seconds = _quickest({name: (lambda lines=lines: _read_and_feed(lines)) for name, lines in bodies.items()})
    return {f"{name}_us": lap / len(bodies[name]) * 1e6 for name, lap in seconds.items()}


def _recompute() -> Answer:
    """The engine against one that computes everything again for each event."""
    told = list(islice(conversations(SEED), _RECOMPUTED_SESSIONS))
    events = all_at_once(told)
    long = list(one_long(_RECOMPUTED_LENGTH))
    seconds = _quickest(
        {
            "engine": lambda: _feed(events),
            "recompute": lambda: _feed_again(events),
            "engine_long": lambda: _feed(long),
            "recompute_long": lambda: _feed_again(long),
        },
        laps=_RECOMPUTE_LAPS,
    )
    assert _feed(events) == _feed_again(events), "both give the same records"
    count = {"engine": len(events), "recompute": len(events), "engine_long": len(long), "recompute_long": len(long)}
    return {f"{name}_us": lap / count[name] * 1e6 for name, lap in seconds.items()}


def _read_and_feed(bodies: Iterable[bytes]) -> Told:
    """What a runner does with a line: read it, find its session, feed it, keep the record."""
    sessions: dict[int, Session] = {}
    told: Told = {}
    for body in bodies:
        event = read_event(body)
        session = sessions.get(event.session)
        if session is None:
            session = sessions[event.session] = Session(event.session)
        record = session.feed(event).record
        if record is not None:
            told[event.session] = record
    return told


def _feed(events: Iterable[Event]) -> Told:
    """The same without reading."""
    return dict(_outcomes_with_record(events))


def _outcomes_with_record(events: Iterable[Event]) -> Iterable[tuple[int, SessionRecord]]:
    sessions: dict[int, Session] = {}
    for event in events:
        session = sessions.get(event.session)
        if session is None:
            session = sessions[event.session] = Session(event.session)
        record = session.feed(event).record
        if record is not None:
            yield event.session, record


def _feed_again(events: Iterable[Event]) -> Told:
    sessions: dict[int, Recompute] = {}
    told: Told = {}
    for event in events:
        session = sessions.get(event.session)
        if session is None:
            session = sessions[event.session] = Recompute(event.session)
        record = session.feed(event)
        if record is not None:
            told[event.session] = record
    return told


def _advance(events: Iterable[Event]) -> list[Facts]:
    """The facts of each session at its end."""
    known: dict[int, Facts] = {}
    policy = Policy()
    for event in events:
        facts = known.get(event.session)
        if facts is None:
            facts = known[event.session] = Facts()
        advance(facts, event, policy)
    return list(known.values())


def _fold(events: Iterable[Event]) -> None:
    known: dict[int, Facts] = {}
    for event in events:
        facts = known.get(event.session)
        if facts is None:
            facts = known[event.session] = Facts()
        FOLDS[type(event)](facts, event)


def _each(call: Callable[[Any], object], values: Iterable[Any]) -> None:
    for value in values:
        call(value)


def _quickest(loops: dict[str, Callable[[], object]], laps: int = _LAPS) -> dict[str, float]:
    """CPU seconds of the quickest lap of each loop; the loops take turns."""
    gc.collect()
    gc.freeze()
    seconds = dict.fromkeys(loops, float("inf"))
    for _ in range(laps):
        for name, loop in loops.items():
            began = time.process_time()
            loop()
            seconds[name] = min(seconds[name], time.process_time() - began)
    return seconds


def _decoder_without_checks() -> Any:
    """Reads the same JSON into classes of the same names and attributes that check types alone."""
    twins = []
    for kind in EVENTS:
        types = get_type_hints(kind)
        fields = [
            (field.name, types[field.name]) if field.required else (field.name, types[field.name], field.default)
            for field in msgspec.structs.fields(kind)
        ]
        options = {"tag_field": "type", "tag": True, "rename": "camel", "frozen": True, "gc": False, "kw_only": True}
        twins.append(msgspec.defstruct(kind.__name__, fields, forbid_unknown_fields=True, **options))
    return msgspec.json.Decoder(Union[tuple(twins)])  # noqa: UP007 - the members are known only here


_MEASUREMENTS: dict[str, Callable[..., Answer]] = {
    "speed": _speed,
    "crowd": _crowd,
    "long": _long,
    "order": _order,
    "recompute": _recompute,
}

if __name__ == "__main__":
    main()
