"""What breaks around a store: full disks, files that cannot be written, other processes, damage."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from afterchat.errors import StoreUnavailableError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Outcome
from conformance.cast import arrival, batch, body, projected

OPEN_AND_CLOSE = """
import asyncio, sys
from afterchat.store.open import open_store
async def main():
    store = await open_store(sys.argv[1], frozenset({"registry"}))
    await store.registry.put_tenant(sys.argv[2], "legacy", 1)
    await store.close()
asyncio.run(main())
"""


def incompressible(number: int) -> bytes:
    return random.Random(number).randbytes(20_000)


def test_a_full_disk_keeps_nothing_of_the_group_and_is_over_when_there_is_room(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1))]))
    connection = store._writers["inbox"].connection
    connection.pragma("max_page_count", connection.pragma("page_count") + 2)

    with pytest.raises(StoreUnavailableError, match="disk is full"):
        asyncio.run(store.inbox.append_all([arrival(body(2)), arrival(incompressible(3))]))
    assert 1 == asyncio.run(store.inbox.counts())["pushes"]

    asyncio.run(store.inbox.recover())
    assert [Outcome.NEW] * 2 == asyncio.run(store.inbox.append_all([arrival(body(2)), arrival(incompressible(3))]))


def test_a_file_that_cannot_be_written_is_said(store: Store) -> None:
    store._writers["inbox"].connection.pragma("query_only", "ON")

    with pytest.raises(StoreUnavailableError, match="cannot be written"):
        asyncio.run(store.inbox.append_all([arrival(body(1))]))


def test_a_database_held_by_a_stranger_is_said_and_taken_up_later(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = apsw.Connection(str(folder / "inbox.db"))
    stranger.execute("BEGIN IMMEDIATE")
    store._writers["inbox"].connection.set_busy_timeout(1)
    with pytest.raises(StoreUnavailableError, match="another process holds"):
        asyncio.run(store.inbox.append_all([arrival(body(1))]))
    stranger.close()

    asyncio.run(store.inbox.recover())
    assert [Outcome.NEW] == asyncio.run(store.inbox.append_all([arrival(body(1))]))


def test_a_damaged_page_is_said_by_readers(store: Store, folder: Path) -> None:
    pushes = [arrival(incompressible(number)) for number in range(20)]
    asyncio.run(store.inbox.append_all(pushes))
    asyncio.run(store.close())
    with (folder / "inbox.db").open("r+b") as file:
        for page in range(2, 100):
            file.seek(page * 4096)
            file.write(b"\xff" * 64)

    async def read() -> None:
        reading = await open_store(f"sqlite:///{folder}", frozenset())
        try:
            await reading.inbox.read_after(0, 100)
        finally:
            await reading.close()

    with pytest.raises(StoreUnavailableError, match="store check"):
        asyncio.run(read())


def test_one_damaged_body_stops_no_listing(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(number)) for number in (1, 2, 3)]))
    store._writers["inbox"].connection.execute("UPDATE push SET body = x'00' WHERE id = 2")

    assert [body(1), b"", body(3)] == [row.body for row in asyncio.run(store.inbox.read_after(0, 9))]
    assert [body(3), b"", body(1)] == [row.body for row in asyncio.run(store.inbox.latest(None, None, 9))]
    with pytest.raises(StoreUnavailableError, match="push 2 is damaged"):
        asyncio.run(store.inbox.get(2))


def test_damaged_text_is_said_and_never_a_decoding_error(store: Store) -> None:
    asyncio.run(store.records.apply(batch([projected(1)])))
    connection = store._writers["records"].connection
    connection.execute("UPDATE session SET remarks = CAST(x'ff' AS TEXT)")
    with pytest.raises(StoreUnavailableError, match="store check"):
        asyncio.run(store.records.get(None, 1))

    connection.execute("UPDATE session SET remarks = '', custom_field = '{'")
    with pytest.raises(StoreUnavailableError):
        asyncio.run(store.records.get(None, 1))


def test_processes_that_open_a_new_registry_at_once_all_succeed(folder: Path) -> None:
    url = f"sqlite:///{folder}"
    processes = [subprocess.Popen([sys.executable, "-c", OPEN_AND_CLOSE, url, f"t{n}"]) for n in range(4)]
    assert [0] * 4 == [process.wait(60) for process in processes]

    reading = asyncio.run(open_store(url, frozenset()))
    assert ["t0", "t1", "t2", "t3"] == [tenant.name for tenant in asyncio.run(reading.registry.tenants())]
    asyncio.run(reading.close())


def test_what_was_appended_survives_a_process_that_never_closed(folder: Path) -> None:
    program = f"""
import asyncio, os, sys
sys.path[:0] = {[str(Path(__file__).parents[2])]!r}
from afterchat.store.open import WRITABLE, open_store
from conformance.cast import arrival, body
async def main():
    store = await open_store("sqlite:///{folder}", WRITABLE)
    await store.inbox.append_all([arrival(body(number)) for number in range(100)])
    os._exit(9)
asyncio.run(main())
"""
    assert 9 == subprocess.run([sys.executable, "-c", program], check=False).returncode

    store = asyncio.run(open_store(f"sqlite:///{folder}", WRITABLE))
    assert [body(number) for number in range(100)] == [row.body for row in asyncio.run(store.inbox.read_after(0, 999))]
    asyncio.run(store.close())
