"""The writing connection: all or nothing, ill after an error, never reused, well again only by a canary."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import apsw
import pytest

from afterchat.errors import AfterchatError, NotFoundError, StoreUnavailableError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Outcome
from afterchat.store.sql.compression import UNCOMPRESSED, Compressor
from conformance.cast import arrival, batch, body, projected, refused


def fail_commits(store: Store, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Every commit of the inbox fails, the canary's included, until undone."""

    def refuse(_: apsw.Connection) -> bool:
        raise error

    store._writers["inbox"].connection.set_commit_hook(lambda: refuse(store._writers["inbox"].connection))


def test_inline_an_append_finishes_without_suspending(store: Store) -> None:
    coroutine = store.inbox.append_all([arrival(body(1))])

    with pytest.raises(StopIteration) as finished:
        coroutine.send(None)
    assert [Outcome.NEW] == finished.value.value


class SlowDisk:
    """A commit that lasts until the test lets it end, and where it ran."""

    def __init__(self, store: Store) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.thread_name = ""
        store._writers["inbox"].connection.set_commit_hook(self.commit)

    def commit(self) -> bool:
        self.thread_name = threading.current_thread().name
        self.begun.set()
        self.go_on.wait(10)
        return False

    async def until_begun(self) -> None:
        while not self.begun.is_set():
            await asyncio.sleep(0)


def test_with_a_thread_the_loop_stays_free_while_a_group_commits_and_the_next_one_waits_its_turn(folder: Path) -> None:
    async def append() -> tuple[str, bool, list[int]]:
        store = await open_store(f"sqlite:///{folder}", WRITABLE, commit_mode="thread")
        disk = SlowDisk(store)
        first = asyncio.ensure_future(store.inbox.append_all([arrival(body(1))]))
        await disk.until_begun()
        second = asyncio.ensure_future(store.inbox.append_all([arrival(body(2))]))
        await asyncio.sleep(0.01)
        is_waiting = not first.done() and not second.done()
        disk.go_on.set()
        await asyncio.gather(first, second)
        ids = [row.id for row in await store.inbox.read_after(0, 9)]
        await store.close()
        return disk.thread_name, is_waiting, ids

    thread_name, is_waiting, ids = asyncio.run(append())
    assert thread_name != threading.main_thread().name
    assert is_waiting
    assert [1, 2] == ids


def test_a_cancelled_append_leaves_the_connection_to_nobody_until_its_commit_ended(folder: Path) -> None:
    async def append() -> list[bytes]:
        store = await open_store(f"sqlite:///{folder}", WRITABLE, commit_mode="thread")
        disk = SlowDisk(store)
        cancelled = asyncio.ensure_future(store.inbox.append_all([arrival(body(1))]))
        await disk.until_begun()
        cancelled.cancel()
        after = asyncio.ensure_future(store.inbox.append_all([arrival(body(2))]))
        await asyncio.sleep(0.01)
        disk.go_on.set()
        await asyncio.wait((cancelled,))
        await after
        rows = await store.inbox.read_after(0, 9)
        await store.close()
        assert cancelled.cancelled()
        return [row.body for row in rows]

    assert [body(1), body(2)] == asyncio.run(append())


def test_a_failed_commit_keeps_nothing_and_makes_the_inbox_ill_until_it_recovers(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1))]))
    broken = store._writers["inbox"].connection
    fail_commits(store, monkeypatch, apsw.IOError("fsync"))

    with pytest.raises(StoreUnavailableError, match="disk failed"):
        asyncio.run(store.inbox.append_all([arrival(body(2))]))
    with pytest.raises(StoreUnavailableError, match="ill"):
        asyncio.run(store.inbox.append_all([arrival(body(3))]))
    with pytest.raises(StoreUnavailableError, match="ill"):
        asyncio.run(store.quarantine.put_all([refused(body(3))]))
    with pytest.raises(apsw.ConnectionClosedError):
        broken.get_autocommit()
    assert 1 == asyncio.run(store.inbox.counts())["pushes"]

    asyncio.run(store.inbox.recover())
    assert [Outcome.NEW, Outcome.DUPLICATE] == asyncio.run(store.inbox.append_all([arrival(body(2)), arrival(body(1))]))
    assert broken is not store._writers["inbox"].connection


