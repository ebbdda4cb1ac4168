"""A store in PostgreSQL beyond what every store does: many processes, roles, and servers that go away."""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest

from afterchat.errors import CallerError, OperatorError, SettingsError, StoreLockedError, StoreUnavailableError
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Outcome
from afterchat.store.postgresql import schema
from afterchat.store.postgresql.store import DIALECT
from afterchat.store.sql.dialect import Dialect
from afterchat.store.sqlite.connection import SqliteConnection
from conformance.cast import arrival, batch, body, projected
from postgres_server import Server, running_server, shared_server, standby_of

PARTS = {
    "placeholders": ", ".join("?" * 68),
    "columns": "session.end_time",
    "conditions": "",
    "column": "end_time",
    "assignments": "end_time = ?",
    "source": "sender.entry JOIN sender.push ON push.id = entry.push_id",
    "cursor": "network_through",
    "database": "sender",
}
"""What stands in the places that are filled in."""
FRAGMENTS = ("condition_", "only_", "source_")
RECEIVING = frozenset({"inbox", "registry"})


@pytest.fixture
def url() -> Iterator[str]:
    server = shared_server()
    made = server.new_database()
    yield made
    server.drop(made)


@pytest.fixture
def own_server() -> Iterator[Server]:
    """One that a test may stop."""
    with running_server() as server:
        yield server


def opened(url: str, writes: frozenset[str] = WRITABLE) -> Store:
    return asyncio.run(open_store(url, writes))


def closed(*stores: Store) -> None:
    for store in stores:
        asyncio.run(store.close())


def end_backends(url: str) -> None:
    """As an operator does who restarts a pooler: every connection to this database is gone."""

    async def end() -> None:
        connection = await asyncpg.connect(url)
        await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await connection.close()

    asyncio.run(end())


@pytest.mark.parametrize("file", Dialect._fields)
def test_both_dialects_have_the_same_statements(file: str) -> None:
    assert getattr(SqliteConnection.sql, file).keys() == getattr(DIALECT, file).keys()


def test_every_statement_can_be_prepared_and_speaks_of_numbers_texts_and_bytes_alone(url: str) -> None:
    async def prepare_all() -> set[str]:
        connection = await asyncpg.connect(url)
        kinds: set[str] = set()
        for queries in DIALECT:
            for name, text in queries.items():
                if name.startswith(FRAGMENTS):
                    continue
                numbers = itertools.count(1)
                sql = "".join(f"${next(numbers)}" if sign == "?" else sign for sign in text.format(**PARTS))
                prepared = await connection.prepare(sql)
                kinds |= {one.name for one in prepared.get_parameters()}
                kinds |= {one.type.name for one in prepared.get_attributes()}
        await connection.close()
        return kinds

    closed(opened(url))
    assert {"int8", "text", "bytea", "bool", "int4"} == asyncio.run(prepare_all())


def test_stores_that_are_opened_at_once_on_an_empty_database_migrate_it_once(url: str) -> None:
    with ThreadPoolExecutor(4) as machines:
        stores = list(machines.map(lambda _: opened(url, RECEIVING), range(4)))
    try:
        for name in schema.LOCK_KEYS:
            rows = shared_server().ask(f"SELECT name FROM {name}.migration ORDER BY number", urlsplit(url).path[1:])
            assert [(one.name,) for one in schema.known_migrations(name)] == rows
    finally:
        closed(*stores)


def test_receivers_that_race_keep_each_push_once_under_numbers_without_gaps(url: str) -> None:
    stores = [opened(url, RECEIVING) for _ in range(3)]
    groups = [[arrival(body(n)) for n in range(start, start + 8)] for start in range(0, 80, 4)]

    async def take(store: Store) -> list[Outcome]:
        return list(chain.from_iterable([await store.inbox.append_all(group) for group in groups]))

    try:
        with ThreadPoolExecutor(3) as machines:
            outcomes = list(chain.from_iterable(machines.map(lambda store: asyncio.run(take(store)), stores)))
        rows = asyncio.run(stores[0].inbox.read_after(0, 1000))
        assert list(range(1, 85)) == [row.id for row in rows]
        assert {arrival(body(n)).sha256 for n in range(84)} == {row.sha256 for row in rows}
        assert 84 == outcomes.count(Outcome.NEW)
        assert outcomes.count(Outcome.DUPLICATE) == asyncio.run(stores[1].inbox.counts())["repeats"]
        assert outcomes.count(Outcome.DUPLICATE) == sum(row.repeat_count for row in rows)
    finally:
        closed(*stores)


@pytest.mark.parametrize("role", ["records", "sender"])
def test_one_process_at_a_time_has_a_role_and_the_next_one_gets_it(url: str, role: str) -> None:
    first = opened(url, frozenset({role}))
    with pytest.raises(StoreLockedError, match=role):
        opened(url, frozenset({role}))
    receivers = [opened(url, RECEIVING) for _ in range(2)]
    closed(first, *receivers)

    closed(opened(url, frozenset({role})))


def test_who_lost_the_connection_lost_the_role(url: str) -> None:
    first = opened(url, frozenset({"records"}))
    end_backends(url)
    second = opened(url, frozenset({"records"}))
    try:
        with pytest.raises(StoreUnavailableError):
            asyncio.run(first.records.apply(batch([projected(1, 1)])))
        with pytest.raises(StoreLockedError):
            asyncio.run(first.records.apply(batch([projected(1, 1)])))
        asyncio.run(second.records.apply(batch([projected(1, 1)])))
    finally:
        closed(first, second)


