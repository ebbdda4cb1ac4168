"""`afterchat engine replay`: what the example sessions become, and what people, programs and pushes read of it."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from afterchat.cli.event_words import TOLD_CHARS_MAX, WORDS, tell
from afterchat.cli.wrapping import cells
from afterchat.contract.codec import decode, encode
from afterchat.contract.record import FIELDS
from afterchat.contract.vocabulary import CODED_SETS
from afterchat.engine import EVENTS, RemarkWritten
from afterchat.engine.rules.told import STORIES
from afterchat.engine.stories import BEGIN, Story, events_of
from afterchat.engine.wire import write_event

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "sessions"
FILES = sorted(path.stem for path in EXAMPLES.glob("*.ndjson"))
CLOSED_FOR_A_REASON = [name for name in FILES if int(name[:2]) < 20]
MEANT_TO_BE_REFUSED = {"28-mistakes"}
ENDED_BY_TIMERS_ALONE = {"27-only-timers"}
MAY_HANG_OVER = tuple("，。；：、！？）》」』”’％")
RECORD_HEADING = "(?m)^(?:Record, version|会话记录，第) [0-9]+(?: 版)?\n"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def _in_beijing(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


def replay(afterchat, name, *arguments, **given):
    return afterchat("engine", "replay", EXAMPLES / f"{name}.ndjson", *arguments, **given)


def lines_of(steps, session=1):
    """The events of a story as the bytes of a file, one list entry each."""
    return [write_event(event) for event in events_of(Story("", "", "", steps, session))]


def run(afterchat, lines, *arguments, **given):
    return afterchat("engine", "replay", "-", *arguments, stdin=b"\n".join(lines) + b"\n", **given)


def of_kind(call, kind):
    return [row for row in call.rows if row["kind"] == kind]


def policy(tmp_path, text):
    file = tmp_path / "policy.json"
    file.write_text(text, "utf-8")
    return file


SERVED = "0 SessionOpened kind=person evaluationType=5; 2 StaffAssigned staffId=5 staffName=张佳怡; 4 VisitorWrote"
CLOSED = f"{SERVED}; 9 StaffWrote; 60 SessionClosed closeReason=0"


@pytest.mark.parametrize("name", FILES)
def test_no_event_of_an_example_is_refused_unless_it_is_meant_to_be(afterchat, name):
    counts = [row["refused_count"] for row in of_kind(replay(afterchat, name, "--json", "--timers"), "session")]
    assert (name in MEANT_TO_BE_REFUSED) == (sum(counts) > 0)


@pytest.mark.parametrize("name", CLOSED_FOR_A_REASON)
def test_an_example_closes_for_the_reason_that_its_number_says(afterchat, name):
    first = of_kind(replay(afterchat, name, "--json"), "record")[0]
    assert int(name[:2]) == first["record"]["close_reason"]


def test_there_is_an_example_of_every_known_close_reason():
    known = {reason for reason in CODED_SETS["closeReason"].labels if reason != -1}
    assert known == {int(name[:2]) for name in CLOSED_FOR_A_REASON}


@pytest.mark.parametrize("name", sorted({*FILES} - ENDED_BY_TIMERS_ALONE))
def test_the_timers_would_have_said_nothing_else_than_an_example_does(afterchat, name):
    told = replay(afterchat, name, "--raw")
    assert told.raw.count(b"\n") >= 1
    assert told.raw == replay(afterchat, name, "--raw", "--timers").raw


def test_out_of_order_and_doubled_ends_in_the_record_of_the_tidy_twin(afterchat):
    untidy = replay(afterchat, "25-out-of-order", "--raw").raw.splitlines()
    tidy = replay(afterchat, "26-in-order", "--raw").raw.splitlines()
    assert tidy[-1] == untidy[-1]
    fed = [EXAMPLES.joinpath(f"{name}.ndjson").read_bytes().splitlines() for name in ("25-out-of-order", "26-in-order")]
    assert fed[0] != fed[1]
    assert {*fed[0]} == {*fed[1]}
    assert len(fed[0]) > len(fed[1])


def test_every_example_has_its_line_in_both_languages():
    english, chinese = EXAMPLES.joinpath("README.md").read_text("utf-8").split("\n# ")
    for page in (english, chinese):
        assert FILES == re.findall(r"(?m)^\| `(.+)\.ndjson` \| .+ \| .+ \|$", page)


def test_a_journey_is_linked_both_ways(afterchat):
    records = {row["session"]: row["record"] for row in of_kind(replay(afterchat, "21-journey", "--json"), "record")}
    robot, person, other = (f"51207021{number:02}" for number in (1, 2, 3))
    assert [(person, 2), (robot, 1), (person, 4)] == [
        (records[one]["related_id"], records[one]["related_type"]) for one in (robot, person, other)
    ]
    assert person == records[other]["human_transfer_session_id"]
    assert [3, 5, 0] == [records[one]["close_reason"] for one in (robot, person, other)]


def test_a_page_tells_people_the_session_in_english(afterchat):
    out = replay(afterchat, "23-late-rating", COLUMNS="100").out
    assert out.startswith("Session 5120702301 · 2027-01-15 · ended, rating window over\n")
    assert re.search(r"14:50:01 +\+0:00:01 +✓ +→ served by staff +Served by staff: 李思远 \(17886\)", out)
    assert re.search(r"15:01:30 +\+0:11:30 +✓ +Visitor rated: dissatisfied \(25\), not solved,", out)
    assert "taken; this is record 3" in out
    assert "Record, version 3" in out
    assert re.search(r"evaluation +25 · dissatisfied +Rating; its meaning", out)
    assert re.search(r"endTime +1799996100000 · 14:55:00 +When it ended", out)


def test_a_page_tells_people_the_session_in_chinese(afterchat):
    out = replay(afterchat, "23-late-rating", "--lang", "zh", COLUMNS="100").out
    assert out.startswith("会话 5120702301 · 2027-01-15 · 已结束，评价期已过\n")
    assert re.search(r"14:50:01 +\+0:00:01 +✓ +→ 人工服务中 +客服接入：李思远 \(17886\)，分组 售后服务组", out)
    assert re.search(r"15:01:30 +\+0:11:30 +✓ +访客评价：不满意 \(25\)，未解决，", out)
    assert "已采纳，产生第 3 版记录" in out
    assert "会话记录，第 3 版" in out
    assert re.search(r"evaluation +25 · 不满意 +评价得分，含义随评价模型而定", out)


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", FILES)
def test_a_page_fits_its_terminal_and_nothing_of_the_record_is_cut(afterchat, name, language, width):
    out = replay(afterchat, name, "--lang", language, "--timers", COLUMNS=str(width)).out
    beyond = [line for line in out.splitlines() if cells(line) > width]
    assert [] == [line for line in beyond if not line.endswith(MAY_HANG_OVER) or cells(line) > width + 2]
    records = re.split(RECORD_HEADING, out)[1:]
    assert len(records) == len(re.findall("(?m)^(?:Session|会话) [0-9]+ · ", out))
    assert [] == [line for record in records for line in record.partition("\n\n")[0].splitlines() if "…" in line]


def test_a_pipe_gets_state_before_and_after_and_the_verdict_in_columns(afterchat):
    out = replay(afterchat, "28-mistakes", COLUMNS="").out
    assert re.search(r"17:00:40 .* queuing → served by staff +Served by staff: 陈雨桐.* taken\n", out)
    assert re.search(r"17:01:30 .*✗ +served by staff .* refused: staff are not off line", out)


def test_what_stands_refused_is_listed_with_its_reason_in_the_readers_language(afterchat):
    english = replay(afterchat, "28-mistakes").out.partition("Refused at the end: 5\n")[2]
    chinese = replay(afterchat, "28-mistakes", "--lang", "zh").out.partition("最终被拒的事件：5\n")[2]
    assert "“Staff wrote” cannot happen in a session that is queuing" in english
    assert "会话处于“排队中”时不允许“客服发送消息”" in chinese
    assert re.findall(r"e28-\d+", english) == ["e28-04", "e28-07", "e28-08", "e28-09", "e28-11"]


def test_an_open_session_says_what_is_due_and_has_no_record(afterchat):
    call = replay(afterchat, "27-only-timers", COLUMNS="")
    assert re.search(
        r"2027-01-15 16:43:02\+0800 +Closed: visitor silent too long.* Staff answered, and the visitor", call.out
    )
    assert call.out.endswith("\nNo record: the session has not ended.\n")
    assert replay(afterchat, "27-only-timers", "--raw").raw == b""


def test_timers_close_an_open_session_and_their_rows_say_so(afterchat):
    call = replay(afterchat, "27-only-timers", "--timers", "--json")
    timed = [(row["type"], row["line"], row["state_after"]) for row in of_kind(call, "event") if row["is_timed"]]
    assert [("SessionClosed", None, "ended"), ("RatingWindowClosed", None, "sealed")] == timed
    assert [2] == [row["record"]["close_reason"] for row in of_kind(call, "record")]
    assert [None] == [row["due"] for row in of_kind(call, "session")]
    out = replay(afterchat, "27-only-timers", "--timers", COLUMNS="").out
    assert "[timer] Closed: visitor silent too long" in out
    assert "due next" not in out


def test_timers_happen_before_the_first_event_that_is_later(afterchat):
    late_word = lines_of(f"{SERVED}; 9 StaffWrote; 609 VisitorWrote; 1300 VisitorWrote")
    at_the_very_moment = run(afterchat, late_word[:-1], "--timers", "--json")
    call = run(afterchat, late_word, "--timers", "--json")
    assert [8] == [row["record"]["close_reason"] for row in of_kind(at_the_very_moment, "record")]
    assert [8] == [row["record"]["close_reason"] for row in of_kind(call, "record")]
    one_second_later = lines_of(f"{SERVED}; 9 StaffWrote; 610 VisitorWrote")
    call = run(afterchat, one_second_later, "--timers", "--json")
    assert [2] == [row["record"]["close_reason"] for row in of_kind(call, "record")]
    assert [("VisitorWrote", "refused")] == [
        (row["type"], row["verdict"]) for row in of_kind(call, "event") if row["line"] == 5
    ]


def test_sessions_told_one_after_another_have_clocks_of_their_own(afterchat):
    call = run(afterchat, [*lines_of(CLOSED, 1), *lines_of(CLOSED, 2)], "--timers", "--json")
    assert [0, 0] == [row["record"]["close_reason"] for row in of_kind(call, "record")]


def test_without_timers_what_is_overdue_is_called_so(afterchat):
    call = run(afterchat, lines_of(f"{SERVED}; 9 StaffWrote; 5000 RemarkWritten remarks=x"), COLUMNS="")
    assert "(overdue; --timers lets it happen)" in call.out


def test_a_policy_changes_what_is_due(afterchat, tmp_path):
    file = policy(tmp_path, '{"visitorSilentSeconds": 30}')
    (session,) = of_kind(replay(afterchat, "27-only-timers", "--policy", file, "--json"), "session")
    last_answer_at = json.loads(EXAMPLES.joinpath("27-only-timers.ndjson").read_bytes().splitlines()[-1])["at"]
    assert {"at": last_answer_at + 30_000, "timer": "visitor_silent", "type": "SessionClosed"} == session["due"]


def test_with_every_timer_switched_off_nothing_is_due_and_the_page_says_so(afterchat, tmp_path):
    file = policy(tmp_path, '{"visitorSilentSeconds": 0, "sessionIdleSeconds": 0}')
    call = replay(afterchat, "27-only-timers", "--policy", file)
    assert "Nothing is due: no timer runs while the session is served by staff." in call.out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"queSeconds": 1}', "a policy has no queSeconds (did you mean queueSeconds?); it has toleranceSeconds, "),
        ('{"queueSeconds": -1}', "queueSeconds: -1 is not allowed; give a whole number from 0 to 604800"),
        ('{"queueSeconds": "1"}', "queueSeconds"),
        ("[1]", 'no JSON object such as {"queueSeconds": 300}: '),
        ("{", 'no JSON object such as {"queueSeconds": 300}: '),
        (" " * 70_000, "longer than 65536 bytes"),
    ],
)
def test_a_policy_that_cannot_be_used_is_a_usage_error_that_says_what_to_change(afterchat, tmp_path, text, said):
    call = replay(afterchat, "27-only-timers", "--policy", policy(tmp_path, text))
    assert (2, "") == (call.code, call.out)
    assert said in call.err
    assert len(call.err.splitlines()) == 1


def test_a_policy_error_is_said_in_chinese(afterchat, tmp_path):
    call = replay(afterchat, "27-only-timers", "--policy", policy(tmp_path, '{"queSeconds": 1}'), "--lang", "zh")
    assert "策略中没有 queSeconds（是否想写 queueSeconds？）" in call.err


def test_lines_that_are_no_events_are_named_and_the_rest_is_replayed(afterchat):
    first, *others = lines_of(CLOSED)
    lines = [first, b"", b"no json", *others[:2], b'{"type":"Nothing"}', *others[2:]]
    english, chinese = run(afterchat, lines), run(afterchat, lines, "--lang", "zh")
    assert (1, 1) == (english.code, chinese.code)
    assert ["line 3: no event: ", "line 6: no event: "] == [line[:18] for line in english.err.splitlines()]
    assert ["第 3 行：不是事件：", "第 6 行：不是事件："] == [line[:11] for line in chinese.err.splitlines()]
    assert "Record, version 1" in english.out
    assert run(afterchat, lines, "--raw").raw == run(afterchat, lines_of(CLOSED), "--raw").raw
    call = run(afterchat, lines, "--json")
    assert [3, 6] == [row["line"] for row in of_kind(call, "unreadable")]
    assert [1, 4, 5, 7, 8] == [row["line"] for row in of_kind(call, "event")]
    assert (1, "") == (call.code, call.err)


def test_of_many_unreadable_lines_some_are_named_and_all_are_counted(afterchat):
    call = run(afterchat, [b"x"] * 50)
    assert len(call.err.splitlines()) == 22
    assert "50 lines in all could not be read." in call.err
    assert "There are no events." in call.err


def test_a_line_that_is_too_long_costs_nothing_but_itself(afterchat, monkeypatch):
    monkeypatch.setattr("afterchat.cli.replay.LINE_BYTES_MAX", 300)
    lines = lines_of(CLOSED)
    call = run(afterchat, [lines[0], b"y" * 5000, b" " * 301, *lines[1:]], "--json")
    assert [2, 3] == [row["line"] for row in of_kind(call, "unreadable")]
    assert [1, 4, 5, 6, 7] == [row["line"] for row in of_kind(call, "event")]
    assert "write one event a line" in of_kind(call, "unreadable")[0]["reason"]


def test_line_ends_of_any_system_and_a_byte_order_mark_are_no_part_of_an_event(afterchat):
    lines = [line + b"\r" for line in lines_of(CLOSED)]
    lines[0] = b"\xef\xbb\xbf" + lines[0]
    call = run(afterchat, lines, "--strict", "--raw")
    assert (0, run(afterchat, lines_of(CLOSED), "--raw").raw) == (call.code, call.raw)


def test_strict_makes_a_refused_event_a_finding(afterchat):
    assert 0 == replay(afterchat, "28-mistakes").code
    assert 1 == replay(afterchat, "28-mistakes", "--strict").code
    assert 0 == replay(afterchat, "25-out-of-order", "--strict").code


def test_only_fields_that_say_something_are_shown_unless_all_are_asked_for(afterchat):
    some, all_of_them = (replay(afterchat, "01-visitor-left", *options).out for options in ([], ["--all"]))
    record = some.partition("Record, version")[2]
    assert "closeReason" in record
    assert "evaluationRemark" not in record
    assert all(re.search(rf"(?m)^{field.wire} ", all_of_them.partition("Record, version")[2]) for field in FIELDS)


def test_raw_prints_each_version_as_it_would_be_pushed_and_nothing_else(afterchat):
    call = replay(afterchat, "23-late-rating", "--raw")
    decoded = [decode(line) for line in call.raw.splitlines()]
    assert [0, 100, 25] == [one.record.evaluation for one in decoded]
    assert [(), (), ()] == [one.problems for one in decoded]
    assert b"".join(encode(one.record) + b"\n" for one in decoded) == call.raw
    assert (0, "") == (call.code, call.err)


def test_programs_read_what_became_of_each_event(afterchat):
    rows = of_kind(replay(afterchat, "25-out-of-order", "--json"), "event")
    assert {"event"} == {row["kind"] for row in rows}
    early, opening = rows[:2]
    assert ("QueueEntered", "refused", "not_allowed", "new", "new") == tuple(
        early[key] for key in ("type", "verdict", "refusal", "state_before", "state_after")
    )
    assert "cannot happen in a session that is not opened" in early["reason"]
    assert ("new", "queued", "taken", True, [early["id"]]) == tuple(
        opening[key] for key in ("state_before", "state_after", "verdict", "is_late", "retaken")
    )
    assert ["duplicate"] * 3 == [row["verdict"] for row in rows if row["verdict"] == "duplicate"]


def test_a_page_marks_what_came_late_and_what_it_explains(afterchat):
    out = replay(afterchat, "25-out-of-order", COLUMNS="").out
    assert "[late] Opened by the visitor" in out
    assert "taken; refused before and taken now: “Queued”" in out
    assert "known already" in out
    assert "Refused at the end" not in out


def test_a_refusal_that_is_settled_stays_listed(afterchat, tmp_path):
    """With no tolerance events are forgotten as soon as eight are there; the refused one among them stays refused."""
    talk = "; ".join(f"{20 + second} VisitorWrote" for second in range(20))
    lines = lines_of(f"{SERVED}; 5 Unpinned; {talk}; 60 SessionClosed closeReason=0")
    file = policy(tmp_path, '{"toleranceSeconds": 0}')
    (session,) = of_kind(run(afterchat, lines, "--json", "--policy", file), "session")
    assert (1, ["not_pinned"]) == (session["refused_count"], [one["refusal"] for one in session["refused"]])
    assert "Refused at the end: 1" in run(afterchat, lines, "--policy", file).out


def test_events_that_the_opening_explains_stand_no_longer_refused_however_late_it_comes(afterchat, tmp_path):
    """All are judged again at once, and most of them are settled in the same moment."""
    opening, *others = lines_of(
        f"{SERVED}; 5 Unpinned; " + "; ".join(f"{20 * number} VisitorWrote" for number in range(1, 20))
    )
    call = run(afterchat, [*others, opening], "--json", "--policy", policy(tmp_path, '{"toleranceSeconds": 60}'))
    (session,) = of_kind(call, "session")
    assert (1, ["not_pinned"]) == (session["refused_count"], [one["refusal"] for one in session["refused"]])
    assert len(others) - 1 == len(of_kind(call, "event")[-1]["retaken"])


def test_a_record_that_turns_out_to_be_told_too_early_is_withdrawn(afterchat):
    lines = lines_of("0 SessionOpened kind=person; 2 VisitorWrote; 10 StaffAssigned staffId=5 staffName=x")
    closing = lines_of("60 HandedToPerson transferRgType=关键词转人工")[0].replace(b'"id":"1"', b'"id":"end"')
    robot = lines_of("1 SessionOpened kind=robot")[0].replace(b'"id":"1"', b'"id":"robot"')
    fed = [robot, lines[1], closing, lines[0]]
    events = of_kind(run(afterchat, fed, "--json"), "event")
    assert [False, False, False, True] == [row["is_withdrawn"] for row in events]
    english, chinese = (run(afterchat, fed, "--lang", language) for language in ("en", "zh"))
    assert "taken; the session is open still, and the record is withdrawn" in english.out
    assert "已采纳；会话其实尚未结束，此前的记录作废" in chinese.out


def test_events_that_are_never_kept_are_listed_too(afterchat):
    lines = lines_of(CLOSED)
    reused = lines[2].replace(b"VisitorWrote", b"Pinned")
    too_late = (
        lines_of("0 RobotAnswered")[0]
        .replace(b'"id":"1"', b'"id":"old"')
        .replace(str(BEGIN).encode(), str(BEGIN - 3_600_000).encode())
    )
    (session,) = of_kind(run(afterchat, [*lines, reused, too_late], "--json"), "session")
    assert [("old", "too_late"), ("3", "id_reused")] == [(one["id"], one["refusal"]) for one in session["refused"]]


def test_of_very_many_refused_events_some_are_listed_and_all_are_counted(afterchat):
    lines = lines_of("; ".join([SERVED, *["5 Unpinned"] * 500]))
    (session,) = of_kind(run(afterchat, lines, "--json"), "session")
    assert (500, 100) == (session["refused_count"], len(session["refused"]))
    assert "Refused at the end: 500, of which 100 are listed" in run(afterchat, lines).out


def test_a_session_that_was_never_opened_is_shown_as_well(afterchat):
    call = run(afterchat, lines_of("3 VisitorWrote; 5 StaffWrote"))
    assert call.out.startswith("Session 1 · 2027-01-15 · not opened\n")
    assert "+0:00:02" in call.out
    assert call.out.endswith("\nNo record: the session has not ended.\n")


def test_days_are_shown_where_a_session_has_more_than_one(afterchat):
    out = replay(afterchat, "22-left-message").out
    assert "01-15 21:30:00" in out
    assert "01-16 09:05:00" in out
    assert "treatedTime" in out


def test_escape_sequences_in_events_never_reach_the_terminal(afterchat):
    lines = lines_of(f"{SERVED}; 5 RemarkWritten remarks=x; 6 SessionClosed closeReason=0")
    lines[3] = lines[3].replace(b'"remarks":"x"', rb'"remarks":"\u001b[31mx\u202e"')
    for width in ("80", ""):
        out = run(afterchat, lines, COLUMNS=width).out
        assert "\x1b" not in out
        assert "\u202e" not in out
        assert "\\u{1b}[31mx\\u{202e}" in out


def test_more_events_than_a_person_reads_are_left_to_programs(afterchat, monkeypatch):
    monkeypatch.setattr("afterchat.cli.engine.EVENTS_SHOWN_MAX", 4)
    call = run(afterchat, lines_of(CLOSED))
    assert (1, "") == (call.code, call.out)
    assert "use --json or --raw" in call.err
    assert 0 == run(afterchat, lines_of(CLOSED), "--raw").code


def test_more_sessions_than_fit_end_in_a_line_that_names_the_remedy(afterchat, monkeypatch):
    monkeypatch.setattr("afterchat.cli.replay.SESSIONS_MAX", 2)
    call = run(afterchat, [line for session in (1, 2, 3) for line in lines_of(CLOSED, session)], "--raw")
    assert (1, 2) == (call.code, call.raw.count(b"\n"))
    assert "split it" in call.err


def test_every_event_has_words_in_both_languages():
    assert {*EVENTS} == {*WORDS}
    for story in STORIES:
        for event in events_of(story):
            english, chinese = tell(event, "en", 5), tell(event, "zh", 5)
            assert re.match("[A-Z]", english)
            assert CHINESE.match(chinese)
            assert "{" not in english + chinese


def test_what_an_event_says_is_cut_to_a_length_that_can_be_read():
    told = tell(RemarkWritten(id="1", session=1, at=BEGIN, remarks="长" * 500), "zh")
    assert TOLD_CHARS_MAX == len(told)
