"""What an event costs the session engine, whether that stays so, and what an open session holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

from bench.running import run_program
from bench.session import Figure, Run, Session, figure

__all__ = ["QUESTION", "run"]

QUESTION = (
    "What does one event cost the session engine, from JSON to record, on one core? "
    "Does it stay so with many sessions, long ones and late events, and how many bytes does an open session hold?"
)
_CROWDS = (1_000, 10_000, 100_000)
"""Sessions open at once."""
_LENGTHS = (10_000, 100_000)
"""Events of one session."""
_FORMS = {
    "progress": "of an open session, up to a random event, as open sessions are met",
    "end": "of an open session, fed all but the closing events",
    "worst": "of an open session, all of it within the tolerance, so that nothing is settled",
}
_METERS = {"resident": "resident", "traced": "asked for by Python"}
_PARTS = {
    "parse": "parsing JSON",
    "checks": "checks of the values",
    "state": "transition table and guards",
    "fold": "folds",
    "record": "records",
    "rest": "order, duplicates, settling, making and freeing objects",
}


def run(session: Session) -> list[Figure]:
    """Every measurement in a fresh process of its own, round by round; ratios are of loops of the same process."""
    jobs = [
        ("feeding", "speed"),
        ("feeding", "order"),
        ("feeding", "recompute"),
        *(("feeding", "crowd", str(count)) for count in _CROWDS),
        *(("feeding", "long", str(count)) for count in _LENGTHS),
        *(("holding", form, meter) for form in _FORMS for meter in _METERS),
    ]
    found: dict[tuple[str, ...], list[Run | None]] = {job: [] for job in jobs}
    for _ in range(session.options.repeats):
        for job, answers in found.items():
            answers.append(_measured(session, job))
    return [
        *_speed(found["feeding", "speed"]),
        *_order(found["feeding", "order"], found["feeding", "recompute"]),
        *_growth(found),
        *_memory(found),
    ]


def _measured(session: Session, job: tuple[str, ...]) -> Run | None:
    program, *arguments = job
    lines = run_program(["-m", f"bench.{program}", *arguments])
    if not lines:
        session.failed.append("engine")
        print(f"engine: {' '.join(job)} could not be measured", file=sys.stderr)
        return None
    return session.keep({"measurement": " ".join(job), **json.loads(lines[-1])})


def _speed(runs: list[Run | None]) -> list[Figure]:
    """Rates, and the share of each part in the time from JSON to record."""
    figures = [
        *figure("engine.rate", "events a second, read and fed, records included", "/s", runs, _rate("whole_us")),
        *figure("engine.feed_rate", "events a second, fed alone", "/s", runs, _rate("feed_us")),
        *figure("engine.read_rate", "events a second, read alone", "/s", runs, _rate("read_us")),
        *figure("engine.record_us", "one record of 59 fields", "us", runs, lambda run: run["summarise_us"]),
    ]
    for key, label in _PARTS.items():
        figures += figure(f"engine.share_{key}", f"share of {label}", "%", runs, _share(f"{key}_us", "whole_us"))
    return figures


def _order(orders: list[Run | None], rivals: list[Run | None]) -> list[Figure]:
    """What late events cost beside the same in order, and what computing all again would cost."""
    late = "times the cost in order"
    long = "the same, one session of 1,000 events"
    naive = "times the engine's cost: computing all again for each event"
    return [
        *figure("engine.displaced", f"{late}: up to 30 s late", "times", orders, _times("displaced_us", "in_order_us")),
        *figure(
            "engine.hurried_displaced",
            f"{late}: up to 30 s late, sessions of one minute",
            "times",
            orders,
            _times("hurried_displaced_us", "hurried_us"),
        ),
        *figure(
            "engine.reversed",
            f"{late}: backwards, sessions of one minute",
            "times",
            orders,
            _times("hurried_reversed_us", "hurried_us"),
        ),
        *figure("engine.recompute", naive, "times", rivals, _times("recompute_us", "engine_us")),
        *figure("engine.recompute_long", long, "times", rivals, _times("recompute_long_us", "engine_long_us")),
    ]


def _growth(found: dict[tuple[str, ...], list[Run | None]]) -> list[Figure]:
    figures: list[Figure] = []
    for count in _CROWDS:
        label = f"events a second, {count:,} sessions open at once"
        figures += figure(f"engine.crowd_{count}", label, "/s", found["feeding", "crowd", str(count)], _rate("us"))
    for count in _LENGTHS:
        label = f"events a second, one session of {count:,} events"
        figures += figure(f"engine.long_{count}", label, "/s", found["feeding", "long", str(count)], _rate("us"))
    return figures


def _memory(found: dict[tuple[str, ...], list[Run | None]]) -> list[Figure]:
    figures: list[Figure] = []
    for form, of_what in _FORMS.items():
        for meter, counted in _METERS.items():
            runs = found["holding", form, meter]
            label = f"bytes {of_what}, {counted}"
            figures += figure(f"engine.bytes_{form}_{meter}", label, "bytes", runs, lambda run: run["bytes"])
    return figures


def _rate(key: str) -> Callable[[Run], float]:
    """Events a second, from microseconds of an event."""
    return lambda run: 1e6 / run[key]


def _times(key: str, beside: str) -> Callable[[Run], float]:
    return lambda run: run[key] / run[beside]


def _share(key: str, whole: str) -> Callable[[Run], float]:
    return lambda run: run[key] / run[whole] * 100
