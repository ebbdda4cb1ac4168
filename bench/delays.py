"""From the end of a session to its push: the delays of one run, from what the centre and the receiver noted.

A session that never arrived has no delay and is counted apart: a run that lost one is not honest.

What does not belong here: making load (`centre`), and receiving (`sink`).
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

from bench.latency import summary

__all__ = ["Moments", "delays", "first_arrivals"]

Moments = dict[int, float]
"""Session -> moment of `perf_counter`."""


def first_arrivals(sessions: Sequence[int], moments: Sequence[float]) -> Moments:
    """When each session's push arrived for the first time."""
    first: Moments = {}
    for session, moment in zip(sessions, moments, strict=True):
        first[session] = min(moment, first.get(session, moment))
    return first


def delays(centre: Mapping[str, Any], arrived: Sequence[Moments]) -> dict[str, Any]:
    """Percentiles over all receivers in `arrived`: since the end was due, and since it was answered.

    A push may overtake the answer to its session's end; such a delay is below zero and stays so.
    """
    due, answered = _moments(centre["due"]), _moments(centre["answered"])
    met = [(session, at) for receiver in arrived for session, at in receiver.items() if session in due]
    since_due = summary(array("d", [at - due[session] for session, at in met]))
    since_answer = summary(array("d", [at - answered[session] for session, at in met if session in answered]))
    accepting = summary(array("d", [at - due[session] for session, at in answered.items()]))
    return {
        "ended": len(due),
        "arrived": len(met),
        **since_due,
        **{f"since_answer_{name}": value for name, value in since_answer.items()},
        **{f"answer_{name}": value for name, value in accepting.items()},
        "waiting_max": centre["waiting_max"],
        "failures": centre["failures"],
        "load_average": round(os.getloadavg()[0], 2),
        "is_honest": len(met) == len(due) * len(arrived) and not centre["failures"],
    }


def _moments(said: Mapping[str, float]) -> Moments:
    """JSON made text of the sessions."""
    return {int(session): moment for session, moment in said.items()}
