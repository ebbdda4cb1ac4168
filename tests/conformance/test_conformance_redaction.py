"""What every store promises of blanked bodies: identity stays, the body goes, and the check passes."""

from __future__ import annotations

import asyncio
import hashlib
from random import Random

import apsw
import msgspec
import pytest
import zstandard

from afterchat.contract.redaction import erased, erased_event, without_network
from afterchat.errors import StoreUnavailableError
from afterchat.projector.erasure import remake
from afterchat.projector.loop import project_once
from afterchat.store.open import WRITABLE, Store, open_store
from afterchat.store.ports import Outcome
from afterchat.store.redaction import Age
from afterchat.store.sending import EntryQuery, EntryState, JournalBatch, JournalEvent, NewPush, SessionMark
from afterchat.store.sqlite.check import Finding, check_folder
from conformance.cast import ARRIVED_AT, arrival, body, refused

CANARY = "canary-foreign"
DAY_MS = 86_400_000


class StillClock:
    def now_ms(self) -> int:
        return ARRIVED_AT

    def monotonic(self) -> float:
        return 0.0


def personal(session_id: int, **values: object) -> bytes:
    return body(session_id, foreign_id=CANARY, remarks=f"canary of {session_id}", from_ip="203.0.113.77", **values)


def findings(store: Store) -> list[Finding]:
    return [] if store.directory is None else [one for one in check_folder(store.directory) if isinstance(one, Finding)]


def project(store: Store) -> None:
    async def run() -> None:
        while await project_once(store.inbox, store.records, StillClock(), batch_rows=100) is not None:
            pass

    asyncio.run(run())


def test_a_blanked_push_keeps_its_identity_and_loses_its_body(store: Store) -> None:
    asyncio.run(store.inbox.append_all([arrival(body(1)), arrival(personal(2)), arrival(body(3))]))
    before = [asyncio.run(store.inbox.get(number)) for number in (1, 2, 3)]

    assert 1 == asyncio.run(store.inbox_redaction.blank_pushes([2, 99], erased, ARRIVED_AT))
    after = [asyncio.run(store.inbox.get(number)) for number in (1, 2, 3)]
    assert before[0] == after[0]
    assert before[2] == after[2]
    assert after[1] is not None
    assert before[1] == after[1]._replace(body=personal(2))
    assert erased(personal(2)) == after[1].body.rstrip()
    assert 2 == asyncio.run(store.inbox_redaction.blank_pushes([1, 2, 3], erased, ARRIVED_AT))
    assert [] == findings(store)


def test_the_same_bytes_after_blanking_are_a_repeat(store: Store) -> None:
    push = arrival(personal(2))
    asyncio.run(store.inbox.append_all([push]))
    asyncio.run(store.inbox_redaction.blank_pushes([1], erased, ARRIVED_AT))

    assert [Outcome.DUPLICATE] == asyncio.run(store.inbox.append_all([push]))
    row = asyncio.run(store.inbox.get(1))
    assert row is not None
    assert (1, push.sha256) == (row.repeat_count, row.sha256)
    assert b"canary" not in row.body


def test_a_body_that_does_not_compress_is_blanked_too(store: Store) -> None:
    short = b'{"id":5,"x":"canary"}'
    asyncio.run(store.inbox.append_all([arrival(short), arrival(b"canary")]))

    assert 2 == asyncio.run(store.inbox_redaction.blank_pushes([1, 2], erased, ARRIVED_AT))
    rows = asyncio.run(store.inbox.read_after(0, 10))
    assert [b'{"id":5}', b""] == [row.body.strip() for row in rows]
    assert [] == findings(store)


def test_a_blanked_quarantined_push_can_still_be_released(store: Store) -> None:
    asyncio.run(store.quarantine.put_all([refused(personal(1)), refused(body(2))]))

    assert 1 == asyncio.run(store.inbox_redaction.blank_refused([1, 7], erased))
    kept = asyncio.run(store.quarantine.get(1))
    assert kept is not None
    assert hashlib.sha256(kept.push.body).digest() == kept.push.sha256
    assert Outcome.NEW is asyncio.run(store.quarantine.release(1, ARRIVED_AT))
    assert [] == findings(store)


def test_ageing_goes_on_where_it_was_and_stops_at_what_is_younger(store: Store) -> None:
    old = [arrival(personal(number), arrived_at=number * DAY_MS) for number in (1, 2, 3)]
    asyncio.run(store.inbox.append_all([*old, arrival(personal(4), arrived_at=9 * DAY_MS)]))

    def age(rows: int) -> int:
        return asyncio.run(
            store.inbox_redaction.blank_older(Age.NETWORK, 5 * DAY_MS, rows, without_network, ARRIVED_AT)
        )

    assert [2, 1, 0] == [age(2), age(2), age(2)]
    assert {Age.NETWORK: 3, Age.PERSONAL: 0} == asyncio.run(store.inbox_redaction.blanked_through())
    rows = asyncio.run(store.inbox.read_after(0, 10))
    assert [False, False, False, True] == [b"203.0.113.77" in row.body for row in rows]
    assert all(b"canary of" in row.body for row in rows)
    assert [] == findings(store)


def test_old_refused_pushes_leave_without_a_gap(store: Store) -> None:
    moments = [1, 9, 2]
    asyncio.run(store.quarantine.put_all([refused(body(at), refused_at=at * DAY_MS) for at in moments]))

    assert 1 == asyncio.run(store.inbox_redaction.drop_refused(5 * DAY_MS, 50))
    assert 0 == asyncio.run(store.inbox_redaction.drop_refused(5 * DAY_MS, 50))
    assert [] == findings(store)
    assert 2 == asyncio.run(store.inbox_redaction.drop_refused(10 * DAY_MS, 50))


