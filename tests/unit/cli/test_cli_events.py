"""`afterchat events`: events from a file to a sender with an honest tally, and the journal as it grows."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext

import pytest
from sender_double import TOKEN, refused, sender_double

from afterchat.cli.handing_in import BATCH_BYTES_MAX, BATCH_ITEMS_MAX
from afterchat.store.open import open_store
from afterchat.store.sending import JournalBatch, JournalEvent, SessionMark
from outbox_scenes import NOW, stock

CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def double():
    with sender_double() as made:
        yield made


@pytest.fixture
def send(afterchat, double, tmp_path):
    """Call `afterchat events send - ...` with a token that is good for the double."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    to = ("--to", double.url, "--token-file", file)
    return lambda stdin, *arguments, **given: afterchat("events", "send", "-", *to, *arguments, stdin=stdin, **given)


@pytest.fixture
def sending(store_url):
    stock(store_url)
    return store_url


def lines(count, size=10):
    return [json.dumps({"id": str(number), "pad": "x" * size}).encode() for number in range(count)]


def test_each_event_is_handed_in_once_and_in_order_with_the_token_of_the_file(send, double):
    events = lines(2 * BATCH_ITEMS_MAX + 1)
    call = send(b"\n".join(events), "--json")

    assert (0, events) == (call.code, double.lines)
    assert {"taken": len(events), "duplicate": 0, "refused": 0, "unreadable": 0} == call.document
    assert {("/v1/events", TOKEN)} == {(request.path, request.token) for request in double.requests}
    assert [BATCH_ITEMS_MAX, BATCH_ITEMS_MAX, 1] == [len(request.lines) for request in double.requests]


