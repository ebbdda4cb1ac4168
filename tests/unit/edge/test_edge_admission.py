"""Admission: never more open connections than the limits say, and room again once they are gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterchat.edge.admission import Admission
from afterchat.edge.counts import EdgeCounts
from afterchat.edge.limits import REFUSED_OPEN_MAX, Limits

LIMITS = Limits(1000, 1000, 10, 60, connections_max=3, connections_per_peer_max=2)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60))
def test_the_caps_hold_for_every_coming_and_going(events):
    counts = EdgeCounts()
    admission = Admission(LIMITS, counts)
    inside: list[tuple[str, bool]] = []
    for peer, comes in events:
        if comes:
            inside.append((peer, not admission.enter(peer)))
        elif inside:
            gone, was_admitted = inside.pop(0)
            admission.leave(gone, was_admitted=was_admitted)
        admitted = [name for name, was_admitted in inside if was_admitted]
        assert counts.connections_open == len(admitted)
        assert len(admitted) <= LIMITS.connections_max
        assert all(admitted.count(name) <= LIMITS.connections_per_peer_max for name in admitted)
    for peer, was_admitted in inside:
        admission.leave(peer, was_admitted=was_admitted)
    assert [admission.enter("a"), admission.enter("a"), admission.enter("a"), admission.enter("b")] == [
        "",
        "",
        "busy",
        "",
    ]


def test_nobody_enters_once_it_is_closed():
    admission = Admission(LIMITS, EdgeCounts())
    admission.is_closed = True
    assert admission.enter("a") == "stopping"


def test_only_so_many_refused_are_told_why():
    admission = Admission(replace(LIMITS, connections_max=0), EdgeCounts())
    told = []
    for _ in range(REFUSED_OPEN_MAX + 2):
        admission.enter("a")
        told.append(admission.may_explain)
    assert told == [True] * REFUSED_OPEN_MAX + [False] * 2
    admission.leave("a", was_admitted=False)
    admission.leave("a", was_admitted=False)
    assert admission.may_explain


@pytest.mark.parametrize(("open_files_max", "expected"), [(1024, 3), (84, 3), (82, 1), (10, 1)])
def test_connections_never_need_more_than_the_files_a_process_may_open(open_files_max, expected):
    assert LIMITS.within_open_files(open_files_max).connections_max == expected
