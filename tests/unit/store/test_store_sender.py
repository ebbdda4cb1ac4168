"""The sender's file: made only by who sends, owned by one process, sound under failure, quick however much waits."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from afterchat.errors import StoreLockedError, StoreUnavailableError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Token
from afterchat.store.queries import read_queries
from afterchat.store.sending import EntryState, Redelivery, Settlement
from afterchat.store.sqlite import schema
from afterchat.store.sqlite.check import Finding, check_folder
from afterchat.store.sqlite.schema import known_migrations, migrate
from conformance.cast import arrival, body
from conformance.cast_sending import (
    NOW,
    SECOND,
    commit,
    counts,
    entries,
    event,
    lease,
    mark,
    push,
    settle,
    settle_all,
    states,
    step,
)

SQLITE = Path(schema.__file__).parent
RECEIVING = WRITABLE - {"sender"}


def opened(folder: Path, *writes: str) -> Store:
    return asyncio.run(open_store(f"sqlite:///{folder}", frozenset(writes), commit_mode="inline"))


def findings(folder: Path) -> list[Finding]:
    return [one for one in check_folder(folder) if isinstance(one, Finding)]


def test_a_store_that_only_receives_has_no_sending_end(folder: Path) -> None:
    store = opened(folder, *RECEIVING)
    asyncio.run(store.inbox.append_all([arrival(body(1))]))
    asyncio.run(store.backup(folder / "copy"))

    assert not store.has_sender
    assert [] == [path.name for path in folder.rglob("sender*")]
    assert [] == findings(folder)
    with pytest.raises(StoreUnavailableError, match="start the process that writes it"):
        asyncio.run(store.journal.counts())
    with pytest.raises(StoreUnavailableError, match="reading only"):
        commit(store, push())
    asyncio.run(store.close())


def test_a_store_that_only_receives_can_begin_to_send(folder: Path) -> None:
    receiving = opened(folder, *RECEIVING)
    sending = opened(folder, "sender")
    commit(sending, push())

    assert receiving.has_sender
    assert 1 == asyncio.run(receiving.journal.counts())["pushes"]
    asyncio.run(receiving.close())
    asyncio.run(sending.close())


def test_the_sending_end_belongs_to_one_process_and_others_read_it(store: Store, folder: Path) -> None:
    with pytest.raises(StoreLockedError, match="sender"):
        opened(folder, "sender")
    reading = opened(folder)
    commit(store, push(3))

    assert [3] == [one.session for one in entries(reading)]
    assert body(3) == asyncio.run(reading.outbox.push(1)).body
    with pytest.raises(StoreUnavailableError, match="reading only"):
        lease(reading)
    asyncio.run(reading.close())


def test_the_commit_mode_of_the_sending_end_follows_the_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asides = []
    for sync_seconds in (0.0001, 0.005):
        monkeypatch.setattr("afterchat.store.sqlite.store.measure_sync_seconds", lambda _, found=sync_seconds: found)
        store = asyncio.run(open_store(f"sqlite:///{folder}", frozenset({"sender"})))
        asides.append((store._writers["sender"]._aside.value, store.inbox.commit_mode))
        asyncio.run(store.close())

    assert [("nothing", ""), ("commit", "")] == asides


def test_a_sending_end_is_durable_under_its_name_before_the_first_commit(folder: Path) -> None:
    store = opened(folder, "sender")
    assert (folder / "sender.db-wal").stat().st_size > 0
    assert 2 == store._writers["sender"].connection.pragma("synchronous")
    asyncio.run(store.close())


def test_a_backup_holds_what_is_on_its_way(store: Store, folder: Path) -> None:
    commit(store, push(1), push(1), push(2))
    lease(store, {1: 1})
    asyncio.run(store.backup(folder / "copy"))

    assert [] == findings(folder / "copy")
    restored = opened(folder / "copy", *WRITABLE)
    assert ["leased", "behind", "waiting"] == states(restored)
    assert [1, 3] == [held.entry_id for held in lease(restored, now=NOW + 60_000).leases]
    asyncio.run(restored.close())


def test_whichever_statement_of_a_commit_fails_nothing_of_it_is_kept(store: Store) -> None:
    """S1: a session ended exactly if its entries exist."""
    batch = step([(mark(1, ended_at=NOW), [event("a"), event("b")]), (mark(2), [])], [push(1, (1, 2)), push(1)])
    before = asyncio.run(store.journal.counts())
    failed = 0
    while True:
        left = [failed]

        def count_down(_cursor: object, _sql: str, _bindings: object, left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] >= 0

        store._writers["sender"]._healthy().exec_trace = count_down
        try:
            asyncio.run(store.journal.commit(batch))
            break
        except StoreUnavailableError:
            failed += 1
        assert before == asyncio.run(store.journal.counts())
        assert ([], {}) == (entries(store), counts(store))

    assert failed > 10
    assert ["waiting", "waiting", "behind"] == states(store)


def test_a_full_disk_keeps_nothing_of_a_commit_and_is_over_when_there_is_room(store: Store) -> None:
    connection = store._writers["sender"].connection
    connection.pragma("max_page_count", connection.pragma("page_count") + 1)
    large = random.Random(1).randbytes(100_000)
    with pytest.raises(StoreUnavailableError, match="disk is full"):
        commit(store, push(1), push(2, body=large))

    assert [] == entries(store)
    assert [1, 2] == commit(store, push(1), push(2, body=large))


def test_an_entry_whose_body_is_damaged_is_dead_and_holds_up_nobody(store: Store) -> None:
    commit(store, push(1), push(2), push(1), push(3))
    connection = store._writers["sender"].connection
    connection.execute("UPDATE push SET body = x'00' WHERE id = 1")
    connection.execute("UPDATE push SET sha256 = zeroblob(32) WHERE id = 2")

    assert [4] == [held.entry_id for held in lease(store).leases]
    assert ["dead", "dead", "waiting", "leased"] == states(store)
    assert ["damaged_body", "damaged_body", "", ""] == [one.last_error for one in entries(store)]
    assert [3] == [held.entry_id for held in lease(store, now=NOW + SECOND).leases]
    with pytest.raises(StoreUnavailableError, match="push 1 is damaged"):
        asyncio.run(store.outbox.push(1))


class Interrupted:
    """Readers after whose every read something else happens first."""

    def __init__(self, readers: object, happen: Callable[[], object]) -> None:
        self._readers = readers
        self._happen = happen

    async def run(self, read: object) -> object:
        found = await self._readers.run(read)
        await self._happen()
        return found


def test_what_is_sent_again_while_it_is_looked_for_is_not_forgotten(store: Store) -> None:
    commit(store, push(1), push(2))
    settle_all(store, EntryState.DELIVERED)
    honest = store.outbox._readers
    store.outbox._readers = Interrupted(honest, lambda: store.outbox._writer.run(begin_again))

    assert 1 == asyncio.run(store.outbox.purge(NOW + 1, 9))
    store.outbox._readers = honest
    assert ["waiting"] == states(store)


def begin_again(connection: apsw.Connection) -> None:
    connection.execute("UPDATE entry SET state = 'waiting', settled_at = NULL WHERE id = 1")


def test_a_session_to_which_something_happens_while_it_is_looked_for_is_not_forgotten(store: Store) -> None:
    old = mark(1, ended_at=1, touched_at=1)
    asyncio.run(store.journal.commit(step([(old, []), (old._replace(session=2), []), (old._replace(session=3), [])])))
    late = step([(old._replace(touched_at=NOW), [event("rated")]), (old._replace(session=2, due_at=5), [])])
    honest = store.journal._own_readers
    store.journal._own_readers = Interrupted(honest, lambda: store.journal.commit(late))

    assert [("default", 3)] == asyncio.run(store.journal.purge(NOW, 9))
    store.journal._readers = honest
    kept = [asyncio.run(store.journal.load("default", session)) is not None for session in (1, 2, 3)]
    assert [True, True, False] == kept


def test_what_is_delivered_while_a_redelivery_goes_on_is_none_of_its_business(store: Store) -> None:
    commit(store, push(1), push(2))
    settle_all(store, EntryState.DELIVERED)
    honest = store.outbox._readers

    delivered: list[int] = []

    async def deliver_one_more() -> None:
        if len(delivered) < 5:  # or a redelivery without an end would have none
            delivered.extend(await store.journal.commit(step(pushes=[push(9, created_at=NOW + 1)])))
            for held in (await store.outbox.lease({1: 9}, NOW, NOW + 1)).leases:
                if held.push_id == delivered[-1]:
                    result = Settlement(held.entry_id, held.token, EntryState.DELIVERED, 0, None)
                    assert [True] == await store.outbox.settle([result], [], NOW)

    store.outbox._readers = Interrupted(honest, deliver_one_more)
    assert 2 == asyncio.run(store.outbox.redeliver(Redelivery(1, states=(EntryState.DELIVERED,)), NOW))
    store.outbox._readers = honest


def test_counts_kept_are_what_a_recount_finds_whatever_moved_the_entries(store: Store) -> None:
    commit(store, push(1, (1, 2)), push(1), push(2), push(3))
    settle(store, lease(store).leases[0], EntryState.DEAD)
    asyncio.run(store.outbox.cancel(2, NOW))
    asyncio.run(store.outbox.redeliver(Redelivery(1), NOW))
    settle_all(store, EntryState.DELIVERED)
    asyncio.run(store.outbox.purge(NOW + 1, 2))

    connection = store._writers["sender"].connection
    recounted = connection.execute("SELECT endpoint_id, state, count(*) FROM entry GROUP BY 1, 2").fetchall()
    assert {(endpoint_id, state): number for endpoint_id, state, number in recounted} == counts(store)


def test_nothing_that_runs_all_day_reads_every_entry() -> None:
    connection = apsw.Connection(":memory:")
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    migrate(connection, known_migrations("sender"), "memory")
    scans = {}
    for file in ("journal", "outbox", "settled"):
        for name, sql in read_queries(SQLITE / f"{file}.sql").items():
            if name.startswith(("only_", "source_")) or name == "entries":
                continue
            numbered = set(re.findall(r"\?(\d)", sql))
            plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * (len(numbered) or sql.count("?")))
            scans[name] = [row[3] for row in plan if row[3].startswith("SCAN")]

    expected = {
        "due_sessions": ["SCAN json_each VIRTUAL TABLE INDEX 1:"],
        "end_leases": ["SCAN entry USING COVERING INDEX entry_leased"],
        "endpoints_health": ["SCAN endpoint_health"],
        "entry_counts": ["SCAN entry_count"],
        "lease_ends": ["SCAN entry USING COVERING INDEX entry_leased"],
        "last_entry_and_push": ["SCAN CONSTANT ROW"],
        "settled_entries": ["SCAN json_each VIRTUAL TABLE INDEX 1:"],
        "untried_pushes": ["SCAN json_each VIRTUAL TABLE INDEX 1:"],
    }
    assert expected == {name: found for name, found in scans.items() if found}


def test_tokens_from_before_endpoints_may_read_as_they_could(folder: Path) -> None:
    folder.mkdir()
    connection = apsw.Connection(str(folder / "registry.db"))
    migrate(connection, known_migrations("registry")[:1], "registry.db")
    connection.execute("INSERT INTO token VALUES ('old', 'acme', x'01', 99, 1), ('all', NULL, x'02', NULL, 2)")
    connection.close()
    store = opened(folder, "registry")

    expected = ((Token("old", "acme", 99, "read"), b"\x01"), (Token("all", None, None, "read"), b"\x02"))
    assert expected == asyncio.run(store.registry.tokens())
    asyncio.run(store.close())


@pytest.mark.parametrize(
    ("sql", "where", "what"),
    [
        ("UPDATE push SET body = x'00' WHERE id = 2", "push 2", "not the one that was committed"),
        ("UPDATE push SET sha256 = zeroblob(32) WHERE id = 3", "push 3", "not the one that was committed"),
        ("UPDATE entry_count SET entries = 9 WHERE state = 'behind'", "endpoint 1", "behind: 9 are said to be kept, 1"),
        ("UPDATE tally SET events = 7", "", "events: 7 are said to be kept, 2 are"),
        ("UPDATE tally SET entries_purged = 1", "", "entries: 2 are said to be kept, 3 are"),
        ("UPDATE entry SET state = 'waiting' WHERE state = 'behind'", "entry 2", "line of its session"),
        ("DELETE FROM push WHERE id = 3; UPDATE tally SET pushes = 2", "entry 3", "a push that is not there"),
    ],
)
def test_the_check_finds_what_is_wrong_with_the_sending_end(
    store: Store, folder: Path, sql: str, where: str, what: str
) -> None:
    pushes = [push(1), push(1), push(2)]
    asyncio.run(store.journal.commit(step([(mark(1, ended_at=1), [event("a"), event("b")])], pushes)))
    asyncio.run(store.close())
    assert [] == findings(folder)
    connection = apsw.Connection(str(folder / "sender.db"))
    connection.execute(sql).fetchall()
    connection.close()

    found = findings(folder)
    assert [("sender.db", where)] == [(one.file, one.where) for one in found]
    assert what in found[0].what