def test_recovering_raises_while_the_disk_is_still_ill(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_commits(store, monkeypatch, apsw.IOError("fsync"))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(store.inbox.append_all([arrival(body(1))]))

    def fail(_: apsw.Connection) -> None:
        raise apsw.IOError("fsync")

    with monkeypatch.context() as patched:
        patched.setattr("afterchat.store.sql.inbox.commit_canary", fail)
        with pytest.raises(StoreUnavailableError):
            asyncio.run(store.inbox.recover())
    with pytest.raises(StoreUnavailableError, match="ill"):
        asyncio.run(store.inbox.append_all([arrival(body(1))]))
    asyncio.run(store.inbox.recover())
    assert [Outcome.NEW] == asyncio.run(store.inbox.append_all([arrival(body(1))]))


def test_what_was_learnt_in_a_group_that_failed_is_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a number given to one tenant in vain would later stand for another."""
    fail_commits(store, monkeypatch, apsw.IOError("fsync"))
    with pytest.raises(StoreUnavailableError):
        asyncio.run(store.inbox.append_all([arrival(body(1), tenant="lost", event_type="LOST")]))
    asyncio.run(store.inbox.recover())
    pushes = [arrival(body(2), tenant="found"), arrival(body(3), tenant="lost")]
    asyncio.run(store.inbox.append_all(pushes))

    assert ["found", "lost"] == [row.tenant for row in asyncio.run(store.inbox.read_after(0, 9))]


def test_a_refusal_of_ours_leaves_the_inbox_well(store: Store) -> None:
    with pytest.raises(NotFoundError):
        asyncio.run(store.quarantine.release(17, 1))

    assert [Outcome.NEW] == asyncio.run(store.inbox.append_all([arrival(body(1))]))


def test_a_body_that_cannot_be_compressed_costs_its_neighbours_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = store.inbox._push_writer.compressor._compressor

    class Sick:
        def compress(self, content: bytes) -> bytes:
            if content == body(2):
                raise MemoryError
            return real.compress(content)

    monkeypatch.setattr(store.inbox._push_writer.compressor, "_compressor", Sick())
    outcomes = asyncio.run(store.inbox.append_all([arrival(body(number)) for number in (1, 2, 3)]))

    assert [Outcome.NEW] * 3 == outcomes
    assert [body(1), body(2), body(3)] == [row.body for row in asyncio.run(store.inbox.read_after(0, 9))]


def test_a_replay_under_made_up_event_types_adds_no_name(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1))]))
    before = store._writers["inbox"].connection.execute("SELECT count(*) FROM name").get
    asyncio.run(store.inbox.append_all([arrival(body(1), event_type=f"MADE_UP_{n}") for n in range(50)]))

    assert before == store._writers["inbox"].connection.execute("SELECT count(*) FROM name").get
    assert 50 == asyncio.run(store.inbox.counts())["repeats"]


def test_records_go_on_by_themselves_after_an_error(store: Store) -> None:
    store._writers["records"].connection.set_commit_hook(lambda: True)
    with pytest.raises(StoreUnavailableError):
        asyncio.run(store.records.apply(batch([projected(1)])))

    asyncio.run(store.records.apply(batch([projected(1)])))
    assert 1 == asyncio.run(store.records.counts())["sessions"]


def test_a_closed_store_says_so(store: Store) -> None:
    asyncio.run(store.close())

    for call in (store.inbox.append_all([arrival(body(1))]), store.inbox.counts(), store.registry.tenants()):
        with pytest.raises(StoreUnavailableError, match="closed"):
            asyncio.run(call)


def test_what_is_read_only_refuses_to_write(store: Store, folder: Path) -> None:
    reading = asyncio.run(open_store(f"sqlite:///{folder}", frozenset()))

    for call in (
        reading.inbox.append_all([arrival(body(1))]),
        reading.inbox.recover(),
        reading.quarantine.put_all([refused(body(1))]),
        reading.records.apply(batch()),
        reading.registry.put_tenant("a", "legacy", 1),
        reading.begin_rebuild(),
    ):
        with pytest.raises(AfterchatError, match="reading only"):
            asyncio.run(call)
    asyncio.run(reading.close())


def test_bytes_that_do_not_shrink_are_kept_as_they_are() -> None:
    assert (UNCOMPRESSED, b"x") == Compressor(1, b"dictionary").compress(b"x")