def test_a_rewritten_record_is_what_its_push_says_now_and_nothing_else_changes(store: Store) -> None:
    pushes = [arrival(personal(1)), arrival(personal(1, category="later"), signed_at=1_800_000_009), arrival(body(2))]
    pushes.append(arrival(b'{"canary'))
    asyncio.run(store.inbox.append_all(pushes))
    project(store)
    version = asyncio.run(store.records.changes_after(0, 10))[-1][0]
    before = asyncio.run(store.records.counts())
    other = asyncio.run(store.records.get("default", 2))

    asyncio.run(store.inbox_redaction.blank_pushes([1, 2, 4], erased, ARRIVED_AT))
    assert 2 == asyncio.run(remake(store.inbox, store.record_redaction, [1, 2, 4]))
    [row] = asyncio.run(store.records.get("default", 1))
    assert ("", "", "later", 2, 2) == (
        row.record.foreign_id, row.record.remarks, row.record.category, row.revision_count, row.inbox_id
    )  # fmt: skip
    assert before == asyncio.run(store.records.counts())
    assert other == asyncio.run(store.records.get("default", 2))
    [change] = asyncio.run(store.records.changes_after(version, 10))
    assert (1, "default") == (change[0] - version, change[1])
    assert [] == findings(store)


def test_the_sender_forgets_what_a_session_said_and_goes_on_delivering(store: Store) -> None:
    content = personal(7)
    mark = SessionMark("default", 7, b"{}", None, 5, 5, b"", 1)
    event = b'{"type":"SessionOpened","id":"e1","foreignId":"canary-foreign"}'
    push = NewPush("default", 7, "DATA", content, hashlib.sha256(content).digest(), 5, (1,))
    asyncio.run(store.journal.commit(JournalBatch([(mark, [JournalEvent("e1", 5, event)])], [push], 5)))

    assert 2 == asyncio.run(store.sender_redaction.blank_session("default", 7, erased_event, erased))
    assert 0 == asyncio.run(store.sender_redaction.blank_session("default", 7, erased_event, erased))
    [(_, _, _, kept)] = asyncio.run(store.journal.latest(None, None, 10))
    assert {"type": "SessionOpened", "id": "e1", "foreignId": ""} == msgspec.json.decode(kept.body)
    leases = asyncio.run(store.outbox.lease({1: 5}, 10_000, 20_000)).leases
    assert [erased(content)] == [lease.body.rstrip() for lease in leases]
    assert EntryState.LEASED is asyncio.run(store.outbox.entries(EntryQuery(), 5))[0].state
    assert [] == findings(store)


def test_a_store_that_is_only_read_blanks_nothing(tmp_path) -> None:
    made = asyncio.run(open_store(f"sqlite:///{tmp_path}/store", frozenset({"inbox"})))
    asyncio.run(made.close())
    read = asyncio.run(open_store(f"sqlite:///{tmp_path}/store", frozenset()))
    try:
        for call in (read.inbox_redaction.fold_log, read.record_redaction.fold_log, read.sender_redaction.fold_log):
            with pytest.raises(StoreUnavailableError):
                asyncio.run(call())
    finally:
        asyncio.run(read.close())


def every_body(store: Store) -> bytes:
    """Every file of a store, and every blob of it that is compressed."""
    assert store.directory is not None
    parts = [file.read_bytes() for file in sorted(store.directory.iterdir())]
    for name in ("inbox", "sender"):
        connection = apsw.Connection(str(store.directory / f"{name}.db"), flags=apsw.SQLITE_OPEN_READONLY)
        dictionaries = {
            id_: zstandard.ZstdDecompressor(zstandard.ZstdCompressionDict(text))
            for id_, text in connection.execute("SELECT id, bytes FROM dictionary")
        }
        for table in ("push", "quarantine") if name == "inbox" else ("push",):
            for id_, stored in connection.execute(f"SELECT dictionary_id, body FROM {table}"):
                parts.append(dictionaries[id_].decompress(stored) if id_ else stored)
        connection.close()
    return b"\0".join(parts)


def test_what_was_overwritten_stands_in_no_file_and_in_no_log(tmp_path) -> None:
    """Bodies of many lengths, neighbours of each other in page after page, none of whose old bytes may be left."""
    store = asyncio.run(open_store(f"sqlite:///{tmp_path}/store", WRITABLE))
    count = 400
    chance = Random(5)
    bodies = [personal(number, from_title=chance.randbytes(number * 37 % 9000).hex()) for number in range(1, count + 1)]
    asyncio.run(store.inbox.append_all([arrival(one) for one in bodies]))
    project(store)
    reader = apsw.Connection(str(tmp_path / "store" / "inbox.db"), flags=apsw.SQLITE_OPEN_READONLY)
    old = [stored for (stored,) in reader.execute("SELECT body FROM push")]
    reader.close()
    ids = [number for number in range(1, count + 1) if number % 3]

    asyncio.run(store.inbox_redaction.blank_pushes(ids, erased, ARRIVED_AT))
    asyncio.run(remake(store.inbox, store.record_redaction, ids))
    asyncio.run(store.record_redaction.compact())
    assert asyncio.run(store.inbox_redaction.fold_log())
    assert asyncio.run(store.record_redaction.fold_log())

    content = every_body(store)
    inbox = (tmp_path / "store" / "inbox.db").read_bytes()
    for number in range(1, count + 1):
        is_kept = not number % 3
        assert is_kept is (f'"canary of {number}"'.encode() in content), number
        pieces = [old[number - 1][at : at + 24] for at in (60, 300, 2000, 5000, 7000)]
        assert is_kept is any(piece in inbox for piece in pieces if len(piece) == 24), number
    assert [] == findings(store)
    asyncio.run(store.close())
