"""Complaints: bounded lines, and never a word of what was sent."""

from __future__ import annotations

import logging

import pytest

from afterchat.edge.complaints import LINES_PER_SECOND_MAX, Complaints
from afterchat.edge.counts import EdgeCounts


class StoppedClock:
    def __init__(self):
        self.seconds = 0.0

    def now_ms(self):
        return 0

    def monotonic(self):
        return self.seconds


def test_a_cause_has_so_many_lines_a_second_and_the_rest_is_counted(caplog):
    clock, counts = StoppedClock(), EdgeCounts()
    complaints = Complaints(clock, counts)
    with caplog.at_level(logging.DEBUG):
        for _ in range(LINES_PER_SECOND_MAX + 3):
            complaints.warn("one", "detail")
        complaints.warn("other", "detail")
        clock.seconds = 1.0
        complaints.warn("one", "detail")
    assert len(caplog.records) == LINES_PER_SECOND_MAX + 2
    assert counts.log_lines_suppressed == 3


def test_an_exception_is_named_by_type_and_place_only(caplog):
    with pytest.raises(ValueError, match="hush") as caught:
        int("checksum=hush")
    with caplog.at_level(logging.DEBUG):
        Complaints(StoppedClock(), EdgeCounts()).failed("cause", "GET /x", caught.value)
    assert "cause: GET /x: ValueError at " in caplog.text
    assert "test_edge_complaints.py" in caplog.text
    assert "hush" not in caplog.text
