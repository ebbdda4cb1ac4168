"""The ready file is there whole or not at all."""

from __future__ import annotations

import json
import os

from afterchat.server.ready import write_ready_file


def test_it_says_where_who_and_a_nonce(tmp_path):
    write_ready_file(tmp_path / "ready.json", "http://127.0.0.1:1", "n")

    assert {"url": "http://127.0.0.1:1", "pid": os.getpid(), "nonce": "n"} == json.loads(
        (tmp_path / "ready.json").read_text("utf-8")
    )


def test_the_file_of_an_earlier_server_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    write_ready_file(tmp_path / "ready.json", "http://127.0.0.1:1", "first")
    write_ready_file(tmp_path / "ready.json", "http://127.0.0.1:2", "second")

    assert ["ready.json"] == [path.name for path in tmp_path.iterdir()]
    assert "second" == json.loads((tmp_path / "ready.json").read_text("utf-8"))["nonce"]


def test_a_reader_never_meets_half_a_file(tmp_path, monkeypatch):
    seen = []
    path = tmp_path / "ready.json"
    write_ready_file(path, "http://127.0.0.1:1", "first")
    replace = type(path).replace

    def look_and_replace(beside, target):
        seen.append((json.loads(path.read_text("utf-8"))["nonce"], json.loads(beside.read_text("utf-8"))["nonce"]))
        return replace(beside, target)

    monkeypatch.setattr(type(path), "replace", look_and_replace)
    write_ready_file(path, "http://127.0.0.1:2", "second")

    assert [("first", "second")] == seen