def test_a_receiver_whose_connections_were_ended_recovers_and_what_it_kept_is_there(url: str) -> None:
    store = opened(url, RECEIVING)
    try:
        asyncio.run(store.inbox.append_all([arrival(body(1))]))
        asyncio.run(store.inbox.counts())
        end_backends(url)

        with pytest.raises(StoreUnavailableError):
            asyncio.run(store.inbox.append_all([arrival(body(2))]))
        with pytest.raises(StoreUnavailableError, match="recover"):
            asyncio.run(store.inbox.append_all([arrival(body(2))]))
        asyncio.run(store.inbox.recover())

        assert [Outcome.DUPLICATE, Outcome.NEW] == asyncio.run(
            store.inbox.append_all([arrival(body(1)), arrival(body(2))])
        )
        with pytest.raises(StoreUnavailableError):
            asyncio.run(store.inbox.counts())
        assert 2 == asyncio.run(store.inbox.counts())["pushes"]
    finally:
        closed(store)


def test_a_server_that_crashes_and_comes_back_is_recovered_from(own_server: Server) -> None:
    store = opened(own_server.new_database(), RECEIVING)
    try:
        asyncio.run(store.inbox.append_all([arrival(body(1))]))
        own_server.stop("immediate")
        with pytest.raises(StoreUnavailableError):
            asyncio.run(store.inbox.append_all([arrival(body(2))]))
        with pytest.raises(StoreUnavailableError, match="cannot be reached"):
            asyncio.run(store.inbox.recover())
        own_server.start()
        asyncio.run(store.inbox.recover())

        assert [Outcome.DUPLICATE] == asyncio.run(store.inbox.append_all([arrival(body(1))]))
    finally:
        closed(store)


def test_a_standby_is_refused_until_it_is_promoted_and_then_has_everything(own_server: Server) -> None:
    url = own_server.new_database()
    store = opened(url, RECEIVING)
    with standby_of(own_server) as standby:
        asyncio.run(store.inbox.append_all([arrival(body(n)) for n in range(50)]))
        closed(store)
        moved = standby.url(own_server.databases[0])
        with pytest.raises(OperatorError, match="standby"):
            opened(moved, RECEIVING)
        wait_for_replay(own_server, standby)
        own_server.kill()
        standby.promote()

        store = opened(moved, RECEIVING)
        assert 50 == asyncio.run(store.inbox.counts())["pushes"]
        assert [Outcome.DUPLICATE, Outcome.NEW] == asyncio.run(
            store.inbox.append_all([arrival(body(1)), arrival(body(50))])
        )
        closed(store)


def wait_for_replay(primary: Server, standby: Server) -> None:
    [(written,)] = primary.ask("SELECT pg_current_wal_lsn()::text")
    while not standby.ask(f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn")[0][0]:
        pass


def test_a_text_that_postgresql_cannot_hold_costs_one_sign_and_no_record(url: str) -> None:
    store = opened(url)
    one = projected(1, 1)
    record = msgspec.structs.replace(one.record, remarks="a\0b")
    asyncio.run(store.records.apply(batch([one._replace(record=record)])))

    [row] = asyncio.run(store.records.get(None, 1))
    assert "a\ufffdb" == row.record.remarks
    closed(store)


def test_a_read_that_takes_too_long_is_stopped_with_the_remedy(url: str) -> None:
    store = asyncio.run(open_store(url, RECEIVING, read_seconds_max=0.05))
    try:
        with pytest.raises(StoreUnavailableError, match="narrow it"):
            asyncio.run(store._readers["people"].run(lambda one: one.execute("SELECT pg_sleep(20)::text").get))
        assert 0 == asyncio.run(store.inbox.counts())["pushes"]
    finally:
        closed(store)


def test_readers_read_on_while_the_records_are_exchanged(url: str) -> None:
    store = opened(url)
    try:
        asyncio.run(store.records.apply(batch([projected(1, 1), projected(2, 2)])))
        assert 2 == asyncio.run(store.records.counts())["sessions"]
        generation = asyncio.run(store.records.generation())
        spare = asyncio.run(store.begin_rebuild())
        asyncio.run(spare.apply(batch([projected(1, 1)])))
        assert (2, 1) == tuple(asyncio.run(one.counts())["sessions"] for one in (store.records, spare))

        asyncio.run(store.finish_rebuild())

        assert 1 == asyncio.run(store.records.counts())["sessions"]
        assert generation != asyncio.run(store.records.generation())
        asyncio.run(store.records.apply(batch([projected(2, 2)])))
        assert 2 == asyncio.run(store.records.counts())["sessions"]
    finally:
        closed(store)


def test_it_is_copied_by_means_of_the_server(url: str, tmp_path: Path) -> None:
    store = opened(url, RECEIVING)
    with pytest.raises(CallerError, match="pg_dump"):
        asyncio.run(store.backup(tmp_path))
    closed(store)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ("postgresql://[::/x", "cannot be read"),
        ("postgresql://u:geheim@127.0.0.1:1/x?sslmode=perhaps", "cannot be read"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_a_url_that_leads_nowhere_is_told_without_its_password(wrong: str, remedy: str) -> None:
    with pytest.raises((SettingsError, StoreUnavailableError), match=remedy) as caught:
        opened(wrong, RECEIVING)
    assert "geheim" not in str(caught.value)


def test_a_database_that_is_not_there_is_told_with_the_command_that_makes_it(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="createdb"):
        opened(shared_server().url("act_nowhere"), RECEIVING)


def test_who_only_reads_an_empty_database_is_told_to_wait(url: str) -> None:
    store = opened(url, frozenset())
    with pytest.raises(StoreUnavailableError, match="no store yet"):
        asyncio.run(store.inbox.counts())
    closed(store)


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("afterchat.store.postgresql")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asyncpg", None)

    with pytest.raises(SettingsError, match=r"afterchat\[postgresql\]"):
        opened("postgresql://x/y")
