"""Reading: bounded in time, of one moment, and never before there is something to read."""

from __future__ import annotations

import asyncio
import itertools
import threading
from pathlib import Path

import apsw
import pytest

from afterchat.errors import StoreUnavailableError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.sql.connection import Patience
from afterchat.store.sql.readers import bounded_read
from afterchat.store.sqlite.connection import SqliteConnection
from conformance.cast import arrival, batch, body, projected

ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"


def test_a_read_that_takes_too_long_is_stopped_with_the_remedy() -> None:
    connection = SqliteConnection(":memory:")
    clock = itertools.count().__next__

    with pytest.raises(StoreUnavailableError, match=r"too long.*narrow it"):
        bounded_read(connection, lambda one: one.execute(ENDLESS).get, "records.db", Patience(clock, 3.0))
    assert 1 == bounded_read(connection, lambda one: one.execute("SELECT 1").get, "records.db", Patience(clock, 3.0))


def test_the_bound_of_a_read_is_an_argument_of_the_store(folder: Path) -> None:
    async def ask() -> None:
        clock = itertools.count().__next__
        store = await open_store(f"sqlite:///{folder}", WRITABLE, read_seconds_max=2.0, monotonic=clock)
        try:
            await store._readers["records"].run(lambda one: one.execute(ENDLESS).get)
        finally:
            await store.close()

    with pytest.raises(StoreUnavailableError, match="too long"):
        asyncio.run(ask())


def test_a_store_that_nobody_made_yet_is_unavailable_and_then_there(folder: Path) -> None:
    async def read() -> tuple[str, int]:
        reading = await open_store(f"sqlite:///{folder}", frozenset())
        with pytest.raises(StoreUnavailableError) as refusal:
            await reading.records.counts()
        writing = await open_store(f"sqlite:///{folder}", WRITABLE)
        await writing.records.apply(batch([projected(1)]))
        sessions = (await reading.records.counts())["sessions"]
        await reading.close()
        await writing.close()
        return str(refusal.value), sessions

    message, sessions = asyncio.run(read())
    assert "start the process that writes it" in message
    assert 1 == sessions


def test_a_file_that_is_only_just_being_made_is_unavailable(folder: Path) -> None:
    folder.mkdir()
    (folder / "records.db").touch()

    async def read() -> None:
        reading = await open_store(f"sqlite:///{folder}", frozenset())
        try:
            await reading.records.counts()
        finally:
            await reading.close()

    with pytest.raises(StoreUnavailableError, match="only just being made"):
        asyncio.run(read())


def test_readers_see_only_what_is_committed(store: Store) -> None:
    connection = store._writers["inbox"].connection
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO name (text) VALUES ('uncommitted')")

    seen = asyncio.run(store._readers["inbox"].run(lambda one: one.execute("SELECT count(*) FROM name").get))
    connection.execute("ROLLBACK")
    assert 0 == seen


def test_a_slow_reader_does_not_hold_up_an_append(store: Store) -> None:
    async def race() -> int:
        started, appended = threading.Event(), threading.Event()

        def slow(connection: apsw.Connection) -> int:
            before = connection.execute("SELECT count(*) FROM push").get
            started.set()
            assert appended.wait(10)
            assert before == connection.execute("SELECT count(*) FROM push").get
            return int(before)

        pending = asyncio.ensure_future(store._readers["inbox"].run(slow))
        while not started.is_set():
            await asyncio.sleep(0)
        await store.inbox.append_all([arrival(body(1))])
        appended.set()
        return await pending

    assert 0 == asyncio.run(race())
    assert 1 == asyncio.run(store.inbox.counts())["pushes"]


def test_another_process_reads_while_this_one_writes(store: Store, folder: Path) -> None:
    reading = asyncio.run(open_store(f"sqlite:///{folder}", frozenset()))
    seen = []
    for number in range(3):
        asyncio.run(store.inbox.append_all([arrival(body(number))]))
        seen.append([row.id for row in asyncio.run(reading.inbox.read_after(number, 9))])
    asyncio.run(reading.close())

    assert [[1], [2], [3]] == seen


def test_readers_in_other_processes_see_a_rebuild_without_reopening(store: Store, folder: Path) -> None:
    async def rebuild() -> tuple[int, int]:
        reading = await open_store(f"sqlite:///{folder}", frozenset())
        await store.records.apply(batch([projected(1), projected(2, 2)]))
        before = (await reading.records.counts())["sessions"]
        rebuilt = await store.begin_rebuild()
        await rebuilt.apply(batch([projected(1)]))
        await store.finish_rebuild()
        after = len(await reading.records.get(None, 1)) + len(await reading.records.get(None, 2))
        await reading.close()
        return before, after

    assert (2, 1) == asyncio.run(rebuild())
    assert [] == [path.name for path in folder.iterdir() if "next" in path.name]
