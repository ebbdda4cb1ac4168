"""What reaches a terminal or a pipe, and what never does."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from afterchat.cli.command import Command
from afterchat.cli.language import Text
from afterchat.cli.output import Column, Growing, moment, print_document, print_rows, short_moment, shortened
from afterchat.cli.visible import json_line, visible
from afterchat.cli.wrapping import cells

COLUMNS = (
    Column("id", Text("session", "会话"), is_number=True),
    Column("name", Text("name", "姓名"), is_flexible=True),
    Column("note", Text("note", "备注"), is_flexible=True, is_optional=True),
)
ROWS = [{"id": 7, "name": "小明" * 30, "note": "x" * 90}]
HOSTILE = "a\x1b[31mb\r\nc\u202ed\u2028e\u0007f\ud800"


def shown(rows, *arguments, columns=COLUMNS, **environment):
    @click.command(cls=Command, text=Text("t", "t"))
    def listing() -> None:
        print_rows(columns, rows, empty=Text("nothing", "没有"))

    return CliRunner().invoke(listing, arguments, env={"LANG": "C.UTF-8", "LC_ALL": "", "COLUMNS": "", **environment})


def test_nothing_hidden_reaches_the_terminal():
    assert visible(HOSTILE) == "a\\u{1b}[31mb\\r\\nc\\u{202e}d\\u{2028}e\\u{7}f\\u{d800}"


@given(st.text())
def test_visible_text_holds_one_printable_line(text):
    result = visible(text)
    assert len(result.splitlines()) <= 1
    assert "\x1b" not in result
    result.encode("utf-8")


@given(st.text() | st.dictionaries(st.text(), st.text() | st.integers()))
def test_json_reads_back_exactly_and_holds_nothing_hidden(value):
    line = json_line(value)
    assert json.loads(line) == value
    assert visible(line) == line


def test_rows_are_one_json_object_a_line():
    result = shown([{"id": 1, "name": HOSTILE, "extra": None}, {"id": 2}], "--json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": 1, "name": HOSTILE, "extra": None},
        {"id": 2},
    ]


def test_a_pipe_is_not_shortened():
    assert "x" * 90 in shown(ROWS).stdout


@pytest.mark.parametrize("columns", ["80", "40", "24"])
def test_a_narrow_terminal_shortens_long_cells_and_keeps_the_fixed_ones(columns):
    lines = shown(ROWS, COLUMNS=columns).stdout.splitlines()
    assert all(cells(line) <= int(columns) for line in lines)
    assert " 7 " in lines[1]
    assert "…" in lines[1]


def test_a_very_narrow_terminal_leaves_optional_columns_out():
    assert "note" not in shown(ROWS, COLUMNS="20").stdout


def test_what_comes_later_stands_under_the_same_heading_and_in_the_same_columns():
    @click.command(cls=Command, text=Text("t", "t"))
    def listing() -> None:
        growing = Growing(COLUMNS)
        for rows in ([], [{"id": 1000, "name": "a", "note": "x"}], [], [{"id": 7, "name": "b", "note": "y"}]):
            growing.print_rows(rows)

    result = CliRunner().invoke(listing, (), env={"LANG": "C.UTF-8", "LC_ALL": "", "COLUMNS": ""})
    assert ["session  name  note", "   1000  a     x", "      7  b     y"] == result.stdout.splitlines()


LONG = Column("remedy", Text("remedy", "办法"), is_flexible=True, is_beneath=True)


def test_a_sentence_stands_whole_beneath_its_row_when_the_table_is_too_wide():
    remedy = "start NTP: beyond 300 s every push is refused, and nobody will know why"
    lines = shown([{"id": 7, "remedy": remedy}, {"id": 8}], columns=(COLUMNS[0], LONG), COLUMNS="40").stdout.split("\n")
    assert all(cells(line) <= 40 for line in lines)
    assert lines[0] == "session"
    assert [line.strip() for line in lines if line.strip().isdecimal()] == ["7", "8"]
    assert " ".join(line.strip() for line in lines[2:-2]) == remedy


def test_what_stands_last_beside_such_a_sentence_is_folded_not_cut():
    rows = [{"id": 7, "name": "one two three four five six", "remedy": "seven eight nine"}]
    out = shown(rows, columns=(*COLUMNS[:2], LONG), COLUMNS="30").stdout
    assert out.split()[2:] == ["7", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    assert all(cells(line) <= 30 for line in out.splitlines())


def test_a_sentence_stays_in_its_column_when_there_is_room():
    assert shown([{"id": 7, "remedy": "short"}], columns=(COLUMNS[0], LONG)).stdout.endswith("7  short\n")


def test_a_narrow_table_shows_moments_to_the_minute():
    columns = (Column("at", Text("at", "时间"), moment, show_narrow=short_moment),)
    assert len(shown([{"at": 0}], columns=columns, COLUMNS="20").stdout.splitlines()[1]) == 16
    assert len(shown([{"at": 0}], columns=columns).stdout.splitlines()[1]) == 24
    assert (short_moment(None), short_moment(2**63 - 1)) == ("-", str(2**63 - 1))


def test_no_colours_without_a_terminal():
    assert "\x1b" not in shown(ROWS).stdout


def test_an_empty_list_says_so_on_stderr_only():
    result = shown([])
    assert (result.stdout, result.stderr) == ("", "nothing\n")


def test_headings_are_in_the_readers_language():
    assert shown(ROWS, LANG="zh_CN.UTF-8").stdout.split()[:2] == ["会话", "姓名"]


def test_a_document_is_one_line_for_each_heading():
    @click.command(cls=Command, text=Text("t", "t"))
    def one() -> None:
        print_document(COLUMNS[:2], {"id": 1, "name": "a\nb", "other": 2})

    assert CliRunner().invoke(one, []).stdout == "session  1\nname     a\\nb\n"
    assert json.loads(CliRunner().invoke(one, ["--json"]).stdout) == {"id": 1, "name": "a\nb", "other": 2}


@pytest.mark.parametrize(
    ("text", "width", "expected"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("中文字", 5, "中文…"), ("中文字", 4, "中…")]
)
def test_shortening_counts_cells(text, width, expected):
    assert shortened(text, width) == expected


@pytest.mark.parametrize("at_ms", [10**14, -(2**63), 2**63 - 1])
def test_moments_beyond_every_calendar_are_shown_somehow(at_ms):
    assert moment(at_ms)


def test_no_moment_is_a_dash():
    assert moment(None) == "-"
