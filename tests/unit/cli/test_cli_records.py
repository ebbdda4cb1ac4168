"""Reading sessions from the command line."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256

import pytest

from afterchat.cli.record import meaning_of
from afterchat.contract.record import FIELDS, blank_record
from afterchat.store.ports import SessionRow


def test_list_shows_the_latest_end_first(afterchat, stocked):
    call = afterchat("records", "list", "--store", stocked, "--json")
    assert [(row["tenant"], row["record"]["id"]) for row in call.rows] == [
        ("acme", "3"),
        ("default", "2"),
        ("default", "1"),
    ]


def test_list_is_a_table_in_the_readers_language(afterchat, stocked):
    call = afterchat("records", "list", "--store", stocked, "--lang", "zh")
    assert call.out.split()[:2] == ["会话", "结束时间"]
    assert "小红" in call.out
    assert "未知 (77)" in call.out


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--tenant", "acme"], ["3"]),
        (["--where", "staffName=小红"], ["1"]),
        (["--where", "staff_name=小红", "--where", "id=2"], []),
        (["--from", "1760000000001"], ["3", "2"]),
        (["--until", "1760000000001"], ["1"]),
        (["--limit", "1"], ["3"]),
    ],
)
def test_filters_select(afterchat, stocked, arguments, expected):
    call = afterchat("records", "list", "--store", stocked, "--json", *arguments)
    assert [row["record"]["id"] for row in call.rows] == expected


def test_a_cursor_goes_on_where_the_page_ended(afterchat, stocked):
    first = afterchat("records", "list", "--store", stocked, "--limit", 2, "--json")
    cursor = first.err.split()[-1]
    second = afterchat("records", "list", "--store", stocked, "--cursor", cursor, "--json")
    assert [row["record"]["id"] for row in second.rows] == ["1"]


def test_an_unknown_filter_ends_in_1_and_names_the_nearest_in_the_readers_language(afterchat, stocked):
    call = afterchat("records", "list", "--store", stocked, "--where", "staffname=x", "--lang", "zh")
    assert call.code == 1
    assert "staff_name" in call.err
    assert "没有名为" in call.err


def test_a_condition_without_a_value_is_a_usage_error(afterchat, stocked):
    assert afterchat("records", "list", "--store", stocked, "--where", "staffName").code == 2


def test_show_says_what_values_mean_and_where_they_came_from(afterchat, stocked):
    english = afterchat("records", "show", 1, "--store", stocked).out
    chinese = afterchat("records", "show", 1, "--store", stocked, "--lang", "zh").out
    assert "very dissatisfied" in english
    assert "非常不满意" in chinese
    assert all(field.wire in english for field in FIELDS)
    assert english.count("key_1") == 0
    assert "*" in english


def test_show_json_has_all_revisions(afterchat, stocked):
    document = afterchat("records", "show", 1, "--store", stocked, "--json").document
    assert [revision["is_current"] for revision in document["revisions"]] == [True, False]
    assert document["session"]["labels"]["evaluation"]["zh"] == "非常不满意"


def test_show_raw_prints_the_bytes_that_arrived_and_nothing_else(afterchat, stocked):
    call = afterchat("records", "show", 2, "--store", stocked, "--raw")
    assert json.loads(call.raw)["id"] == 2
    assert call.raw.startswith(b'{"alarmTimes":0,')
    assert not call.raw.endswith(b"\n")


def test_escape_sequences_in_data_never_reach_the_terminal(afterchat, stocked):
    call = afterchat("records", "show", 2, "--store", stocked)
    assert "\x1b" not in call.out
    assert "\\u{1b}[31m" in call.out


def test_a_session_that_is_not_there_ends_in_1(afterchat, stocked):
    call = afterchat("records", "show", 99, "--store", stocked)
    assert call.code == 1
    assert "99" in call.err


def test_unreadable_and_drift_are_listed(afterchat, stocked):
    (unreadable,) = afterchat("records", "unreadable", "--store", stocked, "--json").rows
    assert unreadable["inbox_id"] == "5"
    drift = afterchat("records", "drift", "--store", stocked, "--json").rows
    assert ("closeReason", "77") in [(row["field"], row["sample"]) for row in drift]


def test_a_store_that_is_not_there_ends_in_3_and_is_not_made(afterchat, store_url, tmp_path):
    for arguments in (["list"], ["rebuild"], ["export"]):
        call = afterchat("records", *arguments, "--store", store_url)
        assert call.code == 3
        assert len(call.err.splitlines()) == 1
    assert not (tmp_path / "data").exists()


def test_export_writes_wire_records_that_push_takes(afterchat, stocked, receiver):
    exported = afterchat("records", "export", "--store", stocked, "--format", "wire")
    assert [json.loads(line)["id"] for line in exported.out.splitlines()] == [3, 2, 1]
    pushed = afterchat(
        "push", "-", "--to", receiver.url, "--concurrency", 1, stdin=exported.raw, AFTERCHAT_SECRET="3f2a9c7e51d84b60"
    )
    assert pushed.code == 0
    assert [taken.body for taken in receiver.taken] == exported.raw.splitlines()


def test_export_json_is_what_the_list_shows(afterchat, stocked):
    exported = afterchat("records", "export", "--store", stocked)
    assert exported.rows == afterchat("records", "list", "--store", stocked, "--json").rows


def test_export_csv_opens_in_a_spreadsheet_without_computing(afterchat, stocked, tmp_path):
    file = tmp_path / "out.csv"
    call = afterchat("records", "export", "--store", stocked, "--output", file, "--zone", "Asia/Shanghai", "--json")
    data = file.read_bytes()
    assert (call.code, call.document) == (
        0,
        {"file": str(file), "sessions": 3, "bytes": len(data), "sha256": sha256(data).hexdigest()},
    )
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["id"] for row in rows] == ["'3", "'2", "'1"]
    assert rows[1]["remarks"] == "'=1+1\x1b[31m"
    assert rows[2]["end_time_local"] == "2025-10-09 16:53:20"
    assert list(rows[0])[: len(FIELDS)] == [field.name for field in FIELDS]
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == ["out.csv"]


def test_export_csv_can_be_headed_with_meanings(afterchat, stocked):
    call = afterchat("records", "export", "--store", stocked, "--format", "csv", "--labels", "--lang", "zh")
    assert call.out.lstrip("\ufeff").startswith('"智能监控报警次数","会话分类，路径形式 a/b"')


@pytest.mark.parametrize("extension", ["xlsx", "parquet"])
def test_export_takes_the_format_of_the_files_name(afterchat, stocked, tmp_path, extension):
    file = tmp_path / f"out.{extension}"
    call = afterchat("records", "export", "--store", stocked, "--output", file)
    assert (call.code, file.read_bytes()[:2]) == (0, {"xlsx": b"PK", "parquet": b"PA"}[extension])
    assert sha256(file.read_bytes()).hexdigest() in call.err


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (["staffName=小红", "staff_name="], [3, 2, 1]),
        (["staffName_not=小红"], [3, 2]),
        (["remarks_contains=1+1"], [2]),
        (["q=小红"], [1]),
        (["revision_count_from=2"], [1]),
        (["end_time_from=1760000000001", "id_until=3"], [2]),
        (["span=today"], []),
    ],
)
def test_export_and_list_take_every_filter_of_the_api(afterchat, stocked, where, expected):
    options = [part for condition in where for part in ("--where", condition)]
    exported = afterchat("records", "export", "--store", stocked, "--format", "wire", *options)
    assert [row["id"] for row in exported.rows] == expected
    listed = afterchat("records", "list", "--store", stocked, "--json", "--limit", 2, *options)
    assert [int(row["record"]["id"]) for row in listed.rows] == expected[:2]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--zone", "Mars/Olympus"], 1), (["--zone", "../etc/passwd"], 1), (["--where", "sort=id"], 2)],
)
def test_export_refuses_what_it_cannot_do(afterchat, stocked, arguments, code):
    call = afterchat("records", "export", "--store", stocked, *arguments)
    assert (call.code, call.out) == (code, "")


def test_export_replaces_no_file_unless_forced(afterchat, stocked, tmp_path):
    file = tmp_path / "out.jsonl"
    file.write_text("precious")
    assert afterchat("records", "export", "--store", stocked, "--output", file).code == 1
    assert file.read_text() == "precious"
    assert afterchat("records", "export", "--store", stocked, "--output", file, "--force").code == 0
    assert len(file.read_bytes().splitlines()) == 3


def test_rebuild_with_no_server_gives_the_same_records(afterchat, stocked):
    before = afterchat("records", "list", "--store", stocked, "--json").rows
    call = afterchat("records", "rebuild", "--store", stocked, "--json")
    assert (call.code, call.document["by"], call.document["sessions"], call.document["revisions"]) == (
        0,
        "command",
        3,
        4,
    )
    assert afterchat("records", "list", "--store", stocked, "--json").rows == before


@pytest.mark.parametrize("text", ["9" * 5000, "１７６０", "soon", "", "-1", "9" * 19])
def test_a_moment_that_the_wire_writes_as_any_text_is_shown_somehow(text):
    (field,) = [field for field in FIELDS if field.name == "user_join_evaluate_time"]
    row = SessionRow("default", 1, 1, 1, 1, (), blank_record(id=1, user_join_evaluate_time=text))
    assert isinstance(meaning_of(field, row, "en"), str)
