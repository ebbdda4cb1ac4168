"""The folder of a store: private, durable, owned by one process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from afterchat.errors import SettingsError, StoreLockedError, StoreUnavailableError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.sqlite.folder import create_folder, measure_sync_seconds
from conformance.cast import arrival, body

HOLD = """
import asyncio, sys
from afterchat.store.open import open_store
async def main():
    store = await open_store(sys.argv[1], frozenset({"inbox"}))
    print("open", flush=True)
    sys.stdin.read()
asyncio.run(main())
"""


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_nobody_else_can_read_a_store_whatever_the_umask(folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = asyncio.run(open_store(f"sqlite:///{folder}/deep", WRITABLE))
        asyncio.run(store.inbox.append_all([arrival(body(1))]))
        asyncio.run(store.registry.put_tenant("default", "legacy", 1))
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder / "deep").iterdir()}
        asyncio.run(store.close())
    finally:
        os.umask(before)

    assert {"0o600"} == set(modes.values())
    assert {"inbox.db", "inbox.db-wal", "inbox.lock", "records.db", "records.lock", "registry.db"} <= set(modes)
    assert 0o700 == (folder / "deep").stat().st_mode & 0o777


def test_a_new_name_is_synced_in_its_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    asyncio.run(asyncio.run(open_store(f"sqlite:///{folder}", WRITABLE)).close())

    assert {str(folder.parent), str(folder), f"{folder}/inbox.db", f"{folder}/records.db"} <= set(synced)
    assert str(folder) == synced[-1]


def test_a_second_owner_is_refused_by_pid_and_goes_on_once_the_first_closed(store: Store, folder: Path) -> None:
    with pytest.raises(StoreLockedError, match=f"process {os.getpid()} writes the inbox"):
        asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"inbox"})))
    with pytest.raises(StoreLockedError, match="records"):
        asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"records"})))
    asyncio.run(store.close())

    asyncio.run(asyncio.run(open_store(f"sqlite:///{folder}", WRITABLE)).close())


def test_another_process_is_refused_and_a_killed_one_leaves_no_lock(folder: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, f"sqlite:///{folder}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert b"open\n" == holder.stdout.readline()
        with pytest.raises(StoreLockedError, match=f"process {holder.pid} "):
            asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"inbox"})))
        asyncio.run(asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"records", "registry"}))).close())
        holder.kill()
        holder.wait()

    asyncio.run(asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"inbox"}))).close())


def test_a_refused_opening_leaves_nothing_locked(store: Store, folder: Path) -> None:
    asyncio.run(store.close())
    (folder / "registry.db").write_bytes(b"no database at all, but long enough to be looked at" * 100)
    with pytest.raises(StoreUnavailableError):
        asyncio.run(open_store(f"sqlite:///{folder}", WRITABLE))

    asyncio.run(asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"inbox", "records"}))).close())


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreUnavailableError, match="cannot be used"):
        create_folder(tmp_path / "file" / "store")


def test_measuring_the_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    assert measure_sync_seconds(tmp_path) > 0
    assert [] == list(tmp_path.iterdir())


def test_the_commit_mode_follows_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    for sync_seconds in (0.0001, 0.005):
        monkeypatch.setattr("afterchat.store.sqlite.store.measure_sync_seconds", lambda _, found=sync_seconds: found)
        store = asyncio.run(open_store(f"sqlite:///{folder}", WRITABLE))
        modes.append((store.inbox.commit_mode, store.inbox.sync_seconds))
        asyncio.run(store.close())

    assert [("inline", 0.0001), ("thread", 0.005)] == modes


@pytest.mark.parametrize("url", ["", "mysql://x", "sqlite:/x", "sqlite://host/x", "sqlite:///", "sqlite:///a\0b"])
def test_a_url_that_names_no_store_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match="sqlite:///folder"):
        asyncio.run(open_store(url, WRITABLE))


def test_an_unknown_mode_or_part_is_refused() -> None:
    with pytest.raises(SettingsError, match="commit_mode"):
        asyncio.run(open_store("sqlite://", WRITABLE, commit_mode="later"))
    with pytest.raises(SettingsError, match="outbox"):
        asyncio.run(open_store("sqlite://", frozenset({"outbox"})))
