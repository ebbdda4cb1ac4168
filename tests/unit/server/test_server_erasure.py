"""An erasure that is killed at any write is finished by whoever owns the files next."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path

import msgspec
import pytest

from afterchat.clock import SystemClock
from afterchat.columns.table import ColumnTable
from afterchat.contract.codec import encode
from afterchat.contract.person import Person
from afterchat.contract.push import SESSION_END_DATA
from afterchat.contract.record import blank_record
from afterchat.errors import CallerError, StoreUnavailableError
from afterchat.projector.erasure import Erasures
from afterchat.projector.loop import project_once
from afterchat.server import erasure as erasing
from afterchat.server.erasure import carry_out, forget_columns, inbox_eraser
from afterchat.server.whereabouts import find
from afterchat.store.erasure import FILE_OF_STAGE, Erasure
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Arrival, Quarantining
from afterchat.store.sending import JournalBatch, JournalEvent, NewPush, SessionMark
from afterchat.store.sql.writer import Writer
from afterchat.store.sqlite.check import Finding, check_folder

AT = 1_769_826_600_000
STAGES = tuple(FILE_OF_STAGE)
PERSON = Person(foreign_id="canary-foreign")


class KilledError(BaseException):
    """The process is gone."""


def body(session_id: int, **values: object) -> bytes:
    return encode(blank_record(id=session_id, s_type="0", **values))


def canary(session_id: int, remarks: str) -> bytes:
    return body(session_id, foreign_id="canary-foreign", remarks=f"canary {remarks}")


def digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


async def filled(store: Store) -> None:
    """Three sessions of the person, one revised and one refused, between strangers' ones."""
    bodies = [body(1), canary(2, "a"), canary(2, "b"), body(3), canary(4, "c")]
    await store.inbox.append_all(
        [Arrival("default", SESSION_END_DATA, AT // 1000, AT, "key", "checksum", digest(one), one) for one in bodies]
    )
    refused = canary(5, "refused")
    await store.quarantine.put_all(
        [Quarantining("default", AT, "checksum", "", "", SESSION_END_DATA, None, False, digest(refused), refused)]
    )
    mark = SessionMark("default", 2, b"{}", None, AT, AT, b"", 1)
    event = JournalEvent("e", AT, b'{"type":"VisitorIdentified","foreignId":"canary-foreign"}')
    push = NewPush("default", 2, SESSION_END_DATA, bodies[1], digest(bodies[1]), AT, (1,))
    await store.journal.commit(JournalBatch([(mark, [event])], [push], AT))
    while await project_once(store.inbox, store.records, SystemClock(), batch_rows=2) is not None:
        pass


async def place(store: Store) -> None:
    """What the command does before anything is blanked."""
    found = await find(store, PERSON, None)
    erasure = Erasure("one", AT, found.pushes, found.refused, found.drift, found.sent, STAGES[1:])
    await store.registry.place_order(STAGES[0], msgspec.json.encode(erasure).decode(), AT)


async def go_on(store: Store) -> None:
    """What whoever owns the files does: every waiting order, until there is none."""
    while waiting := await store.registry.orders("waiting"):
        for order in waiting:
            result = await carry_out(store, order.kind, order.argument, SystemClock())
            await store.registry.settle_order(order.id, "done", result)


async def everything(store: Store) -> list[bytes]:
    """All bodies that can be read through the ports."""
    bodies = [row.body for row in await store.inbox.read_after(0, 100)]
    bodies += [row.push.body for row in await store.quarantine.latest(None, None, 100)]
    bodies += [event.body for *_, event in await store.sender_redaction.events_after(0, 100)]
    bodies += [push.body for push in await store.sender_redaction.sent_after(0, 100)]
    for session_id in range(1, 6):
        bodies += [encode(row.record) for row in await store.records.get("default", session_id)]
    return bodies


async def opened(folder: Path) -> Store:
    return await open_store(f"sqlite:///{folder}", WRITABLE, commit_mode="inline")


def on(folder: Path, *works) -> list:
    async def run() -> list:
        store = await opened(folder)
        try:
            return [await work(store) for work in works]
        finally:
            await store.close()

    return asyncio.run(run())


class Killing:
    """Counts the writes of a process, and kills it before or after the n-th."""

    def __init__(self, number: int, *, is_after: bool) -> None:
        self.number = number
        self.is_after = is_after
        self.seen = 0

    def patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("run", "run_between"):
            monkeypatch.setattr(Writer, name, self._wrapped(getattr(Writer, name)))

    def _wrapped(self, write):
        async def run(writer, *arguments):
            self.seen += 1
            number = self.seen
            if number == self.number and not self.is_after:
                raise KilledError
            result = await write(writer, *arguments)
            if number == self.number:
                raise KilledError
            return result

        return run


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """A store in which an erasure was ordered and nothing of it was done."""
    folder = tmp_path_factory.mktemp("begun") / "store"
    on(folder, filled, place)
    return folder


@pytest.mark.parametrize("is_after", [False, True])
def test_an_erasure_killed_at_any_write_is_finished_by_the_next_owner(begun, tmp_path, is_after) -> None:
    number = 0
    while True:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(begun, folder)
        killing = Killing(number, is_after=is_after)
        with pytest.MonkeyPatch.context() as monkeypatch:
            killing.patch(monkeypatch)
            try:
                on(folder, go_on)
            except KilledError:
                pass
            else:
                assert number > 9, "an erasure has more writes than that"
                return
        _, bodies, orders = on(folder, go_on, everything, lambda store: store.registry.orders(None))
        assert [] == [one for one in bodies if b"canary" in one], number
        assert {"done"} == {order.state for order in orders}
        assert set(STAGES) == {order.kind for order in orders}
        assert [] == [found for found in check_folder(folder) if isinstance(found, Finding)], number
        files = [file.name for file in folder.iterdir() if b"canary" in file.read_bytes()]
        assert [] == files, number


def test_only_the_person_is_found_and_everything_of_them(begun, tmp_path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(begun, folder)

    [found] = on(folder, lambda store: find(store, PERSON, None))
    assert {("default", 2), ("default", 4), ("default", 5)} == found.sessions
    assert ((2, 3, 5), (1,), (("default", 2),)) == (found.pushes, found.refused, found.sent)
    [other] = on(folder, lambda store: find(store, PERSON, "acme"))
    assert (frozenset(), ()) == (other.sessions, other.pushes)


def test_the_projector_takes_its_order_between_two_batches(begun, tmp_path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(begun, folder)

    async def work(store: Store) -> None:
        clock = SystemClock()
        erasures = Erasures(store.inbox, store.record_redaction, store.registry, clock)
        assert not await erasures.step(), "the inbox comes first"
        [order] = await store.registry.orders("waiting")
        await store.registry.settle_order(
            order.id, "done", await inbox_eraser(store.inbox_redaction, store.registry, clock)(order.argument)
        )
        erasures = Erasures(store.inbox, store.record_redaction, store.registry, clock)
        steps = 0
        while await erasures.step():
            steps += 1
        assert 3 == steps
        assert [STAGES[2]] == [order.kind for order in await store.registry.orders("waiting")]
        [row] = await store.records.get("default", 4)
        assert ("", "") == (row.record.remarks, row.record.foreign_id)

    on(folder, work)


def test_an_order_that_cannot_be_read_is_refused(begun, tmp_path) -> None:
    folder = tmp_path / "store"
    shutil.copytree(begun, folder)

    async def work(store: Store) -> None:
        with pytest.raises(CallerError, match="erase again"):
            await carry_out(store, STAGES[0], "{", SystemClock())
        erasures = Erasures(store.inbox, store.record_redaction, store.registry, SystemClock())
        number = await store.registry.place_order(STAGES[1], "{", AT)
        assert not await erasures.step()
        assert [(number, "failed")] == [(one.id, one.state) for one in await store.registry.orders("failed")]

    on(folder, work)


def test_a_reader_that_never_ends_leaves_the_order_waiting(begun, tmp_path, monkeypatch) -> None:
    import apsw

    folder = tmp_path / "store"
    shutil.copytree(begun, folder)
    monkeypatch.setattr(erasing, "_FOLD_SECONDS", 0.0)
    on(folder, lambda store: store.inbox.recover())

    async def work(store: Store) -> None:
        reader = apsw.Connection(str(folder / "inbox.db"), flags=apsw.SQLITE_OPEN_READONLY)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM push").fetchall()
        [order] = await store.registry.orders("waiting")
        with pytest.raises(StoreUnavailableError, match="somebody reads what was erased"):
            await carry_out(store, order.kind, order.argument, SystemClock())
        reader.close()
        await carry_out(store, order.kind, order.argument, SystemClock())

    on(folder, work)


def test_the_columns_of_a_store_go_unless_a_dashboard_has_them(tmp_path) -> None:
    forget_columns(None)
    forget_columns(tmp_path)
    assert [] == list(tmp_path.iterdir()), "nothing is made where there was nothing"

    folder = tmp_path / "columns"
    running = ColumnTable(folder)
    segment = folder / f"{1:019d}.columns"
    for path in (segment, folder / "x.draft"):
        path.write_bytes(b"canary")
    forget_columns(tmp_path)
    assert segment.exists(), "whoever has them forgets them"
    running.close()
    forget_columns(tmp_path)
    assert ["lock"] == [path.name for path in folder.iterdir()]
