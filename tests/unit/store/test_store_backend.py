"""Connections: which SQLite is refused, how files are opened, what failures say."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from afterchat.errors import OperatorError, StoreUnavailableError
from afterchat.store.open import Store
from afterchat.store.sqlite.backend import (
    INBOX,
    RECORDS,
    REGISTRY,
    is_sound_version,
    open_reader,
    open_writer,
    refuse_unsound_sqlite,
)
from afterchat.store.sqlite.connection import unavailable
from conformance.cast import arrival, body


@pytest.mark.parametrize("version", ["3.44.6", "3.44.7", "3.50.7", "3.51.3", "3.52.0", "3.54.1", "4.0.0"])
def test_versions_with_the_fix_are_taken(version: str) -> None:
    assert is_sound_version(version)
    refuse_unsound_sqlite(version)


@pytest.mark.parametrize(
    "version",
    ["3.6.23", "3.7.0", "3.40.1", "3.44.5", "3.45.0", "3.45.9", "3.49.2", "3.50.6", "3.51.0", "3.51.2", "", "x"],
)
def test_versions_that_may_corrupt_a_log_are_refused(version: str) -> None:
    with pytest.raises(OperatorError, match="pip install"):
        refuse_unsound_sqlite(version)


def test_the_sqlite_in_use_is_sound() -> None:
    refuse_unsound_sqlite()


def test_what_is_acknowledged_is_synced_in_full_and_logs_are_bounded(store: Store) -> None:
    expected = {"inbox": INBOX, "records": RECORDS, "registry": REGISTRY}
    for name, profile in expected.items():
        connection = store._writers[name].connection
        assert "wal" == connection.pragma("journal_mode")
        assert {"FULL": 2, "NORMAL": 1}[profile.synchronous.value] == connection.pragma("synchronous")
        assert profile.page_bytes == connection.pragma("page_size")
        assert -profile.cache_kibibytes == connection.pragma("cache_size")
        assert profile.checkpoint_pages == connection.pragma("wal_autocheckpoint")
        assert 0 < connection.pragma("journal_size_limit")
    assert ("FULL", "NORMAL", "FULL") == tuple(one.synchronous.value for one in expected.values())


def test_a_reader_cannot_write(store: Store, folder: Path) -> None:
    reader = open_reader(folder / "inbox.db")

    with pytest.raises(apsw.ReadOnlyError):
        reader.execute("DELETE FROM name")
    reader.close()


def test_the_log_does_not_grow_without_end(store: Store, folder: Path) -> None:
    for number in range(150):
        asyncio.run(store.inbox.append_all([arrival(body(number * 100 + n)) for n in range(40)]))

    assert (folder / "inbox.db-wal").stat().st_size < 2 * INBOX.checkpoint_pages * INBOX.page_bytes


@pytest.mark.parametrize("kind", [apsw.FullError, apsw.CorruptError, apsw.BusyError, apsw.SQLError, RuntimeError])
def test_a_failure_names_the_file_and_a_remedy_but_no_value(kind: type[Exception]) -> None:
    error = unavailable("inbox.db", kind("secret value"))

    assert isinstance(error, StoreUnavailableError)
    assert str(error).startswith("inbox.db: ")
    assert "secret" not in str(error)


def test_whoever_comes_second_to_a_new_file_waits_until_the_first_is_done(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    first = apsw.Connection(str(path))
    first.execute("BEGIN IMMEDIATE; CREATE TABLE one (id INTEGER)")
    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(open_writer, str(path), REGISTRY)
        time.sleep(0.1)
        assert not second.done()
        first.execute("COMMIT")
        first.close()
        connection = second.result(20)
    assert "wal" == connection.pragma("journal_mode")
    connection.close()
