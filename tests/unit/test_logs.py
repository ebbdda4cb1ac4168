"""Log lines are one line of JSON each, and an outage does not become a flood."""

from __future__ import annotations

import io
import json
import logging

import pytest

from afterchat.logs import JsonLines, LineLimit, start_logging


class StoppedClock:
    def __init__(self):
        self.seconds = 0.0

    def now_ms(self):
        return 0

    def monotonic(self):
        return self.seconds


def record(message, *arguments):
    return logging.LogRecord("room", logging.WARNING, "file", 1, message, arguments, None)


@pytest.mark.parametrize("hostile", ['\r\n{"level":"error"}', "\x1b[31m", "\u2028", "\u202e", "\x00"])
def test_other_peoples_text_stays_within_its_line_and_escaped(hostile):
    line = JsonLines().format(record("got %s", hostile))

    assert 1 == len(line.splitlines())
    assert line.isascii()
    assert line.isprintable()
    assert f"got {hostile}" == json.loads(line)["message"]


def test_a_traceback_is_part_of_its_line():
    error = ValueError("planted")
    failed = logging.LogRecord("room", 40, "file", 1, "failed", (), (ValueError, error, None))

    line = JsonLines().format(failed)

    assert 1 == len(line.splitlines())
    assert "planted" in json.loads(line)["traceback"]


def test_ten_lines_of_one_message_pass_each_second_and_the_rest_is_counted():
    clock = StoppedClock()
    limit = LineLimit(clock)

    passed = [limit.filter(record("same %d", number)) for number in range(25)]
    clock.seconds = 1.0
    next_second = record("same %d", 25)

    assert [True] * 10 + [False] * 15 == passed
    assert limit.filter(next_second)
    assert 15 == next_second.suppressed


def test_another_message_is_not_held_back():
    limit = LineLimit(StoppedClock())
    for _ in range(20):
        limit.filter(record("loud"))

    assert limit.filter(record("quiet"))


def test_starting_logging_sends_lines_of_the_chosen_severity_to_the_stream():
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        start_logging("warning", StoppedClock(), stream)
        logging.getLogger("a.room").info("not shown")
        logging.getLogger("a.room").warning("shown")
    finally:
        root.handlers[:] = before
        root.setLevel(level)

    assert ["shown"] == [json.loads(line)["message"] for line in stream.getvalue().splitlines()]
