"""Looking after the data: damage, schema, copies, settings and the doctor."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from afterchat.cli import checkup
from afterchat.settings import SETTINGS
from afterchat.store.open import open_store
from outbox_scenes import body_of, fill, stock

SECRET = "3f2a9c7e51d84b60a1c9e7f203b586d4"


def folder_of(url):
    return Path(url.removeprefix("sqlite:///"))


def test_a_sound_store_has_no_finding(afterchat, stocked):
    call = afterchat("store", "check", "--store", stocked)
    assert (call.code, call.out) == (0, "")


def test_damage_is_found_and_ends_in_1(afterchat, stocked):
    file = folder_of(stocked) / "inbox.db"
    data = file.read_bytes()
    digest = sha256(b"\xffnot json").digest()
    assert digest in data
    file.write_bytes(data.replace(digest, bytes(32)))
    call = afterchat("store", "check", "--store", stocked, "--json")
    assert call.code == 1
    assert [(row["file"], row["where"]) for row in call.rows] == [("inbox.db", "push 5")]
    chinese = afterchat("store", "check", "--store", stocked, "--lang", "zh").out
    assert "推送 5" in chinese
    assert "请求体与到达时不同" in chinese


def test_a_changed_byte_of_a_record_is_found_with_the_remedy(afterchat, stocked):
    file = folder_of(stocked) / "records.db"
    data = file.read_bytes()
    file.write_bytes(data.replace("小红".encode(), "小虹".encode()))
    call = afterchat("store", "check", "--store", stocked, "--json")
    assert [(row["file"], row["where"]) for row in call.rows] == [("records.db", "push 4")]
    assert "staff_name" in call.rows[0]["what"]
    assert afterchat("records", "rebuild", "--store", stocked).code == 0
    assert afterchat("store", "check", "--store", stocked).code == 0


def test_a_backup_is_a_store_like_any_other_and_replaces_none(afterchat, stocked, tmp_path):
    call = afterchat("store", "backup", tmp_path / "copy", "--store", stocked, "--json")
    assert call.code == 0
    assert call.document["bytes"] > 0
    assert len(afterchat("records", "list", "--store", f"sqlite:///{tmp_path / 'copy'}", "--json").rows) == 3
    assert afterchat("store", "backup", tmp_path / "copy", "--store", stocked).code == 1


def test_migrate_says_which_version_there_is(afterchat, stocked):
    rows = afterchat("store", "migrate", "--store", stocked, "--json").rows
    assert [row["database"] for row in rows] == ["inbox", "records", "registry"]
    assert not (folder_of(stocked) / "sender.db").exists()


@pytest.fixture
def sending(store_url):
    """A store of a sending end alone, whose process is at work."""
    store = asyncio.run(open_store(store_url, frozenset({"registry", "sender"})))
    asyncio.run(fill(store))
    yield store_url
    asyncio.run(store.close())


def test_a_sender_at_work_is_checked_and_backed_up_without_anything_of_a_receiver(afterchat, sending, tmp_path):
    copy = f"sqlite:///{tmp_path / 'copy'}"
    assert afterchat("store", "check", "--store", sending).code == 0
    assert afterchat("store", "backup", tmp_path / "copy", "--store", sending).code == 0

    assert sorted(file.name for file in (tmp_path / "copy").iterdir()) == ["registry.db", "sender.db"]
    assert afterchat("store", "check", "--store", copy).code == 0
    rows = afterchat("store", "migrate", "--store", copy, "--json").rows
    assert [row["database"] for row in rows] == ["registry", "sender"]
    listed = [afterchat("outbox", "list", "--store", url, "--json").rows for url in (sending, copy)]
    assert [len(rows) for rows in listed] == [5, 5]
    assert listed[0] == listed[1]


def test_damage_of_the_sending_end_is_found_in_the_readers_language(afterchat, store_url):
    stock(store_url)
    file = folder_of(store_url) / "sender.db"
    digest = sha256(body_of(4)).digest()
    assert digest in file.read_bytes()
    file.write_bytes(file.read_bytes().replace(digest, bytes(32)))

    call = afterchat("store", "check", "--store", store_url, "--json")
    assert (call.code, [row["file"] for row in call.rows]) == (1, ["sender.db"])
    assert "推送 " in afterchat("store", "check", "--store", store_url, "--lang", "zh").out


def test_a_store_that_lost_a_file_of_either_end_is_not_sound(afterchat, stocked):
    (folder_of(stocked) / "inbox.db").unlink()
    stock(stocked)

    call = afterchat("store", "check", "--store", stocked, "--json")
    assert (call.code, "inbox.db") == (1, call.rows[0]["file"])


def test_migrate_makes_no_store(afterchat, store_url):
    assert afterchat("store", "migrate", "--store", store_url).code == 1
    assert not folder_of(store_url).exists()


def test_a_store_in_memory_has_no_files_to_check(afterchat):
    assert afterchat("store", "check", "--store", "sqlite://").code == 2


def test_a_store_url_that_cannot_be_read_is_the_operators_business(afterchat):
    assert afterchat("records", "list", "--store", "mysql://x").code == 4


def test_settings_say_where_each_value_came_from_and_hide_secrets(afterchat, tmp_path):
    config = tmp_path / "afterchat.toml"
    config.write_text('port = 9\nwindow_seconds = 60\nsecret = "hidden from all"\n')
    call = afterchat("settings", "--config", config, "--json", AFTERCHAT_PORT="7")
    rows = {row["name"]: row for row in call.rows}
    assert list(rows) == [setting.name for setting in SETTINGS]
    assert (rows["port"]["value"], rows["port"]["source"]) == (7, "AFTERCHAT_PORT")
    assert (rows["window_seconds"]["value"], rows["window_seconds"]["source"]) == (60, str(config))
    assert rows["host"]["source"] == "default"
    assert "hidden from all" not in call.out + call.err


def test_settings_that_cannot_be_read_end_in_4(afterchat):
    assert afterchat("settings", AFTERCHAT_PORT="many").code == 4


def levels(call):
    return {(row["check"], row["level"]) for row in call.rows}


def test_the_doctor_finds_a_healthy_store_healthy(afterchat, stocked):
    afterchat("keys", "add", "acme", "--generate", "--store", stocked)
    call = afterchat("doctor", "--store", stocked, "--json", AFTERCHAT_SECRET=SECRET)
    found = levels(call)
    assert {("python", "ok"), ("sqlite", "ok"), ("schema", "ok"), ("secrets", "ok"), ("projector", "ok")} <= found
    assert ("permissions", "ok") in found
    assert ("unreadable", "warn") in found
    assert all(row["remedy"] for row in call.rows if row["level"] != "ok")


def test_the_doctor_reads_in_chinese(afterchat, stocked):
    out = afterchat("doctor", "--store", stocked, "--lang", "zh").out
    assert "检查项" in out
    assert "时钟" in out


def test_a_store_that_is_not_there_yet_is_no_illness(afterchat, store_url):
    call = afterchat("doctor", "--store", store_url, "--json")
    assert ("store", "warn") in levels(call)
    assert not folder_of(store_url).exists()


def test_a_store_that_only_sends_is_healthy_without_records(afterchat, sending):
    call = afterchat("doctor", "--store", sending, "--json")
    assert ("schema", "ok") in levels(call)
    assert {"secrets", "projector", "store"}.isdisjoint(check for check, _ in levels(call))


def test_a_weak_secret_fails(afterchat, stocked):
    call = afterchat("doctor", "--store", stocked, "--json", AFTERCHAT_SECRET="123456")
    assert (call.code, ("secrets", "fail") in levels(call)) == (1, True)
    assert "123456" not in call.out


def test_a_folder_that_others_can_read_fails(afterchat, stocked):
    folder_of(stocked).chmod(0o755)
    call = afterchat("doctor", "--store", stocked, "--json")
    assert (call.code, ("permissions", "fail") in levels(call)) == (1, True)


def test_a_misspelt_variable_is_noticed(afterchat, stocked):
    call = afterchat("doctor", "--store", stocked, "--json", AFTERCHAT_SECRETT="x")
    assert ("variables", "warn") in levels(call)


def test_a_newer_store_names_the_remedy(afterchat, stocked, monkeypatch):
    monkeypatch.setattr("afterchat.store.sqlite.schema.read_migrations", lambda _directory: ())
    monkeypatch.setattr("afterchat.store.sqlite.store.known_migrations", lambda _name: ())
    call = afterchat("doctor", "--store", stocked, "--json")
    assert (call.code, ("schema", "fail") in levels(call)) == (1, True)


class Still:
    """A clock that stands still."""

    def __init__(self, now_ms):
        self._now_ms = now_ms

    def now_ms(self):
        return self._now_ms

    def monotonic(self):
        return 0.0


def patient(folder, *, now_ms=4_000_000_000_000, environment=None, **settings):
    from afterchat.settings import read_settings

    return checkup.Patient(read_settings({}, None, settings), folder, None, environment or {}, Still(now_ms))


def test_a_clock_that_was_set_back_fails(tmp_path):
    (tmp_path / "inbox.db").touch()
    (finding,) = checkup.clock_skew(patient(tmp_path, now_ms=1_000_000_000_000))
    assert finding.level == "fail"


def test_a_full_disk_fails(tmp_path):
    assert [finding.level for finding in checkup.disk_space(patient(tmp_path, disk_free_bytes_min=2**60))] == ["fail"]


@pytest.mark.parametrize(
    ("seconds", "is_rotating", "level"),
    [(1e-6, False, "warn"), (7e-5, False, "ok"), (7e-5, True, "warn"), (8e-3, True, "ok"), (0.2, False, "warn")],
)
def test_a_sync_that_is_too_fast_for_its_medium_is_doubted(tmp_path, monkeypatch, seconds, is_rotating, level):
    monkeypatch.setattr("afterchat.store.sqlite.folder.measure_sync_seconds", lambda _folder: seconds)
    monkeypatch.setattr(checkup, "_is_rotating", lambda _folder: is_rotating)
    assert [finding.level for finding in checkup.sync_honesty(patient(tmp_path))] == [level]


@pytest.mark.parametrize(("kind", "level"), [("tmpfs", "fail"), ("nfs4", "fail"), ("ext4", "ok"), ("", "ok")])
def test_memory_and_network_are_no_place_for_a_store(tmp_path, monkeypatch, kind, level):
    monkeypatch.setattr(checkup, "_file_system_of", lambda _folder: kind)
    assert [finding.level for finding in checkup.file_system(patient(tmp_path))] == [level]


def test_a_port_in_use_is_noticed(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (finding,) = checkup.port_free(patient(tmp_path, port=port))
    assert finding.level == "warn"
