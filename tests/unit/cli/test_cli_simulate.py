"""`afterchat simulate`: the same events for the same seed and begin, printed or handed in, and an honest report."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time

import pytest
from sender_double import TOKEN, refused, sender_double

from afterchat.engine import FromRobot, SessionOpened, read_event

SMALL = ("--sessions-per-day", "150", "--staff", "8")
BEGIN = ("--begin", "2026-05-04T00:00+08:00")
BEGIN_MS = 1_777_824_000_000
DAY_MS = 86_400_000


@pytest.fixture
def double():
    with sender_double() as made:
        yield made


@pytest.fixture
def token_file(tmp_path):
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    return file


@pytest.fixture
def printed(afterchat):
    """The events of one small day."""
    call = afterchat("simulate", *SMALL, *BEGIN)
    assert 0 == call.code
    return call.raw


def into(double, token_file, *arguments):
    return "simulate", *SMALL, "--to", double.url, "--token-file", token_file, *arguments


def events_of(raw):
    return [read_event(line) for line in raw.splitlines()]


def test_every_line_is_an_event_of_the_day_in_the_order_of_time(printed):
    events = events_of(printed)

    assert len(events) > 1000
    assert sorted(event.at for event in events) == [event.at for event in events]
    assert BEGIN_MS <= events[0].at <= events[-1].at < BEGIN_MS + DAY_MS


def test_no_event_of_a_session_is_left_out(printed):
    numbers = {}
    for event in events_of(printed):
        numbers[event.session] = numbers.get(event.session, 0) + 1
        assert f"s{event.session}-{numbers[event.session]}" == event.id


def test_the_same_seed_and_begin_give_the_same_bytes(afterchat, printed):
    assert printed == afterchat("simulate", *SMALL, *BEGIN, "--seed", 1).raw
    assert printed != afterchat("simulate", *SMALL, *BEGIN, "--seed", 2).raw


def test_more_days_begin_as_fewer_days_do(afterchat, printed):
    two = afterchat("simulate", *SMALL, *BEGIN, "--days", 2).raw

    assert two.startswith(printed)
    assert events_of(two)[-1].at > BEGIN_MS + DAY_MS


def test_without_a_begin_the_days_end_now(afterchat):
    before = time.time() * 1000
    events = events_of(afterchat("simulate", *SMALL, "--days", 1).raw)

    assert before - DAY_MS <= events[0].at
    assert events[-1].at <= time.time() * 1000


def test_runs_that_begin_a_second_apart_share_no_session(afterchat):
    first, second = (
        {event.session for event in events_of(afterchat("simulate", *SMALL, "--begin", BEGIN_MS + after).raw)}
        for after in (0, 1000)
    )
    assert set() == first & second


def test_what_is_printed_becomes_records_by_the_engine_without_a_refusal(afterchat, printed):
    call = afterchat("engine", "replay", "-", "--timers", "--strict", "--raw", stdin=printed)
    records = [json.loads(line) for line in call.out.splitlines()]
    opened = {event.session for event in events_of(printed) if isinstance(event, SessionOpened)}

    assert (0, opened) == (call.code, {record["id"] for record in records})
    assert any(re.search("[\u4e00-\u9fff]", record["staffName"]) for record in records)
    assert {True} == {
        event.came_from.session in opened
        for event in events_of(printed)
        if isinstance(event, SessionOpened) and isinstance(event.came_from, FromRobot)
    }


def test_how_much_was_printed_is_said_beside_and_not_among_it(afterchat, printed):
    call = afterchat("simulate", *SMALL, *BEGIN, "--lang", "zh")
    opened = sum(isinstance(event, SessionOpened) for event in events_of(printed))

    assert printed == call.raw
    assert f"{opened} 个会话的 {len(printed.splitlines())} 个事件" in call.err


def test_handed_in_are_the_very_events_that_are_printed(afterchat, double, token_file, printed):
    call = afterchat(*into(double, token_file, *BEGIN, "--days", 1, "--json"))

    assert printed.splitlines() == double.lines
    assert {("/v1/events", TOKEN)} == {(request.path, request.token) for request in double.requests}
    opened = sum(isinstance(event, SessionOpened) for event in events_of(printed))
    report = call.document
    assert report.pop("seconds") >= 0
    assert {"events": len(double.lines), "sessions": opened, "duplicate": 0, "refused": 0} == report
    assert 0 == call.code


@pytest.mark.parametrize(("language", "said"), [("en", "it is too late"), ("zh", "太晚了")])
def test_what_was_refused_is_counted_told_and_ends_in_1(afterchat, double, token_file, language, said):
    double.replies = [refused("refused", "unreadable", "duplicate", "taken")]

    call = afterchat(*into(double, token_file, *BEGIN, "--days", 1, "--json", "--lang", language))
    assert (1, 2, 1) == (call.code, call.document["refused"], call.document["duplicate"])
    assert 2 == call.err.count(said)


def test_no_more_than_twenty_refusals_are_told(afterchat, double, token_file):
    double.replies = [refused(*["refused"] * 500)]

    call = afterchat(*into(double, token_file, *BEGIN, "--days", 1, "--json"))
    assert (500, 20) == (call.document["refused"], call.err.count("it is too late"))


def test_a_token_that_is_not_taken_ends_it_with_the_senders_reason(afterchat, double, token_file):
    double.replies = [(401, {}, b'{"code":"token","en":"make one","zh":"x"}')]

    call = afterchat(*into(double, token_file, *BEGIN, "--days", 1))
    assert (1, "") == (call.code, call.out)
    assert "401: make one" in call.err


def test_refused_in_the_middle_it_says_how_far_it_came(afterchat, double, token_file):
    double.replies = [refused(*["taken"] * 500), (403, {}, b'{"code":"scope","en":"no more","zh":"x"}')]

    call = afterchat(*into(double, token_file, *BEGIN, "--days", 1, "--json"))
    assert (1, 500) == (call.code, call.document["events"])
    assert "no more" in call.err


def test_the_token_is_shown_nowhere(afterchat, double, token_file):
    double.replies = [refused("refused"), (403, {}, b"{}")]

    call = afterchat(*into(double, token_file, *BEGIN, "--days", 1))
    assert TOKEN not in call.out + call.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--speed", 60), "--to"),
        (("--to", "http://127.0.0.1:1"), "--token-file"),
        (("--token-file", "TOKEN"), "--to"),
        (("--to", "http://127.0.0.1:1", "--token-file", "TOKEN", "--begin", "2099-01-01"), "--speed 1"),
        (("--to", "ftp://127.0.0.1", "--token-file", "TOKEN"), "http"),
        (("--begin", "1969-01-01"), "2000"),
        (("--begin", "2100-02-01"), "2099"),
        (("--begin", "yesterday"), "2024-05-01"),
        (("--days", 0), "--days"),
        (("--days", 367), "--days"),
        (("--seed", -1), "--seed"),
        (("--sessions-per-day", 0), "--sessions-per-day"),
        (("--speed", 1001, "--to", "http://127.0.0.1:1", "--token-file", "TOKEN"), "--speed"),
    ],
)
def test_what_cannot_be_asked_for_is_a_usage_error_that_says_what_can(afterchat, token_file, arguments, said):
    named = [token_file if argument == "TOKEN" else argument for argument in arguments]
    english = afterchat("simulate", *named)
    chinese = afterchat("simulate", *named, "--lang", "zh")

    assert (2, 2, "") == (english.code, chinese.code, english.out)
    assert said in english.err
    assert chinese.err.startswith("用法：")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_help_says_what_speed_does_not_shorten(afterchat, language):
    help_text = afterchat("simulate", "--help", "--lang", language).out

    assert {"en": "stays in real time", "zh": "仍按真实时间"}[language] in re.sub(r"\s+", " ", help_text)


@pytest.fixture
def started(double, token_file):
    """Start the command as a process of its own, with its remarks on stderr; it is ended with the test."""
    processes = []

    def start(*arguments, url=double.url):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "afterchat", "simulate", "--json", *SMALL),
                *("--to", url, "--token-file", str(token_file), *map(str, arguments)),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "AFTERCHAT_LANGUAGE": "en"},
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def line_of(stream, words):
    """The first line with these words; fails when the stream ends before."""
    for line in stream:
        if words in line.decode():
            return line.decode()
    raise AssertionError(f"it never said {words!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_told_to_stop_it_ends_in_order_with_its_report(double, started, number):
    process = started("--speed", 600, *BEGIN, "--sessions-per-day", 20_000)
    line_of(process.stderr, "600 times as fast")
    while not double.requests:
        time.sleep(0.01)

    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (0, len(double.lines)) == (process.returncode, json.loads(out)["events"])
    assert b"Traceback" not in err


def test_played_faster_it_happens_now_and_nothing_comes_before_it_happened(double, started):
    before = time.time() * 1000
    process = started("--speed", 1000, *BEGIN, "--sessions-per-day", 20_000)
    while len(double.lines) < 50:
        time.sleep(0.01)
    process.terminate()

    assert 0 == process.wait(30)
    for request in double.requests:
        assert all(before < event["at"] <= request.arrived_at for event in request.events)


def test_a_sender_that_is_away_is_told_of_once_and_gets_everything_when_it_is_back(started, double, printed):
    with sender_double() as gone:
        url = gone.url
    process = started(*BEGIN, "--days", 1, url=url)
    line_of(process.stderr, "Waiting for the sender")
    process.terminate()
    out, _ = process.communicate(timeout=30)
    assert (0, 0) == (process.returncode, json.loads(out)["events"])

    double.replies = [(503, {}, b"{}")] * 2
    process = started(*BEGIN, "--days", 1)
    _, err = process.communicate(timeout=60)
    assert (1, 1) == (err.count(b"Waiting for the sender"), err.count(b"The sender is back"))
    assert printed.splitlines() == list(dict.fromkeys(double.lines))


@pytest.mark.parametrize("how", ["printed", "handed in"])
def test_a_bar_shows_the_progress_on_a_terminal_and_stays_out_of_the_output(double, token_file, printed, how):
    to = ("--to", double.url, "--token-file", str(token_file), "--days", "1") if how == "handed in" else ()
    master, slave = pty.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "afterchat", "simulate", "--json", *SMALL, *BEGIN, *to],
            stdout=subprocess.PIPE,
            stderr=slave,
            env={**os.environ, "AFTERCHAT_LANGUAGE": "en", "TERM": "xterm", "COLUMNS": "100"},
            timeout=60,
            check=True,
        )
        os.close(slave)
        shown = read_all(master)
    finally:
        os.close(master)
    count = len(printed.splitlines())

    assert f"{count} events" in shown
    assert "\x1b[" in shown
    if how == "printed":
        assert printed == done.stdout
    else:
        assert count == json.loads(done.stdout)["events"]


def read_all(terminal):
    """What was written to a terminal that nobody writes to any more."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # how Linux says that the other side is closed
            return shown.decode()
        if not part:
            return shown.decode()
        shown += part
