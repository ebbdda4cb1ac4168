"""Backups: each file of one moment, taken while everything runs, never over another."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import apsw
import pytest

from afterchat.errors import CallerError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.sqlite.backup import copy_into
from afterchat.store.sqlite.check import Finding, check_folder
from conformance.cast import arrival, batch, body, projected


def test_a_backup_is_a_store_of_its_own(store: Store, folder: Path) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1))]))
    asyncio.run(store.registry.put_tenant("acme", "legacy", 1))
    asyncio.run(store.backup(folder / "copy"))

    assert [] == [one for one in check_folder(folder / "copy") if isinstance(one, Finding)]
    restored = asyncio.run(open_store(f"sqlite:///{folder}/copy", WRITABLE))
    assert [body(1)] == [row.body for row in asyncio.run(restored.inbox.read_after(0, 9))]
    assert ["acme"] == [tenant.name for tenant in asyncio.run(restored.registry.tenants())]
    asyncio.run(restored.close())


def test_a_backup_is_private_whole_and_shows_its_progress(store: Store, folder: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    asyncio.run(store.backup(folder / "copy", lambda *progress: seen.append(progress)))

    files = sorted((folder / "copy").iterdir())
    assert ["inbox.db", "records.db", "registry.db", "sender.db"] == [path.name for path in files]
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}
    finished = [name for name, done, total in seen if done == total]
    assert ["sender.db", "registry.db", "records.db", "inbox.db"] == finished


def test_a_store_in_memory_can_be_backed_up(tmp_path: Path) -> None:
    store = asyncio.run(open_store("sqlite://", WRITABLE))
    asyncio.run(store.records.apply(batch([projected(1)])))
    asyncio.run(store.backup(tmp_path / "copy"))
    asyncio.run(store.close())

    copied = asyncio.run(open_store(f"sqlite:///{tmp_path}/copy", frozenset()))
    assert 1 == asyncio.run(copied.records.counts())["sessions"]
    asyncio.run(copied.close())


def test_nothing_is_overwritten(store: Store, folder: Path) -> None:
    asyncio.run(store.backup(folder / "copy"))

    with pytest.raises(CallerError, match="exists already"):
        asyncio.run(store.backup(folder / "copy"))


def test_what_is_written_meanwhile_neither_shows_nor_restarts_the_copy(store: Store, folder: Path) -> None:
    for start in range(0, 4000, 500):
        asyncio.run(store.inbox.append_all([arrival(b"%d" % n + bytes(2000)) for n in range(start, start + 500)]))
    source = apsw.Connection(str(folder / "inbox.db"), flags=apsw.SQLITE_OPEN_READONLY)
    target = apsw.Connection(":memory:")
    numbers = itertools.count(10_000)
    done: list[int] = []

    def write(pages_done: int, _: int) -> None:
        done.append(pages_done)
        asyncio.run(store.inbox.append_all([arrival(b"%d" % next(numbers))]))

    copy_into(target, source, write)
    assert 4000 == target.execute("SELECT count(*) FROM push").get
    assert sorted(done) == done
    source.close()