def test_no_request_is_larger_than_a_sender_takes(send, double):
    events = lines(7, size=BATCH_BYTES_MAX // 3)
    send(b"\n".join(events))

    assert events == double.lines
    assert max(sum(map(len, request.lines)) for request in double.requests) <= BATCH_BYTES_MAX


def test_records_go_through_their_own_door(send, double):
    send(b'{"id":1}', "--records")

    assert ["/v1/records"] == [request.path for request in double.requests]


def test_an_event_that_was_printed_over_several_lines_is_one_item(send, double):
    send(json.dumps([{"id": "a", "n": 1}, {"id": "b"}], indent=2).encode())

    assert [{"id": "a", "n": 1}, {"id": "b"}] == [json.loads(line) for line in double.lines]


@pytest.mark.parametrize(("language", "said"), [("en", "e0: it is too late"), ("zh", "e0：太晚了")])
def test_what_was_refused_is_said_in_the_readers_language_and_ends_in_1(send, double, language, said):
    double.replies = [refused("refused", "taken", "unreadable", "duplicate")]
    call = send(b"{}", "--json", "--lang", language)

    assert (1, {"taken": 1, "duplicate": 1, "refused": 1, "unreadable": 1}) == (call.code, call.document)
    assert said in call.err


def test_repeats_alone_are_no_finding(send, double):
    double.replies = [refused("duplicate")]

    assert 0 == send(b"{}").code


def test_what_a_sender_says_controls_no_terminal(send, double):
    double.replies = [(200, {}, b'{"items":[{"verdict":"refused","id":"\\u001b[31m","en":"\\u001b]0;x"}]}')]

    assert "\x1b" not in send(b"{}").err


def test_a_token_that_reads_is_refused_with_the_senders_words(send, double):
    double.replies = [(403, {}, b'{"code":"scope","en":"this token may not send","zh":"x"}')]
    call = send(b"{}")

    assert (1, "") == (call.code, call.out)
    assert "this token may not send" in call.err
    assert TOKEN not in call.err


def test_a_sender_that_is_not_there_ends_in_3(afterchat, tmp_path, monkeypatch):
    with sender_double() as gone:
        url = gone.url
    file = tmp_path / "token"
    file.write_text(TOKEN)
    monkeypatch.setattr("afterchat.cli.events.threading.Event.wait", lambda *_: True)

    call = afterchat("events", "send", "-", "--to", url, "--token-file", file, stdin=b"{}")
    assert (3, True) == (call.code, "see that it runs" in call.err)


@pytest.mark.parametrize("missing", ["--to", "--token-file"])
def test_where_to_and_with_which_token_must_be_said(afterchat, tmp_path, missing):
    file = tmp_path / "token"
    file.write_text(TOKEN)
    given = {"--to": "http://127.0.0.1:1", "--token-file": file}
    del given[missing]

    assert 2 == afterchat("events", "send", "-", *(part for pair in given.items() for part in pair), stdin=b"{}").code


def test_a_url_that_is_none_is_a_usage_error(afterchat, tmp_path):
    file = tmp_path / "token"
    file.write_text(TOKEN)

    def send(language):
        to = ("--to", "sender:8001", "--token-file", file)
        return afterchat("events", "send", "-", *to, "--lang", language, stdin=b"{}")

    assert (2, 2) == (send("en").code, send("zh").code)
    assert "the URL must look like" in send("en").err
    assert "URL 应形如" in send("zh").err


@pytest.mark.parametrize(("language", "said"), [("en", "holds no token"), ("zh", "其中没有令牌")])
def test_a_file_without_a_token_is_the_operators_business(afterchat, tmp_path, language, said):
    file = tmp_path / "token"
    file.write_text("\n")
    to = ("--to", "http://127.0.0.1:1", "--token-file", file)
    call = afterchat("events", "send", "-", *to, "--lang", language, stdin=b"{}")

    assert (4, True) == (call.code, said in call.err)


def test_the_newest_events_are_shown_oldest_first_as_clean_json(afterchat, sending):
    call = afterchat("events", "tail", "--store", sending, "--json")

    assert (0, "") == (call.code, call.err)
    assert [1, 2, 3, 4, 5, 6] == [row["number"] for row in call.rows]
    assert {
        "number": 1,
        "at": NOW + 9,
        "tenant": "acme",
        "session": "9",
        "type": "VisitorWrote",
        "id": "s9-0",
        "event": {"type": "VisitorWrote", "session": 9},
    } == call.rows[0]


def test_no_more_than_asked_for_and_no_other_tenants(afterchat, sending):
    def numbers(*arguments):
        return [row["number"] for row in afterchat("events", "tail", "--store", sending, "--json", *arguments).rows]

    assert [5, 6] == numbers("--limit", 2)
    assert [6] == numbers("--tenant", "default")
    assert [] == numbers("--tenant", "nobody")


def test_people_read_a_table_in_their_language(afterchat, sending):
    english, chinese = (afterchat("events", "tail", "--store", sending, "--lang", lang) for lang in ("en", "zh"))

    assert not CHINESE.search(english.out)
    assert "发生时间" in chinese.out
    empty = afterchat("events", "tail", "--store", sending, "--tenant", "nobody", "--lang", "zh")
    assert ("", "还没有事件。\n") == (empty.out, empty.err)


def test_following_shows_every_event_that_comes_once_until_it_is_stopped(sending):
    """More than one page of the journal comes between two looks."""
    count = 450
    process = subprocess.Popen(
        [sys.executable, "-m", "afterchat", "events", "tail", "--follow", "--json", "--limit", "1", "--store", sending],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "AFTERCHAT_LANGUAGE": "en"},
    )
    try:
        first = json.loads(process.stdout.readline())
        asyncio.run(_commit(sending, count))
        seen = [json.loads(process.stdout.readline())["number"] for _ in range(count)]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert list(range(first["number"] + 1, first["number"] + 1 + count)) == seen
    assert (0, b"", b"") == (process.returncode, out, err)


def test_people_who_follow_read_one_heading(afterchat, sending, monkeypatch):
    class Stop:
        looks = 0

        def wait(self, _seconds):
            self.looks += 1
            if self.looks <= 2:
                asyncio.run(_commit(sending, 2, f"look{self.looks}-"))
            return self.looks > 3

    monkeypatch.setattr("afterchat.cli.stopping.stopped_by_signals", lambda: nullcontext(Stop()))
    lines = afterchat("events", "tail", "--follow", "--limit", 1, "--store", sending).out.splitlines()

    assert ["number", "6", "7", "8", "9", "10"] == [line.split()[0] for line in lines]
    assert 1 == len({line.index("VisitorWrote") for line in lines[1:]} | {lines[0].index("event")})


async def _commit(url, count, prefix="n"):
    store = await open_store(url, frozenset({"sender"}))
    try:
        events = tuple(JournalEvent(f"{prefix}{number}", NOW, b'{"type":"VisitorWrote"}') for number in range(count))
        mark = SessionMark("acme", 50, b"{}", None, None, NOW, b"", 0)
        await store.journal.commit(JournalBatch([(mark, events)], (), NOW))
    finally:
        await store.close()
